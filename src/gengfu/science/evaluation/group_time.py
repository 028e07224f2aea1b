"""Group-time ratios: a fair comparison where places adopt at different times."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .clusters import check_level, estimate, numbered, welch_df
from .did import check_adoption
from .event_study import event_bins, joint_p, point_of
from .problem import (
    NEVER,
    Estimate,
    Flags,
    Floats,
    GroupTime,
    GroupTimeCell,
    Longs,
    Panel,
)

_YEAR = 12

type Comparison = Literal["not_yet", "never"]


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Observed and expected events, and the same without each of G clusters in turn."""

    observed: float
    expected: float
    observed_without: Floats
    expected_without: Floats

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.observed + other.observed,
            self.expected + other.expected,
            self.observed_without + other.observed_without,
            self.expected_without + other.expected_without,
        )

    def log(self) -> float:
        """Return the log ratio: -inf without events."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.log(np.float64(self.observed) / self.expected))

    def moves(self) -> Floats:
        """Return [G]: by how much each cluster moves the log ratio; NaN if without."""
        count = len(self.observed_without)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(self.observed_without / self.expected_without)
            return math.sqrt((count - 1) / count) * (logs - self.log())

    def estimate(self, treated: Flags, level: float) -> Estimate:
        """Return the ratio; its error by leaving out one cluster at a time."""
        parts = self.moves() ** 2
        error = math.sqrt(float(parts.sum())) if np.isfinite(parts).all() else math.nan
        df = welch_df(parts, treated) if error > 0 else math.nan
        return estimate(self.log(), error, df, level)


def group_time(
    panel: Panel,
    adoption: ArrayLike,
    *,
    comparison: Comparison = "not_yet",
    base_periods: int | None = None,
    width: int = 1,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> GroupTime:
    """Return a ratio for each group of adopters and month, and their sums.

    The places that adopt in month g are compared in month t with those that have not
    (by t nor by g; `comparison="never"`: that never do), as Callaway & Sant'Anna (2021,
    "Difference-in-differences with multiple time periods", Journal of Econometrics 225)
    do for differences, here for ratios:

        expected_gt = [sum_g exposure_it r_i] [sum_C y_it] / [sum_C exposure_it r_i]

    with r_i the place's own rate over the `base_periods` months before g (default: all;
    a month before g is left out of its own base), and ratio_gt = sum_g y_it /
    expected_gt. No place already treated ever serves as a comparison, which is what
    two-way effects get wrong under staggered adoption (Goodman-Bacon 2021). Aggregates
    are sums of observed over sums of expected. The standard error is a jackknife over
    clusters (places by default), limits by the t law with Welch's degrees of freedom.
    Cells without events among those compared can not be judged and are left out.
    Raises ValueError for misuse, and where no cell is left.
    """
    began = check_adoption(panel, adoption)
    check_level(level)
    if comparison not in {"not_yet", "never"}:
        raise ValueError(f"comparison must be not_yet or never, not {comparison}")
    if base_periods is not None and base_periods < 1:
        raise ValueError("a base takes one month or more")
    whose = numbered(clusters, panel.places)
    bins = event_bins(panel, began, width, None, None)
    sums: dict[tuple[int, int], _Sums] = {}
    for group in np.unique(began[(began < NEVER) & (began > 0)]):
        first = 0 if base_periods is None else max(0, int(group) - base_periods)
        sums.update(_group(panel, began, whose, int(group), first, comparison))
    after = {key: cell for key, cell in sums.items() if key[1] >= key[0]}
    if not after:
        raise ValueError("no group of adopters can be compared with others")
    in_group = {
        group: _has(whose, began == group) for group in {key[0] for key in sums}
    }
    ever = _has(whose, began < NEVER)
    overall = _total(list(after.values()))
    numbers = {
        key: int(bins[int(np.flatnonzero(began == key[0])[0]), key[1]]) for key in sums
    }
    paths = {
        number: _total([cell for key, cell in sums.items() if numbers[key] == number])
        for number in sorted(set(numbers.values()))
    }
    pre_p, pre_points = _flat(
        [cell for number, cell in paths.items() if -_YEAR <= number * width < 0], ever
    )
    return GroupTime(
        cells=tuple(
            _cell(*key, sums[key], in_group[key[0]], level) for key in sorted(sums)
        ),
        overall=overall.estimate(ever, level),
        observed=overall.observed,
        expected=overall.expected,
        by_event=tuple(
            point_of(number, width, cell.estimate(ever, level))
            for number, cell in paths.items()
        ),
        by_group=tuple(
            _cell(
                group,
                group,
                _total([cell for key, cell in after.items() if key[0] == group]),
                in_group[group],
                level,
            )
            for group in sorted({key[0] for key in after})
        ),
        by_period=tuple(
            _cell(
                min(key[0] for key in after if key[1] == period),
                period,
                _total([cell for key, cell in after.items() if key[1] == period]),
                ever,
                level,
            )
            for period in sorted({key[1] for key in after})
        ),
        treated=int(ever.sum()),
        comparison=int((~ever).sum()),
        left_out=int(
            np.isin(began, list({key[0] for key in after} | {NEVER}), invert=True).sum()
        ),
        pre_p=pre_p,
        pre_points=pre_points,
    )


def _group(
    panel: Panel,
    adoption: Longs,
    clusters: Longs,
    group: int,
    first: int,
    comparison: Comparison,
) -> dict[tuple[int, int], _Sums]:
    """Return the cells of one group of adopters that can be judged."""
    months = np.arange(panel.periods)
    base = (months >= first) & (months < group)
    inside = base[None].astype(np.float64)
    # A month before adoption does not belong to its own base.
    events = (panel.counts * inside).sum(1)[:, None] - panel.counts * inside
    over = (panel.exposure * inside).sum(1)[:, None] - panel.exposure * inside
    seen = panel.observed & (over > 0)
    foreseen = panel.exposure * events / np.where(over > 0, over, 1)
    untouched = adoption[:, None] > np.maximum(months, group)[None]
    if comparison == "never":
        untouched = np.broadcast_to((adoption == NEVER)[:, None], seen.shape)
    mine = (adoption == group)[:, None] & seen
    others = untouched & seen
    count = int(clusters.max()) + 1
    parts = np.zeros((4, count, panel.periods))
    for at, (values, cells) in enumerate(
        (
            (panel.counts, mine),
            (foreseen, mine),
            (panel.counts, others),
            (foreseen, others),
        )
    ):
        np.add.at(parts[at], clusters, np.where(cells, values, 0))
    totals = parts.sum(1)
    rest = totals[:, None] - parts
    # Differences of sums leave dust where nothing is left.
    rest[rest < 1e-9 * totals[:, None]] = 0
    result: dict[tuple[int, int], _Sums] = {}
    for period in np.flatnonzero((totals[1:] > 0).all(0)):
        seen_mine, base_mine, seen_others, base_others = rest[:, :, period]
        judged = (base_others > 0) & (base_mine > 0)
        change = np.where(judged, seen_others / np.where(judged, base_others, 1), 0)
        result[group, int(period)] = _Sums(
            float(totals[0, period]),
            float(totals[1, period] * totals[2, period] / totals[3, period]),
            np.where(judged, seen_mine, 0),
            base_mine * change,
        )
    return result


def _flat(points: list[_Sums], treated: Flags) -> tuple[float, int]:
    """Return the joint p that the points are 1, and how many there are."""
    moves, logs = [cell.moves() for cell in points], [cell.log() for cell in points]
    sure = [at for at, move in enumerate(moves) if np.isfinite(move).all()]
    # The base is the mean of all months before: one point follows from the others.
    sure = sure[1:]
    if not sure:
        return math.nan, 0
    steps = np.stack([moves[at] for at in sure])
    df = min(welch_df(step**2, treated) for step in steps)
    return joint_p(np.array([logs[at] for at in sure]), steps @ steps.T, df), len(sure)


def _total(cells: list[_Sums]) -> _Sums:
    total = cells[0]
    for cell in cells[1:]:
        total += cell
    return total


def _has(clusters: Longs, places: Flags) -> Flags:
    """Return [G]: clusters with one of the places."""
    result = np.zeros(int(clusters.max()) + 1, np.bool_)
    result[clusters[places]] = True
    return result


def _cell(
    group: int, period: int, sums: _Sums, treated: Flags, level: float
) -> GroupTimeCell:
    return GroupTimeCell(
        group, period, sums.observed, sums.expected, sums.estimate(treated, level)
    )
