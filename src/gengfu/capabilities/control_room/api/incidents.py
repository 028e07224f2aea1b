"""Incidents: recommend, dispatch, merge, correct, close."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Answers
from gengfu.capabilities.control_room.cases.forgetting import keep_incident
from gengfu.capabilities.control_room.cases.incidents import (
    MOST_UNITS,
    Incident,
    Located,
    LocationSource,
    Priority,
    Reason,
    correct_clock,
    incident,
    note,
    relocate,
    reopen,
    reprioritise,
    retype,
)
from gengfu.capabilities.control_room.cases.outcomes import Deaths, Finding
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.cases.roles import (
    CREW,
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.hearing import words_of
from gengfu.capabilities.control_room.live.history import (
    MOST_LISTED,
    CaseHistory,
    for_crews,
    history,
)
from gengfu.capabilities.control_room.live.history import (
    list_incidents as stored_incidents,
)
from gengfu.capabilities.control_room.live.ranking_view import RankingView
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import IncidentView, incident_view
from gengfu.capabilities.control_room.rules.reading import may_read
from gengfu.capabilities.control_room.rules.types import priority_for
from gengfu.kernel import (
    AUDITOR,
    BadInput,
    Between,
    CaseId,
    Code,
    Desk,
    Latitude,
    Length,
    Line,
    Longitude,
    NotFound,
    Place,
    RuleBroken,
    WrongStage,
)
from gengfu.surface import CaseRoutes, Door, acts_as, as_seen

WATCHERS = (*DESK_ROLES, AUDITOR)
READERS = (*WATCHERS, CREW)
"""A crew reads of the incidents it was sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchForm:
    """Who to send and ask; others than recommended need a reason, coded or in words."""

    units: Annotated[tuple[Code, ...], Length(0, MOST_UNITS)] = ()
    agencies: Annotated[tuple[Code, ...], Length(0, 40)] = ()
    recommendation: Code | None = None
    override_code: Annotated[str, Length(0, 64)] = ""
    override_reason: Annotated[str, Length(0, 500)] = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackForm:
    """Units and agencies that were sent by mistake; why, where it is more than that."""

    units: Annotated[tuple[Code, ...], Length(0, MOST_UNITS)] = ()
    agencies: Annotated[tuple[Code, ...], Length(0, 40)] = ()
    reason: Reason = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteForm:
    """Words to add."""

    text: Annotated[str, Length(1, 4000)]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprioritiseForm:
    """Another priority, and why."""

    priority: Priority
    reason: Line
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetypeForm:
    """What it turned out to be; answers already given are kept unless given anew."""

    type: Code
    answers: Answers | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocateForm:
    """Where it really is."""

    place: Annotated[str, Length(0, 400)] = ""
    lon: Longitude
    lat: Latitude
    located: Located = Located.VERIFIED
    source: LocationSource = LocationSource.PIN
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeForm:
    """The incident that this one really is."""

    into: Code
    reason: Annotated[str, Length(0, 400)] = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergeForm:
    """Why the merge is taken back."""

    reason: Annotated[str, Length(0, 400)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseForm:
    """The unit to call off, and why."""

    unit: Code
    reason: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlForm:
    """How it is known to be over; needed where nobody has been on scene."""

    reason: Reason = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseForm:
    """How it ended, by a code of the city's list or in words.

    `free_units` first frees those still on it. Where nobody has been on scene a reason
    is needed: how it is known to be over. `finding` and `deaths` are counted; what is
    left out stays as it was said before.
    """

    outcome_code: Annotated[str, Length(0, 64)] = ""
    outcome: Annotated[str, Length(0, 200)] = ""
    reason: Reason = ""
    finding: Finding | None = None
    deaths: Deaths | None = None
    free_units: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """Which incidents to list, newest last."""

    opened_from: datetime | None = None
    opened_before: datetime | None = None
    limit: Annotated[int, Between(1, MOST_LISTED)] = 200


async def _live(door: Door, room: Room, case: CaseId) -> Incident:
    """Return a live incident although the picture may not have met it yet."""
    found = room.picture.incidents.get(case)
    if found is not None:
        return found
    stored = await door.do(lambda desk: desk.get(incident, case))
    if stored.stage in incident.ends:
        raise WrongStage(f"this incident is {stored.stage}")
    room.picture.put_case(incident, stored)
    return stored


routes = CaseRoutes(
    incident, "/incidents", readers=READERS, view=incident_view, shows=IncidentView
)
routes.expose(reopen, correct_clock, correct_deaths)


@routes.reads("", roles=WATCHERS, query=ListQuery, answers=tuple[IncidentView, ...])
async def list_incidents(door: Door, data: ListQuery) -> tuple[IncidentView, ...]:
    """List incidents, open and closed, in order of opening."""
    room = door.runtime(Room)
    return await door.look(
        lambda reader: stored_incidents(
            room, reader, data.opened_from, data.opened_before, data.limit
        )
    )


@routes.reads("/{case}", roles=READERS, answers=CaseHistory)
async def show(door: Door, case: CaseId) -> CaseHistory:
    """Show everything about one incident: timeline, calls, recommendations, notes."""
    room = door.runtime(Room)
    found = await door.look(lambda r: history(room, r, case, door.language))
    if acts_as(door, WATCHERS, RESPONSE):
        return found
    _let_read(door, case, found.incident)
    return for_crews(found)


def _let_read(door: Door, case: CaseId, of: Incident | IncidentView) -> None:
    """Refuse a crew that was not sent there, or is long free of it."""
    room = door.runtime(Room)
    unit = None if door.actor is None else door.actor.represents
    sent = (*of.taken_back, *of.assignments)
    if not may_read(sent, unit, room.now(), room.rulebook.policy.crew_reads):
        raise NotFound(f"no incident {case}")


@routes.writes(
    "/{case}/note", roles=(*DESK_ROLES, CREW), body=NoteForm, answers=IncidentView
)
async def add_note(door: Door, case: CaseId, data: NoteForm) -> IncidentView:
    """Add words to the incident; a crew for as long as it reads of it."""
    at_desk = acts_as(door, DESK_ROLES, RESPONSE)

    def job(desk: Desk) -> Incident:
        if not at_desk:
            _let_read(door, case, desk.get(incident, case))
        return desk.apply(as_seen(case, data.version), note, data.text)

    return door.runtime(Room).incident_view(await door.do(job))


@routes.writes("/{case}/recommend", roles=DISPATCH_ROLES, answers=RankingView)
async def recommend(door: Door, case: CaseId) -> RankingView:
    """Rank the units that get there first; what is shown is stored."""
    room = door.runtime(Room)
    ranking = room.recommend(await _live(door, room, case))
    shown = ranking.view()
    stored = await door.do(ranking.store)
    return shown.stored_as(stored.id)


@routes.writes(
    "/{case}/dispatch",
    roles=DISPATCH_ROLES,
    body=DispatchForm,
    answers=IncidentView,
)
async def dispatch(door: Door, case: CaseId, data: DispatchForm) -> IncidentView:
    """Send units and ask agencies in one step."""
    room = door.runtime(Room)
    live = await _live(door, room, case)
    ready = room.prepare_dispatch(live, data.units, data.agencies)
    chosen = None if data.recommendation is None else CaseId(data.recommendation)
    why = room.override_reason(data.override_code, data.override_reason)
    after = await door.do(
        lambda desk: actions.send(
            desk,
            as_seen(case, data.version),
            ready.sendings,
            tasks=ready.tasks,
            chosen=chosen,
            override_reason=why,
            plan=ready.plan,
        )
    )
    return room.incident_view(after)


@routes.writes(
    "/{case}/take_back",
    roles=DISPATCH_ROLES,
    body=TakeBackForm,
    answers=IncidentView,
)
async def take_back(door: Door, case: CaseId, data: TakeBackForm) -> IncidentView:
    """Undo a sending: units count as never sent, what agencies hold is withdrawn."""
    units = tuple(map(CaseId, data.units))
    after = await door.do(
        lambda desk: actions.takes_back(desk, case, units, data.agencies, data.reason)
    )
    return door.runtime(Room).incident_view(after)


@routes.writes(
    "/{case}/reprioritise",
    roles=DESK_ROLES,
    body=ReprioritiseForm,
    answers=IncidentView,
)
async def reprioritise_incident(
    door: Door, case: CaseId, data: ReprioritiseForm
) -> IncidentView:
    """Give it another priority, saying why; its dispatch clock follows."""
    room = door.runtime(Room)
    live = await _live(door, room, case)
    within = room.dispatch_within(live.type, data.priority, live.area)
    seen, given = as_seen(case, data.version), (data.priority, data.reason)
    after = await door.do(lambda desk: desk.apply(seen, reprioritise, *given, within))
    return room.incident_view(after)


@routes.writes(
    "/{case}/retype", roles=DESK_ROLES, body=RetypeForm, answers=IncidentView
)
async def retype_incident(door: Door, case: CaseId, data: RetypeForm) -> IncidentView:
    """Call it what it turned out to be; its priority and dispatch clock follow."""
    room = door.runtime(Room)
    seen = as_seen(case, data.version)

    def job(desk: Desk) -> Incident:
        before = desk.get(incident, case)
        answers = {**before.answers, **(data.answers or {})}
        found = priority_for(room.rulebook.catalogue.get(data.type), answers)
        within = room.dispatch_within(data.type, found.priority, before.area)
        why = words_of(found)
        return desk.apply(seen, retype, data.type, answers, found.priority, why, within)

    return room.incident_view(await door.do(job))


@routes.writes(
    "/{case}/relocate",
    roles=(*DESK_ROLES, CREW),
    body=RelocateForm,
    answers=IncidentView,
)
async def relocate_incident(
    door: Door, case: CaseId, data: RelocateForm
) -> IncidentView:
    """Say where it really is; a device position moves it only by this."""
    room = door.runtime(Room)
    area = room.area_id(data.lon, data.lat)
    place = Place(data.lon, data.lat, data.place)
    after = await door.do(
        lambda desk: desk.apply(
            as_seen(case, data.version),
            relocate,
            place,
            located=data.located,
            source=data.source,
            area=area,
        )
    )
    return room.incident_view(after)


@routes.writes("/{case}/merge", roles=DESK_ROLES, body=MergeForm, answers=IncidentView)
async def merge(door: Door, case: CaseId, data: MergeForm) -> IncidentView:
    """Say that this incident is another one."""
    into, reason = CaseId(data.into), data.reason
    after = await door.do(
        lambda desk: actions.merge_into(desk, as_seen(case, data.version), into, reason)
    )
    return door.runtime(Room).incident_view(after)


@routes.writes(
    "/{case}/unmerge", roles=DESK_ROLES, body=UnmergeForm, answers=IncidentView
)
async def unmerge(door: Door, case: CaseId, data: UnmergeForm) -> IncidentView:
    """Take a merge back."""
    reason = data.reason
    after = await door.do(lambda desk: actions.undo_merge(desk, case, reason))
    return door.runtime(Room).incident_view(after)


@routes.writes(
    "/{case}/release", roles=DISPATCH_ROLES, body=ReleaseForm, answers=IncidentView
)
async def release(door: Door, case: CaseId, data: ReleaseForm) -> IncidentView:
    """Call a unit off this incident."""
    crew, reason = CaseId(data.unit), data.reason
    after = await door.do(lambda desk: actions.call_off(desk, case, crew, reason))
    return door.runtime(Room).incident_view(after)


def _check_told(reason: str) -> None:
    """Refuse a reason of one letter: it says nothing, in any script.

    Asked here and not by the move, because an audit makes earlier moves again.
    """
    if len(reason.strip()) == 1:
        raise BadInput("reason: one letter does not say how it is known")


@routes.writes(
    "/{case}/control",
    roles=(*DISPATCH_ROLES, CREW),
    body=ControlForm,
    answers=IncidentView,
)
async def control(door: Door, case: CaseId, data: ControlForm) -> IncidentView:
    """Report that the danger is over."""
    _check_told(data.reason)
    seen = as_seen(case, data.version)
    after = await door.do(
        lambda desk: actions.brings_under_control(desk, seen, data.reason)
    )
    return door.runtime(Room).incident_view(after)


@routes.writes(
    "/{case}/close", roles=DISPATCH_ROLES, body=CloseForm, answers=IncidentView
)
async def close(door: Door, case: CaseId, data: CloseForm) -> IncidentView:
    """Close the incident with its outcome; the clock on its words starts."""
    room = door.runtime(Room)
    outcome = room.rulebook.policy.outcome(data.outcome_code, data.outcome)
    if not outcome.strip():
        raise RuleBroken("closing an incident needs an outcome")
    _check_told(data.reason)
    seen = as_seen(case, data.version)
    rules = room.rulebook.retention

    def job(desk: Desk) -> Incident:
        after = actions.close_out(
            desk,
            seen,
            outcome,
            reason=data.reason,
            free_units=data.free_units,
            finding=data.finding,
            deaths=data.deaths,
        )
        keep_incident(desk, after, rules.rule_for(after.type))
        return after

    return room.incident_view(await door.do(job))
