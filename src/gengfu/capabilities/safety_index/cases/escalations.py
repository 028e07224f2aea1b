"""An escalation: a notice on red; more only on red again and again, and audited."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.escalating import (
    BandOfMonth,
    is_red,
    red_often,
)
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import (
    AreaId,
    Between,
    Case,
    CaseId,
    Code,
    Desk,
    Length,
    Line,
    Machine,
    NotFound,
    RuleBroken,
    Seen,
    Stamp,
    onward,
)

from .publications import (
    PublicationStage,
    RecordingAudit,
    Some,
    publication,
    recording_audit,
)
from .publishing import published_bytes
from .roles import COMMANDER, INDEX_AUDITOR, STATISTICIAN, STATISTICS

History = Annotated[tuple[BandOfMonth, ...], Length(1, 24)]
Months = Annotated[int, Between(1, 24)]


class EscalationStage(StrEnum):
    NOTICED = "noticed"
    WARNED = "warned"
    INTERVIEWED = "interviewed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was taken: on which month's publication, by whom, when."""

    stage: EscalationStage
    period: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(Case):
    """What an area's red led to; `history` is what was published when it last moved."""

    history: tuple[BandOfMonth, ...]
    steps: tuple[Step, ...]
    stage: EscalationStage = EscalationStage.NOTICED
    audit: RecordingAudit | None = None
    closed: str = ""


escalation = Machine(
    Escalation,
    stages=EscalationStage,
    ends=(EscalationStage.CLOSED,),
    purpose=STATISTICS,
    about=lambda case: CaseId(case.area or ""),
)


@escalation.opening(to=(EscalationStage.NOTICED,), by=(STATISTICIAN, COMMANDER))
def give_notice(stamp: Stamp, area: Code, history: History) -> Escalation:
    """Notify an area that its published month is red."""
    if not is_red(history):
        raise RuleBroken("the newest published month of this area is not red")
    return Escalation(
        id=stamp.case,
        opened_at=stamp.at,
        area=AreaId(area),
        history=history,
        steps=(_step(EscalationStage.NOTICED, history, stamp),),
    )


@escalation.move(
    EscalationStage.NOTICED,
    EscalationStage.WARNED,
    to=(EscalationStage.NOTICED, EscalationStage.WARNED),
    by=(INDEX_AUDITOR,),
)
def audit_recording(
    case: Escalation,
    stamp: Stamp,
    calls: Some,
    recorded: Some,
    note: Annotated[str, Length(0, 500)] = "",
) -> Escalation:
    """Record how many of the area's calls that were looked at had become records."""
    return onward(case, audit=recording_audit(stamp, calls, recorded, note))


@escalation.move(EscalationStage.NOTICED, to=(EscalationStage.WARNED,), by=(COMMANDER,))
def warn(
    case: Escalation, stamp: Stamp, history: History, red: Months, of: Months
) -> Escalation:
    """Warn in writing: red in so many of so many months, and recording was audited."""
    _require(case, history, red, of)
    return _moved(case, EscalationStage.WARNED, history, stamp)


@escalation.move(
    EscalationStage.WARNED, to=(EscalationStage.INTERVIEWED,), by=(COMMANDER,)
)
def interview(
    case: Escalation, stamp: Stamp, history: History, red: Months, of: Months
) -> Escalation:
    """Interview after a warning: red again in a later month, as often as before."""
    _require(case, history, red, of)
    if history[-1].period <= case.steps[-1].period:
        raise RuleBroken("no month later than the warning's has been published")
    return _moved(case, EscalationStage.INTERVIEWED, history, stamp)


@escalation.move(
    EscalationStage.NOTICED,
    EscalationStage.WARNED,
    EscalationStage.INTERVIEWED,
    to=(EscalationStage.CLOSED,),
    by=(STATISTICIAN, COMMANDER),
)
def close(case: Escalation, stamp: Stamp, reason: Line) -> Escalation:
    """End it, saying why."""
    return onward(case, stage=EscalationStage.CLOSED, closed=reason)


def gives_notice(desk: Desk, area: str, of: int) -> Escalation:
    """Notify an area on what is published; once at a time.

    Raises:
        NotFound: no such area is published.
        RuleBroken: it is not red, or has its notice already.

    """
    history = bands_of(desk, area, of)
    for one in desk.list(escalation, about=CaseId(area)):
        if one.stage is not EscalationStage.CLOSED:
            raise RuleBroken(f"an escalation of {area} is open already")
    return desk.open(give_notice, area, history)


def warns(desk: Desk, seen: CaseId | Seen, red: int, of: int) -> Escalation:
    """Warn on what is published now.

    Raises:
        RuleBroken: it is not red often enough, or whoever warns is who audited, or
            nobody audited.

    """
    return desk.apply(seen, warn, _bands(desk, seen, of), red, of)


def interviews(desk: Desk, seen: CaseId | Seen, red: int, of: int) -> Escalation:
    """Interview on what is published now; raises as `warns`."""
    return desk.apply(seen, interview, _bands(desk, seen, of), red, of)


def _bands(desk: Desk, seen: CaseId | Seen, of: int) -> tuple[BandOfMonth, ...]:
    case = desk.get(escalation, seen.id if isinstance(seen, Seen) else seen)
    # Not a rule of the moves: those made before it was one can still be made again.
    if case.audit is not None and case.audit.by == desk.actor.id:
        raise RuleBroken("whoever audited how calls are recorded does not go further")
    return bands_of(desk, case.area or "", of)


def bands_of(desk: Desk, area: str, of: int) -> tuple[BandOfMonth, ...]:
    """Return an area's bands of the last `of` published months, oldest first.

    Raises:
        NotFound: no such area is published.

    """
    stages = (str(PublicationStage.PUBLISHED),)
    known = {one.period: one for one in desk.list(publication, stages=stages)}
    if not known:
        raise NotFound(f"no area {area} is published")
    found: list[BandOfMonth] = []
    for month in Month.read(max(known)).back(of):
        case = known.get(str(month))
        if case is None:
            continue
        content = published_bytes(desk.tx, desk.codec, case)
        document = desk.codec.decode(Publication, content)
        bands = {place.id: place.band for place in document.places}
        if area in bands:
            found.append(
                BandOfMonth(period=case.period, issue=case.issue, band=bands[area])
            )
    if not found or found[-1].period != max(known):
        raise NotFound(f"no area {area} is published")
    return tuple(found)


def _require(
    case: Escalation, history: tuple[BandOfMonth, ...], red: int, of: int
) -> None:
    if not red_often(history, red, of):
        raise RuleBroken(f"this area is not red in {red} of the last {of} months")
    if case.audit is None:
        raise RuleBroken("how calls are recorded has to be audited here first")


def _step(
    stage: EscalationStage, history: tuple[BandOfMonth, ...], stamp: Stamp
) -> Step:
    return Step(stage=stage, period=history[-1].period, by=stamp.actor, at=stamp.at)


def _moved(
    case: Escalation,
    stage: EscalationStage,
    history: tuple[BandOfMonth, ...],
    stamp: Stamp,
) -> Escalation:
    steps = (*case.steps, _step(stage, history, stamp))
    return onward(case, stage=stage, history=history, steps=steps)
