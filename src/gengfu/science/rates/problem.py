"""What a rate model is asked and what it answers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]
type Complexes = NDArray[np.complex128]

type Band = Literal["blue", "green", "yellow", "orange", "red"]


@dataclass(frozen=True, slots=True)
class BandRule:
    """A band that a place gets where P(RR is `side` of `ratio`) >= `probability`."""

    band: Band
    side: Literal["below", "above"]
    ratio: float
    probability: float

    def __post_init__(self) -> None:
        if not (self.ratio > 0 and 0 < self.probability < 1):
            raise ValueError(f"{self.band}: needs ratio > 0 and 0 < probability < 1")


BANDS: tuple[BandRule, ...] = (
    BandRule("blue", "below", 1.0, 0.975),
    BandRule("yellow", "above", 1.0, 0.95),
    BandRule("orange", "above", 1.2, 0.95),
    BandRule("red", "above", 1.5, 0.95),
)
"""Rules in rising order: the last one that a place meets is its band, else green."""

WEIGHTS = {"crime": 0.6, "fire": 0.2, "traffic": 0.2}
"""Published weights of the domains (Huizhou 2016)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a relative risk becomes a score: higher is safer.

    S = clip(expected - per_doubling log2 RR - min(deaths_most, deaths_per_doubling
    max(0, log2 theta_D)), 0, 100), with theta_D the relative risk of a death.
    """

    expected: float = 80.0
    per_doubling: float = 20.0
    deaths_per_doubling: float = 5.0
    deaths_most: float = 10.0

    def __post_init__(self) -> None:
        rates = (self.per_doubling, self.deaths_per_doubling)
        if not (min(rates) > 0 and self.deaths_most >= 0):
            raise ValueError("a score must fall as risk rises")


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of P places: posterior median, interval, RR likewise, and bands.

    `chances[r]` is the posterior probability of each band rule.
    """

    score: Floats
    low: Floats
    high: Floats
    ratio: Floats
    ratio_low: Floats
    ratio_high: Floats
    chances: Floats
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, eq=False)
class IndexResult(Scores):
    """Scores with an interval of ranks for each place: 1 is the safest, P the least."""

    rank_low: Longs
    rank_high: Longs
