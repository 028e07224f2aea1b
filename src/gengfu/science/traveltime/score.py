"""How well predicted seconds meet observed ones."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

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
    stats = cast("Any", import_module("scipy.stats"))
    flat = min(np.ptp(predicted_s), np.ptp(observed_s)) == 0
    rank = 0.0 if flat else float(stats.spearmanr(predicted_s, observed_s)[0])
    return Score(
        len(gap),
        float(np.median(np.abs(gap))),
        float(np.abs(gap).mean()),
        float(np.median(gap)),
        rank,
    )
