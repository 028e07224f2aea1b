"""Kulldorff's spatial scan statistic for Poisson counts and Bernoulli trials."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import kernels
from .inference import (
    Found,
    apart,
    check_limits,
    gumbel_p,
    monte_carlo_p,
    must_be_counts,
    share_out,
)
from .problem import Cluster, Floats, Rates, ScanResult, Sites
from .windows import Windows, circles

_MOST_PEOPLE = 10**9
_SIDES = {"high": 1, "low": -1, "both": 0}


def poisson_scan(
    sites: Sites,
    cases: ArrayLike,
    expected: ArrayLike,
    *,
    population: ArrayLike | None = None,
    cap: float = 0.5,
    radius_km: float | None = None,
    rates: Rates = "high",
    fewest_cases: int = 2,
    replicates: int = 999,
    rng: np.random.Generator | None = None,
    most_clusters: int = 10,
    threads: int = 1,
) -> ScanResult[Cluster]:
    """Scan all circles around P sites for Poisson counts above (or below) expectation.

    With C cases in all, c in the circle and m expected there (`expected` is scaled to
    sum to C, so populations will do),

        LLR = c ln(c / m) + (C - c) ln((C - c) / (C - m)).

    Circles hold at most the share `cap` of `population` (of `expected` if that is not
    given) and reach at most `radius_km`. Of high windows only those of `fewest_cases`
    count. The p-values come from `replicates` multinomial draws of C cases by `rng`.
    The same generator state gives the same result, on any number of threads.

    Source: Kulldorff (1997), "A spatial scan statistic", *Communications in Statistics:
    Theory and Methods* 26(6), 1481-1496. Raises ValueError for input of wrong shape or
    sign, for cases where none can be expected, and if replicates lack an `rng`.

    >>> from gengfu.science.scan import Sites
    >>> line = Sites.on_plane([0, 1, 2, 3, 4], [0, 0, 0, 0, 0])
    >>> found = poisson_scan(line, [9, 8, 1, 1, 1], [1, 1, 1, 1, 1], replicates=0)
    >>> found.clusters[0].places, round(found.clusters[0].llr, 4)
    ((0, 1), 8.6552)
    """
    check_limits(replicates, fewest_cases, most_clusters)
    counts = must_be_counts("cases", np.asarray(cases, np.float64), len(sites))
    share = _amounts("expected", expected, len(sites))
    people = (
        share if population is None else _amounts("population", population, len(sites))
    )
    for place in np.flatnonzero((share == 0) & (counts > 0))[:1]:
        raise ValueError(f"place {place} has cases but none are expected there")
    total = int(counts.sum())

    def draw(source: np.random.Generator) -> Floats:
        odds = share / share.sum()
        return source.multinomial(total, odds, replicates).astype(np.float64)

    windows = circles(sites, people, cap, radius_km)
    scan = _Scan.of(windows, counts, share, 0.0, rates, fewest_cases)
    drawn = draw(_source(rng)) if replicates else None
    return scan.result(drawn, most_clusters, threads)


def binomial_scan(
    sites: Sites,
    cases: ArrayLike,
    population: ArrayLike,
    *,
    cap: float = 0.5,
    radius_km: float | None = None,
    rates: Rates = "high",
    fewest_cases: int = 2,
    replicates: int = 999,
    rng: np.random.Generator | None = None,
    most_clusters: int = 10,
    threads: int = 1,
) -> ScanResult[Cluster]:
    """Scan all circles for Bernoulli trials: `cases` among `population`, all told.

    With C cases among N people, c among n inside the circle, q = C / N and m = n q,

        LLR = c ln(c / m) + (n - c) ln((n - c) / (n - m))
            + (C - c) ln((C - c) / (C - m)) + (N - n - C + c) ln(... / (N - n - C + m)).

    Replicates deal C cases to N people without putting back (hypergeometric). All else
    as in `poisson_scan`; source: the same paper, its Bernoulli model.
    """
    check_limits(replicates, fewest_cases, most_clusters)
    counts = must_be_counts("cases", np.asarray(cases, np.float64), len(sites))
    people = must_be_counts(
        "population", np.asarray(population, np.float64), len(sites)
    )
    for place in np.flatnonzero(counts > people)[:1]:
        raise ValueError(f"place {place} has more cases than people")
    if not 0 < people.sum() < _MOST_PEOPLE:
        raise ValueError("population must sum to 1 to a thousand million")
    total = int(counts.sum())

    def draw(source: np.random.Generator) -> Floats:
        dealt = source.multivariate_hypergeometric(
            people.astype(np.int64), total, replicates, method="marginals"
        )
        return dealt.astype(np.float64)

    windows = circles(sites, people, cap, radius_km)
    everyone = float(people.sum())
    scan = _Scan.of(windows, counts, people, everyone, rates, fewest_cases)
    drawn = draw(_source(rng)) if replicates else None
    return scan.result(drawn, most_clusters, threads)


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """What all data sets of one scan have in common.

    Row k of the windows expects `mean[k]` cases among `held[k]` people; `bound[k]` is 0
    where no window ends. `people` is 0 for Poisson counts; `side` is 1 for high rates,
    -1 for low ones and 0 for both.
    """

    windows: Windows
    cases: Floats
    mean: Floats
    bound: Floats
    held: Floats
    total: float
    people: float
    side: int
    fewest: float

    @classmethod
    def of(
        cls,
        windows: Windows,
        cases: Floats,
        share: Floats,
        people: float,
        rates: Rates,
        fewest_cases: int,
    ) -> "_Scan":
        if rates not in _SIDES:
            raise ValueError(f"rates must be one of {', '.join(_SIDES)}, not {rates}")
        total = float(cases.sum())
        held = windows.held(share)
        mean = held * (total / share.sum())
        rest = total - mean
        usable = windows.closes & (mean > 0) & (rest > total * 1e-12)
        if people and total >= people:
            usable &= False
        more, fewer = np.zeros((2, len(mean)))
        parts = [(mean, rest)]
        if people:
            parts.append((people - total - held + mean, held - mean))
        for rising, falling in parts:
            more[usable] += 0.5 / rising[usable] + 1.0 / falling[usable]
            fewer[usable] += 1.0 / rising[usable] + 0.5 / falling[usable]
        bound = {"high": more, "low": fewer, "both": np.maximum(more, fewer)}[rates]
        return cls(
            windows,
            cases,
            mean,
            bound,
            held,
            total,
            people,
            _SIDES[rates],
            float(fewest_cases),
        )

    def result(
        self, drawn: Floats | None, most_clusters: int, threads: int
    ) -> ScanResult[Cluster]:
        found = apart(self.windows, self._strongest, most_clusters)
        maxima = np.empty(0) if drawn is None else self._maxima(drawn, threads)
        clusters = tuple(self._cluster(llr, row, maxima) for llr, row, *_ in found)
        return ScanResult(clusters, maxima, int(self.total))

    def _strongest(self, begin: int, end: int) -> Found:
        llr, row = kernels.strongest_circle(
            begin,
            end,
            self.windows.place,
            self.mean,
            self.bound,
            self.held,
            self.cases,
            self.total,
            self.people,
            self.side,
            self.fewest,
        )
        return llr, row, -1, -1

    def _maxima(self, drawn: Floats, threads: int) -> Floats:
        replicates, places = drawn.shape
        count = -(-replicates // kernels.LANES)
        rows = np.zeros((count * kernels.LANES, places))
        rows[:replicates] = drawn
        blocks = rows.reshape(count, kernels.LANES, places).transpose(0, 2, 1).copy()
        best = np.zeros((count, kernels.LANES))

        def work(part: slice) -> None:
            kernels.strongest_circles(
                self.windows.start,
                self.windows.place,
                self.mean,
                self.bound,
                self.held,
                blocks[part],
                self.total,
                self.people,
                self.side,
                self.fewest,
                best[part],
            )

        share_out(work, count, threads)
        return best.ravel()[:replicates]

    def _cluster(self, llr: float, row: int, maxima: Floats) -> Cluster:
        places = self.windows.inside(row)
        inside, mean = float(self.cases[list(places)].sum()), float(self.mean[row])
        outside = (self.total - inside) / (self.total - mean)
        return Cluster(
            places=places,
            radius_km=float(self.windows.distance_km[row]),
            observed=int(inside),
            expected=mean,
            relative_risk=inside / mean / outside if outside > 0 else float("inf"),
            llr=llr,
            p=monte_carlo_p(llr, maxima),
            gumbel_p=gumbel_p(llr, maxima),
        )


def _amounts(name: str, values: ArrayLike, length: int) -> Floats:
    amounts = np.asarray(values, np.float64)
    if amounts.shape != (length,):
        raise ValueError(f"{name} must have one number for each of {length} places")
    for place in np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))[:1]:
        raise ValueError(
            f"{name} of place {place} must be 0 or more, not {amounts[place]}"
        )
    if not amounts.sum() > 0:
        raise ValueError(f"{name} must not all be 0")
    return amounts


def _source(rng: np.random.Generator | None) -> np.random.Generator:
    if rng is None:
        raise ValueError("replicates need an rng: numpy.random.Generator")
    return rng
