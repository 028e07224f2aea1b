"""Calls of the days to come, by hour and area, and the plain baseline."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from .counts import CallCounts
from .pattern import LEVELS, WEEK_D, Level, WeekPattern, summed, week_pattern
from .predicted import Predicted, learn_dispersion
from .problem import Floats, Longs

MOST_DAYS = 28
"""Further ahead than four weeks the last eight say little: plan by last year."""


@dataclass(frozen=True, slots=True)
class ForecastOptions:
    """How a forecast is made.

    `weeks` of record are fitted. `check_weeks` earlier forecasts, a week apart, are
    made again to learn from their errors how far to trust this one and which of
    `half_lives_days` (how fast the past loses weight in the level of demand) serves
    best; infinity weighs all fitted days alike.
    """

    weeks: int = 8
    check_weeks: int = 8
    half_lives_days: tuple[float, ...] = (7.0, 14.0, 28.0, float("inf"))

    def __post_init__(self) -> None:
        if self.weeks < 1 or self.check_weeks < 0:
            raise ValueError("weeks must be 1 or more, check_weeks 0 or more")
        if not self.half_lives_days or not min(self.half_lives_days) > 0:
            raise ValueError("half_lives_days needs one or more, all above 0")


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Calls to come of D days: by hour and area, and summed.

    `area_hours` [D, 24, A], `city_hours` [D, 24], `area_days` [D, A] and `city_days`
    [D] have the same means but their own dispersion: the calls of a city's day share
    the day's weather, so that a sum's spread is not the sum of spreads. `checked` is
    how many earlier forecasts it was learnt from; with 0 the intervals hold only what
    so few calls leave unknown, and are too narrow where days differ.
    """

    areas: tuple[str, ...]
    area_hours: Predicted
    city_hours: Predicted
    area_days: Predicted
    city_days: Predicted
    half_life_days: float
    checked: int

    def at(self, level: Level) -> Predicted:
        """Return the prediction of one level."""
        return {
            "area_hours": self.area_hours,
            "city_hours": self.city_hours,
            "area_days": self.area_days,
            "city_days": self.city_days,
        }[level]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A week's pattern before one day, and the level by each half life."""

    pattern: WeekPattern
    levels: tuple[float, ...]


def forecast(
    record: CallCounts, days: int = 7, options: ForecastOptions | None = None
) -> Forecast:
    """Forecast the `days` (1 to 28) that follow a record of whole weeks, 1 or more.

    The pattern of the last weeks (`week_pattern`) times the level: calls over pattern,
    days weighed by 2^(-age / half life). Its dispersion at each level is `unsure` plus
    what earlier forecasts' errors show beyond it. Raises ValueError where the record is
    shorter than a week or has no calls.
    """
    return forecast_at(record, record.days, days, options or ForecastOptions(), {})


def baseline(record: CallCounts, days: int = 7, weeks: int = 8) -> Forecast:
    """Forecast by the plain mean of the same hour of the week, each a Poisson count.

    A cell without a call in those weeks is taken to have had half of one: a mean of 0
    says that no call can come. Raises ValueError as `forecast` does.
    """
    return baseline_at(record, record.days, days, weeks)


def forecast_at(
    record: CallCounts,
    origin: int,
    days: int,
    options: ForecastOptions,
    fits: dict[int, Fitted],
) -> Forecast:
    """Forecast from day `origin`, with nothing of that day or later looked at.

    `fits` keeps what was fitted by day, for a caller that forecasts again and again
    from one record with one set of options.
    """
    _check(origin, days)
    now = _fitted(record, origin, options, fits)
    earlier = [
        origin - WEEK_D * back
        for back in range(1, options.check_weeks + 1)
        if origin - WEEK_D * back >= WEEK_D
    ]
    past = [(day, _fitted(record, day, options, fits)) for day in earlier]
    choice = _best_level(record, past, origin, days)
    beyond = _learnt(record, past, origin, days, choice)
    mean = summed(_ahead(now.pattern.mean * now.levels[choice], days))
    predicted = {
        level: Predicted(
            mean[level], _ahead(now.pattern.unsure[level], days) + beyond[level]
        )
        for level in LEVELS
    }
    return Forecast(
        record.areas,
        **predicted,
        half_life_days=options.half_lives_days[choice],
        checked=len(past),
    )


