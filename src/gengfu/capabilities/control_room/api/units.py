"""Units: status buttons, shifts, check-ins."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.roles import (
    CREW,
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.cases.units import (
    Unit,
    check_in,
    go_out_of_service,
    return_to_service,
    sign_off,
    sign_on,
    sign_on_again,
    unit,
)
from gengfu.capabilities.control_room.live.city import NamedView
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import UnitView, unit_view
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
)
from gengfu.kernel.both import both
from gengfu.surface import CaseRoutes, Door, LastSeen, acts_as, as_seen

RADIO = (CREW, *DISPATCH_ROLES)
WATCHERS = (*DESK_ROLES, AUDITOR)
UNIT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What stands in paths, in tokens and in what phones send, as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportForm:
    """Where somebody is taken."""

    destination: Line
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfServiceForm:
    """Why the unit cannot be sent: one of the city's reasons, by its code."""

    reason: Code
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnForm:
    """A unit that begins duty although the roster does not know it."""

    id: Code
    callsign: Line
    kind: Code
    agency: Code
    post: Annotated[str, Length(0, 64)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    skills: Annotated[tuple[Code, ...], Length(0, 40)] = ()
    crew: Annotated[int, Between(0, 500)] = 2


routes = CaseRoutes(
    unit, "/units", readers=(*WATCHERS, CREW), view=unit_view, shows=UnitView
)
routes.expose(check_in, return_to_service, sign_off, sign_on_again)


def _require_known(
    field: str, given: Sequence[str], known: Sequence[NamedView]
) -> None:
    """Refuse kinds and skills that no run card of this city could ask for."""
    codes = {one.code for one in known}
    if strange := [code for code in given if code not in codes]:
        raise BadInput(f"{field}: this city knows no {strange[0]}")


@routes.reads("", roles=WATCHERS, answers=tuple[UnitView, ...])
async def list_units(door: Door) -> tuple[UnitView, ...]:
    """List every unit, those off duty too: the live picture holds only the others."""
    room = door.runtime(Room)
    return tuple(map(room.unit_view, room.picture.units.values()))


@routes.reads("/{case}", roles=(*WATCHERS, CREW), answers=UnitView)
async def show_unit(door: Door, case: CaseId) -> UnitView:
    """Show one unit; a crew sees its own and not where others are or are sent."""
    actor = door.actor
    watches = acts_as(door, WATCHERS, RESPONSE)
    if not watches and (actor is None or actor.represents != case):
        raise NotFound(f"no unit {case}")
    return unit_view(await door.do(lambda desk: desk.get(unit, case)))


async def _report(door: Door, job: Callable[[Desk], Unit]) -> UnitView:
    return door.runtime(Room).unit_view(await door.do(job))


@routes.writes("", roles=DISPATCH_ROLES, body=SignOnForm, answers=UnitView, status=201)
async def sign_on_unit(door: Door, data: SignOnForm) -> UnitView:
    """Sign a unit on."""
    if UNIT_ID.fullmatch(data.id) is None:
        raise BadInput("id: letters A to Z, digits, and . _ - inside")
    room = door.runtime(Room)
    _require_known("kind", (data.kind,), room.city.unit_kinds)
    _require_known("skills", data.skills, room.city.skills)
    place = None
    if data.lon is not None and data.lat is not None:
        place = Place(data.lon, data.lat)
    return await _report(
        door,
        lambda desk: desk.open_as(
            CaseId(data.id),
            sign_on,
            callsign=data.callsign,
            kind=data.kind,
            agency=data.agency,
            post=data.post,
            place=place,
            skills=data.skills,
            crew=data.crew,
        ),
    )


@routes.writes(
    "/{case}/go_out_of_service", roles=RADIO, body=OutOfServiceForm, answers=UnitView
)
async def out_of_service(door: Door, case: CaseId, data: OutOfServiceForm) -> UnitView:
    """Stop being sendable, saying why by one of the city's reasons."""
    said = door.runtime(Room).rulebook.policy.out_of_service.get(data.reason)
    if said is None:
        raise BadInput(f"reason: this city knows no {data.reason}")
    seen, why = as_seen(case, data.version), both(said.en, said.zh)
    return await _report(door, lambda desk: desk.apply(seen, go_out_of_service, why))


@routes.writes("/{case}/roll", roles=RADIO, body=LastSeen, answers=UnitView)
async def roll(door: Door, case: CaseId, data: LastSeen) -> UnitView:
    """Wheels turn: the unit is on its way."""
    seen = as_seen(case, data.version)
    return await _report(door, lambda desk: actions.rolls(desk, seen))


@routes.writes("/{case}/arrive", roles=RADIO, body=LastSeen, answers=UnitView)
async def arrive(door: Door, case: CaseId, data: LastSeen) -> UnitView:
    """Arrive; where the type of incident asks for it a check-in timer starts."""
    seen = as_seen(case, data.version)
    room = door.runtime(Room)
    every, movement = room.check_in_every(case), room.positions.moved(case)
    there = await _report(
        door, lambda desk: actions.arrives(desk, seen, every, movement)
    )
    room.positions.end_run(case)
    return there


@routes.writes("/{case}/transport", roles=RADIO, body=TransportForm, answers=UnitView)
async def transport(door: Door, case: CaseId, data: TransportForm) -> UnitView:
    """Leave the scene with somebody on board."""
    seen, destination = as_seen(case, data.version), data.destination
    return await _report(door, lambda desk: actions.transports(desk, seen, destination))


@routes.writes(
    "/{case}/reach_destination", roles=RADIO, body=LastSeen, answers=UnitView
)
async def reach_destination(door: Door, case: CaseId, data: LastSeen) -> UnitView:
    """Arrive where the person on board is taken to."""
    seen = as_seen(case, data.version)
    return await _report(door, lambda desk: actions.reaches_destination(desk, seen))


@routes.writes("/{case}/clear", roles=RADIO, body=LastSeen, answers=UnitView)
async def clear(door: Door, case: CaseId, data: LastSeen) -> UnitView:
    """Finish at the incident; the unit is nearly free."""
    seen = as_seen(case, data.version)
    return await _report(door, lambda desk: actions.clears(desk, seen))


@routes.writes("/{case}/become_available", roles=RADIO, body=LastSeen, answers=UnitView)
async def become_available(door: Door, case: CaseId, data: LastSeen) -> UnitView:
    """Be free for the next call."""
    seen = as_seen(case, data.version)
    return await _report(door, lambda desk: actions.frees(desk, seen))
