"""Road closures: they take effect on every ranking and route at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases.closures import (
    Closure,
    close,
    closure,
    lift,
    prolong,
)
from gengfu.capabilities.control_room.cases.forgetting import keep_closure
from gengfu.capabilities.control_room.cases.roles import DESK_ROLES, DISPATCH_ROLES
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import ClosureView, closure_view
from gengfu.kernel import (
    Between,
    CaseId,
    Desk,
    Latitude,
    Length,
    Line,
    Longitude,
    Place,
    RuleBroken,
)
from gengfu.surface import CaseRoutes, Door, as_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureForm:
    """Edges by number, or every road within a radius of a point.

    Crews pass at walking pace unless this says that nobody can.
    """

    reason: Line
    until: datetime
    crews_pass: bool = True
    edges: Annotated[tuple[int, ...], Length(0, 5000)] = ()
    lon: Longitude | None = None
    lat: Latitude | None = None
    radius_m: Annotated[float, Between(1, 5000)] = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlongForm:
    """Another end."""

    until: datetime
    version: int | None = None


routes = CaseRoutes(
    closure, "/closures", readers=DESK_ROLES, view=closure_view, shows=ClosureView
)
routes.show_each()
routes.expose(lift)


@routes.writes(
    "", roles=DISPATCH_ROLES, body=ClosureForm, answers=ClosureView, status=201
)
async def close_roads(door: Door, data: ClosureForm) -> ClosureView:
    """Close roads until a stated time."""
    room = door.runtime(Room)
    place = None
    edges = data.edges
    if data.lon is not None and data.lat is not None:
        place = Place(data.lon, data.lat)
        edges = (*edges, *room.edges_within(data.lon, data.lat, data.radius_m))
    room.check_edges(edges)
    if not edges:
        raise RuleBroken("no road there to close")

    def job(desk: Desk) -> Closure:
        made = desk.open(close, edges, data.reason, data.until, place, data.crews_pass)
        keep_closure(desk, made, room.rulebook.retention.routine)
        return made

    return room.closure_view(await door.do(job))


@routes.writes(
    "/{case}/prolong", roles=DISPATCH_ROLES, body=ProlongForm, answers=ClosureView
)
async def prolong_closure(door: Door, case: CaseId, data: ProlongForm) -> ClosureView:
    """Set another end; the clock on why the roads are closed follows."""
    room, seen = door.runtime(Room), as_seen(case, data.version)

    def job(desk: Desk) -> Closure:
        after = desk.apply(seen, prolong, data.until)
        keep_closure(desk, after, room.rulebook.retention.routine)
        return after

    return room.closure_view(await door.do(job))
