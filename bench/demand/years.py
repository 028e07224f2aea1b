"""Years of calls drawn from a city whose truth is known.

Areas differ in size (lognormal), in the hours they keep and a few in a night of the
week; the level drifts from day to day and with the season; days, and hours of an area,
are more or less busy than any pattern says (gamma).
"""

from dataclasses import dataclass

import numpy as np

from gengfu.science.demand import CallCounts

DAY_H, WEEK_D = 24, 7


@dataclass(frozen=True)
class City:
    """A city's size, and how far its days stray from their pattern."""

    areas: int = 40
    calls_a_day: float = 450.0
    day_cv: float = 0.06
    """Of the whole city's day about its level: weather, the moon."""
    drift: float = 0.004
    """Standard deviation of the level's step from day to day, in logarithms."""
    season: float = 0.08
    cell_cv: float = 0.3
    """Of an area's hour about its mean: a fire brings five calls."""
    odd_areas: float = 0.15
    """Share of areas with three times the calls on one evening of the week."""


def mean_year(city: City, days: int, rng: np.random.Generator):
    """Return expected calls [days, 24, areas] but for what strays at random."""
    hour = 1.0 + 0.55 * np.sin((np.arange(DAY_H) - 9.0) * np.pi / 12.0)
    size = rng.lognormal(0.0, 0.9, city.areas)
    peak = rng.normal(0.0, 3.0, city.areas)
    own = 1.0 + 0.35 * np.cos((np.arange(DAY_H)[:, None] - 18.0 - peak) * np.pi / 12.0)
    weekday = 1.0 + np.array([0.0, -0.03, -0.02, 0.0, 0.08, 0.14, 0.02])
    week = weekday[:, None, None] * (hour[:, None] * own)[None] * size
    week[5:, 9:] *= 0.9  # lighter late mornings at the weekend
    week[5:, :4] *= 1.6  # and livelier nights
    for area in rng.choice(city.areas, int(city.odd_areas * city.areas), False):
        week[rng.integers(WEEK_D), 18:, area] *= 3.0
    week *= city.calls_a_day * WEEK_D / week.sum()
    steps = np.cumsum(rng.normal(0.0, city.drift, days))
    season = city.season * np.sin(2 * np.pi * (np.arange(days) / 365.25 + rng.random()))
    level = np.exp(steps - steps.mean() + season)
    return week[np.arange(days) % WEEK_D] * level[:, None, None]


def draw_year(city: City, days: int, rng: np.random.Generator):
    """Return drawn counts and their expectation, both [days, 24, areas]."""
    mean = mean_year(city, days, rng)
    rate = mean * _about_one(city.day_cv, (days, 1, 1), rng)
    rate = rate * _about_one(city.cell_cv, mean.shape, rng)
    calls = rng.poisson(rate).astype(np.int64)
    names = tuple(f"area {number}" for number in range(city.areas))
    return CallCounts(names, calls, np.ones(days, np.bool_)), mean


def _about_one(cv: float, shape: tuple[int, ...], rng: np.random.Generator):
    return rng.gamma(cv**-2, cv**2, shape) if cv > 0 else np.ones(shape)
