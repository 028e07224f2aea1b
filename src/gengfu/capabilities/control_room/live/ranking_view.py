"""A ranking as the dispatcher sees it, and as it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isinf

from gengfu.capabilities.control_room.cases.recommendations import (
    Offered,
    Recommendation,
    offer,
)
from gengfu.capabilities.control_room.rules import recommend as rules
from gengfu.capabilities.control_room.rules.plans import Plan
from gengfu.capabilities.control_room.rules.recommend import Ranked
from gengfu.kernel import CaseId, Desk
from gengfu.kernel.values import quickly

from .positions import Positions
from .views import ReasonView, reason_view

_offered = quickly(Offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """One need of the plan, and how many of it the chosen rows meet."""

    kinds: tuple[str, ...]
    skills: tuple[str, ...]
    count: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginView:
    """Where a unit is taken to start from."""

    lon: float | None
    lat: float | None
    source: str
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedView:
    """One candidate: arrival with its interval, reasons, what it meets."""

    unit: str
    callsign: str
    kind: str
    agency: str
    origin: OriginView
    seconds: float
    low_s: float
    high_s: float | None
    cost_s: float
    cover_lost: float
    free: str
    meets: tuple[int, ...]
    chosen: bool
    chosen_for: int | None
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOfferView:
    """An agency that the plan asks, and for what."""

    agency: str
    name: str
    words: str
    words_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The run card that applies."""

    code: str
    version: str
    needs: tuple[NeedView, ...]
    warnings: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLossView:
    """Share of people left without a free unit of a kind within reach."""

    kind: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingView:
    """What the dispatcher is offered; `id` names what was stored of it."""

    id: str
    incident: str
    plan: PlanView
    policy: str
    rows: tuple[RankedView, ...]
    tasks: tuple[TaskOfferView, ...]
    cover_lost: tuple[CoverLossView, ...]
    considered: int
    computed_ms: float

    def stored_as(self, case: str) -> "RankingView":
        """Name what was stored."""
        return replace(self, id=case)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for an incident, to be shown and stored.

    `asked` are the agencies on the incident already; they are not proposed anew.
    """

    case: CaseId
    plan: Plan
    asked: Sequence[str]
    found: rules.Recommendation
    took_ms: float
    positions: Positions

    @property
    def chosen(self) -> list[Ranked]:
        """The set to send, as ranked."""
        return [row for row in self.found.ranked if row.chosen_for is not None]

    @property
    def agencies(self) -> list[str]:
        """The agencies that the plan asks and nobody has asked yet."""
        return [t.agency for t in self.plan.tasks if t.agency not in self.asked]

    @property
    def missing(self) -> int:
        """How many units are needed that nobody can be chosen for."""
        return sum(unmet.missing for unmet in self.found.unmet)

    def view(self) -> RankingView:
        """Show what was found; the units where they are now."""
        plan, found = self.plan, self.found
        missing = {unmet.need: unmet.missing for unmet in found.unmet}
        proposed = self.agencies
        return RankingView(
            id="",
            incident=found.incident,
            plan=PlanView(
                code=plan.code,
                version=plan.version,
                needs=tuple(
                    NeedView(
                        kinds=n.kinds,
                        skills=tuple(sorted(n.skills)),
                        count=n.count,
                        missing=missing.get(at, 0),
                    )
                    for at, n in enumerate(found.needs)
                ),
                warnings=tuple(
                    ReasonView(code="warning", text=w.en, text_zh=w.zh)
                    for w in plan.warnings
                ),
            ),
            policy=found.policy_version,
            rows=tuple(map(self._row, found.ranked)),
            tasks=tuple(
                TaskOfferView(
                    agency=t.agency, name=t.name, words=t.said.en, words_zh=t.said.zh
                )
                for t in plan.tasks
                if t.agency in proposed
            ),
            cover_lost=tuple(
                CoverLossView(kind=kind, share=share)
                for kind, share in found.cover_lost
            ),
            considered=found.considered,
            computed_ms=self.took_ms,
        )

    def _row(self, row: Ranked) -> RankedView:
        unit = row.unit
        at = self.positions.last(unit.id)
        return RankedView(
            unit=unit.id,
            callsign=unit.callsign,
            kind=unit.kind,
            agency=unit.agency,
            origin=OriginView(
                lon=None if at is None else at[0],
                lat=None if at is None else at[1],
                source=unit.source,
                age_s=unit.age_s,
            ),
            seconds=round(row.seconds, 1),
            low_s=round(row.low_s, 1),
            high_s=None if isinf(row.high_s) else round(row.high_s, 1),
            cost_s=round(row.cost_s, 1),
            cover_lost=round(row.cover_lost, 4),
            free=row.unit.free,
            meets=row.meets,
            chosen=row.chosen_for is not None,
            chosen_for=row.chosen_for,
            reasons=tuple(map(reason_view, row.reasons)),
        )

    def store(self, desk: Desk) -> Recommendation:
        """Record what is about to be shown."""
        found = self.found
        names = ["/".join(need.kinds) for need in found.needs]
        return desk.open(
            offer,
            incident=self.case,
            plan=f"{found.plan}@{found.plan_version}",
            policy=found.policy_version,
            offered=tuple(
                _offered(
                    unit=CaseId(row.unit.id),
                    callsign=row.unit.callsign,
                    seconds=round(row.seconds, 1),
                    low_s=round(row.low_s, 1),
                    high_s=None if isinf(row.high_s) else round(row.high_s, 1),
                    cover_lost=round(row.cover_lost, 4),
                    free=str(row.unit.free),
                    source=row.unit.source,
                    age_s=row.unit.age_s,
                    meets=tuple([names[at] for at in row.meets]),
                    reasons=tuple([r.code for r in row.reasons]),
                    chosen=row.chosen_for is not None,
                )
                for row in found.ranked
            ),
            unmet=tuple(u.said.en for u in found.unmet),
            computed_ms=self.took_ms,
        )
