"""How well predicted seconds meet observed ones."""

from dataclasses import dataclass

import numpy as np

from .problem import Floats

FEWEST = 2
"""Drives from which a rank correlation can be told."""


@dataclass(frozen=True, slots=True)
class Score:
    """Errors are predicted minus observed; seconds. `bias_s` is at the median."""

    scored: int
    median_absolute_error_s: float
    mean_absolute_error_s: float
    bias_s: float
    spearman: float


def score(predicted_s: Floats, observed_s: Floats) -> Score:
    """Compare N predictions with N observations; raises ValueError below two."""
    if len(predicted_s) < FEWEST:
        raise ValueError(f"{len(predicted_s)} drives cannot be scored")
    gap = predicted_s - observed_s
    flat = min(np.ptp(predicted_s), np.ptp(observed_s)) == 0
    rank = 0.0 if flat else _spearman(predicted_s, observed_s)
    return Score(
        len(gap),
        float(np.median(np.abs(gap))),
        float(np.abs(gap).mean()),
        float(np.median(gap)),
        rank,
    )


def _spearman(one: Floats, other: Floats) -> float:
    return np.corrcoef(_ranks(one), _ranks(other)).item(0, 1)


def _ranks(values: Floats) -> Floats:
    """Return the ranks of N values from 1 on; equals have the middle of theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2.0)[place]
