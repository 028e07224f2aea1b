"""Series of counts watched one by one: Farrington, CUSUM, EARS."""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from gengfu.science.detection import (
    CusumOptions,
    Ears,
    EarsOptions,
    FlexibleOptions,
    cusum_negative_binomial,
    cusum_poisson,
    ears_c1,
    ears_c2,
    ears_c3,
    farrington_flexible,
)

from .signal_values import (
    FARRINGTON_TELLS_DAYS,
    FEWEST,
    FEWEST_DAYS,
    DailyCounts,
    Floats,
    Longs,
    Looked,
    Signal,
    tested,
)

FARRINGTON = FlexibleOptions()
EARS = EarsOptions(fewest_sigma=1.0)
"""Where a baseline hardly varies, so many more than its mean are no alarm."""
EARS_CHANCE = {"ears-c1": 0.022, "ears-c2": 0.022, "ears-c3": 0.085, "ears": 0.09}
"""Of series that alarm on a day while nothing changes, by any of the three at last:
simulated with Poisson counts of 3 and 10; the papers' thresholds are not levels."""
CUSUM = CusumOptions(ratio=1.5, run_length=260.0)
"""A rise by half; by chance once in five years of weeks."""
YEAR_DAYS, YEAR_WEEKS, WEEK = 365, 52, 7
HISTORY_DAYS = (FARRINGTON.years * YEAR_WEEKS + FARRINGTON.half_window + 1) * WEEK
CHART_WEEKS = 26
SEASON_WEEKS = 3
_POISSON_TO = 1.05


def _recorded_days(daily: DailyCounts) -> Longs:
    """Return how long each series has been recorded: since its first known day."""
    known = ~np.isnan(daily.counts)
    first = np.where(known.any(axis=1), known.argmax(axis=1), daily.counts.shape[1])
    return daily.counts.shape[1] - first


def _busy(daily: DailyCounts) -> NDArray[np.bool_]:
    return np.nansum(daily.counts[:, -FEWEST_DAYS:], axis=1) >= FEWEST


def _weekly(daily: DailyCounts, rows: Longs) -> Floats:
    """Return weeks that end on the last day; nan where a day was not recorded."""
    days = daily.counts[rows]
    weeks = days.shape[1] // WEEK
    return (
        days[:, days.shape[1] - weeks * WEEK :].reshape(len(rows), weeks, WEEK).sum(2)
    )


def _week(daily: DailyCounts, number: int = 1) -> tuple[str, str]:
    first = daily.last - timedelta(days=number * WEEK - 1)
    return str(first), str(daily.last)


def by_farrington(daily: DailyCounts) -> Looked:
    """Test this week of series that have five years behind them."""
    long = _recorded_days(daily) >= HISTORY_DAYS
    rows = np.flatnonzero(long & _busy(daily))
    signals: list[Signal] = []
    looked = 0
    if len(rows):
        weeks = _weekly(daily, rows)
        answer = farrington_flexible(weeks, at=[weeks.shape[1] - 1], options=FARRINGTON)
        looked = int(np.isfinite(answer.upper[:, 0]).sum())
        first, last = _week(daily)
        signals = [
            _signal(
                daily,
                int(rows[at]),
                "farrington",
                (first, last),
                observed=float(answer.observed[at, 0]),
                expected=float(answer.expected[at, 0]),
                upper=float(answer.upper[at, 0]),
                recurrence_days=min(
                    WEEK / max(float(answer.p_value[at, 0]), 1e-12),
                    FARRINGTON_TELLS_DAYS,
                ),
            )
            for at in np.flatnonzero(answer.alarm[:, 0]).tolist()
        ]
    return tested("farrington", looked, FARRINGTON.alpha), signals


