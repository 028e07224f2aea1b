"""Every answer equals scipy's on random graphs, with closures, ties and mid-blocks."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import graphs, live_roads, places, seconds_between

from gengfu.science.roads import (
    FREE,
    Fleet,
    Hierarchy,
    LiveRoads,
    Place,
    Places,
    RoadGraph,
    Shortcuts,
    at_node,
    cover,
    largest_strong_component,
    nearest,
    nodes_within,
    reach,
    route,
    sightings,
    times,
)
from gengfu.science.roads.problem import ROW


def ranking(seconds, eligible, k, within):
    rows = [(s, u) for u, s in enumerate(seconds) if eligible[u] and s <= within]
    return sorted(rows)[:k]


@given(st.data())
def test_nearest_units_are_those_of_a_full_search_ties_by_index(data):
    roads = data.draw(live_roads())
    units = data.draw(st.lists(places(roads.graph), max_size=12))
    incident = data.draw(places(roads.graph))
    k = data.draw(st.integers(0, 13))
    within = data.draw(st.sampled_from([None, 0.0, 10.0, 25.0, 60.0]))
    fleet = Fleet(roads.graph, len(units))
    fleet.move_many(np.arange(len(units)), Places.of(units))
    free = np.array([data.draw(st.booleans()) for _ in units], bool)
    fleet.set_flags(np.arange(len(units)), np.where(free, FREE, 0))

    found = nearest(roads, fleet, incident, k, within)

    slow = seconds_between(roads, units, [incident])[:, 0] if units else []
    limit = np.inf if within is None else within
    expected = [(s, u) for s, u in ranking(slow, free, k, limit) if np.isfinite(s)]
    assert list(zip(found.seconds, found.units, strict=True)) == expected


@given(st.data())
def test_units_may_move_any_number_of_times_between_questions(data):
    roads = data.draw(live_roads())
    fleet = Fleet(roads.graph, 5)
    fleet.set_free(np.arange(5))
    now = [None] * 5
    for _ in range(data.draw(st.integers(1, 12))):
        unit = data.draw(st.integers(0, 4))
        now[unit] = data.draw(places(roads.graph))
        fleet.move(unit, now[unit])
    incident = data.draw(places(roads.graph))
    found = nearest(roads, fleet, incident, 5)
    here = [u for u in range(5) if now[u] is not None]
    slow = seconds_between(roads, [now[u] for u in here], [incident])[:, 0]
    expected = sorted((s, u) for s, u in zip(slow, here, strict=True) if s < np.inf)
    assert list(zip(found.seconds, found.units, strict=True)) == expected


@given(st.data())
def test_flags_narrow_the_choice(data):
    roads = data.draw(live_roads())
    units = data.draw(st.lists(places(roads.graph), min_size=1, max_size=8))
    incident = data.draw(places(roads.graph))
    flags = [data.draw(st.integers(0, 15)) for _ in units]
    also = data.draw(st.integers(0, 15))
    must, any_of = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 15))
    fleet = Fleet(roads.graph, len(units))
    fleet.move_many(np.arange(len(units)), Places.of(units))
    fleet.set_flags(np.arange(len(units)), flags)
    found = nearest(
        roads, fleet, incident, 8, must=must, any_of=any_of, also_any_of=also
    )
    slow = seconds_between(roads, units, [incident])[:, 0]
    good = [
        u
        for u in range(len(units))
        if flags[u] & must == must
        and (not any_of or flags[u] & any_of)
        and (not also or flags[u] & also)
        and np.isfinite(slow[u])
    ]
    assert found.units.tolist() == sorted(good, key=lambda u: (slow[u], u))


@given(st.data())
def test_reach_is_every_node_within_the_time_in_both_directions(data):
    roads = data.draw(live_roads())
    place = data.draw(places(roads.graph))
    within = data.draw(st.sampled_from([0.0, 10.0, 22.5, 60.0, 500.0]))
    nodes = [at_node(n) for n in range(roads.graph.node_count)]
    for direction in ("from", "to"):
        if direction == "from":
            slow = seconds_between(roads, [place], nodes)[0]
        else:
            slow = seconds_between(roads, nodes, [place])[:, 0]
        expected = {n: s for n, s in enumerate(slow) if s <= within}
        for answer in (
            nodes_within(roads, place, within, direction),
            reach(roads, place, within, direction).node_pairs(),
        ):
            found = dict(zip(answer[0].tolist(), answer[1].tolist(), strict=True))
            assert found == expected
            assert len(answer[0]) == len(expected)


@given(st.data())
def test_reach_holds_just_the_points_of_edges_within_the_time(data):
    roads = data.draw(live_roads())
    graph = roads.graph
    place = data.draw(places(graph))
    within = data.draw(st.sampled_from([10.0, 22.5, 60.0]))
    direction = data.draw(st.sampled_from(["from", "to"]))
    found = reach(roads, place, within, direction)
    rows = list(zip(found.edges, found.edge_start, found.edge_end, strict=True))
    for edge in range(graph.edge_count):
        if graph.twins[edge] >= 0 or roads.closed[edge] or roads.open_ms[edge] == 0:
            continue
        for at in (0.11, 0.52, 0.93):
            point = Place(edge, at)
            pair = ([place], [point]) if direction == "from" else ([point], [place])
            slow = seconds_between(roads, *pair)[0, 0]
            inside = any(e == edge and a <= at <= b for e, a, b in rows)
            if abs(slow - within) > 0.002:
                assert inside == (slow < within)


@given(st.data())
def test_cover_and_times_are_the_same_on_any_number_of_threads(data):
    roads = data.draw(live_roads())
    graph = roads.graph
    posts = data.draw(st.lists(places(graph), max_size=7))
    goals = data.draw(st.lists(places(graph), max_size=5))
    nodes = [at_node(n) for n in range(graph.node_count)]
    slow = seconds_between(roads, posts, nodes)
    for threads in (1, 2):
        found = cover(roads, Places.of(posts), 30.0, threads=threads)
        assert found.posts == len(posts)
        for post in range(len(posts)):
            row = dict(zip(*(a.tolist() for a in found.row(post)), strict=True))
            assert row == {n: s for n, s in enumerate(slow[post]) if s <= 30.0}
        matrix = times(roads, Places.of(posts), Places.of(goals), threads=threads)
        assert np.array_equal(matrix, seconds_between(roads, posts, goals))
        near = times(roads, Places.of(posts), Places.of(goals), 20.0, threads=threads)
        assert np.array_equal(near, np.where(matrix <= 20.0, matrix, np.inf))


@st.composite
def drives(draw):
    """Roads, shortcuts of them or None, and two places."""
    roads = draw(live_roads())
    graph = roads.graph
    shortcuts = None
    if draw(st.booleans()):
        order = draw(st.permutations(range(graph.node_count)))
        shortcuts = Shortcuts(roads, Hierarchy.build(graph, order))
    return roads, shortcuts, draw(places(graph)), draw(places(graph))


@given(drives())
def test_a_route_is_a_connected_quickest_drive(asked):
    roads, shortcuts, origin, goal = asked
    graph = roads.graph
    drive = partial(route, roads, shortcuts=shortcuts)
    slow = seconds_between(roads, [origin], [goal])[0, 0]
    found = drive(origin, goal)
    if not np.isfinite(slow):
        assert found is None
        return
    assert found is not None
    assert found.seconds == pytest.approx(slow, abs=0.0021)
    assert len(found.edge_seconds) == len(found.edges) == len(found.edge_length_m)
    for before, after in zip(found.edges[:-1], found.edges[1:], strict=True):
        assert graph.heads[before] == graph.tails[after]
    assert not roads.closed[found.edges[1:-1]].any()
    assert drive(origin, goal, max(slow - 0.01, 0.0)) is None or slow < 0.01


@given(drives(), st.data())
def test_a_drive_is_seen_on_the_street_it_is_on_at_each_time(asked, data):
    roads, shortcuts, *ends = asked
    millis = st.integers(1, 250).map(lambda n: n / 10.0)  # most have no exact float
    first_s, every_s = data.draw(millis), data.draw(millis)
    within_s = data.draw(st.sampled_from([10.0, 60.0, 3600.0]))

    drive = route(roads, *ends, within_s, shortcuts=shortcuts)
    found = sightings(roads, *ends, first_s, every_s, within_s, shortcuts=shortcuts)

    if drive is None:
        assert found is None
        return
    assert found is not None
    assert found.seconds == pytest.approx(drive.seconds, abs=1e-6)
    expected, over_ms, time_ms = [], 0, 1000.0 * first_s
    for edge, seconds in zip(drive.edges, drive.edge_seconds, strict=True):
        over_ms += round(1000.0 * seconds)
        while time_ms <= over_ms:
            expected.append(edge)
            time_ms += 1000.0 * every_s
    assert found.edges.tolist() == expected


@pytest.mark.parametrize("seconds", [(0.1, 0.2), (0.3,)])
def test_a_time_at_which_a_street_is_over_counts_with_shortcuts_and_without(seconds):
    tails, heads = range(len(seconds)), range(1, len(seconds) + 1)
    lengths, at = [9.0] * len(seconds), [0.1 * n for n in range(len(seconds) + 1)]
    roads = LiveRoads(RoadGraph.build(tails, heads, seconds, lengths, at, at))
    ends = at_node(0), at_node(len(seconds))
    shortcuts = Shortcuts(roads, Hierarchy.build(roads.graph))
    for known in (shortcuts, None):
        found = sightings(roads, *ends, 0.1, 0.1, 60.0, shortcuts=known)
        assert found.edges.tolist() == [0, *[len(seconds) - 1] * 2]


def test_one_more_sighting_than_nodes_finds_room():
    every_s = np.nextafter(0.0001, 1.0)  # nine and ten of it sum up to less than 1 ms
    at, seconds = np.arange(10) / 10.0, [0.0] * 8 + [0.001]
    graph = RoadGraph.build(range(9), range(1, 10), seconds, seconds, at, at)
    roads = LiveRoads(graph)
    shortcuts = Shortcuts(roads, Hierarchy.build(graph))
    assert 1000.0 * every_s * graph.node_count > 1.0
    ends = at_node(0), at_node(9)
    for known in (shortcuts, None):
        found = sightings(roads, *ends, 1e-30, every_s, 0.001, shortcuts=known)
        assert found.edges.tolist() == [8] * 11


def test_sightings_are_refused_at_no_time_and_with_shortcuts_of_other_roads():
    graph = RoadGraph.build([0, 1], [1, 0], [9.0, 9.0], [1, 1], [0.0, 0.1], [0.0, 0.0])
    roads, others = LiveRoads(graph), LiveRoads(graph)
    ends = at_node(0), at_node(1)
    for times_s in ((0.0, 1.0), (1.0, 0.0), (float("nan"), 1.0), (1.0, -1.0)):
        with pytest.raises(ValueError, match="above 0"):
            sightings(roads, *ends, *times_s, 60.0)
    foreign = Shortcuts(others, Hierarchy.build(graph, [0, 1]))
    with pytest.raises(ValueError, match="other roads"):
        sightings(roads, *ends, 1.0, 1.0, 60.0, shortcuts=foreign)


@pytest.mark.parametrize("seed", [4, 8, 9, 26, 27])
def test_a_drive_over_roads_without_time_passes_no_place_twice(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(9, 17))
    line = rng.permutation(n)
    more = rng.integers(0, n, (2, n // 2))
    more = more[:, more[0] != more[1]]
    ends = np.hstack((np.stack((line[:-1], line[1:])), more))
    tails, heads = np.hstack((ends, ends[::-1]))
    length = np.ones(len(tails))
    graph = RoadGraph.build(tails, heads, 0 * length, length, np.arange(n), 0 * line)
    roads = LiveRoads(graph)
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, rng.permutation(n)))
    for a in range(n):
        for b in range(n):
            found = route(roads, at_node(a), at_node(b), shortcuts=shortcuts)
            assert found is not None
            assert found.seconds == 0.0
            passed = [a, *graph.heads[found.edges].tolist()]
            assert passed[-1] == b
            assert passed[:-1] == graph.tails[found.edges].tolist()
            assert len(set(passed)) == len(passed)


@pytest.mark.parametrize("seed", range(6))
def test_a_queue_full_of_outdated_entries_is_put_in_order_not_overrun(seed):
    rng = np.random.default_rng(seed)
    n, m = 40, 400
    tails, heads = rng.integers(0, n, (2, m))
    # long ways look good first: near nodes are joined by slow edges
    seconds = 0.05 + (np.abs(tails - heads) / n) ** 2 * 3 + rng.random(m) * 0.02
    graph = RoadGraph.build(
        tails, heads, seconds, seconds, rng.random(n), rng.random(n)
    )
    roads = LiveRoads(graph)
    roads.shift = 16  # all nodes in one bucket
    fleet = Fleet(graph, n)
    fleet.move_many(np.arange(n), Places.at_nodes(np.arange(n)))
    fleet.set_free(np.arange(n))
    room = graph.rank_count + ROW
    tight = np.full(room + 8, -77, np.int64)
    scratch = roads.borrow(n)
    least = tight[:room]
    best, bucket, _, *rest = scratch.search
    roads.give_back(replace(scratch, queue=least, search=(best, bucket, least, *rest)))
    nodes = [at_node(i) for i in range(n)]
    slow = seconds_between(roads, nodes, nodes)
    for node in nodes:
        found, times_s = nodes_within(roads, node, 100.0)
        expected = slow[~node.edge]
        assert dict(zip(found.tolist(), times_s.tolist(), strict=True)) == {
            i: s for i, s in enumerate(expected) if s < np.inf
        }
        near = nearest(roads, fleet, node, n)
        expected = slow[:, ~node.edge]
        answer = list(zip(near.seconds, near.units, strict=True))
        assert answer == sorted((s, i) for i, s in enumerate(expected) if s < np.inf)
    assert np.all(tight[room:] == -77)
    assert (scratch.bucket == -1).all()


@given(graphs())
def test_the_largest_strong_component_can_drive_to_itself(graph):
    inside = np.flatnonzero(largest_strong_component(graph))
    some = [at_node(int(n)) for n in inside]
    assert np.isfinite(seconds_between(LiveRoads(graph), some, some)).all()
