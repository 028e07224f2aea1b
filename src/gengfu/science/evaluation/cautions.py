"""What a reader must know beside the number."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .problem import Caution, Design, Estimate, PreTrend

FEW_TREATED, FEW_COMPARISON, FEW_EVENTS = 5, 10, 20
"""Below these numbers of clusters and of expected events, a caution."""
GRAVE_TREATED, GRAVE_COMPARISON, GRAVE_EVENTS = 2, 4, 5
MONTHS_BEFORE, MONTHS_AFTER = 12, 6
GRAVE_BEFORE, GRAVE_AFTER = 6, 3
FALLBACK = 0.97
"""A fall of 3 % by chance alone is worth a caution."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was known before anything was estimated.

    `late_places` had the measure from the first month: they can not be compared.
    `fallback_ratio` is `matching.fallback_ratio`; `gaps` the standardised differences
    of level before and after matching, None where nothing was matched.
    """

    months_before: int
    months_after: int
    treated_places: int
    comparison_places: int
    ring_places: int
    ring_known: bool
    late_places: int
    adoption_months: int
    fallback_ratio: float
    gaps: tuple[float, float] | None


def cautions_of(
    where: Circumstances,
    *,
    effect: Estimate,
    design: Design,
    clusters: tuple[int, int],
    expected: float,
    pretrend: PreTrend | None,
    displacement: Estimate | None,
    left_out: int,
    autocorrelation: float,
) -> tuple[Caution, ...]:
    """Return the cautions, grave ones first."""
    found = [
        *_of_size(where, design, clusters, expected),
        *_of_time(where),
        *_of_likeness(where, design, pretrend),
        *_of_place(where, displacement),
    ]
    if effect.ratio == 0 or math.isinf(effect.ratio):
        found.append(Caution("separated", grave=False))
    if left_out:
        found.append(Caution("dropped", grave=False, facts={"places": left_out}))
    months = where.months_before + where.months_after
    if abs(autocorrelation) > 2 / math.sqrt(months):
        facts = {"lag_1": autocorrelation}
        found.append(Caution("autocorrelated", grave=False, facts=facts))
    return tuple(sorted(found, key=lambda caution: not caution.grave))


def _of_size(
    where: Circumstances, design: Design, clusters: tuple[int, int], expected: float
) -> Iterator[Caution]:
    treated, comparison = clusters
    if design == "interrupted_series":
        yield Caution("no_comparison", grave=True)
    else:
        if treated < FEW_TREATED:
            grave = treated < GRAVE_TREATED
            yield Caution("few_treated", grave, {"clusters": treated})
        if comparison < FEW_COMPARISON and design == "did":
            grave = comparison < GRAVE_COMPARISON
            yield Caution("few_clusters", grave, {"clusters": comparison})
    if expected < FEW_EVENTS:
        yield Caution("few_events", expected < GRAVE_EVENTS, {"expected": expected})
    if where.adoption_months > 1:
        yield Caution("staggered", grave=False, facts={"months": where.adoption_months})


def _of_time(where: Circumstances) -> Iterator[Caution]:
    before, after = where.months_before, where.months_after
    if before < MONTHS_BEFORE:
        yield Caution("too_short_before", before < GRAVE_BEFORE, {"months": before})
    if after < MONTHS_AFTER:
        yield Caution("too_short_after", after < GRAVE_AFTER, {"months": after})


def _of_likeness(
    where: Circumstances, design: Design, pretrend: PreTrend | None
) -> Iterator[Caution]:
    if pretrend is not None and pretrend.fails():
        told = {
            "per_year": pretrend.per_year.ratio,
            "p": pretrend.per_year.p,
            "joint_p": pretrend.joint_p,
        }
        facts = {name: value for name, value in told.items() if math.isfinite(value)}
        yield Caution("pretrend", grave=True, facts=facts)
    if where.fallback_ratio < FALLBACK:
        matched = where.gaps is not None and design != "interrupted_series"
        facts = {"ratio": where.fallback_ratio, "matched": matched}
        yield Caution("regression_to_mean", not matched, facts)


def _of_place(where: Circumstances, displacement: Estimate | None) -> Iterator[Caution]:
    if not where.ring_known or (where.ring_places and displacement is None):
        yield Caution("displacement_unknown", grave=False)
    elif displacement is not None and displacement.verdict == "more":
        facts = {
            "ratio": displacement.ratio,
            "low": displacement.low,
            "places": where.ring_places,
        }
        yield Caution("displacement", grave=True, facts=facts)
