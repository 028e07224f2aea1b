"""Residential compounds: thefts and burglaries over the months before."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gengfu.science.rates import RatePosterior, fit_rates

from .config import IndexConfig
from .document import WITHHELD, CompoundFigure, CompoundReport, Publication
from .geography import Geography
from .hearsay import heard
from .hiding import could_be, rolling_text
from .periods import Month
from .silence import SILENT, kept_silent
from .tally import MonthCounts

_PER = 1000.0


def compound_reports(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
    issued: Sequence[Publication] = (),
) -> tuple[CompoundReport, ...]:
    """Report on compounds with enough households; rates are shrunk to their town.

    What earlier issues of the month hid (`issued`) is hidden again.

    Rates are made from what is said of all sums (`hearsay`), so that they tell no
    more; a small sum has none of its own, and counts for the town's.
    """
    months = [one for one in month.back(config.compound_months) if one in counts]
    if not places.compounds or not months:
        return ()
    sums = np.sum([counts[one].compounds for one in months], axis=0)
    households = np.array([one.households for one in places.compounds], np.float64)
    large = np.isfinite(households) & (households >= config.least_households)
    town = np.array([places.place_of.get(c.id, -1) for c in places.compounds], np.int64)
    before = _said_before(issued)
    texts = [
        [
            kept_silent(rolling_text(int(n), config), before.get((one.id, k.code), ()))
            for k, n in zip(config.compound_kinds, row, strict=True)
        ]
        for one, row in zip(places.compounds, sums, strict=True)
    ]
    figures: dict[int, list[CompoundFigure]] = {
        int(q): [] for q in np.flatnonzero(large)
    }
    for k, kind in enumerate(config.compound_kinds):
        for here in np.unique(town[large]):
            group = np.flatnonzero(large & (town == here)).tolist()
            said = [texts[q][k] for q in group]
            risk, rate = _shrunk(said, households[group], config)
            for at, q in enumerate(group):
                figures[q].append(_figure(kind.code, said[at], risk, rate, at, config))
    return tuple(
        CompoundReport(
            id=places.compounds[q].id,
            name=places.compounds[q].name,
            name_zh=places.compounds[q].name_zh,
            area="" if town[q] < 0 else places.places[int(town[q])].id,
            households=round(float(households[q])),
            figures=tuple(rows),
        )
        for q, rows in figures.items()
    )


def _said_before(
    issued: Sequence[Publication],
) -> Mapping[tuple[str, str], Sequence[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for publication in issued:
        for one in publication.compounds:
            for figure in one.figures:
                found.setdefault((one.id, figure.kind), []).append(figure.events)
    return found


def _shrunk(
    said: Sequence[str], households: NDArray[np.float64], config: IndexConfig
) -> tuple[RatePosterior | None, float]:
    """Fit the compounds of a town around the town's own rate per household.

    None where no sum is shown.
    """
    if all(text in SILENT for text in said):
        return None, 0.0
    told = np.array([text != WITHHELD for text in said], np.bool_)
    likely = sum(float(np.mean(could_be(t, config))) for t in said if t != WITHHELD)
    rate = (likely + 0.5) / float(households[told].sum())
    return fit_rates(*heard(said, households * rate, config, rolling=True)), rate


def _figure(
    kind: str,
    text: str,
    risk: RatePosterior | None,
    rate: float,
    at: int,
    config: IndexConfig,
) -> CompoundFigure:
    if risk is None or text in SILENT:
        return CompoundFigure(
            kind=kind, events=text, per_1_000=None, low=None, high=None
        )
    one = risk.only([at])
    low, high = one.interval(config.interval)
    middle = float(one.quantile(0.5)[0])
    return CompoundFigure(
        kind=kind,
        events=text,
        per_1_000=round(middle * rate * _PER, 1),
        low=round(float(low[0]) * rate * _PER, 1),
        high=round(float(high[0]) * rate * _PER, 1),
    )
