"""Figures derived from hidden counts, published no finer than hides the counts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from .problem import Cell, Figure

STEPS = (1, 2, 5, 10)
"""Steps a figure may be published at, finest first."""

_MOST_COMBINATIONS = 4096

type Derive = Callable[[tuple[int, ...]], Sequence[float]]
"""Counts of the hidden cells, in order, to the figures as they would be computed."""


@dataclass(frozen=True, slots=True)
class Coarse:
    """Figures rounded to `step`, and all counts that would have given the same."""

    step: float
    values: tuple[float, ...]
    allowed: tuple[tuple[int, ...], ...]

    def figure(self, cells: Sequence[Cell]) -> Figure:
        """Return what these figures tell about the cells, for later attacks."""
        return Figure(tuple(cells), self.allowed)


def coarsen(
    figure: Derive,
    counts: Sequence[int],
    possible: Sequence[Sequence[int]],
    steps: Sequence[float] = STEPS,
) -> Coarse | None:
    """Return the figures at the finest step that hides every hidden count, or None.

    `figure` computes F figures (a score and both its ends) from the counts of N hidden
    cells; `counts` are the true ones, `possible` the values each could still have given
    everything else published (`Bound.possible`). All figures of one call are rounded
    to the same step, and a step will do where, for every cell, some combination with
    another count of that cell rounds to the very same figures. None where even the
    coarsest step tells: the figure is then withheld. Without hidden cells the finest
    step is taken.

    Raises ValueError where a true count is not among the possible ones.
    """
    truth = tuple(int(n) for n in counts)
    choices = [sorted({int(n) for n in some}) for some in possible]
    if len(choices) != len(truth):
        raise ValueError("one list of possible counts is needed for each hidden cell")
    for at, (count, some) in enumerate(zip(truth, choices, strict=True)):
        if count not in some:
            raise ValueError(f"the count of hidden cell {at} is not possible")
    if math.prod(len(some) for some in choices) > _MOST_COMBINATIONS:
        raise ValueError("too many combinations of hidden counts to look at")
    derived = {each: tuple(figure(each)) for each in product(*choices)}
    for step in steps:
        shown = rounded(derived[truth], step)
        same = tuple(
            each for each, got in derived.items() if rounded(got, step) == shown
        )
        if all(len({each[at] for each in same}) > 1 for at in range(len(truth))):
            return Coarse(step, shown, same)
    return None


def rounded(values: Sequence[float], step: float) -> tuple[float, ...]:
    """Return values rounded to multiples of `step`, halves upwards."""
    return tuple(math.floor(value / step + 0.5) * step for value in values)
