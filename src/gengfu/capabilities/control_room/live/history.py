"""After action: everything that happened in one incident, from the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, cast

from gengfu.capabilities.control_room.cases.calls import Call, call
from gengfu.capabilities.control_room.cases.incidents import (
    Correction,
    Incident,
    incident,
)
from gengfu.capabilities.control_room.cases.orders import order
from gengfu.capabilities.control_room.cases.outcomes import Recount
from gengfu.capabilities.control_room.cases.recommendations import (
    Recommendation,
    recommendation,
)
from gengfu.capabilities.control_room.rules.types import answered
from gengfu.kernel import CaseId, Codec, Logged, NotFound, Reader, Ref
from gengfu.kernel.both import half
from gengfu.kernel.keeping import keeping
from gengfu.kernel.tasks import task

from .hazards import HazardView
from .keepings import KeepingView, find_keeping, keeping_view
from .rulebook import Rulebook
from .views import (
    CallView,
    IncidentView,
    OrderView,
    PhotoView,
    TaskView,
    call_view,
    order_view,
    photo_view,
    task_view,
)

MOST_LISTED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One entry of the ledger as people read it; facts are gone once erased."""

    seq: int
    at: datetime
    kind: str
    case: str
    move: str
    actor: str
    role: str
    represents: str | None
    facts: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """A question of the protocol and what was answered, in words."""

    question: str
    question_zh: str
    answer: str
    answer_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """Words somebody added, and the unit that person spoke for, if any."""

    at: datetime
    by: str
    unit: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistory:
    """An incident with all that belongs to it."""

    incident: IncidentView
    calls: tuple[CallView, ...]
    tasks: tuple[TaskView, ...]
    orders: tuple[OrderView, ...]
    timeline: tuple[TimelineItem, ...]
    answers: tuple[AnswerView, ...]
    """What callers answered to the questions of the type: what a crew goes into."""
    given: dict[str, str]
    """All answers by the question's id, those to questions of an earlier type too."""
    notes: tuple[NoteView, ...]
    photos: tuple[PhotoView, ...]
    corrections: tuple[Correction, ...]
    recounts: tuple[Recount, ...]
    recommendations: tuple[Recommendation, ...]
    hazards: tuple[HazardView, ...]
    keeping: KeepingView | None
    """How long its words are kept; of a merged incident, those of the main one."""
    callers: int
    """How many calls go together when words are erased: all of the merged ones too."""


class Shower(Protocol):
    """What the history needs of the room."""

    @property
    def codec(self) -> Codec: ...
    @property
    def rulebook(self) -> Rulebook: ...
    def incident_view(self, case: Incident) -> IncidentView: ...
    def hazards_near(
        self, lon: float | None, lat: float | None
    ) -> tuple[HazardView, ...]: ...


def history(
    room: Shower, reader: Reader, wanted: CaseId, language: str = "en"
) -> CaseHistory:
    """Gather one incident's history; raises NotFound.

    What the platform said is told in this language.
    """
    row = reader.find(incident.kind, wanted)
    if row is None:
        raise NotFound(f"no incident {wanted}")
    case = room.codec.decode(Incident, row.body)
    tasks = [
        room.codec.decode(task.case, r.body)
        for r in reader.rows(task.kind, about=wanted)
    ]
    orders = [
        room.codec.decode(order.case, r.body)
        for r in reader.rows(order.kind, about=wanted)
    ]
    related = [
        Ref(incident.kind, wanted),
        *(Ref(call.kind, c) for c in case.calls),
        *(Ref(task.kind, t.id) for t in tasks),
        *(Ref(order.kind, o.id) for o in orders),
        *(Ref(recommendation.kind, r) for r in case.recommendations),
    ]
    main = _main(room.codec, reader, case)
    kept = find_keeping(room.codec, reader, Ref(incident.kind, main.id))
    if kept is not None:
        related.append(Ref(keeping.kind, kept.id))
    entries = [e for ref in related for e in reader.entries_of(ref.kind, ref.id)]
    entries.sort(key=lambda logged: logged.seq)
    calls = [
        room.codec.decode(call.case, r.body)
        for c in case.calls
        if (r := reader.find(call.kind, c)) is not None
    ]
    ranked = [reader.find(recommendation.kind, r) for r in case.recommendations]
    given = _given(case, calls)
    return CaseHistory(
        incident=room.incident_view(case),
        calls=tuple(map(call_view, calls)),
        tasks=tuple(map(task_view, tasks)),
        orders=tuple(map(order_view, orders)),
        timeline=tuple(_item(room.codec, e, language) for e in entries),
        answers=_answers(room.rulebook, case, given),
        given=given,
        notes=_notes(case, entries),
        photos=tuple(
            photo_view(one, erased=reader.subject_key(one.id) is None)
            for one in case.photos
        ),
        corrections=case.corrections,
        recounts=case.recounts,
        recommendations=tuple(
            replace(one, override_reason=half(one.override_reason, language))
            for r in ranked
            if r
            for one in (room.codec.decode(Recommendation, r.body),)
        ),
        hazards=room.hazards_near(
            None if case.place is None else case.place.lon,
            None if case.place is None else case.place.lat,
        ),
        keeping=None if kept is None else keeping_view(kept),
        callers=_callers(room.codec, reader, main),
    )


