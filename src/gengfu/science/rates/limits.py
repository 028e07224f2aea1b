"""Limits of a Poisson count, and the funnel that they draw around a ratio of 1."""

from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .problem import Floats

_LEAST_COUNTS = 2
_HALF = 0.5


def poisson_interval(
    count: ArrayLike,
    level: float = 0.95,
    method: Literal["exact", "byar"] = "exact",
) -> tuple[Floats, Floats]:
    """Return the limits of the mean of a Poisson count, element by element.

    exact: Garwood (1936), low = qgamma(alpha/2, y), high = qgamma(1 - alpha/2, y + 1),
    with alpha = 1 - level; coverage is never below the level.
    byar: x (1 - 1/(9x) -+ z/(3 sqrt x))^3 with x = y + 1/2, Byar's approximation of the
    shorter mid-P limits (Rothman & Boice 1979); 0 is the lower limit of no events.
    Raises ValueError for counts below 0 or a level outside of 0 to 1.

    >>> low, high = poisson_interval(10)
    >>> round(float(low), 4), round(float(high), 4)
    (4.7954, 18.3904)
    """
    y = _numbers("count", count)
    tail = _tail(level)
    if method not in {"exact", "byar"}:
        raise ValueError(f"method must be exact or byar, not {method}")
    if method == "exact":
        low = _gamma_quantile(y, tail)
        return low, _gamma_quantile(y + 1.0, 1.0 - tail)
    z = float(scipy.special.ndtri(1.0 - tail))
    x = y + _HALF
    middle, reach = 1.0 - 1.0 / (9.0 * x), z / (3.0 * np.sqrt(x))
    low = x * np.maximum(middle - reach, 0.0) ** 3
    return np.where(y > 0, low, 0.0), x * (middle + reach) ** 3


def funnel_limits(
    expected: ArrayLike, level: float = 0.95, overdispersion: float = 1.0
) -> tuple[Floats, Floats]:
    """Return the limits of observed/expected around 1 for an expected count above 0.

    low = qgamma(alpha/2, n)/n and high = qgamma(1 - alpha/2, n + 1)/n for n expected:
    the exact Poisson limits of a place with ratio 1. With overdispersion phi >= 1 the
    place carries the information of n/phi events (Spiegelhalter 2005, "Funnel plots
    for comparing institutional performance", Statistics in Medicine 24).
    Raises ValueError for an expected count of 0 or less, or phi below 1.
    """
    n = _numbers("expected", expected)
    if not (np.all(n > 0) and 1.0 <= overdispersion < np.inf):
        raise ValueError("a funnel needs expected > 0 and overdispersion >= 1")
    tail = _tail(level)
    worth = n / overdispersion
    low = _gamma_quantile(worth, tail) / worth
    return low, _gamma_quantile(worth + 1.0, 1.0 - tail) / worth


def overdispersion(
    counts: ArrayLike, expected: ArrayLike, winsorised: float = 0.1
) -> float:
    """Return phi = mean z^2 over places, at least 1, with z = (y - E)/sqrt(E).

    z is winsorised: the most extreme `winsorised` share at each end is drawn in to the
    quantile there, so that true outliers do not widen the funnel that should show them
    (Spiegelhalter 2005). Raises ValueError with fewer than two places.
    """
    y, n = _numbers("counts", counts), _numbers("expected", expected)
    if y.shape != n.shape or y.ndim != 1 or len(y) < _LEAST_COUNTS or np.any(n <= 0):
        raise ValueError("overdispersion needs two or more places with expected > 0")
    if not 0 <= winsorised < _HALF:
        raise ValueError("winsorised is a share of each end, 0 to below 0.5")
    z = (y - n) / np.sqrt(n)
    ends = np.quantile(z, [winsorised, 1.0 - winsorised])
    return max(1.0, float(np.mean(np.clip(z, ends[0], ends[1]) ** 2)))


def _gamma_quantile(shape: Floats, probability: float) -> Floats:
    """Return the quantile of a gamma of this shape and rate 1; shape 0 lies at 0."""
    some = np.where(shape > 0, shape, 1.0)
    at = np.asarray(scipy.special.gammaincinv(some, probability), np.float64)
    return np.where(shape > 0, at, 0.0)


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return (1.0 - level) / 2.0


def _numbers(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, np.float64)
    if not np.all(np.isfinite(array) & (array >= 0)):
        raise ValueError(f"{name} must be numbers of 0 or more")
    return array
