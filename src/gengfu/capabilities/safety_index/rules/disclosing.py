"""The disclosure step: the only place where a publication is made.

What comes in is exact; what goes out may be read by anybody for ever. Every figure is
either shown by `hiding`, made from figures that are shown, or about the whole city.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from gengfu.kernel import Said
from gengfu.science.disclosure import Coarse, Figure
from gengfu.science.rates import rank_intervals

from .comparing import comparisons
from .compiling import Compiled, seed_of
from .compounds import compound_reports
from .config import Band, IndexConfig
from .document import (
    HIDDEN,
    HIDDEN_TO,
    WITHHELD,
    Correction,
    Made,
    Method,
    NamedBand,
    NamedPart,
    Part,
    PlaceReport,
    Publication,
    RankInterval,
    Ratio,
    Score,
    SignalShare,
    TrendPoint,
)
from .geography import Geography
from .hiding import Hidden, Issued, hide
from .periods import Month
from .quality import place_quality, quality_of
from .tally import MonthCounts

FORMAT = "gengfu-publication"
VERSION = 1
TREND_MONTHS = 24
ALIKE = 4
_PER = 10_000
_RATIO_STEP = 0.05
_LEAST_REACH = 0.5
"""Points: half a step of the finest rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What an issue is called: the city, its number, and what it corrects and why."""

    city: str
    city_zh: str
    timezone: str
    simulated: bool
    number: int = 1
    why: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """A publication, and what has to be remembered for later issues of its month."""

    publication: Publication
    figures: tuple[Figure, ...]
    exposed: int


def disclose(
    compiled: Compiled,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
    issue: Issue,
    made: Made,
    *,
    before: Sequence[Publication] = (),
    issued: Sequence[Issued] = (),
    signals: SignalShare | None = None,
) -> Disclosed:
    """Make the publication of a month.

    `before` are the newest issues of earlier months, for the trend; `issued` the
    earlier issues of this month.
    """
    hidden = hide(compiled, places, config, issued)
    shown = _scores(compiled, hidden, places)
    seed = seed_of(compiled.month, config)
    ranks = _ranks([score for score, _ in shown], config, seed)
    reports = tuple(
        _report(at, compiled, hidden, places, config, shown[at], ranks[at], before)
        for at in range(len(places.places))
    )
    corrects = None
    if issue.why is not None:
        corrects = Correction(issue=issue.number - 1, why=issue.why)
    publication = Publication(
        format=FORMAT,
        version=VERSION,
        city=issue.city,
        city_zh=issue.city_zh,
        timezone=issue.timezone,
        simulated=issue.simulated,
        period=str(compiled.month),
        issue=issue.number,
        corrects=corrects,
        made=made,
        method=_method(compiled, config),
        quality=quality_of(compiled, places, config, made, reports),
        places=reports,
        totals=tuple(
            (domain.code, text)
            for domain, text in zip(config.domains, hidden.totals, strict=True)
        ),
        compounds=compound_reports(compiled.month, counts, places, config),
        signals=signals,
        comparisons=comparisons(compiled, counts, places, config, reports),
    )
    return Disclosed(
        publication=publication, figures=hidden.figures, exposed=hidden.exposed
    )


type _Shown = tuple[Score | None, str]


def _scores(compiled: Compiled, hidden: Hidden, places: Geography) -> list[_Shown]:
    """Return each place's score and band; neither where it would tell a count."""
    found: list[_Shown] = [(None, "")] * len(places.places)
    for at, place in enumerate(compiled.rated.tolist()):
        coarse = hidden.scores[at]
        if coarse is not None:
            found[place] = (_score(coarse), compiled.result.bands[at])
    return found


def _score(coarse: Coarse) -> Score:
    value, low, high = (min(max(round(end), 0), 100) for end in coarse.values[:3])
    return Score(value=value, low=low, high=high, step=round(coarse.step))


def _ranks(
    scores: Sequence[Score | None], config: IndexConfig, seed: int
) -> list[RankInterval | None]:
    """Return intervals of ranks worked out from what is published, so anybody can.

    Scores are drawn around each published score as its interval says (half a normal
    distribution to either side), and ranked in every draw; 1 is the safest.
    """
    rated = [score for score in scores if score is not None]
    ends = np.array([(s.value, s.low, s.high) for s in rated], np.float64).reshape(
        -1, 3
    )
    reach = NormalDist().inv_cdf((1.0 + config.interval) / 2.0)
    down = np.maximum(ends[:, 0] - ends[:, 1], _LEAST_REACH) / reach
    up = np.maximum(ends[:, 2] - ends[:, 0], _LEAST_REACH) / reach
    normal = np.random.default_rng(seed).standard_normal((config.draws, len(rated)))
    drawn = ends[:, 0] + normal * np.where(normal < 0.0, down, up)
    low, high = rank_intervals(-drawn, config.interval)
    found = iter(zip(map(int, low), map(int, high), strict=True))
    ranks: list[RankInterval | None] = []
    for score in scores:
        if score is None:
            ranks.append(None)
        else:
            first, last = next(found)
            ranks.append(RankInterval(low=first, high=last, of=len(rated)))
    return ranks


