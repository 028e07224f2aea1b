"""The page of notices, warnings and interviews: what is red, and what may follow."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gengfu.capabilities.safety_index.cases.escalations import (
    Escalation,
    EscalationStage,
    audit_recording,
    close,
    escalation,
    give_notice,
    gives_notice,
    interview,
    interviews,
    warn,
    warns,
)
from gengfu.capabilities.safety_index.cases.publications import PublicationCase
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.escalating import (
    RED,
    BandOfMonth,
    red_often,
)
from gengfu.capabilities.safety_index.rules.periods import Month as Period
from gengfu.kernel import BadInput, Desk, Move, Reader, Refused
from gengfu.surface import Door, acts_as

from .forms import reason_of, recording_of, seen_of

MOST_CLOSED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What was published of an area in a month, with the band's word."""

    period: str
    word: str
    red: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedArea:
    """An area whose newest published month is red, without an open escalation."""

    id: str
    name: str
    months: Sequence[Month]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An escalation; `often` is whether it is red often enough for the next step."""

    case: Escalation
    name: str
    months: Sequence[Month]
    often: bool
    moves: Sequence[str]


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show what is red and what was done about it."""
    del query
    return await _page(door, "")


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a button says, and show the page again."""
    library = door.runtime(Library)
    try:
        await door.do(_job(form, library.config.red, library.config.red_of))
    except Refused as refused:
        return await _page(door, door.words(refused))
    return await _page(door, "")


def _job(form: Mapping[str, str], red: int, of: int) -> Callable[[Desk], Escalation]:
    """Return the move of a form; raises BadInput naming the field."""
    if form.get("move") == "give_notice":
        area = form.get("area", "")
        if not area:
            raise BadInput("area: choose one")
        return lambda desk: gives_notice(desk, area, of)
    seen = seen_of(form)
    match form.get("move"):
        case "audit_recording":
            audited = recording_of(form)
            return lambda desk: desk.apply(seen, audit_recording, *audited)
        case "warn":
            return lambda desk: warns(desk, seen, red, of)
        case "interview":
            return lambda desk: interviews(desk, seen, red, of)
        case "close":
            reason = reason_of(form)
            return lambda desk: desk.apply(seen, close, reason)
        case _:
            raise BadInput("move: not a move of an escalation")


async def _page(door: Door, problem: str) -> Mapping[str, Any]:
    library = door.runtime(Library)
    zh, config = door.language == "zh", library.config
    issues = await library.published(door)
    documents = await asyncio.to_thread(_newest, library, issues, config.red_of)
    newest = documents[-1] if documents else None
    names = {
        area: (name_zh or name) if zh else name
        for area, (name, name_zh) in library.site.town.area_names().items()
    }
    words = _words(newest, zh=zh)

    def read(reader: Reader) -> list[Escalation]:
        rows = reader.rows(escalation.kind)
        return [door.codec.decode(Escalation, row.body) for row in rows][::-1]

    shown = [
        _shown(door, one, _history(documents, one.area or "") or one.history, library)
        for one in await door.look(read)
    ]
    rows = [
        Shown(
            case=case,
            name=names.get(case.area or "", case.area or ""),
            months=_months(history, words),
            often=often,
            moves=moves,
        )
        for case, history, often, moves in shown
    ]
    going = [row for row in rows if row.case.stage is not EscalationStage.CLOSED]
    over = [row for row in rows if row.case.stage is EscalationStage.CLOSED]
    busy = {row.case.area for row in going}
    return {
        "published": newest is not None,
        "period": "" if newest is None else newest.period,
        "red": [
            RedArea(
                id=place.id,
                name=names.get(place.id, (zh and place.name_zh) or place.name),
                months=_months(_history(documents, place.id), words),
            )
            for place in (newest.places if newest else ())
            if place.band == RED and place.id not in busy
        ],
        "going": going,
        "over": over[:MOST_CLOSED],
        "needed": config.red,
        "of": config.red_of,
        "reader": actor_of(door),
        "may_notify": acts_as(door, give_notice.by, STATISTICS),
        "problem": problem,
        "at": library.site.office.clock(),
    }


def _newest(
    library: Library, issues: Sequence[PublicationCase], of: int
) -> list[Publication]:
    """Return the newest issues of the last `of` months up to the newest, in order."""
    if not issues:
        return []
    latest: dict[str, PublicationCase] = {}
    for case in issues:  # the newest issue of a month stands first
        latest.setdefault(case.period, case)
    months = Period.read(issues[0].period).back(of)
    known = [latest[str(month)] for month in months if str(month) in latest]
    return [library.editions.of(case).document for case in known]


def _history(documents: Sequence[Publication], area: str) -> tuple[BandOfMonth, ...]:
    """Return an area's bands, oldest first; nothing where it is not published now."""
    found = [
        BandOfMonth(period=document.period, issue=document.issue, band=place.band)
        for document in documents
        for place in document.places
        if place.id == area
    ]
    current = bool(found) and found[-1].period == documents[-1].period
    return tuple(found) if current else ()


def _words(document: Publication | None, *, zh: bool) -> Mapping[str, str]:
    bands = () if document is None else document.method.bands
    return {one.code: one.said.zh if zh else one.said.en for one in bands}


def _months(
    history: Sequence[BandOfMonth], words: Mapping[str, str]
) -> tuple[Month, ...]:
    return tuple(
        Month(
            period=one.period, word=words.get(one.band, one.band), red=one.band == RED
        )
        for one in history
    )


_BY_STAGE: Mapping[EscalationStage, Sequence[tuple[str, Move[Any, ...]]]] = {
    EscalationStage.NOTICED: (
        ("audit_recording", audit_recording),
        ("warn", warn),
        ("close", close),
    ),
    EscalationStage.WARNED: (
        ("audit_recording", audit_recording),
        ("interview", interview),
        ("close", close),
    ),
    EscalationStage.INTERVIEWED: (("close", close),),
}


def actor_of(door: Door) -> str:
    """Return who reads the page; empty where nobody is signed in."""
    return "" if door.actor is None else str(door.actor.id)


def _shown(
    door: Door, case: Escalation, history: tuple[BandOfMonth, ...], library: Library
) -> tuple[Escalation, tuple[BandOfMonth, ...], bool, list[str]]:
    """Return a case, its bands now, whether red often enough, and what may be done."""
    often = red_often(history, library.config.red, library.config.red_of)
    audited = case.audit is not None and case.audit.by != actor_of(door)
    met = {
        "warn": often and audited,
        "interview": often and audited and history[-1].period > case.steps[-1].period,
    }
    moves = [
        name
        for name, move in _BY_STAGE.get(case.stage, ())
        if acts_as(door, move.by, STATISTICS) and met.get(name, True)
    ]
    return case, history, often, moves
