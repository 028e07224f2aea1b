"""Fit demand to recorded calls, or assume it from population; draw calls from it."""

from collections.abc import Mapping, Sequence

import numpy as np

from .problem import WEEK_H, Demand, Drawn, Floats, Longs

_HOUR_S = 3600.0
HOUR_BELIEF = 40.0
"""How many calls the pooled weekly pattern is worth against a kind's own."""
AREA_BELIEF = 20.0
"""How many calls the share of all calls is worth against a kind's own."""
CALLS_PER_RESIDENT_YEAR = 0.30
"""Assumed, not measured: calls that need somebody sent, per resident and year."""
_WEEKS_A_YEAR = 365.25 / 7.0
_DAILY = (
    0.62, 0.52, 0.45, 0.40, 0.38, 0.42, 0.55, 0.78, 0.95, 1.05, 1.12, 1.18,
    1.22, 1.22, 1.22, 1.24, 1.28, 1.34, 1.36, 1.34, 1.28, 1.18, 1.02, 0.82,
)  # fmt: skip
"""Assumed shape of a day: least before dawn, most in the early evening."""


def fit_demand(
    kinds: Sequence[str],
    areas: Sequence[str],
    kind: Longs,
    area: Longs,
    hour_of_week: Longs,
    weeks: float,
) -> Demand:
    """Fit rates to N recorded calls (indices of kind and area, hour of the week).

    Shares are Dirichlet means: a kind's own counts with the pooled pattern as belief,
    and the pooled week itself drawn to the hours before and after. Raises ValueError
    without calls.
    """
    if len(kind) == 0 or not weeks > 0:
        raise ValueError("no recorded calls to fit demand to")
    by_hour = np.zeros((len(kinds), WEEK_H))
    by_area = np.zeros((len(kinds), len(areas)))
    np.add.at(by_hour, (kind, hour_of_week), 1.0)
    np.add.at(by_area, (kind, area), 1.0)
    week = by_hour.sum(axis=0)
    near = (np.roll(week, 1) + week + np.roll(week, -1)) / 3.0 + 1e-6
    everywhere = by_area.sum(axis=0) + 1e-6
    return Demand(
        tuple(kinds),
        tuple(areas),
        by_hour.sum(axis=1) / weeks,
        _drawn_to(by_hour, near / near.sum(), HOUR_BELIEF),
        _drawn_to(by_area, everywhere / everywhere.sum(), AREA_BELIEF),
    )


def assume_demand(
    kinds: Mapping[str, float],
    areas: Sequence[str],
    population: Floats,
    calls_per_resident_year: float = CALLS_PER_RESIDENT_YEAR,
) -> Demand:
    """Assume demand where nothing is recorded: by population, with one daily shape.

    `kinds` gives each kind its weight. Areas without people have no calls. Raises
    ValueError where nobody lives anywhere.
    """
    people = np.nan_to_num(np.asarray(population, np.float64), nan=0.0)
    weight = np.array(list(kinds.values()), np.float64)
    if not people.sum() > 0 or not weight.sum() > 0:
        raise ValueError("demand needs people and kinds with a weight above 0")
    total = float(people.sum()) * calls_per_resident_year / _WEEKS_A_YEAR
    day = np.tile(np.array(_DAILY), WEEK_H // 24)
    rows = len(kinds)
    return Demand(
        tuple(kinds),
        tuple(areas),
        total * weight / weight.sum(),
        np.tile(day / day.sum(), (rows, 1)),
        np.tile(people / people.sum(), (rows, 1)),
    )


def draw(
    demand: Demand, rng: np.random.Generator, first_hour: int, hours: float
) -> Drawn:
    """Draw the calls of some hours, starting at an hour of the week (0 to 167).

    The number in each hour is Poisson, the times in it uniform, kind and area drawn in
    proportion. The same generator state gives the same calls.
    """
    if not 0 <= first_hour < WEEK_H or not hours >= 0:
        raise ValueError("first_hour must lie within 0 and 167, hours be 0 or more")
    seconds: list[Floats] = []
    kinds: list[Longs] = []
    areas: list[Longs] = []
    by_area = np.cumsum(demand.area_share, axis=1)
    for step in range(int(np.ceil(hours))):
        hour = (first_hour + step) % WEEK_H
        part = min(hours - step, 1.0)
        rates = demand.per_week * demand.hour_share[:, hour] * part
        counts = rng.poisson(rates)
        kind = np.repeat(np.arange(len(counts)), counts)
        chance = rng.random((len(kind), 2))
        last = len(demand.areas) - 1
        area = (by_area[kind] < chance[:, :1]).sum(axis=1)
        seconds.append((step + chance[:, 1] * part) * _HOUR_S)
        kinds.append(kind)
        areas.append(np.minimum(area, last))
    if not seconds:
        none = np.zeros(0, np.int64)
        return Drawn(np.zeros(0), none, none)
    when = np.concatenate(seconds)
    order = np.argsort(when, kind="stable")
    return Drawn(
        when[order], np.concatenate(kinds)[order], np.concatenate(areas)[order]
    )


def _drawn_to(counts: Floats, belief: Floats, worth: float) -> Floats:
    mixed = counts + worth * belief
    return mixed / mixed.sum(axis=1, keepdims=True)
