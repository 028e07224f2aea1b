"""One place as its page tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gengfu.capabilities.safety_index.rules.document import (
    Comparison,
    CompoundReport,
    PlaceReport,
    Publication,
    RankInterval,
    Ratio,
    Score,
    TrendPoint,
)
from gengfu.kernel import NotFound, Said

from . import figures
from .bands import BandView, band_of, bands_of, pick
from .charts import Bar, Trend, ratio_bar, trend
from .funnel import Funnel, funnel

_LEAST_RANKS = 3
_CLOSE, _ROUGH = 12, 25
"""Intervals so many points wide are called close, or rough; wider ones very rough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One domain of a place."""

    code: str
    word: str
    weight: str
    counted: str
    events: str
    expected: str
    unexpected: bool
    """Whether nothing can be expected here, as nobody counted the people."""
    per_10_000: str | None
    ratio: Ratio | None
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One place in a list or table."""

    id: str
    name: str
    also: str
    """Its name in the other language, where that differs."""
    parent: str
    people: str | None
    score: Score | None
    bar: Bar | None
    band: BandView


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundView:
    """A compound with one (kind in words, events, rate, low, high) for each kind."""

    name: str
    households: str
    figures: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaView:
    """Everything that a place's page says."""

    line: PlaceLine
    sure: str
    """How sure: close, rough, very_rough; nothing without a score."""
    side: str
    """Where the interval lies to what is expected: below, above or across."""
    verdict_from_one_side: bool
    """Whether the interval lies on one side and the band is still "as expected"."""
    rank: RankInterval | None
    parts: tuple[PartView, ...]
    deaths: str
    trend: Trend | None
    trend_points: tuple[tuple[TrendPoint, BandView], ...]
    like: tuple[PlaceLine, ...]
    quality: tuple[str, ...]
    compounds: tuple[CompoundView, ...]
    compared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A publication on its way to a page: language, names of areas, bands."""

    publication: Publication
    names: Mapping[str, Said]
    zh: bool
    bands: Mapping[str, BandView]

    def name(self, place: PlaceReport | CompoundReport) -> str:
        """Return a name in the page's language."""
        return (self.zh and place.name_zh) or place.name or place.id

    def parent(self, area: str) -> str:
        """Return the name of an area above; its id if nobody named it."""
        said = self.names.get(area)
        return area if said is None else pick(said, zh=self.zh)

    def line(self, place: PlaceReport) -> PlaceLine:
        """Return a place as one line."""
        name, score = self.name(place), place.score
        also = place.name if self.zh else place.name_zh
        expected = self.publication.method.expected_score
        return PlaceLine(
            id=place.id,
            name=name,
            also="" if also == name else also,
            parent=self.parent(place.parent),
            people=None if place.people is None else figures.whole(place.people),
            score=score,
            bar=None if score is None else score_bar(score, expected),
            band=band_of(place, self.bands),
        )

    def place(self, area: str) -> PlaceReport:
        """Return a place by its id; raises NotFound."""
        for place in self.publication.places:
            if place.id == area:
                return place
        raise NotFound(f"nothing is at /portal/areas/{area[:80]}")

    def parts(self, place: PlaceReport) -> tuple[PartView, ...]:
        """Return a place's parts in the order of the method."""
        by_domain = {part.domain: part for part in place.parts}
        return tuple(
            PartView(
                code=domain.code,
                word=pick(domain.said, zh=self.zh),
                weight=figures.share(domain.weight),
                counted=figures.counted(part),
                events=figures.whole(int(part.events))
                if part.events.isdecimal()
                else part.events,
                expected=figures.decimal(part.expected),
                unexpected=place.people is None,
                per_10_000=None
                if part.per_10_000 is None
                else figures.decimal(part.per_10_000),
                ratio=part.ratio,
                bar=None if part.ratio is None else ratio_bar(part.ratio),
            )
            for domain in self.publication.method.domains
            if (part := by_domain.get(domain.code)) is not None
        )


def read(publication: Publication, names: Mapping[str, Said], *, zh: bool) -> Reading:
    """Begin to read a publication in a language."""
    return Reading(publication, names, zh, bands_of(publication, zh=zh))


def score_bar(score: Score, expected: float) -> Bar:
    """Put a score on its axis from 0 to 100."""
    return Bar(score.low, score.value, score.high, expected)


