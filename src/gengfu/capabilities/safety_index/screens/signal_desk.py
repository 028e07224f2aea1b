"""A station's page: the signals it is asked to check, and those it has checked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS, STATISTICS
from gengfu.capabilities.safety_index.cases.signals import (
    SignalCase,
    SignalOutcome,
    SignalStage,
    checks,
    hands_over,
    signal,
    signs,
)
from gengfu.capabilities.safety_index.cases.watches import WatchCase, watch
from gengfu.capabilities.safety_index.live.library import Library, NightWatch
from gengfu.kernel import BadInput, Desk, NotFound, Refused, Task
from gengfu.kernel.tasks import task
from gengfu.surface import Door, acts_as

from .bands import pick
from .forms import seen_of, words_of

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A signal on the page; `asked` is its task while that waits.

    A domain is said in words, and so is a kind of event that the control room knows;
    others as the city's records have them.
    """

    case: SignalCase
    area: str
    kind: str
    station: str
    mine: bool
    asked: Task | None
    left_s: float


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show the signals of one's station; to staff those of all."""
    del query
    return await _page(door, "")


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a button says, and show the page again."""
    try:
        posts = door.runtime(Library).site.town.posts
        await door.do(_job(form, {post.id for post in posts}))
    except Refused as refused:
        return await _page(door, door.words(refused))
    return await _page(door, "")


def _job(
    form: Mapping[str, str], stations: Collection[str]
) -> Callable[[Desk], SignalCase]:
    """Return the move of a form; raises BadInput naming the field, or NotFound."""
    words, seen = words_of(form, "words"), seen_of(form)
    match form.get("move"):
        case "sign":
            return lambda desk: signs(desk, seen.id)
        case "hand_over":
            to = form.get("to", "")
            if to not in stations:
                raise NotFound(f"no station {to}")
            return lambda desk: hands_over(desk, seen.id, to, _needed(words))
        case "check":
            outcome = form.get("outcome", "")
            if outcome not in set(SignalOutcome):
                raise BadInput("outcome: choose one")
            return lambda desk: checks(
                desk, seen, SignalOutcome(outcome), _needed(words)
            )
        case _:
            raise BadInput("move: not a move of a signal")


def _needed(words: str) -> str:
    if not words:
        raise BadInput("words: say what was found")
    return words


async def _page(door: Door, problem: str) -> Mapping[str, Any]:
    library = door.runtime(Library)
    town, zh = library.site.town, door.language == "zh"
    mine = "" if door.actor is None else door.actor.represents or ""

    staff = acts_as(door, STAFF_READERS, STATISTICS)

    def read(
        desk: Desk,
    ) -> tuple[list[tuple[SignalCase, Task | None]], WatchCase | None]:
        found: list[tuple[SignalCase, Task | None]] = []
        for one in desk.list(signal)[::-1]:
            tasks = desk.list(task, about=one.id)
            if mine and all(asked.agency != mine for asked in tasks):
                continue
            waits = (asked for asked in tasks if asked.stage not in task.ends)
            found.append((one, next(waits, None)))
        nights = desk.list(watch) if staff else ()
        last = max(nights, key=lambda one: one.day, default=None)
        return found[:MOST_SHOWN], last

    found, last = await door.do(read)
    now = library.site.office.clock()
    stations = {p.id: (p.name_zh or p.name) if zh else p.name for p in town.posts}
    areas = {
        area: (name_zh or name) if zh else name
        for area, (name, name_zh) in town.area_names().items()
    }
    known = {code: pick(said, zh=zh) for code, said in library.kinds.items()}
    domains = {one.code: pick(one.said, zh=zh) for one in library.config.domains}
    kinds = known | domains
    shown = [
        Shown(
            case=one,
            area=areas.get(one.finding.area, one.finding.area),
            kind=kinds.get(one.finding.kind, one.finding.kind),
            station=stations.get(_holder(one, asked), one.station),
            mine=asked is not None and bool(mine) and asked.agency == mine,
            asked=asked,
            left_s=0.0 if asked is None else _left_s(asked, now),
        )
        for one, asked in found
    ]
    waiting = [row for row in shown if row.asked is not None]
    done = [row for row in shown if row.case.stage is SignalStage.CHECKED]
    return {
        "station": stations.get(mine, ""),
        "others": {one: name for one, name in stations.items() if one != mine},
        "waiting": sorted(waiting, key=lambda row: row.left_s),
        "done": done,
        "problem": problem,
        "at": now,
        "staff": staff,
        "night": library.night,
        "hindered": _hindered(door, library.night),
        "last": last,
    }


def _hindered(door: Door, night: NightWatch | None) -> str:
    if night is None or not night.trouble:
        return ""
    return door.words(Refused(night.trouble))


def _holder(case: SignalCase, asked: Task | None) -> str:
    if asked is not None:
        return asked.agency or case.station
    return case.checked_by or case.station


def _left_s(asked: Task, now: datetime) -> float:
    limit = asked.sign_by if asked.signed_at is None else asked.due_by
    return (limit - now).total_seconds()
