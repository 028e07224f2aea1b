"""Fit relative risks of many places: Poisson-gamma, its hyperparameters integrated."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .marginal import Marginal, Mixture, of_sum
from .problem import Floats

_STEPS, _STILL = 50, 1e-6
_PRIOR_BEND = 0.125
"""Most that the prior of ln mu can bend: half of the most of s (1 - s)."""
_REACH = 4.0
"""Nodes of ln mu reach this many standard errors to each side."""
_LEAST_CV = 0.3
"""Least coefficient of variation, in standard errors of ln mu."""
_WEIGHED = 1e-6
"""Nodes with less weight than this, of the heaviest, are left out."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes over the coefficient of variation and the mean of relative risks.

    `most_cv` is where the grid of coefficients of variation ends. `typical_cv` is the
    scale of its half-normal prior.
    """

    cvs: int = 16
    means: int = 11
    most_cv: float = 3.0
    typical_cv: float = 0.5

    def __post_init__(self) -> None:
        good = self.cvs > 1 and self.means > 1 and self.typical_cv > 0
        if not (good and self.most_cv > 0):
            raise ValueError("a grid needs two or more nodes each way, and cv above 0")


@dataclass(frozen=True, slots=True, eq=False)
class RatePosterior:
    """The joint posterior of the relative risks theta of P places.

    A mixture over G nodes (mean[k], shape[k] = 1/cv^2) with weight[k]; within a node
    theta_p ~ Gamma(shape + counts[p], shape/mean + expected[p]), independent over p.
    Ratios are free of units: 1 is what was expected.
    """

    counts: Floats
    expected: Floats
    shape: Floats
    mean_ratio: Floats
    weight: Floats
    _kept: list[Marginal] = field(
        default_factory=list[Marginal], init=False, repr=False
    )

    @property
    def places(self) -> int:
        """P."""
        return len(self.counts)

    @property
    def mean(self) -> Floats:
        """Posterior mean of each theta, P."""
        alpha = self.counts[:, None] + self.shape
        return (alpha / self._rate()) @ self.weight

    def above(self, ratio: float) -> Floats:
        """Return P(theta_p > ratio) for each place, P: the exact sum over nodes."""
        alpha = self.counts[:, None] + self.shape
        tail = scipy.special.gammaincc(alpha, self._rate() * ratio)
        return np.asarray(tail, np.float64) @ self.weight

    def quantile(self, level: float) -> Floats:
        """Return the quantile of each theta, P."""
        return np.exp(self._marginal().quantile(level))

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return the two ends that leave (1 - level)/2 outside each, P and P."""
        if not 0 < level < 1:
            raise ValueError(f"a level lies between 0 and 1, not {level}")
        tail = (1.0 - level) / 2.0
        return self.quantile(tail), self.quantile(1.0 - tail)

    def draws(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw (number, P) joint values; a place's stream is its own.

        Places share the node of a draw. Each has a spawned generator, so that another
        count in one place leaves the random numbers of all others as they were.
        """
        if number < 1:
            raise ValueError("draw at least once")
        nodes, *streams = rng.spawn(self.places + 1)
        ends = np.cumsum(self.weight)
        at: Floats = (np.arange(number) + nodes.random(number)) / number * ends[-1]
        k = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
        k = k[nodes.permutation(number)]
        shape, rate = self.shape[k], (self.shape / self.mean_ratio)[k]
        out = np.empty((self.places, number))
        for place, stream in enumerate(streams):
            drawn = stream.standard_gamma(shape + self.counts[place])
            np.divide(drawn, rate + self.expected[place], out=out[place])
        return out.T

    def with_count(self, place: int, count: int) -> "RatePosterior":
        """Return the posterior had one place's count been another.

        Nodes are weighed anew by the ratio of that place's negative-binomial
        probabilities; the nodes themselves stay. Used by disclosure control, to see
        which counts a published figure leaves possible.
        """
        if not 0 <= place < self.places or count < 0:
            raise ValueError(f"no place {place} with a count of {count}")
        mean_count = self.mean_ratio * self.expected[place]
        if count > 0 and self.expected[place] <= 0:
            raise ValueError(f"place {place} expects no events and has {count}")
        counts = self.counts.copy()
        old = float(counts[place])
        counts[place] = count
        miss = np.log(self.shape + mean_count)
        change = _log_gamma(self.shape + count) - _log_gamma(self.shape + old)
        if count != old:
            change += (count - old) * (np.log(mean_count) - miss)
        weight = self.weight * np.exp(change - change.max())
        return replace(self, counts=counts, weight=weight / weight.sum())

    def only(self, places: Sequence[int]) -> "RatePosterior":
        """Return the same posterior of some of its places."""
        at = np.asarray(places, np.int64)
        return replace(self, counts=self.counts[at], expected=self.expected[at])

    def log_mixture(self) -> Mixture:
        """Return the marginals of ln theta as mixtures."""
        return Mixture(self.counts, self.shape, self.weight, self._rate())

    def _rate(self) -> Floats:
        return self.shape / self.mean_ratio + self.expected[:, None]

    def _marginal(self) -> Marginal:
        if not self._kept:
            self._kept.append(of_sum([(1.0, self.log_mixture())]))
        return self._kept[0]


def fit_rates(
    counts: ArrayLike, expected: ArrayLike, *, grid: Grid | None = None
) -> RatePosterior:
    """Fit the relative risks of P places to their counts and expected counts.

    y_p ~ Poisson(E_p theta_p), theta_p ~ Gamma(a, a/mu), cv = 1/sqrt(a). The prior of
    ln mu is Jeffreys' for a given cv, that of cv half-normal. Both are integrated on a
    grid: cv by logarithmic steps up from .3 standard errors of ln mu (what lies below
    cannot be told from it), ln mu by the trapezoid rule around its mode. Plug-in
    estimates (Marshall 1991; Clayton & Kaldor 1987, Biometrics 43) leave out what is
    not known of mu and cv, so their intervals are too short where counts are small.

    Raises ValueError for shapes that differ, counts or expected counts that are not
    numbers of 0 or more, events where none are expected, and where nothing is expected.
    """
    grid = grid or Grid()
    y, e = np.asarray(counts, np.float64), np.asarray(expected, np.float64)
    _check(y, e)
    cv, mass = _cv_nodes(y, e, grid)
    shape = cv**-2.0
    mode, error = _modes(y, e, shape)
    reach = np.linspace(-_REACH, _REACH, grid.means)
    log_mean = mode[:, None] + error[:, None] * reach
    log_weight = _log_posterior(y, e, shape, log_mean)
    log_weight += np.log(error * mass)[:, None]
    weight = np.exp(log_weight - log_weight.max()).ravel()
    heavy = weight > _WEIGHED
    return RatePosterior(
        y.copy(),
        e.copy(),
        np.repeat(shape, grid.means)[heavy],
        np.exp(log_mean.ravel()[heavy]),
        weight[heavy] / weight[heavy].sum(),
    )


def _check(y: Floats, e: Floats) -> None:
    if y.ndim != 1 or y.shape != e.shape or len(y) == 0:
        raise ValueError("counts and expected must be two equal rows of numbers")
    if not np.all(np.isfinite(y) & (y >= 0) & np.isfinite(e) & (e >= 0)):
        raise ValueError("counts and expected must be numbers of 0 or more")
    if not e.sum() > 0:
        raise ValueError("nothing is expected in any place")
    stray = np.flatnonzero((e == 0) & (y > 0))
    if len(stray):
        raise ValueError(f"place {int(stray[0])} has events and expects none")


def _cv_nodes(y: Floats, e: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Return nodes of cv where the posterior has weight, and the prior mass of each.

    A first grid over the whole range finds that part, by Laplace's approximation of
    the integral over mu. The lowest node stands for all cv below it as well.
    """
    low = min(_LEAST_CV / float(np.sqrt(y.sum() + 0.5)), 0.5 * grid.most_cv)
    coarse = _steps_up(low, grid.most_cv, 3 * grid.cvs)
    mode, error = _modes(y, e, coarse**-2.0)
    height = _log_posterior(y, e, coarse**-2.0, mode[:, None])[:, 0]
    height += np.log(error * _prior_mass(coarse, grid, low))
    seen = np.flatnonzero(height > height.max() + np.log(_WEIGHED))
    first, last = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 1, len(coarse) - 1)
    cv = _steps_up(float(coarse[first]), float(coarse[last]), grid.cvs)
    return cv, _prior_mass(cv, grid, low)


