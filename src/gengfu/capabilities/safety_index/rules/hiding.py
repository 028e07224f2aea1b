"""Which counts of a month may be shown, and how finely figures made from hidden ones.

What was published earlier of the same month binds: a cell once hidden stays hidden,
and nothing new may narrow down what was hidden then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from gengfu.science import disclosure
from gengfu.science.disclosure import Coarse, Figure, Layout, Mark, Published, Tree
from gengfu.science.rates import RatePosterior, scores

from .compiling import Compiled, band_rules, scale_of
from .config import IndexConfig
from .document import HIDDEN, HIDDEN_TO, WITHHELD, Publication
from .geography import Geography

CITY = "\x1fcity"
"""The root of the areas; no area's id holds that character."""
_BAND_STEP = 1000.0
"""Far above all steps of a figure: rounding never makes one band another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An earlier issue of the same month, with the counts that it was made from."""

    publication: Publication
    events: NDArray[np.int64]  # (P, D)
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What may be said of a month's counts.

    `events` are texts, (P, D); `totals` those of the city. `scores` holds for each
    rated place its score, low and high end and the step, or None where no step would
    do. `figures` are what the scores tell, for later issues and for the attack test.
    """

    table: Published
    events: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...]
    deaths: tuple[str, ...]
    scores: tuple[Coarse | None, ...]
    figures: tuple[Figure, ...]
    exposed: int


def hide(
    compiled: Compiled,
    places: Geography,
    config: IndexConfig,
    earlier: Sequence[Issued] = (),
) -> Hidden:
    """Decide what is shown; `earlier` are the issues of this month so far, in order."""
    layout = layout_of(places, config)
    name = str(compiled.month)
    month = disclosure.Month(name, len(earlier) + 1)
    counts = {
        disclosure.Month(name, number): issued.events
        for number, issued in enumerate(earlier, 1)
    }
    counts[month] = compiled.counts.events
    found = disclosure.suppress(
        layout,
        counts,
        [(month,)],
        memory=[
            told(issued.publication, layout, config, number)
            for number, issued in enumerate(earlier, 1)
        ],
        figures=tuple(chain.from_iterable(issued.figures for issued in earlier)),
        smallest_shown=HIDDEN_TO + 1,
    )
    (table,) = found.published
    histories = [history[month] for history in found.other_histories]
    texts = _texts(table)
    deaths = compiled.deaths_12m.sum(axis=1)
    coarse: list[Coarse | None] = []
    figures: list[Figure] = []
    for at, place in enumerate(compiled.rated.tolist()):
        hidden = np.flatnonzero(table.hidden[place + 1]).tolist()
        open_to = [
            sorted({int(h[place, d]) for h in histories} | {_count(compiled, place, d)})
            for d in hidden
        ]
        fatal = _rounding_same(int(deaths[place]), config)
        made = _coarse_score(compiled, config, at, hidden, open_to, fatal)
        coarse.append(made)
        if made is not None and hidden:
            cells = [disclosure.Cell((month,), place + 1, d) for d in hidden]
            allowed = sorted({each[: len(hidden)] for each in made.allowed})
            figures.append(Figure(tuple(cells), tuple(allowed)))
    return Hidden(
        table=table,
        events=texts[1:],
        totals=texts[0],
        deaths=tuple(rolling_text(int(count), config) for count in deaths),
        scores=tuple(coarse),
        figures=tuple(figures),
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


def _rounding_same(count: int, config: IndexConfig) -> list[int]:
    """Return the counts that are said as this one is."""
    said = rolling_text(count, config)
    reach = config.deaths_rounded_to + HIDDEN_TO
    near = range(max(count - reach, 0), count + reach + 1)
    return [other for other in near if rolling_text(other, config) == said]


def _texts(table: Published) -> tuple[tuple[str, ...], ...]:
    words = {int(Mark.SMALL): HIDDEN, int(Mark.WITHHELD): WITHHELD}
    return tuple(
        tuple(
            words.get(int(mark), str(int(count)))
            for mark, count in zip(marks, counts, strict=True)
        )
        for marks, counts in zip(table.marks, table.low, strict=True)
    )


def _count(compiled: Compiled, place: int, domain: int) -> int:
    return int(compiled.counts.events[place, domain])


def _coarse_score(
    compiled: Compiled,
    config: IndexConfig,
    at: int,
    hidden: Sequence[int],
    open_to: Sequence[Sequence[int]],
    fatal: Sequence[int],
) -> Coarse | None:
    """Return the score of the rated place `at` at the finest step that tells nothing.

    Hidden are some domains' counts and the deaths behind their rounded sum.
    """
    place = int(compiled.rated[at])
    rules = band_rules(config)
    codes = [rule.band for rule in rules]
    weights = {domain.code: domain.weight for domain in config.domains}
    truth = [_count(compiled, place, d) for d in hidden]
    choices = list(open_to)
    uncertain = compiled.deaths is not None and len(fatal) > 1
    if uncertain:
        truth.append(int(compiled.deaths_12m[place].sum()))
        choices.append(fatal)

    known = dict.fromkeys([tuple(truth), *product(*choices)])
    tried = np.array(list(known), np.float64).reshape(len(known), len(truth))
    same = [at] * len(tried)
    risks = {
        domain.code: _with_counts(risk.only(same), tried, hidden, d)
        for d, (domain, risk) in enumerate(
            zip(config.domains, compiled.risks, strict=True)
        )
    }
    deaths = None if compiled.deaths is None else compiled.deaths.only(same)
    if deaths is not None and uncertain:
        deaths = replace(deaths, counts=tried[:, -1].copy())
    made = scores(
        risks,
        weights,
        deaths,
        scale=scale_of(config),
        rules=rules,
        fdr=config.false_discovery,
        level=config.interval,
    )
    number = {code: n * _BAND_STEP for n, code in enumerate(codes, 1)}
    figures = {
        counts: (*ends, number.get(band, 0.0))
        for counts, *ends, band in zip(
            known,
            made.score.tolist(),
            made.low.tolist(),
            made.high.tolist(),
            made.bands,
            strict=True,
        )
    }
    return disclosure.coarsen(lambda counts: figures[counts], truth, choices)


def _with_counts(
    risk: RatePosterior, tried: NDArray[np.float64], hidden: Sequence[int], domain: int
) -> RatePosterior:
    """Return a place's risk for each of the counts tried.

    What other counts would say of the other places is left as it is: nobody outside
    knows those places' hidden counts either.
    """
    if domain not in hidden:
        return risk
    return replace(risk, counts=tried[:, hidden.index(domain)].copy())
