"""Behaviour on streets small enough to check by eye."""

import numpy as np
import pytest
from street_plan import streets

from gengfu.science.roads import (
    NOWHERE,
    Fleet,
    LiveRoads,
    Place,
    Places,
    RoadGraph,
    RoadIndex,
    at_node,
    nearest,
    reach,
    route,
    times,
    where,
)
from gengfu.science.roads.problem import LONGEST_MS


def test_a_unit_drives_to_the_incident_not_away_from_it():
    plan = streets("A>>>B---C")
    fleet = Fleet(plan.graph, 2)
    fleet.move_many([0, 1], Places.at_nodes(np.array([plan.node("A"), plan.node("C")])))
    fleet.set_free([0, 1])
    roads = LiveRoads(plan.graph)
    at_a = nearest(roads, fleet, at_node(plan.node("A")), 2)
    assert at_a.units.tolist() == [0]  # C cannot enter the one-way street
    at_b = nearest(roads, fleet, at_node(plan.node("B")), 2)
    assert list(zip(at_b.units, at_b.seconds, strict=True)) == [(0, 30.0), (1, 30.0)]


def test_mid_block_units_pay_the_part_they_drive():
    plan = streets("A----B----C")
    fleet = Fleet(plan.graph, 1)
    fleet.set_free([0])
    fleet.move(0, Place(plan.edge("AB"), 0.25))
    roads = LiveRoads(plan.graph)
    for goal, seconds in (
        (at_node(plan.node("A")), 10.0),
        (at_node(plan.node("C")), 70.0),
        (Place(plan.edge("BC"), 0.5), 50.0),
        (Place(plan.edge("CB"), 0.5), 50.0),
        (Place(plan.edge("AB"), 0.75), 20.0),
        (Place(plan.edge("BA"), 0.25), 20.0),
        (Place(plan.edge("AB"), 0.0), 10.0),
    ):
        assert nearest(roads, fleet, goal, 1).seconds.tolist() == [seconds]


def test_behind_on_a_one_way_street_is_all_the_way_round():
    plan = streets("""
A>>>>B
|    |
C----D
""")
    roads = LiveRoads(plan.graph)
    near, far = Place(plan.edge("AB"), 0.25), Place(plan.edge("AB"), 0.5)
    both = times(roads, Places.of([near, far]), Places.of([near, far]))
    assert both.tolist() == [[0.0, 10.0], [90.0, 0.0]]
    back = route(roads, far, near)
    assert back is not None
    assert back.length_m == pytest.approx(900.0)
    assert back.edge_seconds.tolist() == [20.0, 10.0, 40.0, 10.0, 10.0]
    assert (back.lon[0], back.lat[0]) == pytest.approx(where(plan.graph, far))
    assert (back.lon[-1], back.lat[-1]) == pytest.approx(where(plan.graph, near))


def test_a_closure_sends_traffic_round_and_reopening_brings_it_back():
    plan = streets("""
A----B
|    |
C----D
""")
    roads = LiveRoads(plan.graph)
    a, b = at_node(plan.node("A")), at_node(plan.node("B"))

    def seconds():
        return times(roads, Places.of([a]), Places.of([b]))[0, 0]

    assert seconds() == 40.0
    roads.set_factors([plan.edge("AB")], 1.25)
    assert seconds() == 50.0
    roads.close([plan.edge("AB")])
    assert seconds() == 60.0
    roads.set_factors([plan.edge("AB")], 0.5)
    assert seconds() == 60.0
    roads.reopen([plan.edge("AB")])
    assert seconds() == 20.0
    roads.set_seconds(plan.graph.seconds * 3)
    assert seconds() == 60.0
    assert roads.changed_since(0) is None
    version = roads.version
    roads.close([1, 1, 0])
    assert list(roads.changed_since(version)) == [0, 1]
    assert len(roads.changed_since(roads.version)) == 0


