"""Offline place search for call takers: what is typed, to where it may be.

`Gazetteer.search` answers every keystroke. It understands names with typing errors,
prefixes, any word order, without accents, abbreviated, in Chinese, in pinyin or its
initials; two streets that cross; a block or house number (the street only: no address
ranges are kept); a kilometre of a road; and coordinates, also swapped. Each answer says
how precise it is and why it was found. Same input, same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import cos, exp, hypot, isfinite, radians

import numpy as np
from numpy.typing import NDArray

from gengfu.adapters.city.gazetteer_index import NameIndex
from gengfu.adapters.city.gazetteer_parse import (
    Pair,
    read_block,
    read_coordinates,
    read_house,
    read_kilometre,
    split_crossing,
)
from gengfu.adapters.city.gazetteer_reasons import Reason, in_words
from gengfu.adapters.city.gazetteer_roads import kilometres
from gengfu.adapters.city.gazetteer_streets import Street, StreetNetwork, Streets
from gengfu.adapters.city.gazetteer_text import folded, query_text, tokens
from gengfu.kernel.errors import BadInput

_LONGEST_TEXT = 4_000
_MOST_RESULTS = 50
_METRES_PER_DEGREE = 111_320.0
_NEAR_SCALE_M = 1_500.0
_NEAR_BONUS = 0.04
_CROSSING_SIDES = 6
_SIDE_SHARE = 0.8
_NEAR_MISSES = 6
_LEAST_NEAR_MISS = 0.7
_SURE = 0.86
_WELL_NAMED = 0.55
_WHOLE_NAME = 0.95
_LEAST_SCORE = 0.42
_LEAST_SHARE = 0.6
_RIGHT_ANGLE = 90.0
_SIGNS = frozenset("/&@+")
_TRUST = {Reason.CROSSING: 1.0, Reason.OVER_OR_UNDER: 0.97, Reason.NEAR_CROSSING: 0.92}


@dataclass(frozen=True, slots=True)
class Place:
    """A named point to find: a landmark, an area, a post, a kilometre post.

    `precision_m` is how far from the point the thing may reach; `area` names where it
    is, to tell namesakes apart.
    """

    name: str
    kind: str
    lon: float
    lat: float
    name_zh: str = ""
    precision_m: float = 30.0
    area: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One answer to a query.

    Attributes:
        name: as the city writes it; `name_zh` in Chinese or empty.
        kind: "street", "crossing", "kilometre", "coordinate", or the place's kind.
        lon: degrees east; `lat` degrees north.
        precision_m: the caller is probably within this distance of the point.
        score: 0..1; how well the text fits.
        reason: English sentence saying why; `reason_zh` the same in Chinese.
        area: where it is in words, or empty.
        code: the reason as a stable code.

    """

    name: str
    name_zh: str
    kind: str
    lon: float
    lat: float
    precision_m: float
    score: float
    reason: str
    reason_zh: str = ""
    area: str = ""
    code: Reason = Reason.NAME


@dataclass(frozen=True, slots=True)
class Bounds:
    """The city's rectangle in degrees, for telling latitude from longitude."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies in the city, or within a tenth of a degree of it."""
        return (
            self.west - 0.1 <= lon <= self.east + 0.1
            and self.south - 0.1 <= lat <= self.north + 0.1
        )


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    limit: int
    near: tuple[float, float] | None
    area: str
    found: list[Found] = field(default_factory=list)


