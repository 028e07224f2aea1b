"""What was recommended, what was chosen, and why where the two differ."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    Case,
    CaseId,
    Length,
    Machine,
    RuleBroken,
    Stamp,
    onward,
)
from gengfu.kernel.values import quickly

from .roles import COMMANDER, DISPATCHER, RESPONSE

FEWEST_LETTERS = 3


class RecommendationStage(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One candidate as it was ranked."""

    unit: CaseId
    callsign: str
    seconds: float
    low_s: float
    high_s: float | None
    cover_lost: float
    free: str
    source: str
    age_s: float | None
    meets: tuple[str, ...]
    reasons: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(Case):
    """Candidates with times in the order of their ranking."""

    incident: CaseId
    plan: str
    policy: str
    offered: tuple[Offered, ...]
    unmet: tuple[str, ...]
    computed_ms: float
    stage: RecommendationStage = RecommendationStage.OFFERED
    sent: tuple[CaseId, ...] = ()
    override_reason: str = ""


_recommendation = quickly(Recommendation)
recommendation = Machine(
    Recommendation,
    stages=RecommendationStage,
    ends=tuple(RecommendationStage),
    purpose=RESPONSE,
)


@recommendation.opening(to=(RecommendationStage.OFFERED,), by=(DISPATCHER, COMMANDER))
def offer(
    stamp: Stamp,
    incident: CaseId,
    plan: str,
    policy: str,
    offered: tuple[Offered, ...],
    unmet: tuple[str, ...],
    computed_ms: float,
) -> Recommendation:
    """Record what is about to be shown to the dispatcher."""
    return _recommendation(
        id=stamp.case,
        opened_at=stamp.at,
        incident=incident,
        plan=plan,
        policy=policy,
        offered=offered,
        unmet=unmet,
        computed_ms=computed_ms,
    )


@recommendation.move(
    RecommendationStage.OFFERED,
    to=(RecommendationStage.TAKEN, RecommendationStage.OVERRIDDEN),
    by=(DISPATCHER, COMMANDER),
)
def choose(
    case: Recommendation,
    stamp: Stamp,
    units: tuple[CaseId, ...],
    override_reason: Annotated[str, Length(0, 1200)] = "",
) -> Recommendation:
    """Record what was sent; sending others than recommended needs a reason."""
    recommended = {o.unit for o in case.offered if o.chosen}
    if set(units) == recommended:
        return onward(case, stage=RecommendationStage.TAKEN, sent=units)
    if len(override_reason.strip()) < FEWEST_LETTERS:
        raise RuleBroken("sending others than recommended needs a reason")
    return onward(
        case,
        stage=RecommendationStage.OVERRIDDEN,
        sent=units,
        override_reason=override_reason.strip(),
    )


@recommendation.move(*RecommendationStage, to=RecommendationStage, by=(CLOCKWORK,))
def forget(case: Recommendation, stamp: Stamp) -> Recommendation:
    """Drop why others were sent, because the time of such words is over."""
    return onward(case, override_reason="")
