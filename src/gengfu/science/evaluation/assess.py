"""The front door: which comparison is honest here, and what it says."""

import math
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from .cautions import FALLBACK, Circumstances, cautions_of
from .clusters import check_level, less_chance, numbered
from .did import check_adoption, did
from .displacement import displacement_ring, nearest_adoption
from .event_study import event_study, pretrend
from .group_time import group_time
from .interrupted import interrupted_series
from .matching import fallback_ratio, match_on_level
from .problem import (
    NEVER,
    Design,
    Errors,
    Estimate,
    EventPoint,
    Fact,
    Finding,
    Flags,
    Longs,
    Panel,
    PreTrend,
)

_FEW_CLUSTERS = 2
_MOST_MATCHED = 4
_ENOUGH_MATCHED = 0.8
_YEAR = 12
_MOST_POINTS = 8
"""Points before adoption: with more, the joint test runs out of degrees of freedom."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one design says, of a measure or of the ring around it."""

    design: Design
    effect: Estimate
    study: tuple[EventPoint, ...]
    pretrend: PreTrend | None
    observed: float
    expected: float
    treated_clusters: int
    comparison_clusters: int
    left_out: int
    dispersion: float = math.nan
    autocorrelation: float = math.nan


def assess(
    panel: Panel,
    adoption: ArrayLike,
    *,
    points_m: ArrayLike | None = None,
    ring_m: float = 500.0,
    clusters: ArrayLike | None = None,
    match: bool | None = None,
    width: int = 3,
    level: float = 0.95,
) -> Finding:
    """Return what can honestly be said about a measure.

    adoption [P]: the first month (column) with the measure, NEVER without. The design
    is `did` where all treated places adopted in one month, `group_time` where they
    did not, and `interrupted_series` of their sum only where nobody is left to compare
    with. With points_m [P, 2] (projected metres) untreated places within `ring_m` of a
    treated one are no comparison but asked for displacement. Where the worst places
    were chosen, so that chance alone would bring a fall (`fallback_ratio` below .97),
    comparison places are matched on the level before (`match` True or False forces
    it); where nobody is alike, the ratio is also given less what chance alone would
    bring, and the verdict is of that. `clusters` [P] are groups of places that share
    their luck, `width` months make one point of the path. With fewer than two clusters
    on a side the interval is of the model alone, which a grave caution says.
    Raises ValueError for misuse or where no month or place can be compared.
    """
    began = check_adoption(panel, adoption)
    check_level(level)
    whose = numbered(clusters, panel.places)
    treated = began < NEVER
    if not treated.any():
        raise ValueError("no place got the measure within the months given")
    late = began == 0
    if late[treated].all():
        raise ValueError("treated places were not observed before adoption")
    ring = np.zeros(panel.places, np.bool_)
    if points_m is not None:
        ring = displacement_ring(points_m, treated, ring_m)
    usable = ~ring & ~late
    treated &= ~late
    first = int(began[treated].min())
    months = np.arange(panel.periods) < first
    before = panel.counts[:, months].sum(1), panel.exposure[:, months].sum(1)
    likely = fallback_ratio(before[0][usable], before[1][usable], treated[usable])
    kept, gaps = usable, None
    if match is True or (match is None and likely < FALLBACK):
        found = _matched(before, treated, usable & ~treated, must=match is True)
        if found is not None:
            kept, gaps = found
    answer = _answer(panel.only(kept), began[kept], whose[kept], width, level)
    around = None
    if points_m is not None and ring.any():
        around = _around(panel, began, ring, points_m, (whose, width, level))
    return _finding(
        answer,
        around,
        Circumstances(
            months_before=first,
            months_after=panel.periods - first,
            treated_places=int(treated.sum()),
            comparison_places=int((kept & ~treated).sum()),
            ring_places=int(ring.sum()),
            ring_known=points_m is not None,
            late_places=int(late.sum()),
            adoption_months=len(np.unique(began[treated])),
            fallback_ratio=likely,
            gaps=gaps,
        ),
        level,
    )


