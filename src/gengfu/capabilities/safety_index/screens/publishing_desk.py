"""The page of those who publish: what stands where, who signed, and what is next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gengfu.capabilities.safety_index.cases.publications import (
    DRAFTS,
    PublicationCase,
    PublicationStage,
    approve,
    audit,
    publication,
    publish,
    withdraw,
)
from gengfu.capabilities.safety_index.cases.publishing import (
    published_bytes,
    publishes,
)
from gengfu.capabilities.safety_index.cases.roles import (
    STATISTICIAN,
    STATISTICS,
)
from gengfu.capabilities.safety_index.cases.signals import (
    SignalCase,
    share,
    signal,
)
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.capabilities.safety_index.rules.document import Publication, SignalShare
from gengfu.capabilities.safety_index.rules.escalating import RED
from gengfu.capabilities.safety_index.rules.signal_values import ShareOfMonth
from gengfu.kernel import (
    BadInput,
    CaseId,
    Codec,
    Desk,
    Move,
    NotFound,
    Reader,
    Refused,
)
from gengfu.surface import Document, Door, Speech, acts_as

from .bands import BandCount, band_of, bands_of, counted, pick
from .forms import reason_of, recording_of, seen_of

MOST_SHOWN = 60


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
    """Show every issue, drafts first."""
    return await _page(door, "", query.get("laid", ""))


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Do what a button says, and show the page again."""
    try:
        await door.do(_job(form))
    except Refused as refused:
        return await _page(door, door.words(refused), "")
    return await _page(door, "", "")


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


async def _page(door: Door, problem: str, laid: str) -> Mapping[str, Any]:
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
    return {
        "drafts": [row for row in shown if row.case.stage in DRAFTS],
        "public": [row for row in shown if row.case.stage not in DRAFTS],
        "may_compile": acts_as(door, (STATISTICIAN,), STATISTICS),
        "laid": next((row.case for row in shown if row.case.id == laid), None),
        "problem": problem,
        "at": library.site.office.clock(),
    }


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