def test_a_closed_street_is_left_and_entered_but_not_driven_through():
    plan = streets("A----B----C")
    roads = LiveRoads(plan.graph)
    roads.close([plan.edge("AB"), plan.edge("BA")])
    fleet = Fleet(plan.graph, 2)
    fleet.set_free([0, 1])
    fleet.move(0, Place(plan.edge("AB"), 0.5))
    fleet.move(1, at_node(plan.node("A")))
    found = nearest(roads, fleet, at_node(plan.node("C")), 2)
    assert (found.units.tolist(), found.seconds.tolist()) == ([0], [60.0])
    found = nearest(roads, fleet, Place(plan.edge("AB"), 0.75), 2)
    assert (found.units.tolist(), found.seconds.tolist()) == ([0, 1], [10.0, 30.0])


def test_units_that_are_busy_or_nowhere_are_not_offered():
    plan = streets("A----B")
    fleet = Fleet(plan.graph, 3)
    roads = LiveRoads(plan.graph)
    here = at_node(plan.node("A"))
    assert len(nearest(roads, fleet, here, 3)) == 0
    fleet.set_free([0, 1])
    fleet.move(1, here)
    fleet.move(2, here)
    assert nearest(roads, fleet, here, 3).units.tolist() == [1]
    assert fleet.available().tolist() == [1]
    fleet.set_free([1], free=False)
    fleet.set_free([2])
    assert nearest(roads, fleet, here, 3).units.tolist() == [2]
    fleet.move(2, Place(NOWHERE))
    assert len(nearest(roads, fleet, here, 3)) == 0
    assert len(nearest(roads, Fleet(plan.graph, 0), here, 3)) == 0


def test_reach_ends_inside_an_edge():
    plan = streets("A----B----C")
    found = reach(LiveRoads(plan.graph), Place(plan.edge("AB"), 0.5), 30.0)
    rows = {
        (int(e), float(a), float(b))
        for e, a, b in zip(found.edges, found.edge_start, found.edge_end, strict=True)
    }
    assert (plan.edge("BC"), 0.0, 0.25) in rows
    assert (plan.edge("AB"), 0.5, 1.0) in rows
    assert (plan.edge("BA"), 0.5, 1.0) in rows
    assert not any(e == plan.edge("CB") for e, _, _ in rows)


def test_snapping_finds_the_nearest_street_and_how_far_along():
    plan = streets("""
A----B
|    |
C----D
""")
    index = RoadIndex.build(plan.graph)
    place = index.snap_one(0.00125, 0.0001)
    assert {place.edge} <= {plan.edge("AB"), plan.edge("BA")}
    lon, lat = where(plan.graph, place)
    assert (lon, lat) == pytest.approx((0.00125, 0.0))
    assert place.off_road_m == pytest.approx(11.12, abs=0.01)
    assert not index.snap_one(0.5, 0.5, within_m=100.0).known
    assert not index.snap_one(float("nan"), 0.0).known
    far = index.snap_one(1.0, 0.0, within_m=200_000.0)
    assert where(plan.graph, far) == pytest.approx((0.005, 0.0))


def test_snapping_agrees_with_measuring_every_street():
    rng = np.random.default_rng(7)
    n = 60
    lon, lat = rng.uniform(114.0, 114.1, n), rng.uniform(22.5, 22.6, n)
    tails, heads = rng.integers(0, n, 150), rng.integers(0, n, 150)
    graph = RoadGraph.build(tails, heads, np.ones(150), np.ones(150), lon, lat)
    index = RoadIndex.build(graph)
    x, y = rng.uniform(113.98, 114.12, 400), rng.uniform(22.48, 22.62, 400)
    found = index.snap(x, y, 5000.0)
    scale = 111_195.08
    for i in range(400):
        east = scale * np.cos(np.radians(y[i]))
        ax, ay = (lon[tails] - x[i]) * east, (lat[tails] - y[i]) * scale
        dx, dy = (lon[heads] - lon[tails]) * east, (lat[heads] - lat[tails]) * scale
        square = np.maximum(dx * dx + dy * dy, 1e-12)
        t = np.clip(-(ax * dx + ay * dy) / square, 0, 1)
        off = np.hypot(ax + t * dx, ay + t * dy)
        assert found.off_road_m[i] == pytest.approx(off.min(), abs=1e-6)
        assert off[found.edges[i]] == pytest.approx(off.min(), abs=1e-6)


