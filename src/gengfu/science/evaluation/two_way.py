"""Poisson and negative binomial regression with effects of place and of month.

The model is E[y_it] = exposure_it exp(a_i + b_t + x_it'beta). Both sets of effects are
concentrated out: place effects are swept from every weighted least squares step in
closed form and the months, which are few, are solved for with beta, so a step costs
P T (T + K) and nothing is as large as a table of dummies.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy

from .problem import Errors, Family, Flags, Floats, Longs
from .separation import Separated, find_separated

_STEPS, _STILL = 200, 1e-11
_LEAST_MEAN, _LEAST_STEP = 1e-300, 1e-6
_ALIKE = 1e-9
_MOST_ALPHA = 100.0
# Typed as it is called here: a checker would look through all its forms at each call.
_summed = cast("Callable[[str, Floats, Floats], Floats]", np.einsum)


@dataclass(frozen=True, slots=True, eq=False)
class TwoWay:
    """A fitted model: beta [K], means and weights [P, T] (0 in cells left out).

    `known` [K] are the coefficients that the cells left can tell; others are NaN.
    `baseline` [P, T] is the mean had every regressor been 0, also in separated cells.
    `alpha` is the negative binomial's, Var = mu + alpha mu^2. `dispersion` is the
    Pearson chi-square over cells less parameters.
    """

    beta: Floats
    known: Flags
    mean: Floats
    baseline: Floats
    weight: Floats
    counts: Longs
    regressors: Floats
    cells: Flags
    alpha: float
    dispersion: float
    separated: Separated


def fit_two_way(
    counts: Longs, exposure: Floats, regressors: Floats, family: Family = "poisson"
) -> TwoWay:
    """Fit by maximum likelihood; the negative binomial's alpha by its Pearson moment.

    counts and exposure are [P, T] (exposure 0: not observed), regressors [K, P, T].
    Poisson: iteratively reweighted least squares to the pseudo-maximum, consistent
    whatever the true law as long as the mean is right (Santos Silva & Tenreyro 2006).
    Negative binomial: alpha solves sum (y - mu)^2/(mu + alpha mu^2) = cells -
    parameters (Breslow 1984), which many place effects bias less than maximum
    likelihood does.
    Raises ValueError where no cell with events is left.
    """
    if family not in {"poisson", "negative_binomial"}:
        raise ValueError(f"family must be poisson or negative_binomial, not {family}")
    observed = exposure > 0
    separated = find_separated(counts, observed, regressors)
    cells = observed & ~separated.cells
    if not cells.any():
        raise ValueError("no events are left to fit")
    known = _independent(cells, regressors) & (separated.towards == 0)
    used = regressors[known]
    # Every place has events and places differ only by a factor: start from its share.
    share = counts.sum(1) / np.maximum(np.where(cells, exposure, 0).sum(1), 1e-300)
    start = np.where(cells, (counts + share[:, None] * exposure) / 2, 1.0)
    spare = _spare(cells, int(known.sum()))

    def solve(alpha: float, begin: Floats) -> tuple[Floats, Floats]:
        return _reweighted(counts, exposure, used, cells, alpha, begin)

    beta, mean = solve(0.0, start)
    alpha = 0.0
    if family == "negative_binomial":
        alpha, beta, mean = _moment(solve, counts, cells, spare, (beta, mean))
    every = np.full(len(regressors), np.nan)
    every[known] = beta
    variance = mean * (1 + alpha * mean)
    pearson = np.where(cells, (counts - mean) ** 2 / np.where(cells, variance, 1), 0)
    return TwoWay(
        every,
        known,
        mean,
        _baseline(mean, exposure, used, beta),
        np.where(cells, mean / (1 + alpha * mean), 0),
        np.where(cells, counts, 0),
        np.where(cells, regressors, 0),
        cells,
        alpha,
        float(pearson.sum()) / spare if spare > 0 else math.nan,
        separated,
    )


def _baseline(
    mean: Floats, exposure: Floats, regressors: Floats, beta: Floats
) -> Floats:
    """Return exposure exp(a + b) [P, T], 0 where a place or month has no effect."""
    cells = mean > 0
    rest = np.log(np.where(cells, mean / np.where(cells, exposure, 1), 1.0))
    rest -= np.tensordot(beta, regressors, 1)
    # The effects fit the cells exactly: any weights give them.
    _, effects = _least_squares(cells.astype(np.float64), rest, regressors[:0])
    reached = cells.any(1)[:, None] & cells.any(0)[None]
    return np.where(reached, exposure * np.exp(effects), 0.0)


def _spare(cells: Flags, coefficients: int) -> int:
    """Return cells less parameters: places, months but one, coefficients."""
    effects = int(cells.any(1).sum()) + int(cells.any(0).sum()) - 1
    return int(cells.sum()) - effects - coefficients


def _moment(
    solve: Callable[[float, Floats], tuple[Floats, Floats]],
    counts: Longs,
    cells: Flags,
    spare: int,
    poisson: tuple[Floats, Floats],
) -> tuple[float, Floats, Floats]:
    """Return alpha, beta and means where Pearson's chi-square is what it should be."""
    held = poisson

    def excess(alpha: float) -> float:
        nonlocal held
        held = solve(alpha, np.where(cells, held[1], 1.0))
        mean = np.where(cells, held[1], 1.0)
        parts = np.where(cells, (counts - mean) ** 2 / (mean * (1 + alpha * mean)), 0)
        return float(parts.sum()) - spare

    if spare <= 0 or excess(0.0) <= 0:
        return 0.0, *poisson
    if excess(_MOST_ALPHA) > 0:
        raise ValueError(f"counts vary beyond a negative binomial, alpha {_MOST_ALPHA}")
    alpha = scipy.optimize.brentq(excess, 0.0, _MOST_ALPHA, xtol=1e-10)
    return alpha, *solve(alpha, np.where(cells, held[1], 1.0))


