"""A new version of the run cards, tried on the recorded past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gengfu.capabilities.control_room.cases.cards import (
    Cards,
    Rehearsal,
    cards,
    cards_id,
)
from gengfu.capabilities.control_room.cases.cards import (
    rehearse as record,
)
from gengfu.capabilities.control_room.cases.incidents import Incident, incident
from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.capabilities.control_room.rules.plans import Recorded, Setting, rehearse
from gengfu.kernel import Codec, Desk, Reader, RuleBroken
from gengfu.surface import Town

from .rulebook import Rulebook, as_area_kind

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """A recorded incident that would get another response."""

    incident: str
    type: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalView:
    """What a new version would have done with the recorded past."""

    version: str
    incidents: int
    changed: int
    changes: tuple[PlanChange, ...]
    units_now: int
    units_then: int
    demand_now: dict[str, int]
    demand_then: dict[str, int]
    tasks_now: dict[str, int]
    tasks_then: dict[str, int]


class Ruled(Protocol):
    """What a rehearsal needs of a room; `rulebook` holds the cards that serve."""

    @property
    def codec(self) -> Codec: ...
    @property
    def town(self) -> Town: ...
    @property
    def rulebook(self) -> Rulebook: ...


def rehearse_cards(
    room: Ruled,
    reader: Reader,
    toml: str,
    opened_from: datetime | None,
    opened_before: datetime | None,
) -> RehearsalView:
    """Compare a new version with the present one; raises BadInput naming the card."""
    book = room.rulebook
    then = load_run_cards(toml, book.catalogue)
    rows = reader.rows(
        incident.kind, opened_from=opened_from, opened_before=opened_before
    )
    past: list[Recorded] = []
    for row in rows:
        case = room.codec.decode(Incident, row.body)
        kind = book.catalogue.by_code.get(case.type)
        if kind is None:
            continue
        area_kind = as_area_kind(room.town.area_kind(case.area)) if case.area else None
        past.append(
            Recorded(case.id, kind, Setting(case.priority, case.area, area_kind))
        )
    found = rehearse(book.cards, then, past)
    return RehearsalView(
        version=then.version,
        incidents=found.incidents,
        changed=len(found.changes),
        changes=tuple(
            PlanChange(
                incident=c.incident,
                type=c.type,
                was=c.was.code,
                becomes=c.becomes.code,
            )
            for c in found.changes[:MOST_SHOWN]
        ),
        units_now=found.units_now,
        units_then=found.units_then,
        demand_now=_plain(found.demand_now),
        demand_then=_plain(found.demand_then),
        tasks_now=_plain(found.tasks_now),
        tasks_then=_plain(found.tasks_then),
    )


def record_rehearsal(desk: Desk, toml: str, found: RehearsalView) -> Cards:
    """Note that a version was tried: the next start may take it into service.

    Raises RuleBroken where it was tried on nothing although there is a past.
    """
    if not found.incidents and desk.list(incident, limit=1):
        raise RuleBroken("no incident of that period: try a longer one")
    if desk.tx.find(cards.kind, cards_id(toml)) is not None:
        return desk.get(cards, cards_id(toml))
    return desk.open_as(
        cards_id(toml),
        record,
        edition=found.version,
        toml=toml,
        rehearsal=Rehearsal(
            incidents=found.incidents,
            changed=found.changed,
            units_now=found.units_now,
            units_then=found.units_then,
        ),
    )


def _plain(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(counts)
