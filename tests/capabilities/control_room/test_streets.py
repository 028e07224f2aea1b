"""Streets of a large city: labels answer as searches do, cover keeps up beside."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capabilities.control_room import towns

from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.live import labels as labels_of_streets
from gengfu.capabilities.control_room.live import streets as live_streets
from gengfu.capabilities.control_room.live.cover import LiveCover
from gengfu.capabilities.control_room.live.fleet import (
    FIRST_NAME_BIT,
    in_states,
    preemptible,
)
from gengfu.capabilities.control_room.live.positions import Positions
from gengfu.capabilities.control_room.live.streets import Streets
from gengfu.capabilities.control_room.rules.recommend import Free
from gengfu.capabilities.control_room.rules.types import LEAST_URGENT, MOST_URGENT
from gengfu.kernel import CaseId
from gengfu.science.roads import (
    FREE,
    RoadGraph,
    TravelModel,
    contraction_order,
    nearest,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = tuple(1 << FIRST_NAME_BIT + n for n in range(3))
UNITS = 40


@cache
def ordered_grid() -> RoadGraph:
    plain = towns.grid()
    return replace(plain, order=contraction_order(plain))


def streets(graph: RoadGraph) -> Streets:
    return Streets(graph, TravelModel(), "UTC", NOON)


def settle(found: Streets) -> None:
    """Let the other thread finish, as some ticks would."""
    for _ in range(4):
        found.keep_labels()
        found.wait_for_labels()


def points():
    side = towns.SIDE - 1
    across = st.floats(0, side * towns.STEP_LON)
    return st.tuples(across, across).map(
        lambda p: (towns.WEST + p[0], towns.SOUTH + p[1])
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_scarce_units_are_found_as_a_search_finds_them(data: st.DataObject) -> None:
    found = streets(ordered_grid())
    patched = pytest.MonkeyPatch()
    patched.setattr("gengfu.science.roads.solve._SETTLE_COST", 1e6)  # else it searches
    try:
        settle(found)
        edges = st.integers(0, found.graph.edge_count - 1)
        for _ in range(data.draw(st.integers(1, 4))):
            rows = data.draw(
                st.lists(st.integers(0, UNITS - 1), min_size=1, unique=True)
            )
            where = [data.draw(points()) for _ in rows]
            found.put(rows, [x for x, _ in where], [y for _, y in where])
            for row in rows:
                found.flag(row, data.draw(st.sampled_from(KINDS)) | 1)
            closed = data.draw(st.lists(edges, max_size=5))
            found.close(closed)
            if data.draw(st.booleans()):
                found.reopen(closed)
            if data.draw(st.booleans()):
                found.keep_labels()
            goal = found.snap(*data.draw(points()))
            kind, most = data.draw(st.sampled_from(KINDS)), data.draw(st.integers(1, 9))
            got = found.nearest(goal, most, 3600.0, 0, kind, FREE)
            plain = nearest(
                found.roads, found.fleet, goal, most, 3600.0, must=1, any_of=kind
            )
            assert got.units.tolist() == plain.units.tolist()
            assert got.seconds.tolist() == plain.seconds.tolist()
    finally:
        patched.undo()
        found.close_down()


def test_labels_follow_closures_and_a_larger_fleet() -> None:
    found = streets(ordered_grid())
    found.put([0], [towns.WEST], [towns.SOUTH])
    found.flag(0, KINDS[0] | 1)
    assert found._labels.of(found.fleet) is None
    settle(found)
    labels = found._labels.of(found.fleet)
    assert labels is not None
    assert labels.shortcuts.fresh
    found.close([0, 1, 2])
    assert not labels.shortcuts.fresh
    found.keep_labels()
    assert labels.shortcuts.fresh
    many = live_streets.LEAST_FLEET + 1
    found.put([many], [towns.WEST], [towns.SOUTH])
    assert found._labels.of(found.fleet) is None
    found.keep_labels()
    assert found._labels.of(found.fleet) is not None
    found.close_down()


def test_a_cordon_keeps_walking_pace_whatever_the_hour() -> None:
    found = streets(towns.grid())
    free = found.roads.open_ms[[0, 1]].tolist()
    found.close([0, 1], crews_pass=True)
    walking = found.roads.open_ms[[0, 1]].tolist()
    assert all(w > f for w, f in zip(walking, free, strict=True))
    assert not found.roads.closed.any()
    found._closed.set_seconds(found.graph.seconds * 2)
    assert found.roads.open_ms[[0, 1]].tolist() == walking
    found._closed.set_seconds(found.graph.seconds)
    found.close([0])
    found.reopen([0, 1], crews_pass=True)
    assert found.roads.closed.tolist()[:2] == [True, False]
    found.reopen([0])
    assert found.roads.open_ms[[0, 1]].tolist() == free
    found.close_down()


def test_many_changed_roads_are_worked_in_beside(monkeypatch) -> None:
    monkeypatch.setattr(labels_of_streets, "EDGES_AT_ONCE", 1)
    found = streets(ordered_grid())
    settle(found)
    found.put([0], [towns.WEST], [towns.SOUTH])
    found.flag(0, KINDS[0] | 1)
    found.close([0, 1, 2])
    found.keep_labels()
    found.reopen([0, 1, 2])  # while the other thread works
    settle(found)
    labels = found._labels.of(found.fleet)
    assert labels is not None
    assert labels.shortcuts.fresh
    found.close_down()


def test_a_city_without_an_order_is_answered_by_search() -> None:
    found = streets(towns.grid())
    settle(found)
    assert found._labels.of(found.fleet) is None
    found.close_down()


def test_who_may_be_taken_off_what_is_seen_in_one_flag_a_priority() -> None:
    every = (Free.FREE, Free.NEARLY, Free.PREEMPTIBLE)
    assert in_states(every, MOST_URGENT) == (1 << FIRST_NAME_BIT) - 1
    assert in_states((Free.FREE,), 0) == FREE
    for asked in range(MOST_URGENT, LEAST_URGENT + 2):
        flags = in_states((Free.PREEMPTIBLE,), asked)
        for bound in range(MOST_URGENT, LEAST_URGENT + 1):
            assert bool(flags & preemptible(bound)) is (bound >= asked)


def test_reached_streets_come_once_without_back_streets_beyond_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = streets(towns.grid())
    every = np.ones(found.graph.node_count, np.bool_)
    lines = found.lines_between(every)
    assert len(lines) == found.graph.edge_count // 2
    assert all(len(line) == 2 for line in lines)
    found.close([0])
    assert len(found.lines_between(every)) == len(lines)  # its other direction is open
    found.close([1])
    assert len(found.lines_between(every)) == len(lines) - 1
    monkeypatch.setattr(live_streets, "MOST_LINES", 7)
    assert len(found.lines_between(every)) == 7
    assert found.lines_between(~every) == ()
    found.close_down()


def test_many_searches_at_once_reach_what_single_ones_reach(monkeypatch) -> None:
    found = streets(towns.grid())
    corners = [found.snap(*towns.corner(c, c)) for c in range(towns.SIDE)]
    single = found.reached_from(corners, 60.0)
    monkeypatch.setattr(live_streets, "NODES_IN_A_REQUEST", 1)
    assert found.searches_in_a_request == 1
    assert np.array_equal(found.reached_from(corners, 60.0), single)
    assert single.any()
    assert not single.all()
    found.close_down()


def test_cover_is_worked_out_beside_requests_when_many_units_move(monkeypatch) -> None:
    monkeypatch.setattr(live_streets, "NODES_IN_A_REQUEST", 1)
    found = streets(towns.grid())
    demand = np.zeros(found.graph.node_count)
    demand[[0, -1]] = 1.0  # people live in two opposite corners
    positions = Positions((9.9, -0.1, 10.1, 0.1))
    cover = LiveCover(demand, found, positions, within_s=60.0)
    here, there = towns.corner(0, 0), towns.corner(towns.SIDE - 1, towns.SIDE - 1)
    crews = {unit.id: unit for unit in map(free_unit, ("a", "b", "c"))}
    for unit in crews.values():
        row = positions.begin(unit.id)
        positions.take(unit.id, *here, NOON, NOON)
        found.put([row], [here[0]], [here[1]])
        cover.note(unit)
    cover.refresh()
    assert cover.lost_together(crews) == {"engine": 0.5}

    def drive_off(unit: str) -> None:
        positions.take(unit, *there, NOON, NOON)
        row = positions.row(unit)
        assert row is not None
        found.put([row], [there[0]], [there[1]])
        cover.moved([row], [there[0]], [there[1]], crews)

    drive_off("b")
    drive_off("c")
    assert cover.lost_together(crews) == {"engine": 0.5}  # as last known
    cover.keep()
    drive_off("c")  # on the way already
    cover.wait()
    cover.keep()
    assert cover.lost_each("a")["a"] == 0.5
    assert cover.lost_together(crews) == {"engine": 1.0}
    cover.note(free_unit("d"))  # comes free: worked out when it is asked for
    assert cover.lost_each("d")["d"] == 0.0
    cover.note(replace(crews["a"], stage=UnitStage.ASSIGNED))
    assert cover.lost_each("a")["a"] == 0.0
    cover.close()
    found.close_down()


def free_unit(name: str) -> Unit:
    return Unit(
        id=CaseId(name),
        opened_at=NOON,
        callsign=name.upper(),
        kind="engine",
        agency="fire",
        post="p",
        skills=(),
        crew=2,
        since=NOON,
        on_duty_since=NOON,
    )
