"""Shifts: the roster's crews relieve each other; elsewhere crews sign off and on."""

from datetime import timedelta

import pytest
from rooms import CHIEF, NOON, crew, open_room
from towns import town

from gengfu.adapters.memory import MemoryStore
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import (
    UnitStage,
    sign_off,
    sign_on_again,
    unit,
)
from gengfu.kernel import GengfuError, RuleBroken, clockwork
from gengfu.kernel.erasing import make_due_move

SHIFT = timedelta(hours=12)


def make_due_moves(room):
    for due in room.office.look(lambda r: r.due(room.office.clock(), 100)):
        room.do(clockwork(RESPONSE), lambda desk, d=due: make_due_move(desk, d))


def rostered(**how):
    skill = "breathing-apparatus"
    here = town(("E1", "engine", (0, 0), skill), ("E2", "engine", (5, 5), skill))
    return open_room(here, **how)


def reasons(room):
    ranking = room.room.recommend(room.call()).view()
    return {code for row in ranking.rows for code in (r.code for r in row.reasons)}


def test_the_rosters_next_crew_takes_over_at_the_end_of_a_shift():
    room = rostered(keeps_roster=True)
    room.wait(hours=11)
    make_due_moves(room)
    assert room.get(unit, "e1").on_duty_since == NOON
    assert "long-duty" in reasons(room)
    room.wait(hours=1)
    make_due_moves(room)
    relieved = room.get(unit, "e1")
    assert relieved.stage is UnitStage.AVAILABLE
    assert relieved.on_duty_since == NOON + SHIFT
    assert "long-duty" not in reasons(room)
    last = room.office.look(lambda r: r.entries_of(unit.kind, "e1"))[-1].entry
    assert (last.move, last.actor) == ("relieve", "clockwork")


def test_a_crew_on_a_job_is_relieved_when_it_is_free_again():
    room = rostered(keeps_roster=True)
    room.wait(hours=11, minutes=59)
    room.send(room.call(), "e1")
    room.wait(hours=2)
    make_due_moves(room)
    assert room.get(unit, "e1").on_duty_since == NOON
    room.do(crew("e1"), lambda desk: actions.frees(desk, "e1"))
    make_due_moves(room)
    assert room.get(unit, "e1").on_duty_since == room.office.clock()


def test_without_a_roster_a_crew_stays_on_duty_until_it_signs_off():
    room = rostered()
    room.wait(hours=13)
    make_due_moves(room)
    assert room.get(unit, "e1").on_duty_since == NOON
    assert "long-duty" in reasons(room)
    room.do(crew("e1"), lambda desk: desk.apply("e1", sign_off))
    assert room.get(unit, "e1").stage is UnitStage.OFF_DUTY
    room.wait(hours=11)
    room.do(crew("e1"), lambda desk: desk.apply("e1", sign_on_again))
    back = room.get(unit, "e1")
    assert (back.stage, back.on_duty_since) == (UnitStage.AVAILABLE, NOON + 2 * SHIFT)


def test_nobody_signs_another_crew_off():
    room = rostered()
    with pytest.raises(RuleBroken):
        room.do(crew("e2"), lambda desk: desk.apply("e1", sign_off))


def test_who_is_off_duty_is_neither_recommended_nor_sent_nor_relieved():
    room = rostered(keeps_roster=True)
    room.do(CHIEF, lambda desk: desk.apply("e1", sign_off))
    ranking = room.room.recommend(room.call()).view()
    assert {row.unit for row in ranking.rows} == {"e2"}
    with pytest.raises(GengfuError):
        room.send(room.call((1, 1)), "e1")
    room.wait(hours=13)
    make_due_moves(room)
    assert room.get(unit, "e1").stage is UnitStage.OFF_DUTY


def test_a_roster_kept_from_another_start_on_relieves_those_long_on_duty():
    store = MemoryStore()
    rostered(store=store)
    later = NOON + timedelta(days=3)
    room = rostered(store=store, keeps_roster=True, now=later, seed=8)
    make_due_moves(room)
    assert room.get(unit, "e1").on_duty_since == later
    again = rostered(store=store, now=later + SHIFT, seed=9)
    make_due_moves(again)
    assert again.get(unit, "e1").on_duty_since == later
