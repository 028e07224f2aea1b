"""The hot loops of both scans, compiled.

A window is looked at twice. First against a bound without logarithms: with c observed
and m expected of C cases, log x <= x - 1 gives

    LLR <= (c - m)^2 (1/m + 1/(C - m)),

and dividing by 1 - C/N bounds the Bernoulli ratio of N people. Only a window whose
bound is above the best found so far is worth its logarithms, which are few.
"""

from math import log1p

from gengfu.science.roads.jit import kernel

from .problem import Flags, Floats, Ints, Longs

LANES = 32
"""Replicates that are scanned side by side, in the vector registers."""
FINER = 1e-10
"""A window must be better by this much, relative, to take the place of another."""


@kernel
def ratio(inside: float, mean: float, total: float) -> float:
    """Return the log likelihood ratio of Poisson counts, given their total.

    Logarithms of ratios near 1 are taken from the difference: in a city's Bernoulli
    ratio ten digits would be lost otherwise.
    """
    over = inside - mean
    found = 0.0
    if inside > 0:
        found += inside * log1p(over / mean)
    if inside < total:
        found += (total - inside) * log1p(-over / (total - mean))
    return found


@kernel
def ratio_of(
    inside: float, mean: float, total: float, held: float, people: float
) -> float:
    """Return the log likelihood ratio; of Bernoulli trials if there are `people`.

    Cases and controls then add a term each: `held` people are in the window.
    """
    found = ratio(inside, mean, total)
    if people > 0:
        found += ratio(held - inside, held - mean, people - total)
    return found


@kernel
def strongest_circle(
    begin: int,
    end: int,
    place: Ints,
    mean: Floats,
    bound: Floats,
    held: Floats,
    cases: Floats,
    total: float,
    people: float,
    up: float,
    down: float,
    fewest: float,
) -> tuple[float, int]:
    """Return the best window of one centre among rows begin:end, and its row or -1."""
    best = 0.0
    found = -1
    inside = 0.0
    for row in range(begin, end):
        inside += cases[int(place[row])]
        over = max((inside - mean[row]) * up, (mean[row] - inside) * down)
        if over > 0 and over * over * bound[row] > best:
            if inside < fewest and inside > mean[row]:
                continue
            value = ratio_of(inside, mean[row], total, held[row], people)
            if value > best * (1 + FINER):
                best = value
                found = row
    return best, found


@kernel
def strongest_circles(
    start: Longs,
    place: Ints,
    mean: Floats,
    bound: Floats,
    held: Floats,
    blocks: Floats,
    total: float,
    people: float,
    up: float,
    down: float,
    fewest: float,
    best: Floats,
) -> None:
    """Find the greatest ratio of each replicate: `blocks` [., P, LANES] to `best`."""
    inside = best[0].copy()
    for block in range(len(blocks)):
        cases = blocks[block]
        most = best[block]
        for centre in range(len(start) - 1):
            for lane in range(LANES):
                inside[lane] = 0.0
            for row in range(start[centre], start[centre + 1]):
                middle = mean[row]
                factor = bound[row]
                at = place[row]
                worth = 0
                for lane in range(LANES):
                    inside[lane] += cases[at, lane]
                    over = max(
                        (inside[lane] - middle) * up, (middle - inside[lane]) * down
                    )
                    worth += 1 if over * over * factor > most[lane] else 0
                if worth == 0:
                    continue
                for lane in range(LANES):
                    count = inside[lane]
                    over = max((count - middle) * up, (middle - count) * down)
                    if over * over * factor > most[lane] and (
                        count >= fewest or count < middle
                    ):
                        value = ratio_of(count, middle, total, held[row], people)
                        most[lane] = max(most[lane], value)


@kernel
def keep_recent(
    case_start: Longs, days: Ints, first: int, start: Longs, kept: Ints
) -> None:
    """Copy the cases of day `first` or later, by place, to `start` and `kept`."""
    count = 0
    for at in range(len(case_start) - 1):
        start[at] = count
        for case in range(case_start[at], case_start[at + 1]):
            if days[case] >= first:
                kept[count] = days[case]
                count += 1
    start[len(case_start) - 1] = count


@kernel
def strongest_cylinder(
    begin: int,
    end: int,
    place: Ints,
    closes: Flags,
    held: Longs,
    case_start: Longs,
    days: Ints,
    until_day: Longs,
    longest: int,
    first_end: int,
    fewest: int,
    count: Longs,
    fresh: Longs,
    known: float,
) -> tuple[float, int, int, int]:
    """Return the best cylinder of one centre better than `known`: row, first, last day.

    Only days on which the circle's latest places had cases can make a better cylinder
    than a smaller circle has; and its first and last day are days with cases, unless
    the last must be the last of all. `count` is zero for every day before and after.
    """
    total = until_day[-1]
    square = float(total) * float(total)
    length = len(until_day) - 1
    best, found, found_first, found_last = known, -1, -1, -1
    new = 0
    for row in range(begin, end):
        for case in range(case_start[place[row]], case_start[place[row] + 1]):
            day = days[case]
            count[day] += 1
            seen = False
            for i in range(new):
                seen = seen or fresh[i] == day
            if not seen:
                fresh[new] = day
                new += 1
        if not closes[row]:
            continue
        for i in range(new):
            day = fresh[i]
            right = 0
            for last in range(day, min(day + longest, length)):
                right += count[last]
                if last < first_end or (count[last] == 0 and first_end == 0):
                    continue
                inside = right
                for first in range(day, max(last - longest, -1), -1):
                    if first < day:
                        if count[first] == 0:
                            continue
                        inside += count[first]
                    if inside < fewest:
                        continue
                    mean = held[row] * (until_day[last + 1] - until_day[first])
                    over = float(inside * total - mean)
                    if over <= 0:
                        continue
                    share = float(mean)
                    if over * over * total > best * share * (square - share):
                        value = ratio(float(inside), share / total, float(total))
                        if value > best * (1 + FINER):
                            best, found = value, row
                            found_first, found_last = first, last
        new = 0
    for row in range(begin, end):
        for case in range(case_start[place[row]], case_start[place[row] + 1]):
            count[days[case]] = 0
    return best, found, found_first, found_last


@kernel
def strongest_cylinders(
    start: Longs,
    place: Ints,
    closes: Flags,
    held: Longs,
    case_start: Longs,
    days: Ints,
    until_day: Longs,
    longest: int,
    first_end: int,
    fewest: int,
    best: Floats,
) -> None:
    """Find the greatest ratio of each replicate: `days` [., cases] to `best`."""
    count = until_day * 0
    fresh = until_day * 0
    recent_start = case_start.copy()
    recent = days[0].copy()
    for replicate in range(len(days)):
        keep_recent(
            case_start, days[replicate], first_end - longest + 1, recent_start, recent
        )
        most = 0.0
        for centre in range(len(start) - 1):
            most = strongest_cylinder(
                start[centre],
                start[centre + 1],
                place,
                closes,
                held,
                recent_start,
                recent,
                until_day,
                longest,
                first_end,
                fewest,
                count,
                fresh,
                most,
            )[0]
        best[replicate] = most
