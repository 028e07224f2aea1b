"""Difference in differences of counts: how the treated changed against the others."""

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .clusters import check_level, estimate, numbered, t_quantile, unknown, welch_df
from .problem import (
    NEVER,
    Did,
    Errors,
    Estimate,
    Family,
    Flags,
    Floats,
    Longs,
    Panel,
    Separation,
)
from .two_way import TwoWay, fit_two_way, spread

_FURTHEST = 30.0


def check_adoption(panel: Panel, adoption: ArrayLike) -> Longs:
    """Return [P] first months with the measure. Raises ValueError for misuse."""
    began = np.asarray(adoption, np.float64)
    if began.shape != (panel.places,):
        raise ValueError(f"adoption needs one month for each of {panel.places} places")
    # An infinite month, as other software has it, is NEVER.
    began = np.where(np.isposinf(began), NEVER, began)
    if not np.all((began == np.floor(began)) & (began >= 0)):
        raise ValueError("adoption is a month's column from 0, or NEVER")
    return np.where(began >= panel.periods, NEVER, began).astype(np.int64)


def treated_cells(panel: Panel, adoption: Longs) -> Flags:
    """Return [P, T]: cells with the measure."""
    return np.arange(panel.periods)[None] >= adoption[:, None]


def did(
    panel: Panel,
    adoption: ArrayLike,
    *,
    family: Family = "poisson",
    errors: Errors = "jackknife",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Did:
    """Return the ratio of rates with the measure to without.

    E[y_it] = exposure_it exp(a_i + b_t + beta d_it), d_it = 1 from the adoption of
    place i on; the ratio is exp(beta). Effects of place and month are concentrated out
    (see two_way). Chance is between clusters (places, unless `clusters` [P] says
    otherwise): `errors` as in `two_way.spread`, with Welch's degrees of freedom over
    treated and comparison clusters. Where adoption differs between places and the ratio
    with time, beta is a mixture that may mislead: use `group_time` there.
    Where a side recorded nothing at all (`separation`), the ratio is 0 or infinite and
    the other limit is that of the profile likelihood, widened by the dispersion.
    Raises ValueError for misuse, and without treated and comparison places, or months
    on both sides.
    """
    began = check_adoption(panel, adoption)
    check_level(level)
    treatment = treated_cells(panel, began)
    _check_contrast(panel, began, treatment)
    whose = numbered(clusters, panel.places)
    regressors = treatment[None].astype(np.float64)
    fit = fit_two_way(panel.counts, panel.exposure, regressors, family)
    live = fit.cells.any(1)
    ever = live & (began < NEVER)
    groups = np.unique(whose[live])
    treated = np.isin(groups, whose[ever])
    towards = int(fit.separated.towards[0])
    if towards != 0:
        effect = _runaway(panel, regressors, towards, fit, level)
    elif not fit.known[0]:
        effect = unknown(level)
    else:
        effect = _estimate(fit, whose, treated, errors, level)
    after = treatment & panel.observed
    observed = int(panel.counts[after].sum())
    return Did(
        effect,
        observed,
        math.nan if towards and observed else float(fit.baseline[after].sum()),
        int(treated.sum()),
        int((~treated).sum()),
        fit.dispersion,
        fit.alpha,
        _separation(towards),
        int(fit.separated.places.sum()),
        int(fit.separated.periods.sum()),
        int(fit.separated.cells.sum()),
    )


def _check_contrast(panel: Panel, adoption: Longs, treatment: Flags) -> None:
    ever = adoption < NEVER
    if not ever.any():
        raise ValueError("no place got the measure within the months given")
    if not (panel.observed & ~treatment)[ever].any():
        raise ValueError("treated places were not observed before adoption")
    late = np.arange(panel.periods) >= int(adoption.min())
    if not (panel.observed & ~treatment)[:, late].any():
        raise ValueError("a comparison needs places still without the measure")


def _separation(towards: int) -> Separation:
    if towards == 0:
        return "none"
    return "zero" if towards < 0 else "infinite"


def _estimate(
    fit: TwoWay, clusters: Longs, treated: Flags, errors: Errors, level: float
) -> Estimate:
    chance = spread(fit, clusters, errors)
    variance = float(chance.covariance[0, 0])
    df = welch_df(chance.parts[:, 0], treated)
    return estimate(float(fit.beta[0]), math.sqrt(variance), df, level)


def _runaway(
    panel: Panel, regressors: Floats, towards: int, fit: TwoWay, level: float
) -> Estimate:
    """Return ratio 0 or infinity and the limit where the likelihood leaves it.

    Twice the fall of the profile log likelihood, over a dispersion of at least 1,
    reaches the chi-square quantile of the level.
    """
    reach = t_quantile(1 - level, math.inf) ** 2
    widened = max(1.0, 0.0 if math.isnan(fit.dispersion) else fit.dispersion)
    best = _log_likelihood(fit.counts, fit.mean)

    def short(beta: float) -> float:
        shifted = panel.exposure * np.exp(beta * regressors[0])
        other = fit_two_way(panel.counts, shifted, regressors[:0])
        fall = best - _log_likelihood(other.counts, other.mean)
        return 2 * fall / widened - reach

    limit = math.exp(_root(short, towards))
    low, high = (0.0, limit) if towards < 0 else (limit, math.inf)
    ratio = 0.0 if towards < 0 else math.inf
    fall = short(0.0) + reach
    p = math.erfc(math.sqrt(max(fall, 0.0) / 2))
    return Estimate(ratio, low, high, math.nan, math.nan, p, level)


def _root(short: Callable[[float], float], towards: int) -> float:
    """Return where a function that falls towards one side is 0."""
    near, far = -towards * _FURTHEST, towards * _FURTHEST
    if short(near) < 0:
        return near
    return scipy.optimize.brentq(short, far, near, xtol=1e-8)


def _log_likelihood(counts: Longs, mean: Floats) -> float:
    """Return sum y ln mu: with place effects fitted, sum mu is sum y."""
    some = counts > 0
    return float((counts[some] * np.log(mean[some])).sum())
