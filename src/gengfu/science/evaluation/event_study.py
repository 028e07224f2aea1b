"""The path of the ratio before and after adoption, and whether it was flat before."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .clusters import NOTHING, estimate, numbered, unknown, welch_df
from .did import check_adoption, treated_cells
from .problem import (
    NEVER,
    Errors,
    Estimate,
    EventPoint,
    EventStudy,
    Family,
    Flags,
    Floats,
    Longs,
    Panel,
    PreTrend,
)
from .two_way import fit_two_way, spread

_YEAR = 12
_LEAST_MONTHS = 3


def event_study(
    panel: Panel,
    adoption: ArrayLike,
    *,
    width: int = 1,
    before: int | None = None,
    after: int | None = None,
    family: Family = "poisson",
    errors: Errors = "jackknife",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> EventStudy:
    """Return ratios against the others by time since adoption.

    The model of `did` with one ratio for each `width` months since adoption; the point
    right before adoption is the reference, 1. `before` and `after` say how many points
    to draw to each side (default: all whole ones); the outermost ones hold everything
    beyond. Where adoption differs between places, each point may borrow from others
    (Sun & Abraham 2021): `group_time` gives a path that does not.
    Raises ValueError for misuse, and without two months or more before adoption.
    """
    began = check_adoption(panel, adoption)
    bins = event_bins(panel, began, width, before, after)
    numbers = np.unique(bins[panel.observed & (began < NEVER)[:, None]])
    if -1 not in numbers:
        raise ValueError("treated places were not observed right before adoption")
    drawn = numbers[numbers != -1]
    ever = (began < NEVER)[:, None]
    regressors = np.stack([(bins == number) & ever for number in drawn]).astype(float)
    fit = fit_two_way(panel.counts, panel.exposure, regressors, family)
    whose = numbered(clusters, panel.places)
    chance = spread(fit, whose, errors)
    live = fit.cells.any(1)
    groups = np.unique(whose[live])
    treated = np.isin(groups, whose[live & (began < NEVER)])
    places = np.cumsum(fit.known) - 1
    points: list[EventPoint] = []
    for at, number in enumerate(drawn):
        column = int(places[at])
        towards = int(fit.separated.towards[at])
        if fit.known[at]:
            df = welch_df(chance.parts[:, column], treated)
            error = math.sqrt(float(chance.covariance[column, column]))
            found = estimate(float(fit.beta[at]), error, df, level)
        elif towards:
            found = estimate(towards * math.inf, NOTHING, NOTHING, level)
        else:
            found = unknown(level)
        points.append(point_of(int(number), width, found))
    points.append(
        point_of(-1, width, Estimate(1.0, 1.0, 1.0, 0.0, math.inf, 1.0, level), True)
    )
    points.sort(key=lambda point: point.first)
    early = fit.known & (drawn < -1)
    chosen = places[early]
    joint = joint_p(
        fit.beta[early],
        chance.covariance[np.ix_(chosen, chosen)],
        _least_df(chance.parts[:, chosen], treated),
    )
    slope = pretrend(
        panel, began, family=family, errors=errors, clusters=clusters, level=level
    )
    checked = PreTrend(slope.per_year, joint, int(early.sum()))
    return EventStudy(tuple(points), checked)


def point_of(
    number: int, width: int, found: Estimate, reference: bool = False
) -> EventPoint:
    """Return the point of a bin: months number*width to (number + 1)*width - 1."""
    return EventPoint(number * width, (number + 1) * width - 1, found, reference)


def event_bins(
    panel: Panel, adoption: Longs, width: int, before: int | None, after: int | None
) -> Longs:
    """Return [P, T] bins of months since adoption (0 where never adopted).

    Bins hold `width` months; -1 ends right before adoption. Incomplete ones at both
    ends, and those beyond `before` and `after`, join their neighbour.
    """
    if width < 1 or (before is not None and before < 1):
        raise ValueError(
            "a point takes one month or more, one before adoption at least"
        )
    if after is not None and after < 0:
        raise ValueError("points after adoption are counted from 0")
    some = adoption[adoption < NEVER]
    if not len(some) or int(some.max()) < 1:
        raise ValueError("no place got the measure after the first month")
    since = np.arange(panel.periods)[None] - adoption[:, None]
    most = int(some.max()) // width, (panel.periods - int(some.min())) // width
    low = -max(1, most[0] if before is None else min(before, most[0]))
    high = max(0, (most[1] - 1) if after is None else min(after, most[1] - 1))
    bins = np.clip(since // width, low, high)
    return np.where((adoption < NEVER)[:, None], bins, 0).astype(np.int64)


def pretrend(
    panel: Panel,
    adoption: ArrayLike,
    *,
    family: Family = "poisson",
    errors: Errors = "jackknife",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> PreTrend:
    """Return by how much treated places drifted from the others before adoption.

    The model of `did` on cells without the measure alone, with ever-treated times
    years as the regressor. It has one degree of freedom and so sees a steady drift that
    a test of many small points misses; a pass is no proof of like paths (Roth 2022).
    Nothing is said with less than three months before the last adoption.
    """
    began = check_adoption(panel, adoption)
    untouched = Panel(
        panel.counts, np.where(treated_cells(panel, began), 0.0, panel.exposure)
    )
    ever = began < NEVER
    seen = untouched.observed[ever].any(0)
    if int(seen.sum()) < _LEAST_MONTHS or not untouched.observed[~ever].any():
        return PreTrend(unknown(level), NOTHING, 0)
    years = np.arange(panel.periods) / _YEAR
    drift = (ever[:, None] * years[None])[None]
    untouched = Panel(np.where(untouched.observed, panel.counts, 0), untouched.exposure)
    if not (untouched.counts[ever].any() and untouched.counts[~ever].any()):
        return PreTrend(unknown(level), NOTHING, 0)
    fit = fit_two_way(untouched.counts, untouched.exposure, drift, family)
    if not fit.known[0]:
        return PreTrend(unknown(level), NOTHING, 0)
    whose = numbered(clusters, panel.places)
    chance = spread(fit, whose, errors)
    live = fit.cells.any(1)
    treated = np.isin(np.unique(whose[live]), whose[live & ever])
    df = welch_df(chance.parts[:, 0], treated)
    error = math.sqrt(float(chance.covariance[0, 0]))
    return PreTrend(estimate(float(fit.beta[0]), error, df, level), NOTHING, 0)


def joint_p(logs: Floats, covariance: Floats, df: float) -> float:
    """Return the p that all log ratios are 0: Hotelling's test with `df`, or NaN.

    F = W (df - q + 1)/(q df) on (q, df - q + 1) degrees of freedom, W Wald's chi-square
    of q points: with few clusters the chi-square law rejects far too often.
    """
    count = len(logs)
    spare = df - count + 1
    if count == 0 or not spare > 0 or not np.all(np.isfinite(covariance)):
        return NOTHING
    wald = float(logs @ scipy.linalg.pinvh(covariance) @ logs)
    return float(scipy.special.fdtrc(count, spare, wald * spare / (count * df)))


def _least_df(parts: Floats, treated: Flags) -> float:
    found = [welch_df(column, treated) for column in parts.T]
    return min(found, default=0.0)
