"""How many events were to be expected: people and days, at the rate of base years.

What is expected is published, so it is made from what may be public: months before the
first publication by sums of which small ones are not told, and months that were
published as they were published (`published_counts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .config import IndexConfig
from .geography import Geography
from .hiding import likely_sum
from .periods import Month
from .published_counts import SaidCounts, likely_sums
from .tally import MonthCounts

LINK_MONTHS = 12
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What base years say: rates by stratum, domain and calendar month.

    `years` are those that have data; `thin` are the stratum, domain and calendar month
    whose rate was taken from the whole years and the city's season. `link` is what a
    domain's rates are multiplied with so that scores go on from the first base's.
    `unpublished` are months that have events but, of those that could have been
    published, no publication: they are left out.
    """

    years: tuple[int, ...]
    wanted: tuple[int, ...]
    rates: NDArray[np.float64]  # (S, D, 12) events per person and day
    death_rate: float  # deaths per person and day
    link: NDArray[np.float64]  # (D,)
    thin: tuple[tuple[int, int, int], ...]
    unpublished: tuple[Month, ...] = ()


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
    said: Mapping[Month, SaidCounts],
) -> Base:
    """Work out the base that a month is judged by, linked to those before it.

    Args:
        month: the month that is judged.
        counts: exact counts; of months that may be public, their deaths alone are used.
        places: today's areas.
        config: which years are the base, and how many events a rate needs.
        said: what was published of earlier months.

    Raises:
        BadInput: no base year has a month of data, or none that was published.

    """
    made: dict[range, Base] = {}  # a new base is the older one of the next link

    def unlinked(year: int) -> Base:
        years = config.base_of(year)
        if years not in made:
            made[years] = _unlinked(years, counts, places, config, said)
        return made[years]

    base = unlinked(month.year)
    link = np.ones(len(config.domains))
    step = config.base_years
    for begins in range(config.base_first_year + step, base.wanted[0] + 1, step):
        # The year in which the new base took over: both bases know what to expect.
        over = Month(begins + step, 1)
        older, newer = unlinked(over.year - 1), unlinked(over.year)
        months = list(over.later(-1).back(LINK_MONTHS))
        link *= _total(older, months, places) / _total(newer, months, places)
    return replace(base, rates=base.rates * link[None, :, None], link=link)


def expect(
    month: Month,
    base: Base,
    places: Geography,
    *,
    of_deaths: Sequence[Month] | None = None,
) -> Expected:
    """Return what a month was expected to bring to each place.

    `of_deaths` are the months of which deaths are counted: twelve unless said. A place
    that began since is expected to have had deaths from its first month on.
    """
    months = list(month.back(MONTHS)) if of_deaths is None else of_deaths
    days = np.array(
        [
            sum(one.days for one in months if place.stood(one))
            for place in places.places
        ],
        np.int64,
    )
    return Expected(
        events=_events(month, base, places),
        deaths=places.present * days * base.death_rate,
    )


def _events(month: Month, base: Base, places: Geography) -> NDArray[np.float64]:
    _, stratum = places.strata
    people_days = (places.present * month.days)[:, None]
    return people_days * base.rates[stratum, :, month.month - 1]


def _total(base: Base, months: list[Month], places: Geography) -> NDArray[np.float64]:
    sums = [np.nansum(_events(one, base, places), axis=0) for one in months]
    return np.maximum(np.sum(sums, axis=0), np.finfo(np.float64).tiny)


def _unlinked(
    years: range,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
    said: Mapping[Month, SaidCounts],
) -> Base:
    of_years = [Month(year, month) for year in years for month in range(1, MONTHS + 1)]
    known = [month for month in of_years if month in counts or month in said]
    secret = [
        month for month in known if month not in said and month.year < config.open_from
    ]
    held = [month for month in known if month in said or month in secret]
    if not known:
        raise BadInput(
            f"no events of the base years {years[0]}-{years[-1]}: the index compares"
            " with them"
        )
    if not held:
        raise BadInput(
            f"of the base years {years[0]}-{years[-1]} no publication is at hand: what"
            " is expected is made from what was published, so build beside it"
        )
    kinds, stratum = places.strata
    if not config.strata:
        kinds, stratum = ("",), np.zeros(len(places.places), np.int64)
    counted = np.isfinite(places.present)
    people = np.bincount(
        stratum[counted], places.present[counted], minlength=len(kinds)
    )
    shape = (len(kinds), len(config.domains), MONTHS)
    told, untold = np.zeros(shape), np.zeros(shape)
    person_days, secret_days = (np.zeros((len(kinds), MONTHS)) for _ in range(2))
    for month in held:
        at = month.month - 1
        person_days[:, at] += people * month.days
        if month in said:
            events, gone, sums = said[month].events, said[month].ended, told
        else:
            events, gone, sums = counts[month].events, counts[month].ended[0], untold
            secret_days[:, at] += people * month.days
        np.add.at(sums[:, :, at], stratum[counted], events[counted])
        # The people of areas that were divided live in areas that are newer.
        sums[:, :, at] += gone if config.strata else gone.sum(axis=0)
    told += likely_sums(untold, np.repeat(secret_days[:, None], shape[1], axis=1))
    rates, thin = _rates(told, person_days, config.base_least_events)
    return Base(
        years=tuple(sorted({month.year for month in held})),
        wanted=tuple(years),
        rates=rates if config.strata else np.repeat(rates, len(places.strata[0]), 0),
        death_rate=_death_rate(known, counts, places, config),
        link=np.ones(len(config.domains)),
        thin=thin,
        unpublished=tuple(month for month in known if month not in held),
    )


def _death_rate(
    known: Sequence[Month],
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
) -> float:
    """Return deaths per person and day; their sum is rounded as all sums of deaths."""
    counted = np.isfinite(places.present)
    months = [month for month in known if month in counts]
    deaths = sum(
        int(counts[month].deaths[counted].sum() + counts[month].ended[1].sum())
        for month in months
    )
    days = sum(month.days for month in months)
    people = float(places.present[counted].sum())
    return likely_sum(deaths, config) / (people * days) if people and days else 0.0


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
