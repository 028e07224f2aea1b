"""From the ratios of windows to clusters without overlap and their p-values."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import exp, expm1, nan, pi, sqrt

import numpy as np

from .problem import Floats
from .windows import Windows

type Found = tuple[float, int, int, int]
"""A ratio, the row of its circle (-1: none), and the first and last day, if any."""

EULER = 0.5772156649015329
_HUGE = 700.0


def monte_carlo_p(llr: float, maxima: Floats) -> float:
    """Return (1 + replicates at least as extreme) / (1 + replicates); NaN for none.

    Dwass (1957), *Annals of Mathematical Statistics* 28. Ratios that differ by rounding
    alone count as equal.
    """
    if not len(maxima):
        return nan
    extreme = np.count_nonzero(maxima >= llr - 1e-9 * max(1.0, llr))
    return float(1 + extreme) / (1 + len(maxima))


def gumbel_p(llr: float, maxima: Floats) -> float:
    """Return the upper tail of a Gumbel law with the replicates' mean and variance.

    Abrams, Kulldorff & Kleinman (2010), *International Journal of Health Geographics*
    9:61: as good as many more replicates, for p-values below 1 / (1 + replicates).
    """
    spread = float(np.std(maxima, ddof=1)) if len(maxima) > 1 else 0.0
    middle = float(np.mean(maxima)) if len(maxima) else 0.0
    if spread <= 1e-9 * middle:
        return nan
    scale = spread * sqrt(6) / pi
    mode = middle - EULER * scale
    return -expm1(-exp(min((mode - llr) / scale, _HUGE)))


def check_limits(replicates: int, fewest_cases: int, most_clusters: int) -> None:
    """Raise ValueError for numbers below their least."""
    for name, value, least in (
        ("replicates", replicates, 0),
        ("fewest_cases", fewest_cases, 1),
        ("most_clusters", most_clusters, 0),
    ):
        if value < least:
            raise ValueError(f"{name} must be {least} or more")


def apart(
    windows: Windows, find: Callable[[int, int], Found], most: int
) -> list[Found]:
    """Return the best windows that share no place, the best first; at most `most`.

    `find(begin, end)` gives the best window among some rows of one centre. Circles
    around a centre are nested, so those without a taken place are its first rows. Of
    equal ratios the smaller window goes first, then the one of the first centre.
    """
    start = windows.start[:-1]
    until = windows.start[1:].copy()
    best = [find(int(b), int(e)) for b, e in zip(start, until, strict=True)]
    chosen: list[Found] = []
    inside = np.zeros(len(start), np.bool_)
    while len(chosen) < most:
        order = [
            (-round(found[0], 9), found[1] - int(begin), centre)
            for centre, (found, begin) in enumerate(zip(best, start, strict=True))
            if found[1] >= 0
        ]
        if not order:
            break
        top = best[min(order)[-1]]
        chosen.append(top)
        inside[list(windows.inside(top[1]))] = True
        taken = np.flatnonzero(inside[windows.place])
        first = np.append(taken, len(windows.place))[np.searchsorted(taken, start)]
        cut = np.flatnonzero(first < until)
        until[cut] = first[cut]
        for centre in cut.tolist():
            if best[centre][1] >= until[centre]:
                best[centre] = find(int(start[centre]), int(until[centre]))
    return chosen


def share_out(work: Callable[[slice], None], count: int, threads: int) -> None:
    """Do `work` on equal parts of range(count), one a thread."""
    if threads < 1:
        raise ValueError("threads must be at least 1")
    edges = [count * part // threads for part in range(threads + 1)]
    parts = [slice(a, b) for a, b in pairwise(edges) if a < b]
    if len(parts) == 1:
        work(parts[0])
        return
    with ThreadPoolExecutor(threads) as pool:
        _ = list(pool.map(work, parts))


def must_be_counts(name: str, values: Sequence[float] | Floats, length: int) -> Floats:
    """Return [length] whole numbers of 0 or more as floats, or raise ValueError."""
    counts = np.asarray(values, np.float64)
    if counts.shape != (length,):
        raise ValueError(f"{name} must have one number for each of {length} places")
    wrong = np.flatnonzero(~(np.isfinite(counts) & (counts >= 0)))
    wrong = wrong if len(wrong) else np.flatnonzero(counts != np.floor(counts))
    if len(wrong):
        place = int(wrong[0])
        raise ValueError(
            f"{name} of place {place} must be a whole number of 0 or more,"
            f" not {counts[place]}"
        )
    return counts
