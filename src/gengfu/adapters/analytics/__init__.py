"""Counting events: one expression, the engines that run it, and roll-ups by month."""

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
    "counted",
    "engine",
    "totals",
]
