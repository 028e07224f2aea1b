"""Tables of counts over areas and kinds, and what the public was told of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]
type Flags = NDArray[np.bool_]
type Bytes = NDArray[np.int8]

SMALLEST_SHOWN = 5
"""Counts from 1 to one less than this are not published."""
UNBOUNDED = 2**31
"""Stands for "no upper limit" in the limits of a cell."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Categories that add up: N names, each with the index of its parent or -1.

    Roots may be several (domains without a total over them). A node without children
    is a leaf; counts are known by leaf, every other node is the sum of its leaves.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]

    def __post_init__(self) -> None:
        size = len(self.names)
        if len(self.parents) != size or len(set(self.names)) != size:
            raise ValueError("a tree needs one parent for each of its different names")
        for node in range(size):
            seen, at = 0, node
            while at != -1:
                if not -1 <= at < size or seen > size:
                    raise ValueError(f"{self.names[node]!r} has no way to a root")
                at, seen = self.parents[at], seen + 1

    @classmethod
    def of(cls, parents: Mapping[str, str | None]) -> "Tree":
        """Return the tree of names and their parents' names (None at a root)."""
        names = tuple(parents)
        number = {name: at for at, name in enumerate(names)}
        for name, parent in parents.items():
            if parent is not None and parent not in number:
                raise ValueError(f"{name!r} has the unknown parent {parent!r}")
        return cls(
            names, tuple(-1 if p is None else number[p] for p in parents.values())
        )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def leaves(self) -> tuple[int, ...]:
        """Return the indices of nodes without children, in order of the names."""
        inner = set(self.parents)
        return tuple(node for node in range(len(self)) if node not in inner)

    def members(self) -> Flags:
        """Return [nodes, leaves]: whether the leaf counts towards the node."""
        result = np.zeros((len(self), len(self.leaves)), np.bool_)
        for column, leaf in enumerate(self.leaves):
            at = leaf
            while at != -1:
                result[at, column] = True
                at = self.parents[at]
        return result


@dataclass(frozen=True, slots=True)
class Layout:
    """Both sides of every table: A areas (area, parent, city) and K kinds.

    Leaf counts have shape [leaf areas, leaf kinds], tables [A, K]: every node of one
    tree against every node of the other.
    """

    areas: Tree
    kinds: Tree

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of a table: nodes by nodes."""
        return len(self.areas), len(self.kinds)

    @property
    def leaf_shape(self) -> tuple[int, int]:
        """Return the shape of leaf counts."""
        return len(self.areas.leaves), len(self.kinds.leaves)

    def table(self, leaf_counts: Longs) -> Longs:
        """Return the [A, K] sums of leaf counts."""
        if leaf_counts.shape != self.leaf_shape:
            raise ValueError(
                f"leaf counts must have shape {self.leaf_shape}, "
                f"not {leaf_counts.shape}"
            )
        rows = self.areas.members().astype(np.int64)
        columns = self.kinds.members().astype(np.int64)
        return rows @ leaf_counts.astype(np.int64) @ columns.T

    def finest(self) -> Flags:
        """Return [A, K]: cells of a leaf area and a leaf kind."""
        result = np.zeros(self.shape, np.bool_)
        result[np.ix_(self.areas.leaves, self.kinds.leaves)] = True
        return result


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month's counts as they stood: version 2 is after the first correction."""

    name: str
    version: int = 1


class Mark(IntEnum):
    """What a table says in a cell."""

    SHOWN = 0
    """The count itself, or limits of it (a rounded count)."""
    SMALL = 1
    """ "<5": from 1 to 4. Only cells of leaves in a table of one month say so: a sum
    that said so would tell about its parts."""
    WITHHELD = 2
    """Nothing. A finest cell of one month that says this is 0, or 5 or more; others
    may have any value."""
    ABSENT = 3
    """Never meant for publication; not protected, and tells nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """One published table: sums over months, [A, K] marks and what they give away.

    `low` and `high` are the limits a reader may conclude from the cell alone: equal
    where the count is shown. Nothing here depends on a hidden count.
    """

    months: tuple[Month, ...]
    marks: Bytes
    low: Longs
    high: Longs

    def value(self, area: int, kind: int) -> int | None:
        """Return the count shown in a cell, None where it is hidden."""
        if self.marks[area, kind] != Mark.SHOWN:
            return None
        return int(self.low[area, kind])

    @property
    def hidden(self) -> Flags:
        """Return [A, K]: cells that say "<5" or nothing."""
        return (self.marks == Mark.SMALL) | (self.marks == Mark.WITHHELD)


def publish(
    layout: Layout,
    leaf_counts: Longs,
    months: Sequence[Month],
    hidden: Flags,
    *,
    absent: Flags | None = None,
    smallest_shown: int = SMALLEST_SHOWN,
) -> Published:
    """Return the table with the given cells hidden; leaf counts are over `months`.

    Nothing is checked here: this also makes the careless publications an attack is
    shown to break.
    """
    counts = layout.table(leaf_counts)
    marks = np.where(hidden, Mark.WITHHELD, Mark.SHOWN).astype(np.int8)
    if len(months) == 1:
        small = hidden & layout.finest() & is_small(counts, smallest_shown)
        marks[small] = Mark.SMALL
    if absent is not None:
        marks[absent] = Mark.ABSENT
    low = np.where(marks == Mark.SHOWN, counts, 0)
    high = np.where(marks == Mark.SHOWN, counts, UNBOUNDED)
    low[marks == Mark.SMALL] = 1
    high[marks == Mark.SMALL] = smallest_shown - 1
    return Published(tuple(months), marks, low, high)


def is_small(counts: Longs, smallest_shown: int = SMALLEST_SHOWN) -> Flags:
    """Return which counts are too small to be shown: 1 to `smallest_shown` - 1."""
    return (counts > 0) & (counts < smallest_shown)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: the sum over `months` of a node of each tree."""

    months: tuple[Month, ...]
    area: int
    kind: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure (a score, an end of an interval) seen as a hint about counts.

    N hidden cells it was computed from, and every combination of N counts that would
    have been published as the very same figure.
    """

    cells: tuple[Cell, ...]
    allowed: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """What an intruder knows of a hidden cell: it lies in [low, high].

    `possible` lists the values of 1 to 4 (of all, for short ranges) that fit
    everything published; a cell is recovered when one value is left.
    """

    cell: Cell
    mark: Mark
    low: int
    high: int
    possible: tuple[int, ...]

    @property
    def recovered(self) -> bool:
        """Return whether only one count is left."""
        return self.low >= self.high or len(self.possible) == 1


def unchanged(counts: Mapping[Month, Longs]) -> dict[Month, Flags]:
    """Return for every later version of a month which leaf counts stayed the same.

    The strongest intruder knows what a correction was about, so both protection and
    attack take this as known.
    """
    result: dict[Month, Flags] = {}
    for month in sorted(counts):
        before = Month(month.name, month.version - 1)
        if before in counts:
            result[month] = np.asarray(counts[month] == counts[before], np.bool_)
    return result


def over_months(counts: Mapping[Month, Longs], months: Iterable[Month]) -> Longs:
    """Return leaf counts summed over months. Raises ValueError for an unknown one."""
    wanted = tuple(months)
    missing = [f"{m.name} v{m.version}" for m in wanted if m not in counts]
    if missing or not wanted:
        raise ValueError(f"no counts of {', '.join(missing) or 'any month'}")
    return np.sum([np.asarray(counts[m], np.int64) for m in wanted], axis=0)
