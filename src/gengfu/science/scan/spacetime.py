"""The space-time permutation scan: clusters of cases without a population."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from . import kernels
from .inference import Found, apart, check_limits, gumbel_p, monte_carlo_p, share_out
from .problem import Floats, Ints, Longs, ScanResult, Sites, SpaceTimeCluster
from .windows import Windows, circles

_AT_ONCE = 4_000_000
"""Permuted days held in memory at one time."""


def spacetime_permutation_scan(
    sites: Sites,
    place: ArrayLike,
    day: ArrayLike,
    *,
    mode: Literal["prospective", "retrospective"] = "prospective",
    period: tuple[int, int] | None = None,
    radius_km: float | None = 3.0,
    longest_days: int = 28,
    cap: float = 0.5,
    fewest_cases: int = 2,
    replicates: int = 999,
    rng: np.random.Generator | None = None,
    every_days: float = 1.0,
    most_clusters: int = 10,
    threads: int = 1,
) -> ScanResult[SpaceTimeCluster]:
    """Scan cylinders (a circle of sites, a run of days) for more cases than chance.

    `place` [C] is the site and `day` [C] the day of each case (whole numbers, such as
    `date.toordinal()`; a case is listed as often as it happened); `period` is the first
    and last day of the study (those of the cases if not given). Given only
    how many cases each place and each day has, a cylinder of places Z and days D
    expects m = C(Z) C(D) / C, and

        LLR = c ln(c / m) + (C - c) ln((C - c) / (C - m))    where c > m.

    "prospective" looks at cylinders that last until the last day of the study, as a
    nightly watch does; "retrospective" at all. Circles reach at most `radius_km` and
    hold at most the share `cap` of the cases; cylinders last at most `longest_days`.
    Replicates deal the days anew to the cases. The recurrence interval of a prospective
    cluster is `every_days` / p; from 365 days on it is a signal. Clusters share no
    place. The same generator state gives the same result on any number of threads.

    Source: Kulldorff, Heffernan, Hartman, Assuncao & Mostashari (2005), "A space-time
    permutation scan statistic for disease outbreak detection", *PLoS Medicine* 2(3),
    e59. Raises ValueError for cases outside the sites or the period, for limits below
    their least, and if replicates lack an `rng`.
    """
    check_limits(replicates, fewest_cases, most_clusters)
    cases = _cases(len(sites), place, day, period)
    if mode not in {"prospective", "retrospective"}:
        raise ValueError(f"mode must be prospective or retrospective, not {mode}")
    if longest_days < 1:
        raise ValueError("longest_days must be at least 1")
    if not every_days > 0:
        raise ValueError("every_days must be above 0")
    if replicates and rng is None:
        raise ValueError("replicates need an rng: numpy.random.Generator")
    at = np.diff(cases.start).astype(np.float64)
    windows = circles(sites, at, cap, radius_km)
    scan = _Scan(
        windows,
        windows.held(at),
        cases,
        longest_days,
        cases.length - 1 if mode == "prospective" else 0,
        fewest_cases,
    )
    found = apart(windows, scan.strongest, most_clusters)
    maxima = np.empty(0)
    if replicates and rng is not None:
        maxima = scan.maxima(replicates, rng, threads)
    watched = every_days if mode == "prospective" and replicates else None
    clusters = tuple(scan.cluster(one, maxima, watched) for one in found)
    return ScanResult(clusters, maxima, len(cases.days))


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """Cases in order of place: those of place i are `days[start[i]:start[i + 1]]`.

    Days count from `first`, the first of `length` days; `until_day[d]` is the number
    of cases before day d.
    """

    start: Longs
    days: Ints
    until_day: Floats
    first: int
    length: int


def _cases(
    sites: int, place: ArrayLike, day: ArrayLike, period: tuple[int, int] | None
) -> _Cases:
    where, when = np.asarray(place), np.asarray(day)
    if where.ndim != 1 or where.shape != when.shape or not len(where):
        raise ValueError("place and day must be two lists of one length, not empty")
    for name, values in (("place", where), ("day", when)):
        if not np.issubdtype(values.dtype, np.integer):
            raise ValueError(f"{name} must be whole numbers")
    where, when = where.astype(np.int64), when.astype(np.int64)
    for case in np.flatnonzero((where < 0) | (where >= sites))[:1]:
        raise ValueError(f"case {case} is at place {where[case]} of {sites} places")
    first, last = period or (int(when.min()), int(when.max()))
    for case in np.flatnonzero((when < first) | (when > last))[:1]:
        raise ValueError(f"case {case} is on day {when[case]}, not {first} to {last}")
    order = np.argsort(where, kind="stable")
    start = np.searchsorted(where[order], np.arange(sites + 1)).astype(np.int64)
    days = (when[order] - first).astype(np.int32)
    length = last - first + 1
    per_day = np.bincount(days, minlength=length)
    until_day = np.concatenate((np.zeros(1, np.int64), np.cumsum(per_day)))
    return _Cases(start, days, until_day.astype(np.float64), first, length)


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """What all data sets of one scan have in common; `held` [rows] are cases."""

    windows: Windows
    held: Floats
    cases: _Cases
    longest: int
    first_end: int
    fewest: int

    def strongest(self, begin: int, end: int) -> Found:
        room = np.zeros((4, self.cases.length))
        return kernels.strongest_cylinder(
            begin,
            end,
            self.windows.place,
            self.windows.closes,
            self.held,
            self.cases.start,
            self.cases.days,
            self.cases.until_day,
            self.longest,
            self.first_end,
            self.fewest,
            room,
            np.zeros((2, self.cases.length), np.int64),
            0.0,
        )

    def maxima(self, replicates: int, rng: np.random.Generator, threads: int) -> Floats:
        best = np.zeros(replicates)
        at_once = max(1, _AT_ONCE // len(self.cases.days))
        for begin in range(0, replicates, at_once):
            some = best[begin : begin + at_once]
            days = np.tile(self.cases.days, (len(some), 1))
            rng.permuted(days, axis=1, out=days)
            self._scan(days, some, threads)
        return best

    def _scan(self, days: Ints, best: Floats, threads: int) -> None:
        def work(part: slice) -> None:
            kernels.strongest_cylinders(
                self.windows.start,
                self.windows.place,
                self.windows.closes,
                self.held,
                self.cases.start,
                days[part],
                self.cases.until_day,
                self.longest,
                self.first_end,
                self.fewest,
                best[part],
            )

        share_out(work, len(best), threads)

    def cluster(
        self, found: Found, maxima: Floats, every_days: float | None
    ) -> SpaceTimeCluster:
        llr, row, first, last = found
        places = self.windows.inside(row)
        spans = [slice(*self.cases.start[i : i + 2].tolist()) for i in places]
        days = np.concatenate([self.cases.days[span] for span in spans])
        inside = int(np.count_nonzero((days >= first) & (days <= last)))
        total = len(self.cases.days)
        of_days = self.cases.until_day[last + 1] - self.cases.until_day[first]
        mean = float(self.held[row]) * float(of_days) / total
        p = monte_carlo_p(llr, maxima)
        outside = (total - inside) / (total - mean)
        return SpaceTimeCluster(
            places=places,
            radius_km=float(self.windows.distance_km[row]),
            observed=inside,
            expected=mean,
            relative_risk=inside / mean / outside if outside > 0 else float("inf"),
            llr=llr,
            p=p,
            gumbel_p=gumbel_p(llr, maxima),
            first_day=self.cases.first + first,
            last_day=self.cases.first + last,
            recurrence_days=None if every_days is None else every_days / p,
        )
