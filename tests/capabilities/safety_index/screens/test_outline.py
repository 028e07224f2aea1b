"""Areas drawn coarsely still meet, stay small, and can all be pressed."""

import re
from importlib import import_module
from math import cos, pi, sin
from typing import Any

import pytest

from gengfu.capabilities.safety_index.screens import read_atlas
from gengfu.capabilities.safety_index.screens.outline import SIDE, outline


def wavy(west: float, east: float, seed: float) -> list[list[float]]:
    """A border of many points from south to north, the same for both sides."""
    return [
        [west + (east - west) * 0.2 * sin(seed + k / 3), k / 200] for k in range(201)
    ]


def strips(count: int) -> dict[str, object]:
    found = {}
    for n in range(count):
        left = [[n / count + x, y] for x, y in wavy(0, 1 / count, n)]
        right = [[(n + 1) / count + x, y] for x, y in wavy(0, 1 / count, n + 1)]
        found[f"s{n}"] = (([*left, *reversed(right), left[0]],),)
    return found


@pytest.mark.parametrize("most", [100_000, 3_000, 1_000])
def test_neighbours_meet_without_gaps_however_coarse(most: int) -> None:
    shapely: Any = import_module("shapely")
    drawn = outline(strips(6), most)
    whole = shapely.union_all(
        [shapely.Polygon(one.rings[0]) for one in drawn.areas.values()]
    )
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    each = sum(shapely.Polygon(one.rings[0]).area for one in drawn.areas.values())
    assert each == whole.area


def test_a_map_fits_its_size() -> None:
    shapes = {
        f"a{n}": (
            (
                [
                    (
                        n % 12 + 0.5 * cos(k * pi / 200),
                        n // 12 + 0.5 * sin(k * pi / 200),
                    )
                    for k in range(401)
                ],
            ),
        )
        for n in range(148)
    }
    drawn = outline(shapes)
    assert sum(len(one.path) for one in drawn.areas.values()) <= 36_000
    assert max(drawn.width, drawn.height) == SIDE
    for one in drawn.areas.values():
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", one.path)


def test_the_path_is_the_ring() -> None:
    shape = {"a": (([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)],),)}
    (one,) = outline(shape).areas.values()
    assert one.rings == (((0, 1000), (1000, 1000), (1000, 0), (0, 0)),)
    assert one.path == "M0 1000l1000 0 0-1000-1000 0z"
    assert one.label == (500, 500)


def test_an_area_too_small_for_the_grid_can_still_be_pressed() -> None:
    big = ([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)],)
    dot = ([(5, 5), (5.00001, 5), (5, 5.00001), (5, 5)],)
    drawn = outline({"big": (big,), "dot": (dot,)})
    xs = [x for x, _ in drawn.areas["dot"].rings[0]]
    assert max(xs) - min(xs) == 10


def test_no_shapes_no_map() -> None:
    assert outline({}).areas == {}
    square = (([(0, 0), (1, 0), (1, 1), (0, 0)],),)
    assert set(outline({"empty": (), "hollow": ((),), "square": square}).areas) == {
        "square"
    }


def test_an_atlas_reads_polygons_and_many_of_them() -> None:
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    far = [[[5, 5], [6, 5], [6, 6], [5, 5]]]
    features = [
        {
            "properties": {"id": "one"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        },
        {
            "properties": {"id": "two"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring], far]},
        },
        {"properties": {"id": "gone"}, "geometry": None},
    ]
    atlas = read_atlas({"features": features}, {"one": ("One", "")})
    assert set(atlas.shapes) == {"one", "two"}
    assert len(atlas.shapes["two"]) == 2
    assert (atlas.names["one"].en, atlas.names["one"].zh) == ("One", "One")
    drawn = atlas.map_of(["one", "two", "gone"])
    assert set(drawn.areas) == {"one", "two"}
    assert drawn is atlas.map_of(["one", "two", "gone"])
