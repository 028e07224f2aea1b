"""The Farrington algorithm of 1996 and its flexible successor of 2013.

Sources: see fitting.py (1996) and baseline.py (2013).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from .baseline import Baseline, Grid, baseline_of, grid_of
from .bounds import Prediction, bound_of
from .fitting import Fit, fit_reweighted
from .problem import (
    Alarms,
    Compat,
    Days,
    FarringtonOptions,
    Flags,
    FlexibleOptions,
    Floats,
    Longs,
    Outcome,
)

_TREND_YEARS = 3
"""A trend is fitted to this many years of baseline or more."""


def farrington_flexible(
    counts: Floats,
    at: Sequence[int] | Longs | None = None,
    *,
    weeks: Longs | Days | None = None,
    population: Floats | None = None,
    options: FlexibleOptions | None = None,
) -> Alarms:
    """Test weekly counts as Noufaily et al. (2013) do.

    log mu = a + b t + season (a factor of `periods` levels, the tested week's own
    level being the reference), var(y) = phi mu, phi at least 1, fitted twice, the
    second time with past outbreaks weighed down. The trend is left out if it takes
    mu above every count of the baseline, if there are less than three years of it,
    or if its p value is not below `trend_p`. The bound is that of `options.bound`.

    `counts` is [N] or [S, N] (S series over the same weeks), nan where not recorded;
    `at` the positions to test (default: the last). `weeks` are rising whole numbers,
    or the first days of the weeks (then the same week of past years is found by
    date); weeks left out are taken as not recorded. `population` of the shape of the
    counts is an offset; a week whose population is not above 0 counts as not
    recorded. Raises ValueError for negative counts and shapes that do not fit; a
    record too short is no error but an outcome.

    >>> import numpy as np
    >>> counts = np.random.default_rng(1).poisson(6.0, 330)
    >>> counts[-1] = 20
    >>> found = farrington_flexible(counts)
    >>> bool(found.alarm[0]), float(found.upper[0])
    (True, 12.0)
    """
    return _test(counts, at, weeks, population, options or FlexibleOptions())


def farrington(
    counts: Floats,
    at: Sequence[int] | Longs | None = None,
    *,
    weeks: Longs | Days | None = None,
    population: Floats | None = None,
    options: FarringtonOptions | None = None,
) -> Alarms:
    """Test weekly counts as Farrington et al. (1996) do.

    The baseline is the same week and w weeks around it in each of b past years; log
    mu = a + b t, with the trend only if significant and not above every count of the
    baseline, from three years on. Upper bound, with z the normal quantile of 1 -
    alpha / 2 and p the power (2/3):

        U = mu (1 + p z sqrt((phi mu + var(mu)) / mu^2))^(1/p)

    Arguments, result and errors are those of `farrington_flexible`.
    """
    given = options or FarringtonOptions()
    flexible = FlexibleOptions(
        years=given.years,
        half_window=given.half_window,
        periods=1,
        reweight=given.reweight,
        weights_above=given.weights_above,
        weeks_out=given.half_window,
        trend=given.trend,
        trend_p=given.trend_p,
        alpha=given.alpha / 2,
        bound="delta",
        power=given.power,
        fewest_cases=given.fewest_cases,
        fewest_weeks=given.fewest_weeks,
        weeks_per_year=given.weeks_per_year,
        compat=given.compat,
    )
    return _test(counts, at, weeks, population, flexible, of_1996=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Record:
    """S series on a grid without gaps: counts (nan: none), log population, grid."""

    counts: Floats
    offset: Floats
    grid: Grid


def _test(
    counts: Floats,
    at: Sequence[int] | Longs | None,
    weeks: Longs | Days | None,
    population: Floats | None,
    options: FlexibleOptions,
    *,
    of_1996: bool = False,
) -> Alarms:
    values = np.asarray(counts, np.float64)
    if values.ndim not in {1, 2}:
        raise ValueError("counts must be one series or rows of series")
    if np.any(values < 0) or np.any(np.isinf(values)):
        raise ValueError("counts must be numbers of 0 or more, or nan")
    number = values.shape[-1]
    if not number:
        raise ValueError("counts must hold a week at least")
    tested = np.asarray([number - 1] if at is None else at, np.int64).reshape(-1)
    if np.any((tested < 0) | (tested >= number)):
        raise ValueError(f"the weeks to test must lie within 0 and {number - 1}")
    grid = grid_of(weeks, number)
    rows = values.reshape(-1, number)
    people = np.ones_like(rows)
    if population is not None:
        if np.shape(population) not in {values.shape, (number,)}:
            raise ValueError("population must have the shape of the counts")
        people = np.broadcast_to(np.asarray(population, np.float64), values.shape)
        if np.any(np.isposinf(people)):
            raise ValueError("population must be finite, or nan")
        people = people.reshape(-1, number)
        rows = np.where(people > 0, rows, np.nan)
    offset = np.log(np.where(people > 0, people, 1.0))
    laid = np.nan_to_num(grid.spread(offset), nan=0.0)
    record = _Record(grid.spread(rows), laid, grid)
    shape = (*values.shape[:-1], len(tested))
    columns = [_week(record, int(grid.position[k]), options, of_1996) for k in tested]
    stacked = {
        name: np.stack([column[name] for column in columns], axis=-1).reshape(shape)
        if columns
        else np.empty(shape)
        for name in _KINDS
    }
    return Alarms(
        tested,
        stacked["outcome"].astype(np.int8),
        stacked["alarm"].astype(np.bool_),
        stacked["observed"],
        stacked["expected"],
        stacked["upper"],
        stacked["score"],
        stacked["p_value"],
        stacked["dispersion"],
        stacked["trend"].astype(np.bool_),
        stacked["slope"],
    )


_KINDS = (
    "outcome", "alarm", "observed", "expected", "upper", "score", "p_value",
    "dispersion", "trend", "slope",
)  # fmt: skip


def _week(
    record: _Record, tested: int, options: FlexibleOptions, of_1996: bool
) -> dict[str, Floats]:
    """Test one week of all series; numbers by name, each [S]."""
    chosen = baseline_of(record.grid, tested, options)
    observed = record.counts[:, tested]
    series = len(observed)
    out = {name: np.full(series, np.nan) for name in _KINDS}
    out["observed"] = observed
    past = record.counts[:, chosen.weeks]
    valid = ~np.isnan(past)
    parameters = len(np.unique(chosen.level)) + _with_trend(options)
    ready = (
        valid[:, chosen.level == 0].any(axis=1)
        & (valid.sum(axis=1) > parameters)
        & chosen.complete
    )
    outcome = np.full(series, int(Outcome.SHORT))
    kept = np.flatnonzero(ready)
    if len(kept):
        fitted, trend, slope, converged = _fit(
            record, tested, chosen, kept, options, of_1996
        )
        answer = bound_of(observed[kept], fitted, options)
        numbers = (
            ("expected", answer.expected),
            ("upper", answer.upper),
            ("score", answer.score),
            ("p_value", answer.p_value),
            ("dispersion", fitted.dispersion),
            ("slope", slope),
        )
        for name, value in numbers:
            out[name][kept] = np.where(converged, value, np.nan)
        out["trend"][kept] = trend & converged
        outcome[kept] = np.where(converged, Outcome.TESTED, Outcome.UNFITTED)
    recent = record.counts[:, max(0, tested - options.fewest_weeks + 1) : tested + 1]
    few = np.nansum(recent, axis=1) < options.fewest_cases
    standing = outcome == Outcome.TESTED
    outcome[standing & few] = Outcome.FEW
    outcome[standing & np.isnan(observed)] = Outcome.MISSING
    few = outcome == Outcome.FEW
    if options.compat == "R" and of_1996:
        out["upper"][few] = 0.0
    elif options.compat == "R":
        endless = np.isposinf(out["upper"])
        blank = few | endless | np.isnan(recent).any(axis=1)
        out["upper"][blank] = out["expected"][blank] = np.nan
        out["score"][endless] = out["p_value"][endless] = np.nan
    else:
        out["score"][few] = 0.0
    out["alarm"] = (outcome == Outcome.TESTED) & (observed > out["upper"])
    out["outcome"] = outcome.astype(np.float64)
    out["trend"] = np.nan_to_num(out["trend"], nan=0.0)
    return out


def _with_trend(options: FlexibleOptions) -> bool:
    return options.trend and options.years >= _TREND_YEARS


def _fit(
    record: _Record,
    tested: int,
    chosen: Baseline,
    kept: Longs,
    options: FlexibleOptions,
    of_1996: bool,
) -> tuple[Prediction, Flags, Floats, Flags]:
    """Fit with a trend, and without where the trend has to go."""
    past = record.counts[np.ix_(kept, chosen.weeks)]
    valid = ~np.isnan(past)
    past = np.where(valid, past, 0.0)
    offset = record.offset[np.ix_(kept, chosen.weeks)]
    ahead = record.offset[kept, tested]
    # One column for each level and none for all: a level without a case then leaves
    # the others be. Time counts from the tested week, in years, so that there x is
    # (1, 0, 0, ...): its own level, no time.
    levels = np.unique(chosen.level)
    season = (chosen.level[:, None] == levels).astype(np.float64)
    years = ((chosen.weeks - tested) / options.weeks_per_year)[:, None]
    above = options.weights_above if options.reweight else None
    compat = options.compat
    by_spread = compat == "R" and not of_1996

    def fit(design: Floats, rows: Flags) -> Fit:
        return fit_reweighted(
            design, past[rows], valid[rows], offset[rows], above, compat
        )

    with_trend = np.full(len(kept), _with_trend(options))
    fits: list[tuple[Flags, Fit]] = []
    slope = np.full(len(kept), np.nan)
    if with_trend.any():
        tried = fit(np.hstack([season, years]), with_trend)
        with np.errstate(over="ignore"):
            expected = np.exp(tried.beta[:, 0] + ahead)
        most = np.where(valid, past, 0.0).max(axis=1)
        with_trend = tried.converged & (expected <= most)
        if options.trend_p < 1:
            with_trend &= _p_of_trend(tried, compat, by_spread) < options.trend_p
        fits.append((with_trend, _rows(tried, with_trend)))
        slope[with_trend] = tried.beta[with_trend, -1] / options.weeks_per_year
    if not with_trend.all():
        fits.append((~with_trend, fit(season, ~with_trend)))
    eta, variance, dispersion = (np.full(len(kept), np.nan) for _ in range(3))
    converged = np.zeros(len(kept), np.bool_)
    for rows, fitted in fits:
        eta[rows] = fitted.beta[:, 0] + ahead[rows]
        floor = np.maximum(fitted.dispersion, 1.0)
        scale = fitted.spread if by_spread else floor
        variance[rows] = fitted.covariance[:, 0, 0] * scale
        dispersion[rows] = floor
        converged[rows] = fitted.converged
    return Prediction(eta, variance, dispersion), with_trend, slope, converged


def _p_of_trend(fit: Fit, compat: Compat, by_spread: bool) -> Floats:
    """Two-sided p value of Student's t of the trend."""
    scale = fit.spread if by_spread else fit.dispersion
    if compat == "paper":
        scale = np.maximum(scale, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(fit.beta[:, -1]) / np.sqrt(fit.covariance[:, -1, -1] * scale)
    return 2 * stdtr(fit.freedom, -t)


def _rows(fit: Fit, rows: Flags) -> Fit:
    return Fit(
        fit.beta[rows],
        fit.covariance[rows],
        fit.dispersion[rows],
        fit.spread[rows],
        fit.freedom[rows],
        fit.converged[rows],
    )
