"""Files with bytes changed, lost or added: read, or refused with one line."""

import random
import shutil
from pathlib import Path

import pytest
from tests.adapters.city.small_city import (
    grid_roads,
    two_areas,
    write_csv,
    write_osm,
)

from gengfu.adapters.city import build, build_network, check, load
from gengfu.adapters.city.areas_reading import read_areas
from gengfu.adapters.city.building import read_roads
from gengfu.kernel import BadInput

STREET = {"highway": "primary", "name": "x", "maxspeed": "30"}
CROSS = {1: (0, 0), 2: (1, 0), 3: (2, 0)}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """One good file of every kind, and a pack."""
    folder = tmp_path_factory.mktemp("good")
    for suffix in ("gpkg", "shp", "geojson"):
        grid_roads(folder / f"roads.{suffix}")
    two_areas(folder / "areas.gpkg")
    ways = [(1, [1, 2, 3], STREET)]
    write_osm(folder / "roads.osm.pbf", CROSS, ways)
    write_osm(folder / "roads.osm", CROSS, ways)
    rows = ("a", 10, 50, 5), ("b", 10.1, 50, 6)
    write_csv(folder / "areas.csv", "id lon lat population", *rows)
    build(
        folder / "pack", roads=folder / "roads.gpkg", areas=folder / "areas.gpkg",
        basemap=False,
    )  # fmt: skip
    return folder


def spoil(path: Path, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(len(data) + 1)
        match dice.choice(["change", "change", "add", "cut", "end"]):
            case "change" if at < len(data):
                data[at] = dice.randrange(256)
            case "add":
                data[at:at] = dice.randbytes(dice.randrange(1, 9))
            case "cut":
                del data[at : at + dice.randrange(1, 50)]
            case _:
                del data[at:]
    path.write_bytes(bytes(data))


def read(path: Path) -> None:
    if path.name.startswith("areas"):
        read_areas(path)
    else:
        build_network(read_roads(path))


def one_round(good: Path, work: Path, dice: random.Random) -> None:
    kinds = ["gpkg", "shp", "dbf", "shx", "geojson", "osm.pbf", "osm", "pack", "csv"]
    kind = dice.choice(kinds)
    shutil.rmtree(work, ignore_errors=True)
    if kind == "pack":
        shutil.copytree(good / "pack", work)
        files = sorted(p for p in work.rglob("*") if p.is_file())
        chosen = dice.choice(files)
        before = chosen.read_bytes()
        spoil(chosen, dice)
        if chosen.name != "city.toml" and chosen.read_bytes() != before:
            assert not check(work).ok
        load(work)
        return
    shutil.copytree(good, work, ignore=shutil.ignore_patterns("pack"))
    name = dice.choice(["areas", "roads"]) if kind == "gpkg" else "roads"
    name = "areas" if kind == "csv" else name
    spoil(work / f"{name}.{kind}", dice)
    read(work / f"{name}.{'shp' if kind in {'dbf', 'shx'} else kind}")


def rounds(good: Path, work: Path, seed: int, count: int) -> int:
    """How many of `count` spoilt files were refused, each with one short line."""
    dice, lines = random.Random(seed), []
    for _ in range(count):
        try:
            one_round(good, work, dice)
        except BadInput as fault:
            lines.append(str(fault))
    assert all(line.isprintable() and len(line) < 700 for line in lines)
    return len(lines)


def test_spoilt_files_are_read_or_refused(good, tmp_path):
    assert rounds(good, tmp_path / "work", seed=1, count=150) > 50


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_spoilt_files_are_read_or_refused(good, tmp_path, seed):
    assert rounds(good, tmp_path / "work", seed=seed, count=1500) > 500