def by_cusum(daily: DailyCounts) -> Looked:
    """Chart the last half year of series that have a year before it."""
    weeks = daily.counts.shape[1] // WEEK
    chart = min(CHART_WEEKS, weeks - YEAR_WEEKS)
    if chart < 1:
        return tested("cusum", 0, 0.0), []
    full = (_recorded_days(daily) >= (YEAR_WEEKS + chart) * WEEK) & _busy(daily)
    rows = np.flatnonzero(full)
    counts = _weekly(daily, rows)
    long = (weeks - chart) // YEAR_WEEKS * YEAR_WEEKS
    base = slice(weeks - chart - long, weeks - chart)
    season = _season(daily, base)
    signals: list[Signal] = []
    looked = 0
    for at, row in enumerate(rows.tolist()):
        expected, size = _in_control(counts[at, base], season[daily.kinds[row]], chart)
        if expected is None:
            continue
        looked += 1
        drawn = counts[at, weeks - chart :]
        if size is None:
            found = cusum_poisson(drawn, expected, CUSUM)
        else:
            found = cusum_negative_binomial(drawn, expected, size, CUSUM)
        if not found.alarm[-1]:
            continue
        low = np.flatnonzero(found.statistic[:-1] == 0)
        begun = int(low[-1]) + 1 if len(low) else 0
        signals.append(
            _signal(
                daily,
                row,
                "cusum",
                _week(daily, chart - begun),
                observed=float(np.nansum(drawn[begun:])),
                expected=float(expected[begun:].sum()),
                upper=None,
                recurrence_days=float(np.max(found.run_length)) * WEEK,
            )
        )
    return tested("cusum", looked, 1 / CUSUM.run_length), signals


def _season(daily: DailyCounts, base: slice) -> dict[str, Floats]:
    """Return each kind's season in the whole city by weeks before today, mean 1."""
    found: dict[str, Floats] = {}
    for kind in sorted(set(daily.kinds)):
        rows = np.flatnonzero([one == kind for one in daily.kinds])
        total = np.nansum(_weekly(daily, rows), axis=0)[base]
        years = total.reshape(-1, YEAR_WEEKS).sum(axis=0)
        near = [np.roll(years, by) for by in range(-SEASON_WEEKS, SEASON_WEEKS + 1)]
        smooth = np.mean(near, axis=0)
        mean = float(smooth.mean())
        found[kind] = smooth / mean if mean > 0 else np.ones(YEAR_WEEKS)
    return found


def _in_control(
    past: Floats, season: Floats, chart: int
) -> tuple[Floats | None, float | None]:
    """Return what is expected of the chart's weeks, and the size of their spread.

    The size is None where the counts vary no more than Poisson counts do.
    """
    shape = np.tile(season, len(past) // YEAR_WEEKS)
    known = ~np.isnan(past) & (shape > 0)
    if known.sum() < YEAR_WEEKS // 2 or not past[known].sum() > 0:
        return None, None
    mean = float(past[known].sum() / shape[known].sum())
    fitted = mean * shape[known]
    freedom = int(known.sum()) - 1
    spread = float(((past[known] - fitted) ** 2 / fitted).sum() / freedom)
    expected = mean * np.resize(season, chart)
    expected = np.maximum(expected, 1e-3)
    return expected, mean / (spread - 1) if spread > _POISSON_TO else None


def by_ears(daily: DailyCounts) -> Looked:
    """Test today in series that are younger than a year."""
    young = _recorded_days(daily) < YEAR_DAYS
    rows = np.flatnonzero(young & _busy(daily))
    signals: list[Signal] = []
    looked = 0
    if len(rows):
        days = daily.counts[rows]
        second = ears_c2(days, EARS)
        tried: tuple[tuple[str, Ears, int], ...] = (
            ("ears-c2", second, 1),
            ("ears-c1", ears_c1(days, EARS), 1),
            ("ears-c3", ears_c3(days, EARS), 3),
        )
        looked = int(np.isfinite(second.expected[:, -1]).sum())
        for at, row in enumerate(rows.tolist()):
            for method, found, span in tried:
                if not found.alarm[at, -1]:
                    continue
                first = daily.last - timedelta(days=span - 1)
                upper = float(found.upper[at, -1])
                signals.append(
                    _signal(
                        daily,
                        row,
                        method,
                        (str(first), str(daily.last)),
                        observed=float(np.nansum(days[at, -span:])),
                        expected=float(np.nansum(found.expected[at, -span:])),
                        upper=upper if span == 1 else None,
                        recurrence_days=1 / EARS_CHANCE[method],
                    )
                )
                break
    return tested("ears", looked, EARS_CHANCE["ears"]), signals


def _signal(
    daily: DailyCounts,
    row: int,
    method: str,
    days: tuple[str, str],
    *,
    observed: float,
    expected: float,
    upper: float | None,
    recurrence_days: float,
) -> Signal:
    return Signal(
        method=method,
        area=daily.areas[row],
        kind=daily.kinds[row],
        first_day=days[0],
        last_day=days[1],
        observed=round(observed),
        expected=round(expected, 2),
        upper=None if upper is None else round(upper, 2),
        excess=round(observed - expected, 2),
        recurrence_days=round(recurrence_days, 1),
    )
