"""Years of publications of a small city with one port, and who reads all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from tests.capabilities.safety_index.sample import areas, config, tally, years

from gengfu.capabilities.safety_index.rules.disclosing import Issue, disclose
from gengfu.capabilities.safety_index.rules.document import (
    HIDDEN,
    HIDDEN_TO,
    WITHHELD,
    Made,
    Publication,
)
from gengfu.capabilities.safety_index.rules.expecting import base_for, expect
from gengfu.capabilities.safety_index.rules.geography import AreaFacts, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.published_counts import (
    SaidCounts,
    said_of,
)
from gengfu.capabilities.safety_index.rules.tally import MonthCounts, count

CONFIG = config()
FIRST_PUBLIC, SECOND_BASE = 2026, 2029
MOST_HISTORIES = 200
_FAR = 12
MADE = Made(
    code="0", config_name="", config_version="", config_sha256="", areas_sha256="",
    events=(), earlier=(),
)  # fmt: skip
ISSUE = Issue(city="Some city", city_zh="某市", timezone="UTC", simulated=True)

type Counts = Mapping[Month, MonthCounts]
type Said = Callable[[Counts], Mapping[Month, SaidCounts]]
"""What a publisher makes base years of, given exact counts."""


def city(towns: int) -> tuple[AreaFacts, ...]:
    """Return towns and one port: the only area of its kind."""
    every = areas(towns)
    port = replace(
        every[-1], id="port", name="Port", name_zh="港区", kind="port", present=6000.0
    )
    return (*every, port)


@dataclass
class Years:
    """A city, its exact counts and everything that it published."""

    areas: tuple[AreaFacts, ...]
    counts: Counts
    published: Mapping[Month, Publication]

    @cached_property
    def places(self):
        return lay_out(self.areas, CONFIG, "areas")

    @cached_property
    def _said(self):
        earlier = [p for m, p in self.published.items() if m.year < SECOND_BASE]
        return said_of(earlier, self.places, CONFIG)

    def from_publications(self, counts: Counts) -> Mapping[Month, SaidCounts]:
        """Return what the disclosure step makes base years of."""
        del counts
        return self._said

    def from_exact_counts(self, counts: Counts) -> Mapping[Month, SaidCounts]:
        """Return what a careless publisher makes them of: exact counts."""
        strata = len(self.places.strata[0])
        return {
            month: SaidCounts(
                events=counts[month].events.astype(float),
                ended=np.zeros((strata, len(CONFIG.domains))),
            )
            for month in self.published
            if month < Month(SECOND_BASE, 1)
        }


def publish_years(towns: int = 8, calendar: Sequence[int] = range(1, 13)) -> Years:
    """Publish some calendar months of four years, of which three are a second base."""
    places = city(towns)
    geography = lay_out(places, CONFIG, "areas")
    counts = {
        month: count(tally(month, places), geography, CONFIG)
        for month in years(2023, Month(SECOND_BASE, 12))
    }
    published: dict[Month, Publication] = {}
    for year in range(FIRST_PUBLIC, SECOND_BASE + 1):
        for at in calendar:
            month = Month(year, at)
            before = list(published.values())
            published[month] = disclose(
                month, counts, geography, CONFIG, ISSUE, MADE, before=before
            )
    return Years(places, counts, published)


def told_by_what_is_expected(
    known: Years, said: Said
) -> tuple[int, list[tuple[Month, str, str]]]:
    """Return how many cells hidden in base years were tried, and which are recovered.

    The intruder knows the method, the people, every exact count of the city but the
    hidden ones of one month and domain, and what the publisher says is expected in
    the months after. He tries every history of those counts that gives the table
    that was published, and keeps those that make the same expectations.
    """
    tried, recovered = 0, list[tuple[Month, str, str]]()
    after = [m for m in known.published if m.year == SECOND_BASE]
    for month in (m for m in known.published if m.year < SECOND_BASE):
        same = [one for one in after if one.month == month.month]
        for d, domain in enumerate(CONFIG.domains):
            hidden, histories = histories_of(known, month, d)
            if not hidden or len(histories) > MOST_HISTORIES:
                continue
            truth = known.counts[month].events[hidden, d].tolist()
            shown = _expectations(known, known.counts, said, same)
            kept = [
                history
                for history in histories
                if history == truth
                or np.array_equal(
                    _expectations(
                        known,
                        _with(known.counts, month, hidden, d, history),
                        said,
                        same,
                    ),
                    shown,
                )
            ]
            tried += len(hidden)
            recovered += [
                (month, known.places.places[place].id, domain.code)
                for at, place in enumerate(hidden)
                if len({history[at] for history in histories}) > 1
                and len({history[at] for history in kept}) == 1
            ]
    return tried, recovered


def histories_of(
    known: Years, month: Month, d: int
) -> tuple[list[int], list[list[int]]]:
    """Return the hidden places of a domain and all counts that give the same table."""
    found = known.published[month]
    texts = [place.parts[d].events for place in found.places]
    hidden = [at for at, text in enumerate(texts) if text in {HIDDEN, WITHHELD}]
    total = dict(found.totals)[CONFIG.domains[d].code]
    rest = None
    if total.isdecimal():
        rest = int(total) - sum(int(text) for text in texts if text.isdecimal())
    choices: list[Sequence[int]] = []
    for at in hidden:
        if texts[at] == HIDDEN:
            choices.append(range(1, HIDDEN_TO + 1))
        else:
            most = int(known.counts[month].events[at, d]) + _FAR
            choices.append((0, *range(HIDDEN_TO + 1, most)))
    found_all = list[list[int]]()
    for history in _adding_up(choices, rest):
        found_all.append(history)
        if len(found_all) > MOST_HISTORIES:
            break
    return hidden, found_all


def _adding_up(
    choices: Sequence[Sequence[int]], rest: int | None
) -> Iterator[list[int]]:
    if not choices:
        if not rest:
            yield []
        return
    least = sum(min(some) for some in choices[1:])
    for value in choices[0]:
        if rest is None or value + least <= rest:
            left = None if rest is None else rest - value
            for others in _adding_up(choices[1:], left):
                yield [value, *others]


def _with(
    counts: Counts, month: Month, hidden: list[int], d: int, history: list[int]
) -> Counts:
    events = counts[month].events.copy()
    events[hidden, d] = history
    return {**counts, month: replace(counts[month], events=events)}


def _expectations(
    known: Years, counts: Counts, said: Said, months: Sequence[Month]
) -> NDArray[np.float64]:
    """Return expected events as they are published: to a tenth."""
    places, heard = known.places, said(counts)
    return np.array(
        [
            np.round(
                expect(
                    one, base_for(one, counts, places, CONFIG, heard), places
                ).events,
                1,
            )
            for one in months
        ]
    )
