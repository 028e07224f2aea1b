"""The files of a small city."""

import shutil
from pathlib import Path

import pytest
from tests.adapters.city.small_city import (
    at,
    box,
    grid_roads,
    two_areas,
    write_csv,
    write_layer,
)
from tests.adapters.city.small_pack import AGENCIES, POSTS, UNITS

from gengfu.adapters.city import build


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> dict[str, Path]:
    """A grid of streets, two areas, two posts, three units, a place, a device."""
    folder = tmp_path_factory.mktemp("drawn")
    here, there = at(0.1, 0), at(2.5, 2)
    post_rows = [
        ("p1", "North Station", "北站", "fire-station", "fire", *here, "true"),
        ("p2", "South Station", "南站", "police-station", "police", *there, ""),
    ]
    unit_rows = [
        ("e1", "E1", "engine", "fire", "p1", "fire; rescue", "pump", 4),
        ("p11", "P11", "patrol-car", "", "p2", "", "", ""),
    ]
    agency_rows = [
        ("fire", "Fire Brigade", "消防队", "fire"),
        ("police", "Police", "警察", "police"),
    ]
    hall = ("hall", "Town Hall", "市政厅", "landmark", *at(1, 1))
    lamp = ("d1", "Lamp 1", "1号灯", "alarm-light", *at(2, 2))
    return {
        "roads": grid_roads(folder / "roads.gpkg"),
        "areas": two_areas(folder / "areas.gpkg"),
        "posts": write_csv(folder / "posts.csv", POSTS, *post_rows),
        "units": write_csv(folder / "units.csv", UNITS, *unit_rows),
        "agencies": write_csv(folder / "agencies.csv", AGENCIES, *agency_rows),
        "places": write_csv(
            folder / "places.csv", "id name name_zh kind lon lat", hall
        ),
        "devices": write_csv(
            folder / "devices.csv", "id name name_zh kind lon lat", lamp
        ),
        "sea": write_layer(
            folder / "sea.gpkg", [box(-5, -5, 3, 3)], {"id": [1]}, kind="Polygon"
        ),
    }


@pytest.fixture
def inputs(drawn, tmp_path) -> dict[str, Path]:
    """The files of the small city, a test's own to spoil."""
    folder = tmp_path / "in"
    folder.mkdir()
    return {name: Path(shutil.copy(path, folder)) for name, path in drawn.items()}


@pytest.fixture(scope="session")
def built(drawn, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "pack"
    build(folder, **drawn, timezone="Asia/Shanghai")
    return folder


@pytest.fixture
def pack(built, tmp_path) -> Path:
    return shutil.copytree(built, tmp_path / "out")
