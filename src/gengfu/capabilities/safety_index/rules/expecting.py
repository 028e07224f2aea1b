"""How many events were to be expected: people and days, at the rate of base years."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .config import IndexConfig
from .geography import Geography
from .periods import Month
from .tally import MonthCounts

LINK_MONTHS = 12
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What base years say: rates by stratum, domain and calendar month.

    `years` are those that have data; `thin` are the stratum, domain and calendar month
    whose rate was taken from the whole years and the city's season. `link` is what a
    domain's rates are multiplied with so that scores go on from the first base's.
    """

    years: tuple[int, ...]
    wanted: tuple[int, ...]
    rates: NDArray[np.float64]  # (S, D, 12) events per person and day
    death_rate: float  # deaths per person and day
    link: NDArray[np.float64]  # (D,)
    thin: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Expected events of a month, and deaths of the twelve months up to it."""

    events: NDArray[np.float64]  # (P, D)
    deaths: NDArray[np.float64]  # (P,)


def base_for(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
) -> Base:
    """Work out the base that a month is judged by, linked to those before it.

    Raises:
        BadInput: no base year has a month of data.

    """
    base = _unlinked(config.base_of(month.year), counts, places, config)
    link = np.ones(len(config.domains))
    step = config.base_years
    for begins in range(config.base_first_year + step, base.wanted[0] + 1, step):
        # The year in which the new base took over: both bases know what to expect.
        over = Month(begins + step, 1)
        older = _unlinked(config.base_of(over.year - 1), counts, places, config)
        newer = _unlinked(config.base_of(over.year), counts, places, config)
        months = list(over.later(-1).back(LINK_MONTHS))
        link *= _total(older, months, places) / _total(newer, months, places)
    return Base(
        years=base.years,
        wanted=base.wanted,
        rates=base.rates * link[None, :, None],
        death_rate=base.death_rate,
        link=link,
        thin=base.thin,
    )


def expect(
    month: Month, base: Base, places: Geography, *, death_days: int | None = None
) -> Expected:
    """Return what a month was expected to bring to each place.

    `death_days` are the days of which deaths are counted: of twelve months unless said.
    """
    _, stratum = places.strata
    days = death_days
    if days is None:
        days = sum(one.days for one in month.back(MONTHS))
    return Expected(
        events=(places.present * month.days)[:, None]
        * base.rates[stratum, :, month.month - 1],
        deaths=places.present * days * base.death_rate,
    )


def _total(base: Base, months: list[Month], places: Geography) -> NDArray[np.float64]:
    sums = [np.nansum(expect(one, base, places).events, axis=0) for one in months]
    return np.maximum(np.sum(sums, axis=0), np.finfo(np.float64).tiny)


def _unlinked(
    years: range,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
) -> Base:
    held = [
        Month(year, month)
        for year in years
        for month in range(1, MONTHS + 1)
        if Month(year, month) in counts
    ]
    if not held:
        raise BadInput(
            f"no events of the base years {years[0]}-{years[-1]}: the index compares"
            " with them"
        )
    kinds, stratum = places.strata
    if not config.strata:
        kinds, stratum = ("",), np.zeros(len(places.places), np.int64)
    counted = np.isfinite(places.present)
    people = np.bincount(
        stratum[counted], places.present[counted], minlength=len(kinds)
    )
    events = np.zeros((len(kinds), len(config.domains), MONTHS))
    person_days = np.zeros((len(kinds), MONTHS))
    deaths = 0
    for month in held:
        found = counts[month]
        at = month.month - 1
        np.add.at(events[:, :, at], stratum[counted], found.events[counted])
        person_days[:, at] += people * month.days
        deaths += int(found.deaths[counted].sum())
        gone, died = found.ended  # their people live in areas that are newer
        events[:, :, at] += gone if config.strata else gone.sum(axis=0)
        deaths += int(died.sum())
    rates, thin = _rates(events, person_days, config.base_least_events)
    return Base(
        years=tuple(sorted({month.year for month in held})),
        wanted=tuple(years),
        rates=rates if config.strata else np.repeat(rates, len(places.strata[0]), 0),
        death_rate=deaths / float(person_days.sum()),
        link=np.ones(len(config.domains)),
        thin=thin,
    )


def _rates(
    events: NDArray[np.float64], person_days: NDArray[np.float64], least: int
) -> tuple[NDArray[np.float64], tuple[tuple[int, int, int], ...]]:
    """Return events per person-day; months with too few take the year's and a season.

    The season is the city's: a calendar month's rate over the whole years' rate.
    Half an event is added where none was seen at all, so that nothing is expected
    with certainty never to happen.
    """
    city = events.sum(axis=0)  # (D, 12)
    city_days = person_days.sum(axis=0)
    city_rate = (city.sum(axis=1) + 0.5) / city_days.sum()
    month_rate = np.divide(
        city + 0.5, city_days, out=np.zeros_like(city), where=city_days > 0
    )
    season = np.where(city_days > 0, month_rate / city_rate[:, None], 1.0)
    whole_days = person_days.sum(axis=1)
    whole = np.where(
        whole_days[:, None] > 0,
        (events.sum(axis=2) + 0.5)
        / np.maximum(whole_days, np.finfo(np.float64).tiny)[:, None],
        city_rate[None, :],
    )
    rates = np.empty_like(events)
    thin: list[tuple[int, int, int]] = []
    for where in np.ndindex(events.shape):
        stratum, domain, at = where
        if events[where] >= least and person_days[stratum, at] > 0:
            rates[where] = events[where] / person_days[stratum, at]
        else:
            rates[where] = whole[stratum, domain] * season[domain, at]
            thin.append((stratum, domain, at))
    return rates, tuple(thin)
