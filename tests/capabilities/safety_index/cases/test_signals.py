"""A signal is asked of one station, signed for in time, checked, and counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.capabilities.safety_index.offices import (
    CHIEF,
    NOON,
    STAT,
    officer,
    open_office,
)

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.roles import STATISTICIAN
from gengfu.capabilities.safety_index.cases.signals import (
    CHECK_WITHIN,
    SIGN_WITHIN,
    SignalOutcome,
    SignalStage,
    checks,
    hands_over,
    notifies,
    share,
    signal,
    signs,
    task_of,
    withdraw,
)
from gengfu.capabilities.safety_index.rules.signal_values import Signal
from gengfu.kernel import RuleBroken, TaskStage, clockwork
from gengfu.kernel.access import OF_THE_CASE
from gengfu.kernel.audit import audit
from gengfu.kernel.erasing import make_due_move
from gengfu.kernel.tasks import task

FOUND = Signal(
    method="farrington", area="t001", kind="burglary", first_day="2026-10-29",
    last_day="2026-11-04", observed=14, expected=4.2, upper=10.0, excess=9.8,
    recurrence_days=4100.0,
)  # fmt: skip
ZONE = ZoneInfo("Asia/Shanghai")
P1, P2 = officer("P1"), officer("P2")


def raised(office, finding=FOUND, station="P1"):
    return office.do(STAT, lambda desk: notifies(desk, "2026-11-04", finding, station))


def checked(office, case, outcome=SignalOutcome.REAL, who=P1):
    return office.do(
        who, lambda desk: checks(desk, case.id, outcome, "cellars, nights")
    )


def asked(office, case):
    return office.do(STAT, lambda desk: desk.list(task, about=case.id))


def test_the_station_is_asked_with_two_clocks_and_a_ladder(office):
    made = raised(office)
    assert (made.stage, made.area, made.finding) == (SignalStage.RAISED, "t001", FOUND)
    (one,) = asked(office, made)
    assert (one.agency, one.sign_by) == ("P1", NOON + SIGN_WITHIN)
    assert one.due_by == NOON + CHECK_WITHIN
    assert one.spec.ladder[0].tell == STATISTICIAN
    due = office.office.look(lambda r: r.due(NOON + timedelta(days=2), 10))
    assert [d.deadline.move for d in due] == ["escalate"]


def test_signed_checked_and_done_and_every_step_is_proved(office):
    made = raised(office)
    office.do(P1, lambda desk: signs(desk, made.id))
    done = checked(office, made)
    assert (done.stage, done.outcome) == (SignalStage.CHECKED, SignalOutcome.REAL)
    assert (done.checked_by, done.words) == ("P1", "cellars, nights")
    assert [one.stage for one in asked(office, made)] == [TaskStage.DONE]
    with pytest.raises(RuleBroken, match="nothing of this signal waits"):
        checked(office, made)
    verdict = office.office.look(
        lambda r: audit(r, office.office.registry, JsonCodec(), pytest.fail)
    )
    assert verdict.intact.findings == verdict.complete.findings == ()


def test_only_the_station_that_is_asked_checks(office):
    made = raised(office)
    with pytest.raises(RuleBroken, match="this task is for P1"):
        checked(office, made, who=P2)
    assert asked(office, made)[0].stage is TaskStage.OPEN
    office.do(
        P1, lambda desk: hands_over(desk, made.id, "P2", "their side of the road")
    )
    with pytest.raises(RuleBroken, match="this task is for P2"):
        checked(office, made)
    assert checked(office, made, SignalOutcome.NOT_REAL, P2).checked_by == "P2"


def test_a_station_is_asked_once_about_the_same_days(office):
    made = raised(office)
    assert raised(office) is None
    later = replace(FOUND, first_day="2026-11-05", last_day="2026-11-11")
    assert raised(office, later) is None
    other = replace(FOUND, kind="theft")
    assert raised(office, other) is not None
    checked(office, made)
    assert raised(office, replace(FOUND, last_day="2026-11-05")) is None
    assert raised(office, later) is not None


def test_a_withdrawn_signal_asks_nobody_and_counts_nowhere(office):
    made = raised(office)
    office.do(
        CHIEF, lambda desk: desk.apply(made.id, withdraw, "data of a wrong month")
    )
    assert [one.stage for one in asked(office, made)] == [TaskStage.WITHDRAWN]
    assert raised(office) is not None


def test_the_share_is_of_the_month_by_the_citys_clocks():
    office = open_office(at=datetime(2026, 11, 5, 12, tzinfo=UTC))
    real, unreal = raised(office), raised(office, replace(FOUND, area="t002"))
    raised(office, replace(FOUND, area="t003"))
    gone = raised(office, replace(FOUND, area="t004"))
    office.do(STAT, lambda desk: desk.apply(gone.id, withdraw, "wrong"))
    checked(office, real)
    checked(office, unreal, SignalOutcome.UNCLEAR)
    office.clock.advance(timedelta(days=25, hours=5))  # 30 November, 17:00 UTC
    raised(office, replace(FOUND, area="t005"))
    known = office.do(STAT, lambda desk: desk.list(signal))
    november, december = (share(known, p, ZONE) for p in ("2026-11", "2026-12"))
    assert (november.raised, november.checked, november.real) == (3, 2, 1)
    assert (december.raised, december.checked, december.real) == (1, 0, 0)


def test_the_task_is_found_while_it_waits(office):
    made = raised(office)
    found = office.do(STAT, lambda desk: task_of(desk, made.id))
    assert found.about.id == made.id


def test_a_station_that_does_not_sign_is_told_of_up_the_ladder(office):
    made = raised(office)
    office.clock.advance(SIGN_WITHIN + timedelta(minutes=1))
    due = office.office.look(lambda r: r.due(office.clock(), 10))
    assert len(due) == 1
    nobody = clockwork(OF_THE_CASE)  # as the worker acts
    office.office.serve(nobody, OF_THE_CASE, lambda desk: make_due_move(desk, due[0]))
    (one,) = asked(office, made)
    assert (one.stage, one.sign_rungs) == (TaskStage.OPEN, 1)