class Gazetteer:
    """Names of one city, ready to search.

    Args:
        places: landmarks, areas, posts; order decides ties.
        network: named streets; None for a city without.
        bounds: the city's rectangle.
        street_areas: area name of each of `streets_of(network)`, to tell namesakes.

    """

    def __init__(
        self,
        places: Sequence[Place],
        network: StreetNetwork | Streets | None,
        bounds: Bounds,
        street_areas: Sequence[str] = (),
    ) -> None:
        self._bounds = bounds
        self._places = list(places)
        self._streets = (
            Streets(network) if isinstance(network, StreetNetwork) else network
        )
        streets = self._streets.streets if self._streets else []
        self._rows: list[Street | Place] = [*streets, *self._places]
        self._areas = [
            *(street_areas or [""] * len(streets)),
            *(place.area for place in self._places),
        ]
        spellings = [tuple(filter(None, self._spellings(row))) for row in self._rows]
        priors = np.fromiter(map(_prior, self._rows), np.float32, len(self._rows))
        self._index = NameIndex(spellings, priors)
        self._is_street: NDArray[np.bool_] = np.zeros(len(self._rows), np.bool_)
        self._is_street[: len(streets)] = True

    def __len__(self) -> int:
        """Streets and places that can be found by name."""
        return len(self._rows)

    def _spellings(self, row: Street | Place) -> tuple[str, ...]:
        if isinstance(row, Place):
            return (row.name, row.name_zh, *_words_of(row.kind))
        name, name_zh = self._street_names(row.name)
        return (name, name_zh)

    def _street_names(self, name: int) -> tuple[str, str]:
        network = self._network()
        names_zh = network.names_zh
        return network.names[name], names_zh[name] if names_zh else ""

    def _network(self) -> StreetNetwork:
        if self._streets is None:
            raise BadInput("this city has no streets")
        return self._streets.network

    # -- the question -----------------------------------------------------------

    def search(
        self,
        text: str,
        *,
        limit: int = 8,
        near: tuple[float, float] | None = None,
        area: str = "",
    ) -> tuple[Found, ...]:
        """Places that a text may mean, best first.

        Args:
            text: what was typed so far.
            limit: most answers, 1 to 50.
            near: longitude and latitude in degrees; answers near it gain a little.
            area: area name; answers in it gain a little.

        Returns:
            Answers with falling score; empty when nothing fits or nothing was typed.

        Raises:
            BadInput: text over 4,000 characters, `limit` or `near` out of range.

        """
        if len(text) > _LONGEST_TEXT:
            raise BadInput(f"place: {len(text)} characters, at most {_LONGEST_TEXT}")
        if not 1 <= limit <= _MOST_RESULTS:
            raise BadInput(f"limit: {limit}, must be 1 to {_MOST_RESULTS}")
        if near is not None and not all(map(isfinite, near)):
            raise BadInput("near: longitude and latitude must be finite")
        query = _Query(query_text(text), limit, near, area)
        if not query.text:
            return ()
        pair = read_coordinates(query.text)
        if pair is not None:
            query.found.extend(self._at_coordinates(pair))
        if not query.found:
            self._search_names(query)
        return self._ranked(query)

    def _search_names(self, query: _Query) -> None:
        block = read_block(query.text)
        if block is not None:
            query.found.extend(
                self._with_number(number=block[0], street=block[1], code=Reason.BLOCK)
            )
            return
        if self._streets is not None:
            self._add_crossings(query)
            kilometre = read_kilometre(query.text)
            if kilometre is not None:
                query.found.extend(self._at_kilometre(kilometre.road, kilometre.km))
        best = max((found.score for found in query.found), default=0.0)
        # "Ramón y Cajal" is one street: words may part a name, signs do not.
        if best >= _SURE and not _SIGNS.isdisjoint(query.text):
            return
        query.found.extend(self._by_name(query.text, 2 * query.limit))
        best = max((found.score for found in query.found), default=0.0)
        if "," in query.text and best < _SURE:
            self._add_with_area(query)
        house = read_house(query.text) if best < _SURE else None
        if house is not None:
            query.found.extend(
                self._with_number(
                    number=house[0], street=house[1], code=Reason.HOUSE_NUMBER
                )
            )

    def _ranked(self, query: _Query) -> tuple[Found, ...]:
        best: dict[tuple[str, str, int, int], Found] = {}
        for found in query.found:
            moved = replace(found, score=round(self._biased(found, query), 4))
            key = (
                found.name,
                found.kind,
                round(found.lon * 2e3),
                round(found.lat * 2e3),
            )
            if key not in best or best[key].score < moved.score:
                best[key] = moved
        order = sorted(best.values(), key=lambda f: -f.score)[: query.limit]
        least = max(_LEAST_SCORE, _LEAST_SHARE * order[0].score) if order else 0.0
        return tuple(
            found
            for found in order
            if found.score >= least or found.kind == "coordinate"
        )

    def _biased(self, found: Found, query: _Query) -> float:
        score = found.score
        if query.near is not None:
            scale = cos(radians(found.lat))
            off = hypot((found.lon - query.near[0]) * scale, found.lat - query.near[1])
            score += _NEAR_BONUS * exp(-off * _METRES_PER_DEGREE / _NEAR_SCALE_M)
        if query.area and query.area == found.area:
            score += _NEAR_BONUS
        return min(score, 1.0)

    # -- names ------------------------------------------------------------------

    def _by_name(self, text: str, limit: int) -> list[Found]:
        return [
            self._found(scored.row, scored.score, text)
            for scored in self._index.search(text, limit)
        ]

    def _found(self, row: int, score: float, text: str) -> Found:
        entry = self._rows[row]
        name, name_zh = self._spellings(entry)[:2]
        code = Reason.NAME
        if score < _WHOLE_NAME and not _starts(text, name, name_zh):
            code = Reason.LIKE
        if isinstance(entry, Place):
            kind, precision = entry.kind, entry.precision_m
        else:
            kind, precision = "street", max(entry.half_extent_m, 15.0)
        english, chinese = in_words(code)
        return Found(
            name,
            name_zh,
            kind,
            entry.lon,
            entry.lat,
            round(precision, 1),
            score,
            english,
            chinese,
            self._areas[row],
            code,
        )

    def _with_number(self, *, number: int, street: str, code: Reason) -> list[Found]:
        """Find the street of a number; where on it is not known."""
        english, chinese = in_words(code, number=str(number))
        return [
            replace(
                self._found(scored.row, scored.score, street),
                score=0.97 * scored.score,
                reason=english,
                reason_zh=chinese,
                code=code,
            )
            for scored in self._index.search(street, _MOST_RESULTS, self._is_street)
        ]

    def _add_with_area(self, query: _Query) -> None:
        """Read what comes after a comma as where: "Plaza de Armas, La Serena"."""
        what, _, where = query.text.partition(",")
        wanted = set(tokens(folded(where)))
        for scored in self._index.search(what, _MOST_RESULTS):
            there = set(tokens(folded(self._areas[scored.row])))
            share = 0.97 if wanted and wanted <= there else 0.9
            query.found.append(self._found(scored.row, share * scored.score, what))

    # -- crossings --------------------------------------------------------------

    def _add_crossings(self, query: _Query) -> None:
        """Junctions of streets named on both sides; near misses only if they fit best.

        How near two lines come is costly to find, so it is asked only of the pairs
        whose names fit better than those of any junction found.
        """
        pairs: dict[tuple[int, int], float] = {}
        for left, right in split_crossing(query.text):
            one, other = self._names_like(left), self._names_like(right)
            for first, first_score in one.items():
                for second, second_score in other.items():
                    score = (first_score * second_score) ** 0.5
                    if first != second and score > pairs.get((first, second), 0.0):
                        pairs[first, second] = score
        ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        best = 0.0
        for (first, second), score in ranked:
            found = self._crossing(first, second, score, joined=True)
            best = max([best, *(crossing.score for crossing in found)])
            query.found.extend(found)
        for (first, second), score in ranked[:_NEAR_MISSES]:
            if score > max(best, _LEAST_NEAR_MISS):
                query.found.extend(self._crossing(first, second, score, joined=False))

    def _names_like(self, text: str) -> dict[int, float]:
        """Street names that fit a text well, with their scores."""
        best: dict[int, float] = {}
        for scored in self._index.search(text, 4 * _CROSSING_SIDES, self._is_street):
            row = self._rows[scored.row]
            if isinstance(row, Street) and scored.score >= _WELL_NAMED:
                best.setdefault(row.name, scored.score)
        least = _SIDE_SHARE * max(best.values(), default=0.0)
        close = [(name, score) for name, score in best.items() if score >= least]
        return dict(close[:_CROSSING_SIDES])

    def _crossing(
        self, first: int, second: int, score: float, *, joined: bool
    ) -> list[Found]:
        if self._streets is None:
            return []
        (name, name_zh), (other, other_zh) = map(self._street_names, (first, second))
        both_zh = f"{name_zh}与{other_zh}" if name_zh and other_zh else ""
        found: list[Found] = []
        look = self._streets.crossings if joined else self._streets.near_misses
        for crossing in look(first, second):
            near = not crossing.joined
            code = Reason.CROSSING
            if near:
                apart = crossing.gap_m >= 1
                code = Reason.NEAR_CROSSING if apart else Reason.OVER_OR_UNDER
            english, chinese = in_words(code, gap=f"{crossing.gap_m:.0f}")
            found.append(
                Found(
                    f"{name} / {other}",
                    both_zh,
                    "crossing",
                    crossing.lon,
                    crossing.lat,
                    round(crossing.precision_m, 1),
                    min(1.0, score * _TRUST[code] + 0.02),
                    english,
                    chinese,
                    "",
                    code,
                )
            )
        return found

    # -- along a road, and by coordinates -----------------------------------------

    def _at_kilometre(self, road: str, km: float) -> list[Found]:
        best = self._names_like(road)
        if self._streets is None or not best:
            return []
        wanted = set(tokens(folded(road)))
        names = [
            name
            for name in best
            if wanted <= set(tokens(folded(self._street_names(name)[0])))
        ] or [next(iter(best))]
        posts = [
            (place.name, place.lon, place.lat)
            for place in self._places
            if place.kind == "kilometre post"
        ]
        title, title_zh = self._street_names(names[0])
        score = best[names[0]]
        found: list[Found] = []
        for spot in kilometres(self._streets, names, title, km, posts):
            english, chinese = in_words(spot.code, km=f"{km:g}", **spot.words)
            found.append(
                Found(
                    f"{title} km {km:g}",
                    f"{title_zh} {km:g} 公里" if title_zh else "",
                    "kilometre",
                    spot.lon,
                    spot.lat,
                    round(spot.precision_m, 1),
                    min(1.0, score * spot.trust + 0.02),
                    english,
                    chinese,
                    "",
                    spot.code,
                )
            )
        return found

    def _at_coordinates(self, pair: Pair) -> list[Found]:
        readings = [
            (pair.second, pair.first, pair.latitude_first is True, True),
            (pair.first, pair.second, pair.latitude_first is False, False),
        ]
        if pair.latitude_first is not None:
            readings = [reading for reading in readings if reading[2]]
        possible = [
            (lon, lat, first)
            for lon, lat, _, first in readings
            if abs(lat) <= _RIGHT_ANGLE
        ]
        inside = [r for r in possible if self._bounds.holds(r[0], r[1])]
        found: list[Found] = []
        for lon, lat, latitude_first in inside or possible[:1]:
            code = Reason.COORDINATES if latitude_first else Reason.LONGITUDE_FIRST
            score = 1.0 if latitude_first else 0.98
            if not inside:
                code, score = Reason.OUTSIDE, 0.3
            english, chinese = in_words(code)
            name = f"{lat:.5f}, {lon:.5f}"
            found.append(
                Found(
                    name,
                    "",
                    "coordinate",
                    lon,
                    lat,
                    round(pair.rounding_m, 1),
                    score,
                    english,
                    chinese,
                    "",
                    code,
                )
            )
        return found


def _starts(text: str, *names: str) -> bool:
    """Whether a name begins with the text, accents and case aside."""
    begun = " ".join(tokens(folded(text)))
    return any(" ".join(tokens(folded(name))).startswith(begun) for name in names)


def _words_of(kind: str) -> tuple[str, ...]:
    """Turn a kind ("fire-station", "amenity=bank") into words to find it by."""
    words = kind.partition("=")[2] or kind
    return (words.replace("-", " ").replace("_", " "),)


def _prior(row: Street | Place) -> float:
    """Long streets and areas are asked for more often than alleys; 0..1."""
    if isinstance(row, Place):
        return 0.5
    return min(1.0, row.length_m**0.25 / 12.0)