def _report(
    at: int,
    compiled: Compiled,
    hidden: Hidden,
    places: Geography,
    config: IndexConfig,
    shown: _Shown,
    rank: RankInterval | None,
    before: Sequence[Publication],
) -> PlaceReport:
    place = places.places[at]
    step = config.people_rounded_to
    people = None
    if np.isfinite(place.present) and place.present > 0:
        people = max(round(place.present / step), 1) * step
    score, band = shown
    parts = _parts(at, compiled, hidden, config, people)
    return PlaceReport(
        id=place.id,
        name=place.name,
        name_zh=place.name_zh,
        kind=place.kind,
        parent=place.parent,
        people=people,
        score=score,
        band=band,
        rank=rank,
        parts=parts,
        deaths_12m=hidden.deaths[at],
        trend=_trend(place.id, str(compiled.month), score, band, before),
        like=_alike(at, places),
        quality=place_quality(place, compiled.month, people, score, parts),
    )


def _parts(
    at: int,
    compiled: Compiled,
    hidden: Hidden,
    config: IndexConfig,
    people: int | None,
) -> tuple[Part, ...]:
    rated = np.flatnonzero(compiled.rated == at).tolist()
    found: list[Part] = []
    for d, domain in enumerate(config.domains):
        events = hidden.events[at][d]
        open_count = events not in {WITHHELD, HIDDEN}
        ratio = None
        if open_count and rated:
            one = compiled.risks[d].only(rated)
            low, high = one.interval(config.interval)
            ends = (float(one.quantile(0.5)[0]), float(low[0]), float(high[0]))
            value, low_end, high_end = (_to_step(end) for end in ends)
            ratio = Ratio(value=value, low=low_end, high=high_end)
        rate = None
        if open_count and people:
            rate = round(int(events) * _PER / people, 2)
        expected = compiled.expected.events[at, d]
        found.append(
            Part(
                domain=domain.code,
                events=events,
                expected=round(float(expected), 1) if np.isfinite(expected) else 0.0,
                per_10_000=rate,
                ratio=ratio,
            )
        )
    return tuple(found)


def _to_step(value: float) -> float:
    return round(round(value / _RATIO_STEP) * _RATIO_STEP, 2)


def _trend(
    place: str,
    period: str,
    score: Score | None,
    band: str,
    before: Sequence[Publication],
) -> tuple[TrendPoint, ...]:
    """Return what was published of the months up to this one, oldest first."""
    points: dict[str, TrendPoint] = {}
    for publication in before:
        if publication.period >= period:
            continue
        for report in publication.places:
            if report.id == place and report.score is not None:
                points[publication.period] = _point(
                    publication.period, report.score, report.band
                )
    if score is not None:
        points[period] = _point(period, score, band)
    return tuple(points[each] for each in sorted(points)[-TREND_MONTHS:])


def _point(period: str, score: Score, band: str) -> TrendPoint:
    return TrendPoint(
        period=period, value=score.value, low=score.low, high=score.high, band=band
    )


def _alike(at: int, places: Geography) -> tuple[str, ...]:
    """Return the places of the same kind nearest in people."""
    own = places.places[at]
    if not own.present > 0:
        return ()
    others = [
        other
        for other in places.places
        if other.id != own.id and other.kind == own.kind and other.present > 0
    ]
    others.sort(key=lambda o: (abs(np.log(o.present / own.present)), o.id))
    return tuple(other.id for other in others[:ALIKE])


def _method(compiled: Compiled, config: IndexConfig) -> Method:
    return Method(
        expected_score=config.expected_score,
        points_per_doubling=config.points_per_doubling,
        interval=config.interval,
        false_discovery=config.false_discovery,
        base_years=compiled.base.years,
        domains=tuple(
            NamedPart(code=d.code, said=d.said, weight=d.weight) for d in config.domains
        ),
        bands=tuple(
            NamedBand(code=band.code, said=band.said, rule=_rule(band))
            for band in config.bands
        ),
        compound_kinds=tuple(
            NamedPart(code=k.code, said=k.said, weight=0.0)
            for k in config.compound_kinds
        ),
        hidden_to=HIDDEN_TO,
    )


def _rule(band: Band) -> Said:
    sure = f"{band.probability:.1%}".replace(".0%", "%")
    if band.above is not None:
        return Said(
            f"at least {sure} sure that the risk is above {band.above:g} times what"
            " was expected",
            f"风险高于预期 {band.above:g} 倍的把握不低于 {sure}",
        )
    if band.below is not None:
        return Said(
            f"at least {sure} sure that the risk is below {band.below:g} times what"
            " was expected",
            f"风险低于预期 {band.below:g} 倍的把握不低于 {sure}",
        )
    return Said("every other place", "其余各地")
