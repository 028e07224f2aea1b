"""Promises asked of others: signed, refused, handed over, escalated in virtual time."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from tests.kernel.mediation import (
    CHIEF,
    FANG,
    HEAR,
    LIN,
    MEDIATION,
    MEDIATOR,
    START,
    WU,
    consent,
    mediation,
    offer,
    office,
    person,
)

from gengfu.adapters.clock import VirtualClock
from gengfu.kernel import (
    Actor,
    CaseId,
    Desk,
    Forbidden,
    Office,
    RuleBroken,
    Rung,
    Seen,
    Span,
    Task,
    TaskSpec,
    TaskStage,
    WorkingHours,
    WrongStage,
)
from gengfu.kernel.tasks import (
    escalate,
    finish,
    hand_over,
    refuse,
    sign,
    task,
    withdraw,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OTHERS = person("he", MEDIATOR, of="street-office")


class Hall:
    """An office with one convened case, whose clock the tests turn."""

    def __init__(self, spec: TaskSpec = HEAR) -> None:
        self.clock = VirtualClock(START)
        self.desks: Office = office(clock=self.clock)

        def job(desk: Desk) -> CaseId:
            case = desk.open(offer, frozenset({"a", "b"}))
            desk.apply(case.id, consent, "a")
            return desk.ask(mediation, case, spec).id

        self.id = self.desks.serve(LIN, MEDIATION, job)

    @property
    def task(self) -> Task:
        return self.desks.serve(LIN, MEDIATION, lambda d: d.get(task, self.id))

    def by(self, actor: Actor, move: object, *facts: object) -> Task:
        return self.desks.serve(
            actor, MEDIATION, lambda d: d.apply(self.id, move, *facts)
        )

    def due(self) -> list[tuple[str, timedelta]]:
        far = datetime(2099, 1, 1, tzinfo=UTC)
        dues = self.desks.look(lambda r: r.due(far, 99))
        return [
            (d.deadline.name, d.deadline.at - START) for d in dues if d.case == self.id
        ]

    def wait(self, by: timedelta) -> int:
        """Let time pass and do what falls due; returns how often this task moved."""
        end = self.clock() + by
        before = self.task.version
        while due := self.desks.look(lambda r: r.due(end, 1)):
            self.clock.set(max(self.clock(), due[0].deadline.at))
            self.desks.serve(LIN, MEDIATION, self._work_off)
        self.clock.set(end)
        return self.task.version - before

    def _work_off(self, desk: Desk) -> None:
        for due in desk.tx.claim_due(desk.now, 10):
            machine = self.desks.registry.machine(due.kind)
            move = machine.moves[due.deadline.move]
            desk.as_clockwork(MEDIATION).apply(due.case, move)


def test_a_task_starts_with_both_clocks() -> None:
    hall = Hall()
    found = hall.task
    assert found.stage is TaskStage.OPEN
    assert (found.role, found.agency) == (MEDIATOR, "justice-office")
    assert found.sign_by == START + HOUR
    assert found.due_by == START + 24 * HOUR
    assert found.about.kind == "mediation"
    assert hall.due() == [("sign", HOUR), ("due", DAY)]


def test_signing_stops_the_first_clock_and_leaves_the_second() -> None:
    hall = Hall()
    hall.wait(HOUR / 2)
    signed = hall.by(WU, sign)
    assert signed.stage is TaskStage.SIGNED
    assert signed.signed_at == START + HOUR / 2
    assert signed.signed_by == "justice-office"
    assert hall.due() == [("due", 24 * HOUR)]
    done = hall.by(WU, finish, "heard both")
    assert (done.stage, done.note) == (TaskStage.DONE, "heard both")
    assert done.ended_at == START + HOUR / 2
    assert hall.due() == []


@pytest.mark.parametrize(
    ("actor", "error", "words"),
    [
        (LIN, Forbidden, "needs mediator (or chief )?for mediation"),
        (OTHERS, RuleBroken, "this task is for justice-office"),
        (person("x", MEDIATOR), RuleBroken, "this task is for justice-office"),
    ],
)
def test_only_who_holds_a_task_may_sign(
    actor: Actor, error: type[Exception], words: str
) -> None:
    hall = Hall()
    for move, facts in ((sign, ()), (refuse, ("no",)), (hand_over, ("x", "no"))):
        with pytest.raises(error, match=words):
            hall.by(actor, move, *facts)
    assert hall.task.version == 1


def test_a_task_without_an_agency_is_for_whoever_has_the_role() -> None:
    hall = Hall(replace(HEAR, agency=None))
    assert hall.by(person("x", MEDIATOR), sign).signed_by == "x"


def test_a_supervisor_gives_no_word_for_the_holder() -> None:
    hall = Hall()
    for move, facts in ((sign, ()), (refuse, ("no",))):
        with pytest.raises(Forbidden, match="needs mediator for mediation"):
            hall.by(FANG, move, *facts)
    hall.by(WU, sign)
    with pytest.raises(Forbidden, match="needs mediator for mediation"):
        hall.by(FANG, finish, "done, I hear")


def test_a_supervisor_of_the_holders_role_is_no_holder() -> None:
    hall = Hall(replace(HEAR, supervisors=(MEDIATOR,)))
    for move, facts in ((sign, ()), (refuse, ("no",))):
        with pytest.raises(RuleBroken, match="for justice-office"):
            hall.by(OTHERS, move, *facts)
    assert hall.by(OTHERS, hand_over, "street-office", "nearer").agency


@pytest.mark.parametrize("moves", [(), (sign,), (refuse,)])
def test_a_supervisor_may_withdraw_what_nobody_needs(moves: tuple[object, ...]) -> None:
    hall = Hall()
    for move in moves:
        hall.by(WU, move, *(("no",) if move is refuse else ()))
    with pytest.raises(Forbidden):
        hall.by(WU, withdraw, "we would rather not")
    gone = hall.by(FANG, withdraw, "settled at the door")
    assert (gone.stage, gone.cause) == (TaskStage.WITHDRAWN, "settled at the door")
    assert hall.due() == []


def test_a_refusal_gives_its_cause_and_the_clock_runs_on() -> None:
    hall = Hall()
    refused = hall.by(WU, refuse, "not our district")
    assert (refused.stage, refused.cause) == (TaskStage.REFUSED, "not our district")
    assert hall.due() == [("sign", HOUR), ("due", DAY)]
    with pytest.raises(WrongStage):
        hall.by(WU, sign)
    taken = hall.by(FANG, hand_over, "street-office", "they are nearer")
    assert (taken.stage, taken.agency) == (TaskStage.OPEN, "street-office")
    with pytest.raises(RuleBroken, match="for street-office"):
        hall.by(WU, sign)
    assert hall.by(OTHERS, sign).signed_by == "street-office"


def test_handing_over_restarts_the_first_clock_and_not_the_second() -> None:
    hall = Hall()
    hall.by(WU, sign)
    hall.wait(5 * HOUR)
    handed = hall.by(WU, hand_over, "street-office", "moved there")
    assert handed.sign_by == START + 6 * HOUR
    assert handed.due_by == START + 24 * HOUR
    assert handed.held_before == ("justice-office",)
    assert (handed.signed_at, handed.signed_by) == (None, None)
    assert hall.due() == [("sign", 6 * HOUR), ("due", DAY)]
    with pytest.raises(RuleBroken, match="already holds"):
        hall.by(OTHERS, hand_over, "street-office", "again")


def test_a_forgotten_task_climbs_its_ladder() -> None:
    hall = Hall()
    assert hall.wait(HOUR - timedelta(microseconds=1)) == 0
    assert hall.wait(timedelta(microseconds=1)) == 1
    assert hall.task.sign_rungs == 1
    assert hall.due() == [("sign", HOUR * 1.5), ("due", DAY)]
    assert hall.wait(HOUR / 2) == 1
    assert (hall.task.sign_rungs, hall.task.stage) == (2, TaskStage.OPEN)
    assert hall.due() == [("due", DAY)]
    assert hall.wait(48 * HOUR) == 2, "the due clock has a ladder too"
    signed = hall.by(WU, sign)
    assert signed.stage is TaskStage.SIGNED
    assert hall.task.due_rungs == 2, "signing late does not undo lateness"
    assert hall.task.due_rungs == 2


def test_a_signed_and_forgotten_task_climbs_too() -> None:
    hall = Hall()
    hall.by(WU, sign)
    assert hall.wait(24 * HOUR) == 1
    assert (hall.task.due_rungs, hall.task.sign_rungs) == (1, 0)
    assert hall.by(WU, finish).stage is TaskStage.DONE
    assert hall.wait(24 * HOUR) == 0


def test_no_clock_no_escalation() -> None:
    hall = Hall()
    with pytest.raises(RuleBroken, match="no clock"):
        hall.desks.serve(
            LIN, MEDIATION, lambda d: d.as_clockwork(MEDIATION).apply(hall.id, escalate)
        )
    with pytest.raises(Forbidden):
        hall.by(FANG, escalate)


def test_the_clocks_keep_office_hours() -> None:
    hours = WorkingHours(
        "Asia/Shanghai", tuple(Span(day, time(9), time(17)) for day in range(5))
    )
    # START is a Monday, 16:00 in Shanghai: one working hour is left of the day.
    spec = replace(HEAR, sign_within=2 * HOUR, due_within=9 * HOUR, hours=hours)
    hall = Hall(spec)
    assert hall.task.sign_by == START + 18 * HOUR
    assert hall.task.due_by == START + 25 * HOUR


def test_the_same_task_can_be_asked_again() -> None:
    hall = Hall()

    def again(desk: Desk) -> CaseId:
        case = desk.get(mediation, hall.task.about.id)
        return desk.ask(mediation, case, HEAR).id

    other = hall.desks.serve(LIN, MEDIATION, again)
    assert other != hall.id
    assert other.startswith(hall.task.about.id)


def test_a_task_has_versions_like_any_case() -> None:
    hall = Hall()
    seen = Seen(hall.id, 1)
    hall.by(WU, sign)
    with pytest.raises(Exception, match="at version 2"):
        hall.desks.serve(WU, MEDIATION, lambda d: d.apply(seen, refuse, "late"))


def test_a_ladder_may_be_empty() -> None:
    hall = Hall(replace(HEAR, ladder=()))
    assert hall.due() == []
    hall = Hall(replace(HEAR, ladder=(Rung(HOUR, CHIEF),)))
    assert hall.due() == [("sign", 2 * HOUR), ("due", DAY + HOUR)]


def test_handing_back_and_forth_does_not_escape_the_due_clock() -> None:
    hall = Hall()
    for to in ("street-office", "justice-office") * 16:
        hall.wait(HOUR * 0.9)
        hall.by(FANG, hand_over, to, "theirs, not ours")
    assert hall.task.sign_rungs == 0, "the sign clock never ran out"
    assert hall.task.due_rungs > 0, "the promise is late all the same"
