"""Packs: built whole or not at all, the same bytes twice, read back as they were."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import shapely
from tests.adapters.city.small_city import (
    at,
    box,
    grid_roads,
    line,
    two_areas,
    write_csv,
    write_layer,
)

from gengfu.adapters import city
from gengfu.adapters.city import STAGES, build, check, load
from gengfu.kernel import BadInput

POSTS = "id name name_zh kind agency lon lat composed"
UNITS = "id call_sign kind agency post skills capabilities crew"
AGENCIES = "id name name_zh kind"


@pytest.fixture
def inputs(tmp_path) -> dict[str, Path]:
    """A grid of streets, two areas, two posts, three units, a place, a device."""
    folder = tmp_path / "in"
    folder.mkdir()
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


def digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_a_pack_comes_back_as_it_was_built(tmp_path, inputs):
    report = build(
        tmp_path / "out",
        **inputs,
        name="Smallville",
        name_zh="小镇",
        timezone="Asia/Shanghai",
    )
    town = load(tmp_path / "out")
    assert report.counts == town.counts
    assert (town.name, town.name_zh, town.timezone) == (
        "Smallville",
        "小镇",
        "Asia/Shanghai",
    )
    assert town.counts["nodes"] == 16
    assert town.counts["edges"] == 48
    assert set(town.roads.names) == {
        f"{w} {i}" for w in ("Row", "Column") for i in range(4)
    }
    assert town.areas.ids == ("west", "east")
    assert town.areas.population.tolist() == [300.0, 500.0]
    assert [p.area for p in town.posts] == ["west", "east"]
    assert [p.composed for p in town.posts] == [True, False]
    assert all(p.reachable and p.off_road_m < 1.0 for p in town.posts)
    engine, car = town.units
    assert engine.skills == ("fire", "rescue")
    assert engine.capabilities == ("pump",)
    assert (car.agency, car.crew, car.skills) == ("police", 2, ())
    assert town.agencies[0].name_zh == "消防队"
    assert town.places[0].area == "west"
    assert town.devices[0].name_zh == "1号灯"
    assert town.sea is not None
    assert town.sea.area == pytest.approx(9e-6)
    assert town.bbox == pytest.approx((9.999, 49.999, 10.005, 50.005))
    assert town.basemap is not None


def test_the_graph_is_the_pack_edge_for_edge(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    town = load(tmp_path / "out")
    graph = town.graph()
    assert np.array_equal(graph.tails, town.roads.tails)
    assert np.array_equal(graph.heads, town.roads.heads)
    assert (graph.twins[graph.twins] == np.arange(graph.edge_count)).all()
    assert np.array_equal(graph.tails[graph.twins], graph.heads)
    assert graph.seconds == pytest.approx(graph.length_m / (25 / 3.6))


def test_nothing_in_a_city_can_be_changed(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    town = load(tmp_path / "out")
    with pytest.raises(AttributeError):
        town.name = "Other"
    for array in (town.roads.length_m, town.roads.lon, town.roads.component):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_same_inputs_give_the_same_bytes(tmp_path, inputs):
    for out in ("one/city", "two/city"):
        (tmp_path / out).parent.mkdir()
        build(tmp_path / out, **inputs)
    first = digests(tmp_path / "one/city")
    assert first == digests(tmp_path / "two/city")
    assert {"city.toml", "NOTICE", "areas.parquet", "roads/edges.parquet"} <= set(first)


def test_a_pack_is_geoparquet(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    for name, encoding in (
        ("areas", b'"encoding": "WKB"'),
        ("roads/nodes", b'"encoding": "point"'),
        ("roads/shapes", b'"encoding": "linestring"'),
        ("posts", b'"encoding": "point"'),
    ):
        metadata = pyarrow.parquet.read_schema(
            tmp_path / f"out/{name}.parquet"
        ).metadata
        assert encoding in metadata[b"geo"]


def test_progress_is_told_in_stages_that_have_words_in_both_languages(tmp_path, inputs):
    told: list[tuple[str, float]] = []
    build(tmp_path / "out", **inputs, progress=lambda s, share: told.append((s, share)))
    assert {stage for stage, _ in told} <= set(STAGES)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[-1] == ("done", 1.0)


def test_further_files_travel_with_a_pack(tmp_path, inputs):
    cards = tmp_path / "cards.toml"
    cards.write_text("version = 1\n", encoding="utf-8")
    build(tmp_path / "out", **inputs, extra={"run_cards.toml": cards})
    town = load(tmp_path / "out")
    found = town.data_file("run_cards.toml")
    assert found is not None
    assert found.read_text(encoding="utf-8") == "version = 1\n"
    assert town.data_file("hazards.parquet") is None
    assert check(tmp_path / "out").ok


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", ""])
def test_a_data_file_stays_inside_the_pack(tmp_path, inputs, name):
    build(tmp_path / "out", **inputs)
    with pytest.raises(ValueError, match="not a name inside a city pack"):
        load(tmp_path / "out").data_file(name)


def test_population_may_come_from_points(tmp_path, inputs):
    points = write_csv(
        tmp_path / "people.csv",
        "long lat POP2000 HOUSEHOLDS",
        (*at(0, 0), 10, 4),
        (*at(0, 1), 5, 2),
        (*at(3, 1), 7, 3),
        (*at(90, 90), 1000, 1),
    )
    build(tmp_path / "out", **inputs, population=points)
    areas = load(tmp_path / "out").areas
    assert areas.population.tolist() == [15.0, 7.0]
    assert areas.households.tolist() == [6.0, 3.0]


# ---- whole or not at all ---------------------------------------------------------


def test_nothing_is_left_behind_when_a_build_fails(tmp_path, inputs):
    home = tmp_path / "packs"
    home.mkdir()
    write_layer(inputs["areas"], [box(0, 0, 2, 2), box(1, 0, 2, 2)], {"id": [1, 2]},
                kind="Polygon")  # fmt: skip
    with pytest.raises(BadInput, match="overlaps"):
        build(home / "out", **inputs)
    assert list(home.iterdir()) == []


def test_a_failed_build_leaves_the_old_pack_as_it_was(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    before = digests(tmp_path / "out")
    inputs["posts"].write_text("nonsense", encoding="utf-8")
    with pytest.raises(BadInput):
        build(tmp_path / "out", **inputs)
    assert digests(tmp_path / "out") == before


def test_a_pack_replaces_a_pack_whole(tmp_path, inputs):
    build(tmp_path / "out", **inputs)
    del inputs["devices"]
    build(tmp_path / "out", **inputs)
    assert not (tmp_path / "out/devices.parquet").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_a_folder_that_is_no_pack_is_refused(tmp_path, inputs):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(BadInput, match="exists and is no city pack"):
        build(tmp_path / "out", **inputs)
    assert digests(tmp_path / "out").keys() == {"thesis.txt"}


def test_a_file_and_a_folder_in_no_folder_are_refused(tmp_path, inputs):
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="is a file, not a folder"):
        build(tmp_path / "out", **inputs)
    with pytest.raises(BadInput, match="its parent folder"):
        build(tmp_path / "no/where", **inputs)


def test_an_empty_folder_is_filled(tmp_path, inputs):
    (tmp_path / "out").mkdir()
    build(tmp_path / "out", **inputs)
    assert load(tmp_path / "out").counts["nodes"] == 16


# ---- what a build refuses ----------------------------------------------------------


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


# ---- check and load: packs that went bad ---------------------------------------------


@pytest.fixture
def pack(tmp_path, inputs) -> Path:
    build(tmp_path / "out", **inputs, timezone="Asia/Shanghai")
    return tmp_path / "out"


def codes(folder: Path) -> set[tuple[str, str]]:
    report = check(folder)
    assert all(f.zh and f.en and f.where for f in report.findings)
    assert report.ok == all(f.severity == "warning" for f in report.findings)
    return {(f.code, f.where) for f in report.findings if f.severity == "error"}


def test_a_good_pack_has_no_errors(pack):
    report = check(pack)
    assert report.ok
    assert {f.code for f in report.findings} == {"licence"}
    assert report.counts["population"] == 800


def test_a_missing_file_is_found(pack):
    (pack / "units.parquet").unlink()
    assert codes(pack) == {
        ("missing-file", "units.parquet"),
        ("unreadable", "units.parquet"),
    }


def test_a_changed_file_is_found(pack):
    data = bytearray((pack / "NOTICE").read_bytes())
    data[0] ^= 1
    (pack / "NOTICE").write_bytes(bytes(data))
    assert codes(pack) == {("changed-file", "NOTICE")}


@pytest.mark.parametrize(
    "name", ["areas.parquet", "roads/edges.parquet", "roads/shapes.parquet"]
)
def test_a_truncated_file_is_found_and_not_loaded(pack, name):
    data = (pack / name).read_bytes()
    (pack / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=f"^{name}: truncated or no Parquet"):
        load(pack)
    assert ("changed-file", name) in codes(pack)


def test_an_extra_file_is_told(pack):
    (pack / "notes.txt").write_text("mine", encoding="utf-8")
    assert check(pack).ok
    assert "extra-file" in {f.code for f in check(pack).findings}


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("version = 1", "version = 99", "city.toml: version 99; this Gengfu reads 1"),
        ('format = "gengfu-city"', 'format = "x"', "city.toml: format is not"),
        ("[counts]", "[counts", "city.toml: cannot be read"),
        ("Asia/Shanghai", "Mars/Base", "city.toml, field timezone: 'Mars/Base'"),
        ("srid = 4326", "srid = 3857", "city.toml, field srid: is not 4326"),
        ("covers = ", "hides = ", "city.toml, field source: is not as it was built"),
        ("nodes = 16", 'nodes = "x"', "city.toml, field counts: is not as it was"),
        ("srid = 4326", "", "city.toml, field srid: is missing"),
    ],
)
def test_a_manifest_that_went_bad_is_refused(pack, old, new, what):
    path = pack / "city.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(pack)
    assert str(caught.value).startswith(what)
    assert not check(pack).ok


def test_a_folder_that_is_no_pack_cannot_be_loaded(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInput, match="is no city pack"):
            load(folder)
        assert not check(folder).ok


def spoil(pack: Path, name: str, field: str, row: int, value: object) -> None:
    """Put another value into one cell of a file of the pack."""
    path = pack / name
    table = pyarrow.parquet.read_table(path)
    cells = table.column(field).to_pylist()
    cells[row] = value
    index = table.column_names.index(field)
    kind = table.schema.field(field).type
    column = pyarrow.array(cells, type=kind)
    pyarrow.parquet.write_table(table.set_column(index, field, column), path)


@pytest.mark.parametrize(
    ("name", "field", "value", "what"),
    [
        ("roads/edges.parquet", "head", 999, r"row 3, field head: 999 is not in 0-15"),
        ("roads/edges.parquet", "tail", -1, r"row 3, field tail: -1 is not in 0-15"),
        (
            "roads/edges.parquet",
            "length_m",
            float("nan"),
            r"row 3, field length_m: nan",
        ),
        ("roads/edges.parquet", "speed_kmh", -5.0, r"row 3, field speed_kmh: -5"),
        ("roads/edges.parquet", "shape", 24, r"row 3, field shape: 24 is not in 0-23"),
        ("roads/edges.parquet", "road_class", 200, r"row 3, field road_class: 200"),
    ],
)
def test_edges_that_cannot_be_are_refused(pack, name, field, value, what):
    spoil(pack, name, field, 3, value)
    with pytest.raises(BadInput, match=what):
        load(pack)


def test_loose_ends_are_refused(pack):
    spoil(pack, "units.parquet", "post", 0, "p7")
    with pytest.raises(BadInput, match="unit e1, field post: no post 'p7'"):
        load(pack)


def test_a_road_shorter_than_the_straight_line_is_found(pack):
    spoil(pack, "roads/edges.parquet", "length_m", 3, 5.0)
    where = "roads/edges.parquet, row 3, field length_m"
    assert ("short-edge", where) in codes(pack)


def test_components_that_are_not_so_are_found(pack):
    spoil(pack, "roads/nodes.parquet", "component", 3, 1)
    assert ("components", "roads/nodes.parquet, components") in codes(pack)


def test_areas_that_overlap_or_cross_themselves_are_found(pack, inputs):
    bow = shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])
    whole = (pack / "areas.parquet").read_bytes()
    spoil(pack, "areas.parquet", "geometry", 1, shapely.to_wkb(bow))
    assert ("crossing", "areas.parquet, east") in codes(pack)
    (pack / "areas.parquet").write_bytes(whole)
    spoil(pack, "areas.parquet", "geometry", 1, shapely.to_wkb(box(0, 0, 3, 3)))
    assert ("overlap", "areas.parquet, east") in codes(pack)


def test_the_front_door_is_what_it_says():
    assert sorted(city.__all__) == sorted(set(city.__all__))
    assert all(hasattr(city, name) for name in city.__all__)


def test_a_large_city_keeps_its_contraction_order(tmp_path, inputs, monkeypatch):
    monkeypatch.setattr("gengfu.adapters.city.draft.LARGE_NODES", 1)
    for name in ("one", "two"):
        build(tmp_path / name, **inputs, basemap=False)
    order = "roads/order.parquet"
    assert digests(tmp_path / "one")[order] == digests(tmp_path / "two")[order]
    graph = load(tmp_path / "one").graph()
    assert sorted(graph.order.tolist()) == list(range(graph.node_count))
    spoil(tmp_path / "one", order, "node", 0, int(graph.order[1]))
    with pytest.raises(BadInput, match=r"order\.parquet, field node.*every node once"):
        load(tmp_path / "one")
    monkeypatch.setattr("gengfu.adapters.city.checking.LARGE_NODES", 1)
    build(tmp_path / "three", **inputs, basemap=False)
    assert "order" not in {f.code for f in check(tmp_path / "three").findings}
    monkeypatch.setattr("gengfu.adapters.city.draft.LARGE_NODES", 50_000)
    build(tmp_path / "three", **inputs, basemap=False)
    assert "order" in {f.code for f in check(tmp_path / "three").findings}
