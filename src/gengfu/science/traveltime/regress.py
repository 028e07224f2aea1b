"""Robust regression of drives: class paces, crossings, start, hours and cells.

All use least absolute deviations by reweighting (IRLS with a floor), because recorded
times have wild outliers: crews press a button late, or twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np

from .drives import Drives, Ground
from .kinds import kind_seconds
from .problem import Floats, Longs, Settings, Trips

_FLOOR_S = 8.0
_REWEIGHTS = 15
_RIDGE = 1e-9
_CLOSE = 1e-8  # what is left of the right side when a solution is near enough
_HOURS = 24
_LEAST_FACTOR, _MOST_FACTOR = 0.5, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """Start, pace by class (s/m), loss by crossing (s); hours, kinds, cells beside."""

    start_s: float
    pace: Floats
    crossing: Floats
    hour_start_s: Floats
    kind_start_s: Mapping[str, float]
    factor: Floats

    def network_s(self, drives: Drives) -> Floats:
        """Driving seconds before cells; N values."""
        return drives.metres @ self.pace + drives.crossings @ self.crossing

    def lost_s(self, trips: Trips) -> Floats:
        """Seconds lost beside driving, by hour and kind of call; never negative."""
        by_kind = kind_seconds(self.kind_start_s, trips.kind, trips.priority)
        return np.maximum(self.start_s + self.hour_start_s[trips.hour] + by_kind, 0.0)

    def total_s(self, drives: Drives, trips: Trips) -> Floats:
        """Predicted seconds of N drives, with hours, kinds and cells."""
        return self.lost_s(trips) + cell_seconds(self, drives) @ self.factor


def cell_seconds(paces: Paces, drives: Drives) -> Any:
    """Driving seconds by cell, sparse (N, cells): the shares of the drives' cells."""
    network = paces.network_s(drives)
    whole: Floats = np.asarray(drives.cells.sum(axis=1), np.float64).ravel()
    share = np.divide(network, whole, out=np.zeros_like(network), where=whole > 0)
    sparse = cast("Any", import_module("scipy.sparse"))
    return sparse.diags_array(share) @ drives.cells


def fit_paces(
    ground: Ground, drives: Drives, target_s: Floats, settings: Settings
) -> tuple[float, Floats, Floats]:
    """Fit start, paces and crossings, all 0 or more, to seconds.

    Unknowns are (start, paces, crossings, kappa, chi): `pace[c]` is believed to be
    kappa times its free-flow pace, `crossing[c]` to be chi; both are fitted too.
    """
    here = np.flatnonzero(ground.present)
    free = ground.free_pace_s_per_m
    count = len(here)
    width = 1 + 2 * count + 2
    seen = np.zeros((len(target_s), width))
    seen[:, 0] = 1.0
    seen[:, 1 : 1 + count] = drives.metres[:, here]
    seen[:, 1 + count : 1 + 2 * count] = drives.crossings[:, here]
    typical_m = max(float(np.median(drives.metres.sum(axis=1))), 1.0)
    typical_n = max(float(np.median(drives.crossings.sum(axis=1))), 1.0)
    belief = np.zeros((2 * count, width))
    rows = np.arange(count)
    belief[rows, 1 + rows] = typical_m
    belief[rows, width - 2] = -typical_m * free[here]
    belief[count + rows, 1 + count + rows] = typical_n
    belief[count + rows, width - 1] = -typical_n
    belief *= np.sqrt(settings.class_trips)
    found = _least_absolute(seen, target_s, belief)
    pace = free * found[width - 2]
    crossing = np.full(ground.classes, found[width - 1])
    pace[here] = found[1 : 1 + count]
    crossing[here] = found[1 + count : 1 + 2 * count]
    return float(found[0]), np.maximum(pace, 1.0 / settings.fastest_mps), crossing


