"""How far a report is, for whoever has its code; and "not fixed" in one tap.

No words of the call, no place, no name and no unit is shown: the code may have come
into other hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gengfu.capabilities.control_room.cases.calls import CallStage
from gengfu.capabilities.control_room.cases.incidents import IncidentStage
from gengfu.capabilities.control_room.cases.receipts import (
    Matter,
    contests,
    read_code,
    read_matter,
    said_code,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import BadInput, CaseId, NotFound, Refused, RuleBroken, TaskStage
from gengfu.surface import Door

LONGEST = 40
MISSING = ("Type the code of your report.", "请填写报告编号。")
UNKNOWN = (
    "No report has this code. Please look at it again.",
    "没有这个编号，请核对。",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way, and when it was reached."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An agency that was asked, and how far it is."""

    name: str
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier end: who said it was done, when it was ended, who did not agree."""

    done: tuple[Asked, ...]
    ended_at: datetime | None
    contested_at: datetime
    by_holder: bool


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Ask for a code, or show how far its report is."""
    words = query.get("code", "")[:LONGEST].strip()
    if not words:
        problem = MISSING[door.language == "zh"] if "code" in query else ""
        return _page(door, None, "", problem)
    return await _shown(door, words, "")


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Take in that it is not fixed, and show how far it is now."""
    words = form.get("code", "")[:LONGEST].strip()
    if form.get("move") != "not_fixed":
        raise BadInput("move: not a move of a report")
    wanted = read_code(words)
    if wanted is None:
        return _page(door, None, words, _unknown(door))
    rule = door.runtime(Room).rulebook.policy.contesting
    try:
        await door.do(lambda desk: contests(desk, wanted, rule))
    except NotFound:
        return _page(door, None, words, _unknown(door))
    except Refused as refused:
        return await _shown(door, words, door.words(refused))
    return dict(await _shown(door, words, "")) | {"passed_on": True}


async def _shown(door: Door, words: str, problem: str) -> Mapping[str, Any]:
    wanted = read_code(words)
    found = None if wanted is None else await _look(door, wanted)
    if found is None:
        return _page(door, None, words, _unknown(door))
    return _page(door, found, words, problem)


async def _look(door: Door, wanted: CaseId) -> Matter | None:
    try:
        return await door.look(lambda reader: read_matter(reader, door.codec, wanted))
    except NotFound:
        return None


def _unknown(door: Door) -> str:
    return UNKNOWN[door.language == "zh"]


def _page(
    door: Door, matter: Matter | None, words: str, problem: str
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "matter": None,
        "typed": words,
        "problem": problem,
        "passed_on": False,
    }
    if matter is None:
        return shown
    code = said_code(matter.receipt.id)
    return shown | {"matter": _told(door, matter), "keep_query": f"code={code}"}


def _told(door: Door, matter: Matter) -> dict[str, Any]:
    room = door.runtime(Room)
    zh = door.language == "zh"
    rule = room.rulebook.policy.contesting
    case = matter.incident
    kind = room.rulebook.catalogue.by_code.get(
        (matter.call.type or "") if case is None else case.type
    )
    names = {a.id: a.name_zh if zh else a.name for a in room.city.agencies}
    try:
        matter.check_contest(rule, room.now())
        may_contest = True
    except RuleBroken:
        may_contest = False
    said = matter.receipt.contested
    earlier = tuple(
        Before(
            tuple(Asked(names.get(a, a), TaskStage.DONE, at) for a, at in end.done),
            end.closed_at,
            end.contested_at,
            end.contested_at in said,
        )
        for end in matter.earlier
    )
    return {
        "code": said_code(matter.receipt.id),
        "kind": "" if kind is None else kind.name.zh if zh else kind.name.en,
        "state": state(matter),
        "steps": _steps(matter),
        "agencies": [
            Asked(names.get(t.agency, t.agency), t.stage, t.ended_at or t.opened_at)
            for t in matter.tasks
            if t.agency is not None
        ],
        "contested": set(said) - {end.contested_at for end in earlier},
        "earlier": earlier,
        "may_contest": may_contest,
        "days": rule.within.days,
    }


def state(matter: Matter) -> str:
    """Return how far a matter is, as the dictionary of pages calls it."""
    case, taken = matter.incident, matter.call
    if case is None:
        return {
            CallStage.RINGING: "received",
            CallStage.DISMISSED: "dismissed",
            CallStage.ERASED: "dismissed",
        }.get(taken.stage, "read")
    if case.stage in (IncidentStage.CLOSED, IncidentStage.ERASED):
        return "ended"
    if matter.ended_at is not None:
        return "done"
    contested = matter.receipt.contested
    if contested and case.stage in (IncidentStage.WAITING, IncidentStage.DISPATCHED):
        return "again"
    return {
        IncidentStage.WAITING: "accepted",
        IncidentStage.DISPATCHED: "sent",
        IncidentStage.EN_ROUTE: "sent",
    }.get(case.stage, "there")


def _steps(matter: Matter) -> tuple[Step, ...]:
    taken, case = matter.call, matter.incident
    first = (Step("received", taken.opened_at), Step("read", taken.answered_at))
    if case is None:
        ended = (Step("dismissed", taken.ended_at),) if taken.ended_at else ()
        return (*first, *ended)
    clocks = case.clocks
    return (
        *first,
        Step("accepted", taken.ended_at),
        Step("sent", clocks.dispatched),
        Step("there", clocks.on_scene),
        Step("ended", matter.closed_at),
    )
