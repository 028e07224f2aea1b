"""Group-time average effects of an outcome on its own scale, with one band for all.

B. Callaway, P. H. C. Sant'Anna, "Difference-in-differences with multiple time periods",
Journal of Econometrics 225 (2021), without covariates, where their three estimators are
one. `group_time` is the same idea for ratios of rates, which counts call for.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .clusters import check_level, numbered, t_quantile
from .group_time import Comparison
from .problem import NEVER, Flags, Floats, Longs

type Base = Literal["varying", "universal"]
type Summary = Literal["simple", "dynamic", "group", "calendar"]

_TABLE = 2
_LEAST_DRAWS = 100
_MAMMEN = (1 - math.sqrt(5)) / 2, (1 + math.sqrt(5)) / (2 * math.sqrt(5))
"""The lower of Mammen's (1993) two weights of mean 0 and variance 1, its chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """E effects: `effect`, `se` and limits [E] for each, and the band of all.

    `at` [E] says which (event time, group or period; 0 of one number). `low` and `high`
    hold each effect for itself, `band_low` and `band_high` all of them together.
    `overall` and `overall_se` are of their mean. NaN where a base is its own period.
    """

    at: Longs
    effect: Floats
    se: Floats
    low: Floats
    high: Floats
    band_low: Floats
    band_high: Floats
    overall: float
    overall_se: float


@dataclass(frozen=True, slots=True, eq=False)
class GroupTimeEffects:
    """ATT(g, t) of C cells: adopters of period `group` [C] in `period` [C].

    `low`, `high` are limits of each cell, `band_low`, `band_high` of all at once.
    `pre_p` is Wald's test that every effect before adoption is 0 (NaN: none). `summary`
    gives their means. `left_out` places had missing outcomes or adopted too early.
    """

    group: Longs
    period: Longs
    effect: Floats
    se: Floats
    low: Floats
    high: Floats
    band_low: Floats
    band_high: Floats
    pre_p: float
    left_out: int
    summary: Callable[[Summary], Effects]


@dataclass(frozen=True, slots=True, eq=False)
class _Law:
    """How influence [n, E] becomes errors and one critical value for all E."""

    clusters: Longs
    level: float
    draws: int
    seed: int

    def errors(self, influence: Floats) -> Floats:
        """Return [E]: sqrt(sum over clusters of (their influence)^2) / n."""
        squares = (self._by_cluster(influence) ** 2).sum(0)
        se = np.sqrt(squares) / len(influence)
        return np.where(se > 0, se, np.nan)

    def reach(self, influence: Floats) -> float:
        """Return the critical value of the greatest |effect| / se (at least z)."""
        alone = t_quantile(1 - self.level, math.inf)
        se = self.errors(influence)
        some = np.isfinite(se)
        if some.sum() <= 1:
            return alone
        parts = self._by_cluster(influence)[:, some] / (se[some] * len(influence))
        source = np.random.Generator(np.random.PCG64(self.seed))
        low, chance = _MAMMEN
        weight = np.where(
            source.random((self.draws, len(parts))) < chance, low, 1 - low
        )
        most = np.abs(weight @ parts).max(axis=1)
        return max(alone, float(np.quantile(most, self.level)))

    def effects(
        self, at: Longs, effect: Floats, influence: Floats, overall: float, of: Floats
    ) -> Effects:
        se = self.errors(influence)
        alone, all_of_them = (
            t_quantile(1 - self.level, math.inf) * se,
            self.reach(influence) * se,
        )
        return Effects(
            at,
            effect,
            se,
            effect - alone,
            effect + alone,
            effect - all_of_them,
            effect + all_of_them,
            overall,
            float(self.errors(of[:, None])[0]),
        )

    def _by_cluster(self, influence: Floats) -> Floats:
        sums = np.zeros((int(self.clusters.max()) + 1, influence.shape[1]))
        np.add.at(sums, self.clusters, influence)
        return sums


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells with their influence [n, C], who is in each group, and the law."""

    group: Longs
    period: Longs
    effect: Floats
    influence: Floats
    adoption: Longs
    law: _Law

    def mean(self, chosen: Flags, *, by_size: bool) -> tuple[float, Floats]:
        """Return the mean of some cells and its influence, weighed by group size.

        The sizes are drawn too: their influence is that of shares P(G = g).
        """
        effect, influence = self.effect[chosen], self.influence[:, chosen]
        if not by_size:
            return float(effect.mean()), influence.mean(axis=1)
        member = (self.adoption[:, None] == self.group[chosen]).astype(np.float64)
        return _weighed(effect, influence, member)

    def summary(self, kind: Summary) -> Effects:
        after = self.period >= self.group
        law = self.law
        if kind == "simple":
            value, of = self.mean(after, by_size=True)
            only = np.array([value])
            return law.effects(np.zeros(1, np.int64), only, of[:, None], value, of)
        if kind == "dynamic":
            since = self.period - self.group
            at = np.unique(since)
            parts = [self.mean(since == e, by_size=True) for e in at]
        elif kind == "group":
            at = np.unique(self.group[after])
            parts = [self.mean(after & (self.group == g), by_size=False) for g in at]
        elif kind == "calendar":
            at = np.unique(self.period[after])
            parts = [self.mean(after & (self.period == t), by_size=True) for t in at]
        else:
            raise ValueError(f"no summary is called {kind!r}")
        effect = np.array([value for value, _ in parts])
        influence = np.column_stack([part for _, part in parts])
        if kind == "group":
            member = (self.adoption[:, None] == at).astype(np.float64)
            overall, of = _weighed(effect, influence, member)
        else:
            counted = at >= 0 if kind == "dynamic" else np.ones(len(at), np.bool_)
            overall = float(effect[counted].mean())
            of = influence[:, counted].mean(axis=1)
        return law.effects(at, effect, influence, overall, of)


