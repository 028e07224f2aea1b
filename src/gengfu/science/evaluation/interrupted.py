"""One series before and after: only for want of a comparison."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .clusters import check_level, estimate, unknown
from .problem import Floats, Interrupted

_STEPS, _STILL = 100, 1e-8
_YEAR = 12


def interrupted_series(
    counts: ArrayLike,
    start: int,
    *,
    exposure: ArrayLike | None = None,
    harmonics: int = 2,
    cycle: int = _YEAR,
    slope: bool = False,
    lag: int | None = None,
    level: float = 0.95,
) -> Interrupted:
    """Return the step of one series at column `start`, against its own trend.

    ln E[y_t] = ln exposure_t + a + beta d_t + gamma t + sum_k (c_k sin(2 pi k t/cycle)
    + s_k cos(2 pi k t/cycle)), quasi-Poisson: Var = phi mu, phi the Pearson chi-square
    over T - parameters, normal limits (Bernal, Cummins & Gasparrini 2017, "Interrupted
    time series regression for the evaluation of public health interventions",
    International Journal of Epidemiology 46). counts [T]; exposure [T], 0 where
    nothing was observed. With `slope` the trend may turn at the start, too. With `lag`
    the errors allow for autocorrelation over that many months (Newey & West 1987, times
    T/(T - parameters)) in place of phi.
    Raises ValueError for misuse, without events, or with too few months to fit.
    """
    check_level(level)
    y, over = _series(counts, exposure)
    if harmonics < 0 or not cycle > 0:
        raise ValueError("harmonics must be 0 or more, cycle above 0 months")
    if lag is not None and not 0 <= lag < len(y):
        raise ValueError("lag must be 0 or more months, fewer than there are")
    at = np.arange(1, len(y) + 1)
    after = np.arange(len(y)) >= start
    seen = over > 0
    if not ((seen & after).any() and (seen & ~after).any()):
        raise ValueError("a series needs months before and after its start")
    angle = 2 * np.pi * np.outer(np.arange(1, harmonics + 1), at) / cycle
    columns = [np.ones(len(y)), after.astype(np.float64), at.astype(np.float64)]
    columns += [*np.sin(angle), *np.cos(angle)]
    if slope:
        columns.append(np.where(after, at - start, 0).astype(np.float64))
    design = np.column_stack(columns)[seen]
    y, over = y[seen], over[seen]
    spare = len(y) - design.shape[1]
    if spare <= 0 or y.sum() == 0:
        raise ValueError("too few months or no events: nothing can be fitted")
    after = after[seen]
    if 0 in {y[after].sum(), y[~after].sum()}:
        observed = int(y[after].sum())
        nothing = unknown(level)
        turned = nothing if slope else None
        return Interrupted(nothing, turned, math.nan, math.nan, observed, math.nan)
    beta, mean, weight = _fit(y, over, design)
    residual = np.sqrt(weight) * (y - mean) / mean
    phi = float((residual**2).sum()) / spare
    inverse = scipy.linalg.pinvh((design * weight[:, None]).T @ design)
    covariance = phi * inverse
    if lag is not None:
        meat = _meat(design * (y - mean)[:, None], lag) * len(y) / spare
        covariance = inverse @ meat @ inverse
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    turned = (
        estimate(_YEAR * float(beta[-1]), _YEAR * float(errors[-1]), math.inf, level)
        if slope
        else None
    )
    shift = design[after, 1] * beta[1] + (design[after, -1] * beta[-1] if slope else 0)
    return Interrupted(
        estimate(float(beta[1]), float(errors[1]), math.inf, level),
        turned,
        phi,
        float((residual[1:] * residual[:-1]).sum() / (residual**2).sum()),
        int(y[after].sum()),
        float((mean[after] * np.exp(-shift)).sum()),
    )


def _series(counts: ArrayLike, exposure: ArrayLike | None) -> tuple[Floats, Floats]:
    y = np.asarray(counts, np.float64)
    over = np.asarray(1.0 if exposure is None else exposure, np.float64)
    over = np.broadcast_to(over, y.shape) if over.ndim == 0 else over
    if y.ndim != 1 or over.shape != y.shape:
        raise ValueError("counts and exposure must be series of the same months")
    if not (np.all(np.isfinite(y) & (y >= 0)) and np.all(np.isfinite(over))):
        raise ValueError("counts must be numbers of 0 or more, exposures finite")
    if np.any(over < 0):
        raise ValueError("exposures must be 0 or more")
    return y, over


def _fit(y: Floats, exposure: Floats, design: Floats) -> tuple[Floats, Floats, Floats]:
    """Return coefficients, means and the last step's weights.

    Start (y + .1), end (a relative change of the deviance below 1e-8) and the weights
    that phi and the covariance are taken with, one step behind, are those of `glm` in
    R, so that published analyses come out to the digit.
    """
    offset = np.log(exposure)
    mean = y + 0.1
    linear = np.log(mean)
    weight, beta, before = mean, np.zeros(design.shape[1]), math.inf
    for _ in range(_STEPS):
        weight = mean
        root = np.sqrt(weight)[:, None]
        working = linear - offset + (y - mean) / mean
        left, right = design * root, working[:, None] * root
        beta = np.linalg.lstsq(left, right, rcond=None)[0][:, 0]
        linear = np.clip(offset + design @ beta, -600.0, 600.0)
        mean = np.exp(linear)
        deviance = 2 * float((scipy.special.xlogy(y, y / mean) - (y - mean)).sum())
        if abs(before - deviance) < _STILL * (abs(deviance) + 0.1):
            break
        before = deviance
    return beta, mean, weight


def _meat(scores: Floats, lag: int) -> Floats:
    """Return Newey and West's long-run sum of squares: Bartlett weights 1 - l/(L+1)."""
    total = scores.T @ scores
    for step in range(1, lag + 1):
        crossed = scores[step:].T @ scores[:-step]
        total += (1 - step / (lag + 1)) * (crossed + crossed.T)
    return total
