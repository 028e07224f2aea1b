"""Shortcuts and labels give the answers of a full search, also after live changes."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import live_roads, places, seconds_between
from street_plan import streets

from gengfu.science.roads import (
    Fleet,
    Hierarchy,
    LiveRoads,
    Place,
    Places,
    RoadGraph,
    Shortcuts,
    UnitLabels,
    at_node,
    contraction_order,
    kernels_hierarchy,
    nearest,
    times,
)
from gengfu.science.roads.solve import nearest_by_labels
from gengfu.science.roads.warm import warm_up_shortcuts


def expected_units(roads, units, incident, limit=np.inf):
    slow = seconds_between(roads, units, [incident])[:, 0]
    rows = [(s, u) for u, s in enumerate(slow) if np.isfinite(s) and s <= limit]
    return sorted(rows)


def change_something(data, roads):
    edge = st.integers(0, roads.graph.edge_count - 1)
    some = data.draw(st.lists(edge, min_size=1, max_size=4, unique=True))
    match data.draw(st.sampled_from(["slow", "close", "reopen", "hour"])):
        case "slow":
            roads.set_factors(some, data.draw(st.sampled_from([0.0, 0.5, 1.0, 4.0])))
        case "close":
            roads.close(some)
        case "reopen":
            roads.reopen(some)
        case _:
            roads.set_seconds(roads.graph.seconds * data.draw(st.integers(1, 3)))


@given(st.data())
def test_labels_and_search_name_the_same_units_through_changes_and_moves(data):
    roads = data.draw(live_roads())
    graph = roads.graph
    order = data.draw(st.permutations(range(graph.node_count)))
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, order))
    units = data.draw(st.lists(places(graph), min_size=1, max_size=6))
    fleet = Fleet(graph, len(units))
    fleet.move_many(np.arange(len(units)), Places.of(units))
    fleet.set_free(np.arange(len(units)))
    labels = UnitLabels(shortcuts, fleet)
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            change_something(data, roads)
        if data.draw(st.booleans()):
            unit = data.draw(st.integers(0, len(units) - 1))
            units[unit] = data.draw(places(graph))
            fleet.move(unit, units[unit])
        shortcuts.refresh()
        assert shortcuts.fresh
        incident = data.draw(places(graph))
        within = data.draw(st.sampled_from([None, 0.0, 20.0, 45.0]))
        most = data.draw(st.integers(1, len(units)))
        found = nearest_by_labels(
            roads, labels, incident, most, fleet.available(), within
        )
        limit = np.inf if within is None else within
        answer = list(zip(found.seconds, found.units, strict=True))
        assert answer == expected_units(roads, units, incident, limit)[:most]


@given(st.data())
def test_a_partial_refresh_equals_a_fresh_start(data):
    roads = data.draw(live_roads())
    ladder = Hierarchy.build(
        roads.graph, data.draw(st.permutations(range(roads.graph.node_count)))
    )
    kept = Shortcuts(roads, ladder)
    for _ in range(data.draw(st.integers(1, 3))):
        change_something(data, roads)
        assert not kept.fresh
        kept.refresh()
        anew = Shortcuts(roads, ladder)
        assert np.array_equal(kept.up_ms, anew.up_ms)
        assert np.array_equal(kept.down_ms, anew.down_ms)
        assert kept.pace == anew.pace, "what was quicker for a while is forgotten"


@given(st.data())
def test_times_by_shortcuts_equal_times_by_search(data):
    roads = data.draw(live_roads())
    graph = roads.graph
    order = data.draw(st.permutations(range(graph.node_count)))
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, order))
    origins = data.draw(st.lists(places(graph), max_size=5))
    goals = data.draw(st.lists(places(graph), max_size=5))
    within = data.draw(st.sampled_from([None, 30.0]))
    both = Places.of(origins), Places.of(goals)
    by_label = times(roads, *both, within, shortcuts=shortcuts)
    assert np.array_equal(by_label, times(roads, *both, within))


def grid_city(side: int, rng: np.random.Generator) -> RoadGraph:
    node = np.arange(side * side).reshape(side, side)
    across = np.column_stack((node[:, :-1].ravel(), node[:, 1:].ravel()))
    down = np.column_stack((node[:-1].ravel(), node[1:].ravel()))
    one_way = np.concatenate((across, down))
    both = np.concatenate((one_way, one_way[rng.random(len(one_way)) < 0.7][:, ::-1]))
    y, x = np.divmod(np.arange(side * side), side)
    seconds = rng.integers(5, 60, len(both)).astype(float)
    return RoadGraph.build(
        both[:, 0], both[:, 1], seconds, seconds * 10, x * 0.001, y * 0.001
    )


def test_a_sparse_fleet_in_a_grid_city_is_answered_from_labels_and_never_stale():
    rng = np.random.default_rng(3)
    graph = grid_city(40, rng)
    roads = LiveRoads(graph)
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, contraction_order(graph)))
    fleet = Fleet(graph, 6)
    units = [Place(int(e), 0.4) for e in rng.integers(0, graph.edge_count, 6)]
    fleet.move_many(np.arange(6), Places.of(units))
    fleet.set_free(np.arange(6))
    labels = UnitLabels(shortcuts, fleet)
    for round_ in range(12):
        incident = at_node(int(rng.integers(0, graph.node_count)))
        found = nearest(roads, fleet, incident, 6, labels=labels)
        answer = list(zip(found.seconds, found.units, strict=True))
        assert answer == expected_units(roads, units, incident)
        assert not labels.stale.any(), "made when first asked for"
        # every other change stays out of the shortcuts: search must step in
        some = rng.integers(0, graph.edge_count, 50)
        roads.set_factors(some, rng.uniform(0.5, 8.0, 50))
        roads.close(rng.integers(0, graph.edge_count, 9))
        assert not shortcuts.fresh
        if round_ % 2:
            shortcuts.refresh()


def test_more_units_than_streets_are_answered_from_labels():
    """All of them stand at one corner: more than a search of two nodes ever holds."""
    plan = streets("A-B")
    roads, many = LiveRoads(plan.graph), np.arange(500)
    fleet = Fleet(plan.graph, len(many))
    fleet.move_many(many, Places.at_nodes(np.zeros(len(many), np.int64)))
    fleet.set_free(many)
    labels = UnitLabels(Shortcuts(roads, Hierarchy.build(plan.graph, [0, 1])), fleet)
    found = nearest_by_labels(roads, labels, at_node(1), len(many), many, None)
    assert np.array_equal(found.units, many)
    assert set(found.seconds) == {10.0}


def test_all_that_is_compiled_for_shortcuts_is_compiled_ahead(monkeypatch):
    folder = Path(kernels_hierarchy.__file__).parent
    sources = [path.read_text("utf-8") for path in folder.glob("*.py")]
    named = {n for s in sources for n in re.findall(r"kernels_hierarchy\.(\w+)\(", s)}
    called = set()

    def noted(name, kernel):
        def call(*given):
            called.add(name)
            return kernel(*given)

        return call

    for name in named:
        kernel = getattr(kernels_hierarchy, name)
        monkeypatch.setattr(kernels_hierarchy, name, noted(name, kernel))
    warm_up_shortcuts()
    assert called == named


def test_a_hierarchy_of_other_roads_is_refused():
    first, second = streets("A-B").graph, streets("A-B").graph
    ladder = Hierarchy.build(first, [0, 1])
    with pytest.raises(ValueError, match="another graph"):
        Shortcuts(LiveRoads(second), ladder)
    with pytest.raises(ValueError, match="another graph"):
        UnitLabels(Shortcuts(LiveRoads(first), ladder), Fleet(second, 1))
    with pytest.raises(ValueError, match="every node once"):
        Hierarchy.build(first, [0, 0])
