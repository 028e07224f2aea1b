"""Travel times: speeds, penalties and honest intervals from recorded drives."""

from .intervals import covered, residuals
from .problem import Settings, Trips
from .score import Score, score
from .solve import Fit, fit, held_out_error_s, predict

__all__ = [
    "Fit",
    "Score",
    "Settings",
    "Trips",
    "covered",
    "fit",
    "held_out_error_s",
    "predict",
    "residuals",
    "score",
]
