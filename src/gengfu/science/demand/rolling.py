"""How good were the forecasts? Made again from each past day and scored.

Deviance and pinball loss are proper: they are least, in the mean, for the true mean and
the true quantile (T. Gneiting, A. E. Raftery, "Strictly proper scoring rules,
prediction, and estimation", JASA 102, 2007). Counts are whole, so intervals of rare
calls must cover more than they say; `covered_exactly` takes that out (C. Czado, T.
Gneiting, L. Held, "Predictive model assessment for count data", Biometrics 65, 2009).
MASE: R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy",
Int. J. Forecasting 22 (2006), against the same weekday of the week before.
"""

from dataclasses import dataclass

import numpy as np

from .counts import CallCounts, Flags
from .forecast import Fitted, Forecast, ForecastOptions, baseline_at, forecast_at
from .pattern import LEVELS, WEEK_D, Level, summed
from .predicted import Predicted
from .problem import Floats

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Score:
    """Means over N counts that were forecast.

    `deviance` is Poisson's, 2 (y ln(y / mu) - y + mu); `pinball` the loss of the 10 %,
    50 % and 90 % quantiles. `covered` is the share of counts within the 80 % interval,
    ends included, as a reader would count; `covered_exactly` the chance that a count
    spread evenly over its own step of the distribution lies within: 0.8 if that is
    right, however rare the calls. `width` is the interval's, in calls.
    """

    counts: int
    deviance: float
    pinball: tuple[float, float, float]
    covered: float
    covered_exactly: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Rolled:
    """Scores of forecasts from each origin, of the baseline, and MASE of city days.

    `forecast_mase` and `baseline_mase` are the mean absolute error of the daily city
    total over that of "as a week ago" in the record before each origin.
    """

    origins: int
    left_out_days: int
    forecast: dict[Level, Score]
    baseline: dict[Level, Score]
    forecast_mase: float
    baseline_mase: float


def score(calls: Floats, predicted: Predicted) -> Score:
    """Score counts against what was predicted of them, arrays of one shape.

    Raises ValueError where shapes differ or there is nothing to score.
    """
    if calls.shape != predicted.mean.shape or not calls.size:
        raise ValueError("scoring needs counts in the shape of their prediction")
    low, middle, high = (predicted.quantile(level) for level in QUANTILES)
    losses: list[float] = []
    for at, q in zip(QUANTILES, (low, middle, high), strict=True):
        over = calls - q
        losses.append(float(np.maximum(at * over, (at - 1.0) * over).mean()))
    upto, under = predicted.at_most(calls), predicted.at_most(calls - 1.0)
    inside = np.minimum(upto, QUANTILES[2]) - np.maximum(under, QUANTILES[0])
    step = np.maximum(upto - under, np.finfo(float).tiny)
    some = np.where(calls > 0, calls, 1.0)
    deviance = calls * np.log(some / predicted.mean) - calls + predicted.mean
    share = np.clip(inside / step, 0.0, 1.0)
    width = high - low
    covered = (low <= calls) & (calls <= high)
    return Score(
        calls.size,
        2.0 * float(deviance.mean()),
        (losses[0], losses[1], losses[2]),
        float(covered.mean()),
        float(share.mean()),
        float(width.mean()),
    )


def roll(
    record: CallCounts,
    first: int,
    *,
    days: int = 7,
    every: int = 7,
    options: ForecastOptions | None = None,
) -> Rolled:
    """Forecast `days` from day `first` and each `every` days on; score usual days.

    Each forecast sees only the days before its origin; the last ends with the record.
    Raises ValueError where no forecast fits, or its days have no usual one.
    """
    options = options or ForecastOptions()
    origins = range(first, record.days - days + 1, every)
    if not origins or every < 1:
        raise ValueError("the record ends before a forecast from its first day does")
    fits: dict[int, Fitted] = {}
    ours = _Tally()
    plain = _Tally()
    left_out = 0
    for origin in origins:
        usual = record.usual[origin : origin + days]
        left_out += int((~usual).sum())
        scale = _week_ago_error(record, origin)
        seen = record.calls[origin : origin + days].astype(np.float64)
        ours.add(seen, forecast_at(record, origin, days, options, fits), usual, scale)
        plain.add(seen, baseline_at(record, origin, days, options.weeks), usual, scale)
    return Rolled(
        len(origins),
        left_out,
        ours.scores(),
        plain.scores(),
        ours.mase(),
        plain.mase(),
    )


class _Tally:
    """Counts and predictions gathered over origins."""

    def __init__(self) -> None:
        self._calls: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
        self._mean: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
        self._dispersion: dict[Level, list[Floats]] = {level: [] for level in LEVELS}
        self._errors: list[Floats] = []

    def add(self, seen: Floats, made: Forecast, usual: Flags, scale: float) -> None:
        for level, calls in summed(seen).items():
            predicted = made.at(level)
            self._calls[level].append(calls[usual].ravel())
            self._mean[level].append(predicted.mean[usual].ravel())
            self._dispersion[level].append(predicted.dispersion[usual].ravel())
        error = seen.sum(axis=(1, 2)) - made.city_days.quantile(0.5)
        self._errors.append(np.abs(error[usual]) / scale)

    def scores(self) -> dict[Level, Score]:
        return {
            level: score(
                np.concatenate(self._calls[level]),
                Predicted(
                    np.concatenate(self._mean[level]),
                    np.concatenate(self._dispersion[level]),
                ),
            )
            for level in LEVELS
        }

    def mase(self) -> float:
        return float(np.mean(np.concatenate(self._errors)))


def _week_ago_error(record: CallCounts, origin: int) -> float:
    """Return the mean absolute change of a usual day's calls from a week before."""
    calls = record.calls[:origin].sum(axis=(1, 2)).astype(np.float64)
    both = record.usual[WEEK_D:origin] & record.usual[: origin - WEEK_D]
    change = np.abs(calls[WEEK_D:] - calls[:-WEEK_D])[both]
    # a record of one week has no week before; of equal days, no change: no scale
    return float(change.mean()) if change.size and change.any() else float("nan")
