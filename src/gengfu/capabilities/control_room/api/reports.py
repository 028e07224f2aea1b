"""Clocks against standards, and what a supervisor must see."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.capabilities.control_room.cases.roles import (
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.reports import (
    ClockReport,
    SupervisionView,
    clock_report,
    supervision,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import AUDITOR
from gengfu.surface import Door, Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockQuery:
    """Which incidents, by when they were opened, and how to group them."""

    by: str = "all"
    opened_from: datetime | None = None
    opened_before: datetime | None = None


routes = Routes("", tag="reports", purpose=RESPONSE)


@routes.reads(
    "/clocks", roles=(*DESK_ROLES, AUDITOR), query=ClockQuery, answers=ClockReport
)
async def clocks(door: Door, data: ClockQuery) -> ClockReport:
    """Judge every clock against its standard, with intervals and honesty checks."""
    room = door.runtime(Room)
    return await door.look(
        lambda reader: clock_report(
            room, reader, data.by, data.opened_from, data.opened_before
        )
    )


@routes.reads("/supervision", roles=(*DISPATCH_ROLES, AUDITOR), answers=SupervisionView)
async def supervise(door: Door) -> SupervisionView:
    """Show what is late, unsigned, refused or silent, before it is too late."""
    return supervision(door.runtime(Room))
