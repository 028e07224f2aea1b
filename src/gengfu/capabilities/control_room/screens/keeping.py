"""The data-protection page, and the forms that hold, release and erase words."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gengfu.capabilities.control_room.cases.calls import call
from gengfu.capabilities.control_room.cases.closures import closure
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.keepings import (
    GoTogether,
    erases,
    holds,
    releases,
)
from gengfu.capabilities.control_room.cases.orders import order
from gengfu.capabilities.control_room.live.keepings import retention_view
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import BadInput, CaseId, Desk, Keeping, NotFound, Ref, Refused
from gengfu.surface import Door

SHORTEST, LONGEST = 3, 500
KEPT = (incident, call, order, closure)
"""What the forms take the id of; an order about an incident stands for that."""
REVIEW_AFTER = timedelta(days=180)
"""The day that the form for a hold proposes."""


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show how long words are kept, what is due, held and erased."""
    del query
    return await _page(door, "")


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a form says about the case it names, and show the page again."""
    wanted = CaseId(form.get("case", "").strip())
    if not wanted:
        nameless = BadInput("name the call, incident, order or closure")
        return await _page(door, door.words(nameless))
    kind = next((m.kind for m in KEPT if wanted.startswith(f"{m.kind}-")), None)
    if kind is None:
        unknown = NotFound(f"no call, incident, order or closure {wanted[:64]}")
        return await _page(door, door.words(unknown))
    about = Ref(kind, wanted)
    try:
        await door.do(_job(door, about, form))
    except GoTogether as several:
        asked = {"case": about.id, "callers": several.calls, "reason": form["reason"]}
        return {**await _page(door, ""), "asked": asked}
    except Refused as refused:
        return await _page(door, door.words(refused))
    return await _page(door, "")


async def taken(door: Door, about: Ref, form: Mapping[str, str]) -> str:
    """Hold, release or erase as a form says; return why not, or nothing."""
    try:
        await door.do(_job(door, about, form))
    except Refused as refused:
        return door.words(refused)
    return ""


def proposed_review(room: Room) -> str:
    """Return the day that a form proposes for looking at a hold again."""
    return (_local(room, room.now()) + REVIEW_AFTER).date().isoformat()


async def _page(door: Door, problem: str) -> Mapping[str, Any]:
    room = door.runtime(Room)
    rules = room.rulebook.retention
    view = await door.look(
        lambda reader: retention_view(room.codec, reader, rules, room.now())
    )
    zh = door.language == "zh"
    names = {t.code: t.name_zh if zh else t.name for t in room.city.types}
    names |= {d.code: d.name_zh if zh else d.name for d in room.city.domains}
    return {
        "view": view,
        "names": names,
        "problem": problem,
        "asked": None,
        "review": proposed_review(room),
    }


def _job(door: Door, about: Ref, form: Mapping[str, str]) -> Callable[[Desk], Keeping]:
    room = door.runtime(Room)
    reason = form.get("reason", "").strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise BadInput(f"reason: {SHORTEST} to {LONGEST} letters")
    match form.get("move"):
        case "hold":
            day = _end_of(room, form.get("review", ""))
            return lambda desk: holds(desk, about, reason, day)
        case "release":
            return lambda desk: releases(desk, about, reason)
        case "erase":
            callers = _count(form.get("callers", "1"))
            rules = room.rulebook.retention
            return lambda desk: erases(desk, about, rules, reason, callers)
        case _:
            raise BadInput("move: not a move of a keeping")


def _count(words: str) -> int:
    try:
        return int(words)
    except ValueError:
        raise BadInput("callers: not a number") from None


def _end_of(room: Room, words: str) -> datetime:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise BadInput("review: not a date like 2026-11-21") from None
    try:
        return datetime.combine(day, time(23, 59), ZoneInfo(room.town.timezone))
    except OverflowError:
        raise BadInput("review: no such day") from None


def _local(room: Room, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(room.town.timezone))
