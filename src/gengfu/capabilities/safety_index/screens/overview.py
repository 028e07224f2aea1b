"""The portal's first screen: the city at a glance, and the way to one's own place."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gengfu.capabilities.safety_index.rules.document import Publication

from . import figures
from .area import PlaceLine, Reading
from .bands import BandCount, band_of, counted, pick
from .shelf import Issued

_LONGEST_SEARCH = 80
MOST_FOUND = 60
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Group:
    """Places of one area above them; `name` is empty where there is none."""

    name: str
    places: tuple[PlaceLine, ...]


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One thing to know about the data, and how many places it is about."""

    said: str
    places: tuple[tuple[str, str], ...]
    """(id, name) of the places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the first screen says."""

    places: int
    as_expected: int
    counts: tuple[BandCount, ...]
    totals: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    query: str
    found: tuple[PlaceLine, ...]
    more_found: int
    quality: tuple[QualityLine, ...]
    compounds: tuple[tuple[str, str, str], ...]
    """(name, id of its area, name of its area) of compounds that were found."""


def overview(reading: Reading, query: str) -> Overview:
    """Return the first screen; `query` are words that a resident searched for."""
    publication = reading.publication
    lines = [reading.line(place) for place in publication.places]
    bands = [line.band for line in lines]
    words = query.strip()[:_LONGEST_SEARCH]
    found = search(lines, words)
    return Overview(
        places=len(lines),
        as_expected=sum(1 for band in bands if band.shape == "even"),
        counts=tuple(counted(bands, list(reading.bands.values()))),
        totals=totals(reading),
        groups=tuple(grouped(lines)),
        query=words,
        found=tuple(found[:MOST_FOUND]),
        more_found=max(0, len(found) - MOST_FOUND),
        quality=quality_lines(reading),
        compounds=search_compounds(reading, words),
    )


def search_compounds(reading: Reading, words: str) -> tuple[tuple[str, str, str], ...]:
    """Find residential compounds by either name: (name, id of area, its name)."""
    wanted, publication = _folded(words), reading.publication
    if not wanted:
        return ()
    areas = {place.id: reading.name(place) for place in publication.places}
    found = [
        (reading.name(one), one.area, areas[one.area])
        for one in publication.compounds
        if one.area in areas
        and any(wanted in _folded(name) for name in (one.name, one.name_zh))
    ]
    return tuple(sorted(found, key=lambda one: natural(one[0]))[:MOST_FOUND])


def recording(issued: Issued) -> Mapping[str, str] | None:
    """Say what the audit of recording found; None where there was none."""
    if not issued.recorded:
        return None
    return {
        "calls": figures.whole(issued.calls),
        "recorded": figures.whole(issued.recorded),
        "ratio": figures.ratio(issued.calls / issued.recorded),
    }


def search(lines: Sequence[PlaceLine], words: str) -> list[PlaceLine]:
    """Find places by either name, by id, or by the area above, best first."""
    wanted = _folded(words)
    if not wanted:
        return []
    ranked: list[tuple[int, tuple[tuple[str, int], ...], PlaceLine]] = []
    for line in lines:
        names = [_folded(one) for one in (line.name, line.also, line.id)]
        if wanted in names:
            rank = 0
        elif any(one.startswith(wanted) for one in names):
            rank = 1
        elif any(wanted in one for one in names):
            rank = 2
        elif wanted in _folded(line.parent):
            rank = 3
        else:
            continue
        ranked.append((rank, natural(line.name), line))
    return [line for _, _, line in sorted(ranked, key=lambda one: one[:2])]


def _folded(text: str) -> str:
    """Leave out case, accents and full-width forms: people type without them."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).strip()


def grouped(lines: Sequence[PlaceLine]) -> list[Group]:
    """Put places under the areas above them; both in the order of their names."""
    by_parent: dict[str, list[PlaceLine]] = {}
    for line in sorted(lines, key=lambda one: natural(one.name)):
        by_parent.setdefault(line.parent, []).append(line)
    ordered = sorted(by_parent.items(), key=lambda one: natural(one[0]))
    return [Group(name, tuple(places)) for name, places in ordered]


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Return a key that sorts names with numbers as people do: 2 before 10."""
    parts = _NUMBER.split(_folded(name))
    return tuple(
        ("", int(part)) if part.isdecimal() else (part, 0) for part in parts if part
    )


def quality_lines(reading: Reading) -> tuple[QualityLine, ...]:
    """Say everything there is to know about the data, with the places it is about."""
    publication = reading.publication
    names = {place.id: reading.name(place) for place in publication.places}
    return tuple(
        QualityLine(
            pick(one.said, zh=reading.zh),
            tuple((area, names[area]) for area in one.areas if area in names),
        )
        for one in publication.quality
    )


def totals(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return (words, events) of the whole city by part."""
    domains = reading.publication.method.domains
    said = {one.code: pick(one.said, zh=reading.zh) for one in domains}
    return tuple(
        (said.get(code, code), figures.whole(int(n)) if n.isdecimal() else n)
        for code, n in reading.publication.totals
    )


@dataclass(frozen=True, slots=True)
class Deviation:
    """A place that differs from what is expected; `above` if more happened there."""

    line: PlaceLine
    above: bool


def deviations(reading: Reading, most: int) -> tuple[Deviation, ...]:
    """Return the places that surely differ most, the farthest first.

    Farthest is by the end of the interval nearest to what is expected: a large
    distance that may be chance does not come first.
    """
    publication: Publication = reading.publication
    expected = publication.method.expected_score
    found: list[tuple[float, str, Deviation]] = []
    for place in publication.places:
        if place.score is None:
            continue
        apart = max(expected - place.score.high, place.score.low - expected)
        above = place.score.value < expected
        differs = band_of(place, reading.bands).shape != "even"
        line = reading.line(place)
        rank = apart + (1000 if differs else 0)
        found.append((-rank, place.id, Deviation(line, above)))
    return tuple(one for _, _, one in sorted(found, key=lambda one: one[:2])[:most])
