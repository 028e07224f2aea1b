"""Robust regression of drives: class paces, crossings, start, hours and cells.

All use least absolute deviations by reweighting (IRLS with a floor), because recorded
times have wild outliers: crews press a button late, or twice.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np

from .drives import Drives, Ground
from .problem import Floats, Longs, Settings

_FLOOR_S = 8.0
_REWEIGHTS = 15
_HOURS = 24
_LEAST_FACTOR, _MOST_FACTOR = 0.5, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Paces:
    """Start, pace by class (s/m) and loss by crossing (s); hours and cells beside."""

    start_s: float
    pace: Floats
    crossing: Floats
    hour_start_s: Floats
    factor: Floats

    def network_s(self, drives: Drives) -> Floats:
        """Driving seconds before cells; N values."""
        return drives.metres @ self.pace + drives.crossings @ self.crossing

    def starts_s(self, hour: Longs) -> Floats:
        """Seconds lost at the start, by hour; never negative."""
        return np.maximum(self.start_s + self.hour_start_s[hour], 0.0)

    def total_s(self, drives: Drives, hour: Longs) -> Floats:
        """Predicted seconds of N drives, with hours and cells."""
        return self.starts_s(hour) + cell_seconds(self, drives) @ self.factor


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
    classes = ground.classes
    free = ground.free_pace_s_per_m
    width = 1 + 2 * classes + 2
    seen = np.zeros((len(target_s), width))
    seen[:, 0] = 1.0
    seen[:, 1 : 1 + classes] = drives.metres
    seen[:, 1 + classes : 1 + 2 * classes] = drives.crossings
    typical_m = max(float(np.median(drives.metres.sum(axis=1))), 1.0)
    typical_n = max(float(np.median(drives.crossings.sum(axis=1))), 1.0)
    belief = np.zeros((2 * classes, width))
    rows = np.arange(classes)
    belief[rows, 1 + rows] = typical_m
    belief[rows, width - 2] = -typical_m * free
    belief[classes + rows, 1 + classes + rows] = typical_n
    belief[classes + rows, width - 1] = -typical_n
    belief *= np.sqrt(settings.class_trips)
    found = _least_absolute(seen, target_s, belief, np.zeros(2 * classes))
    pace = np.maximum(found[1 : 1 + classes], 1.0 / settings.fastest_mps)
    return float(found[0]), pace, found[1 + classes : 1 + 2 * classes]


def _least_absolute(
    seen: Floats, target: Floats, belief: Floats, believed: Floats
) -> Floats:
    nnls = cast("Any", import_module("scipy.optimize")).nnls
    weight = np.ones(len(target))
    scale = np.maximum(np.abs(np.vstack((seen, belief))).max(axis=0), 1e-12)
    found = np.zeros(seen.shape[1])
    for _ in range(_REWEIGHTS):
        root = np.sqrt(weight)[:, None]
        rows = np.vstack((seen * root, belief)) / scale
        goal = np.concatenate((target * root[:, 0], believed))
        triangle, turned = _triangle(rows, goal)
        found = np.asarray(nnls(triangle, turned)[0]) / scale
        weight = 1.0 / np.maximum(np.abs(target - seen @ found), _FLOOR_S)
        weight /= max(float(weight.mean()), 1e-12)
    return found


def _triangle(rows: Floats, goal: Floats) -> tuple[Floats, Floats]:
    """Return the same least-squares problem in as many rows as unknowns."""
    turn, triangle = np.linalg.qr(rows)
    return triangle, turn.T @ goal


def fit_hours(residual_s: Floats, hour: Longs, settings: Settings) -> Floats:
    """Median residual by hour, smoothed round the clock and drawn towards 0."""
    offsets = np.zeros(_HOURS)
    for at in range(_HOURS):
        apart = np.abs((hour - at + _HOURS // 2) % _HOURS - _HOURS // 2)
        weight = np.exp(-0.5 * (apart / settings.hour_width) ** 2)
        offsets[at] = weighted_median(
            np.append(residual_s, 0.0), np.append(weight, settings.hour_trips)
        )
    return offsets


def weighted_median(values: Floats, weight: Floats) -> float:
    """Return the value where half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    at = int(np.searchsorted(reached, reached[-1] / 2.0))
    return float(values[order][min(at, len(values) - 1)])


def fit_cells(seconds: Any, target_s: Floats, belief: float) -> Floats:
    """Fit a factor for each cell, drawn towards 1 by `belief` (s per s)."""
    cells = int(seconds.shape[1])
    factor = np.ones(cells)
    totals: Floats = np.asarray(seconds.sum(axis=0), np.float64).ravel()
    driven = np.flatnonzero(totals > 0)
    if len(driven) == 0:
        return factor
    part = seconds[:, driven].tocsr()
    plain: Floats = np.asarray(part.sum(axis=1), np.float64).ravel()
    sparse = cast("Any", import_module("scipy.sparse"))
    found = np.zeros(len(driven))
    weight = np.ones(len(target_s))
    for _ in range(_REWEIGHTS):
        heavy = sparse.diags_array(weight) @ part
        left: Floats = (part.T @ heavy).toarray() + belief * np.eye(len(driven))
        right: Floats = heavy.T @ (target_s - plain)
        found = np.linalg.solve(left, right)
        gap = np.abs(target_s - plain - part @ found)
        weight = 1.0 / np.maximum(gap, _FLOOR_S)
    factor[driven] = np.clip(1.0 + found, _LEAST_FACTOR, _MOST_FACTOR)
    return factor
