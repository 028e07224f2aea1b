"""Crossings with more ways than a row holds answer like any other, live changes too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import places, seconds_between

from gengfu.science.roads import (
    Fleet,
    LiveRoads,
    Place,
    Places,
    RoadGraph,
    at_node,
    cover,
    nearest,
    nodes_within,
    reach,
    route,
    times,
)
from gengfu.science.roads.problem import CLOSED_MS, ONWARD, ROW, UNREACHED


def star(ways: int) -> RoadGraph:
    """Node 0 with `ways` two-way streets of 1, 2, 3, ... seconds."""
    rim = np.arange(1, ways + 1)
    hub = np.zeros(ways, int)
    seconds = np.concatenate((rim, rim)).astype(float)
    angle = rim / ways * 6.0
    return RoadGraph.build(
        np.concatenate((hub, rim)),
        np.concatenate((rim, hub)),
        seconds,
        seconds * 10.0,
        np.append(0.0, np.cos(angle)),
        np.append(0.0, np.sin(angle)),
    )


@st.composite
def crowded_roads(draw: st.DrawFn) -> LiveRoads:
    """Two to four nodes and many streets: parallel ones, loops, one-way, no time."""
    n = draw(st.integers(2, 4))
    node = st.integers(0, n - 1)
    street = st.tuples(node, node, st.integers(0, 9))
    rows = draw(st.lists(street, min_size=1, max_size=50))
    tails, heads, steps = (np.array(column) for column in zip(*rows, strict=True))
    lon, lat = np.arange(n) * 0.01, np.arange(n) % 2 * 0.01
    graph = RoadGraph.build(tails, heads, steps * 2.5, steps * 25.0, lon, lat)
    roads = LiveRoads(graph)
    roads.shift = draw(st.sampled_from([10, 14]))
    return roads


def change(data: st.DataObject, roads: LiveRoads) -> None:
    edge = st.integers(0, roads.graph.edge_count - 1)
    roads.close(data.draw(st.lists(edge, min_size=1, max_size=6)))
    roads.reopen(data.draw(st.lists(edge, min_size=1, max_size=3)))
    factors = st.sampled_from([0.0, 0.5, 1.0, 3.0])
    some = data.draw(st.lists(edge, min_size=1, max_size=6, unique=True))
    roads.set_factors(some, [data.draw(factors) for _ in some])


@given(st.data())
def test_every_answer_on_crowded_crossings_is_that_of_a_full_search(data):
    roads = data.draw(crowded_roads())
    graph = roads.graph
    some = data.draw(st.lists(places(graph), min_size=1, max_size=4))
    nodes = [at_node(n) for n in range(graph.node_count)]
    fleet = Fleet(graph, len(some))
    fleet.move_many(np.arange(len(some)), Places.of(some))
    fleet.set_free(np.arange(len(some)))
    for _ in range(2):
        away = seconds_between(roads, some, nodes)
        towards = seconds_between(roads, nodes, some)
        between = seconds_between(roads, some, some)
        found = cover(roads, Places.of(some), 20.0)
        assert np.array_equal(times(roads, Places.of(some), Places.of(some)), between)
        for i, place in enumerate(some):
            for direction, slow in (("from", away[i]), ("to", towards[:, i])):
                within = {n: s for n, s in enumerate(slow) if s <= 20.0}
                row = nodes_within(roads, place, 20.0, direction)
                assert dict(zip(*(a.tolist() for a in row), strict=True)) == within
                assert len(row[0]) == len(within)
                if direction == "from":
                    row = found.row(i)
                    assert dict(zip(*(a.tolist() for a in row), strict=True)) == within
            near = nearest(roads, fleet, place, len(some))
            expected = sorted((s, u) for u, s in enumerate(between[:, i]) if s < np.inf)
            assert list(zip(near.seconds, near.units, strict=True)) == expected
            drive = route(roads, place, some[0])
            assert (drive is None) == (not np.isfinite(between[i, 0]))
            if drive is not None:
                assert drive.seconds == pytest.approx(between[i, 0], abs=0.0021)
                ends = zip(drive.edges[:-1], drive.edges[1:], strict=True)
                assert all(graph.heads[a] == graph.tails[b] for a, b in ends)
        change(data, roads)


@given(st.data())
def test_rows_hold_each_edge_once_with_its_time_now(data):
    roads = data.draw(crowded_roads())
    graph = roads.graph
    change(data, roads)
    rank = np.arange(graph.rank_count)
    node = graph.node_at[np.maximum.accumulate(np.where(graph.node_at >= 0, rank, 0))]
    for rows, slots, edges, tails, heads in (
        (roads.out_rows, graph.out_slot, graph.out_edge, graph.tails, graph.heads),
        (roads.in_rows, graph.in_slot, graph.in_edge, graph.heads, graph.tails),
    ):
        assert np.array_equal(edges[slots], np.arange(graph.edge_count))
        assert np.array_equal(node[slots // ROW], tails)
        assert np.array_equal(rows[slots] & 0xFFFFFFFF, graph.rank[heads])
        assert np.array_equal(rows[slots] >> 32, roads.keys_ms)
        row = np.arange(len(edges)) // ROW
        onward = edges == ONWARD
        assert np.array_equal(rows[onward], row[onward] + 1)
        assert np.array_equal(node[row[onward] + 1], node[row[onward]])
        unused = edges == -1
        assert (rows[unused] >> 32 == CLOSED_MS).all()
        assert len(slots) + onward.sum() + unused.sum() == len(edges)


@pytest.mark.parametrize("ways", [2, 3, 4, 5, 6, 7, 8, 9, 13, 40])
def test_each_way_of_a_wide_crossing_can_be_driven_closed_and_found(ways):
    graph = star(ways)
    roads = LiveRoads(graph)
    assert graph.spans[0] == max(1, -(-(ways - 1) // (ROW - 1)))
    assert graph.rank_count == ways + graph.spans[0]
    for direction in ("from", "to"):
        for way in range(ways):
            roads.close([way, ways + way])
            nodes, _ = nodes_within(roads, at_node(0), 1000.0, direction)
            assert sorted(nodes.tolist()) == [
                n for n in range(ways + 1) if n != way + 1
            ]
            roads.reopen([way, ways + way])
        nodes, seconds = nodes_within(roads, at_node(0), ways - 0.5, direction)
        assert dict(zip(nodes.tolist(), seconds.tolist(), strict=True)) == {
            n: float(n) for n in range(ways)
        }
        area = reach(roads, at_node(0), 1000.0, direction)
        assert sorted(area.edges.tolist()) == list(range(2 * ways))
    drive = route(roads, Place(ways, 0.0), Place(ways - 1, 1.0))
    assert drive is not None
    assert drive.edges.tolist() == [ways, ways - 1]


@given(st.data())
def test_a_search_leaves_its_working_arrays_as_it_found_them(data):
    roads = data.draw(crowded_roads())
    graph = roads.graph
    fleet = Fleet(graph, 3)
    here = [data.draw(places(graph)) for _ in range(3)]
    fleet.move_many(np.arange(3), Places.of(here))
    fleet.set_free(np.arange(3))
    scratch = roads.borrow(3)
    roads.give_back(scratch)
    within = data.draw(st.sampled_from([0.0, 5.0, 1000.0]))
    nodes_within(roads, here[0], within)
    nearest(roads, fleet, here[1], data.draw(st.integers(1, 3)))
    nearest(roads, fleet, here[2], 1, within)
    route(roads, here[0], here[1], within)
    assert roads.borrow(3) is scratch
    assert (scratch.best == UNREACHED).all()
    assert (scratch.unit_ms == UNREACHED).all()
    assert (scratch.bucket == -1).all()


def test_no_row_lies_in_two_cache_lines():
    roads = LiveRoads(star(9))
    assert roads.out_rows.ctypes.data % 64 == 0
    assert roads.in_rows.ctypes.data % 64 == 0
