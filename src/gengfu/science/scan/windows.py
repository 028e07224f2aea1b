"""Circles around every site, as lists of places that enter one after another."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .problem import Flags, Floats, Ints, Longs, Sites

TIE = 1e-9
"""Distances that differ by less, relative or in kilometres, are one distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The circles around P sites: those of site i are rows `start[i]:start[i + 1]`.

    Row k: `place[k]` enters the circle at `distance_km[k]`. `closes[k]` says that a
    window ends there: not within a group of places at one distance, since every circle
    holds all of them or none.
    """

    start: Longs
    place: Ints
    distance_km: Floats
    closes: Flags

    def held(self, values: Floats) -> Floats:
        """Return the sum of `values` [P] in the circle of each row."""
        sums = values[self.place]
        for begin, end in pairwise(self.start.tolist()):
            np.cumsum(sums[begin:end], out=sums[begin:end])
        return sums

    def inside(self, row: int) -> tuple[int, ...]:
        """Return the places in the circle of one row, nearest first."""
        centre = int(np.searchsorted(self.start, row, side="right")) - 1
        return tuple(self.place[self.start[centre] : row + 1].tolist())


def circles(
    sites: Sites, weight: Floats, cap: float = 0.5, radius_km: float | None = None
) -> Windows:
    """Return all circles around sites with at most `cap` of the weight and the radius.

    Places of no weight are held like others, once they have come in.
    """
    if not 0 < cap <= 1:
        raise ValueError("cap must be a share above 0 and at most 1")
    if radius_km is not None and not radius_km >= 0:
        raise ValueError("radius_km must be 0 or more")
    reach = np.inf if radius_km is None else radius_km + TIE * (1 + radius_km)
    most = cap * float(weight.sum()) * (1 + TIE)
    rows: list[tuple[Ints, Floats, Flags]] = []
    start = np.zeros(len(sites) + 1, np.int64)
    for centre in range(len(sites)):
        far = sites.distances_km(centre)
        far[centre] = -1.0
        near = np.flatnonzero(far <= reach)
        near = near[np.argsort(far[near], kind="stable")].astype(np.int32)
        far = np.maximum(far[near], 0.0)
        closes = np.append(far[1:] - far[:-1] > TIE * (1 + far[:-1]), True)
        closes &= np.cumsum(weight[near]) <= most
        last = np.flatnonzero(closes)
        count = int(last[-1]) + 1 if len(last) else 0
        start[centre + 1] = start[centre] + count
        rows.append((near[:count], far[:count], closes[:count]))
    return Windows(
        start,
        np.concatenate([row[0] for row in rows]),
        np.concatenate([row[1] for row in rows]),
        np.concatenate([row[2] for row in rows]),
    )
