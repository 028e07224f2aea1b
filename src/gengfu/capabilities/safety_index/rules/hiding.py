"""Which counts of a month are shown, and what anybody may take the others to be.

The index is worked out from the counts that are shown. In place of a hidden one stands
its mean given what is said of it ("<5", or neither small nor shown), so scores, bands
and ranks are functions of what is published: they cannot tell more than it does.

What was published earlier of the same month binds: a cell once hidden stays hidden,
and nothing new may narrow down what was hidden then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gengfu.science import disclosure
from gengfu.science.disclosure import Layout, Mark, Published, Tree

from .config import IndexConfig
from .document import HIDDEN, HIDDEN_TO, WITHHELD, Publication
from .expecting import Expected
from .geography import Geography
from .periods import Month

CITY = "\x1fcity"
"""The root of the areas; no area's id holds that character."""

type Longs = NDArray[np.int64]
type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An earlier issue of the same month, with the counts that it was made from."""

    publication: Publication
    events: Longs  # (P, D)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is said of a month's counts, as texts, and the counts anybody would take.

    `events` (P, D) and `deaths` (P,) are what the index is worked out from: the shown
    counts, and for hidden ones their means given what is said. `exposed` counts small
    cells that earlier issues gave away already.
    """

    texts: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...]
    deaths_texts: tuple[str, ...]
    events: Floats
    deaths: Floats
    exposed: int


def show(
    month: Month,
    events: Longs,
    deaths: Longs,
    expected: Expected,
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
    said = [rolling_text(int(number), config) for number in deaths]
    return Shown(
        texts=texts[1:],
        totals=texts[0],
        deaths_texts=tuple(said),
        events=_taken(texts[1:], expected.events),
        deaths=_taken([(text,) for text in said], expected.deaths[:, None])[:, 0],
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
    rows: Mapping[str, tuple[str, ...]] = {
        place.id: tuple(part.events for part in place.parts)
        for place in publication.places
    } | {CITY: tuple(text for _, text in publication.totals)}
    nothing = ("",) * len(config.domains)
    texts = [rows.get(name, nothing) for name in layout.areas.names]
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


def _taken(texts: Sequence[Sequence[str]], expected: Floats) -> Floats:
    """Return shown counts as they are, hidden ones by their mean given what is said.

    The mean is a Poisson's around what was expected, times how much more than that
    the shown counts of the domain are.
    """
    said = np.array(texts, np.str_)
    open_to_all = ~np.isin(said, [HIDDEN, WITHHELD])
    shown = np.zeros(said.shape)
    shown[open_to_all] = said[open_to_all].astype(np.float64)
    known = open_to_all & np.isfinite(expected)
    more = (np.sum(shown, axis=0, where=known) + 0.5) / (
        np.sum(expected, axis=0, where=known) + 0.5
    )
    mean = np.nan_to_num(expected * more, nan=float(HIDDEN_TO))
    small = _mean_within(mean, 1, HIDDEN_TO)
    taken = np.where(said == HIDDEN, small, shown)
    return np.where(said == WITHHELD, np.maximum(mean, HIDDEN_TO + 1.0), taken)


def _mean_within(mean: Floats, least: int, most: int) -> Floats:
    """Return the mean of Poisson counts that lie between two bounds, included."""
    counts = np.arange(least, most + 1, dtype=np.float64)
    around = np.maximum(mean, 1e-9)[..., None]
    log_chance: Floats = np.asarray(stats.poisson.logpmf(counts, around))
    chance = np.exp(log_chance - log_chance.max(axis=-1, keepdims=True))
    return (chance * counts).sum(axis=-1) / chance.sum(axis=-1)


def _texts(table: Published) -> tuple[tuple[str, ...], ...]:
    words = {int(Mark.SMALL): HIDDEN, int(Mark.WITHHELD): WITHHELD}
    return tuple(
        tuple(
            words.get(int(mark), str(int(count)))
            for mark, count in zip(marks, counts, strict=True)
        )
        for marks, counts in zip(table.marks, table.low, strict=True)
    )
