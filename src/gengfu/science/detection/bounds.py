"""Upper bounds of a count, from its expected value and the doubt about it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, ndtr, ndtri, pdtrc

from gengfu.science.chances import negative_binomial_quantile, poisson_quantile

from .problem import FlexibleOptions, Floats

_BARELY = 1 + 1e-9
"""At or below this dispersion the negative binomial is the Poisson."""
_ENDLESS = 1e12
"""From this mean on laws of counts are taken as normal, to a billionth and better."""
_NOTHING = 1e-9
"""An expected count below this is none at all: the model cannot reach 0 itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """S predicted counts: log mean, its variance, and the dispersion phi >= 1."""

    eta: Floats
    variance: Floats
    dispersion: Floats

    @property
    def expected(self) -> Floats:
        return np.exp(self.eta)


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """Expected count, upper bound, exceedance score and p value of S counts."""

    expected: Floats
    upper: Floats
    score: Floats
    p_value: Floats


def bound_of(
    observed: Floats, prediction: Prediction, options: FlexibleOptions
) -> Bounded:
    """Return the bound that `options.bound` names, score and p value.

    delta: U = mu (1 + p z sqrt((phi mu + var(mu)) / mu^2))^(1/p), with var(mu) =
    mu^2 var(log mu), p the power and z the normal quantile of 1 - alpha.
    nb_plugin: the smallest count u with P(Y <= u) >= 1 - alpha for a negative
    binomial Y of mean mu and variance phi mu. muan: the same at the mean
    exp(log mu + z sd(log mu)).
    """
    z = -float(ndtri(options.alpha))
    mu = prediction.expected
    phi = prediction.dispersion
    if options.compat == "paper":
        # No case in any week of this season: nothing is expected, and known for sure.
        mu = np.where(mu < _NOTHING, 0.0, mu)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if options.bound == "delta":
            power = options.power
            sd = power * np.sqrt(phi / mu + prediction.variance)
            upper = np.where(mu > 0, mu * (1 + z * sd) ** (1 / power), 0.0)
            p_value = ndtr((1 - (observed / mu) ** power) / sd)
        else:
            mean = mu
            if options.bound == "muan":
                mean = mu * np.exp(z * np.sqrt(prediction.variance))
                mean = np.where(mu > 0, mean, 0.0)
            upper = _quantile(1 - options.alpha, mean, phi)
            p_value = _chance_of_reaching(observed, mean, phi)
        # R keeps the log of the mean in place of the mean for these two bounds.
        logarithm = options.compat == "R" and options.bound != "delta"
        centre = prediction.eta if logarithm else mu
        score = (observed - centre) / (upper - centre)
    nothing = (mu == 0) & ~np.isnan(observed)
    score = np.where(nothing, np.where(observed > 0, np.inf, 0.0), score)
    p_value = np.where(nothing, np.where(observed > 0, 0.0, 1.0), p_value)
    return Bounded(mu, upper, score, p_value)


def _quantile(level: float, mean: Floats, phi: Floats) -> Floats:
    endless = mean > _ENDLESS
    some = np.where(endless, 1.0, mean)
    size, share = _shape(some, phi)
    many = negative_binomial_quantile(level, size, share)
    few = poisson_quantile(level, some)
    upper = np.where(some < _NOTHING, 0.0, np.where(phi > _BARELY, many, few))
    with np.errstate(over="ignore"):
        normal = mean + float(ndtri(level)) * np.sqrt(phi * mean)
    return np.where(endless, normal, upper)


def _chance_of_reaching(observed: Floats, mean: Floats, phi: Floats) -> Floats:
    """Return P(Y >= observed)."""
    endless = mean > _ENDLESS
    most = np.where(endless, 1.0, mean)
    size, share = _shape(most, phi)
    below = observed - 1
    some = np.maximum(below, 0)
    reaching = np.where(
        phi > _BARELY,
        np.asarray(betaincc(size, np.floor(some) + 1.0, share)),
        pdtrc(some, most),
    )
    reaching = np.where(below < 0, 1.0, reaching)
    with np.errstate(invalid="ignore", over="ignore"):
        normal = ndtr((mean - observed) / np.sqrt(phi * mean))
    normal = np.where(np.isposinf(mean), 1.0, normal)
    return np.where(np.isnan(observed), np.nan, np.where(endless, normal, reaching))


def _shape(mean: Floats, phi: Floats) -> tuple[Floats, Floats]:
    """Return size and chance of the negative binomial: variance phi times mean."""
    over = np.maximum(phi, _BARELY)
    return mean / (over - 1), 1 / over
