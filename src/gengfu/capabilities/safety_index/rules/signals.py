"""Early signals: more events than the past leads one to expect, to be checked.

Which method watches a series is settled by how long it has been recorded:

- five years and more: Farrington flexible, on weeks that end today;
- a year and more: a CUSUM of weeks as well, for small rises that last;
- less than a year: EARS C1 to C3, on days.

Besides, a space-time permutation scan looks at all events of a domain together.
Every answer says how many alarms chance alone makes.
"""

from collections.abc import Sequence

from .scan_watch import by_scan
from .series_watch import by_cusum, by_ears, by_farrington
from .signal_values import DailyCounts, Points, Signal, Tested

type Watched = tuple[list[Tested], list[Signal]]


def watch(daily: DailyCounts, points: Sequence[Points], seed: str) -> Watched:
    """Look for signals on the last day of the counts; `seed` fixes the scan's draws."""
    tested: list[Tested] = []
    found: list[Signal] = []
    for looked, signals in (
        by_farrington(daily),
        by_cusum(daily),
        by_ears(daily),
        by_scan(points, daily.last, seed),
    ):
        if looked.series:
            tested.append(looked)
        found += signals
    found.sort(key=lambda one: (one.kind, one.area, one.method, one.first_day))
    return tested, found
