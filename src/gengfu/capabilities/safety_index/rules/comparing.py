"""Figures that other cities publish, for comparison alone and labelled so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import Said

from .config import IndexConfig
from .document import HIDDEN, Comparison, PlaceReport, Publication
from .geography import Geography
from .hiding import rolling_text
from .periods import Month
from .published_counts import SaidCounts
from .tally import MonthCounts

TRAFFIC = "traffic"
_PER = 10_000
_MONTHS = 12


def comparisons(
    month: Month,
    deaths: NDArray[np.int64],
    counts: Mapping[Month, MonthCounts],
    said: Mapping[Month, SaidCounts],
    places: Geography,
    config: IndexConfig,
    reports: Sequence[PlaceReport],
    issued: Sequence[Publication],
) -> tuple[Comparison, ...]:
    """Return the labelled comparisons that the data allow.

    Of what earlier issues of the month did not tell, nothing is told.
    """
    found = (
        _huizhou(month, counts, said, places, config, reports),
        _traffic_deaths(deaths, places, config),
    )
    return tuple(_as_silent(one, issued) for one in found if one is not None)


def _as_silent(found: Comparison, issued: Sequence[Publication]) -> Comparison:
    before = [one for each in issued for one in each.comparisons]
    for one in (one for one in before if one.code == found.code):
        told = {area for area, _ in one.of_area}
        found = replace(
            found,
            value=None if one.value is None else found.value,
            of_area=tuple(row for row in found.of_area if row[0] in told),
        )
    return found


def _huizhou(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    said: Mapping[Month, SaidCounts],
    places: Geography,
    config: IndexConfig,
    reports: Sequence[PlaceReport],
) -> Comparison | None:
    """Weigh rates per 10,000 people against the city's mean of the last calendar year.

    Only for places all of whose counts are shown: it is made from them. Huizhou's
    deaths stay out, for a month's are so few that they point to people. Months that
    were published count as they were published: the exact sum of a year, eleven of
    its months shown, would tell the twelfth.
    """
    year = list(Month(month.year - 1, _MONTHS).back(_MONTHS))
    public = [said[one].events for one in year if one in said]
    secret = [
        counts[one].events
        for one in year
        if one in counts and one not in said and one.year < config.open_from
    ]
    people = float(np.nansum(places.present))
    if not public + secret or people <= 0:
        return None
    sums = np.sum([events.sum(axis=0) for events in public], axis=0)
    if secret:
        sums = sums + np.array(
            [_told(int(n), config) or 0.0 for n in np.sum(secret, axis=(0, 1))]
        )
    mean = sums / len(public + secret) * _PER / people
    values: list[tuple[str, float]] = []
    for report in reports:
        rates = [part.per_10_000 for part in report.parts]
        if any(rate is None for rate in rates) or not mean.all():
            continue
        weighed = sum(
            domain.weight * float(rate or 0.0) / float(before)
            for domain, rate, before in zip(config.domains, rates, mean, strict=True)
        )
        values.append((report.id, round(100.0 * weighed, 1)))
    return Comparison(
        code="weighed-rates",
        said=Said(
            "For comparison: weighed rates per 10,000 present people against the"
            " city's mean of the calendar year before (100 = that mean), as Huizhou"
            " published in 2016, but without the deaths that it subtracted. Small"
            " places swing by chance; it is not our index.",
            "仅供对比：按每万实有人口加权警情率与上一自然年全市月均值之比"
            "（100 为均值），参照惠州 2016 年公布的做法，但未扣减死亡人数。"
            "小地方受偶然影响大，不是本指数。",
        ),
        value=None,
        of_area=tuple(values),
    )


def _traffic_deaths(
    of_places: NDArray[np.int64], places: Geography, config: IndexConfig
) -> Comparison | None:
    codes = [domain.code for domain in config.domains]
    vehicles = float(np.nansum([place.vehicles for place in places.places]))
    if TRAFFIC not in codes or vehicles <= 0:
        return None
    deaths = _told(int(of_places[:, codes.index(TRAFFIC)].sum()), config)
    return Comparison(
        code="traffic-deaths",
        said=Said(
            "Traffic deaths of twelve months per 10,000 vehicles"
            " (China 2020: 1.66, National Bureau of Statistics)",
            "近十二个月道路交通万车死亡率（全国 2020 年为 1.66，国家统计局）",
        ),
        value=None if deaths is None else round(deaths * _PER / vehicles, 2),
    )


def _told(events: int, config: IndexConfig) -> float | None:
    """Return a sum over months as it may be told; None for a small one.

    Rounded: the exact sums of this month and the next would give single months away.
    """
    text = rolling_text(events, config)
    return None if text == HIDDEN else float(text)
