"""Circles around every site, as lists of places that enter one after another."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .problem import Flags, Floats, Ints, Longs, Sites

TIE = 1e-9
"""Distances that differ by less, relative or in kilometres, are one distance."""

_AT_ONCE = 1_000_000
"""Distances held in memory at one time."""


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
    at_once = max(1, _AT_ONCE // max(1, len(sites)))
    pieces = [
        _circles_of(
            sites, range(begin, min(begin + at_once, len(sites))), weight, most, reach
        )
        for begin in range(0, len(sites), at_once)
    ]
    counts = np.concatenate([piece[0] for piece in pieces])
    return Windows(
        np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces]),
        np.concatenate([piece[3] for piece in pieces]),
    )


def _circles_of(
    sites: Sites, centres: range, weight: Floats, most: float, reach: float
) -> tuple[Longs, Ints, Floats, Flags]:
    """Return rows of some centres: how many each has, and the columns of `Windows`."""
    here = np.arange(len(centres))
    far = np.stack([sites.distances_km(centre) for centre in centres])
    far[here, centres] = -1.0
    order = np.argsort(far, axis=1, kind="stable")
    far = np.maximum(np.take_along_axis(far, order, axis=1), 0.0)
    closes = np.ones(far.shape, np.bool_)
    closes[:, :-1] = far[:, 1:] - far[:, :-1] > TIE * (1 + far[:, :-1])
    closes &= (np.cumsum(weight[order], axis=1) <= most) & (far <= reach)
    last = len(sites) - np.argmax(closes[:, ::-1], axis=1)
    counts = np.where(closes.any(axis=1), last, 0).astype(np.int64)
    held = np.arange(len(sites)) < counts[:, None]
    return counts, order[held].astype(np.int32), far[held], closes[held]
