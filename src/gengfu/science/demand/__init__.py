"""Demand: calls for help as a Poisson process by hour of week, area and kind."""

from .problem import WEEK_H, Demand, Drawn
from .solve import CALLS_PER_RESIDENT_YEAR, assume_demand, draw, fit_demand

__all__ = [
    "CALLS_PER_RESIDENT_YEAR",
    "WEEK_H",
    "Demand",
    "Drawn",
    "assume_demand",
    "draw",
    "fit_demand",
]
