"""The city, the live picture, places, routes and coverage."""

from dataclasses import dataclass
from typing import Annotated, Any

from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    CALLER,
    CREW,
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.board import BoardItem
from gengfu.capabilities.control_room.live.city import CityView
from gengfu.capabilities.control_room.live.feed import PictureView
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import (
    AUDITOR,
    BadInput,
    Between,
    CaseId,
    Code,
    Latitude,
    Length,
    Longitude,
    NotFound,
)
from gengfu.surface import Door, Routes, acts_as

EVERYBODY = (*DESK_ROLES, CREW, AGENCY_OFFICER, AUDITOR)
WATCHERS = (*DESK_ROLES, AUDITOR)
"""Who sees the whole picture; crews and agencies have pages of what is theirs."""
WHOLE_EARTH = (180.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceQuery:
    """Words as they are typed; `near` is lon,lat."""

    q: Annotated[str, Length(1, 200)]
    near: Annotated[str, Length(0, 60)] = ""
    limit: Annotated[int, Between(1, 20)] = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place that the gazetteer offers."""

    name: str
    name_zh: str
    kind: str
    lon: float
    lat: float
    precision_m: float
    reason: str
    reason_zh: str
    area: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeQuery:
    """Letters or words of a type of incident."""

    q: Annotated[str, Length(1, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeHit:
    """A type of incident that fits what was typed."""

    code: str
    name: str
    name_zh: str
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteQuery:
    """From a unit to an incident, or to any point."""

    unit: Code
    incident: Code | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """The quickest drive on the roads of now."""

    line: tuple[tuple[float, float], ...]
    length_m: float
    seconds: float
    low_s: float
    high_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverQuery:
    """Within how long, by free units of which kinds."""

    within_s: Annotated[float, Between(30, 1800)] = 300.0
    kind: Annotated[str, Length(0, 64)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverView:
    """Streets that some free unit reaches in time, and the share of people there."""

    lines: tuple[tuple[tuple[float, float], ...], ...]
    share: float
    within_s: float


routes = Routes("", tag="city", purpose=RESPONSE)


@routes.reads("/city", roles=(*EVERYBODY, CALLER), answers=CityView)
async def city(door: Door) -> CityView:
    """Show what a screen needs to know about the city, its types and its agencies."""
    return door.runtime(Room).city


@routes.reads("/areas.geojson", roles=(*EVERYBODY, CALLER), answers=dict[str, Any])
async def areas(door: Door) -> Any:
    """Show area boundaries."""
    return door.runtime(Room).town.areas_geojson()


@routes.reads("/board", roles=(CALLER, *EVERYBODY), answers=tuple[BoardItem, ...])
async def public_board(door: Door) -> tuple[BoardItem, ...]:
    """Show residents what their types of incident opt in to show, with delay."""
    return await door.look(door.runtime(Room).shown_board)


@routes.reads("/picture", roles=WATCHERS, answers=PictureView)
async def picture(door: Door) -> PictureView:
    """Show every live case as of a ledger entry; the feed goes on from there."""
    return door.runtime(Room).snapshot()


@routes.reads("/mine", roles=(CREW,), answers=PictureView)
async def mine(door: Door) -> PictureView:
    """Show a crew its own unit, its job and its orders."""
    actor = door.actor
    if actor is None or actor.represents is None:
        raise NotFound("you stand for no unit")
    return door.runtime(Room).snapshot_for(CaseId(actor.represents))


@routes.reads(
    "/places",
    roles=(*EVERYBODY, CALLER),
    query=PlaceQuery,
    answers=tuple[PlaceView, ...],
)
async def places(door: Door, data: PlaceQuery) -> tuple[PlaceView, ...]:
    """Find places while they are typed, with typing errors, in either language."""
    room = door.runtime(Room)
    found = room.town.search(data.q, _near(data.near), data.limit)
    return tuple(
        PlaceView(
            name=p.name,
            name_zh=p.name_zh,
            kind=p.kind,
            lon=p.lon,
            lat=p.lat,
            precision_m=p.precision_m,
            reason=p.reason,
            reason_zh=p.reason_zh,
            area=room.area_of(p.lon, p.lat),
        )
        for p in found
    )


@routes.reads("/types", roles=DESK_ROLES, query=TypeQuery, answers=tuple[TypeHit, ...])
async def types(door: Door, data: TypeQuery) -> tuple[TypeHit, ...]:
    """Find types of incident by two letters, words, pinyin, or with typing errors."""
    return tuple(
        TypeHit(
            code=hit.kind.code,
            name=hit.kind.name.en,
            name_zh=hit.kind.name.zh,
            points=hit.points,
        )
        for hit in door.runtime(Room).rulebook.catalogue.search(data.q)
    )


@routes.reads("/routes", roles=(*DESK_ROLES, CREW), query=RouteQuery, answers=RouteView)
async def drive(door: Door, data: RouteQuery) -> RouteView:
    """Show the quickest drive of a unit to an incident or a point.

    A crew asks for itself, and for incidents that it is on.
    """
    room = door.runtime(Room)
    _allow_drive(door, room, data)
    if data.incident is not None:
        goal = room.place_of(CaseId(data.incident))
        case = room.open_incident(CaseId(data.incident))
        kind, priority = case.type, case.priority
    elif data.lon is not None and data.lat is not None:
        goal, kind, priority = (data.lon, data.lat), "", 0
    else:
        raise BadInput("incident: name one, or give lon and lat")
    found = room.drive(CaseId(data.unit), goal, kind, priority)
    if found is None:
        raise NotFound("no road leads there from this unit")
    high = found.arrival.high_s
    return RouteView(
        line=found.line,
        length_m=found.length_m,
        seconds=found.arrival.seconds,
        low_s=found.arrival.low_s,
        high_s=None if high == float("inf") else high,
    )


def _allow_drive(door: Door, room: Room, data: RouteQuery) -> None:
    """Tell a crew neither where others are nor where they are sent."""
    actor = door.actor
    if actor is None or acts_as(door, DESK_ROLES, RESPONSE):
        return
    if actor.represents != data.unit:
        raise NotFound(f"no unit {data.unit}")
    if data.incident is not None:
        running = room.open_incident(CaseId(data.incident)).running()
        if actor.represents not in {a.unit for a in running}:
            raise NotFound(f"no open incident {data.incident}")


@routes.reads("/coverage", roles=DISPATCH_ROLES, query=CoverQuery, answers=CoverView)
async def coverage(door: Door, data: CoverQuery) -> CoverView:
    """Show the streets that some free unit reaches in time."""
    lines, share = door.runtime(Room).coverage(data.within_s, data.kind)
    return CoverView(lines=lines, share=share, within_s=data.within_s)


def _near(words: str) -> tuple[float, float] | None:
    if not words:
        return None
    parts = words.split(",")
    try:
        lon, lat = (float(p) for p in parts)
    except ValueError:
        raise BadInput(f"near: cannot read {words[:40]!r} as lon,lat") from None
    if not (abs(lon) <= WHOLE_EARTH[0] and abs(lat) <= WHOLE_EARTH[1]):
        raise BadInput("near: is not a place on earth")
    return lon, lat
