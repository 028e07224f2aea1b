"""Run cards: what they say, and a new version tried on the recorded past."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases.roles import (
    COMMANDER,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.rehearsal import (
    PLAN_BYTES,
    RehearsalView,
    rehearse_cards,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import AUDITOR, Length
from gengfu.surface import Door, Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseForm:
    """A new version of `run_cards.toml` and the period to try it on."""

    toml: Annotated[str, Length(1, PLAN_BYTES)]
    opened_from: datetime | None = None
    opened_before: datetime | None = None


routes = Routes("/run-cards", tag="cards", purpose=RESPONSE)


@routes.writes(
    "/rehearse",
    roles=(COMMANDER, *DISPATCH_ROLES, AUDITOR),
    body=RehearseForm,
    answers=RehearsalView,
)
async def rehearse(door: Door, data: RehearseForm) -> RehearsalView:
    """Try a new version of the run cards on recorded incidents; nothing is changed."""
    room = door.runtime(Room)
    return await door.look(
        lambda reader: rehearse_cards(
            room, reader, data.toml, data.opened_from, data.opened_before
        )
    )
