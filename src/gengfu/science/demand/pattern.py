"""The week as a record of some weeks shows it: city by hour, areas by share.

Everything is a Poisson count S about an exposure E with a rate theta ~ Gamma(k, k), so
that the mean of theta given S is (k + S) / (k + E): what was seen, drawn to what was
expected by k calls. k is learnt from all counts of a margin together (their marginal is
negative binomial with dispersion 1/k): D. G. Clayton, J. Kaldor, "Empirical Bayes
estimates of age-standardized relative risks", Biometrics 43 (1987). For shares of a
given total this is the mean of a Dirichlet posterior with k x belief as its weights.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .counts import DAY_H, CallCounts
from .predicted import learn_dispersion
from .problem import Floats

type Level = Literal["area_hours", "city_hours", "area_days", "city_days"]
LEVELS: tuple[Level, ...] = get_args(Level.__value__)
"""What is forecast: calls of an area or the city, in an hour or a day."""

WEEK_D = 7


@dataclass(frozen=True, slots=True, eq=False)
class WeekPattern:
    """Calls expected in each hour and area of the week, [7, 24, A], at usual level.

    Day 0 is the weekday that follows the record. `unsure` is, for each level, the
    variance of the rate over its square: what so many calls leave unknown of it.
    """

    mean: Floats
    unsure: dict[Level, Floats]


def summed(cells: Floats) -> dict[Level, Floats]:
    """Return [D, 24, A] summed to each level."""
    return {
        "area_hours": cells,
        "city_hours": cells.sum(axis=2),
        "area_days": cells.sum(axis=1),
        "city_days": cells.sum(axis=(1, 2)),
    }


def week_pattern(record: CallCounts, origin: int, weeks: int) -> WeekPattern:
    """Fit the week to the `weeks` before day `origin`, unusual days left out.

    City, hour h of day d: lambda_dh = n_day w_d u_h theta_dh, where w and theta are
    shrunken as above (to the mean day; to a day's total times the shape of all days)
    and u is the share of the hour. Area a: s_a theta_ah theta_ad theta_adh lambda_dh,
    with its share of all calls s_a, then its own hours, its own weekdays and last
    its own hours of the week, each shrunken to the step before; shares then sum to 1.
    Raises ValueError where no usual day has a call.
    """
    days = slice(origin - weeks * WEEK_D, origin)
    usual = record.usual[days].astype(np.float64)
    seen = record.calls[days] * usual[:, None, None]
    calls = seen.reshape(weeks, WEEK_D, DAY_H, -1).sum(axis=0)
    number = usual.reshape(weeks, WEEK_D).sum(axis=0)
    total = calls.sum()
    if not total > 0:
        raise ValueError("no calls on usual days: nothing to forecast from")
    city = calls.sum(axis=2)
    shape = (city.sum(axis=0) + 0.5) / (total + 0.5 * DAY_H)
    by_day = np.full(WEEK_D, total / number.sum())
    theta, day_unsure = _shrunken(city.sum(axis=1), number * by_day)
    by_day, day_unsure = by_day * theta, day_unsure + 1.0 / total
    hourly = by_day[:, None] * shape
    theta, city_unsure = _shrunken(city, number[:, None] * hourly)
    hourly = hourly * theta
    areas = calls.shape[2]
    share = (calls.sum(axis=(0, 1)) + 1.0 / areas) / (total + 1.0)
    given = city[:, :, None]  # shares are judged by the calls that there were
    part = np.broadcast_to(share, calls.shape)
    area_unsure, share_unsure = np.zeros((WEEK_D, areas)), np.zeros(calls.shape)
    for axes in ((0,), (1,), ()):
        expected = (given * part).sum(axis=axes, keepdims=True)
        theta, unsure = _shrunken(calls.sum(axis=axes, keepdims=True), expected)
        part = part * theta
        share_unsure = share_unsure + unsure
        if axes == (1,):
            area_unsure = unsure[:, 0, :]
    part = part / part.sum(axis=2, keepdims=True)
    return WeekPattern(
        hourly[:, :, None] * part,
        {
            "area_hours": city_unsure[:, :, None] + share_unsure,
            "city_hours": city_unsure,
            "area_days": day_unsure[:, None] + area_unsure,
            "city_days": day_unsure,
        },
    )


def _shrunken(counts: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Return the mean of theta, and its variance over its square 1 / (k + S)."""
    dispersion = learn_dispersion(counts, expected, 0.0)
    belief = 1.0 / max(dispersion, 1e-6)
    return (belief + counts) / (belief + expected), 1.0 / (belief + counts)
