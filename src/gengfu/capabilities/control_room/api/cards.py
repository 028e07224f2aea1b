"""Run cards: which serve, and a new version tried on the recorded past."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases.cards import (
    MOST_LETTERS,
    Cards,
    Rehearsal,
    cards,
)
from gengfu.capabilities.control_room.cases.roles import (
    COMMANDER,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.rehearsal import (
    RehearsalView,
    record_rehearsal,
    rehearse_cards,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import AUDITOR, Length
from gengfu.surface import Door, Routes, acts_as


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseForm:
    """A new version of `run_cards.toml` and the period to try it on."""

    toml: Annotated[str, Length(1, MOST_LETTERS)]
    opened_from: datetime | None = None
    opened_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version of the run cards and what its rehearsal found."""

    version: str
    stage: str
    opened_at: datetime
    rehearsal: Rehearsal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsView:
    """The version that serves; the city's own where that was not rehearsed; all."""

    serving: str
    waiting: str | None
    versions: tuple[VersionView, ...]


routes = Routes("/run-cards", tag="cards", purpose=RESPONSE)


@routes.reads("", roles=(*DISPATCH_ROLES, AUDITOR), answers=VersionsView)
async def versions(door: Door) -> VersionsView:
    """List the versions of the run cards, and say which one serves."""
    room = door.runtime(Room)
    rows = await door.look(lambda reader: reader.rows(cards.kind))
    known = [room.codec.decode(Cards, row.body) for row in rows]
    return VersionsView(
        serving=room.issued.cards.version,
        waiting=room.issued.waiting,
        versions=tuple(
            VersionView(
                version=one.edition,
                stage=one.stage,
                opened_at=one.opened_at,
                rehearsal=one.rehearsal,
            )
            for one in known
        ),
    )


@routes.writes(
    "/rehearse",
    roles=(*DISPATCH_ROLES, AUDITOR),
    body=RehearseForm,
    answers=RehearsalView,
)
async def rehearse(door: Door, data: RehearseForm) -> RehearsalView:
    """Try a new version of the run cards on recorded incidents.

    Nothing else is changed. A commander's rehearsal is recorded: the next start of the
    server may take the version into service.
    """
    room = door.runtime(Room)
    found = await door.look(
        lambda reader: rehearse_cards(
            room, reader, data.toml, data.opened_from, data.opened_before
        )
    )
    if acts_as(door, (COMMANDER,), RESPONSE):
        await door.do(lambda desk: record_rehearsal(desk, data.toml, found))
    return found
