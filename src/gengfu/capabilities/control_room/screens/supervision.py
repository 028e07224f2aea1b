"""The supervisor's board and the clock report."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gengfu.capabilities.control_room.live.reports import (
    ANSWER_WITHIN,
    GROUPS,
    clock_report,
    supervision,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import (
    IncidentView,
    TaskView,
    time_limit,
)
from gengfu.kernel import BadInput, CaseId
from gengfu.surface import Door

SHIFT = timedelta(hours=24)


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show what cannot wait, and the last day's clocks by hour."""
    del query
    room = door.runtime(Room)
    board = supervision(room)
    since = board.at - SHIFT
    clocks = await door.look(
        lambda reader: clock_report(room, reader, "hour", since, None)
    )
    zh = door.language == "zh"
    names = {a.id: a.name_zh if zh else a.name for a in room.city.agencies}

    def tasks(found: tuple[TaskView, ...]) -> list[dict[str, Any]]:
        return [_task(room, one, names, board.at, zh=zh) for one in found]

    late = [_incident(one, board.at) for one in board.late]
    calls = [
        {
            "channel": one.channel,
            "over_s": (board.at - one.opened_at - ANSWER_WITHIN).total_seconds(),
        }
        for one in board.late_calls
    ]
    return {
        "at": board.at,
        "board": {
            "late": [*calls, *late, *tasks(board.overdue)],
            "late_of": {
                "calls": len(calls),
                "incidents": len(late),
                "tasks": len(board.overdue),
            },
            "unsigned": tasks(board.unsigned),
            "refused": tasks(board.refused),
            "silent_units": [
                {
                    "callsign": one.unit.callsign,
                    "stage": one.unit.stage,
                    "age_s": (board.at - one.unit.since).total_seconds(),
                }
                for one in board.silent_units
            ],
            "heaping": [w for w in clocks.warnings if w.code == "heaping"],
            "click_through": [w for w in clocks.warnings if w.code != "heaping"],
            "waiting_calls": board.waiting_calls,
            "oldest_call_s": board.oldest_call_s,
        },
        "cards": room.issued,
        "clocks": clocks,
        "by": "hour",
        "group_names": {},
    }


async def fill_clocks(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show every clock against its standard."""
    room = door.runtime(Room)
    by = query.get("by", "area")
    if by not in GROUPS:
        raise BadInput(f"by: must be one of {', '.join(GROUPS)}")
    zone = ZoneInfo(room.town.timezone)
    since = _day(query.get("from", ""), zone)
    until = _day(query.get("to", ""), zone)
    before = None if until is None else until + timedelta(days=1)
    clocks = await door.look(
        lambda reader: clock_report(room, reader, by, since, before)
    )
    return {
        "clocks": clocks,
        "by": by,
        "group_names": _group_names(room, by, zh=door.language == "zh"),
        "since": query.get("from", ""),
        "until": query.get("to", ""),
    }


def _group_names(room: Room, by: str, *, zh: bool) -> dict[str, str]:
    """Return the words for the codes of areas and types."""
    if by == "area":
        return {a.code: a.name_zh if zh else a.name for a in room.city.areas}
    if by == "type":
        return {t.code: t.name_zh if zh else t.name for t in room.city.types}
    return {}


def _day(words: str, zone: ZoneInfo) -> datetime | None:
    if not words:
        return None
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise BadInput(f"{words[:20]!r} is not a date like 2026-11-21") from None
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _incident(one: IncidentView, now: datetime) -> dict[str, Any]:
    due = now if one.deadline is None else one.deadline.due_at
    return {
        "id": one.id,
        "code": one.code,
        "priority": one.priority,
        "place": one.place,
        "over_s": (now - due).total_seconds(),
    }


def _task(
    room: Room, one: TaskView, names: Mapping[str, str], now: datetime, *, zh: bool
) -> dict[str, Any]:
    limit = time_limit(one)
    return {
        "agency_name": names.get(one.agency or "", one.agency or one.role),
        "name": one.words_zh if zh else one.words,
        "stage": one.stage,
        "cause": one.cause_zh if zh else one.cause,
        "incident": one.case,
        "code": room.code_of(CaseId(one.case)),
        "over_s": (now - limit).total_seconds(),
    }
