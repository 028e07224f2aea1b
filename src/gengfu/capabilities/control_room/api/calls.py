"""Calls: by phone form, web report, text, alarm and agency feed."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import (
    Answers,
    Call,
    Channel,
    DevicePosition,
    answer,
    call,
)
from gengfu.capabilities.control_room.cases.forgetting import dismisses
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    Located,
    LocationSource,
    Priority,
)
from gengfu.capabilities.control_room.cases.receipts import (
    Receipt,
    give_once,
    said_code,
)
from gengfu.capabilities.control_room.cases.roles import (
    CALLER,
    CREW,
    DESK_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.hazards import HazardView
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import (
    CallView,
    IncidentView,
    ReasonView,
    call_view,
    reason_view,
)
from gengfu.kernel import CaseId, Code, Desk, Latitude, Length, Line, Longitude, Words
from gengfu.surface import CaseRoutes, Door, acts_as, as_seen

MOST_CANDIDATES = 5
ANYBODY = "anonymous"
"""A visitor of the public page: what they send is a web report, nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """What the call taker, a resident or a feed knows; nothing but text is needed.

    With `same_as` the call joins an open incident instead of making one.
    """

    channel: Channel
    text: Words = ""
    place: Annotated[str, Length(0, 400)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    located: Located = Located.UNVERIFIED
    location_source: LocationSource = LocationSource.CALLER
    type: Code | None = None
    answers: Answers = field(default_factory=dict[str, str])
    priority: Priority | None = None
    priority_reason: Annotated[str, Length(0, 400)] = ""
    caller_name: Annotated[str, Length(0, 120)] = ""
    callback: Annotated[str, Length(0, 40)] = ""
    device: DevicePosition | None = None
    same_as: Code | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The call, the incident it made or joined, and a code to follow it by.

    The code is given once, to be read out or shown to whoever called; nothing else
    says it, and nothing can say it again.
    """

    call: CallView
    incident: IncidentView | None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A call form as it fills."""

    place: Annotated[str, Length(0, 400)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    type: Code | None = None
    text: Words = ""
    callback: Annotated[str, Length(0, 40)] = ""
    answers: Answers = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """An open incident that this call may be about."""

    incident: str
    code: str
    score: float
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """What the room knows that the call taker should see while typing."""

    candidates: tuple[CandidateView, ...]
    area: str | None
    priority: int | None
    priority_reasons: tuple[ReasonView, ...]
    hazards: tuple[HazardView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerView:
    """Who called; this reading is on the ledger."""

    name: str
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Why a call is taken off its incident."""

    reason: Annotated[str, Length(1, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissForm:
    """Why a call ends without an incident."""

    outcome: Line
    version: int | None = None


routes = CaseRoutes(call, "/calls", readers=DESK_ROLES, view=call_view, shows=CallView)
routes.show_each()
routes.expose(answer)


@routes.writes(
    "", roles=(*DESK_ROLES, CALLER), body=CallForm, answers=Taken, status=201
)
async def take(door: Door, data: CallForm) -> Taken:
    """Take a call.

    A call taker's call becomes an incident at once (or joins one). A call from a
    resident's page, a text, an alarm or a feed waits until somebody answers it.
    """
    room = door.runtime(Room)
    if door.actor is None or door.actor.id == ANYBODY:
        data = replace(
            data,
            channel=Channel.WEB,
            located=Located.UNVERIFIED,
            simulated=room.site.simulated,
        )
    heard = room.hear(data)
    if not acts_as(door, DESK_ROLES, RESPONSE):
        known = data.type is not None

        def wait(desk: Desk) -> tuple[Call, Receipt | None]:
            waiting = actions.take_in(desk, heard, type_known=known)
            return waiting, give_once(desk, waiting)

        waiting, given = await door.do(wait)
        return Taken(call=call_view(waiting), incident=None, code=_code(given))
    same_as = None if data.same_as is None else CaseId(data.same_as)

    def job(desk: Desk) -> tuple[Call, Incident, Receipt | None]:
        made, case = actions.take_call(desk, heard, same_as)
        return made, case, give_once(desk, made)

    return _taken(room, *await door.do(job))


def _taken(room: Room, made: Call, case: Incident, given: Receipt | None) -> Taken:
    return Taken(
        call=call_view(made), incident=room.incident_view(case), code=_code(given)
    )


def _code(given: Receipt | None) -> str | None:
    return None if given is None else said_code(given.id)


@routes.writes("/{case}/accept", roles=DESK_ROLES, body=CallForm, answers=Taken)
async def accept(door: Door, case: CaseId, data: CallForm) -> Taken:
    """Make a waiting call an incident, or join it to one, with what is known now."""
    room = door.runtime(Room)
    heard = room.hear(data)
    same_as = None if data.same_as is None else CaseId(data.same_as)

    def job(desk: Desk) -> tuple[Call, Incident, Receipt | None]:
        made, opened = actions.accept(desk, case, heard, same_as)
        return made, opened, give_once(desk, made)

    return _taken(room, *await door.do(job))


@routes.writes("/preview", roles=DESK_ROLES, body=Draft, answers=PreviewView)
async def preview(door: Door, data: Draft) -> PreviewView:
    """Offer open incidents that this call may be about; nothing is stored."""
    room = door.runtime(Room)
    found = room.duplicates(data)
    assessed = room.assess(data.type, data.answers)
    return PreviewView(
        candidates=tuple(
            CandidateView(
                incident=c.incident,
                code=room.code_of(CaseId(c.incident)),
                score=round(c.probability, 3),
                reasons=tuple(map(reason_view, c.reasons)),
            )
            for c in found[:MOST_CANDIDATES]
        ),
        area=room.area_of(data.lon, data.lat),
        hazards=room.hazards_near(data.lon, data.lat),
        priority=None if assessed is None else assessed.priority,
        priority_reasons=(
            () if assessed is None else tuple(map(reason_view, assessed.reasons))
        ),
    )


@routes.reads("/{case}/caller", roles=(*DESK_ROLES, CREW), answers=CallerView)
async def caller(door: Door, case: CaseId) -> CallerView:
    """Read who called and the number to call back; the reading is recorded.

    A crew reads of the calls about the incident it is on.
    """
    actor = door.actor
    unit = None
    if actor is not None and not acts_as(door, DESK_ROLES, RESPONSE):
        unit = actor.represents or ""

    def job(desk: Desk) -> tuple[str, str]:
        return actions.reveal_caller(desk, case, unit)

    name, callback = await door.do(job)
    return CallerView(name=name, callback=callback)


@routes.writes("/{case}/split", roles=DESK_ROLES, body=Split, answers=CallView)
async def split(door: Door, case: CaseId, data: Split) -> CallView:
    """Take a call off an incident it was not about."""
    reason = data.reason
    return call_view(await door.do(lambda desk: actions.split_call(desk, case, reason)))


@routes.writes("/{case}/dismiss", roles=DESK_ROLES, body=DismissForm, answers=CallView)
async def dismiss(door: Door, case: CaseId, data: DismissForm) -> CallView:
    """End the call without an incident, saying why; the clock on its words starts."""
    seen = as_seen(case, data.version)
    rule = door.runtime(Room).rulebook.retention.dismissed
    return call_view(
        await door.do(lambda desk: dismisses(desk, seen, data.outcome, rule))
    )