def _weighed(effect: Floats, influence: Floats, member: Floats) -> tuple[float, Floats]:
    """Return sum w_k effect_k, w_k = P(G = g_k) / sum, and its influence [n]."""
    share = member.mean(axis=0)
    total = float(share.sum())
    weight = share / total
    centred = member - share
    drawn = centred / total - centred.sum(axis=1, keepdims=True) * weight / total
    return float(weight @ effect), influence @ weight + drawn @ effect


def att_gt(
    outcome: ArrayLike,
    adoption: ArrayLike,
    *,
    comparison: Comparison = "never",
    base: Base = "varying",
    anticipation: int = 0,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 1,
) -> GroupTimeEffects:
    """Return the average effect on adopters of each period, in each period.

        ATT(g, t) = mean_{G=g}(Y_t - Y_b) - mean_C(Y_t - Y_b)

    with b = g - 1 - anticipation from adoption on (less anticipation), and before it b
    = t - 1 (`varying`) or the same (`universal`). C are places that never adopt, or
    (`not_yet`) have not by the later of t and b. Standard errors are of the influence
    function, over `clusters` where given; the band for all cells at once is Mammen's
    multiplier bootstrap of it (`draws`, `seed`). `outcome` [P, T] is any number, such
    as a rate or its logarithm (nan: not observed, which leaves the place out);
    `adoption` [P] the first period with the measure, NEVER or infinity without.
    Raises ValueError for misuse, and where no cell can be compared.

    >>> import numpy as np
    >>> y = np.array([[1, 2, 5.0], [2, 3, 6], [1, 2, 3], [0, 2, 3]])
    >>> found = att_gt(y, [2, 2, NEVER, NEVER])
    >>> found.effect.tolist()  # period 1 before adoption, period 2 after
    [-0.5, 2.0]
    """
    y, began, whose, left_out = _checked(outcome, adoption, anticipation, clusters)
    check_level(level)
    if comparison not in {"never", "not_yet"} or base not in {"varying", "universal"}:
        raise ValueError("comparison is never or not_yet, base varying or universal")
    if draws < _LEAST_DRAWS:
        raise ValueError(f"draws must be {_LEAST_DRAWS} or more")
    found: list[tuple[int, int, float, Floats]] = []
    groups = np.unique(began[began < NEVER])
    if not (began == NEVER).any():
        # The last to adopt are then there to be compared with.
        groups = groups[:-1]
    for group in groups.tolist():
        fixed = group - 1 - anticipation
        for period in range(0 if base == "universal" else 1, y.shape[1]):
            since = fixed if base == "universal" or period > fixed else period - 1
            others = began == NEVER
            if comparison == "not_yet":
                others |= began > max(period, since) + anticipation
            others &= began != group
            if others.any():
                cell = _cell(y[:, period] - y[:, since], began == group, others)
                found.append((group, period, *cell))
    if not found:
        raise ValueError("no group of adopters can be compared with others")
    group, period, effect = (np.array([cell[k] for cell in found]) for k in range(3))
    influence = np.column_stack([cell[3] for cell in found])
    law = _Law(whose, level, draws, seed)
    cells = _Cells(group, period, effect, influence, began, law)
    made = law.effects(group, effect, influence, math.nan, influence[:, 0])
    return GroupTimeEffects(
        group,
        period,
        effect,
        made.se,
        made.low,
        made.high,
        made.band_low,
        made.band_high,
        _pre_p(cells, anticipation),
        left_out,
        cells.summary,
    )


