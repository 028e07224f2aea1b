"""Rates of many places of unequal size: limits, shrinkage, intervals, an index."""

from .fit import Grid, RatePosterior, fit_rates
from .limits import funnel_limits, overdispersion, poisson_interval
from .problem import (
    BANDS,
    WEIGHTS,
    Band,
    BandRule,
    IndexResult,
    Scale,
    Scores,
)
from .scoring import bands, index, rank_intervals, scores
from .smooth import MoransI, marshall_eb, marshall_eb_local, morans_i, morans_test

__all__ = [
    "BANDS",
    "WEIGHTS",
    "Band",
    "BandRule",
    "Grid",
    "IndexResult",
    "MoransI",
    "RatePosterior",
    "Scale",
    "Scores",
    "bands",
    "fit_rates",
    "funnel_limits",
    "index",
    "marshall_eb",
    "marshall_eb_local",
    "morans_i",
    "morans_test",
    "overdispersion",
    "poisson_interval",
    "rank_intervals",
    "scores",
]
