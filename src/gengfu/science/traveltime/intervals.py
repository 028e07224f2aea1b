"""Honest intervals: quantiles of held-out residuals by predicted time.

The residuals come from days that the prediction had not seen (cross-conformal by day:
Vovk 2015, "Cross-conformal predictors", Ann. Math. Artif. Intell. 74), so they are as
large as those of a new day. The finite-sample quantile is the ceil((n + 1) q)-th value.
"""

from math import ceil, floor

import numpy as np

from gengfu.science.roads import Residuals

from .problem import Flags, Floats

_IN_A_WINDOW = 200
_MOST_KNOTS = 7
_MIDDLE = 0.5


def residuals(
    predicted_s: Floats, observed_s: Floats, levels: tuple[float, ...]
) -> Residuals:
    """Quantiles of (observed - predicted) at knots along the predicted time.

    N predictions; each knot looks at the 200 or N/4 drives nearest in rank, whichever
    is more. Raises ValueError without any drive.
    """
    count = len(predicted_s)
    if count == 0:
        raise ValueError("no drives to take residuals from")
    order = np.argsort(predicted_s, kind="stable")
    predicted, gap = predicted_s[order], (observed_s - predicted_s)[order]
    window = min(max(_IN_A_WINDOW, count // 4), count)
    knots = min(_MOST_KNOTS, max(1, 2 * count // window))
    starts = np.unique(np.linspace(0, count - window, knots).astype(int))
    at: list[float] = []
    rows: list[list[float]] = []
    for start in starts.tolist():
        middle = round(float(np.median(predicted[start : start + window])), 3)
        if at and middle <= at[-1]:
            continue
        at.append(middle)
        part = np.sort(gap[start : start + window])
        rows.append([_quantile(part, level) for level in levels])
    return Residuals(tuple(at), levels, tuple(zip(*rows, strict=True)))


def _quantile(rising: Floats, level: float) -> float:
    """Finite-sample quantile: outwards from the middle, so that it covers."""
    n = len(rising)
    exact = (n + 1) * level
    place = ceil(exact) if level > _MIDDLE else floor(exact)
    return round(float(rising[min(max(place, 1), n) - 1]), 3)


def covered(low_s: Floats, high_s: Floats, observed_s: Floats) -> Flags:
    """Return which observations lie within their interval, ends included."""
    return (low_s <= observed_s) & (observed_s <= high_s)
