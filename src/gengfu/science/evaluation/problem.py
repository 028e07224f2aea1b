"""What an evaluation is asked, and what it answers: ratios of rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]
type Flags = NDArray[np.bool_]

type Family = Literal["poisson", "negative_binomial"]
type Errors = Literal["jackknife", "clustered", "model"]
"""How far chance reaches: see `two_way.spread`."""
type Separation = Literal["none", "zero", "infinite"]
"""Whether the likelihood rises without end towards a ratio of 0, or an infinite one:
one of the sides (treated or not, before or after) recorded nothing at all."""
type Design = Literal["did", "group_time", "interrupted_series"]
type Verdict = Literal["fewer", "more", "unclear", "not_estimable"]
type Fact = bool | int | float | str

NEVER = 2**31
"""Stands in an adoption for a place that never got the measure."""

_PANEL_AXES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Events of P places over T months in a row, without a gap.

    `counts` [P, T]; `exposure` [P, T] is what a rate is taken over (present
    person-days, households), 0 where the place was not observed: those cells and
    their counts are left out. Build one with `of`.
    """

    counts: Longs
    exposure: Floats

    @classmethod
    def of(cls, counts: ArrayLike, exposure: ArrayLike | None = None) -> Self:
        """Return the panel; exposure may be [P, T], [P] or None (the same for all).

        Raises ValueError for counts or exposures that are not numbers of 0 or more,
        counts that are not whole, or shapes that do not fit.
        """
        given = np.asarray(counts, np.float64)
        if given.ndim != _PANEL_AXES or 0 in given.shape:
            raise ValueError("counts must be a table of places by months")
        if not np.all(np.isfinite(given) & (given >= 0) & (given == np.floor(given))):
            raise ValueError("counts must be whole numbers of 0 or more")
        over = np.asarray(1.0 if exposure is None else exposure, np.float64)
        over = over[:, None] if over.shape == given.shape[:1] else over
        if over.ndim and over.shape not in {given.shape, (len(given), 1)}:
            raise ValueError(f"exposure {over.shape} does not fit counts {given.shape}")
        if not np.all(np.isfinite(over) & (over >= 0)):
            raise ValueError("exposure must be numbers of 0 or more")
        over = np.array(np.broadcast_to(over, given.shape), np.float64)
        return cls(np.where(over > 0, given, 0).astype(np.int64), over)

    @property
    def places(self) -> int:
        """Return P."""
        return self.counts.shape[0]

    @property
    def periods(self) -> int:
        """Return T."""
        return self.counts.shape[1]

    @property
    def observed(self) -> Flags:
        """Return [P, T]: cells that count."""
        return self.exposure > 0

    def only(self, places: Flags) -> "Panel":
        """Return the panel of some places, in the same order."""
        return Panel(self.counts[places], self.exposure[places])


def adoption_of(places: int, began: Mapping[int, int]) -> Longs:
    """Return [places]: the first month (column) with the measure, NEVER without."""
    result = np.full(places, NEVER, np.int64)
    for place, period in began.items():
        result[place] = period
    return result


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio of rates with its interval: .72 says 28 % fewer than without.

    `log_se` is the standard error of ln(ratio), `df` the degrees of freedom of the t
    law behind `low`, `high` and the two-sided `p` (infinite: normal). A ratio of 0 or
    infinity has no standard error; its one finite limit is of the profile likelihood.
    Numbers are NaN where nothing can be said.
    """

    ratio: float
    low: float
    high: float
    log_se: float
    df: float
    p: float
    level: float

    @property
    def known(self) -> bool:
        """Return whether there are a ratio and an interval."""
        return not (np.isnan(self.ratio) or np.isnan(self.low) or np.isnan(self.high))

    @property
    def verdict(self) -> Verdict:
        """Return what the interval allows to say."""
        if not self.known:
            return "not_estimable"
        if self.high < 1:
            return "fewer"
        return "more" if self.low > 1 else "unclear"


@dataclass(frozen=True, slots=True)
class Did:
    """Difference in differences: the ratio, and what it rests on.

    `observed` events of treated places after adoption against `expected` without the
    measure (NaN where separation lets nobody say). `treated` and `comparison` count
    clusters. `dispersion` is the Pearson chi-square per degree of freedom; `alpha` the
    negative binomial's (0: Poisson).
    Dropped places and months recorded nothing at all; dropped cells were separated.
    """

    effect: Estimate
    observed: int
    expected: float
    treated: int
    comparison: int
    dispersion: float
    alpha: float
    separation: Separation
    dropped_places: int
    dropped_periods: int
    dropped_cells: int


@dataclass(frozen=True, slots=True)
class EventPoint:
    """The ratio in months `first` to `last` since adoption (0 is its first month).

    Months before the first or after the last drawn point belong to `open` ones.
    """

    first: int
    last: int
    estimate: Estimate
    reference: bool = False


@dataclass(frozen=True, slots=True)
class PreTrend:
    """Whether treated places were on another path before anything was done.

    `per_year` is by how much the ratio of treated to others moved a year before
    adoption; `joint_p` tests that all points before adoption are 1. NaN: too few
    months to tell.
    """

    per_year: Estimate
    joint_p: float
    points: int

    def fails(self, alpha: float = 0.05) -> bool:
        """Return whether either test speaks against like paths."""
        return bool(self.per_year.p < alpha or self.joint_p < alpha)


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Ratios by time since adoption, in order, and the check of those before it."""

    points: tuple[EventPoint, ...]
    pretrend: PreTrend


