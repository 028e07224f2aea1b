"""A pack is not built from what cannot be so; the row and field are named."""

import pytest
import shapely
from tests.adapters.city.small_city import at, box, line, write_csv, write_layer
from tests.adapters.city.small_pack import POSTS, UNITS

from gengfu.adapters.city import build, check, load
from gengfu.kernel import BadInput


def refusal(tmp_path, inputs, **more) -> str:
    with pytest.raises(BadInput) as caught:
        build(tmp_path / "out", **{**inputs, **more})
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_post_far_from_every_road_is_refused(tmp_path, inputs):
    row = ("p1", "Island", "岛", "quay", "", *at(20, 20), "")
    del inputs["units"]
    write_csv(inputs["posts"], POSTS, row)
    text = refusal(tmp_path, inputs)
    assert text == "posts.csv, row 2: unreachable post 'p1': no road within 500 m"


def test_a_post_on_a_road_that_leads_nowhere_is_refused(tmp_path, inputs):
    grid = [line(*[(x, y) for x in range(4)]) for y in range(4)]
    grid += [line(*[(x, y) for y in range(4)]) for x in range(4)]
    island = line((5, 1), (6, 1))
    columns = {"highway": ["residential"] * 9}
    write_layer(inputs["roads"], [*grid, island], columns)
    del inputs["units"]
    write_csv(inputs["posts"], POSTS, ("p9", "Isle", "岛", "quay", "", *at(5.5, 1), ""))
    text = refusal(tmp_path, inputs)
    start = "posts.csv, row 2: unreachable post 'p9': the road network is 17"
    assert text.startswith(start)
    report = build(tmp_path / "kept", **inputs, keep_unreachable=True)
    assert [f.code for f in report.findings] == [
        "components",
        "timezone",
        "unreachable",
    ]
    assert not load(tmp_path / "kept").posts[0].reachable
    found = {f.code: f for f in check(tmp_path / "kept").findings}
    assert found["unreachable"].severity == "error"
    assert found["unreachable"].where == "posts.parquet, p9"


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("post", "p7", "units.csv, row 2, field post: no post 'p7'"),
        ("agency", "navy", "units.csv, row 2, field agency: no agency 'navy'"),
        ("kind", "", "units.csv, row 2, field kind: is empty"),
        ("crew", "-1", "units.csv, row 2, field crew: -1 is below 0"),
        ("crew", "2.5", "units.csv, row 2, field crew: 2.5 is no number of people"),
        ("crew", "four", "units.csv, row 2, field crew: not a number: 'four'"),
        ("id", "", "units.csv, row 2, field id: is empty"),
        ("id", "a\x1b", "units.csv, row 2, field id: control character U+001B"),
    ],
)
def test_faults_of_units_name_the_row_and_field(tmp_path, inputs, field, value, what):
    row = dict(zip(UNITS.split(), ["e1", "E1", "engine", "fire", "p1", "", "", 4],
                   strict=True))  # fmt: skip
    row[field] = value
    write_csv(inputs["units"], UNITS, list(row.values()))
    assert refusal(tmp_path, inputs).startswith(what)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("lon", "999", "posts.csv, row 2, field lon: not on the globe: 999"),
        ("agency", "navy", "posts.csv, row 2, field agency: no agency 'navy'"),
        ("lat", "north", "posts.csv, row 2, field lat: not a number: 'north'"),
        ("composed", "maybe", "posts.csv, row 2, field composed: 'maybe' is neither"),
        ("name", "x" * 2_000_000, "posts.csv, row 2: not CSV: field larger than"),
        ("name", "x" * 400, "posts.csv, row 2, field name: text of 400 characters"),
    ],
)
def test_faults_of_posts_name_the_row_and_field(tmp_path, inputs, field, value, what):
    row = dict(zip(POSTS.split(), ["p1", "A", "甲", "k", "", *at(0, 0), ""],
                   strict=True))  # fmt: skip
    row[field] = value
    write_csv(inputs["posts"], POSTS, list(row.values()))
    assert refusal(tmp_path, inputs).startswith(what)


def test_units_without_posts_are_refused(tmp_path, inputs):
    del inputs["posts"]
    text = refusal(tmp_path, inputs)
    assert text.startswith("units.csv, row 2, field post: no post 'p1'")


def test_roads_and_areas_of_different_cities_are_refused(tmp_path, inputs):
    write_layer(inputs["areas"], [box(5000, 0, 9, 9)], {"id": ["far"]}, kind="Polygon")
    text = refusal(tmp_path, inputs)
    assert text == "areas.gpkg: only 0% of the roads of roads.gpkg lie in its areas"


def test_a_time_zone_that_is_none_is_refused(tmp_path, inputs):
    text = refusal(tmp_path, inputs, timezone="../../etc/passwd")
    assert text.startswith("--timezone, field timezone: '../../etc/passwd' is no IANA")


def test_a_sea_that_crosses_itself_is_refused(tmp_path, inputs):
    bow = shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])
    write_layer(inputs["sea"], [bow], {"id": [1]}, kind="Polygon")
    text = refusal(tmp_path, inputs)
    assert "sea.gpkg, layer sea, row 1, field geometry: self-crossing" in text
