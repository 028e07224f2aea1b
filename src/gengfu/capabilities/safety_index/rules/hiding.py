"""Which counts of a month are shown.

The index is worked out from what is said of the counts (`hearsay`), so scores, bands
and ranks are functions of what is published: they cannot tell more than it does.

What was published earlier of the same month binds: a cell once hidden stays hidden,
and nothing new may narrow down what was hidden then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.science import disclosure
from gengfu.science.disclosure import Layout, Mark, Published, Tree

from .config import IndexConfig
from .document import HIDDEN, HIDDEN_TO, WITHHELD, Publication
from .geography import Geography
from .periods import Month
from .silence import kept_silent

CITY = "\x1fcity"
"""The root of the areas; no area's id holds that character."""

type Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An earlier issue of the same month, with the counts that it was made from."""

    publication: Publication
    events: Longs  # (P, D)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is said of events (P, D), of those of the whole city, and of deaths (P,).

    `exposed` counts small cells that earlier issues gave away already.
    """

    events: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...]
    deaths: tuple[str, ...]
    exposed: int


def show(
    month: Month,
    events: Longs,
    deaths: Longs,
    places: Geography,
    config: IndexConfig,
    earlier: Sequence[Issued] = (),
) -> Shown:
    """Decide what is shown; `earlier` are the issues of this month so far, in order.

    `events` (P, D) are the month's, `deaths` (P,) those of the months up to it.
    """
    layout = layout_of(places, config)
    name = str(month)
    this = disclosure.Month(name, len(earlier) + 1)
    counts = {
        disclosure.Month(name, number): issued.events
        for number, issued in enumerate(earlier, 1)
    }
    counts[this] = events
    found = disclosure.suppress(
        layout,
        counts,
        [(this,)],
        memory=[
            told(issued.publication, layout, config, number)
            for number, issued in enumerate(earlier, 1)
        ],
        smallest_shown=HIDDEN_TO + 1,
    )
    (table,) = found.published
    texts = _texts(table)
    return Shown(
        events=texts[1:],
        totals=texts[0],
        deaths=tuple(
            kept_silent(
                rolling_text(int(number), config),
                (
                    report.deaths_12m
                    for issued in earlier
                    for report in issued.publication.places
                    if report.id == place.id
                ),
            )
            for place, number in zip(places.places, deaths, strict=True)
        ),
        exposed=len(found.exposed),
    )


def layout_of(places: Geography, config: IndexConfig) -> Layout:
    """Return the city over its places, and the domains side by side."""
    areas: dict[str, str | None] = {CITY: None}
    areas |= {place.id: CITY for place in places.places}
    return Layout(Tree.of(areas), Tree.of({d.code: None for d in config.domains}))


def told(
    publication: Publication, layout: Layout, config: IndexConfig, version: int
) -> Published:
    """Return what an issue told of its month, as the intruder has it."""
    rows: Mapping[str, Mapping[str, str]] = {
        place.id: {part.domain: part.events for part in place.parts}
        for place in publication.places
    } | {CITY: dict(publication.totals)}
    texts = [
        [rows.get(name, {}).get(domain.code, "") for domain in config.domains]
        for name in layout.areas.names
    ]
    marks = np.full(layout.shape, Mark.ABSENT, np.int8)
    low = np.zeros(layout.shape, np.int64)
    high = np.full(layout.shape, 2**31, np.int64)
    for at, row in enumerate(texts):
        for d, text in enumerate(row):
            if text == HIDDEN:
                marks[at, d], low[at, d], high[at, d] = Mark.SMALL, 1, HIDDEN_TO
            elif text == WITHHELD:
                marks[at, d] = Mark.WITHHELD
            elif text:
                marks[at, d] = Mark.SHOWN
                low[at, d] = high[at, d] = int(text)
    months = (disclosure.Month(publication.period, version),)
    return Published(months, marks, low, high)


def rolling_text(count: int, config: IndexConfig) -> str:
    """Say a sum over months: rounded, so that two of them do not give a month away."""
    if count == 0:
        return "0"
    if count <= HIDDEN_TO:
        return HIDDEN
    step = config.deaths_rounded_to
    return str(max((count + step // 2) // step, 1) * step)


def could_be(text: str, config: IndexConfig) -> Sequence[int]:
    """Return the sums over months that are said like this."""
    if text == HIDDEN:
        return range(1, HIDDEN_TO + 1)
    around = int(text)
    reach = config.deaths_rounded_to
    near = range(max(around - reach, 0), around + reach + 1)
    return [other for other in near if rolling_text(other, config) == text]


def likely_sum(count: int, config: IndexConfig) -> float:
    """Return what a sum over months is taken to be: the mean of those said alike."""
    return float(np.mean(could_be(rolling_text(count, config), config)))


def _texts(table: Published) -> tuple[tuple[str, ...], ...]:
    words = {int(Mark.SMALL): HIDDEN, int(Mark.WITHHELD): WITHHELD}
    return tuple(
        tuple(
            words.get(int(mark), str(int(count)))
            for mark, count in zip(marks, counts, strict=True)
        )
        for marks, counts in zip(table.marks, table.low, strict=True)
    )
