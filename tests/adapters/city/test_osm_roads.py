"""OSM extracts: direction, access, speed, noding, and every fault with its line."""

import numpy as np
import pytest
from tests.adapters.city.small_city import at, write_osm

from gengfu.adapters.city import Network, OnewayOrigin, build_network
from gengfu.adapters.city.lines import RoadLines
from gengfu.adapters.city.osm import read_osm
from gengfu.kernel import BadInput

CROSS = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, -1), 5: (1, 1)}
STREET = {"highway": "residential"}


def one_street(path, **tags) -> RoadLines:
    nodes = {1: (0, 0), 2: (1, 0)}
    return read_osm(write_osm(path, nodes, [(7, [1, 2], STREET | tags)]))


def directions(network: Network) -> set[tuple[float, float]]:
    """(from, to) longitudes of every edge, in steps of the grid."""
    lon = np.round((network.lon - at(0, 0)[0]) * 1000).astype(int)
    return {
        (int(lon[a]), int(lon[b]))
        for a, b in zip(network.tails, network.heads, strict=True)
    }


@pytest.mark.parametrize("word", ["yes", "true", "1"])
def test_oneway_goes_as_drawn(tmp_path, word):
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", oneway=word))
    assert directions(network) == {(0, 1)}
    assert network.oneway_origin.tolist() == [OnewayOrigin.TAGGED]


@pytest.mark.parametrize("word", ["-1", "reverse"])
def test_oneway_minus_one_goes_against_the_drawing(tmp_path, word):
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", oneway=word))
    assert directions(network) == {(1, 0)}
    offsets, lon, _ = network.edge_shapes()
    assert lon[offsets[0]] > lon[offsets[1] - 1], "its shape runs from tail to head"
    assert not network.backward.any()


@pytest.mark.parametrize("word", ["no", "", "reversible", "alternating"])
def test_anything_else_is_two_way(tmp_path, word):
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", oneway=word))
    assert directions(network) == {(0, 1), (1, 0)}


@pytest.mark.parametrize(
    "tags",
    [
        {"junction": "roundabout"},
        {"highway": "motorway"},
        {"highway": "motorway_link"},
    ],
)
def test_roundabouts_and_motorways_are_oneway_unless_they_say_no(tmp_path, tags):
    implied, _ = build_network(one_street(tmp_path / "a.osm.pbf", **tags))
    assert directions(implied) == {(0, 1)}
    assert implied.oneway_origin.tolist() == [OnewayOrigin.IMPLIED]
    both, _ = build_network(one_street(tmp_path / "b.osm.pbf", **tags, oneway="no"))
    assert directions(both) == {(0, 1), (1, 0)}


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "cycleway"},
        {"highway": "steps"},
        {"access": "private"},
        {"access": "no"},
        {"motor_vehicle": "no"},
        {"access": "yes", "motorcar": "private"},
        {"highway": "pedestrian", "access": "private"},
        {"area": "yes"},
        {"highway": "something-new"},
    ],
)
def test_closed_and_private_ways_are_left_out(tmp_path, tags):
    with pytest.raises(BadInput, match="has no road that a vehicle may use"):
        one_street(tmp_path / "a.osm.pbf", **tags)


@pytest.mark.parametrize(
    ("tags", "emergency_only"),
    [
        ({}, False),
        ({"access": "no", "motor_vehicle": "yes"}, False),
        ({"access": "destination"}, False),
        ({"highway": "pedestrian"}, True),
        ({"highway": "busway"}, True),
        ({"access": "no", "emergency": "yes"}, True),
        ({"access": "private", "emergency": "designated"}, True),
        ({"highway": "service", "service": "emergency_access"}, True),
    ],
)
def test_emergency_vehicles_may_use_more(tmp_path, tags, emergency_only):
    lines = one_street(tmp_path / "a.osm.pbf", **tags)
    assert lines.emergency_only.tolist() == [emergency_only]


@pytest.mark.parametrize(
    ("said", "kmh"),
    [("30", 30.0), ("30 mph", 48.28032), ("50;30", 50.0), ("60 km/h", 60.0)],
)
def test_the_posted_limit_is_the_speed(tmp_path, said, kmh):
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", maxspeed=said))
    assert network.speed_kmh.tolist() == pytest.approx([kmh, kmh])


@pytest.mark.parametrize("said", ["walk", "RO:urban", "none", "signals"])
def test_a_limit_in_words_leaves_the_class_speed(tmp_path, said):
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", maxspeed=said))
    assert network.speed_kmh.tolist() == [25.0, 25.0]


def test_limits_may_differ_by_direction(tmp_path):
    tags = {"maxspeed:forward": "50", "maxspeed:backward": "20"}
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", **tags))
    east = network.lon[network.heads] > network.lon[network.tails]
    assert network.speed_kmh[east].tolist() == [50.0]
    assert network.speed_kmh[~east].tolist() == [20.0]


def test_a_street_against_its_drawing_keeps_the_limit_of_that_direction(tmp_path):
    tags = {"oneway": "-1", "maxspeed:forward": "50", "maxspeed:backward": "20"}
    network, _ = build_network(one_street(tmp_path / "a.osm.pbf", **tags))
    assert network.speed_kmh.tolist() == [20.0]


def test_ways_meet_at_a_shared_node(tmp_path):
    ways = [(1, [1, 2, 3], STREET), (2, [4, 2, 5], STREET)]
    lines = read_osm(write_osm(tmp_path / "a.osm.pbf", CROSS, ways))
    network, _ = build_network(lines)
    assert (network.node_count, network.edge_count) == (5, 8)
    assert network.component.tolist() == [0] * 5


