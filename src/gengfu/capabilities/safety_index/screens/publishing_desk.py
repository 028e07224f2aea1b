"""The page of those who publish: what stands where, who signed, and what is next."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gengfu.capabilities.safety_index.cases.publications import (
    DRAFTS,
    PUBLIC_STAGES,
    PublicationCase,
    PublicationStage,
    approve,
    audit,
    compile,
    publication,
    publish,
    withdraw,
)
from gengfu.capabilities.safety_index.cases.publishing import (
    published_bytes,
    publishes,
)
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.cases.signals import (
    SignalCase,
    share,
    signal,
)
from gengfu.capabilities.safety_index.live.building import builds
from gengfu.capabilities.safety_index.live.jobs import Job, settled
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.rules.document import Publication, SignalShare
from gengfu.capabilities.safety_index.rules.escalating import RED
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.signal_values import ShareOfMonth
from gengfu.kernel import (
    BadInput,
    CaseId,
    Codec,
    Desk,
    Forbidden,
    GengfuError,
    Move,
    NotFound,
    Reader,
    Refused,
    RuleBroken,
    Said,
)
from gengfu.surface import Document, Door, Speech, acts_as

from .bands import BandCount, band_of, bands_of, counted, pick
from .forms import reason_of, recording_of, seen_of, words_of

MOST_SHOWN = 60
BUILD = "build"
_FIELDS = ("month", "why_en", "why_zh")
PATIENCE_S = 0.8
"""A month that takes longer is waited for by the page, which shows how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What a draft holds, so that nobody signs what was not looked at.

    `here` are the signals of its month as this server counts them now.
    """

    city: str
    code: str
    bands: Sequence[BandCount]
    worst: Sequence[str]
    notes: Sequence[str]
    signals: SignalShare | None
    here: ShareOfMonth

    @property
    def share_differs(self) -> bool:
        """Whether the server has counted other signals than the document says."""
        return self.here.raised > 0 and self.signals != self.here.published()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An issue on the page; `mine` is whether its reader compiled it."""

    case: PublicationCase
    moves: Sequence[str]
    mine: bool
    why: str
    inside: Inside | None


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show every issue, drafts first, and how far the work is that `job` names."""
    jobs = door.runtime(Library).jobs
    job = jobs.find(query.get("job", ""), _owner(door), BUILD)
    if job is not None:
        return await _of_work(door, job)
    return await _page(door, "", query.get("laid", ""), gone="job" in query)


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a button says, and show the page again."""
    try:
        if form.get("move") == BUILD:
            job = _begun(door, form)
            await settled(job, PATIENCE_S)
            return await _of_work(door, job)
        await door.do(_job(form))
    except Refused as refused:
        return await _page(door, door.words(refused), "", form=form)
    return await _page(door, "", "")


def _begun(door: Door, form: Mapping[str, str]) -> Job:
    """Begin to build a month; raises Refused."""
    library = door.runtime(Library)
    builder, actor = library.builder, door.actor
    if actor is None or not acts_as(door, compile.by, STATISTICS):
        raise Forbidden("a publication is built by a statistician")
    if builder is None:
        raise RuleBroken("this server has no store of events to build from")
    month, why = Month.read(form.get("month", "").strip()), _why(form)
    return library.jobs.start(
        _owner(door),
        BUILD,
        form,
        lambda told: builds(library, builder, actor, month, why, told),
    )


def _why(form: Mapping[str, str]) -> Said | None:
    en, zh = words_of(form, "why_en"), words_of(form, "why_zh")
    if bool(en) != bool(zh):
        raise BadInput("why: say it in both languages")
    return Said(en, zh) if en else None


def _owner(door: Door) -> str:
    return "" if door.actor is None else str(door.actor.id)


async def _of_work(door: Door, job: Job) -> Mapping[str, Any]:
    """Show the page with what came of building, or how far it is."""
    if not job.over:
        return await _page(door, "", "", job=job)
    try:
        made: PublicationCase = job.result
    except GengfuError as error:
        said = door.words(Refused(str(error)))
        return await _page(door, said, "", form=job.form)
    return await _page(door, "", made.id)


async def document(door: Door, speech: Speech, case: str) -> Document:
    """Return the very bytes of an issue: they can be read before it is signed."""
    del speech

    def read(reader: Reader) -> bytes:
        row = reader.find(publication.kind, CaseId(case))
        if row is None:
            raise NotFound(f"no {publication.kind} {case}")
        found = door.codec.decode(PublicationCase, row.body)
        return published_bytes(reader, door.codec, found)

    content = await door.look(read)
    return Document(name=f"{case}.json", media_type="application/json", content=content)


