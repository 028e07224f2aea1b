"""Who takes which part of a plan: the cheapest assignment that fills most of it."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .plans import Need

type Costs = NDArray[np.float64]

UNFIT = np.inf
"""Cost of giving a slot to a unit that does not meet its need."""


def assign(costs: Costs) -> tuple[int | None, ...]:
    """Give each slot (row) at most one unit (column); None where nobody is left.

    As many slots as possible are filled; among those ways, one of least total cost.
    Earlier slots win where not all can be filled. The same costs give the same answer.
    """
    slots, units = costs.shape
    fit = np.isfinite(costs)
    if not fit.any():
        return (None,) * slots
    # Leaving a slot empty costs more than any way of filling all the others.
    most = slots * float(np.abs(costs[fit]).max()) + 1.0
    step = 2.0 * most
    empty = 2.0 * slots * slots * step
    wide = np.full((slots, units + slots), 4.0 * slots * empty)
    wide[:, :units] = np.where(fit, costs, wide[:, :units])
    for slot in range(slots):
        wide[slot, units + slot] = empty + (slots - slot) * step
    rows, columns = linear_sum_assignment(wide)
    taken: dict[int, int] = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return tuple(
        taken[slot] if taken[slot] < units and fit[slot, taken[slot]] else None
        for slot in range(slots)
    )


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
    costs = np.array(
        [
            [0.0 if needs[at].met_by(kind, skills) else UNFIT for kind, skills in units]
            for at in slots
        ]
    )
    met = [0] * len(needs)
    for at, unit in zip(slots, assign(costs), strict=True):
        met[at] += unit is not None
    return tuple(
        Need(need.kinds, need.count - met[at], need.skills, need.within_s)
        for at, need in enumerate(needs)
        if need.count > met[at]
    )
