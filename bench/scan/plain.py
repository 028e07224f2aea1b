"""The same scans in plain numpy: whole arrays, one replicate after another.

The circles are listed once, as an array of places by distance with a column for each
rank; every replicate takes its counts in that order, sums them up and takes the ratio
of all windows at once. Points are drawn at random, so no two distances are equal.
"""

import numpy as np


def term(count, over):
    """Return c ln(c / m), and 0 for no case."""
    return np.where(count > 0, count * np.log(np.maximum(count, 1) / over), 0.0)


def circles(points, weight, cap, radius_km):
    """Return the places of each centre by distance, and which of them end a window."""
    far = np.linalg.norm(points[:, None] - points[None], axis=2)
    order = np.argsort(far, axis=1)
    held = np.cumsum(weight[order], axis=1)
    inside = held <= cap * weight.sum()
    if radius_km is not None:
        inside &= np.take_along_axis(far, order, axis=1) <= radius_km
    widest = inside.sum(axis=1).max()
    return order[:, :widest], inside[:, :widest]


def poisson_maxima(points, expected, drawn):
    """Return the greatest ratio of each row of `drawn` [R, P] counts."""
    order, inside = circles(points, expected, 0.5, None)
    total = drawn[0].sum()
    mean = np.cumsum(expected[order], axis=1) * (total / expected.sum())
    best = np.zeros(len(drawn))
    for replicate, cases in enumerate(drawn):
        count = np.cumsum(cases[order], axis=1)
        ratio = term(count, mean) + term(total - count, total - mean)
        wanted = inside & (count > mean) & (count > 1)
        best[replicate] = ratio.max(where=wanted, initial=0.0)
    return best


def binomial_maxima(points, people, drawn):
    """Return the greatest Bernoulli ratio of each row of `drawn` [R, P] counts."""
    order, inside = circles(points, people, 0.5, None)
    total, everyone = drawn[0].sum(), people.sum()
    held = np.cumsum(people[order], axis=1)
    mean = held * (total / everyone)
    best = np.zeros(len(drawn))
    for replicate, cases in enumerate(drawn):
        count = np.cumsum(cases[order], axis=1)
        ratio = term(count, mean) + term(total - count, total - mean)
        ratio += term(held - count, held - mean)
        ratio += term(everyone - total - held + count, everyone - total - held + mean)
        wanted = inside & (count > mean) & (count > 1)
        best[replicate] = ratio.max(where=wanted, initial=0.0)
    return best


def prospective_maxima(points, place, dealt, length, longest, radius_km):
    """Return the greatest ratio of each row of `dealt` [R, C] days, 0 to length - 1."""
    places, total = len(points), len(place)
    weight = np.bincount(place, minlength=places).astype(float)
    order, inside = circles(points, weight, 0.5, radius_km)
    recent = np.bincount(dealt[0], minlength=length)[::-1][:longest].cumsum()
    held = np.cumsum(weight[order], axis=1)
    mean = held[:, :, None] * recent / total
    best = np.zeros(len(dealt))
    for replicate, day in enumerate(dealt):
        ago = length - 1 - day
        late = ago < longest
        counts = np.zeros((places, longest))
        np.add.at(counts, (place[late], ago[late]), 1.0)
        count = counts.cumsum(axis=1)[order].cumsum(axis=1)
        wanted = inside[:, :, None] & (count > mean) & (count > 1)
        chosen, over = count[wanted], mean[wanted]
        ratio = term(chosen, over) + term(total - chosen, total - over)
        best[replicate] = ratio.max(initial=0.0)
    return best
