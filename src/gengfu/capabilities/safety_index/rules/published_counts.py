"""What publications said of a month's counts, as events that base years can be made of.

Once a month is published, nothing that is made public may be made from its exact
counts again: a sum of three months, two of them shown, would tell what the third
hides. So what is expected, and what months are compared with, take a published month
as any reader has it. A hidden count stands there with its likely value: the mean of
those it may be, at what was expected there. Where the city's total is shown, hidden
counts share what the shown ones leave of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from .config import IndexConfig
from .document import HIDDEN_TO, Publication
from .geography import Geography
from .hearsay import possible
from .periods import Month
from .silence import SILENT

type Floats = NDArray[np.float64]

_LEAST_EXPECTED = 0.05
"""Expected events are published to a tenth; 0.0 may be as many as this."""
_ROUNDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidCounts:
    """Likely events by place and domain, from what was published alone.

    `ended` are those of areas that were divided since, by stratum and domain.
    """

    events: Floats  # (P, D)
    ended: Floats  # (S, D)


def said_of(
    before: Iterable[Publication], places: Geography, config: IndexConfig
) -> dict[Month, SaidCounts]:
    """Return what was said of each published month, in today's places and domains.

    A month that did not speak of one of the domains is left out.
    """
    codes = {domain.code for domain in config.domains}
    return {
        Month.read(one.period): _said(one, places, config)
        for one in before
        if codes <= {code for code, _ in one.totals}
    }


def likely_sums(sums: Floats, weights: Floats) -> Floats:
    """Return sums of events as they may be used: those from 1 to 4 by a likely value.

    That is the mean of 1 to 4 in a Poisson distribution that goes with the likely
    values of the same row, shared out by weights.

    Args:
        sums: exact sums of unpublished months (..., N).
        weights: how much of a row each column should have (..., N).

    """
    small = (sums > 0) & (sums <= HIDDEN_TO)
    if not small.any():
        return sums.astype(np.float64)
    whole = np.maximum(weights.sum(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
    found = np.where(small, (1 + HIDDEN_TO) / 2, sums)
    for _ in range(_ROUNDS):
        expected = found.sum(axis=-1, keepdims=True) * weights / whole
        found = np.where(small, _mean_of(range(1, HIDDEN_TO + 1), expected), sums)
    return found


def _said(
    publication: Publication, places: Geography, config: IndexConfig
) -> SaidCounts:
    totals: Mapping[str, str] = dict(publication.totals)
    events = np.zeros((len(places.places), len(config.domains)))
    ended = np.zeros((len(places.strata[0]), len(config.domains)))
    for d, domain in enumerate(config.domains):
        rows = [
            (report.id, part.events, max(part.expected, _LEAST_EXPECTED))
            for report in publication.places
            for part in report.parts
            if part.domain == domain.code
        ]
        values = _values([row[1:] for row in rows], totals[domain.code], config)
        for (area, *_), value in zip(rows, values.tolist(), strict=True):
            if area in places.place_of:
                events[places.place_of[area], d] += value
            elif area in places.ended:
                ended[places.ended[area], d] += value
    return SaidCounts(events=events, ended=ended)


def _values(rows: list[tuple[str, float]], total: str, config: IndexConfig) -> Floats:
    hidden = np.array([text in SILENT for text, _ in rows], np.bool_)
    values = np.array(
        [
            float(_mean_of(possible(text, mean, config, rolling=False), np.array(mean)))
            for text, mean in rows
        ]
    )
    guessed = float(values[hidden].sum())
    if total.isdecimal() and guessed > 0:
        values[hidden] *= max(int(total) - float(values[~hidden].sum()), 0.0) / guessed
    return values


def _mean_of(counts: Iterable[int], expected: Floats) -> Floats:
    """Return the mean of some counts, each as likely as a Poisson makes it."""
    n = np.array(list(counts), np.float64)
    mean = np.maximum(expected, np.finfo(np.float64).tiny)[..., None]
    log_chance = n * np.log(mean) - scipy.special.gammaln(n + 1.0)
    chance = np.exp(log_chance - log_chance.max(axis=-1, keepdims=True))
    return (chance * n).sum(axis=-1) / chance.sum(axis=-1)
