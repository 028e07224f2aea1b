"""Second thoughts: merged, called off, taken back, of another type or priority."""

from datetime import timedelta

import pytest
from rooms import CHIEF, SENDER, TAKER, crew, holds, officer

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions.sendings import TAKEN_BACK
from gengfu.capabilities.control_room.cases.forgetting import with_absorbed
from gengfu.capabilities.control_room.cases.incidents import (
    IncidentStage,
    incident,
    raise_alarm,
    reprioritise,
    retype,
)
from gengfu.capabilities.control_room.cases.units import (
    UnitStage,
    unit,
)
from gengfu.kernel import (
    Forbidden,
    RuleBroken,
    TaskStage,
)
from gengfu.kernel.tasks import task


def test_merges_chain_to_one_incident_and_come_apart_again(room):
    a, b, c = (room.call(at=(1, n)) for n in range(3))
    room.do(TAKER, lambda desk: actions.merge_into(desk, a.id, b.id, "same fire"))
    room.do(TAKER, lambda desk: actions.merge_into(desk, b.id, c.id, "same fire"))
    assert room.do(TAKER, lambda desk: actions.resolve(desk, a.id)).id == c.id
    with pytest.raises(RuleBroken):
        room.do(TAKER, lambda desk: actions.merge_into(desk, c.id, a.id, "round"))
    again = room.do(TAKER, lambda desk: actions.undo_merge(desk, a.id, "another flat"))
    assert again.stage is IncidentStage.WAITING
    assert a.id not in room.get(incident, b.id).absorbed
    holds(room)


def test_units_go_over_to_the_incident_that_theirs_really_is(room):
    one, two = room.call(at=(0, 1)), room.call(at=(0, 2))
    room.send(one, "e1", "e2")
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    with pytest.raises(Forbidden):
        room.do(TAKER, lambda desk: actions.merge_into(desk, one.id, two.id, ""))
    room.do(SENDER, lambda desk: actions.merge_into(desk, one.id, two.id, ""))
    main = room.get(incident, two.id)
    assert main.stage is IncidentStage.EN_ROUTE
    assert [a.unit for a in main.running()] == ["e1", "e2"]
    assert not room.get(incident, one.id).running()
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    assert room.get(incident, two.id).stage is IncidentStage.ON_SCENE
    assert room.get(unit, "e2").incident == two.id
    holds(room)


def test_an_incident_that_nobody_comes_to_any_more_waits_again(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas", "power"))
    gas, power = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))
    room.do(officer("gas"), lambda desk: actions.refuses(desk, gas.id, "no crew"))
    room.do(SENDER, lambda desk: actions.call_off(desk, case.id, "e1", "not needed"))
    assert room.get(incident, case.id).stage is IncidentStage.DISPATCHED, "power comes"
    room.do(
        SENDER, lambda desk: actions.hands_over(desk, power.id, "gas", "their cable")
    )
    assert room.get(incident, case.id).agencies == ("gas",)
    left = room.do(SENDER, lambda desk: actions.withdraws(desk, power.id, "not needed"))
    assert left.stage is TaskStage.WITHDRAWN
    assert room.get(incident, case.id).stage is IncidentStage.WAITING
    holds(room)


def take_back(room, case, units=(), agencies=(), reason=""):
    return room.do(
        SENDER,
        lambda desk: actions.takes_back(desk, case.id, units, agencies, reason),
    )


def test_a_sending_taken_back_leaves_nobody_on_the_way(room):
    case = room.call(at=(0, 1), dispatch_within=timedelta(minutes=2))
    room.wait(seconds=30)
    sent = room.send(case, "e1", agencies=("gas",))
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.wait(seconds=5)
    after = take_back(room, case, ["e1"], ["gas"])
    assert after.stage is IncidentStage.WAITING
    assert (after.assignments, after.agencies) == ((), ())
    assert after.clocks == case.clocks, "as if nobody had been sent"
    assert after.dispatch_by == case.dispatch_by
    (back,) = after.taken_back
    assert (back.unit, back.assigned_at) == ("e1", sent.clocks.dispatched)
    assert back.cleared_at == room.room.now()
    assert room.get(unit, "e1").stage is UnitStage.AVAILABLE
    (asked,) = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))
    assert (asked.stage, asked.cause) == (TaskStage.WITHDRAWN, TAKEN_BACK)
    view = room.room.incident_view(after)
    assert view.deadline == room.room.incident_view(case).deadline
    assert [one.callsign for one in view.taken_back] == ["E1"]
    room.wait(minutes=2)
    (due,) = room.office.look(lambda reader: reader.due(room.clock(), 10))
    assert (due.case, due.deadline.move) == (case.id, raise_alarm.name)
    holds(room)


def test_who_was_sent_before_keeps_the_clocks(room):
    case = room.call(at=(0, 1))
    first = room.send(case, "e1")
    room.wait(seconds=20)
    room.send(case, "e2", agencies=("gas",))
    after = take_back(room, case, ["e2"], ["gas"])
    assert after.stage is IncidentStage.DISPATCHED
    assert [one.unit for one in after.assignments] == ["e1"]
    assert after.clocks == first.clocks
    holds(room)


