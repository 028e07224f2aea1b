"""CUSUM charts of counts with the limit chosen by its average run length.

J. M. Lucas, "Counted data CUSUM's", Technometrics 27 (1985), for Poisson counts; D. M.
Hawkins, D. H. Olwell, "Cumulative sum charts and charting for quality improvement"
(1998), for the reference value of the negative binomial as the centre of its
likelihood ratio; D. Brook, D. A. Evans, "An approach to the probability distribution
of cusum run length", Biometrika 59 (1972), for the Markov chain.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, inf, log, log1p

import numpy as np
from scipy.linalg import solve_toeplitz
from scipy.special import gammaln, pdtrik

from .problem import Cusum, CusumOptions, Floats, Longs, Outcome

_CLOSE = 0.01
"""How far the chart's reference may lie from the best one, as a share of it."""
_FINEST = 200
"""Most parts of a count that a reference may be given in."""
_MOST_STATES = 5_000
_LEAST_MEAN, _MOST_MEAN = 1e-4, 1e6
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart for one in-control mean: reference and limit are whole `parts`.

    A count adds `parts` per case, each period takes off `step`, and the chart
    signals at `states` or more; `run_length` is its average run length from the
    start it begins with while the mean holds.
    """

    parts: int
    step: int
    states: int
    start: int
    run_length: float

    @property
    def reference(self) -> float:
        return self.step / self.parts

    @property
    def limit(self) -> float:
        return self.states / self.parts


def cusum_poisson(
    counts: Floats,
    expected: Floats | float,
    options: CusumOptions | None = None,
) -> Cusum:
    """Chart Poisson counts [..., N] against what was expected of them.

    S_t = max(0, S_(t-1) + y_t - k_t), a signal where S_t >= h, with Lucas's
    reference k = (mu_1 - mu_0) / (ln mu_1 - ln mu_0), mu_1 = ratio mu_0. `expected`
    is a number or an array that broadcasts to the counts; where it changes over time
    k changes with it, and h is that of its mean. h is the least limit whose average
    run length while nothing changes is at least `run_length`. nan in the counts is
    not recorded: the statistic stays as it was. Raises ValueError for negative
    counts and for expected counts not given or outside of 0.0001 to a million.
    """
    return _chart(counts, expected, None, options or CusumOptions())


def cusum_negative_binomial(
    counts: Floats,
    expected: Floats | float,
    size: Floats | float,
    options: CusumOptions | None = None,
) -> Cusum:
    """Chart counts that vary more than Poisson: variance mu + mu^2 / size.

    As `cusum_poisson`, with the reference that makes the chart the sum of likelihood
    ratios, k = n ln((n + mu_1) / (n + mu_0)) / ln(mu_1 (n + mu_0) / (mu_0 (n +
    mu_1))), n being the size. `size` (above 0) is one number or one for each series.
    From a dispersion phi (variance over mean) it is mu / (phi - 1).
    """
    return _chart(counts, expected, size, options or CusumOptions())


def average_run_length(
    mean: float,
    reference: float,
    limit: float,
    size: float = inf,
    head_start: float = 0.0,
) -> float:
    """Return the average number of counts until a chart signals (S_t >= limit).

    `head_start` is the share of the limit it begins from. `reference` and `limit`
    must be whole numbers of the same part of a count, 1/200 at the finest (else
    ValueError): then the chain of states below the limit is exact.
    """
    some = min(mean, reference, limit) > 0 and max(mean, reference, limit) < inf
    if not (some and size > 0 and 0 <= head_start < 1):
        raise ValueError(
            "mean, reference, limit and size must be above 0, head_start below 1"
        )
    for parts in range(1, _FINEST + 1):
        step, states = reference * parts, limit * parts
        if (
            abs(step - round(step)) < _ROUNDING
            and abs(states - round(states)) < _ROUNDING
        ):
            chance = _chances(mean, size)
            lengths = _run_lengths(chance, parts, round(step), round(states))
            return float(lengths[floor(head_start * round(states))])
    raise ValueError("reference and limit must be whole parts of at most 1/200")


@lru_cache(maxsize=4096)
def design_chart(
    mean: float, ratio: float, run_length: float, head_start: float, size: float = inf
) -> Chart:
    """Choose reference and limit for an in-control mean (size inf: Poisson)."""
    if not _LEAST_MEAN <= mean <= _MOST_MEAN or not size > 0:
        raise ValueError(
            "a chart needs an expected count of 0.0001 to a million and a size above 0"
        )
    best = reference_value(mean, ratio, size)
    parts, step = _parts(best)
    chance = _chances(mean, size)

    def long_enough(states: int) -> float:
        lengths = _run_lengths(chance, parts, step, states)
        return float(lengths[floor(head_start * states)])

    short, enough = 0, 1
    while (reached := long_enough(enough)) < run_length:
        short, enough = enough, 2 * enough
        if enough > _MOST_STATES:
            raise ValueError("no limit was found for such a mean, ratio and run length")
    while enough - short > 1:
        middle = (short + enough) // 2
        length = long_enough(middle)
        if length < run_length:
            short = middle
        else:
            enough, reached = middle, length
    return Chart(parts, step, enough, floor(head_start * enough), reached)


def reference_value(mean: float, ratio: float, size: float = inf) -> float:
    """Return the reference k between a mean and `ratio` times it.

    Raises ValueError unless mean and size are above 0, ratio above 1.
    """
    if not (0 < mean < inf and 1 < ratio < inf and size > 0):
        raise ValueError("mean and size must be above 0, ratio above 1")
    if np.isinf(size):
        return mean * (ratio - 1) / log(ratio)
    risen = ratio * mean
    return (
        size
        * log1p((risen - mean) / (size + mean))
        / log(risen * (size + mean) / (mean * (size + risen)))
    )


def _parts(reference: float) -> tuple[int, int]:
    """Return the coarsest fraction near enough to a reference: parts, whole parts."""
    for parts in range(1, _FINEST + 1):
        step = round(reference * parts)
        if step and abs(step / parts - reference) <= _CLOSE * reference:
            return parts, step
    # Very rare cases: a coarser reference, so that the chain stays short.
    return _FINEST, 1


def _chances(mean: float, size: float) -> Floats:
    """Return P(Y = 0), P(Y = 1), ... until next to nothing is left."""
    if np.isinf(size):
        top = ceil(float(pdtrik(1 - 1e-15, mean))) + 20
        y = np.arange(top + 1, dtype=np.float64)
        return np.exp(y * log(mean) - mean - gammaln(y + 1))
    top = ceil(mean + 45 * (mean + mean**2 / size) ** 0.5 + 40 * (1 + mean / size))
    y = np.arange(top + 1, dtype=np.float64)
    return np.exp(
        gammaln(y + size)
        - gammaln(size)
        - gammaln(y + 1)
        - size * log1p(mean / size)
        + y * log(mean / (mean + size))
    )


def _run_lengths(chance: Floats, parts: int, step: int, states: int) -> Floats:
    """Return the average run length L from each state below the limit.

    L = 1 + T L + c L_0: T holds the chances of going from i to j, which depend on j -
    i alone (a Toeplitz matrix), c those of falling below 0, which ends at 0.
    """
    here = np.arange(states)
    down = _chance_of(chance, step - here, parts)
    up = _chance_of(chance, step + here, parts)
    total = np.concatenate([[0.0], np.cumsum(chance)])
    # Below 0 lead the counts of less than (step - i) / parts.
    fewer = np.clip(-((here - step) // parts), 0, len(chance))
    stay = np.zeros(states)
    stay[0] = 1.0
    both = np.column_stack([np.ones(states), total[fewer]])
    solved = solve_toeplitz((stay - down, stay - up), both)
    leave = 1 - float(solved[0, 1])
    # Beyond what rounding lets one tell, the chart never signals.
    once = float(solved[0, 0]) / leave if leave > 0 else inf
    return np.where(solved[:, 1] > 0, solved[:, 0] + solved[:, 1] * once, solved[:, 0])


def _chance_of(chance: Floats, units: Longs, parts: int) -> Floats:
    """Return the chance of a count that adds so many units (of 1 / parts)."""
    case, rest = np.divmod(units, parts)
    possible = (rest == 0) & (case >= 0) & (case < len(chance))
    return np.where(possible, chance[np.clip(case, 0, len(chance) - 1)], 0.0)


def _chart(
    counts: Floats,
    expected: Floats | float,
    size: Floats | float | None,
    options: CusumOptions,
) -> Cusum:
    values = np.asarray(counts, np.float64)
    if values.ndim < 1 or np.any(values < 0) or np.any(np.isinf(values)):
        raise ValueError("counts must be an array of numbers of 0 or more, or nan")
    means = np.broadcast_to(np.asarray(expected, np.float64), values.shape)
    if not np.all(np.isfinite(means) & (means >= _LEAST_MEAN)):
        raise ValueError("every expected count must be given and at least 0.0001")
    if not values.size:
        raise ValueError("counts must hold a count at least")
    rows = values.reshape(-1, values.shape[-1])
    means = means.reshape(rows.shape)
    sizes = np.broadcast_to(
        np.asarray(inf if size is None else size, np.float64), values.shape[:-1]
    ).reshape(-1)
    if not np.all(sizes > 0):
        raise ValueError("size must be above 0")
    centre = means.mean(axis=1) if values.shape[-1] else np.ones(len(rows))
    charts = [
        design_chart(
            float(mean), options.ratio, options.run_length, options.head_start, float(n)
        )
        for mean, n in zip(centre, sizes, strict=True)
    ]
    best = np.array([chart.reference for chart in charts])
    limit = np.array([chart.limit for chart in charts])
    start = np.array([chart.start / chart.parts for chart in charts])
    reference = best[:, None] * means / centre[:, None]
    statistic = np.empty_like(rows)
    alarm = np.zeros(rows.shape, np.bool_)
    known = ~np.isnan(rows)
    step = np.where(known, rows - reference, 0.0)
    sums = start.copy()
    for t in range(rows.shape[1]):
        sums = np.maximum(sums + step[:, t], 0.0)
        statistic[:, t] = sums
        # Sums of fractions: what is short of the limit by rounding has reached it.
        alarm[:, t] = known[:, t] & (sums >= limit - _ROUNDING)
        if options.restart:
            sums = np.where(alarm[:, t], start, sums)
    shape = values.shape
    outcome = np.where(known, Outcome.TESTED, Outcome.MISSING).astype(np.int8)
    return Cusum(
        outcome.reshape(shape),
        alarm.reshape(shape),
        statistic.reshape(shape),
        reference.reshape(shape),
        limit.reshape(shape[:-1]),
        np.array([chart.run_length for chart in charts]).reshape(shape[:-1]),
    )
