"""Counts of events by place and domain, and what was left out of them and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .config import IndexConfig
from .geography import Geography
from .periods import Month

POLICE = "police"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTally:
    """A month's events by area, kind and who began them; one row a combination.

    `events` are distinct: repeats of the same event are counted in `repeats` alone.
    An area is empty where the place of the events is not known.
    """

    month: Month
    version: int
    sha256: str
    area: Sequence[str]
    kind: Sequence[str]
    initiated_by: Sequence[str]
    events: NDArray[np.int64]
    repeats: NDArray[np.int64]
    deaths: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Events of a month that are in no figure, by reason; none is dropped unsaid."""

    repeats: int
    police: int
    no_domain: int
    no_place: int
    unknown_area: int

    @property
    def total(self) -> int:
        """How many."""
        return (
            self.repeats
            + self.police
            + self.no_domain
            + self.no_place
            + self.unknown_area
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCounts:
    """A month as the index sees it: P places, D domains, Q compounds, K their kinds.

    `ended` are events and deaths of areas that were divided since, by S strata: none of
    a place, but some of the base years.
    """

    month: Month
    events: NDArray[np.int64]  # (P, D)
    deaths: NDArray[np.int64]  # (P, D)
    compounds: NDArray[np.int64]  # (Q, K)
    ended: NDArray[np.int64]  # (2, S, D)
    left_out: LeftOut


def count(tally: MonthTally, places: Geography, config: IndexConfig) -> MonthCounts:
    """Sum a month's rows by place and domain.

    Deaths in events of the domains count whoever began the event.
    """
    domain = _coded(tally.kind, {k: config.domain_of(k) for k in set(tally.kind)})
    place = _coded(tally.area, places.place_of)
    police = np.array([who == POLICE for who in tally.initiated_by], np.bool_)
    nowhere = np.array([not area for area in tally.area], np.bool_)
    good = ~police & (domain >= 0) & (place >= 0)
    events = np.zeros((len(places.places), len(config.domains)), np.int64)
    np.add.at(events, (place[good], domain[good]), tally.events[good])
    deaths = np.zeros_like(events)
    fatal = (domain >= 0) & (place >= 0)
    np.add.at(deaths, (place[fatal], domain[fatal]), tally.deaths[fatal])
    stratum = _coded(tally.area, places.ended)
    ended = np.zeros((2, len(places.strata[0]), len(config.domains)), np.int64)
    there = (domain >= 0) & (stratum >= 0)
    of_all = there & ~police
    np.add.at(ended[0], (stratum[of_all], domain[of_all]), tally.events[of_all])
    np.add.at(ended[1], (stratum[there], domain[there]), tally.deaths[there])
    kind = _coded(tally.kind, {k: config.compound_kind_of(k) for k in set(tally.kind)})
    home = _coded(tally.area, places.compound_of)
    near = ~police & (kind >= 0) & (home >= 0)
    compounds = np.zeros((len(places.compounds), len(config.compound_kinds)), np.int64)
    np.add.at(compounds, (home[near], kind[near]), tally.events[near])
    theirs = ~police & (domain >= 0) & (place < 0)
    return MonthCounts(
        month=tally.month,
        events=events,
        deaths=deaths,
        compounds=compounds,
        ended=ended,
        left_out=LeftOut(
            repeats=int(tally.repeats.sum()),
            police=int(tally.events[police].sum()),
            no_domain=int(tally.events[~police & (domain < 0)].sum()),
            no_place=int(tally.events[theirs & nowhere].sum()),
            unknown_area=int(tally.events[theirs & ~nowhere].sum()),
        ),
    )


def _coded(names: Sequence[str], codes: Mapping[str, int]) -> NDArray[np.int64]:
    return np.fromiter((codes.get(n, -1) for n in names), np.int64, len(names))