def baseline_at(record: CallCounts, origin: int, days: int, weeks: int) -> Forecast:
    """Return the baseline from day `origin`."""
    _check(origin, days)
    weeks = min(weeks, origin // WEEK_D)
    window = slice(origin - weeks * WEEK_D, origin)
    usual = record.usual[window].astype(np.float64)
    seen = record.calls[window] * usual[:, None, None]
    calls = seen.reshape(weeks, WEEK_D, *seen.shape[1:]).sum(axis=0)
    number = np.maximum(usual.reshape(weeks, WEEK_D).sum(axis=0), 1.0)

    def plain(counts: Floats) -> Predicted:
        over = number.reshape(-1, *[1] * (counts.ndim - 1))
        mean = _ahead(np.maximum(counts, 0.5) / over, days)
        return Predicted(mean, np.zeros(mean.shape))

    predicted = {level: plain(counts) for level, counts in summed(calls).items()}
    return Forecast(record.areas, **predicted, half_life_days=float("inf"), checked=0)


def _check(origin: int, days: int) -> None:
    if origin < WEEK_D:
        raise ValueError(f"a forecast needs a record of 7 days or more, not {origin}")
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a forecast is for 1 to {MOST_DAYS} days, not {days}")


def _fitted(
    record: CallCounts, origin: int, options: ForecastOptions, fits: dict[int, Fitted]
) -> Fitted:
    known = fits.get(origin)
    if known is not None:
        return known
    weeks = min(options.weeks, origin // WEEK_D)
    pattern = week_pattern(record, origin, weeks)
    window = slice(origin - weeks * WEEK_D, origin)
    calls = record.calls[window].sum(axis=(1, 2))
    expected = np.tile(pattern.mean.sum(axis=(1, 2)), weeks)
    age = np.arange(weeks * WEEK_D, 0, -1) - 0.5
    levels: list[float] = []
    for half_life in options.half_lives_days:
        weight = 2.0 ** (-age / half_life) * record.usual[window]
        # a level that no recent day speaks of stays where the pattern has it
        near = float((weight * expected).sum())
        level = float((weight * calls).sum()) / near if near > 0 else 1.0
        levels.append(max(level, 1e-3))
    fits[origin] = Fitted(pattern, tuple(levels))
    return fits[origin]


def _ahead(week: Floats, days: int) -> Floats:
    return week[np.arange(days) % WEEK_D]


def _best_level(
    record: CallCounts, past: list[tuple[int, Fitted]], origin: int, days: int
) -> int:
    """Return which half life has the least Poisson deviance of daily city totals.

    Without an earlier forecast the last one: all days alike where it is infinity.
    """
    number = len(past[0][1].levels) if past else 0
    cost = np.zeros(number)
    for day, fit in past:
        rows = _known(record, day, origin, days)
        calls = record.calls[rows].sum(axis=(1, 2))
        week = fit.pattern.mean.sum(axis=(1, 2))
        base = week[(rows - day) % WEEK_D]
        for choice, level in enumerate(fit.levels):
            cost[choice] += np.sum(base * level - calls * np.log(base * level))
    return int(np.argmin(cost)) if past else -1


def _learnt(
    record: CallCounts,
    past: list[tuple[int, Fitted]],
    origin: int,
    days: int,
    choice: int,
) -> dict[Level, float]:
    """Return each level's dispersion beyond `unsure` in the errors of the past.

    What was learnt from n weeks is itself not sure; the days of a week err together,
    so that weeks are what counts. As for a variance of n normal errors, the dispersion
    is widened until its 80 % interval is Student's with n degrees of freedom.
    """
    calls: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
    mean: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
    unsure: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
    for day, fit in past:
        rows = _known(record, day, origin, days)
        at = (rows - day) % WEEK_D
        seen = summed(record.calls[rows].astype(np.float64))
        expected = summed(fit.pattern.mean[at] * fit.levels[choice])
        for level in LEVELS:
            calls[level].append(seen[level].ravel())
            mean[level].append(expected[level].ravel())
            unsure[level].append(fit.pattern.unsure[level][at].ravel())
    if not past:
        return dict.fromkeys(LEVELS, 0.0)
    widen = float(stdtrit(len(past), 0.9) / ndtri(0.9)) ** 2
    return {
        level: widen
        * learn_dispersion(
            np.concatenate(calls[level]),
            np.concatenate(mean[level]),
            np.concatenate(unsure[level]),
        )
        for level in LEVELS
    }


def _known(record: CallCounts, day: int, origin: int, days: int) -> Longs:
    """Return the usual days, from `day` on, that the record knows before `origin`."""
    rows: Longs = np.arange(day, min(day + days, origin), dtype=np.int64)
    return rows[record.usual[rows]]
