"""Packs: built whole or not at all, the same bytes twice, read back as they were."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from tests.adapters.city.small_city import at, box, write_csv, write_layer
from tests.adapters.city.small_pack import spoil

from gengfu.adapters import city
from gengfu.adapters.city import STAGES, build, check, load
from gengfu.kernel import BadInput


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
