"""A signal: raised to the station whose area it is, checked, and counted as it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from gengfu.capabilities.safety_index.rules.signal_values import ShareOfMonth, Signal
from gengfu.kernel import (
    CLOCKWORK,
    AreaId,
    Case,
    CaseId,
    Code,
    Desk,
    Length,
    Line,
    Machine,
    RuleBroken,
    Rung,
    Seen,
    Stamp,
    Task,
    TaskSpec,
    TaskStage,
    onward,
)
from gengfu.kernel.both import both
from gengfu.kernel.tasks import finish, hand_over, sign, task

from .roles import COMMANDER, STATION_OFFICER, STATISTICIAN, STATISTICS

SIGN_WITHIN, CHECK_WITHIN = timedelta(days=1), timedelta(days=7)
TASK = "check-signal"


class SignalStage(StrEnum):
    RAISED = "raised"
    CHECKED = "checked"
    WITHDRAWN = "withdrawn"


class SignalOutcome(StrEnum):
    REAL = "real"
    NOT_REAL = "not-real"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCase(Case):
    """A finding of a watch, and what the station says of it.

    `words` stay on the ledger: they say what happens in the area and name nobody.
    """

    watched_on: str
    finding: Signal
    station: str
    stage: SignalStage = SignalStage.RAISED
    outcome: SignalOutcome | None = None
    words: str = ""
    checked_at: datetime | None = None
    checked_by: str = ""


signal = Machine(
    SignalCase,
    stages=SignalStage,
    ends=(SignalStage.CHECKED, SignalStage.WITHDRAWN),
    purpose=STATISTICS,
    kind="signal",
    about=lambda case: _series(case.finding),
)


@signal.opening(to=(SignalStage.RAISED,), by=(STATISTICIAN, CLOCKWORK))
def notify(
    stamp: Stamp, watched_on: Code, finding: Signal, station: Code
) -> SignalCase:
    """Tell a station that more happens in its area than was expected."""
    return SignalCase(
        id=stamp.case,
        opened_at=stamp.at,
        area=AreaId(finding.area),
        watched_on=watched_on,
        finding=finding,
        station=station,
    )


@signal.move(SignalStage.RAISED, to=(SignalStage.CHECKED,), by=(STATION_OFFICER,))
def check(
    case: SignalCase,
    stamp: Stamp,
    outcome: SignalOutcome,
    words: Annotated[str, Length(1, 500)],
) -> SignalCase:
    """Say whether it was real, and what was found; name nobody."""
    return onward(
        case,
        stage=SignalStage.CHECKED,
        outcome=outcome,
        words=words,
        checked_at=stamp.at,
        checked_by=stamp.represents or stamp.actor,
    )


@signal.move(
    SignalStage.RAISED, to=(SignalStage.WITHDRAWN,), by=(STATISTICIAN, COMMANDER)
)
def withdraw(case: SignalCase, stamp: Stamp, reason: Line) -> SignalCase:
    """Take a signal back that came of wrong data."""
    return onward(case, stage=SignalStage.WITHDRAWN, words=reason)


def notifies(
    desk: Desk, watched_on: str, finding: Signal, station: str
) -> SignalCase | None:
    """Raise a signal and ask its station to check it.

    None where the station has it already: an open signal of this series, or one that
    was checked about some of the same days.
    """
    for known in desk.list(signal, about=_series(finding)):
        open_ = known.stage is SignalStage.RAISED
        same_days = known.finding.last_day >= finding.first_day
        if open_ or (known.stage is SignalStage.CHECKED and same_days):
            return None
    made = desk.open(notify, watched_on, finding, station)
    desk.ask(
        signal,
        made,
        TaskSpec(
            name=TASK,
            role=STATION_OFFICER,
            agency=station,
            sign_within=SIGN_WITHIN,
            due_within=CHECK_WITHIN,
            ladder=(
                Rung(timedelta(0), STATISTICIAN),
                Rung(timedelta(days=2), COMMANDER),
            ),
            supervisors=(STATISTICIAN, COMMANDER),
            words=both(
                "Check whether more really happens here", "核查此处警情是否确实增多"
            ),
        ),
    )
    return made


def signs(desk: Desk, case: CaseId) -> SignalCase:
    """Sign for the task of a signal, for the station one stands for."""
    desk.apply(task_of(desk, case).id, sign)
    return desk.get(signal, case)


def hands_over(desk: Desk, case: CaseId, to: str, cause: str) -> SignalCase:
    """Give the task to another station."""
    desk.apply(task_of(desk, case).id, hand_over, to, cause)
    return desk.get(signal, case)


def checks(
    desk: Desk, seen: CaseId | Seen, outcome: SignalOutcome, words: str
) -> SignalCase:
    """Finish the task and say what came of it; whoever checks has signed with that."""
    asked = task_of(desk, seen.id if isinstance(seen, Seen) else seen)
    if asked.stage is TaskStage.OPEN:
        desk.apply(asked.id, sign)
    desk.apply(asked.id, finish)
    return desk.apply(seen, check, outcome, words)


def task_of(desk: Desk, case: CaseId) -> Task:
    """Return the task of a signal that waits to be done.

    Raises:
        NotFound: there is no such signal.
        RuleBroken: it was checked or withdrawn.

    """
    desk.get(signal, case)
    for found in desk.list(task, about=case):
        if found.stage not in task.ends:
            return found
    raise RuleBroken("nothing of this signal waits to be checked")


def share(cases: Iterable[SignalCase], period: str, zone: ZoneInfo) -> ShareOfMonth:
    """Count a month's signals by the city's clocks: raised, checked, really so."""
    mine = [
        one
        for one in cases
        if one.stage is not SignalStage.WITHDRAWN
        and f"{one.opened_at.astimezone(zone):%Y-%m}" == period
    ]
    return ShareOfMonth(
        period=period,
        raised=len(mine),
        checked=sum(one.stage is SignalStage.CHECKED for one in mine),
        real=sum(one.outcome is SignalOutcome.REAL for one in mine),
    )


def _series(finding: Signal) -> CaseId:
    return CaseId(f"{finding.area} {finding.kind}")
