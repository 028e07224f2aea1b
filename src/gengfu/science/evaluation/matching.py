"""Comparison places as bad as the treated ones, and what chance alone would do."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .problem import Flags, Floats, Longs, Match

_FAR = 1e6


def match_on_level(
    level: ArrayLike,
    treated: Flags,
    *,
    per_treated: int = 1,
    caliper: float | None = 0.2,
    eligible: Flags | None = None,
) -> Match:
    """Return comparison places with the level of events that treated ones had before.

    level [P] is a rate before adoption; its distance is that of ln(level) in standard
    deviations over all places, a level of 0 counting as half of the least above it.
    Each treated place gets up to `per_treated` others of its own, in as many rounds; in
    each the sum of distances is least (an assignment, not greedy) and none is above the
    `caliper` (.2, Austin 2011; None: no limit). `eligible` [P] are the places that may
    be matched (not those in a ring); all untreated ones by default. Where the worst
    places were chosen, both sides then fall back towards the mean alike.
    Raises ValueError for misuse.
    """
    rates = np.asarray(level, np.float64)
    if rates.shape != treated.shape or not np.all(np.isfinite(rates) & (rates >= 0)):
        raise ValueError("a level is a number of 0 or more for each place")
    if per_treated < 1 or (caliper is not None and caliper <= 0):
        raise ValueError("match one or more within a caliper above 0")
    some = rates[rates > 0]
    logs = np.log(np.maximum(rates, some.min() / 2 if len(some) else 1.0))
    scale = float(logs.std()) or 1.0
    mine = np.flatnonzero(treated)
    others = np.flatnonzero(~treated if eligible is None else eligible & ~treated)
    apart = np.abs(logs[mine][:, None] - logs[others][None]) / scale
    near = apart <= (math.inf if caliper is None else caliper)
    cost = np.where(near, apart, _FAR)
    rounds: list[Longs] = []
    # One round for each match, so that nobody gets a second before all had a first.
    for _ in range(per_treated):
        row, column = scipy.optimize.linear_sum_assignment(cost)
        good = cost[row, column] < _FAR
        rounds.append(np.column_stack([mine[row[good]], others[column[good]]]))
        cost[:, column[good]] = _FAR
    pairs = np.concatenate(rounds).astype(np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return Match(
        pairs,
        np.setdiff1d(mine, pairs[:, 0]).astype(np.int64),
        _gap(logs[mine], logs[others], scale),
        _gap(logs[np.unique(pairs[:, 0])], logs[np.unique(pairs[:, 1])], scale),
    )


def _gap(treated: Floats, others: Floats, scale: float) -> float:
    if not (len(treated) and len(others)):
        return math.nan
    return float(treated.mean() - others.mean()) / scale


def fallback_ratio(counts: Longs, exposure: Floats, treated: Flags) -> float:
    """Return the ratio of rates that chance alone would bring: 1, or less.

    If nothing were done and the counts [P] of the months before were drawn anew, the
    treated would change by this factor against the others: the quotient of their sums
    of E[theta_i | y_i] exposure_i over sums of y_i, with E[theta_i | y_i] = (y_i + k) /
    (exposure_i + k/m), a gamma law over all places with mean m and shape k by moments
    (Marshall 1991). Well below 1, places were chosen at a peak that chance made:
    regression to the mean (Galton 1886; for places chosen by their record, Hauer 1997,
    "Observational before-after studies in road safety"). Exposure 0 leaves a place out;
    1 where nothing can be said.
    """
    some = exposure > 0
    y, e = counts[some].astype(np.float64), exposure[some]
    mine = treated[some]
    if y[mine].sum() == 0 or y[~mine].sum() == 0:
        return 1.0
    mean = float(y.sum() / e.sum())
    # The spread of rates beyond what Poisson counts bring.
    spread = float((e * (y / e - mean) ** 2).sum() / e.sum()) - mean / float(e.mean())
    again = e * mean
    if spread > 0:
        shape = mean**2 / spread
        again = e * (y + shape) / (e + shape / mean)
    change = again[mine].sum() / y[mine].sum(), again[~mine].sum() / y[~mine].sum()
    return float(change[0] / change[1])
