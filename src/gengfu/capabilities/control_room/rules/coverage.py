"""What stays behind: which demand has a free unit within reach, and who alone is it.

A city's demand is a number of points with weights (calls a year, people). A free unit
stands somewhere and reaches some of the points in time (by road, from the road
kernels). For each kind of unit it is kept up, as units come and go, how many reach a
point and what each reaches alone: that is lost if it leaves, the marginal loss of the
covering problem (Church and ReVelle 1974) at the present moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import kernels_standing as kernels

type Points = NDArray[np.int32]
type Weights = NDArray[np.float64]

_LEAST = 64
_WHOLE = 1 << 52
"""All demand together. Whole numbers add up to the same in whatever order."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stand:
    kind: str
    number: int
    """Among units of its kind; others have it before and after."""
    points: Points


@dataclass(slots=True, eq=False)
class _Kind:
    """The units of a kind over all points (see `kernels_standing.come`)."""

    weights: NDArray[np.int64]
    standing: Points
    alone: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    unused: list[int] = field(default_factory=list[int])

    def number(self) -> int:
        """Give out a number that nobody of the kind has."""
        if not self.unused:
            few = len(self.alone)
            many = min(max(2 * few, _LEAST), kernels.MOST)
            if many == few:
                raise ValueError(f"more than {many} free units of one kind")
            self.unused.extend(range(few, many))
            self.alone = np.concatenate((self.alone, np.zeros(many - few, np.int64)))
        return self.unused.pop()

    def come(self, stand: _Stand) -> None:
        kernels.come(
            stand.points, stand.number, self.standing, self.weights, self.alone
        )

    def go(self, stand: _Stand) -> int:
        return kernels.go(
            stand.points, stand.number, self.standing, self.weights, self.alone
        )


class Coverage:
    """Free units over demand, kind by kind; changed in place by its owner.

    `weights` has one number of 0 or more per demand point; not all may be 0.
    """

    def __init__(self, weights: Sequence[float] | Weights) -> None:
        given: Weights = np.asarray(weights, np.float64)
        if not np.all(given >= 0) or not given.sum() > 0:
            raise ValueError("demand weights must be 0 or more, and not all 0")
        self._weights = np.rint(given / given.sum() * _WHOLE).astype(np.int64)
        self._kinds: dict[str, _Kind] = {}
        self._stands: dict[str, _Stand] = {}

    def stand(self, unit: str, kind: str, points: Points) -> None:
        """Let a free unit stand where it reaches these demand points, none twice."""
        if not kernels.exist(points, self.size):
            raise ValueError(f"{unit} reaches a demand point that does not exist")
        self.leave(unit)
        of_kind = self._kinds.get(kind)
        if of_kind is None:
            nobody = np.zeros(self.size, np.int32)
            of_kind = self._kinds[kind] = _Kind(self._weights, nobody)
        stand = self._stands[unit] = _Stand(kind, of_kind.number(), points)
        of_kind.come(stand)

    def leave(self, unit: str) -> None:
        """Take a unit out: it is no longer free. An unknown unit is passed over."""
        stand = self._stands.pop(unit, None)
        if stand is not None:
            of_kind = self._kinds[stand.kind]
            of_kind.go(stand)
            of_kind.unused.append(stand.number)

    @property
    def size(self) -> int:
        """Number of demand points."""
        return len(self._weights)

    def reached(self, kind: str = "") -> NDArray[np.bool_]:
        """Which points have a free unit of this kind (or any) within reach."""
        found = np.zeros(self.size, np.bool_)
        for name, of_kind in self._kinds.items():
            if kind in {"", name}:
                found |= of_kind.standing > 0
        return found

    def lost_each(self, units: Iterable[str]) -> dict[str, float]:
        """Share of demand that loses its only unit of the kind if this one leaves.

        For each of these units by itself; 0 for one that is not here.
        """
        found = dict.fromkeys(units, 0.0)
        for unit in found:
            stand = self._stands.get(unit)
            if stand is not None:
                alone = self._kinds[stand.kind].alone
                found[unit] = int(alone[stand.number]) / _WHOLE
        return found

    def lost_together(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of demand lost per kind if all these units leave at once."""
        leaving: defaultdict[str, list[_Stand]] = defaultdict(list)
        for unit in dict.fromkeys(units):
            stand = self._stands.get(unit)
            if stand is not None:
                leaving[stand.kind].append(stand)
        return {
            kind: self._lost(self._kinds[kind], stands) / _WHOLE
            for kind, stands in leaving.items()
        }

    def _lost(self, of_kind: _Kind, stands: Sequence[_Stand]) -> int:
        if len(stands) == 1:
            return int(of_kind.alone[stands[0].number])
        lost = sum(of_kind.go(stand) for stand in stands)
        for stand in stands:  # all back to where they were
            of_kind.come(stand)
        return lost