def area_view(reading: Reading, area: str) -> AreaView:
    """Return what a place's page says; raises NotFound."""
    place = reading.place(area)
    publication = reading.publication
    expected = publication.method.expected_score
    points = _points(reading, place)
    by_id = {one.id: one for one in publication.places}
    side = _side(place.score, expected)
    line = reading.line(place)
    return AreaView(
        line=line,
        sure=_sure(place.score),
        side=side,
        verdict_from_one_side=side in ("above", "below") and line.band.shape == "even",
        rank=rank_range(place.rank),
        parts=reading.parts(place),
        deaths=place.deaths_12m,
        trend=trend(points, expected),
        trend_points=points,
        like=tuple(reading.line(by_id[one]) for one in place.like if one in by_id),
        quality=_quality(reading, place),
        compounds=_compounds(reading, area),
        compared=tuple(
            (pick(one.said, zh=reading.zh), found)
            for one in publication.comparisons
            if (found := _compared(one, area)) is not None
        ),
    )


def area_funnel(reading: Reading, area: str, domain: str) -> Funnel | None:
    """Draw the funnel of a domain, the weightiest one unless another is named."""
    domains = reading.publication.method.domains
    known = [one.code for one in domains]
    if domain not in known:
        if not known:
            return None
        domain = max(domains, key=lambda one: one.weight).code
    places = [(place, reading.name(place)) for place in reading.publication.places]
    return funnel(places, domain, area, reading.publication.method.hidden_to)


def rank_range(rank: RankInterval | None) -> RankInterval | None:
    """Return ranks as pages say them: never one, never closer than a twentieth.

    A place far from all others may have a single rank that is likely; said as such it
    would be read as a league table.
    """
    if rank is None:
        return None
    least = min(rank.of, max(_LEAST_RANKS, rank.of // 20))
    lacking = max(0, least - (rank.high - rank.low + 1))
    low = max(1, rank.low - (lacking + 1) // 2)
    high = min(rank.of, low + max(least - 1, rank.high - low))
    return RankInterval(low=max(1, min(low, high - least + 1)), high=high, of=rank.of)


def _sure(score: Score | None) -> str:
    if score is None:
        return ""
    width = score.high - score.low
    return "close" if width <= _CLOSE else "rough" if width <= _ROUGH else "very_rough"


def _side(score: Score | None, expected: float) -> str:
    if score is None:
        return ""
    if score.low > expected:
        return "above"
    return "below" if score.high < expected else "across"


def _points(
    reading: Reading, place: PlaceReport
) -> tuple[tuple[TrendPoint, BandView], ...]:
    """Return the trend with this month at its end, oldest first."""
    points = {point.period: point for point in place.trend}
    score, period = place.score, reading.publication.period
    if score is not None:
        points[period] = TrendPoint(
            period=period,
            value=score.value,
            low=score.low,
            high=score.high,
            band=place.band,
        )
    return tuple(
        (point, reading.bands.get(point.band) or _unnamed(point.band))
        for _, point in sorted(points.items())
    )


def _unnamed(code: str) -> BandView:
    return BandView(code, code, "", "other")


def _quality(reading: Reading, place: PlaceReport) -> tuple[str, ...]:
    """Say the place's flags, and what of the city names it; many may share a code."""
    every = reading.publication.quality
    named = [one for one in every if place.id in one.areas]
    said = {one.code: pick(one.said, zh=reading.zh) for one in every}
    told = {one.code for one in named}
    flags = [said.get(code, code) for code in place.quality if code not in told]
    return (*flags, *(pick(one.said, zh=reading.zh) for one in named))


def _compounds(reading: Reading, area: str) -> tuple[CompoundView, ...]:
    kinds = {
        one.code: pick(one.said, zh=reading.zh)
        for one in reading.publication.method.compound_kinds
    }
    return tuple(
        CompoundView(
            name=reading.name(one),
            households=figures.whole(one.households),
            figures=tuple(
                (
                    kinds.get(f.kind, f.kind),
                    f.events,
                    "" if f.per_1_000 is None else figures.decimal(f.per_1_000),
                    ""
                    if f.low is None or f.high is None
                    else f"{figures.decimal(f.low)}–{figures.decimal(f.high)}",
                )
                for f in one.figures
            ),
        )
        for one in reading.publication.compounds
        if one.area == area
    )


def _compared(one: Comparison, area: str) -> str | None:
    found = dict(one.of_area).get(area)
    return None if found is None else figures.decimal(found)


MOST_COMPARED: Final = 4


def chosen(reading: Reading, asked: Sequence[str]) -> tuple[AreaView, ...]:
    """Return the places to stand side by side: those known, each once, at most four."""
    known = {place.id for place in reading.publication.places}
    wanted = [one for one in dict.fromkeys(asked) if one in known]
    return tuple(area_view(reading, one) for one in wanted[:MOST_COMPARED])


def clearly_apart(places: Sequence[AreaView]) -> tuple[tuple[str, str], ...]:
    """Return pairs (safer, less safe) of which the intervals do not meet."""
    scored = [one.line for one in places if one.line.score is not None]
    return tuple(
        (one.name, other.name)
        for one in scored
        for other in scored
        if one.score and other.score and one.score.low > other.score.high
    )
