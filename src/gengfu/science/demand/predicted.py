"""Predictive distributions of counts: Poisson rates that are not exactly known."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import optimize, special

from gengfu.science.chances import negative_binomial_quantile

from .problem import Floats

_LEAST = 1e-8
"""A dispersion this small is a Poisson's to nine digits at any count of calls."""
_LOG_BOUNDS = (-16.0, 3.0)
"""Of the dispersion learnt: e^-16 is none, e^3 a rate that may be twenty times off."""


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Counts to come: their mean and dispersion, arrays of one shape.

    y ~ Poisson(mean g), g ~ Gamma with mean 1 and variance `dispersion`: the negative
    binomial with variance mean + dispersion mean^2, or the Poisson where that is 0.
    """

    mean: Floats
    dispersion: Floats

    def __post_init__(self) -> None:
        if self.mean.shape != self.dispersion.shape:
            raise ValueError("mean and dispersion must have one shape")
        if not np.all((self.mean > 0) & (self.dispersion >= 0)):
            raise ValueError("mean must be above 0 and dispersion 0 or more")

    def quantile(self, level: float) -> Floats:
        """Return the least count not passed with a chance of `level`."""
        if not 0 < level < 1:
            raise ValueError(f"a level lies between 0 and 1, not {level}")
        size = self._size()
        return negative_binomial_quantile(level, size, size / (size + self.mean))

    def interval(self, level: float = 0.8) -> tuple[Floats, Floats]:
        """Return the central interval, ends included: `level` of the chance or more.

        Counts are whole, so that of rare calls it holds more than it says.
        """
        tail = (1.0 - level) / 2.0
        return self.quantile(tail), self.quantile(1.0 - tail)

    def at_most(self, count: Floats) -> Floats:
        """Return the chance of `count` calls or fewer; 0 below none."""
        size = self._size()
        some = np.maximum(np.floor(count), 0.0) + 1.0
        chance = special.betainc(size, some, size / (size + self.mean))
        return np.where(count < 0, 0.0, np.asarray(chance, np.float64))

    def _size(self) -> Floats:
        return 1.0 / np.maximum(self.dispersion, _LEAST)


def learn_dispersion(counts: Floats, mean: Floats, known: Floats | float) -> float:
    """Return the dispersion beyond `known` that makes counts about `mean` most likely.

    Maximum likelihood of the negative binomial with dispersion `known` + the answer
    (J. F. Lawless, "Negative binomial and mixed Poisson regression", Canadian J.
    Statist. 15, 1987). Cells with a mean of 0 say nothing. 0 where none says anything.
    """
    some = mean > 0
    if not np.any(some):
        return 0.0
    y, mu = counts[some], mean[some]
    base = np.broadcast_to(np.asarray(known, np.float64), mean.shape)[some]
    busy = np.flatnonzero(y > 0)  # few of the hours; in all others `ways` is 0
    y, mean_of_busy = y[busy], mu[busy]

    def cost(log_dispersion: float) -> float:
        size: Floats = 1.0 / np.maximum(base + np.exp(log_dispersion), _LEAST)
        of_busy = size[busy]
        ways = _log_gamma(y + of_busy) - _log_gamma(of_busy)
        counted: Floats = ways - y * np.log(of_busy + mean_of_busy)
        # size log(size / (size + mu)) in a form that keeps its digits at large sizes
        rare: Floats = -size * np.log1p(mu / size)
        return -float(counted.sum() + rare.sum())

    found = optimize.minimize_scalar(
        cost, bounds=_LOG_BOUNDS, method="bounded", options={"xatol": 0.02}
    )
    at = cast("float", found.x)
    return float(np.exp(at)) if cost(at) < cost(_LOG_BOUNDS[0]) else 0.0


def _log_gamma(values: Floats) -> Floats:
    return np.asarray(cast("Any", special.gammaln)(values), np.float64)
