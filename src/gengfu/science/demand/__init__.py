"""Demand: calls for help by hour of week, area and kind; drawn, fitted, forecast."""

from .counts import CallCounts, count_calls
from .forecast import Forecast, ForecastOptions, baseline, forecast
from .pattern import LEVELS, Level
from .predicted import Predicted
from .problem import WEEK_H, Demand, Drawn
from .rolling import Rolled, Score, roll, score
from .solve import CALLS_PER_RESIDENT_YEAR, assume_demand, draw, fit_demand

__all__ = [
    "CALLS_PER_RESIDENT_YEAR",
    "LEVELS",
    "WEEK_H",
    "CallCounts",
    "Demand",
    "Drawn",
    "Forecast",
    "ForecastOptions",
    "Level",
    "Predicted",
    "Rolled",
    "Score",
    "assume_demand",
    "baseline",
    "count_calls",
    "draw",
    "fit_demand",
    "forecast",
    "roll",
    "score",
]
