"""An incident: what happened, who was sent, and every clock since the first call."""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    AreaId,
    Between,
    Case,
    CaseId,
    Code,
    Deadline,
    FrozenDict,
    Length,
    Line,
    Machine,
    Place,
    RuleBroken,
    SealedWords,
    Stamp,
    Words,
    changed,
    onward,
)
from gengfu.kernel.values import LATER, quickly

from .additions import Note, Photo, Picture
from .calls import Answers
from .outcomes import Deaths, Finding, Recount, check_deaths
from .roles import CALL_TAKER, COMMANDER, CREW, DISPATCHER, RESPONSE
from .sendings import Assignment
from .stamps import Clocks, Correction
from .units import UnitStage


class IncidentStage(StrEnum):
    WAITING = "waiting"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CONTROLLED = "controlled"
    CLOSED = "closed"
    MERGED = "merged"
    ERASED = "erased"


class Located(StrEnum):
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    NONE = "none"


class LocationSource(StrEnum):
    CALLER = "caller"
    GAZETTEER = "gazetteer"
    PIN = "pin"
    DEVICE = "device"
    FEED = "feed"


ACTIVE = (
    IncidentStage.WAITING,
    IncidentStage.DISPATCHED,
    IncidentStage.EN_ROUTE,
    IncidentStage.ON_SCENE,
    IncidentStage.CONTROLLED,
)
TAKERS = (CALL_TAKER, DISPATCHER, COMMANDER)
SENDERS = (DISPATCHER, COMMANDER)
THERE = frozenset(
    {
        UnitStage.ON_SCENE,
        UnitStage.TRANSPORTING,
        UnitStage.AT_DESTINATION,
        UnitStage.CLEARING,
    }
)
MOST_UNITS = 200
Priority = Annotated[int, Between(1, 4)]
Reason = Annotated[str, Length(0, 500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Case):
    """One event, however many people called about it."""

    code: str
    type: str
    summary: str
    located: Located
    location_source: LocationSource
    answers: dict[str, str]
    clocks: Clocks
    simulated: bool
    stage: IncidentStage = IncidentStage.WAITING
    priority: int = 3
    priority_reason: str = ""
    by_hand: bool = False
    """Whether somebody set the priority; otherwise the rules did."""
    calls: tuple[CaseId, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    notes: tuple[Note, ...] = ()
    photos: tuple[Photo, ...] = ()
    corrections: tuple[Correction, ...] = ()
    plan: str = ""
    agencies: tuple[str, ...] = ()
    recommendations: tuple[CaseId, ...] = ()
    merged_into: CaseId | None = None
    absorbed: tuple[CaseId, ...] = ()
    dispatch_by: datetime | None = None
    dispatch_within: timedelta | None = None
    alarms: int = 0
    outcome: str = ""
    reopened: int = 0
    under_control: bool = False
    origin: str = ""
    earlier_places: tuple[Place, ...] = field(default=())
    finding: Finding | None = field(default=None, metadata=LATER)
    """Whether there was anything; None where nobody has said."""
    deaths: int | None = field(default=None, metadata=LATER)
    """Who died of it; None where nobody has said."""
    recounts: tuple[Recount, ...] = field(default=(), metadata=LATER)
    contested: int = field(default=0, metadata=LATER)
    """How often somebody who reported it said that it was not fixed."""
    taken_back: tuple[Assignment, ...] = field(default=(), metadata=LATER)
    """Units whose sending was undone before they were there: nobody counts them."""

    def running(self) -> tuple[Assignment, ...]:
        """Return the assignments that have not ended."""
        return tuple([a for a in self.assignments if a.cleared_at is None])

    @property
    def unseen(self) -> bool:
        """Whether nobody has been on scene, and nobody has said how it is known over.

        Bringing such an incident under control, or closing it, needs a reason.
        """
        there = any(a.on_scene_at for a in self.assignments)
        return not (there or self.under_control)


_incident = quickly(Incident)
_clocks = quickly(Clocks)
incident = Machine(
    Incident,
    stages=IncidentStage,
    ends=(IncidentStage.CLOSED, IncidentStage.MERGED, IncidentStage.ERASED),
    purpose=RESPONSE,
)


@incident.clock
def waiting(case: Incident) -> tuple[Deadline, ...]:
    """Raise an alarm when nobody has been sent in time."""
    if case.stage is not IncidentStage.WAITING or case.dispatch_by is None:
        return ()
    return (Deadline("dispatch", case.dispatch_by, raise_alarm.name),)


def stage_of(
    assignments: tuple[Assignment, ...], agencies: tuple[str, ...], *, controlled: bool
) -> IncidentStage:
    """Return the stage that the units and agencies of an incident say.

    Where everybody who was there is free again, it only waits to be closed.
    """
    if controlled:
        return IncidentStage.CONTROLLED
    statuses = {a.status for a in assignments if a.cleared_at is None}
    if not statuses.isdisjoint(THERE):
        return IncidentStage.ON_SCENE
    if UnitStage.EN_ROUTE in statuses:
        return IncidentStage.EN_ROUTE
    if statuses or agencies:
        return IncidentStage.DISPATCHED
    if any(a.on_scene_at and not a.stood_down for a in assignments):
        return IncidentStage.CONTROLLED
    return IncidentStage.WAITING


def restaged(case: Incident) -> Incident:
    """Put an incident at the stage that its units and agencies say."""
    stage = stage_of(case.assignments, case.agencies, controlled=case.under_control)
    return case if stage is case.stage else changed(case, stage=stage)


def waits_again(case: Incident, stamp: Stamp) -> Incident:
    """Restage an incident, and start its dispatch clock anew where it waits."""
    return clocked(restaged(case), stamp)


def clocked(case: Incident, stamp: Stamp) -> Incident:
    """Start the dispatch clock anew where the incident waits."""
    if case.stage is not IncidentStage.WAITING or case.dispatch_within is None:
        return case
    return changed(case, dispatch_by=stamp.at + case.dispatch_within)


def _limited(case: Incident, stamp: Stamp, within: timedelta | None) -> Incident:
    """Run the dispatch clock to another limit, from when it started."""
    if within is None:
        return case
    started = stamp.at
    if case.dispatch_by is not None and case.dispatch_within is not None:
        started = case.dispatch_by - case.dispatch_within
    return changed(case, dispatch_within=within, dispatch_by=started + within)


def stamped(case: Incident, clock: str, at: datetime) -> Incident:
    """Stamp a clock, unless it was stamped before."""
    clocks = case.clocks.stamped(clock, at)
    return case if clocks is case.clocks else changed(case, clocks=clocks)


def _own(case: Incident, stamp: Stamp) -> None:
    """Let a crew speak only of an incident that it was sent to."""
    sent = {a.unit for a in (*case.assignments, *case.taken_back)}
    if stamp.role == CREW and stamp.represents not in sent:
        raise RuleBroken(f"{stamp.represents} was not sent to {case.code}")


def _on_it(case: Incident, stamp: Stamp) -> None:
    """Let a crew decide about an incident only while it is on it."""
    _own(case, stamp)
    if stamp.role == CREW and all(a.unit != stamp.represents for a in case.running()):
        raise RuleBroken(f"{stamp.represents} is not on {case.code} any more")


@incident.opening(to=(IncidentStage.WAITING,), by=(*TAKERS, CLOCKWORK))
def report(
    stamp: Stamp,
    code: Code,
    type: Code,
    priority: Priority,
    received: datetime,
    place: Place | None,
    located: Located = Located.UNVERIFIED,
    location_source: LocationSource = LocationSource.CALLER,
    summary: Words = "",
    priority_reason: Words = "",
    answers: Answers | None = None,
    answered: datetime | None = None,
    calls: tuple[CaseId, ...] = (),
    area: AreaId | None = None,
    dispatch_within: timedelta | None = None,
    simulated: bool = False,
    origin: str = "",
    by_hand: bool = False,
) -> Incident:
    """Create an incident; it may be dispatched before its place is verified."""
    known = place is not None and located is not Located.NONE
    return _incident(
        id=stamp.case,
        opened_at=stamp.at,
        code=code,
        type=type,
        priority=priority,
        priority_reason=priority_reason,
        place=place,
        area=area,
        located=located if known else Located.NONE,
        location_source=location_source,
        summary=summary,
        answers=FrozenDict(answers or {}),
        calls=calls,
        clocks=_clocks(
            received=received,
            answered=answered,
            located=stamp.at if known else None,
            created=stamp.at,
        ),
        dispatch_by=None if dispatch_within is None else stamp.at + dispatch_within,
        dispatch_within=dispatch_within,
        simulated=simulated,
        origin=origin,
        by_hand=by_hand,
    )


@incident.move(*ACTIVE, to=ACTIVE, by=(*TAKERS, CLOCKWORK))
def add_call(case: Incident, stamp: Stamp, call: CaseId) -> Incident:
    """Add one more call about the same event."""
    if call in case.calls:
        raise RuleBroken("this call is on the incident already")
    return changed(case, calls=(*case.calls, call))


@incident.move(*ACTIVE, to=ACTIVE, by=TAKERS)
def drop_call(case: Incident, stamp: Stamp, call: CaseId) -> Incident:
    """Take off a call that was about something else."""
    if call not in case.calls:
        raise RuleBroken("this call is not on the incident")
    return changed(case, calls=tuple(c for c in case.calls if c != call))


@incident.move(*ACTIVE, to=ACTIVE, by=TAKERS)
def reprioritise(
    case: Incident,
    stamp: Stamp,
    priority: Priority,
    reason: Line,
    dispatch_within: timedelta | None = None,
) -> Incident:
    """Give it another priority, saying why; it stands until somebody gives another."""
    after = changed(case, priority=priority, priority_reason=reason, by_hand=True)
    return _limited(after, stamp, dispatch_within)


@incident.move(*ACTIVE, to=ACTIVE, by=TAKERS)
def retype(
    case: Incident,
    stamp: Stamp,
    type: Code,
    answers: Answers | None = None,
    priority: Priority | None = None,
    priority_reason: Words = "",
    dispatch_within: timedelta | None = None,
) -> Incident:
    """Call it what it turned out to be, with the priority that this has by the rules.

    A priority that somebody gave by hand is raised by this and never lowered.
    """
    said = FrozenDict(answers or case.answers)
    after = changed(case, type=type, answers=said)
    if priority is None or (case.by_hand and case.priority <= priority):
        return after
    after = changed(
        after, priority=priority, priority_reason=priority_reason, by_hand=False
    )
    return _limited(after, stamp, dispatch_within)


@incident.move(*ACTIVE, to=ACTIVE, by=(*TAKERS, CREW))
def relocate(
    case: Incident,
    stamp: Stamp,
    place: Place,
    located: Located = Located.VERIFIED,
    source: LocationSource = LocationSource.PIN,
    area: AreaId | None = None,
) -> Incident:
    """Say where it really is; the earlier place is kept."""
    _on_it(case, stamp)
    before = () if case.place is None else (case.place,)
    moved = changed(
        case,
        place=place,
        area=area,
        located=located,
        location_source=source,
        earlier_places=case.earlier_places + before,
    )
    return stamped(moved, "located", stamp.at)


@incident.move(
    *ACTIVE,
    IncidentStage.CLOSED,
    to=(*ACTIVE, IncidentStage.CLOSED),
    by=(*TAKERS, CREW),
)
def note(
    case: Incident, stamp: Stamp, text: Annotated[str, Length(1, 4000)]
) -> Incident:
    """Add words to the incident."""
    _own(case, stamp)
    return changed(case, notes=(*case.notes, Note(stamp.at, stamp.actor, text)))


@incident.move(
    *ACTIVE,
    IncidentStage.CLOSED,
    to=(*ACTIVE, IncidentStage.CLOSED),
    by=(*TAKERS, CREW),
)
def add_photo(
    case: Incident, stamp: Stamp, photo: CaseId, picture: Picture, secret: SealedWords
) -> Incident:
    """Add a photo to the incident."""
    _own(case, stamp)
    by, unit = stamp.actor, stamp.represents
    added = Photo(photo, stamp.at, by, unit, picture, secret)
    return changed(case, photos=(*case.photos, added))


def _known_over(case: Incident, stamp: Stamp, reason: str) -> Incident:
    """Keep the reason with the notes; refuse where it is needed and not given."""
    if reason.strip():
        return changed(case, notes=(*case.notes, Note(stamp.at, stamp.actor, reason)))
    if case.unseen:
        raise RuleBroken("nobody has been on scene: give a reason")
    return case


@incident.move(*ACTIVE, to=ACTIVE, by=(*SENDERS, CREW))
def control(case: Incident, stamp: Stamp, reason: Reason = "") -> Incident:
    """Report that the danger is over, and how that is known where nobody was there."""
    _on_it(case, stamp)
    if not case.assignments:
        raise RuleBroken("nobody has been sent to control it")
    over = changed(_known_over(case, stamp, reason), under_control=True)
    return restaged(stamped(over, "controlled", stamp.at))


@incident.move(*ACTIVE, to=(IncidentStage.CLOSED,), by=SENDERS)
def close(
    case: Incident,
    stamp: Stamp,
    outcome: Line,
    reason: Reason = "",
    finding: Finding | None = None,
    deaths: Deaths | None = None,
) -> Incident:
    """Close the incident with its outcome, once every unit is free of it.

    Where nobody has been on scene it needs a reason: how it is known to be over. What
    is not said of finding and deaths stays as it was said when it was last closed.
    """
    if case.running():
        names = ", ".join(a.callsign for a in case.running()[:5])
        raise RuleBroken(f"still on this incident: {names}")
    case = _known_over(case, stamp, reason)
    finding = case.finding if finding is None else finding
    deaths = case.deaths if deaths is None else deaths
    check_deaths(finding, deaths)
    clocks = case.clocks.stamped("closed", stamp.at)
    return onward(
        case,
        stage=IncidentStage.CLOSED,
        outcome=outcome,
        clocks=clocks,
        finding=finding,
        deaths=deaths,
    )


@incident.move(IncidentStage.CLOSED, to=ACTIVE, by=SENDERS)
def reopen(case: Incident, stamp: Stamp, reason: Line) -> Incident:
    """Open it again; the clocks it has are kept, agencies must be asked anew."""
    again = changed(
        case,
        agencies=(),
        under_control=False,
        reopened=case.reopened + 1,
        notes=(*case.notes, Note(stamp.at, stamp.actor, reason)),
    )
    return waits_again(again, stamp)


@incident.move(
    *ACTIVE, IncidentStage.CLOSED, to=(*ACTIVE, IncidentStage.CLOSED), by=(COMMANDER,)
)
def correct_clock(
    case: Incident, stamp: Stamp, clock: Code, at: datetime, reason: Line
) -> Incident:
    """Put a clock right; what it said before stays on the record."""
    if clock not in {f.name for f in fields(Clocks)}:
        raise RuleBroken(f"there is no clock called {clock}")
    if at > stamp.at:
        raise RuleBroken("a clock cannot show the future")
    correction = Correction(
        clock=clock,
        was=getattr(case.clocks, clock),
        now=at,
        reason=reason,
        by=stamp.actor,
        at=stamp.at,
    )
    return changed(
        case,
        clocks=changed(case.clocks, **{clock: at}),
        corrections=(*case.corrections, correction),
    )


@incident.move(IncidentStage.WAITING, to=(IncidentStage.WAITING,), by=(CLOCKWORK,))
def raise_alarm(case: Incident, stamp: Stamp) -> Incident:
    """Tell the supervisor that nobody has been sent in time."""
    if case.dispatch_by is None or stamp.at < case.dispatch_by:
        raise RuleBroken("the dispatch clock has not run out")
    return changed(case, dispatch_by=None, alarms=case.alarms + 1)


def short_code(case: CaseId, at: datetime) -> str:
    """Return a code that people can say on the radio: day, then five letters."""
    return f"{at.month:02}{at.day:02}-{case[-5:].upper()}"