def _reweighted(
    counts: Longs,
    exposure: Floats,
    regressors: Floats,
    cells: Flags,
    alpha: float,
    start: Floats,
) -> tuple[Floats, Floats]:
    """Return beta and means [P, T] by iteratively reweighted least squares."""
    offset = np.log(np.where(cells, exposure, 1.0))
    mean, before = start, math.inf
    linear = np.log(np.maximum(mean, _LEAST_MEAN))
    beta = np.zeros(len(regressors))
    for _ in range(_STEPS):
        each = mean / (1 + alpha * mean)
        weight = np.where(cells, each, 0.0)
        off = (counts - mean) / mean
        working = linear - offset + off
        beta, fitted = _least_squares(weight, working, regressors)
        # A step of Newton's may overshoot far from the answer: halve it until it helps.
        goal, size = offset + fitted, 1.0
        while True:
            trial = linear + size * (goal - linear)
            means = np.where(cells, np.exp(np.clip(trial, -600.0, 600.0)), 1.0)
            deviance = _deviance(counts, means, cells, alpha)
            if deviance <= before * (1 + _STILL) + _STILL or size < _LEAST_STEP:
                break
            size /= 2
        linear, mean = trial, means
        if abs(before - deviance) <= _STILL * (abs(deviance) + 1):
            break
        before = deviance
    return beta, np.where(cells, mean, 0.0)


def _deviance(counts: Longs, mean: Floats, cells: Flags, alpha: float) -> float:
    with_events = scipy.special.xlogy(counts, counts / mean)
    if alpha == 0:
        parts = with_events - (counts - mean)
    else:
        rate = 1 / alpha
        parts = with_events - (counts + rate) * np.log((counts + rate) / (mean + rate))
    return 2 * float(np.where(cells, parts, 0).sum())


def _least_squares(
    weight: Floats, target: Floats, regressors: Floats
) -> tuple[Floats, Floats]:
    """Return beta [K] and fitted [P, T] of target on places, months, regressors."""
    totals = weight.sum(1)
    per = np.where(totals > 0, 1 / np.where(totals > 0, totals, 1), 0)[:, None]
    share = weight * per
    means = _summed("pt,kpt->kp", share, regressors)
    centre = (share * target).sum(1)
    within = regressors - means[:, :, None]
    rest = target - centre[:, None]
    heavy = weight * rest
    moment = np.concatenate([heavy.sum(0), _summed("kpt,pt->k", within, heavy)])
    months = weight.shape[1]
    solved = _solved(_normal(weight, share, within), moment, months)
    slopes = solved[months:]
    fitted = solved[:months][None] + np.tensordot(slopes, regressors, 1)
    fitted += (centre - (share * fitted).sum(1))[:, None]
    return slopes, fitted


