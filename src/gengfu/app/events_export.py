"""Closed incidents as events by month: from the ledger's cases to Parquet.

What flows out is what outlives the words of an incident: when the first call came,
the kind, the area, how it was reported, how many died, what it repeats. Where nothing
was found when it was closed there was no event. The place is as precise as
the city's retention rules leave it after erasure, so that erasing an incident needs
nothing of the files, and an export after it says what one before it said.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import batched
from pathlib import Path
from zoneinfo import ZoneInfo

from gengfu.adapters.city import load
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import (
    SIMULATED,
    Event,
    EventStore,
    MonthVersion,
    events_table,
)
from gengfu.capabilities.control_room.cases.calls import Call, Channel, call, coarse
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    IncidentStage,
    incident,
)
from gengfu.capabilities.control_room.cases.outcomes import UNFOUNDED
from gengfu.capabilities.control_room.live.rulebook import read_retention
from gengfu.capabilities.control_room.rules.retention import Retention
from gengfu.kernel import BadInput, Case, CaseId, Codec, Machine, Reader, Ref

from .auditing import existing
from .config import Settings
from .listing import BATCH, listed

WHY = "closed incidents from the ledger"
OVER = (IncidentStage.CLOSED, IncidentStage.MERGED, IncidentStage.ERASED)
DESK = "desk"
"""The source of an incident that nobody called about."""
SOURCES = {
    Channel.PHONE: ("call", "resident"),
    Channel.WEB: ("web", "resident"),
    Channel.TEXT: ("text", "resident"),
    Channel.ALARM: ("alarm", "resident"),
    Channel.AGENCY: ("agency", "agency"),
}
"""How a channel is called in events, and who begins what comes by it.

An alarm is a resident's or a shop's own; who watches it for them does not matter.
"""


class LeftOut(StrEnum):
    """Why an incident that is over is no event (yet)."""

    SIMULATED = "simulated"
    MERGED_INTO_OPEN = "merged-into-open"
    UNFOUNDED = "unfounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export read, and which months it stated anew."""

    events: int
    left_out: dict[LeftOut, int]
    stated: tuple[MonthVersion, ...]


def export_events(
    settings: Settings,
    folder: Path,
    at: datetime,
    *,
    since: datetime | None = None,
    simulated: bool = False,
) -> Exported:
    """Bring incidents that are over into a store of events; twice changes nothing.

    What was brought in before and turned out to be nothing is taken out again.

    `since` leaves out what was opened earlier; without a zone it is by the city's
    clocks. Months between the first and the last event without any are stated empty.

    Raises:
        BadInput: no city is named, its rules cannot be read, or the store keeps months
            by another time zone.
        NotFound: there is no such database.
        Unavailable: another writer is at the store.

    """
    if settings.city is None:
        raise BadInput("--city: name the city pack whose clocks and rules apply")
    city = load(settings.city)
    zone = ZoneInfo(city.timezone)
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=zone)
    rules = read_retention(city.data_file)
    events = EventStore(folder, city.timezone)
    ledger = existing(settings)
    try:
        collected = ledger.read(
            lambda reader: collect(
                reader, JsonCodec(), rules, since=since, simulated=simulated
            )
        )
    finally:
        ledger.close()
    found = collected.events
    if not found and not events.months():
        return Exported(events=0, left_out=dict(collected.left_out), stated=())
    months = sorted(f"{one.at.astimezone(zone):%Y-%m}" for one in found)
    stated = events.add(
        events_table(found),
        WHY,
        at,
        covers=(months[0], months[-1]) if months else None,
        withdrawn=collected.unfounded,
    )
    return Exported(events=len(found), left_out=dict(collected.left_out), stated=stated)


@dataclass(slots=True)
class Collected:
    """Events in order of opening, and how many incidents are none."""

    events: list[Event] = field(default_factory=list[Event])
    unfounded: list[str] = field(default_factory=list[str])
    left_out: Counter[LeftOut] = field(default_factory=Counter[LeftOut])


def collect(
    reader: Reader,
    codec: Codec,
    rules: Retention,
    *,
    since: datetime | None = None,
    simulated: bool = False,
) -> Collected:
    """Return incidents that are over as events."""
    found = Collected()
    rows = listed(reader, incident.kind, OVER, opened_from=since)
    for batch in batched(rows, BATCH):
        cases = [codec.decode(Incident, row.body) for row in batch]
        told = {one.id: _told(reader, codec, one) for one in cases}
        calls = _found(
            reader, codec, call, [c for known in told.values() for c in known]
        )
        for case in cases:
            if case.simulated and not simulated:
                found.left_out[LeftOut.SIMULATED] += 1
                continue
            main = case if case.merged_into is None else _main(reader, codec, case)
            if main.stage not in OVER:
                found.left_out[LeftOut.MERGED_INTO_OPEN] += 1
                continue
            if main.finding in UNFOUNDED:
                found.left_out[LeftOut.UNFOUNDED] += 1
                found.unfounded.append(case.id)
                continue
            mine = [calls[known] for known in told[case.id] if known in calls]
            repeats = None if main.id == case.id else str(main.id)
            found.events.append(_event(case, mine, repeats, rules))
    return found


def _event(
    case: Incident, calls: Sequence[Call], repeats: str | None, rules: Retention
) -> Event:
    first = min(calls, key=lambda one: (one.opened_at, one.id), default=None)
    by_desk = first is None or (
        not case.calls and case.clocks.received < first.opened_at
    )
    source, initiated_by = DESK, "police"
    if first is not None and not by_desk:
        source, initiated_by = SOURCES[first.channel]
    place = coarse(case.place, rules.rule_for(case.type).decimals)
    return Event(
        event_id=case.id,
        at=case.clocks.received,
        kind=case.type,
        area=case.area,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        source=SIMULATED + source if case.simulated else source,
        deaths=case.deaths or 0,
        duplicate_of=repeats,
        initiated_by=initiated_by,
    )


def _told(reader: Reader, codec: Codec, case: Incident) -> tuple[CaseId, ...]:
    """Return the calls about an incident and about all that were merged into it."""
    calls, seen, waiting = case.calls, {case.id}, set(case.absorbed)
    while fresh := waiting - seen:
        seen |= fresh
        others = _found(reader, codec, incident, sorted(fresh)).values()
        calls += tuple(known for one in others for known in one.calls)
        waiting = {known for one in others for known in one.absorbed}
    return calls


def _main(reader: Reader, codec: Codec, case: Incident) -> Incident:
    """Return the incident at which the merges of this one end."""
    seen = {case.id}
    while case.merged_into is not None and case.merged_into not in seen:
        seen.add(case.merged_into)
        row = reader.find(incident.kind, case.merged_into)
        if row is None:
            break
        case = codec.decode(Incident, row.body)
    return case


def _found[C: Case](
    reader: Reader, codec: Codec, machine: Machine[C], wanted: Sequence[CaseId]
) -> dict[CaseId, C]:
    rows = reader.find_many([Ref(machine.kind, one) for one in wanted])
    return {row.id: codec.decode(machine.case, row.body) for row in rows}
