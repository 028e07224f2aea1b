"""An agency's page: what it is asked, signed for, refused or handed over."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.additions import Photo
from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import callsigns_of, time_limit
from gengfu.kernel import BadInput, CaseId, Desk, Refused, Seen, Stale, Task, TaskStage
from gengfu.kernel.both import half
from gengfu.kernel.tasks import finish
from gengfu.surface import Door

LONGEST = 500


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show the agency's open tasks."""
    del query
    return _page(door, "")


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a button says, and show the page again.

    What has changed since the page was shown is said in a person's words: who pressed
    second need not know of versions.
    """
    try:
        if form.get("move") == "hand_over":
            door.runtime(Room).check_agencies((form.get("to", ""),))
        await _done(door, form)
    except Stale:
        return _page(door, "") | {"meanwhile": _meanwhile(door, form)}
    except Refused as refused:
        return _page(door, door.words(refused))
    return _page(door, "")


async def _done(door: Door, form: Mapping[str, str]) -> None:
    """Do the move; once more where only a clock has moved the task on; raises Stale."""
    try:
        await door.do(_job(form))
    except Stale:
        now = _held(door, form)
        if now is None or now.stage != form.get("stage"):
            raise
        await door.do(_job({**form, "version": str(now.version)}))


def _held(door: Door, form: Mapping[str, str]) -> Task | None:
    """Return the task of a form as it stands, None where it is theirs no more."""
    found = door.runtime(Room).picture.tasks.get(CaseId(form["task"]))
    agency = None if door.actor is None else door.actor.represents
    return None if found is None or found.agency != agency else found


def _meanwhile(door: Door, form: Mapping[str, str]) -> dict[str, Any]:
    now = _held(door, form)
    about = CaseId(form["task"].partition(".")[0])
    code = door.runtime(Room).code_of(about)
    if now is None:
        return {"what": "gone", "code": code, "at": None}
    return {"what": now.stage, "code": code, "at": now.signed_at}


def _job(form: Mapping[str, str]) -> Callable[[Desk], Task]:
    """Return the move of a form; raises BadInput naming the field."""
    words = form.get("words", "").strip()
    if len(words) > LONGEST:
        raise BadInput("words: too long")
    try:
        seen = Seen(CaseId(form["task"]), int(form["version"]))
    except (KeyError, ValueError):
        raise BadInput("task, version: missing or unreadable") from None
    match form.get("move"):
        case "sign":
            return lambda desk: actions.signs(desk, seen)
        case "finish":
            return lambda desk: desk.apply(seen, finish, words or None)
        case "refuse":
            return lambda desk: actions.refuses(desk, seen, _needed(words))
        case "hand_over":
            to = form.get("to", "")
            return lambda desk: actions.hands_over(desk, seen, to, _needed(words))
        case _:
            raise BadInput("move: not a move of a task")


def _needed(words: str) -> str:
    if not words:
        raise BadInput("say why, in a few words")
    return words


def _page(door: Door, problem: str) -> dict[str, Any]:
    room = door.runtime(Room)
    now = room.now()
    agency = "" if door.actor is None else door.actor.represents or ""
    zh = door.language == "zh"
    names = {a.id: a.name_zh if zh else a.name for a in room.city.agencies}
    mine = [t for t in room.picture.tasks.values() if t.agency == agency]
    shown = [_shown(room, task, now, zh=zh) for task in sorted(mine, key=_urgency)]
    return {
        "agency": names.get(agency, agency),
        "others": {code: name for code, name in names.items() if code != agency},
        "tasks": shown,
        "problem": problem,
        "meanwhile": None,
        "at": now,
    }


def _photos(about: Incident) -> list[tuple[Photo, str]]:
    """Return the photos of an incident, each with who took it."""
    callsigns: dict[str | None, str] = {**callsigns_of(about)}
    return [(one, callsigns.get(one.unit, one.by)) for one in about.photos]


def _urgency(task: Task) -> tuple[bool, datetime, str]:
    return task.stage is TaskStage.SIGNED, time_limit(task), task.id


def _shown(room: Room, task: Task, now: datetime, *, zh: bool) -> dict[str, Any]:
    about = room.picture.incidents.get(task.about.id)
    language = "zh" if zh else "en"
    kind = None if about is None else room.rulebook.catalogue.by_code.get(about.type)
    limit = time_limit(task)
    said = None if kind is None else kind.name.zh if zh else kind.name.en
    place = None if about is None else about.place
    return {
        "id": task.id,
        "version": task.version,
        "stage": task.stage,
        "words": half(task.spec.words, language) or task.spec.name,
        "type": said or "",
        "code": "" if about is None else about.code,
        "priority": None if about is None else about.priority,
        "place": "" if place is None else place.words,
        "summary": "" if about is None else about.summary,
        "incident": task.about.id,
        "photos": [] if about is None else _photos(about),
        "left_s": (limit - now).total_seconds(),
        "cause": half(task.cause, language),
        "signed_at": task.signed_at,
    }