def _matched(
    before: tuple[Longs, Longs | np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    treated: Flags,
    others: Flags,
    *,
    must: bool,
) -> tuple[Flags, tuple[float, float]] | None:
    """Return the treated and the places matched to them, and the gaps of level."""
    counts, exposure = before
    rate = counts / np.where(exposure > 0, exposure, 1)
    free = others & (exposure > 0)
    each = min(_MOST_MATCHED, int(free.sum()) // max(int(treated.sum()), 1))
    if each < 1:
        return None
    found = match_on_level(rate, treated, per_treated=each, eligible=free)
    alike = 1 - len(found.unmatched) / int(treated.sum())
    if alike < _ENOUGH_MATCHED and not must:
        return None
    kept = treated.copy()
    kept[found.unmatched] = False
    kept[found.comparison] = True
    if not len(found.pairs):
        return None
    return kept, (found.gap_before, found.gap_after)


def _answer(
    panel: Panel, adoption: Longs, clusters: Longs, width: int, level: float
) -> _Answer:
    """Return what the most honest of the three designs says."""
    months = np.unique(adoption[adoption < NEVER])
    never = panel.observed[adoption == NEVER].any()
    if len(months) <= 1 and not never:
        return _alone(panel, adoption, level)
    treated = np.unique(clusters[adoption < NEVER])
    others = np.setdiff1d(clusters[adoption == NEVER], treated)
    few = min(len(treated), len(others)) < _FEW_CLUSTERS and len(months) <= 1
    errors: Errors = "model" if few else "jackknife"
    if len(months) > 1:
        found = group_time(panel, adoption, clusters=clusters, width=width, level=level)
        drift = pretrend(panel, adoption, clusters=clusters, level=level)
        return _Answer(
            "group_time",
            found.overall,
            found.by_event,
            replace(drift, joint_p=found.pre_p, points=found.pre_points),
            found.observed,
            found.expected,
            found.treated,
            found.comparison,
            found.left_out,
        )
    whole = did(panel, adoption, clusters=clusters, errors=errors, level=level)
    study = event_study(
        panel,
        adoption,
        width=width,
        before=_MOST_POINTS,
        clusters=clusters,
        errors=errors,
        level=level,
    )
    return _Answer(
        "did",
        whole.effect,
        study.points,
        study.pretrend,
        whole.observed,
        whole.expected,
        whole.treated,
        whole.comparison,
        whole.dropped_places,
        whole.dispersion,
    )


def _alone(panel: Panel, adoption: Longs, level: float) -> _Answer:
    """Return what the sum of the treated places says, for want of others."""
    start = int(adoption.min())
    harmonics = min(2, start // _YEAR)
    found = interrupted_series(
        panel.counts.sum(0),
        start,
        exposure=panel.exposure.sum(0),
        harmonics=harmonics,
        level=level,
    )
    return _Answer(
        "interrupted_series",
        found.effect,
        (),
        None,
        found.observed,
        found.expected,
        panel.places,
        0,
        0,
        found.dispersion,
        found.autocorrelation,
    )


def _around(
    panel: Panel,
    adoption: Longs,
    ring: Flags,
    points_m: ArrayLike,
    how: tuple[Longs, int, float],
) -> _Answer | None:
    """Return how the ring changed against places further away, None if none are."""
    whose, width, level = how
    shadow = nearest_adoption(points_m, adoption)
    chosen = (ring & (shadow > 0)) | (~ring & (adoption == NEVER))
    moved = np.where(ring, shadow, NEVER)[chosen]
    if not ((moved == NEVER).any() and (moved < NEVER).any()):
        return None
    try:
        return _answer(panel.only(chosen), moved, whose[chosen], width, level)
    except ValueError:
        # A ring without events or months to compare says nothing; the caution does.
        return None


def _finding(
    answer: _Answer, around: _Answer | None, where: Circumstances, level: float
) -> Finding:
    chosen = where.fallback_ratio < FALLBACK and where.gaps is None
    adjusted = less_chance(answer.effect, where.fallback_ratio) if chosen else None
    facts: dict[str, Fact | None] = {
        "design": answer.design,
        "verdict": (adjusted or answer.effect).verdict,
        "level": level,
        **_of_estimate("", answer.effect),
        "observed": answer.observed,
        "expected": answer.expected,
        "avoided": answer.expected - answer.observed,
        "treated_places": where.treated_places,
        "comparison_places": where.comparison_places,
        "treated_clusters": answer.treated_clusters,
        "comparison_clusters": answer.comparison_clusters,
        "left_out_places": answer.left_out + where.late_places,
        "adoption_months": where.adoption_months,
        "months_before": where.months_before,
        "months_after": where.months_after,
        "dispersion": answer.dispersion,
        "regression_to_mean_ratio": where.fallback_ratio,
        "matched": where.gaps is not None,
        "ring_places": where.ring_places,
    }
    if where.gaps is not None:
        facts["level_gap_before"], facts["level_gap_after"] = where.gaps
    if adjusted is not None:
        facts.update(_of_estimate("adjusted_", adjusted))
    if answer.pretrend is not None:
        facts["pretrend_per_year"] = answer.pretrend.per_year.ratio
        facts["pretrend_p"] = answer.pretrend.per_year.p
        facts["pretrend_joint_p"] = answer.pretrend.joint_p
    if around is not None:
        facts.update(_of_estimate("displacement_", around.effect))
        facts["displacement_verdict"] = around.effect.verdict
        facts["displaced"] = around.observed - around.expected
        facts["avoided_net"] = (
            answer.expected - answer.observed + around.expected - around.observed
        )
    cautions = cautions_of(
        where,
        effect=answer.effect,
        design=answer.design,
        clusters=(answer.treated_clusters, answer.comparison_clusters),
        expected=answer.expected,
        pretrend=answer.pretrend,
        displacement=None if around is None else around.effect,
        left_out=answer.left_out + where.late_places,
        autocorrelation=answer.autocorrelation,
    )
    told = {name: fact for name, fact in facts.items() if _sayable(fact)}
    told["sound"] = not any(caution.grave for caution in cautions)
    return Finding(
        answer.design,
        answer.effect,
        adjusted,
        answer.study,
        answer.pretrend,
        None if around is None else around.effect,
        cautions,
        cast("dict[str, Fact]", told),
    )


def _of_estimate(prefix: str, found: Estimate) -> dict[str, Fact | None]:
    result: dict[str, Fact | None] = {f"{prefix}p": found.p}
    for name in ("ratio", "low", "high"):
        value = cast("float", getattr(found, name))
        result[prefix + name] = value
        result[f"{prefix}{name}_percent"] = 100 * (value - 1)
    return result


def _sayable(fact: Fact | None) -> bool:
    """Return whether a sentence can say it: NaN and infinity are not numbers."""
    return fact is not None and (not isinstance(fact, float) or math.isfinite(fact))
