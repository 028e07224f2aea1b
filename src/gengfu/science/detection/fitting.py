"""Quasi-Poisson regression of many series that share one design, weighed twice.

C. P. Farrington, N. J. Andrews, A. D. Beale, M. A. Catchpole, "A statistical algorithm
for the early detection of outbreaks of infectious disease", J. R. Statist. Soc. A 159
(1996), sections 3.2 to 3.6: E(y) = mu, var(y) = phi mu, log mu linear; past outbreaks
are weighed down by their Anscombe residuals.
"""

from dataclasses import dataclass

import numpy as np

from .problem import Compat, Flags, Floats, Longs

_MOST_ETA = 30.0
"""Bound of log mu: a level without a case would send it to minus infinity."""
_ROUNDED = 1e-15
"""Rounding of a deviance, for each case: huge counts change it without end."""
_STOP = {"paper": (1e-12, 100), "R": (1e-8, 25)}
"""Relative change of the deviance that ends the iteration, and the most rounds."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Fits of S series with P coefficients to n weeks.

    `beta` [S, P], `covariance` [S, P, P] before dispersion, `dispersion` [S] (Pearson,
    not floored), `spread` [S] (sum of weighted squared working residuals over the
    degrees of freedom), `freedom` [S], `converged` [S].
    """

    beta: Floats
    covariance: Floats
    dispersion: Floats
    spread: Floats
    freedom: Floats
    converged: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    beta: Floats
    mu: Floats
    working: Floats
    covariance: Floats
    converged: Flags


def fit_reweighted(
    design: Floats,
    counts: Floats,
    valid: Flags,
    offset: Floats,
    weights_above: float | None,
    compat: Compat,
) -> Fit:
    """Fit each row of `counts` [S, n] to `design` [n, P], then again reweighted.

    `valid` [S, n] marks the weeks that count and `offset` [S, n] is added to log mu.
    Weights are gamma / s^2 where the standardised Anscombe residual s passes
    `weights_above` and gamma elsewhere, with gamma such that they sum to the number
    of weeks. Leverages are taken out of s. `weights_above` None: the first fit alone.
    """
    weight = valid.astype(np.float64)
    number = weight.sum(axis=1)
    # A level of the season nobody recorded in this series has no coefficient.
    used = (weight @ (design != 0)) > 0
    freedom = number - used.sum(axis=1)
    first = _iterate(design, counts, weight, offset, used, compat)
    dispersion, _ = _spread(counts, weight, first, freedom)
    if weights_above is None:
        return Fit(
            first.beta,
            first.covariance,
            dispersion,
            dispersion,
            freedom,
            first.converged,
        )
    leverage = first.working * _quadratic(design, first.covariance)
    floor = np.maximum(dispersion, 1.0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # 3/2 (y^(2/3) mu^(-1/6) - mu^(1/2)), nearly normal for a Poisson count
        residual = 1.5 * (counts ** (2 / 3) * first.mu ** (-1 / 6) - np.sqrt(first.mu))
        residual /= np.sqrt(floor * np.maximum(1 - leverage, 0.0))
        omega = np.where(residual > weights_above, residual**-2.0, 1.0)
    omega = np.where(np.isnan(omega), 1.0, omega) * weight
    omega *= (number / np.maximum(omega.sum(axis=1), np.finfo(float).tiny))[:, None]
    second = _iterate(design, counts, omega, offset, used, compat)
    dispersion, spread = _spread(counts, omega, second, freedom)
    converged = first.converged & second.converged
    return Fit(second.beta, second.covariance, dispersion, spread, freedom, converged)


def _spread(
    counts: Floats, weight: Floats, step: _Step, freedom: Floats
) -> tuple[Floats, Floats]:
    """Return Pearson's dispersion and the same with prior weights alone."""
    squared = ((counts - step.mu) / step.mu) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = (step.working * squared).sum(axis=1) / freedom
        return pearson, (weight * squared).sum(axis=1) / freedom


def _iterate(
    design: Floats,
    counts: Floats,
    weight: Floats,
    offset: Floats,
    used: Flags,
    compat: Compat,
) -> _Step:
    """Iterate reweighted least squares, all series at a time.

    R keeps working weights and covariance of the round before the last; the papers
    mean those of the solution, so one more round follows.
    """
    stop, rounds = _STOP[compat]
    series, width = len(counts), design.shape[1]
    mu = counts + 0.1
    eta = np.log(mu)
    beta = np.zeros((series, width))
    working = np.zeros_like(mu)
    covariance = np.zeros((series, width, width))
    converged = np.zeros(series, np.bool_)
    deviance = _deviance(counts, mu, weight)

    def improve(live: Longs) -> None:
        working[live] = weight[live] * mu[live]
        answer = eta[live] - offset[live] + (counts[live] - mu[live]) / mu[live]
        covariance[live], beta[live] = _solve(design, working[live], answer, used[live])
        linear = beta[live] @ design.T + offset[live]
        eta[live] = np.clip(linear, -_MOST_ETA, _MOST_ETA)
        mu[live] = np.exp(eta[live])

    live = np.arange(series)
    for _ in range(rounds):
        improve(live)
        now = _deviance(counts[live], mu[live], weight[live])
        least = stop * (np.abs(now) + 0.1)
        if compat == "paper":
            least += _ROUNDED * (weight[live] * counts[live]).sum(axis=1)
        done = np.abs(now - deviance[live]) < least
        deviance[live] = now
        converged[live[done]] = True
        live = live[~done]
        if not len(live):
            break
    if compat == "paper":
        improve(np.flatnonzero(converged))
    return _Step(beta, mu, working, covariance, converged)


def _solve(
    design: Floats, working: Floats, answer: Floats, used: Flags
) -> tuple[Floats, Floats]:
    """Return (X'WX)^-1 and the coefficients of each series."""
    series, width = used.shape
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    normal = (working @ pairs).reshape(series, width, width)
    place: Longs = np.arange(width, dtype=np.int64)
    normal[:, place, place] += ~used
    # Levels of very different size are put on one scale before they are inverted.
    scale = 1 / np.sqrt(np.maximum(normal[:, place, place], np.finfo(float).tiny))
    scaled = normal * scale[:, :, None] * scale[:, None, :]
    try:
        inverse = np.linalg.inv(scaled)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(scaled, hermitian=True)
    inverse = inverse * scale[:, :, None] * scale[:, None, :]
    right = (working * answer) @ design
    return inverse, np.einsum("sij,sj->si", inverse, right)


def _quadratic(design: Floats, covariance: Floats) -> Floats:
    """Return x' C x for each series and week."""
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    return covariance.reshape(len(covariance), -1) @ pairs.T


def _deviance(counts: Floats, mu: Floats, weight: Floats) -> Floats:
    some = np.where(counts > 0, counts, 1.0)
    return 2 * (weight * (counts * np.log(some / mu) - counts + mu)).sum(axis=1)
