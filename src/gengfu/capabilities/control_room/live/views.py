"""What the console and the field page see of each case."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.capabilities.control_room.cases.additions import Photo
from gengfu.capabilities.control_room.cases.calls import Call
from gengfu.capabilities.control_room.cases.closures import Closure
from gengfu.capabilities.control_room.cases.incidents import Clocks, Incident
from gengfu.capabilities.control_room.cases.orders import Order
from gengfu.capabilities.control_room.cases.sendings import Assignment
from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.capabilities.control_room.rules.words import Reason
from gengfu.kernel import Task, TaskStage
from gengfu.kernel.both import half

from .hearing import place_said


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """Why something is offered, in both languages."""

    code: str
    text: str
    text_zh: str


def reason_view(reason: Reason) -> ReasonView:
    """Show a reason."""
    return ReasonView(code=reason.code, text=reason.said.en, text_zh=reason.said.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineView:
    """The clock that runs out first."""

    standard: str
    started_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyView:
    """An agency on an incident and how its task stands."""

    agency: str
    task: str
    name: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """A unit on an incident."""

    unit: str
    callsign: str
    kind: str
    status: str
    assigned_at: datetime
    en_route_at: datetime | None
    on_scene_at: datetime | None
    transporting_at: datetime | None
    destination: str
    at_destination_at: datetime | None
    cleared_at: datetime | None
    eta_s: float | None
    eta_low_s: float | None
    eta_high_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """A photo as lists need it; what it shows is read page by page."""

    id: str
    at: datetime
    by: str
    unit: str | None
    sha256: str
    width: int
    height: int
    size: int
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """An incident as a card, a marker and a sheet need it."""

    id: str
    code: str
    stage: str
    version: int
    priority: int
    priority_reason: str
    priority_reason_zh: str
    type: str
    place: str
    lon: float | None
    lat: float | None
    located: str
    location_source: str
    area: str | None
    summary: str
    opened_at: datetime
    clocks: Clocks
    deadline: DeadlineView | None
    assignments: tuple[AssignmentView, ...]
    taken_back: tuple[AssignmentView, ...]
    """Units whose sending was undone before they were there."""
    agencies: tuple[AgencyView, ...]
    calls: int
    notes: int
    photos: int
    merged_into: str | None
    absorbed: tuple[str, ...]
    alarms: int
    simulated: bool
    outcome: str
    outcome_zh: str
    finding: str | None
    deaths: int | None
    contested: int
    """How often somebody who reported it said that it was not fixed."""
    unseen: bool
    """Nobody has been on scene: control and close need a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit as the board and the map need it; the position may be its post's."""

    id: str
    callsign: str
    kind: str
    agency: str
    post: str
    stage: str
    reason: str
    reason_zh: str
    version: int
    incident: str | None
    skills: tuple[str, ...]
    crew: int
    since: datetime
    on_duty_since: datetime
    check_in_due_at: datetime | None
    missed_check_ins: int
    lon: float | None
    lat: float | None
    heading: float | None
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with its clocks."""

    id: str
    case_kind: str
    case: str
    name: str
    words: str
    words_zh: str
    agency: str | None
    role: str
    stage: str
    version: int
    opened_at: datetime
    sign_by: datetime
    due_by: datetime
    signed_at: datetime | None
    signed_by: str | None
    cause: str
    cause_zh: str
    note: str
    escalation_level: int
    told: tuple[str, ...]
    """Roles that have been told that a clock of this task ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call as the queue needs it: never the caller's name or number."""

    id: str
    channel: str
    stage: str
    version: int
    text: str
    type: str | None
    place: str
    lon: float | None
    lat: float | None
    area: str | None
    opened_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    incident: str | None
    device_lon: float | None
    device_lat: float | None
    device_accuracy_m: float | None
    device_source: str | None
    device_at: datetime | None
    answers: dict[str, str]
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order and its receipts."""

    id: str
    unit: str
    text: str
    stage: str
    version: int
    incident: str | None
    sent_by: str
    sent_at: datetime
    read_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureView:
    """A closure as lines on the map."""

    id: str
    stage: str
    version: int
    reason: str
    until: datetime
    crews_pass: bool
    edges: int
    lines: tuple[tuple[tuple[float, float], ...], ...]


def assignment_view(case: Assignment) -> AssignmentView:
    """Show an assignment."""
    return AssignmentView(
        unit=case.unit,
        callsign=case.callsign,
        kind=case.kind,
        status=case.status,
        assigned_at=case.assigned_at,
        en_route_at=case.en_route_at,
        on_scene_at=case.on_scene_at,
        transporting_at=case.transporting_at,
        destination=case.destination,
        at_destination_at=case.at_destination_at,
        cleared_at=case.cleared_at,
        eta_s=case.eta_s,
        eta_low_s=case.eta_low_s,
        eta_high_s=case.eta_high_s,
    )


def callsigns_of(case: Incident | IncidentView) -> dict[str, str]:
    """Return the callsigns of all units that were ever sent, by the unit."""
    return {a.unit: a.callsign for a in (*case.taken_back, *case.assignments)}


def photo_view(photo: Photo, *, erased: bool = False) -> PhotoView:
    """Show that there is a photo."""
    return PhotoView(
        id=photo.id,
        at=photo.at,
        by=photo.by,
        unit=photo.unit,
        sha256=photo.picture.sha256,
        width=photo.picture.width,
        height=photo.picture.height,
        size=photo.picture.size,
        erased=erased,
    )


def incident_view(
    case: Incident,
    *,
    deadline: DeadlineView | None = None,
    agencies: tuple[AgencyView, ...] = (),
) -> IncidentView:
    """Show an incident."""
    place = case.place
    summary, words = (
        place_said(case.summary) if place is None else (case.summary, place.words)
    )
    return IncidentView(
        id=case.id,
        code=case.code,
        stage=case.stage,
        version=case.version,
        priority=case.priority,
        priority_reason=half(case.priority_reason, "en"),
        priority_reason_zh=half(case.priority_reason, "zh"),
        type=case.type,
        place=words,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        located=case.located,
        location_source=case.location_source,
        area=case.area,
        summary=summary,
        opened_at=case.opened_at,
        clocks=case.clocks,
        deadline=deadline,
        assignments=tuple(map(assignment_view, case.assignments)),
        taken_back=tuple(map(assignment_view, case.taken_back)),
        agencies=agencies,
        calls=len(case.calls),
        notes=len(case.notes),
        photos=len(case.photos),
        merged_into=case.merged_into,
        absorbed=case.absorbed,
        alarms=case.alarms,
        simulated=case.simulated,
        outcome=half(case.outcome, "en"),
        outcome_zh=half(case.outcome, "zh"),
        finding=case.finding,
        deaths=case.deaths,
        contested=case.contested,
        unseen=case.unseen,
    )


def unit_view(
    case: Unit,
    *,
    lon: float | None = None,
    lat: float | None = None,
    heading: float | None = None,
    age_s: float | None = None,
) -> UnitView:
    """Show a unit at its last position, or at its post where none is fresh."""
    if lon is None and case.place is not None:
        lon, lat = case.place.lon, case.place.lat
    return UnitView(
        id=case.id,
        callsign=case.callsign,
        kind=case.kind,
        agency=case.agency,
        post=case.post,
        stage=case.stage,
        reason=half(case.reason, "en"),
        reason_zh=half(case.reason, "zh"),
        version=case.version,
        incident=case.incident,
        skills=case.skills,
        crew=case.crew,
        since=case.since,
        on_duty_since=case.on_duty_since,
        check_in_due_at=case.check_in_due_at,
        missed_check_ins=case.missed_check_ins,
        lon=lon,
        lat=lat,
        heading=heading,
        age_s=age_s,
    )


def time_limit(one: Task | TaskView) -> datetime:
    """Return until when a task is to be signed or, once it is signed, done."""
    return one.due_by if one.stage == TaskStage.SIGNED else one.sign_by


def task_view(case: Task) -> TaskView:
    """Show a task."""
    words = case.spec.words
    return TaskView(
        id=case.id,
        case_kind=case.about.kind,
        case=case.about.id,
        name=case.spec.name,
        words=half(words, "en") or case.spec.name,
        words_zh=half(words, "zh") or case.spec.name,
        agency=case.agency,
        role=case.role,
        stage=case.stage,
        version=case.version,
        opened_at=case.opened_at,
        sign_by=case.sign_by,
        due_by=case.due_by,
        signed_at=case.signed_at,
        signed_by=case.signed_by,
        cause=half(case.cause, "en"),
        cause_zh=half(case.cause, "zh"),
        note=case.note,
        escalation_level=case.sign_rungs + case.due_rungs,
        told=tuple(
            dict.fromkeys(
                rung.tell
                for rungs in (case.sign_rungs, case.due_rungs)
                for rung in case.spec.ladder[:rungs]
            )
        ),
    )


def call_view(case: Call) -> CallView:
    """Show a call."""
    place, device = case.place, case.device
    text, words = place_said(case.text) if place is None else (case.text, place.words)
    return CallView(
        id=case.id,
        channel=case.channel,
        stage=case.stage,
        version=case.version,
        text=text,
        type=case.type,
        place=words,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        area=case.area,
        opened_at=case.opened_at,
        answered_at=case.answered_at,
        answered_by=case.answered_by,
        incident=case.incident,
        device_lon=None if device is None else device.lon,
        device_lat=None if device is None else device.lat,
        device_accuracy_m=None if device is None else device.accuracy_m,
        device_source=None if device is None else device.source,
        device_at=None if device is None else device.at,
        answers=case.answers,
        simulated=case.simulated,
    )


def order_view(case: Order) -> OrderView:
    """Show an order."""
    return OrderView(
        id=case.id,
        unit=case.unit,
        text=case.text,
        stage=case.stage,
        version=case.version,
        incident=case.incident,
        sent_by=case.sent_by,
        sent_at=case.opened_at,
        read_at=case.read_at,
        acknowledged_at=case.acknowledged_at,
    )


def closure_view(
    case: Closure, lines: tuple[tuple[tuple[float, float], ...], ...] = ()
) -> ClosureView:
    """Show a closure."""
    return ClosureView(
        id=case.id,
        stage=case.stage,
        version=case.version,
        reason=case.reason,
        until=case.until,
        crews_pass=case.crews_pass,
        edges=len(case.edges),
        lines=lines,
    )
