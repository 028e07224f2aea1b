"""Sums of unknown counts between limits: tightening, and integer solutions (HiGHS)."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np

from .problem import UNBOUNDED, Flags, Floats, Longs

_WHOLE = 1e-5
_NODES = 5_000
_PASSES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """R sums of unknowns: pairs of a row and a column; a pair n times counts n-fold."""

    row: Longs
    column: Longs
    size: int

    def of(self, values: Longs) -> Longs:
        """Return the R sums of the unknowns' values."""
        total = np.bincount(self.row, values[self.column], self.size)
        return np.rint(total).astype(np.int64)

    def take(self, keep: Flags) -> "Sums":
        """Return some of the rows, in the same order."""
        number = np.cumsum(keep) - 1
        inside = keep[self.row]
        return Sums(number[self.row[inside]], self.column[inside], int(keep.sum()))


def no_sums() -> Sums:
    """Return no rows."""
    return Sums(np.zeros(0, np.int64), np.zeros(0, np.int64), 0)


def stack(parts: "list[Sums]") -> Sums:
    """Return the rows of all parts under each other."""
    if not parts:
        return no_sums()
    starts = np.cumsum([0] + [part.size for part in parts])
    return Sums(
        np.concatenate([p.row + s for p, s in zip(parts, starts[:-1], strict=True)]),
        np.concatenate([part.column for part in parts]),
        int(starts[-1]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Limits of N unknowns and of R sums of them; whole numbers all.

    `gap` is 0, or the smallest value other than 0 that the unknown may have.
    """

    low: Longs
    high: Longs
    gap: Longs
    sums: Sums
    sum_low: Longs
    sum_high: Longs

    def tightened(self) -> "Limits":
        """Return the same solutions in narrower limits: each row limits its columns.

        An unknown is at most what the row allows less the least of all others, and
        at least what it needs less the most of all others; in turn until nothing
        moves. Raises ValueError where no solution is left.
        """
        low, high = self.low.copy(), self.high.copy()
        row, column = self.sums.row, self.sums.column
        for _ in range(_PASSES):
            before = int(low.sum()) - int(high.sum())
            least, most = self.sums.of(low), self.sums.of(high)
            np.minimum.at(high, column, (self.sum_high - least)[row] + low[column])
            np.maximum.at(low, column, (self.sum_low - most)[row] + high[column])
            np.minimum(high, UNBOUNDED, out=high)
            holed = self.gap > 0
            high[holed & (high < self.gap)] = 0
            raised = holed & (low > 0)
            low[raised] = np.maximum(low[raised], self.gap[raised])
            if np.any(low > high):
                raise ValueError("the published tables contradict each other")
            if int(low.sum()) - int(high.sum()) == before:
                break
        gap = np.where(low > 0, 0, self.gap)
        gap[high == 0] = 0
        least, most = self.sums.of(low), self.sums.of(high)
        keep = (least < self.sum_low) | (most > self.sum_high)
        return Limits(
            low,
            high,
            gap,
            self.sums.take(keep),
            self.sum_low[keep],
            self.sum_high[keep],
        )

    def groups(self) -> Longs:
        """Return a number for each unknown: those that no sum ties differ.

        A settled unknown ties nothing, and has a group of its own.
        """
        size = len(self.low)
        loose = (self.low < self.high)[self.sums.column]
        row, column = self.sums.row[loose], self.sums.column[loose]
        sparse = cast("Any", import_module("scipy.sparse"))
        csgraph = cast("Any", import_module("scipy.sparse.csgraph"))
        total = size + self.sums.size
        edges = sparse.coo_array(
            (np.ones(len(row), np.int8), (row + size, column)), shape=(total, total)
        )
        labels = csgraph.connected_components(edges, directed=False)[1]
        return np.asarray(labels[:size], np.int64)

    def part(self, inside: Flags) -> "tuple[Limits, Longs]":
        """Return the limits of some unknowns, and where each was among all.

        Sums keep what the others, which must be settled, take of them.
        """
        number = np.cumsum(inside) - 1
        here = inside[self.sums.column]
        touched = np.zeros(self.sums.size, np.bool_)
        touched[self.sums.row[here]] = True
        rows = self.sums.take(touched)
        fixed = np.where(inside, 0, self.low)
        taken = rows.of(fixed)
        keep = inside[rows.column]
        return (
            Limits(
                self.low[inside],
                self.high[inside],
                self.gap[inside],
                Sums(rows.row[keep], number[rows.column[keep]], rows.size),
                self.sum_low[touched] - taken,
                np.minimum(self.sum_high[touched] - taken, UNBOUNDED),
            ),
            np.flatnonzero(inside),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """S sums that are to be near a value; each unit away costs `cost`."""

    sums: Sums
    near: Longs
    cost: Floats


def no_wish() -> Wish:
    """Return the wish for any solution at all."""
    return Wish(no_sums(), np.zeros(0, np.int64), np.zeros(0))


def nearest(limits: Limits, wishes: Wish) -> Longs | None:
    """Return the whole numbers within limits that cost least, None where none exist.

    A linear program first; where its solution is not whole, or unknowns have a gap,
    branch and bound. None also where that finds nothing within a fixed number of
    nodes.
    """
    size, extra = len(limits.low), wishes.sums.size
    holed = np.flatnonzero(limits.gap > 0)
    sparse = cast("Any", import_module("scipy.sparse"))
    at = np.arange(extra, dtype=np.int64)
    columns = size + 2 * extra + len(holed)
    more, less, on = size, size + extra, size + 2 * extra
    rows = limits.sums.size
    choice = np.arange(len(holed), dtype=np.int64)
    floor_row, roof_row = rows + extra, rows + extra + len(holed)
    ones = np.ones
    roof = np.minimum(limits.high[holed], 1_000_000).astype(np.float64)
    matrix = sparse.coo_array(
        (
            np.concatenate(
                (
                    ones(len(limits.sums.row)),
                    ones(len(wishes.sums.row)),
                    -ones(extra),
                    ones(extra),
                    ones(len(holed)),
                    -limits.gap[holed].astype(np.float64),
                    ones(len(holed)),
                    -roof,
                )
            ),
            (
                np.concatenate(
                    (
                        limits.sums.row,
                        wishes.sums.row + rows,
                        at + rows,
                        at + rows,
                        choice + floor_row,
                        choice + floor_row,
                        choice + roof_row,
                        choice + roof_row,
                    )
                ),
                np.concatenate(
                    (
                        limits.sums.column,
                        wishes.sums.column,
                        at + more,
                        at + less,
                        holed,
                        choice + on,
                        holed,
                        choice + on,
                    )
                ),
            ),
        ),
        shape=(rows + extra + 2 * len(holed), columns),
    ).tocsr()
    near = wishes.near.astype(np.float64)
    none, zero = np.full(len(holed), np.inf), np.zeros(len(holed))
    row_low = np.concatenate((_real(limits.sum_low), near, zero, -none))
    row_high = np.concatenate((_real(limits.sum_high), near, none, zero))
    low = np.concatenate((_real(limits.low), np.zeros(2 * extra), zero))
    high = np.concatenate(
        (
            _real(limits.high),
            np.full(2 * extra, np.inf),
            np.ones(len(holed)),
        )
    )
    cost = np.concatenate((np.zeros(size), wishes.cost, wishes.cost, zero))
    whole = np.zeros(columns)
    whole[on:] = 1
    for _ in range(2):
        answer = _solve(cost, matrix, row_low, row_high, low, high, whole)
        if answer is None:
            return None
        found = answer[:size]
        near_by = np.rint(found)
        if np.all(np.abs(found - near_by) < _WHOLE):
            values = near_by.astype(np.int64)
            return values if _holds(limits, values) else None
        whole[:size] = 1
    return None


def _holds(limits: Limits, values: Longs) -> bool:
    """Return whether whole numbers really lie within all limits."""
    sums = limits.sums.of(values)
    return bool(
        np.all((values >= limits.low) & (values <= limits.high))
        and np.all((sums >= limits.sum_low) & (sums <= limits.sum_high))
        and np.all((values == 0) | (values >= limits.gap))
    )


def _real(limit: Longs) -> Floats:
    result = limit.astype(np.float64)
    result[limit >= UNBOUNDED] = np.inf
    result[limit <= -UNBOUNDED] = -np.inf
    return result


def _solve(
    cost: Floats,
    matrix: object,
    row_low: Floats,
    row_high: Floats,
    low: Floats,
    high: Floats,
    whole: Floats,
) -> Floats | None:
    optimize = cast("Any", import_module("scipy.optimize"))
    result = optimize.milp(
        cost,
        integrality=whole,
        bounds=optimize.Bounds(low, high),
        constraints=optimize.LinearConstraint(matrix, row_low, row_high),
        options={"node_limit": _NODES},
    )
    return None if result.x is None else np.asarray(result.x, np.float64)
