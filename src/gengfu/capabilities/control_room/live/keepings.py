"""What is kept, held and erased, and by which rule: for the page, the API, the command.

Nothing here holds words of callers: a keeping names a case, a rule and dates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gengfu.capabilities.control_room.rules.retention import Period, Retention
from gengfu.kernel import Codec, Erasure, Keeping, KeepingStage, Reader, Ref
from gengfu.kernel.keeping import expire, keeping, keeping_id
from gengfu.kernel.records import erasure

SOON = timedelta(days=30)
"""What is due within this time is listed."""
LATELY = timedelta(days=30)
"""Erasures are listed for so long."""
MOST_LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """Who holds words, why, and when somebody looks at it again."""

    by: str
    role: str
    at: datetime
    reason: str
    review_by: datetime
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingView:
    """How the words of one case stand: kept until, held, or erased when and why."""

    case_kind: str
    case: str
    stage: str
    rule: str
    rule_version: str
    until: datetime | None
    hold: HoldView | None
    erased_at: datetime | None
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """A rule of the city with its reason and its sources."""

    code: str
    days: int
    reason: str
    reason_zh: str
    citations: tuple[str, ...]
    domains: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """One erasure as the ledger records it."""

    at: datetime
    by: str
    because: str
    cases: tuple[str, ...]
    callers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionView:
    """The rules, what is due soon, what is held, and what was erased lately."""

    at: datetime
    version: str
    periods: tuple[PeriodView, ...]
    due: tuple[KeepingView, ...]
    held: tuple[KeepingView, ...]
    erased: tuple[ErasureView, ...]


def keeping_view(case: Keeping) -> KeepingView:
    """Show a keeping."""
    hold = None
    if case.hold is not None:
        hold = HoldView(
            by=case.hold.by,
            role=case.hold.role,
            at=case.hold.at,
            reason=case.hold.reason,
            review_by=case.hold.review_by,
            overdue=case.review_missed,
        )
    return KeepingView(
        case_kind=case.about.kind,
        case=case.about.id,
        stage=case.stage,
        rule="" if case.rule is None else case.rule.code,
        rule_version="" if case.rule is None else case.rule.version,
        until=case.until,
        hold=hold,
        erased_at=case.erased_at,
        because=case.because,
    )


def find_keeping(codec: Codec, reader: Reader, about: Ref) -> Keeping | None:
    """Return how the words of a case are kept, None where no clock has run yet."""
    row = reader.find(keeping.kind, keeping_id(about))
    return None if row is None else codec.decode(Keeping, row.body)


def retention_view(
    codec: Codec, reader: Reader, rules: Retention, now: datetime
) -> RetentionView:
    """Gather the data-protection page."""
    lately = reader.rows(erasure.kind, opened_from=now - LATELY)[-MOST_LISTED:]
    return RetentionView(
        at=now,
        version=rules.version,
        periods=tuple(map(_period_view, rules.periods.values())),
        due=_views(due_keepings(codec, reader, now + SOON)),
        held=_views(held_keepings(codec, reader)),
        erased=tuple(
            erasure_view(codec.decode(Erasure, row.body)) for row in reversed(lately)
        ),
    )


def due_keepings(codec: Codec, reader: Reader, before: datetime) -> Sequence[Keeping]:
    """Return what is erased by the clock before an instant, soonest first."""
    due = [
        Ref(keeping.kind, one.case)
        for one in reader.due(before, MOST_LISTED)
        if one.kind == keeping.kind and one.deadline.move == expire.name
    ]
    found = [codec.decode(Keeping, row.body) for row in reader.find_many(due)]
    return sorted(found, key=lambda one: (one.until or before, one.id))


def held_keepings(codec: Codec, reader: Reader) -> Sequence[Keeping]:
    """Return all that is held, the hold to be looked at first in front."""
    rows = reader.rows(keeping.kind, stages=(KeepingStage.HELD,))
    held = [codec.decode(Keeping, row.body) for row in rows]
    return sorted(held, key=_review)


def _review(case: Keeping) -> tuple[datetime, str]:
    return (case.opened_at if case.hold is None else case.hold.review_by, case.id)


def _views(found: Iterable[Keeping]) -> tuple[KeepingView, ...]:
    return tuple(map(keeping_view, found))


def _period_view(period: Period) -> PeriodView:
    return PeriodView(
        code=period.code,
        days=period.days,
        reason=period.reason.en,
        reason_zh=period.reason.zh,
        citations=tuple(source.citation for source in period.sources),
        domains=period.domains,
        types=period.types,
    )


def erasure_view(case: Erasure) -> ErasureView:
    """Show an erasure as the ledger records it."""
    return ErasureView(
        at=case.opened_at,
        by=case.ordered_by,
        because=case.because,
        cases=tuple(ref.id for ref in case.cases),
        callers=len(case.subjects),
    )