def _steps_up(low: float, high: float, number: int) -> Floats:
    steps: Floats = np.linspace(log(low), log(high), number)
    return np.exp(steps)


def _prior_mass(cv: Floats, grid: Grid, low: float) -> Floats:
    density = _prior(cv, grid.typical_cv)
    mass = density * cv * float(np.log(cv[1] / cv[0]))
    mass[[0, -1]] *= 0.5
    if cv[0] <= low:
        mass[0] += density[0] * cv[0]
    return mass


def _prior(cv: Floats, typical: float) -> Floats:
    return np.exp(-0.5 * (cv / typical) ** 2)


def _log_posterior(y: Floats, e: Floats, shape: Floats, log_mean: Floats) -> Floats:
    """Return ln of likelihood times prior of mu, C x M, but for a constant.

    Negative binomial: sum over places of ln Gamma(a + y) - ln Gamma(a) - y ln a
    + y ln m - (a + y) ln(1 + m/a), with m = mu E. The prior is sqrt(I(mu)/I(mu0)),
    I = sum m/(1 + m/a), with mu0 the city's ratio: it weighs mu and leaves cv alone.
    """
    a = shape[:, None]
    of_shape = _log_gamma(a + y) - _log_gamma(a) - y * np.log(a)
    mean = np.exp(log_mean)[..., None] * e
    share = (a + y)[:, None, :] * np.log1p(mean / a[..., None])
    told = (mean / (1.0 + mean / a[..., None])).sum(axis=2)
    pooled = (y.sum() + 0.5) / e.sum() * e
    told_there = (pooled / (1.0 + pooled / a)).sum(axis=1)[:, None]
    prior = 0.5 * np.log(told / told_there)
    constant = of_shape.sum(axis=1)[:, None]
    return constant - share.sum(axis=2) + float(y.sum()) * log_mean + prior


def _modes(y: Floats, e: Floats, shape: Floats) -> tuple[Floats, Floats]:
    """Return the mode of ln mu for each shape and its standard error, C and C.

    Newton's steps with the curvature of the likelihood, and the most that the prior
    can add to it, so that no step goes too far.
    """
    a = shape[:, None]
    at = np.full(len(shape), log((float(y.sum()) + 0.5) / float(e.sum())))
    bend = np.ones(len(shape))
    for _ in range(_STEPS):
        mean = np.exp(at)[:, None] * e
        share = mean / (a + mean)
        told = a * share
        prior = 0.5 * (told * (1.0 - share)).sum(axis=1) / told.sum(axis=1)
        slope = y.sum() + prior - ((a + y) * share).sum(axis=1)
        bend = ((a + y) * share * (1.0 - share)).sum(axis=1) + _PRIOR_BEND
        move = np.clip(slope / bend, -2.0, 2.0)
        at = at + move
        if float(np.abs(move).max()) < _STILL:
            break
    return at, 1.0 / np.sqrt(bend)


def _log_gamma(x: Floats) -> Floats:
    return np.asarray(scipy.special.gammaln(x), np.float64)