def _given(case: Incident, calls: Sequence[Call]) -> dict[str, str]:
    """Return what was answered about an incident, the latest word counting.

    The incident itself begins with what its first call answered.
    """
    known = dict(case.answers)
    for one in sorted(calls, key=lambda one: one.opened_at)[1:]:
        known |= one.answers
    return known


def _answers(
    rulebook: Rulebook, case: Incident, known: Mapping[str, str]
) -> tuple[AnswerView, ...]:
    """Return what was answered to the questions of the incident's type, in words."""
    kind = rulebook.catalogue.by_code.get(case.type)
    if kind is None:
        return ()
    return tuple(
        AnswerView(
            question=question.en,
            question_zh=question.zh,
            answer=answer.en,
            answer_zh=answer.zh,
        )
        for question, answer in answered(kind, known)
    )


def _notes(case: Incident, entries: Sequence[Logged]) -> tuple[NoteView, ...]:
    """Return the notes; for whom each was written stands on the ledger."""
    spoke_for = {
        (one.entry.at, str(one.entry.actor)): one.entry.represents for one in entries
    }
    return tuple(
        NoteView(
            at=one.at, by=one.by, unit=spoke_for.get((one.at, one.by)), text=one.text
        )
        for one in case.notes
    )


def _main(codec: Codec, reader: Reader, case: Incident) -> Incident:
    """Return the incident whose clock this one follows: where its merges end."""
    seen = {case.id}
    while case.merged_into is not None and case.merged_into not in seen:
        row = reader.find(incident.kind, case.merged_into)
        if row is None:
            break
        case = codec.decode(Incident, row.body)
        seen.add(case.id)
    return case


def _callers(codec: Codec, reader: Reader, main: Incident) -> int:
    """Count the calls of an incident and of all that were merged into it."""
    count, seen, waiting = len(main.calls), {main.id}, set(main.absorbed)
    while fresh := waiting - seen:
        seen |= fresh
        rows = reader.find_many([Ref(incident.kind, one) for one in fresh])
        found = [codec.decode(Incident, row.body) for row in rows]
        count += sum(len(one.calls) for one in found)
        waiting = {one for case in found for one in case.absorbed}
    return count


def for_crews(found: CaseHistory) -> CaseHistory:
    """Leave out who holds the words and why: it may be a complaint about the crew."""
    told = tuple(one for one in found.timeline if one.kind != keeping.kind)
    return replace(found, timeline=told, keeping=None)


def list_incidents(
    room: Shower,
    reader: Reader,
    opened_from: datetime | None,
    opened_before: datetime | None,
    limit: int,
) -> tuple[IncidentView, ...]:
    """Return stored incidents in order of opening, at most `MOST_LISTED`."""
    rows = reader.rows(
        incident.kind,
        opened_from=opened_from,
        opened_before=opened_before,
        limit=max(1, min(limit, MOST_LISTED)),
    )
    return tuple(
        room.incident_view(room.codec.decode(Incident, row.body)) for row in rows
    )


HIDDEN = frozenset({"caller", "caller_mark", "secret"})


def _in(language: str, value: Any) -> Any:
    """Return a fact with the platform's words in one language."""
    if isinstance(value, str):
        return half(value, language)
    if isinstance(value, list):
        return [_in(language, one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return {name: _in(language, one) for name, one in known.items()}
    return value


def _item(codec: Codec, logged: Logged, language: str) -> TimelineItem:
    entry = logged.entry
    facts = None
    if logged.sealed is not None:
        known: dict[str, Any] = codec.decode(dict[str, Any], logged.sealed.facts)
        facts = {k: _in(language, v) for k, v in known.items() if k not in HIDDEN}
    return TimelineItem(
        seq=logged.seq,
        at=entry.at,
        kind=entry.kind,
        case=entry.case,
        move=entry.move,
        actor=entry.actor,
        role=entry.role,
        represents=entry.represents,
        facts=facts,
    )