def _least_absolute(seen: Floats, target: Floats, belief: Floats) -> Floats:
    """Solve by least absolute deviations, unknowns 0 or more, beliefs drawn to 0."""
    nnls = cast("Any", import_module("scipy.optimize")).nnls
    weight = np.ones(len(target))
    scale = np.maximum(np.abs(np.vstack((seen, belief))).max(axis=0), 1e-12)
    seen, belief = seen / scale, belief / scale
    prior = _gram(belief, belief)
    prior[np.diag_indices_from(prior)] += _RIDGE
    found = np.zeros(seen.shape[1])
    for _ in range(_REWEIGHTS):
        heavy = seen * weight[:, None]
        normal = _gram(heavy, seen) + prior
        triangle = np.linalg.cholesky(normal).T
        right = heavy.T @ target
        turned = np.linalg.solve(triangle.T, right)
        solved: Floats = nnls(triangle, turned)[0]
        found = solved
        weight = 1.0 / np.maximum(np.abs(target - seen @ found), _FLOOR_S)
        weight /= max(float(weight.mean()), 1e-12)
    return found / scale


def _gram(left: Floats, right: Floats) -> Floats:
    """Multiply without BLAS: its threads cost more than these few columns."""
    return np.einsum("ij,ik->jk", left, right, optimize=False)


def fit_hours(residual_s: Floats, hour: Longs, settings: Settings) -> Floats:
    """Median residual by hour, smoothed round the clock and drawn towards 0."""
    offsets = np.zeros(_HOURS)
    values = np.append(residual_s, 0.0)
    order = np.argsort(values, kind="stable")
    values = values[order]
    apart = np.abs((np.arange(_HOURS) + _HOURS // 2) % _HOURS - _HOURS // 2)
    near = np.exp(-0.5 * (apart / settings.hour_width) ** 2)
    for at in range(_HOURS):
        weight = np.append(near[(hour - at) % _HOURS], settings.hour_trips)
        offsets[at] = _median(values, weight[order])
    return offsets


def _median(values: Floats, weight: Floats) -> float:
    """Return which of some rising values has half of the weight up to it."""
    reached: Floats = np.cumsum(weight)
    half = reached.item(len(reached) - 1) / 2.0
    return values.item(min(int(np.searchsorted(reached, half)), len(values) - 1))


def fit_cells(seconds: Any, target_s: Floats, belief: float) -> Floats:
    """Fit a factor for each cell, drawn towards 1 by `belief` (s per s)."""
    cells = int(seconds.shape[1])
    factor = np.ones(cells)
    totals: Floats = np.asarray(seconds.sum(axis=0), np.float64).ravel()
    driven = np.flatnonzero(totals > 0)
    if len(driven) == 0 or np.isinf(belief):
        return factor
    part = seconds[:, driven].tocsr()
    turned = part.T.tocsr()
    rest: Floats = target_s - np.asarray(part.sum(axis=1), np.float64).ravel()
    found = np.zeros(len(driven))
    weight = np.ones(len(target_s))
    for _ in range(_REWEIGHTS):
        found = _least_squares(part, turned, rest, weight, belief, found)
        gap: Floats = np.abs(rest - part @ found)
        weight = 1.0 / np.maximum(gap, _FLOOR_S)
    factor[driven] = np.clip(1.0 + found, _LEAST_FACTOR, _MOST_FACTOR)
    return factor


def _least_squares(
    part: Any, turned: Any, wanted: Floats, weight: Floats, belief: float, start: Floats
) -> Floats:
    """Solve weighted least squares with a ridge by conjugate gradients.

    `turned` is `part` transposed. Written out, as the sums of a few hundred cells take
    less time than SciPy's solver needs to look at its arguments.
    """

    def applied(some: Floats) -> Floats:
        result: Floats = turned @ (weight * (part @ some))
        return result + belief * some

    right: Floats = turned @ (weight * wanted)
    found = start.copy()
    left: Floats = right - applied(found)
    way = left
    size = float(left @ left)
    enough = _CLOSE**2 * float(right @ right)
    for _ in range(10 * len(right)):
        if size <= enough:
            break
        turn = applied(way)
        step = size / float(way @ turn)
        found += step * way
        left = left - step * turn
        before, size = size, float(left @ left)
        way = left + (size / before) * way
    return found