def test_a_clock_goes_on_to_who_was_sent_after_what_is_taken_back(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.wait(seconds=3)
    later = room.room.now()
    room.send(case, agencies=("gas",))
    room.wait(seconds=3)
    room.send(case, "e2")
    room.wait(seconds=3)
    room.do(crew("e2"), lambda desk: actions.rolls(desk, "e2"))
    rolled = room.room.now()
    after = take_back(room, case, ["e1"])
    assert (after.clocks.dispatched, after.clocks.en_route) == (later, rolled)
    holds(room)


def test_an_agency_asked_and_taken_back_counts_as_not_asked(room):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    gas = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))[0]
    room.do(officer("gas"), lambda desk: actions.signs(desk, gas.id))
    after = take_back(room, case, agencies=["gas"], reason="wrong street")
    assert after.clocks == case.clocks
    assert after.stage is IncidentStage.WAITING
    assert take_back(room, case, agencies=["gas"]).version == after.version
    holds(room)


def test_the_clock_of_signing_goes_on_to_who_else_has_signed(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas", "power"))
    asked = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))
    held = {t.agency: t.id for t in asked}
    room.wait(seconds=5)
    room.do(officer("gas"), lambda desk: actions.signs(desk, held["gas"]))
    first = room.room.now()
    assert room.get(incident, case.id).clocks.signed == first
    room.wait(seconds=5)
    room.do(officer("power"), lambda desk: actions.signs(desk, held["power"]))
    second = room.room.now()
    assert take_back(room, case, agencies=["gas"]).clocks.signed == second
    after = take_back(room, case, agencies=["power"])
    assert (after.clocks.signed, after.agencies) == (None, ())
    assert after.clocks.dispatched is not None, "the unit is on its way"
    holds(room)


def test_a_unit_that_was_there_already_is_called_off_instead(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", "e2")
    for job in (actions.rolls, actions.arrives):
        room.do(crew("e1"), lambda desk, job=job: job(desk, "e1"))
    after = take_back(room, case, ["e1", "e2"])
    assert [one.unit for one in after.taken_back] == ["e2"]
    (there,) = after.assignments
    assert there.on_scene_at is not None
    assert there.stood_down == TAKEN_BACK
    assert after.clocks.dispatched is not None
    with pytest.raises(RuleBroken, match="not on this incident"):
        take_back(room, case, ["e2"])
    holds(room)


def test_a_priority_follows_the_type_unless_somebody_set_it_higher(room):
    case = room.call(at=(0, 1), type="vandalism", priority=4)
    worse = room.do(
        TAKER, lambda desk: desk.apply(case.id, retype, "structure-fire", {}, 1, "fire")
    )
    assert (worse.priority, worse.priority_reason, worse.by_hand) == (1, "fire", False)
    by_hand = room.do(
        TAKER, lambda desk: desk.apply(case.id, reprioritise, 2, "smoke only")
    )
    assert by_hand.by_hand
    milder = room.do(
        TAKER, lambda desk: desk.apply(case.id, retype, "vandalism", {}, 4, "paint")
    )
    assert (milder.type, milder.priority) == ("vandalism", 2), "never lowered"
    again = room.do(
        TAKER, lambda desk: desk.apply(case.id, retype, "structure-fire", {}, 1, "fire")
    )
    assert again.priority == 1
    holds(room)


def test_the_dispatch_clock_follows_the_priority(room):
    case = room.call(at=(0, 1), dispatch_within=timedelta(minutes=5))
    room.wait(minutes=1)
    sooner = room.do(
        TAKER,
        lambda desk: desk.apply(
            case.id, reprioritise, 1, "worse", timedelta(minutes=2)
        ),
    )
    assert sooner.dispatch_by == case.opened_at + timedelta(minutes=2)


def test_a_merge_taken_back_waits_for_help_and_agencies_can_be_asked_again(room):
    main, twin = room.call(at=(0, 1)), room.call(at=(0, 2))
    room.send(twin, agencies=("gas",))
    room.do(SENDER, lambda desk: actions.merge_into(desk, twin.id, main.id, "same"))
    back = room.do(SENDER, lambda desk: actions.undo_merge(desk, twin.id, "not same"))
    assert back.stage is IncidentStage.WAITING
    room.send(twin, agencies=("gas",))
    tasks = room.do(SENDER, lambda desk: desk.list(task, about=twin.id))
    assert [t.stage for t in tasks] == [TaskStage.WITHDRAWN, TaskStage.OPEN]
    assert room.get(incident, main.id).absorbed == ()
    holds(room)


class Watched:
    """A transaction that tells which cases are held, in order."""

    def __init__(self, tx):
        self._tx, self.held = tx, []

    def __getattr__(self, name):
        return getattr(self._tx, name)

    def find_for_update(self, kind, case):
        if (kind, case) not in self.held:
            self.held.append((kind, case))
        return self._tx.find_for_update(kind, case)


@pytest.mark.parametrize("urgent", ["duplicate", "main"])
def test_merging_and_its_undoing_hold_cases_in_the_one_order(room, urgent):
    first, second = (1, 2) if urgent == "duplicate" else (2, 1)
    twin = room.call(at=(0, 1), priority=first)
    main = room.call(at=(0, 2), priority=second)
    room.send(twin, "e2", "e1")
    in_order = [twin, main] if urgent == "duplicate" else [main, twin]
    incidents = [("incident", one.id) for one in in_order]

    def watched(job):
        def work(desk):
            desk.tx = Watched(desk.tx)
            job(desk)
            return desk.tx.held

        return room.do(SENDER, work)

    held = watched(lambda d: actions.merge_into(d, twin.id, main.id, "same"))
    assert held[:4] == [("unit", "e1"), ("unit", "e2"), *incidents]
    assert watched(lambda d: actions.undo_merge(d, twin.id, "two"))[:2] == incidents
    watched(lambda d: actions.merge_into(d, twin.id, main.id, "same"))
    absorbed = watched(lambda d: list(with_absorbed(d, main.id)))
    assert absorbed == incidents
    holds(room)
