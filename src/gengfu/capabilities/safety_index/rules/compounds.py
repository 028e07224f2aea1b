"""Residential compounds: thefts and burglaries over the months before."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import Said
from gengfu.science.rates import RatePosterior

from .config import IndexConfig
from .document import WITHHELD, CompoundFigure, CompoundReport, Publication, Quality
from .geography import Geography
from .hearsay import fit_said
from .hiding import could_be, rolling_text
from .periods import Month
from .silence import SILENT, kept_silent
from .tally import MonthCounts

_PER = 1000.0
_MOST_NAMED = 20
_NEW = Said(
    "Figures of compounds that are younger than {all} months are of the months since"
    " they began: {names}.",
    "设立不足 {all} 个月的小区，其数字自设立起计：{names}。",
)
_MUTE = Said(
    "Sums of compounds that tell nothing of how one differs from another have no rate:"
    " {names}.",
    "下列小区的数字不足以说明彼此差异，因此没有比率：{names}。",
)


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
    share = _shares(months, places)
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
            # A compound that began since has had fewer months for its events.
            risk, rate = _shrunk(said, households[group] * share[group], config)
            for at, q in enumerate(group):
                own = rate * float(share[q])
                figures[q].append(_figure(kind.code, said[at], risk, own, at, config))
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


def compound_notes(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    reports: Sequence[CompoundReport],
    places: Geography,
    config: IndexConfig,
) -> tuple[Quality, ...]:
    """Say what there is to know of compounds: few months, or sums that tell nothing."""
    if not reports:
        return ()
    found: list[Quality] = []
    months = [one for one in month.back(config.compound_months) if one in counts]
    if len(months) < config.compound_months:
        said = Said(
            "Figures of residential compounds are of {months} months, not {all}: there"
            " are no more.",
            "居民小区的数字只有 {months} 个月的数据，不足 {all} 个月。",
        )
        found.append(
            Quality(
                code="compounds-short",
                said=said.fill(months=len(months), all=config.compound_months),
            )
        )
    begun = dict(
        zip((q.id for q in places.compounds), _shares(months, places), strict=True)
    )
    new = [one for one in reports if begun[one.id] < 1.0]
    silent = [
        one
        for one in reports
        if any(f.events not in SILENT and f.per_1_000 is None for f in one.figures)
    ]
    for code, some, words in (
        ("compounds-new", new, _NEW),
        ("compounds-not-told", silent, _MUTE),
    ):
        if some:
            listed = Said(_named(some, zh=False), _named(some, zh=True))
            found.append(
                Quality(
                    code=code,
                    said=Said(
                        words.en.format(all=config.compound_months, names=listed.en),
                        words.zh.format(all=config.compound_months, names=listed.zh),
                    ),
                    areas=tuple(sorted({one.area for one in some if one.area})),
                )
            )
    return tuple(found)


def _named(some: Sequence[CompoundReport], *, zh: bool) -> str:
    names = [(zh and one.name_zh) or one.name or one.id for one in some]
    rest = len(names) - _MOST_NAMED
    listed = ("、" if zh else ", ").join(names[:_MOST_NAMED])
    if rest <= 0:
        return listed
    return f"{listed}等 {len(names)} 个" if zh else f"{listed} and {rest} more"


def _shares(months: Sequence[Month], places: Geography) -> NDArray[np.float64]:
    """Return which part of the months each compound has stood."""
    return np.array(
        [sum(q.stood(one) for one in months) / len(months) for q in places.compounds]
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

    None where no sum is shown, or none that is tells anything.
    """
    if all(text in SILENT for text in said):
        return None, 0.0
    told = np.array([text != WITHHELD for text in said], np.bool_)
    likely = sum(float(np.mean(could_be(t, config))) for t in said if t != WITHHELD)
    rate = (likely + 0.5) / float(households[told].sum())
    return fit_said(said, households * rate, config, rolling=True), rate


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
