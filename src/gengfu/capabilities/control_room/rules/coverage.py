"""What stays behind: which demand has a free unit within reach, and who alone is it.

A city's demand is a number of points with weights (calls a year, people). A free unit
stands somewhere and reaches some of the points in time (by road, from the road
kernels). For each kind of unit the number of free units that reach a point is kept up
as units come and go, so that what is lost if one leaves costs one look at its own
points: those it alone reaches. That is the marginal loss of the covering problem
(Church and ReVelle 1974) at the present moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import kernels_standing as kernels

type Points = NDArray[np.int32]
type Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Stand:
    kind: str
    points: Points


class Coverage:
    """Free units over demand, kind by kind; changed in place by its owner.

    `weights` has one number of 0 or more per demand point; not all may be 0.
    """

    def __init__(self, weights: Sequence[float] | Weights) -> None:
        self._weights: Weights = np.asarray(weights, np.float64)
        if not np.all(self._weights >= 0) or not self._weights.sum() > 0:
            raise ValueError("demand weights must be 0 or more, and not all 0")
        self._weights = self._weights / self._weights.sum()
        self._counts: dict[str, NDArray[np.int32]] = {}
        self._stands: dict[str, _Stand] = {}

    def stand(self, unit: str, kind: str, points: Points) -> None:
        """Let a free unit stand where it reaches these demand points."""
        self.leave(unit)
        reached = np.asarray(points, np.int32)
        if not kernels.in_order(reached, self.size):
            reached = np.unique(reached)
            if not kernels.in_order(reached, self.size):
                raise ValueError(f"{unit} reaches a demand point that does not exist")
        kernels.come(reached, self._count(kind))
        self._stands[unit] = _Stand(kind, reached)

    def leave(self, unit: str) -> None:
        """Take a unit out: it is no longer free. An unknown unit is passed over."""
        stand = self._stands.pop(unit, None)
        if stand is not None:
            kernels.go(stand.points, self._counts[stand.kind], self._weights)

    @property
    def size(self) -> int:
        """Number of demand points."""
        return len(self._weights)

    def share(self, kind: str) -> float:
        """Share of demand with at least one free unit of this kind within reach."""
        counts = self._counts.get(kind)
        return 0.0 if counts is None else float(self._weights[counts > 0].sum())

    def reached(self, kind: str = "") -> NDArray[np.bool_]:
        """Which points have a free unit of this kind (or any) within reach."""
        found = np.zeros(self.size, np.bool_)
        for name, counts in self._counts.items():
            if kind in {"", name}:
                found |= counts > 0
        return found

    def lost_each(self, units: Iterable[str]) -> dict[str, float]:
        """Share of demand that loses its only unit of the kind if this one leaves.

        For each of these units by itself; 0 for one that is not here.
        """
        found = dict.fromkeys(units, 0.0)
        for unit in found:
            stand = self._stands.get(unit)
            if stand is not None:
                counts = self._counts[stand.kind]
                found[unit] = kernels.alone(stand.points, counts, self._weights)
        return found

    def lost_together(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of demand lost per kind if all these units leave at once."""
        lost: dict[str, float] = {}
        standing = [self._stands[u] for u in dict.fromkeys(units) if u in self._stands]
        for stand in standing:
            counts = self._counts[stand.kind]
            more = kernels.go(stand.points, counts, self._weights)
            lost[stand.kind] = lost.get(stand.kind, 0.0) + more
        for stand in standing:  # all back to where they were
            kernels.come(stand.points, self._counts[stand.kind])
        return lost

    def _count(self, kind: str) -> NDArray[np.int32]:
        if kind not in self._counts:
            self._counts[kind] = np.zeros(self.size, np.int32)
        return self._counts[kind]
