"""What everything ever published gives away about each hidden count."""

from collections.abc import Mapping, Sequence

import numpy as np

from .linear import Limits, Sums, Wish, stack
from .problem import (
    SMALLEST_SHOWN,
    Bound,
    Cell,
    Figure,
    Flags,
    Layout,
    Longs,
    Mark,
    Month,
    Published,
)
from .search import Goals, Loose, search, spread
from .unknowns import Unknowns, limits_of, with_figures

_SHORT = 8
"""A withheld count of at most so many possible values has each of them looked at."""


def attack(
    layout: Layout,
    published: Sequence[Published],
    *,
    same: Mapping[Month, Flags] | None = None,
    figures: Sequence[Figure] = (),
    smallest_shown: int = SMALLEST_SHOWN,
) -> tuple[Bound, ...]:
    """Return what an intruder can conclude about every hidden cell of all tables.

    He has every table and figure ever published, knows what the marks mean, that
    counts are whole numbers, and which leaf counts corrections left alone (`same`,
    see `unchanged`; without it every version of a month stands for itself). Values
    of `possible` come with whole tables that fit everything he has, values of a small
    cell that are missing have been proved impossible. Raises ValueError where tables
    contradict each other.
    """
    tables = tuple(published)
    months = [month for table in tables for month in table.months]
    unknowns = Unknowns.of(layout, months, same or {})
    limits = limits_of(unknowns, tables, smallest_shown)
    limits = with_figures(unknowns, limits, figures)
    cells, marks, sums = _hidden_cells(unknowns, tables)
    if not cells:
        return ()
    tight = limits.tightened()
    low, high = sums.of(tight.low), sums.of(tight.high)
    target, value = _questions(marks, low, high, smallest_shown)
    goals = Goals(sums, target, value, np.zeros(len(value), np.bool_))
    seen, known = search(limits, goals)
    values = np.array([sums.of(each) for each in known])
    values = np.vstack((values, _extremes(tight, sums, values, known[0])))
    bounds: list[Bound] = []
    for at, cell in enumerate(cells):
        some = {int(v) for v in value[(target == at) & seen]}
        some |= {int(v) for v in np.unique(values[:, at])}
        asked = marks[at] == Mark.SMALL or high[at] - low[at] < _SHORT
        ends = (min(some), max(some)) if asked else (int(low[at]), int(high[at]))
        bounds.append(Bound(cell, marks[at], *ends, tuple(sorted(some))))
    return tuple(bounds)


def _hidden_cells(
    unknowns: Unknowns, tables: Sequence[Published]
) -> tuple[list[Cell], list[Mark], Sums]:
    cells: list[Cell] = []
    marks: list[Mark] = []
    parts: list[Sums] = []
    for table in tables:
        hidden = table.hidden
        parts.append(unknowns.table(table.months).take(hidden.ravel()))
        for area, kind in np.argwhere(hidden):
            cells.append(Cell(table.months, int(area), int(kind)))
            marks.append(Mark(int(table.marks[area, kind])))
    return cells, marks, stack(parts)


def _questions(
    marks: Sequence[Mark], low: Longs, high: Longs, smallest_shown: int
) -> tuple[Longs, Longs]:
    """Return sums and values to ask about: all of a short range, else none."""
    target: list[int] = []
    value: list[int] = []
    for at, mark in enumerate(marks):
        if mark == Mark.SMALL:
            choices = range(1, smallest_shown)
        elif high[at] - low[at] < _SHORT:
            choices = range(int(low[at]), int(high[at]) + 1)
        else:
            choices = range(0)
        target += [at] * len(choices)
        value += choices
    return np.array(target, np.int64), np.array(value, np.int64)


def _extremes(tight: Limits, sums: Sums, values: Longs, start: Longs) -> Longs:
    """Return values of all cells in solutions that move cells nobody moved yet."""
    loose = Loose.of(tight)
    found: list[Longs] = []
    still = np.all(values == values[0], axis=0)

    def push(chosen: Flags, by: int, turn: int) -> None:
        near = values[0][chosen] + by
        asked = Wish(sums.take(chosen), near, spread(len(near), turn))
        answer = loose.solve(asked, start)
        if answer is not None:
            found.append(sums.of(answer))
            still[found[-1] != values[0]] = False

    for turn, by in ((0, -_SHORT), (0, _SHORT), (1, -_SHORT), (1, _SHORT)):
        if np.any(still):
            push(still.copy(), by, turn)
    for at in np.flatnonzero(still & (sums.of(tight.low) < sums.of(tight.high))):
        for by in (-_SHORT, _SHORT):
            if still[at]:
                push(np.arange(sums.size) == at, by, 0)
    return np.array(found, np.int64).reshape(len(found), sums.size)
