"""Whether events went away or only went next door."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .clusters import check_level, t_quantile, t_two_sided
from .problem import NEVER, Flags, Longs, Wdd

type BeforeAfter = tuple[float, float]
_PLANE = 2


def wdd(
    control: BeforeAfter,
    treated: BeforeAfter,
    displacement_control: BeforeAfter = (0, 0),
    displacement: BeforeAfter = (0, 0),
    *,
    time_weights: BeforeAfter = (1, 1),
    area_weights: tuple[float, float, float, float] = (1, 1, 1, 1),
    level: float = 0.95,
) -> Wdd:
    """Return the weighted displacement difference of counts before and after.

    WDD = (dT - dC) + (dD - dDC), d the count after less that before, of the treated
    area T, its control C, the displacement area D and its control DC; the counts are
    Poisson, so its variance is the sum of all of them (Wheeler & Ratcliffe 2018, "A
    simple weighted displacement difference test to evaluate place based crime
    interventions", Crime Science 7:11). A negative change: fewer events. For unlike
    periods or areas, weights (before, after), and of (control, treated, displacement
    control, displacement), divide the counts: the variance is then the sum of
    count / weight^2. Leave out displacement for the difference alone.
    Raises ValueError for negative counts or weights of 0 or less.

    >>> found = wdd((308, 318), (207, 110), (150, 140), (178, 157))
    >>> found.change, round(found.z, 2)
    (-118.0, -2.98)
    """
    check_level(level)
    counts = np.array([control, treated, displacement_control, displacement], float)
    weights = np.outer(area_weights, time_weights)
    if not (
        np.all(np.isfinite(counts) & (counts >= 0))
        and np.all(np.isfinite(weights) & (weights > 0))
    ):
        raise ValueError("a difference needs counts of 0 or more, weights above 0")
    moved = np.diff(counts / weights, axis=1)[:, 0]
    local, displaced = float(moved[1] - moved[0]), float(moved[3] - moved[2])
    change = local + displaced
    error = math.sqrt(float((counts / weights**2).sum()))
    if error == 0:
        raise ValueError("no events anywhere: nothing can be compared")
    reach = t_quantile(1 - level, math.inf) * error
    z = change / error
    return Wdd(
        change,
        error,
        z,
        t_two_sided(abs(z), math.inf),
        change - reach,
        change + reach,
        local,
        displaced,
    )


def displacement_ring(points_m: ArrayLike, treated: Flags, within_m: float) -> Flags:
    """Return [P]: untreated places within a distance of a treated one.

    points_m [P, 2] are projected coordinates in metres. Such places may receive what
    was driven away (or share in the benefit): they are no comparison.
    Raises ValueError for coordinates that do not fit or a ring of 0 or less.
    """
    points = np.asarray(points_m, np.float64)
    if points.shape != (len(treated), _PLANE) or not np.all(np.isfinite(points)):
        raise ValueError(f"points must be metres [{len(treated)}, 2]")
    if not within_m > 0:
        raise ValueError("a ring needs a reach above 0 m")
    if not treated.any():
        return np.zeros(len(treated), np.bool_)
    reach, _ = scipy.spatial.KDTree(points[treated]).query(points)
    return ~treated & (np.asarray(reach, np.float64) <= within_m)


def nearest_adoption(points_m: ArrayLike, adoption: Longs) -> Longs:
    """Return [P]: when the nearest treated place adopted; NEVER without any."""
    points = np.asarray(points_m, np.float64)
    treated = np.flatnonzero(adoption < NEVER)
    if not len(treated):
        return np.full(len(adoption), NEVER, np.int64)
    _, nearest = scipy.spatial.KDTree(points[treated]).query(points)
    return adoption[treated[np.asarray(nearest, np.int64)]]
