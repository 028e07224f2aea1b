"""Travel times: speeds, penalties and honest intervals from recorded drives."""

from .areas import learn_first_due
from .choice import (
    Tried,
    best_of,
    cell_candidates,
    hour_candidates,
    kind_candidates,
    try_settings,
)
from .intervals import covered, residuals
from .problem import Settings, Trips
from .score import Score, score
from .solve import Fit, fit, fit_speeds, held_out_errors_s, predict

__all__ = [
    "Fit",
    "Score",
    "Settings",
    "Tried",
    "Trips",
    "best_of",
    "cell_candidates",
    "covered",
    "fit",
    "fit_speeds",
    "held_out_errors_s",
    "hour_candidates",
    "kind_candidates",
    "learn_first_due",
    "predict",
    "residuals",
    "score",
    "try_settings",
]
