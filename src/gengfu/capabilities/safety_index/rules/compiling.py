"""From counts to the index of a month: exact figures, not for publication.

What the public may know of them is decided in `disclosing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput
from gengfu.science.rates import (
    BandRule,
    RatePosterior,
    Scale,
    Scores,
    fit_rates,
    scores,
)

from .config import IndexConfig
from .expecting import MONTHS, Base, Expected, base_for, expect
from .geography import Geography
from .periods import Month
from .tally import MonthCounts

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A month's index of P places, D domains; `rated` are the places with a score.

    `risks` and `deaths` hold one entry for each rated place, in its order; `result`
    likewise. `deaths` is None where no death was expected at all.
    """

    month: Month
    counts: MonthCounts
    deaths_12m: NDArray[np.int64]  # (P, D)
    months_of_deaths: int
    base: Base
    expected: Expected
    rated: NDArray[np.int64]
    risks: tuple[RatePosterior, ...]
    deaths: RatePosterior | None
    result: Scores


def compile_month(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
) -> Compiled:
    """Work out the index of a month from the counts of all months at hand.

    Raises:
        BadInput: the month has no data, no base year has, or no place has people.

    """
    if month not in counts:
        raise BadInput(f"there are no events of {month}")
    base = base_for(month, counts, places, config)
    expected = expect(month, base, places)
    rated = np.flatnonzero(np.isfinite(places.present) & (places.present > 0))
    if len(rated) == 0:
        raise BadInput("no published area has people: nothing can be expected there")
    held = [one for one in month.back(MONTHS) if one in counts]
    deaths = np.sum([counts[one].deaths for one in held], axis=0)
    share = sum(one.days for one in held) / sum(one.days for one in month.back(MONTHS))
    risks = tuple(
        fit_rates(counts[month].events[rated, d], expected.events[rated, d])
        for d in range(len(config.domains))
    )
    fatal = None
    if expected.deaths[rated].sum() > 0:
        fatal = fit_rates(deaths[rated].sum(axis=1), expected.deaths[rated] * share)
    return Compiled(
        month=month,
        counts=counts[month],
        deaths_12m=deaths,
        months_of_deaths=len(held),
        base=base,
        expected=expected,
        rated=rated,
        risks=risks,
        deaths=fatal,
        result=score(risks, fatal, config),
    )


def score(
    risks: tuple[RatePosterior, ...],
    deaths: RatePosterior | None,
    config: IndexConfig,
) -> Scores:
    """Put the domains' risks together into scores and bands."""
    return scores(
        {d.code: risk for d, risk in zip(config.domains, risks, strict=True)},
        {d.code: d.weight for d in config.domains},
        deaths,
        scale=scale_of(config),
        rules=band_rules(config),
        fdr=config.false_discovery,
        level=config.interval,
    )


def seed_of(month: Month, config: IndexConfig) -> int:
    """Return the seed of a month's draws: the same for ever."""
    named = f"{config.name} {config.sha256} {month}"
    return int.from_bytes(sha256(named.encode()).digest()[:8])


def scale_of(config: IndexConfig) -> Scale:
    """Return how a risk becomes a score here."""
    return Scale(
        expected=config.expected_score,
        per_doubling=config.points_per_doubling,
        deaths_per_doubling=config.death_points_per_doubling,
        deaths_most=config.death_points_most,
    )


def band_rules(config: IndexConfig) -> tuple[BandRule, ...]:
    """Return the bands with a bound, the one that overrules the others last."""
    found: list[BandRule] = []
    for band in reversed(config.bands):
        if band.above is not None:
            found.append(BandRule(band.code, "above", band.above, band.probability))
        elif band.below is not None:
            found.append(BandRule(band.code, "below", band.below, band.probability))
    return tuple(found)
