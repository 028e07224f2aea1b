"""Areas of first response: read, kept in the pack, refused where they are wrong."""

import pytest
from tests.adapters.city.small_city import (
    at,
    box,
    grid_roads,
    two_areas,
    write_csv,
    write_layer,
)

from gengfu.adapters.city import build, check, load
from gengfu.app.town import CityTown
from gengfu.kernel import BadInput

LEFT, RIGHT = box(-1, -1, 2.5, 6), box(1.5, -1, 3.5, 6)
POSTS = [
    ("n", "fire-station", "fire", *at(0, 0)),
    ("s", "fire-station", "fire", *at(2, 2)),
    ("a", "ambulance-base", "fire", *at(1, 1)),
]


@pytest.fixture
def inputs(tmp_path):
    return {
        "roads": grid_roads(tmp_path / "roads.gpkg"),
        "areas": two_areas(tmp_path / "areas.gpkg"),
        "posts": write_csv(tmp_path / "posts.csv", "id kind agency lon lat", *POSTS),
        "basemap": False,
    }


def due(tmp_path, shapes, posts, **more):
    return write_layer(
        tmp_path / "due.gpkg", shapes, {"post": posts, **more}, kind="Polygon"
    )


def test_areas_of_first_response_come_back_as_they_were_given(tmp_path, inputs):
    layer = due(
        tmp_path,
        [LEFT, RIGHT, box(-1, -1, 6, 6)],
        ["n", "s", "a"],
        margin_s=[30.0, float("nan"), 0.0],
    )
    report = build(tmp_path / "out", **inputs, first_due=layer)
    assert report.counts["areas_of_first_response"] == 3
    assert check(tmp_path / "out").ok
    town = CityTown(load(tmp_path / "out"))
    assert town.first_due(*at(0, 0)) == {"n": 30.0, "a": 0.0}
    assert town.first_due(*at(3, 1)) == {"s": 60.0, "a": 0.0}
    assert town.first_due(*at(40, 40)) == {}


def test_a_city_without_such_areas_says_so(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    assert CityTown(load(tmp_path / "out")).first_due(*at(0, 0)) is None


@pytest.mark.parametrize(
    ("shapes", "posts", "margin_s", "words"),
    [
        ([LEFT], ["x"], [60.0], r"row 1, field post: no post 'x'"),
        ([LEFT], ["n"], [-1.0], r"row 1, field margin_s: -1 is below 0"),
        ([LEFT], ["n"], [9000.0], r"row 1, field margin_s: 9000 is not in 0-3600 s"),
        (
            [LEFT, box(1, -1, 3.5, 6)],
            ["n", "s"],
            [60.0, 60.0],
            r"row 2, field geometry: 's' overlaps 'n' \(row 1\) by",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, inputs, shapes, posts, margin_s, words):
    layer = due(tmp_path, shapes, posts, margin_s=margin_s)
    with pytest.raises(BadInput, match=rf"^due\.gpkg, layer due, {words}"):
        build(tmp_path / "out", **inputs, first_due=layer)
    assert not (tmp_path / "out").exists()


def test_lines_are_no_areas(tmp_path, inputs):
    with pytest.raises(BadInput, match="row 1, field geometry: not a polygon"):
        build(tmp_path / "out", **inputs, first_due=inputs["roads"])
