"""Figures of many areas, coarse enough that all of them together tell no count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .coarse import STEPS, Coarse, Derive, coarsen
from .intruder import attack
from .problem import (
    SMALLEST_SHOWN,
    Bound,
    Cell,
    Figure,
    Flags,
    Layout,
    Month,
    Published,
)


@dataclass(frozen=True, slots=True)
class Derived:
    """Figures that are computed from N hidden cells: how, and the true counts."""

    cells: tuple[Cell, ...]
    counts: tuple[int, ...]
    figure: Derive


def coarsen_together(
    layout: Layout,
    published: Sequence[Published],
    derived: Sequence[Derived],
    *,
    same: Mapping[Month, Flags] | None = None,
    figures: Sequence[Figure] = (),
    steps: Sequence[float] = STEPS,
    smallest_shown: int = SMALLEST_SHOWN,
) -> tuple[Coarse | None, ...]:
    """Return figures at the finest steps at which no hidden count is recovered.

    Each figure is taken at the finest step that does for itself (`coarsen`, with the
    values `attack` leaves open); then all are attacked together, and those of areas
    where a count is recovered go one step up or are withheld (None), until nothing is.
    `figures` are those of earlier publications. Tables alone must give no count away.
    """
    earlier = tuple(figures)
    bounds = attack(
        layout, published, same=same, figures=earlier, smallest_shown=smallest_shown
    )
    lost = {b.cell for b in bounds if b.recovered}
    possible = {b.cell: b.possible for b in bounds}
    found = [_at(each, possible, steps) for each in derived]
    while True:
        told = tuple(
            coarse.figure(each.cells)
            for each, coarse in zip(derived, found, strict=True)
            if coarse is not None and each.cells
        )
        bounds = attack(
            layout,
            published,
            same=same,
            figures=(*earlier, *told),
            smallest_shown=smallest_shown,
        )
        broken = [b for b in bounds if b.recovered and b.cell not in lost]
        raised = _to_raise(layout, derived, found, broken)
        if not raised:
            return tuple(found)
        for at in raised:
            coarse = found[at]
            rest = [] if coarse is None else [s for s in steps if s > coarse.step]
            found[at] = _at(derived[at], possible, rest)


def _at(
    derived: Derived, possible: Mapping[Cell, tuple[int, ...]], steps: Sequence[float]
) -> Coarse | None:
    choices = [possible[cell] for cell in derived.cells]
    return coarsen(derived.figure, derived.counts, choices, steps) if steps else None


def _to_raise(
    layout: Layout,
    derived: Sequence[Derived],
    found: Sequence[Coarse | None],
    broken: Sequence[Bound],
) -> set[int]:
    """Return figures to coarsen: an area's own, else its district's, else all."""
    able = {
        at
        for at, coarse in enumerate(found)
        if coarse is not None and derived[at].cells
    }
    where = {at: {cell.area for cell in derived[at].cells} for at in able}
    parents = layout.areas.parents
    result: set[int] = set()
    for bound in broken:
        area = bound.cell.area
        own = {at for at in able if area in where[at]}
        near = {
            at
            for at in able
            if any(parents[each] in {area, parents[area]} for each in where[at])
        }
        result |= own or near or able
    return result
