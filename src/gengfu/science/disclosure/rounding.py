"""Counts rounded to multiples of five, at random or so that tables still add up."""

from typing import Literal

import numpy as np

from .linear import Limits, Sums, Wish, nearest, no_sums
from .problem import Floats, Layout, Longs, Mark, Month, Published

BASE = 5
_LEAST_BASE = 2


def round_base(
    layout: Layout,
    leaf_counts: Longs,
    *,
    base: int = BASE,
    rng: np.random.Generator | None = None,
) -> Longs:
    """Return the [A, K] table rounded to multiples of `base`.

    With `rng`, unbiased random rounding: a count goes up with probability
    (count mod base) / base, every cell for itself, so tables need not add up. Pass a
    generator seeded by city and period: the same table is then rounded the same.
    Without, controlled rounding (Cox 1987, *JASA* 82): leaves go to a neighbouring
    multiple such that all sums add up and lie as near to the truth as they can.

    Raises ValueError for negative counts or a base under 2.
    """
    counts = layout.table(leaf_counts)
    if base < _LEAST_BASE or np.any(leaf_counts < 0):
        raise ValueError("rounding needs counts of 0 or more and a base of 2 or more")
    if rng is not None:
        rest = counts % base
        up = rng.random(counts.shape) * base < rest
        return counts - rest + np.where(up, base, 0)
    return _controlled(layout, leaf_counts, counts, base)


def _controlled(layout: Layout, leaf_counts: Longs, counts: Longs, base: int) -> Longs:
    """Choose up (1) or down (0) for each leaf so that sums stray least."""
    down = leaf_counts // base
    rest = (leaf_counts % base).ravel()
    area, leaf_area = np.nonzero(layout.areas.members())
    kind, leaf_kind = np.nonzero(layout.kinds.members())
    row = (area[:, None] * layout.shape[1] + kind[None, :]).ravel()
    column = (leaf_area[:, None] * layout.leaf_shape[1] + leaf_kind[None, :]).ravel()
    sums = Sums(row, column, counts.size)
    # A sum is near where it rounds to the nearest multiple; one step away in the
    # larger tables costs as much as one step in a leaf.
    near = np.floor((counts - base * layout.table(down)) / base + 0.5)
    size = rest.size
    limits = Limits(
        np.zeros(size, np.int64),
        (rest > 0).astype(np.int64),
        np.zeros(size, np.int64),
        no_sums(),
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
    )
    found = nearest(limits, Wish(sums, near.astype(np.int64).ravel(), _weights(layout)))
    up = np.zeros(size, np.int64) if found is None else found
    return layout.table((down + up.reshape(down.shape)) * base)


def _weights(layout: Layout) -> Floats:
    """Return the cost of a step: more for sums, which more readers look at."""
    areas = layout.areas.members().sum(axis=1)
    kinds = layout.kinds.members().sum(axis=1)
    return np.sqrt(np.outer(areas, kinds).astype(np.float64)).ravel()


def publish_rounded(
    layout: Layout,
    months: tuple[Month, ...],
    table: Longs,
    *,
    base: int = BASE,
    how: Literal["random", "controlled"] = "controlled",
) -> Published:
    """Return what a rounded table tells an intruder: limits of every cell.

    Random rounding moves any cell by less than a base. Controlled rounding does so for
    leaves, and a sum therefore by less than a base for each of its leaves.
    """
    leaves = layout.table(np.ones(layout.leaf_shape, np.int64))
    reach = (base - 1) * (np.ones_like(leaves) if how == "random" else leaves)
    marks = np.full(table.shape, Mark.SHOWN, np.int8)
    return Published(months, marks, np.maximum(table - reach, 0), table + reach)