@dataclass(frozen=True, slots=True)
class GroupTimeCell:
    """Places that adopted in period `group`, seen in `period`."""

    group: int
    period: int
    observed: float
    expected: float
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Group-time ratios and their sums; observed over expected everywhere.

    `left_out` are places that can not be compared: treated from the first month, or
    never observed before or after. `pre_p` tests that the `pre_points` of `by_event`
    before adoption, one year's at most, are 1 (NaN: too few to tell).
    """

    cells: tuple[GroupTimeCell, ...]
    overall: Estimate
    observed: float
    expected: float
    by_event: tuple[EventPoint, ...]
    by_group: tuple[GroupTimeCell, ...]
    by_period: tuple[GroupTimeCell, ...]
    treated: int
    comparison: int
    left_out: int
    pre_p: float
    pre_points: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """One series before and after: the step, and the change of slope if asked for.

    `slope` is the ratio by which the trend's yearly factor changed. `dispersion` is
    phi of the quasi-Poisson law; `autocorrelation` of the Pearson residuals at lag 1.
    """

    effect: Estimate
    slope: Estimate | None
    dispersion: float
    autocorrelation: float
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class Wdd:
    """Weighted displacement difference: events more (or fewer) than without.

    `local` is of the treated area alone, `displaced` of the area around it; `change`
    is their sum, with its standard error, Z and limits.
    """

    change: float
    standard_error: float
    z: float
    p: float
    low: float
    high: float
    local: float
    displaced: float


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Pairs [M, 2] of a treated place and one matched to it, by index.

    `unmatched` treated places have nobody alike. `gap_before` and `gap_after` are
    standardised differences of level between treated and others before and after.
    """

    pairs: Longs
    unmatched: Longs
    gap_before: float
    gap_after: float

    @property
    def comparison(self) -> Longs:
        """Return the matched places, once each, in order."""
        return np.unique(self.pairs[:, 1])


type CautionCode = Literal[
    "no_comparison",
    "few_clusters",
    "few_treated",
    "few_events",
    "too_short_before",
    "too_short_after",
    "pretrend",
    "regression_to_mean",
    "displacement",
    "displacement_unknown",
    "staggered",
    "separated",
    "dropped",
    "autocorrelated",
]


@dataclass(frozen=True, slots=True)
class Caution:
    """What a reader must know beside the number, with the figures it speaks of.

    `grave` cautions change what may be concluded; others explain.
    """

    code: CautionCode
    grave: bool
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])


@dataclass(frozen=True, slots=True)
class Finding:
    """What can honestly be said about a measure, and all that a sentence needs.

    `effect` is the ratio of rates with the measure to without; `adjusted` the same
    less what chance alone would bring, where the worst places were chosen and nobody
    like them is left to compare with; `study` the path by time since adoption;
    `displacement` the ratio in the ring around. `facts` names every figure a sentence
    may use; see package.md for the list.
    """

    design: Design
    effect: Estimate
    adjusted: Estimate | None
    study: tuple[EventPoint, ...]
    pretrend: PreTrend | None
    displacement: Estimate | None
    cautions: tuple[Caution, ...]
    facts: Mapping[str, Fact]

    @property
    def verdict(self) -> Verdict:
        """Return what the interval allows to say: the adjusted one where there is."""
        return (self.adjusted or self.effect).verdict

    @property
    def sound(self) -> bool:
        """Return whether no grave caution stands against it."""
        return not any(caution.grave for caution in self.cautions)
