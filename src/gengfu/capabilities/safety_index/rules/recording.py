"""Whether the way events are written down changed when a measure began."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.science.evaluation import NEVER

_SURE = 3.0
_LEAST_SHARE = 0.05
"""A share set aside that moved by less is not worth a warning."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Distinct events [P, T], those set aside [P, T], and when each place began [P].

    Set aside are repeats, and events begun by police: what a habit of recording moves.
    """

    events: NDArray[np.int64]
    aside: NDArray[np.int64]
    adoption: NDArray[np.int64]


def recording_changed(sides: Sides) -> tuple[float, float] | None:
    """Return the shares set aside before and after, if they moved with the measure.

    The difference in differences of the log odds of being set aside, against places
    without the measure, with Haldane's half added to each count; told beyond three
    standard errors and five points of a hundred.
    """
    treated = sides.adoption < NEVER
    first = int(sides.adoption[treated].min())
    began = np.where(treated, sides.adoption, first).astype(np.int64)
    months = np.arange(sides.events.shape[1], dtype=np.int64)
    after: NDArray[np.bool_] = np.greater_equal(months[None], began[:, None])
    log_odds: list[float] = []
    variance = 0.0
    shares: list[float] = []
    for side in (treated, ~treated):
        for when in (~after, after):
            cells = side[:, None] & when
            kept, aside = int(sides.events[cells].sum()), int(sides.aside[cells].sum())
            log_odds.append(math.log((aside + 0.5) / (kept + 0.5)))
            variance += 1 / (aside + 0.5) + 1 / (kept + 0.5)
            shares.append(aside / max(kept + aside, 1))
    moved = log_odds[1] - log_odds[0]
    if not treated.all():
        moved -= log_odds[3] - log_odds[2]
    sure = abs(moved) > _SURE * math.sqrt(variance)
    large = abs(shares[1] - shares[0]) > _LEAST_SHARE
    return (shares[0], shares[1]) if sure and large else None
