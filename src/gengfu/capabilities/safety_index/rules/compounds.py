"""Residential compounds: thefts and burglaries over the months before."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gengfu.science.rates import RatePosterior, fit_rates

from .config import IndexConfig
from .document import HIDDEN, CompoundFigure, CompoundReport
from .geography import Geography
from .hiding import rolling_text
from .periods import Month
from .tally import MonthCounts

_PER = 1000.0


def compound_reports(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
) -> tuple[CompoundReport, ...]:
    """Report on compounds with enough households; rates are shrunk to their town.

    Rates are made from the rounded sums that are shown, so that they tell no more;
    there is none for a small sum.
    """
    months = [one for one in month.back(config.compound_months) if one in counts]
    if not places.compounds or not months:
        return ()
    sums = np.sum([counts[one].compounds for one in months], axis=0)
    households = np.array([one.households for one in places.compounds], np.float64)
    large = np.isfinite(households) & (households >= config.least_households)
    town = np.array([places.place_of.get(c.id, -1) for c in places.compounds], np.int64)
    texts = [[rolling_text(int(n), config) for n in row] for row in sums]
    shown = np.array([[_shown(text) for text in row] for row in texts], np.float64)
    figures: dict[int, list[CompoundFigure]] = {
        int(q): [] for q in np.flatnonzero(large)
    }
    for k, kind in enumerate(config.compound_kinds):
        for here in np.unique(town[large]):
            group = np.flatnonzero(large & (town == here))
            known = group[np.isfinite(shown[group, k])]
            risk, rate = _shrunk(shown[known, k], households[known])
            for q in group.tolist():
                at = np.flatnonzero(known == q).tolist()
                figures[q].append(
                    _figure(kind.code, texts[q][k], risk, rate, at, config)
                )
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


def _shown(text: str) -> float:
    return float("nan") if text == HIDDEN else float(text)


def _shrunk(
    events: NDArray[np.float64], households: NDArray[np.float64]
) -> tuple[RatePosterior | None, float]:
    """Fit the compounds of a town around the town's own rate per household."""
    if len(events) == 0:
        return None, 0.0
    rate = (float(events.sum()) + 0.5) / float(households.sum())
    return fit_rates(events, households * rate), rate


def _figure(
    kind: str,
    text: str,
    risk: RatePosterior | None,
    rate: float,
    at: list[int],
    config: IndexConfig,
) -> CompoundFigure:
    if risk is None or not at:
        return CompoundFigure(
            kind=kind, events=text, per_1_000=None, low=None, high=None
        )
    one = risk.only(at)
    low, high = one.interval(config.interval)
    middle = float(one.quantile(0.5)[0])
    return CompoundFigure(
        kind=kind,
        events=text,
        per_1_000=round(middle * rate * _PER, 1),
        low=round(float(low[0]) * rate * _PER, 1),
        high=round(float(high[0]) * rate * _PER, 1),
    )