def _normal(weight: Floats, share: Floats, within: Floats) -> Floats:
    """Return the normal matrix [T + K, T + K] with place effects swept out."""
    months, slopes = weight.shape[1], len(within)
    normal = np.empty((months + slopes, months + slopes))
    normal[:months, :months] = np.diag(weight.sum(0)) - weight.T @ share
    crossed = _summed("pt,kpt->tk", weight, within)
    normal[:months, months:] = crossed
    normal[months:, :months] = crossed.T
    flat = within.reshape(slopes, weight.size)
    normal[months:, months:] = (within * weight).reshape(flat.shape) @ flat.T
    return normal


def _solved(normal: Floats, moment: Floats, months: int) -> Floats:
    """Return normal^-1 moment, 0 for what the cells do not tell.

    A constant over all months is the place effects' (their swept matrix gives 0 for
    it, as do all moments): adding it back leaves the answer and makes it definite.
    """
    size = np.diag(normal)
    dead = size <= _ALIKE * float(size.max(initial=0.0))
    definite = np.where(dead[:, None] | dead[None], 0.0, normal)
    definite[:months, :months] += float(size.max(initial=0.0)) / months
    definite[dead] = definite[:, dead] = 0.0
    definite[dead, dead] = 1.0
    right = np.where(dead, 0.0, moment)
    try:
        return scipy.linalg.cho_solve(scipy.linalg.cho_factor(definite), right)
    except scipy.linalg.LinAlgError:
        return scipy.linalg.pinvh(normal) @ moment


def _independent(cells: Flags, regressors: Floats) -> Flags:
    """Return [K]: regressors that effects and those before them do not make up."""
    result = np.zeros(len(regressors), np.bool_)
    weight = cells.astype(np.float64)
    for k, column in enumerate(regressors):
        masked = np.where(cells, column, 0.0)
        _, fitted = _least_squares(weight, masked, regressors[result] * weight)
        left = float((weight * (masked - fitted) ** 2).sum())
        result[k] = left > _ALIKE * max(float((weight * masked**2).sum()), _ALIKE)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Sampling error of the known coefficients: covariance [K, K] and whose it is.

    `parts` [G, K] is what each cluster adds to each variance.
    """

    covariance: Floats
    parts: Floats


def spread(fit: TwoWay, clusters: Longs, errors: Errors) -> Spread:
    """Return the cluster-robust covariance of the known coefficients.

    clustered: (G/(G - 1)) A^-1 (sum s_g s_g') A^-1, of scores s_g and information A
    (Liang & Zeger 1986). jackknife: ((G - 1)/G) sum d_g d_g', with d_g = -(A - A_g)^-1
    s_g the step to the answer without cluster g (the linear cluster jackknife, CV3L, of
    MacKinnon, Nielsen & Webb 2023): with few clusters the former is too short.
    model: A^-1 times the dispersion (at least 1), which sees no difference between
    places: only for want of clusters, and it has no parts.
    """
    if errors not in {"jackknife", "clustered", "model"}:
        raise ValueError(f"errors: jackknife, clustered or model, not {errors}")
    months = fit.counts.shape[1]
    used = fit.regressors[fit.known]
    share = fit.weight / np.maximum(fit.weight.sum(1), _LEAST_MEAN)[:, None]
    within = used - _summed("pt,kpt->kp", share, used)[:, :, None]
    # d ln L / d linear predictor; for the Poisson law, y - mu.
    score = np.where(
        fit.cells, (fit.counts - fit.mean) / (1 + fit.alpha * fit.mean), 0.0
    )
    by_place = np.concatenate([score, _summed("pt,kpt->pk", score, within)], axis=1)
    normal = _normal(fit.weight, share, within)
    inverse = scipy.linalg.pinvh(normal)
    if errors == "model":
        scale = max(1.0, 0.0 if math.isnan(fit.dispersion) else fit.dispersion)
        only = scale * inverse[months:, months:]
        return Spread(only, np.zeros((0, len(used))))
    live = np.unique(clusters[fit.cells.any(1)])
    count = len(live)
    steps = np.empty((count, len(used)))
    for at, cluster in enumerate(live):
        mine = clusters == cluster
        pull = by_place[mine].sum(0)
        if errors == "jackknife":
            own = _normal(fit.weight[mine], share[mine], within[:, mine])
            steps[at] = _solved(normal - own, pull, months)[months:]
        else:
            steps[at] = (inverse @ pull)[months:]
    factor = (count - 1) / count if errors == "jackknife" else count / (count - 1)
    return Spread(factor * steps.T @ steps, factor * steps**2)
