"""Everything published, as limits of unknown leaf counts and of sums of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .linear import Limits, Sums, no_sums, stack
from .problem import (
    UNBOUNDED,
    Cell,
    Figure,
    Flags,
    Layout,
    Longs,
    Mark,
    Month,
    Published,
)


@dataclass(frozen=True, slots=True, eq=False)
class Unknowns:
    """The number of each leaf count: a correction shares those it left as they were."""

    layout: Layout
    number: Mapping[Month, Longs]
    size: int
    row: Longs
    column: Longs

    @classmethod
    def of(
        cls, layout: Layout, months: Sequence[Month], same: Mapping[Month, Flags]
    ) -> "Unknowns":
        """Give leaf counts numbers; what a correction left alone keeps its own."""
        number: dict[Month, Longs] = {}
        size = 0
        for month in sorted(set(months)):
            fresh = size + np.arange(int(np.prod(layout.leaf_shape)), dtype=np.int64)
            ids = fresh.reshape(layout.leaf_shape)
            size += ids.size
            before = _latest_before(month, number)
            kept = same.get(month)
            if kept is not None and before is not None:
                if before.version != month.version - 1:
                    raise ValueError(f"no table of the issue before {month}")
                ids = np.where(kept, number[before], ids)
            number[month] = ids
        rows, columns = layout.areas.members(), layout.kinds.members()
        area, leaf_area = np.nonzero(rows)
        kind, leaf_kind = np.nonzero(columns)
        row = area[:, None] * columns.shape[0] + kind[None, :]
        column = leaf_area[:, None] * columns.shape[1] + leaf_kind[None, :]
        return cls(layout, number, size, row.ravel(), column.ravel())

    def table(self, months: Sequence[Month]) -> Sums:
        """Return the sums behind every cell of a table, cells in reading order."""
        parts = [self.number[month].ravel()[self.column] for month in months]
        cells = int(np.prod(self.layout.shape))
        return Sums(np.tile(self.row, len(parts)), np.concatenate(parts), cells)

    def cell(self, cell: Cell) -> Longs:
        """Return the unknowns that one cell sums."""
        areas = self.layout.areas.members()[cell.area]
        kinds = self.layout.kinds.members()[cell.kind]
        return np.concatenate(
            [self.number[month][np.ix_(areas, kinds)].ravel() for month in cell.months]
        )

    def values(self, counts: Mapping[Month, Longs]) -> Longs:
        """Return the true value of every unknown."""
        result = np.zeros(self.size, np.int64)
        for month, ids in self.number.items():
            result[ids.ravel()] = np.asarray(counts[month], np.int64).ravel()
        return result


def _latest_before(month: Month, known: Mapping[Month, Longs]) -> Month | None:
    older = [m for m in known if m.name == month.name and m.version < month.version]
    return max(older) if older else None


def limits_of(
    unknowns: Unknowns, published: Sequence[Published], smallest_shown: int
) -> Limits:
    """Return what tables say: limits of unknowns (a finest cell of one month is one).

    Raises ValueError where a table has not the layout's shape.
    """
    layout = unknowns.layout
    low = np.zeros(unknowns.size, np.int64)
    high = np.full(unknowns.size, UNBOUNDED, np.int64)
    gap = np.zeros(unknowns.size, np.int64)
    parts: list[Sums] = []
    lows: list[Longs] = [np.zeros(0, np.int64)]
    highs: list[Longs] = [np.zeros(0, np.int64)]
    finest = layout.finest()
    leaves = np.ix_(layout.areas.leaves, layout.kinds.leaves)
    for table in published:
        if table.marks.shape != layout.shape:
            raise ValueError(
                f"a table has shape {table.marks.shape}, the layout {layout.shape}"
            )
        keep = table.marks != Mark.ABSENT
        keep &= (table.low > 0) | (table.high < UNBOUNDED)
        if len(table.months) == 1:
            ids = unknowns.number[table.months[0]]
            told = table.marks[leaves] != Mark.ABSENT
            np.maximum.at(low, ids[told], table.low[leaves][told])
            np.minimum.at(high, ids[told], table.high[leaves][told])
            gap[ids[table.marks[leaves] == Mark.WITHHELD]] = smallest_shown
            keep &= ~finest
        parts.append(unknowns.table(table.months).take(keep.ravel()))
        lows.append(table.low[keep])
        highs.append(table.high[keep])
    sums = stack(parts) if parts else no_sums()
    return Limits(low, high, gap, sums, np.concatenate(lows), np.concatenate(highs))


def explains_by_range(figure: Figure) -> bool:
    """Return whether a figure allows all combinations of a range for each cell."""
    counts = np.array(figure.allowed, np.int64)
    spans = counts.max(axis=0) - counts.min(axis=0) + 1
    return len(counts) == int(np.prod(spans))


def choices(unknowns: Unknowns, figures: Sequence[Figure], values: Longs) -> Longs:
    """Return values of unknowns followed by those `with_figures` added for figures."""
    added = [
        [each != tuple(int(values[unknowns.cell(c)].sum()) for c in figure.cells)]
        for figure in figures
        if not explains_by_range(figure)
        for each in figure.allowed
    ]
    return np.concatenate((values, np.array(added, np.int64).ravel()))


def with_figures(
    unknowns: Unknowns, limits: Limits, figures: Sequence[Figure]
) -> Limits:
    """Return the limits with what published figures tell.

    A figure that one range of one cell explains is a limit. Any other adds a yes or no
    for each combination of counts: `no[j]` for all but one, and for each cell i

        cell[i] + sum over j of allowed[j][i] no[j] = sum over j of allowed[j][i].
    """
    size = len(limits.low)
    rows: list[Sums] = [limits.sums]
    lows: list[int] = []
    highs: list[int] = []
    for figure in figures:
        counts = np.array(figure.allowed, np.int64)
        ways, cells = counts.shape
        least, most = counts.min(axis=0), counts.max(axis=0)
        if explains_by_range(figure):
            for cell, low, high in zip(figure.cells, least, most, strict=True):
                ids = unknowns.cell(cell)
                rows.append(Sums(np.zeros(len(ids), np.int64), ids, 1))
                lows.append(int(low))
                highs.append(int(high))
            continue
        no = size + np.arange(ways, dtype=np.int64)
        size += ways
        rows.append(Sums(np.zeros(ways, np.int64), no, 1))
        lows.append(ways - 1)
        highs.append(ways - 1)
        for at in range(cells):
            ids = unknowns.cell(figure.cells[at])
            excess = counts[:, at] - least[at]
            columns = np.concatenate((ids, np.repeat(no, excess)))
            rows.append(Sums(np.zeros(len(columns), np.int64), columns, 1))
            total = int(excess.sum() + least[at])
            lows.append(total)
            highs.append(total)
    added = size - len(limits.low)
    return Limits(
        np.concatenate((limits.low, np.zeros(added, np.int64))),
        np.concatenate((limits.high, np.ones(added, np.int64))),
        np.concatenate((limits.gap, np.zeros(added, np.int64))),
        stack(rows),
        np.concatenate((limits.sum_low, np.array(lows, np.int64))),
        np.concatenate((limits.sum_high, np.array(highs, np.int64))),
    )
