"""The hot loops of both scans, compiled.

A window is looked at twice. First against a bound without logarithms: of C cases it has
d more than the m expected. With h(x) = (1 + x) ln(1 + x) - x the ratio is

    LLR = m h(d / m) + (C - m) h(-d / (C - m)) <= d^2 (1 / (2 m) + 1 / (C - m)),

since h(x) <= x^2 / 2 and h(-x) <= x^2 / 2 + x^3 / 2 <= x^2 for x <= 1. Where there are
fewer than expected the parts change roles; Bernoulli trials add the same of the
controls. Only a window whose bound is above the best found so far is worth its
logarithms: one in hundreds.
"""

from math import log1p

import numpy as np

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
    side: int,
    fewest: float,
) -> tuple[float, int]:
    """Return the best window of one centre among rows begin:end, and its row or -1."""
    best = 0.0
    found = -1
    inside = 0.0
    for row in range(begin, end):
        inside += cases[int(place[row])]
        over = inside - mean[row]
        if over * side < 0 or (over > 0 and inside < fewest):
            continue
        if over * over * bound[row] > best:
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
    side: int,
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
                factor = -bound[row] if side < 0 else bound[row]
                at = place[row]
                worth = 0
                if side == 0:
                    for lane in range(LANES):
                        inside[lane] += cases[at, lane]
                        over = inside[lane] - middle
                        worth += 1 if over * over * factor > most[lane] else 0
                else:
                    for lane in range(LANES):
                        inside[lane] += cases[at, lane]
                        over = inside[lane] - middle
                        worth += 1 if over * abs(over) * factor > most[lane] else 0
                if worth == 0:
                    continue
                for lane in range(LANES):
                    count = inside[lane]
                    over = count - middle
                    if (
                        over * over * bound[row] > most[lane]
                        and over * side >= 0
                        and (count >= fewest or over < 0)
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
    held: Floats,
    case_start: Longs,
    days: Ints,
    until_day: Floats,
    longest: int,
    first_end: int,
    fewest: int,
    room: Floats,
    lists: Longs,
    known: float,
) -> tuple[float, int, int, int]:
    """Return the best cylinder of one centre better than `known`: row, first, last day.

    Only days on which the circle's latest places had cases can be in a better cylinder
    than those of a smaller circle, and its last day has cases, or is the last of all.
    Each such day is looked at with the `longest` days before and after it.

    `room` is four rows of a number for each day; the first two (cases in the circle;
    days to look at) are 0 before and after. `lists` are two lists of days.
    """
    count, marked, back, back_all = room[0], room[1], room[2], room[3]
    fresh, filled = lists[0], lists[1]
    length = len(until_day) - 1
    total = until_day[length]
    best, found, found_first, found_last = known, -1, -1, -1
    new = 0
    full = 0
    for row in range(begin, end):
        for case in range(case_start[place[row]], case_start[place[row] + 1]):
            day = days[case]
            if count[day] == 0.0:
                filled[full] = day
                full += 1
            count[day] += 1.0
            if marked[day] == 0.0:
                marked[day] = 1.0
                fresh[new] = day
                new += 1
        if not closes[row]:
            continue
        share = held[row] / total
        for i in range(new):
            day = fresh[i]
            marked[day] = 0.0
            ways = min(longest - max(0, first_end - day), day + 1)
            inside = 0.0
            for way in range(ways):
                inside += count[day - way]
                back[way] = inside
                back_all[way] = until_day[day + 1] - until_day[day - way]
            ahead = 0.0
            for last in range(day, min(day + longest, length)):
                if last > day:
                    ahead += count[last]
                if last < first_end or (count[last] == 0.0 and first_end == 0):
                    continue
                ahead_all = until_day[last + 1] - until_day[day + 1]
                ways = min(longest - (last - day), day + 1)
                worth = 0
                for way in range(ways):
                    mean = share * (back_all[way] + ahead_all)
                    over = back[way] + ahead - mean
                    chance = 2 * best * mean * (total - mean)
                    worth += 1 if over * abs(over) * (total + mean) > chance else 0
                if worth == 0:
                    continue
                for way in range(ways):
                    mean = share * (back_all[way] + ahead_all)
                    inside = back[way] + ahead
                    over = inside - mean
                    if (
                        inside >= fewest
                        and over > 0
                        and over * over * (total + mean)
                        > 2 * best * mean * (total - mean)
                    ):
                        value = ratio(inside, mean, total)
                        if value > best * (1 + FINER):
                            best, found = value, row
                            found_first, found_last = day - way, last
        new = 0
    for i in range(new):
        marked[fresh[i]] = 0.0
    for i in range(full):
        count[filled[i]] = 0.0
    return best, found, found_first, found_last


@kernel
def strongest_cylinders(
    start: Longs,
    place: Ints,
    closes: Flags,
    held: Floats,
    case_start: Longs,
    days: Ints,
    until_day: Floats,
    longest: int,
    first_end: int,
    fewest: int,
    best: Floats,
) -> None:
    """Find the greatest ratio of each replicate: `days` [., cases] to `best`."""
    room = np.zeros((4, len(until_day)))
    lists = np.zeros((2, len(until_day)), np.int64)
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
                room,
                lists,
                most,
            )[0]
        best[replicate] = most
