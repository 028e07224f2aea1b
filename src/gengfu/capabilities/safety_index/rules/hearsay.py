"""What the index takes a count to be of which only something is said.

"<5" says that a count is 1 to 4; a rounded sum, that it is one of a few. The posterior
of a place's risk is then a mixture over those counts. In its place stands the gamma
with the same mean and variance, written as events and expected events: what is said
carries less information than a count does, so both are less than the count's.
"""

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from gengfu.science.rates import RatePosterior, fit_rates

from .config import IndexConfig
from .document import HIDDEN, HIDDEN_TO, WITHHELD
from .hiding import could_be

type Floats = NDArray[np.float64]

_FAR = 8.0
"""Standard deviations beyond which a withheld count is not looked for."""


def heard(
    texts: Sequence[str], expected: Floats, config: IndexConfig, *, rolling: bool
) -> tuple[Floats, Floats]:
    """Return events and expected events (P,) as what is said of P counts carries them.

    `rolling` sums are rounded, other counts are shown as they are. Places where
    nothing can be expected (NaN, 0) are left as they are.
    """
    usable = np.isfinite(expected) & (expected > 0)
    sets = [
        possible(t, e, config, rolling=rolling)
        for t, e in zip(texts, expected, strict=True)
    ]
    events = np.array([float(np.mean(counts)) for counts in sets])
    known = np.where(usable, expected, 0.0)
    if not usable.any() or all(len(counts) == 1 for counts in sets):
        return events, expected.astype(np.float64)
    first = fit_rates(np.where(usable, events, 0.0), known)
    shape = float(np.exp(first.weight @ np.log(first.shape)))
    rate = shape / float(first.weight @ first.mean_ratio)
    told = expected.astype(np.float64)
    for place in np.flatnonzero(usable):
        if len(sets[place]) > 1:
            counts = np.array(sets[place], np.float64)
            events[place], told[place] = _worth(counts, known[place], shape, rate)
    return events, told


def fit_said(
    texts: Sequence[str], expected: Floats, config: IndexConfig, *, rolling: bool
) -> RatePosterior | None:
    """Return the relative risks of P places from what is said of them (see `heard`).

    None where nothing is expected anywhere, or nothing that is said tells anything.
    """
    if not np.nansum(expected) > 0:
        return None
    events, told = heard(texts, expected, config, rolling=rolling)
    return fit_rates(events, told) if told.sum() > 0 else None


def possible(
    text: str, expected: float, config: IndexConfig, *, rolling: bool
) -> Sequence[int]:
    """Return the counts of which this may be said, where so many are expected."""
    if rolling and text != WITHHELD:
        return could_be(text, config)
    if text == HIDDEN:
        return range(1, HIDDEN_TO + 1)
    if text != WITHHELD:
        return (int(text),)
    middle = max(float(np.nan_to_num(expected)), HIDDEN_TO + 1.0)
    most = int(middle + _FAR * np.sqrt(middle)) + HIDDEN_TO
    return (0, *range(HIDDEN_TO + 1, most + 1))


def _worth(
    counts: Floats, expected: float, shape: float, rate: float
) -> tuple[float, float]:
    """Return the events and expected events that tell as much as a set of counts.

    None of either where the set tells no more than what is known of all places: few
    are expected, and what is withheld may be nothing or much.
    """
    ways: Floats = scipy.special.gammaln(shape + counts)
    ways -= scipy.special.gammaln(counts + 1.0)
    log_chance = ways + counts * np.log(expected / (rate + expected))
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    mean = (shape + counts) / (rate + expected)
    within = (shape + counts) / (rate + expected) ** 2
    middle = float(chance @ mean)
    spread = float(chance @ (within + (mean - middle) ** 2))
    told = middle / spread - rate
    if told <= 0.0:
        return 0.0, 0.0
    return max(middle * middle / spread - shape, 0.0), told
