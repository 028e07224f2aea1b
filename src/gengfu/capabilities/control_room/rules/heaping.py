"""Too many just inside the limit: exact tests for heaps at a threshold.

Where people are judged by a limit, records pile up just inside it. Honest durations
have a smooth density, so the share of runs in the last window before the limit, among
those in the windows either side, follows from the windows further off. That share is
estimated from a Poisson regression of the window counts on a cubic, with the two
windows at the limit left out; the uncertainty of the estimate is carried into the
test by averaging the exact binomial tail over it (Gauss-Hermite). Compare McCrary
(2008), J. Econometrics 142:698-714, for the question; the exact tail keeps the false
alarms of small stations at their level.

Large records would betray every small misfit of the cubic, so the odds of falling
inside may be `_TOLERATED_ODDS` times what the density gives before anything counts.

Times kept by hand fall on whole minutes, and five minutes is a whole minute.
That is no heap: windows are made as wide as the grid the records lie on, so that each
window holds the same number of grid points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

GRIDS_S = (300, 60, 30, 15, 10, 5)
_NARROWEST_S = 2.0
_WINDOW_SHARE = 0.1
_WINDOWS_EACH_SIDE = 6
_FEWEST_RUNS = 40
_FEWEST_AT_LIMIT = 8
_MOSTLY = 0.5
_NODES = 15
_ENOUGH_FOR_CUBIC = 8
_TOLERATED_ODDS = 1.15
_CONVERGED = 1e-9
_ON_GRID_S = 1e-8
_LEAST_SHARE, _MOST_SHARE = 1e-300, 1.0 - 1e-16
"""A share of nothing or of everything has no logarithm; these come to the same."""


@dataclass(frozen=True, slots=True)
class Heap:
    """Runs either side of a limit, and how likely so many inside are by chance.

    `below` counts (limit - window, limit], `above` (limit, limit + window]; `expected`
    is the number below that the smooth density gives.
    """

    window_s: float
    below: int
    above: int
    expected: float
    p_value: float


def heap_at(seconds: Sequence[float], limit_s: float) -> Heap | None:
    """Test durations for a heap just inside a limit; None where there are too few."""
    values = np.asarray(seconds, np.float64)
    values = values[values >= 0]
    window = _window(values, limit_s)
    sides = _WINDOWS_EACH_SIDE
    # Whole-second records: a run of exactly the limit belongs inside it.
    index = np.ceil((values - limit_s) / window).astype(np.int64)
    first = max(-sides + 1, int(np.ceil(-limit_s / window)) + 1)
    if first > 0:  # times written so coarsely that no window fits inside the limit
        return None
    kept = index[(index >= first) & (index <= sides)]
    counts = np.bincount(kept - first, minlength=sides - first + 1).astype(np.float64)
    places = np.arange(first, sides + 1, dtype=np.float64)
    below, above = int(counts[places == 0][0]), int(counts[places == 1][0])
    if counts.sum() < _FEWEST_RUNS or below + above < _FEWEST_AT_LIMIT:
        return None
    off = (places < 0) | (places > 1)
    fitted = _logit_at_limit(places[off] - 0.5, counts[off])
    if fitted is None:
        return None
    middle, spread = fitted
    share = 1 / (1 + np.exp(-middle))
    tolerated = middle + log(_TOLERATED_ODDS)
    total = below + above
    return Heap(
        window_s=window,
        below=below,
        above=above,
        expected=float(share * total),
        p_value=_averaged_tail(below, total, tolerated, spread),
    )


def grid_of(values: Sequence[float]) -> int | None:
    """Return the coarsest grid in seconds that most values lie on, if any.

    Most: at least half of those that would not lie there by chance.
    """
    whole = np.asarray(values, np.float64)
    if whole.size < _FEWEST_AT_LIMIT:
        return None
    for grid in GRIDS_S:
        on = float(np.mean(np.mod(whole, grid) <= _ON_GRID_S))
        by_chance = 1.0 / grid
        if (on - by_chance) / (1.0 - by_chance) >= _MOSTLY:
            return grid
    return None


def binomial_tail(least: int, runs: int, share: float) -> float:
    """Probability of at least so many of `runs` at this share, exactly."""
    return float(_tails(least, runs, np.array([share]))[0])


def _tails(least: int, runs: int, shares: Floats) -> Floats:
    """Return the tail of the binomial at each of some shares."""
    if least <= 0:
        return np.ones(len(shares))
    ways = np.log(np.arange(runs, 0, -1) / np.arange(1, runs + 1))
    ways = np.cumsum(ways)[least - 1 :]
    inside = np.arange(least, runs + 1)
    within = np.clip(shares, _LEAST_SHARE, _MOST_SHARE)[:, None]
    terms = ways + inside * np.log(within) + (runs - inside) * np.log1p(-within)
    return np.minimum(np.exp(terms).sum(axis=1), 1.0)


def _window(values: Floats, limit_s: float) -> float:
    wanted = max(_NARROWEST_S, _WINDOW_SHARE * limit_s)
    grid = grid_of(values.tolist())
    if grid is None:
        # Whole seconds: whole windows, or they would hold unlike numbers of seconds.
        return float(round(wanted))
    return float(grid * max(1, round(wanted / grid)))


def _logit_at_limit(at: Floats, counts: Floats) -> tuple[float, float] | None:
    """Log-odds of falling below rather than above the limit, and its deviation.

    Poisson regression of counts on powers of x up to the third (Fisher scoring, with
    half a run added to each window so that empty ones do not run off), inflated where
    the counts vary more than Poisson.
    """
    powers = 4 if len(at) >= _ENOUGH_FOR_CUBIC else 3
    design = np.vander(at, powers, increasing=True)
    rows, columns = design.shape
    if rows <= columns:
        return None
    target = counts + 0.5
    beta = np.zeros(columns)
    beta[0] = np.log(target.mean())
    for _ in range(60):
        mean = np.exp(np.clip(design @ beta, -30, 30))
        curve = (design * mean[:, None]).T @ design + 1e-9 * np.eye(columns)
        step = np.linalg.solve(curve, design.T @ (target - mean))
        beta = beta + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < _CONVERGED:
            break
    mean = np.exp(np.clip(design @ beta, -30, 30))
    curve = (design * mean[:, None]).T @ design + 1e-9 * np.eye(columns)
    varied = float((((target - mean) ** 2) / mean).sum()) / (rows - columns)
    sides = np.vander(np.array([-0.5, 0.5]), powers, increasing=True)
    contrast = sides[0] - sides[1]
    variance = float(contrast @ np.linalg.inv(curve) @ contrast) * max(1.0, varied)
    return float(contrast @ beta), float(np.sqrt(variance))


def _averaged_tail(below: int, total: int, middle: float, spread: float) -> float:
    nodes, weights = _normal_nodes()
    shares = 1 / (1 + np.exp(-(middle + spread * nodes)))
    return float(np.dot(weights, _tails(below, total, shares)) / weights.sum())


@cache
def _normal_nodes() -> tuple[Floats, Floats]:
    return np.polynomial.hermite_e.hermegauss(_NODES)
