"""The scan statistics said again, slowly: every window, every day, plain logarithms."""

from math import log

import numpy as np


def term(x, over):
    return x * log(x / over) if x > 0 else 0.0


def poisson_ratio(c, m, total):
    return term(c, m) + term(total - c, total - m)


def binomial_ratio(c, n, total, people):
    q = total / people
    inside = term(c, n * q) + term(n - c, n * (1 - q))
    rest, others = total - c, people - n
    return inside + term(rest, others * q) + term(others - rest, others * (1 - q))


def circles(distance_km, weight, cap, radius_km=np.inf):
    """Every circle as (centre, radius, frozenset of places), once for each radius."""
    found = []
    for centre, row in enumerate(distance_km):
        for radius in np.unique(row.round(9)):
            if radius <= radius_km + 1e-9:
                inside = np.flatnonzero(row <= radius + 1e-9)
                if weight[inside].sum() <= cap * weight.sum() * (1 + 1e-9):
                    found.append((centre, float(radius), frozenset(inside.tolist())))
    return found


def counted(c, m, rates, fewest):
    if c > m:
        return rates != "low" and c >= fewest
    return c < m and rates != "high"


def spatial(windows, cases, share, people, rates, fewest):
    """Every counted window as (ratio, places, radius); `people` 0 for Poisson counts."""
    total = cases.sum()
    found = []
    for _, radius, places in windows:
        inside = list(places)
        c, held = cases[inside].sum(), share[inside].sum()
        m = held * total / share.sum()
        if 0 < m < total * (1 - 1e-12) and counted(c, m, rates, fewest):
            ratio = (
                binomial_ratio(c, held, total, people)
                if people
                else poisson_ratio(c, m, total)
            )
            found.append((ratio, places, radius))
    return found


def cylinders(windows, place, day, first, last, longest, prospective, fewest):
    """Every cylinder with more cases than expected: (ratio, places, first, last)."""
    total = len(place)
    found = []
    for _, _, places in windows:
        here = np.isin(place, list(places))
        for end in [last] if prospective else range(first, last + 1):
            for begin in range(max(first, end - longest + 1), end + 1):
                then = (day >= begin) & (day <= end)
                c, m = (here & then).sum(), here.sum() * then.sum() / total
                if c >= fewest and c > m and m < total:
                    found.append((poisson_ratio(c, m, total), places, begin, end))
    return found


def greatest(found):
    return max((one[0] for one in found), default=0.0)


def apart(found, most):
    """Ratios of the best windows without a common place, the best first."""
    taken, ratios = set(), []
    for ratio, places, *_ in sorted(found, key=lambda one: -one[0]):
        if ratio > 1e-12 and not taken & places and len(ratios) < most:
            taken |= places
            ratios.append(ratio)
    return ratios