def _cell(change: Floats, mine: Flags, others: Flags) -> tuple[float, Floats]:
    """Return ATT and its influence [n]."""
    n = len(change)
    gain, drift = float(change[mine].mean()), float(change[others].mean())
    influence = np.where(mine, (change - gain) * (n / mine.sum()), 0.0)
    influence -= np.where(others, (change - drift) * (n / others.sum()), 0.0)
    return gain - drift, influence


def _pre_p(cells: _Cells, anticipation: int) -> float:
    """Return the p of Wald's chi-square of the effects before adoption."""
    before = cells.period < cells.group - anticipation
    before &= np.isfinite(cells.law.errors(cells.influence))
    if not before.any():
        return math.nan
    n = len(cells.influence)
    sums = np.zeros((int(cells.law.clusters.max()) + 1, int(before.sum())))
    np.add.at(sums, cells.law.clusters, cells.influence[:, before])
    covariance = sums.T @ sums / n**2
    if np.linalg.matrix_rank(covariance) < len(covariance):
        return math.nan
    wald = cells.effect[before] @ scipy.linalg.solve(covariance, cells.effect[before])
    return float(scipy.special.chdtrc(int(before.sum()), float(wald)))


def _checked(
    outcome: ArrayLike,
    adoption: ArrayLike,
    anticipation: int,
    clusters: ArrayLike | None,
) -> tuple[Floats, Longs, Longs, int]:
    """Return what is left of outcomes, adoption and clusters, and how many are not."""
    y = np.asarray(outcome, np.float64)
    if y.ndim != _TABLE or y.shape[1] < _TABLE or np.isinf(y).any():
        raise ValueError("outcome must be finite: a table of places by two periods up")
    when = np.asarray(adoption, np.float64)
    if when.shape != y.shape[:1]:
        raise ValueError(f"adoption needs one period for each of {len(y)} places")
    when = np.where(np.isposinf(when), NEVER, when)
    if not np.all((when == np.floor(when)) & (when >= 0)):
        raise ValueError("adoption is a period's column from 0, or NEVER")
    if anticipation < 0:
        raise ValueError("anticipation must be 0 periods or more")
    began = np.where(when >= y.shape[1], NEVER, when).astype(np.int64)
    kept = ~np.isnan(y).any(axis=1) & (began > anticipation)
    whose = numbered(clusters, len(y))[kept]
    if not (kept & (began < NEVER)).any():
        raise ValueError("no place got the measure after the first periods")
    again = np.asarray(np.unique(whose, return_inverse=True)[1], np.int64)
    return y[kept], began[kept], again, int((~kept).sum())
