"""The index of a month: relative risks of places, their scores, bands and ranks."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput, Said
from gengfu.science.rates import (
    BandRule,
    IndexResult,
    RatePosterior,
    Scale,
    index,
)

from .config import IndexConfig
from .document import Quality
from .expecting import Expected
from .geography import Geography
from .hearsay import fit_said
from .hiding import Shown
from .periods import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The index of the places that have one: `rated` are their numbers.

    `risks` (one a domain) and `result` hold one entry for each rated place, in that
    order. A domain of which nothing that is said tells anything has no risks; then
    there is no index. `deaths_told` is whether deaths are in it.
    """

    rated: NDArray[np.int64]
    risks: tuple[RatePosterior | None, ...]
    result: IndexResult | None
    deaths_told: bool


def compile_index(
    month: Month,
    shown: Shown,
    expected: Expected,
    places: Geography,
    config: IndexConfig,
) -> Compiled:
    """Work out the index from what is said of counts and deaths.

    Raises:
        BadInput: no place has people, so that nothing can be expected anywhere.

    """
    rated = np.flatnonzero(np.isfinite(places.present) & (places.present > 0))
    if len(rated) == 0:
        raise BadInput("no published area has people: nothing can be expected there")
    of_rated = rated.tolist()
    risks = tuple(
        fit_said(
            [shown.events[place][d] for place in of_rated],
            expected.events[rated, d],
            config,
            rolling=False,
        )
        for d in range(len(config.domains))
    )
    said = [shown.deaths[place] for place in of_rated]
    fatal = fit_said(said, expected.deaths[rated], config, rolling=True)
    told = {
        domain.code: risk
        for domain, risk in zip(config.domains, risks, strict=True)
        if risk is not None
    }
    if len(told) < len(risks):
        return Compiled(rated=rated, risks=risks, result=None, deaths_told=False)
    result = index(
        told,
        {d.code: d.weight for d in config.domains},
        fatal,
        rng=np.random.default_rng(seed_of(month, config)),
        draws=config.draws,
        scale=scale_of(config),
        rules=band_rules(config),
        fdr=config.false_discovery,
        level=config.interval,
    )
    return Compiled(
        rated=rated, risks=risks, result=result, deaths_told=fatal is not None
    )


def untold(compiled: Compiled, config: IndexConfig) -> tuple[Quality, ...]:
    """Say which domains' counts tell nothing, so that there is no index, or deaths'."""
    found = [
        Quality(
            code="not-told",
            said=Said(
                f"{domain.said.en}: what may be shown of the counts tells nothing of"
                " any area, so there is no score this month.",
                f"{domain.said.zh}：可公布的数字不足以说明任何地区的情况，"
                "因此本月没有得分。",
            ),
        )
        for domain, risk in zip(config.domains, compiled.risks, strict=True)
        if risk is None
    ]
    if compiled.result is not None and not compiled.deaths_told:
        found.append(
            Quality(
                code="deaths-not-told",
                said=Said(
                    "What may be shown of deaths tells nothing of any area; the score"
                    " is without them.",
                    "可公布的死亡人数不足以说明任何地区的情况，得分未计入死亡。",
                ),
            )
        )
    return tuple(found)


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
