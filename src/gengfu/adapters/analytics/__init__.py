"""Counting events: the expressions, the engines that run them, roll-ups by month."""

from .clocks import count_days, count_hours, day_number, day_of, list_days
from .counts import COUNTS, FIGURES, KEYS, count, counted
from .engine import DuckEngine, Engine, SparkEngine, engine
from .rollup import RollUp, totals

__all__ = [
    "COUNTS",
    "FIGURES",
    "KEYS",
    "DuckEngine",
    "Engine",
    "RollUp",
    "SparkEngine",
    "count",
    "count_days",
    "count_hours",
    "counted",
    "day_number",
    "day_of",
    "engine",
    "list_days",
    "totals",
]