def _job(form: Mapping[str, str]) -> Callable[[Desk], PublicationCase]:
    """Return the move of a form; raises BadInput naming the field."""
    seen = seen_of(form)
    match form.get("move"):
        case "audit":
            audited = recording_of(form)
            return lambda desk: desk.apply(seen, audit, *audited)
        case "approve":
            return lambda desk: desk.apply(seen, approve)
        case "publish":
            return lambda desk: publishes(desk, seen)
        case "withdraw":
            reason = reason_of(form)
            return lambda desk: desk.apply(seen, withdraw, reason)
        case _:
            raise BadInput("move: not a move of a publication")


async def _page(
    door: Door,
    problem: str,
    laid: str,
    *,
    job: Job | None = None,
    form: Mapping[str, str] | None = None,
    gone: bool = False,
) -> Mapping[str, Any]:
    library = door.runtime(Library)
    zone, zh = ZoneInfo(library.site.town.timezone), door.language == "zh"
    me = "" if door.actor is None else str(door.actor.id)

    def read(reader: Reader) -> list[Shown]:
        decode = door.codec.decode
        cases = [decode(PublicationCase, r.body) for r in reader.rows(publication.kind)]
        cases.sort(key=lambda one: (one.period, one.issue, one.opened_at), reverse=True)
        signals = [decode(SignalCase, row.body) for row in reader.rows(signal.kind)]
        return [
            Shown(
                case=one,
                moves=_moves(door, one, me),
                mine=one.compiled_by == me,
                why="" if one.corrects is None else pick(one.corrects.why, zh=zh),
                inside=_inside(
                    reader, door.codec, one, share(signals, one.period, zone), zh=zh
                )
                if one.stage in DRAFTS
                else None,
            )
            for one in cases[:MOST_SHOWN]
        ]

    shown = await door.look(read)
    may_compile = acts_as(door, compile.by, STATISTICS)
    try:
        months = await _months(library, shown) if may_compile else []
    except Refused as refused:
        months, problem = [], problem or door.words(refused)
    return {
        "drafts": [row for row in shown if row.case.stage in DRAFTS],
        "public": [row for row in shown if row.case.stage not in DRAFTS],
        "may_compile": may_compile,
        "months": months,
        "form": {name: (form or {}).get(name, "") for name in _FIELDS},
        "job": job,
        "gone": gone,
        "laid": next((row.case for row in shown if row.case.id == laid), None),
        "problem": problem,
        "at": library.site.office.clock(),
    }


async def _months(library: Library, shown: Sequence[Shown]) -> list[tuple[str, int]]:
    """Return the months that can be built, the newest first, with their issues."""
    builder = library.builder
    if builder is None:
        return []
    found = await asyncio.to_thread(builder.months, library.site.office.clock())
    issues: dict[str, int] = {}
    for row in shown:
        if row.case.stage in PUBLIC_STAGES:
            issues[row.case.period] = max(
                row.case.issue, issues.get(row.case.period, 0)
            )
    months = [str(month) for month in found][::-1]
    return [(month, issues.get(month, 0)) for month in months]


_BY_STAGE: Mapping[PublicationStage, Sequence[tuple[str, Move[Any, ...]]]] = {
    PublicationStage.COMPILED: (("audit", audit), ("withdraw", withdraw)),
    PublicationStage.AUDITED: (("approve", approve), ("withdraw", withdraw)),
    PublicationStage.APPROVED: (("publish", publish), ("withdraw", withdraw)),
}
_NOT_BY_ITS_COMPILER = ("audit", "approve")


def _moves(door: Door, case: PublicationCase, me: str) -> list[str]:
    """Return what the reader of the page may do with an issue now."""
    return [
        name
        for name, move in _BY_STAGE.get(case.stage, ())
        if acts_as(door, move.by, STATISTICS)
        and not (name in _NOT_BY_ITS_COMPILER and case.compiled_by == me)
    ]


def _inside(
    reader: Reader, codec: Codec, case: PublicationCase, here: ShareOfMonth, *, zh: bool
) -> Inside:
    document = codec.decode(Publication, published_bytes(reader, codec, case))
    bands = bands_of(document, zh=zh)
    of_places = [(one, band_of(one, bands)) for one in document.places]
    return Inside(
        city=(zh and document.city_zh) or document.city,
        code=document.made.code,
        bands=counted([band for _, band in of_places], list(bands.values())),
        worst=[
            (zh and one.name_zh) or one.name
            for one, band in of_places
            if band.code == RED
        ],
        notes=[pick(one.said, zh=zh) for one in document.quality],
        signals=document.signals,
        here=here,
    )
