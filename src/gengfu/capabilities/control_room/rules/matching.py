"""Who takes which part of a plan: the cheapest assignment that fills most of it."""

from collections.abc import Iterable, Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import kernels_assign as kernels

from .plans import Need

type Costs = NDArray[np.float64]

UNFIT = inf
"""Cost of giving a slot to a unit that does not meet its need."""


def assign(rows: Sequence[Sequence[float]]) -> tuple[int | None, ...]:
    """Give each slot (row) at most one unit (column); None where nobody is left.

    As many slots as possible are filled; among those ways, one of least total cost.
    Earlier slots win where not all can be filled. The same costs give the same answer.
    """
    least = [min(row, default=UNFIT) for row in rows]
    if all(cost == UNFIT for cost in least):
        return (None,) * len(rows)
    best = [row.index(cost) for row, cost in zip(rows, least, strict=True)]
    if len(set(best)) == len(rows) and UNFIT not in least:
        return tuple(best)  # each has the one that is best for it
    costs: Costs = np.array(rows)
    slots, units = costs.shape
    fit = np.isfinite(costs)
    # Leaving a slot empty costs more than any way of filling all the others.
    most = slots * float(np.abs(costs[fit]).max()) + 1.0
    step = 2.0 * most
    empty = 2.0 * slots * slots * step
    wide = np.full((slots, units + slots), 4.0 * slots * empty)
    wide[:, :units] = np.where(fit, costs, wide[:, :units])
    for slot in range(slots):
        wide[slot, units + slot] = empty + (slots - slot) * step
    taken = cheapest(wide)
    return tuple(
        unit if unit < units and fit[slot, unit] else None
        for slot, unit in enumerate(taken)
    )


def cheapest(costs: Costs) -> tuple[int, ...]:
    """Give each row a column of its own at least total cost; finite costs only.

    Of columns that are as good the first is taken. Raises ValueError where rows
    outnumber columns.
    """
    rows, columns = costs.shape
    if rows > columns:
        raise ValueError(f"{rows} rows for {columns} columns")
    taken = np.empty(rows, np.int64)
    kernels.cheapest(costs, taken)
    return tuple(taken.tolist())


def still_needed(
    needs: Sequence[Need], sent: Iterable[tuple[str, frozenset[str]]]
) -> tuple[Need, ...]:
    """Return what is left of the needs after the units (kind, skills) already sent.

    Each unit counts for one slot; as many slots as possible are taken as met.
    """
    slots = [at for at, need in enumerate(needs) for _ in range(need.count)]
    units = list(sent)
    if not slots or not units:
        return tuple(needs)
    costs = [
        [0.0 if needs[at].met_by(kind, skills) else UNFIT for kind, skills in units]
        for at in slots
    ]
    met = [0] * len(needs)
    for at, unit in zip(slots, assign(costs), strict=True):
        met[at] += unit is not None
    return tuple(
        Need(need.kinds, need.count - met[at], need.skills, need.within_s)
        for at, need in enumerate(needs)
        if need.count > met[at]
    )
