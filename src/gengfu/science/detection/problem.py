"""What detection is asked and what it answers: options, outcomes and alarms."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]
type Flags = NDArray[np.bool_]
type Codes = NDArray[np.int8]
type Days = NDArray[np.datetime64]
type Compat = Literal["paper", "R"]
type Bound = Literal["nb_plugin", "muan", "delta"]


class Outcome(IntEnum):
    """What became of one week (or day) of one series."""

    TESTED = 0
    """The count was compared with its bound."""
    SHORT = 1
    """The recorded history does not reach far enough back; there is no bound."""
    MISSING = 2
    """This count itself was not recorded; the bound stands, no alarm."""
    UNFITTED = 3
    """The model did not converge, with or without a trend; there is no bound."""
    FEW = 4
    """Too few cases of late to sound an alarm, whatever the bound."""


@dataclass(frozen=True, slots=True)
class FarringtonOptions:
    """Choices of Farrington et al. (1996); the defaults are the paper's.

    `alpha` is two-sided: the bound is the upper end of a 1 - alpha interval.
    `power` is the transformation that makes a Poisson count symmetric (2/3), its
    variance stable (1/2), or neither (1). The rest as in `FlexibleOptions`.
    """

    years: int = 5
    half_window: int = 3
    reweight: bool = True
    weights_above: float = 1.0
    trend: bool = True
    trend_p: float = 0.05
    alpha: float = 0.01
    power: float = 2 / 3
    fewest_cases: int = 5
    fewest_weeks: int = 4
    weeks_per_year: int = 52
    compat: Compat = "paper"

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class FlexibleOptions:
    """Choices of Noufaily et al. (2013); the defaults are the paper's.

    `years` (b) and `half_window` (w, in weeks) choose the baseline; `periods` is the
    number of levels of the seasonal factor (1 keeps only the windows around the same
    week of past years, as in 1996); weeks whose standardised Anscombe residual lies
    above `weights_above` are weighed down (none without `reweight`); the `weeks_out`
    weeks before the current one are left out; a trend stays if its p value is below
    `trend_p` (1: always); `alpha` is one-sided. `bound` is the quantile of the
    negative binomial at the expected count (`nb_plugin`), at the upper quantile of
    the expected count (`muan`), or the normal bound of the count to `power`
    (`delta`). An alarm needs `fewest_cases` cases in the last `fewest_weeks` weeks,
    this one included.

    `compat="R"` gives the numbers of the R package surveillance 1.20.3 instead of
    the papers' (package.md says where they differ).
    """

    years: int = 5
    half_window: int = 3
    periods: int = 10
    reweight: bool = True
    weights_above: float = 2.58
    weeks_out: int = 26
    trend: bool = True
    trend_p: float = 1.0
    alpha: float = 0.005
    bound: Bound = "nb_plugin"
    power: float = 2 / 3
    fewest_cases: int = 5
    fewest_weeks: int = 4
    weeks_per_year: int = 52
    compat: Compat = "paper"

    def __post_init__(self) -> None:
        _check(self)
        if self.periods < 1 or self.weeks_out < 0:
            raise ValueError("periods must be 1 or more and weeks_out 0 or more")
        if self.weeks_per_year - 2 * self.half_window <= self.periods:
            raise ValueError("a year must hold a week for each of the periods")
        if self.bound not in {"nb_plugin", "muan", "delta"}:
            raise ValueError(f"no bound is called {self.bound!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """Tested weeks: arrays of the shape of the counts with the tested weeks last.

    `at` are positions of the tested weeks in the counts. `score` is the exceedance
    (observed - expected) / (upper - expected), above 1 where the bound is passed, 0
    without enough cases. `p_value` is the chance of a count at least as large.
    `dispersion` is the variance of a count over its mean, at least 1. Where `trend`
    is false, `trend_per_week` (on the log scale) is nan. Numbers that an outcome
    leaves out are nan; an alarm is never raised on them.
    """

    at: Longs
    outcome: Codes
    alarm: Flags
    observed: Floats
    expected: Floats
    upper: Floats
    score: Floats
    p_value: Floats
    dispersion: Floats
    trend: Flags
    trend_per_week: Floats


@dataclass(frozen=True, slots=True)
class EarsOptions:
    """Choices of the three EARS methods (Hutwagner et al. 2003).

    `above` is the statistic an alarm must pass (None: 3 for C1 and C2, 2 for C3);
    `alpha` states it as the quantile 1 - alpha of the normal instead. `fewest_sigma`
    is the least standard deviation taken for a baseline (0: the papers'; rare events
    need more, or the first case after quiet days is an alarm). `compat="R"` takes the
    bound and alarm of C3 as R's surveillance does.
    """

    baseline: int = 7
    above: float | None = None
    alpha: float | None = None
    fewest_sigma: float = 0.0
    compat: Compat = "paper"

    def __post_init__(self) -> None:
        if self.baseline <= 1:
            raise ValueError("a baseline needs 2 counts or more")
        if self.above is not None and self.alpha is not None:
            raise ValueError("give above or alpha, not both")
        if self.alpha is not None and not 0 < self.alpha < 1:
            raise ValueError("alpha must lie between 0 and 1")
        if not self.fewest_sigma >= 0:
            raise ValueError("fewest_sigma must be 0 or more")
        _check_compat(self.compat)


@dataclass(frozen=True, slots=True, eq=False)
class Ears:
    """Every count tested by an EARS method; arrays of the shape of the counts.

    `expected` and `sigma` are mean and standard deviation of the baseline; `upper`
    is the largest count that raises no alarm by itself.
    """

    outcome: Codes
    alarm: Flags
    statistic: Floats
    expected: Floats
    sigma: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class CusumOptions:
    """Choices of a CUSUM chart.

    It looks for a rise of the rate by `ratio` and, while nothing changes, signals
    once in at least `run_length` counts on average. `head_start` is the share of the
    limit it starts from (Lucas's fast initial response: 0.5). With `restart` it goes
    back to its start after a signal.
    """

    ratio: float = 1.5
    run_length: float = 370.0
    head_start: float = 0.0
    restart: bool = True

    def __post_init__(self) -> None:
        if not self.ratio > 1:
            raise ValueError("ratio must be above 1: the chart looks for a rise")
        if not 1 < self.run_length <= MOST_RUN_LENGTH:
            raise ValueError("run_length must lie between 1 and 1 million counts")
        if not 0 <= self.head_start < 1:
            raise ValueError("head_start must be 0 or more and below 1")


MOST_RUN_LENGTH = 1e6
"""Beyond this, rounding spoils the equations for the average run length."""


@dataclass(frozen=True, slots=True, eq=False)
class Cusum:
    """A chart: `statistic`, `reference` and `alarm` have the shape of the counts.

    `reference` is what is subtracted from each count; the chart signals where the
    statistic reaches `limit`. `limit` and `run_length` (the true average run length
    at the mean expected count) have the shape of the counts without time.
    """

    outcome: Codes
    alarm: Flags
    statistic: Floats
    reference: Floats
    limit: Floats
    run_length: Floats


def _check(options: FarringtonOptions | FlexibleOptions) -> None:
    if options.years < 1 or options.half_window < 0:
        raise ValueError("years must be 1 or more and half_window 0 or more")
    if 2 * options.half_window + 1 > options.weeks_per_year:
        raise ValueError("the window must fit into a year")
    if not 0 < options.alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if not options.weights_above > 0 or not 0 < options.trend_p <= 1:
        raise ValueError("weights_above must be above 0 and trend_p at most 1")
    if not 0 < options.power <= 1:
        raise ValueError("power must be above 0 and at most 1")
    if options.fewest_cases < 0 or options.fewest_weeks < 1:
        raise ValueError("fewest_cases must be 0 or more, fewest_weeks 1 or more")
    _check_compat(options.compat)


def _check_compat(compat: str) -> None:
    if compat not in {"paper", "R"}:
        raise ValueError('compat must be "paper" or "R"')