def test_a_bridge_does_not_meet_what_it_crosses(tmp_path):
    nodes = CROSS | {6: (1, 0)}  # at the very place of node 2
    ways = [(1, [1, 2, 3], STREET), (2, [4, 6, 5], STREET | {"bridge": "yes"})]
    lines = read_osm(write_osm(tmp_path / "a.osm.pbf", nodes, ways))
    network, mended = build_network(lines)
    assert (network.node_count, network.edge_count) == (4, 4)
    assert mended.components == 2
    assert mended.nodes_outside == 2


def test_nodes_within_a_street_are_shape_and_no_nodes(tmp_path):
    nodes = {1: (0, 0), 2: (1, 1), 3: (2, 0)}
    network, _ = build_network(
        read_osm(write_osm(tmp_path / "a.osm.pbf", nodes, [(1, [1, 2, 3], STREET)]))
    )
    assert network.node_count == 2
    assert np.diff(network.edge_shapes()[0]).tolist() == [3, 3]


def test_a_loop_is_cut_so_that_no_edge_ends_where_it_begins(tmp_path):
    nodes = {1: (0, 0), 2: (1, 0), 3: (2, 1), 4: (2, -1)}
    ways = [(1, [1, 2], STREET), (2, [2, 3, 4, 2], STREET)]
    lines = read_osm(write_osm(tmp_path / "a.osm.pbf", nodes, ways))
    network, mended = build_network(lines)
    assert mended.loops_cut == 1
    assert not (network.tails == network.heads).any()
    assert network.length_m.sum() == pytest.approx(
        2 * (71.6 + 132.4 * 2 + 222.5), rel=0.01
    )


def test_two_nodes_at_one_place_stay_two_and_an_edge_joins_them(tmp_path):
    nodes = {1: (0, 0), 2: (1, 0), 3: (1, 0), 4: (2, 0)}
    lines = read_osm(write_osm(tmp_path / "a.osm.pbf", nodes, [
        (1, [1, 2], STREET), (2, [2, 3], STREET), (3, [3, 4], STREET)
    ]))  # fmt: skip
    network, mended = build_network(lines)
    assert network.node_count == 4
    assert mended.stretched == 2
    assert network.length_m.min() == pytest.approx(0.1)


def test_a_street_drawn_twice_counts_once_and_keeps_both_names(tmp_path):
    nodes = {1: (0, 0), 2: (1, 0)}
    ways = [
        (1, [1, 2], STREET | {"name": "Old Road"}),
        (2, [1, 2], {"highway": "primary", "name": "High Street"}),
    ]
    network, mended = build_network(
        read_osm(write_osm(tmp_path / "a.osm.pbf", nodes, ways))
    )
    assert mended.duplicates == 1
    assert network.edge_count == 2
    assert {network.names[i] for i in network.name} == {"High Street"}
    assert {network.names[i] for i in network.alias} == {"Old Road"}


def test_names_keep_their_chinese_and_their_number(tmp_path):
    tags = {"name": "Long Street", "name:zh": "长街", "ref": "B 5;B 6"}
    lines = one_street(tmp_path / "a.osm.pbf", **tags)
    assert lines.names[lines.name[0]] == "Long Street"
    assert lines.names_zh[lines.name[0]] == "长街"
    assert lines.names[lines.alias[0]] == "B 5"


@pytest.mark.parametrize("said", ["-50", "0", "900", "300 mph"])
def test_a_speed_no_road_has_is_refused(tmp_path, said):
    with pytest.raises(BadInput) as caught:
        one_street(tmp_path / "a.osm.pbf", maxspeed=said)
    assert str(caught.value).startswith("a.osm.pbf, row way 7, field maxspeed: speed")


def test_a_hostile_name_is_refused_on_one_line(tmp_path):
    with pytest.raises(BadInput) as caught:
        one_street(tmp_path / "a.osm.pbf", name="Main\x1b[2J\nStreet")
    text = str(caught.value)
    assert "a.osm.pbf, row way 7, field name: control character U+001B" in text
    assert text.isprintable()


def test_a_name_of_a_megabyte_is_refused(tmp_path):
    with pytest.raises(BadInput, match="characters, at most 300") as caught:
        one_street(tmp_path / "a.osm", name="x" * 1_000)
    assert len(str(caught.value)) < 200


def test_a_way_with_a_node_that_is_not_there_is_refused(tmp_path):
    path = write_osm(tmp_path / "a.osm.pbf", {1: (0, 0)}, [(1, [1, 99], STREET)])
    with pytest.raises(BadInput, match=r"row node 99, field location: missing"):
        read_osm(path)


def test_a_truncated_file_is_refused(tmp_path, shared):
    whole = (shared / "data/porto-alegre/porto_alegre.osm.pbf").read_bytes()
    path = tmp_path / "half.osm.pbf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"^half\.osm\.pbf: truncated or not an OSM"):
        read_osm(path)


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"<html></html>"])
def test_a_file_that_is_no_osm_is_refused(tmp_path, content):
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"^a\.osm\.pbf: "):
        read_osm(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"^none\.osm\.pbf: no such file$"):
        read_osm(tmp_path / "none.osm.pbf")


@pytest.mark.parametrize(
    ("old", "new"), [("lon='10'", "lon='ten'"), ("id='1'", "id='h'"), ("<nd", "<<nd")]
)
def test_osm_xml_that_went_bad_is_refused(tmp_path, old, new):
    nodes = {1: (0, 0), 2: (1, 0)}
    path = write_osm(tmp_path / "a.osm", nodes, [(7, [1, 2], STREET)])
    text = path.read_text(encoding="utf-8").replace('"', "'")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=r"^a\.osm: truncated or not an OSM file"):
        read_osm(path)