def test_a_bent_street_is_measured_along_its_line():
    graph = RoadGraph.build(
        [0, 1], [1, 0], [40.0, 40.0], [400.0, 400.0], [0.0, 0.002], [0.0, 0.002],
        shape=(
            [0, 3, 6],
            [0.0, 0.002, 0.002, 0.002, 0.002, 0.0],
            [0.0, 0.0, 0.002, 0.002, 0.0, 0.0],
        ),
    )  # fmt: skip
    place = RoadIndex.build(graph).snap_one(0.0021, 0.001)
    assert place.edge == 0
    assert place.fraction == pytest.approx(0.75, abs=1e-4)
    drive = route(LiveRoads(graph), at_node(0), place)
    assert drive is not None
    assert drive.seconds == pytest.approx(30.0, abs=0.01)
    assert drive.lon == pytest.approx([0.0, 0.002, 0.002])
    assert drive.lat == pytest.approx([0.0, 0.0, 0.001], abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tails": [0, 5]}, "edge 1: tail is not a node"),
        ({"heads": [-1, 0]}, "edge 0: head is not a node"),
        ({"seconds": [1.0, -2.0]}, "edge 1: seconds must be 0 or more"),
        ({"seconds": [1.0, float("nan")]}, "edge 1: seconds must be 0 or more"),
        ({"seconds": [1.0, 1e9]}, "edge 1: seconds are too many"),
        ({"length_m": [1.0, float("inf")]}, "edge 1: length_m must be 0 or more"),
        ({"lon": [0.0, float("nan")]}, "node 1: lon or lat is not a number"),
        ({"heads": [1]}, "differ in length"),
        ({"road_class": [1]}, "1 road classes for 2 edges"),
        ({"twins": [1, -1]}, "edge 0: twin does not run back"),
        ({"shape": ([0, 1, 3], [0, 0, 1], [0, 0, 1])}, "edge 0: its line has under"),
    ],
)
def test_bad_graphs_name_the_row(change, message):
    good = {
        "tails": [0, 1],
        "heads": [1, 0],
        "seconds": [1.0, 1.0],
        "length_m": [9.0, 9.0],
        "lon": [0.0, 1.0],
        "lat": [0.0, 1.0],
    }
    with pytest.raises(ValueError, match=message):
        RoadGraph.build(**(good | change))


@pytest.mark.parametrize("factor", [1e9, 1e15, 1e18, 1e300])
def test_a_road_slowed_beyond_all_numbers_takes_the_longest_there_is(factor):
    plan = streets("A----B")
    roads = LiveRoads(plan.graph)
    roads.set_factors([0, 1], factor)
    assert roads.open_ms.tolist() == [LONGEST_MS, LONGEST_MS]


def test_misuse_is_refused():
    plan = streets("A----B")
    roads, fleet = LiveRoads(plan.graph), Fleet(plan.graph, 1)
    with pytest.raises(ValueError, match="not on these roads"):
        nearest(roads, fleet, Place(99), 1)
    with pytest.raises(ValueError, match="no such unit"):
        fleet.move(1, Place(0))
    with pytest.raises(ValueError, match="no such node"):
        fleet.move(0, Place(-9))
    with pytest.raises(ValueError, match="no such edge"):
        roads.close([2])
    with pytest.raises(ValueError, match="0 or more"):
        roads.set_factors([0], [-1.0])
    with pytest.raises(ValueError, match="0 or more"):
        nearest(roads, fleet, Place(0), 1, float("nan"))
    with pytest.raises(ValueError, match="another graph"):
        nearest(roads, Fleet(streets("A-B").graph, 1), Place(0), 1)
