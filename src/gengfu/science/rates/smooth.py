"""Older answers to noisy small rates, for comparison: global and local shrinkage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .problem import Floats

_LEAST_PLACES = 4


def marshall_eb(counts: ArrayLike, population: ArrayLike) -> Floats:
    """Return P rates drawn to the overall rate by the method of moments.

    m = sum y / sum n, s2 = sum n (r - m)^2 / sum n, A = max(0, s2 - m / mean n),
    est = m + (r - m) A / (A + m/n). Marshall 1991, "Mapping disease and mortality rates
    using empirical Bayes estimators", Applied Statistics 40. Its plug-in intervals are
    far too short, which is why the index does not use it.
    Raises ValueError where a population is not above 0.

    >>> marshall_eb([1, 9, 4], [1000, 2000, 4000]).round(6).tolist()
    [0.001549, 0.003554, 0.001233]
    """
    y, n = _rates_of(counts, population)
    mean = float(y.sum() / n.sum())
    spread = float((n * (y / n - mean) ** 2).sum() / n.sum())
    between = max(0.0, spread - mean / float(n.mean()))
    return _drawn(y / n, n, np.full(len(y), mean), np.full(len(y), between))


def marshall_eb_local(
    counts: ArrayLike, population: ArrayLike, neighbours: Sequence[Sequence[int]]
) -> Floats:
    """Return P rates, each drawn to the rate of itself and its neighbours together.

    The moments of `marshall_eb` over each neighbourhood, itself included; s2 takes the
    distance of each place from the mean of its own neighbourhood.
    """
    y, n = _rates_of(counts, population)
    _check(neighbours, len(y))
    near = [np.array([i, *others], np.int64) for i, others in enumerate(neighbours)]
    mean = np.array([y[here].sum() / n[here].sum() for here in near])
    square = n * (y / n - mean) ** 2
    spread = np.array([square[here].sum() / n[here].sum() for here in near])
    size = np.array([n[here].mean() for here in near])
    return _drawn(y / n, n, mean, np.maximum(0.0, spread - mean / size))


def _drawn(rate: Floats, n: Floats, mean: Floats, between: Floats) -> Floats:
    chance = between + mean / n
    some = np.where(chance > 0, chance, 1.0)
    return mean + (rate - mean) * np.where(chance > 0, between / some, 0.0)


@dataclass(frozen=True, slots=True)
class MoransI:
    """Moran's I with its mean, variance and z if values were shuffled over places."""

    value: float
    expected: float
    variance: float
    z: float


def morans_i(values: ArrayLike, neighbours: Sequence[Sequence[int]]) -> float:
    """Return Moran's I of P values with row-standardised weights of `neighbours`.

    I = (P / S0) sum_ij w_ij z_i z_j / sum z^2, with w_ij = 1 / (number of neighbours of
    i), z = x - mean. Places without neighbours have no weight and count in P (Moran
    1950, Biometrika 37). Raises ValueError for equal values or a wrong neighbour.
    """
    return morans_test(values, neighbours).value


def morans_test(values: ArrayLike, neighbours: Sequence[Sequence[int]]) -> MoransI:
    """Return Moran's I and its moments under randomisation (Cliff & Ord 1981)."""
    x = np.asarray(values, np.float64)
    _check(neighbours, len(x))
    if x.ndim != 1 or len(x) < _LEAST_PLACES or not np.all(np.isfinite(x)):
        raise ValueError("Moran's I needs one dimension of four or more numbers")
    z = x - x.mean()
    square = float((z**2).sum())
    if square <= 0.0:
        raise ValueError("Moran's I is not defined where all values are equal")
    count = float(len(x))
    weight = {
        (i, j): 1.0 / len(near) for i, near in enumerate(neighbours) for j in near
    }
    s0 = sum(weight.values())
    if s0 <= 0.0:
        raise ValueError("Moran's I needs places with neighbours")
    value = count / s0 * sum(w * z[i] * z[j] for (i, j), w in weight.items()) / square
    pairs = weight.keys() | {(j, i) for i, j in weight}
    s1 = 0.5 * sum(
        (weight.get((i, j), 0.0) + weight.get((j, i), 0.0)) ** 2 for i, j in pairs
    )
    sums = np.zeros(len(x))
    for (i, j), w in weight.items():
        sums[i] += w
        sums[j] += w
    s2 = float((sums**2).sum())
    kurtosis = count * float((z**4).sum()) / square**2
    n1, n2, n3 = count - 1.0, count - 2.0, count - 3.0
    free = count * ((count**2 - 3.0 * count + 3.0) * s1 - count * s2 + 3.0 * s0**2)
    tied = kurtosis * (count * n1 * s1 - 2.0 * count * s2 + 6.0 * s0**2)
    expected = -1.0 / n1
    variance = (free - tied) / (n1 * n2 * n3 * s0**2) - expected**2
    return MoransI(
        float(value), expected, variance, float((value - expected) / np.sqrt(variance))
    )


def _check(neighbours: Sequence[Sequence[int]], places: int) -> None:
    if len(neighbours) != places:
        raise ValueError(f"{len(neighbours)} lists of neighbours for {places} places")
    for place, near in enumerate(neighbours):
        if any(not 0 <= other < places or other == place for other in near):
            raise ValueError(f"place {place} has a neighbour that is no other place")


def _rates_of(counts: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    y, n = np.asarray(counts, np.float64), np.asarray(population, np.float64)
    if y.ndim != 1 or y.shape != n.shape or len(y) == 0:
        raise ValueError("counts and population must be two equal rows of numbers")
    if not (np.all(np.isfinite(y) & (y >= 0)) and np.all(np.isfinite(n) & (n > 0))):
        raise ValueError("counts must be 0 or more, population above 0")
    return y, n
