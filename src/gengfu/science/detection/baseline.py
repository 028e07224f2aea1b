"""Which past weeks a week is compared with, and the level of the season of each.

A. Noufaily, D. G. Enki, P. Farrington, P. Garthwaite, N. Andrews, A. Charlett, "An
improved algorithm for outbreak detection in multiple surveillance systems", Statist.
Med. 32 (2013), section 3.1.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import cast

import numpy as np

from .problem import Days, FlexibleOptions, Floats, Longs

_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The weeks of a record, without gaps.

    `position` [N] is the place of each recorded week; `start` the first day of the
    first week where weeks were given as dates, else None; `length` the number of
    weeks from the first to the last.
    """

    position: Longs
    start: date | None
    length: int

    def spread(self, values: Floats) -> Floats:
        """Return values [..., N] laid on the grid, nan where no week was recorded."""
        laid = np.full((*values.shape[:-1], self.length), np.nan)
        laid[..., self.position] = values
        return laid


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The weeks to fit: positions on the grid and the level of the season of each.

    Level 0 is the season of the tested week. `complete` says that the record reaches
    back to the first of the reference weeks.
    """

    weeks: Longs
    level: Longs
    complete: bool


def grid_of(weeks: Longs | Days | None, number: int) -> Grid:
    """Lay weeks on a grid: integers that count weeks, first days, or None (no gaps)."""
    if weeks is None:
        return Grid(np.arange(number), None, number)
    given = np.asarray(weeks)
    if given.shape != (number,):
        raise ValueError(f"weeks must have shape ({number},), not {given.shape}")
    start: date | None = None
    if given.dtype.kind == "M":
        days = given.astype("datetime64[D]")
        if np.any(np.isnat(days)):
            raise ValueError("each week needs a date")
        if number:
            start = cast("date", days[0].item())
        steps = (days - days[:1]).astype(np.int64)
        if np.any(steps % _WEEK_DAYS):
            raise ValueError("weeks must all begin on the same day of the week")
        place = steps // _WEEK_DAYS
    else:
        if given.dtype.kind not in "iu":
            raise ValueError("weeks must be whole numbers or dates")
        place = given.astype(np.int64) - (int(given[0]) if number else 0)
    if np.any(np.diff(place) <= 0):
        raise ValueError("weeks must rise, each given once")
    return Grid(place, start, int(place[-1]) + 1 if number else 0)


def baseline_of(grid: Grid, tested: int, options: FlexibleOptions) -> Baseline:
    """Choose the baseline of the week at `tested` on the grid.

    The reference weeks lie 1 to b years back: that many times `weeks_per_year`, or,
    where weeks were given as dates, the week that begins nearest to the same date.
    Each with w weeks on either side is level 0. With more than one period the weeks
    between two windows are shared out to the other levels as evenly as whole weeks
    allow, the first ones longer by a week where they do not divide, and the baseline
    runs from the first window to `weeks_out` weeks before the tested.
    """
    half = options.half_window
    reference = [_back(grid, tested, k, options) for k in range(options.years, -1, -1)]
    last = tested - options.weeks_out - 1
    parts: list[Longs] = []
    levels: list[Longs] = []
    for here, after in pairwise(reference):
        window = np.arange(here - half, here + half + 1)
        parts.append(window)
        levels.append(np.zeros(len(window), np.int64))
        if options.periods > 1:
            between = np.arange(here + half + 1, after - half)
            parts.append(between)
            levels.append(1 + _shared_out(len(between), options.periods - 1))
    if options.periods > 1 or options.compat == "R":
        # Where fewer weeks are left out than half a window, it joins its own season:
        # in R with one period, too, where the paper of 1996 keeps past years alone.
        own = np.arange(tested - half, tested)
        parts.append(own)
        levels.append(np.zeros(len(own), np.int64))
    weeks, level = np.concatenate(parts), np.concatenate(levels)
    kept = (weeks >= 0) & (weeks <= last)
    return Baseline(weeks[kept], level[kept], reference[0] >= 0)


def _shared_out(weeks: int, periods: int) -> Longs:
    """Return [weeks]: their periods in turn, the first ones longer by a week."""
    some, more = divmod(weeks, periods)
    lengths = np.full(periods, some) + (np.arange(periods) < more)
    return np.repeat(np.arange(periods, dtype=np.int64), lengths)


def _back(grid: Grid, tested: int, years: int, options: FlexibleOptions) -> int:
    if grid.start is None or years == 0:
        return tested - years * options.weeks_per_year
    now = grid.start + timedelta(weeks=tested)
    try:
        then = now.replace(year=now.year - years)
    except ValueError:
        # 29 February counts as 1 March in a year without one.
        then = date(now.year - years, 3, 1)
    return ((then - grid.start).days + _WEEK_DAYS // 2) // _WEEK_DAYS
