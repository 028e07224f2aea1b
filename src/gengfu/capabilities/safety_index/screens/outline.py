"""Areas as short SVG paths: as many points of their borders as the page has room for.

Points are moved to a grid, and those that matter least are left out of all borders at
once (Visvalingam and Whyatt 1993), so that neighbours still meet without a gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import cos, radians

type Ring = Sequence[Sequence[float]]
"""Points as (longitude, latitude) in degrees."""
type Polygons = Sequence[Sequence[Ring]]
"""Polygons of one area; the first ring of each is its outer one."""
type Point = tuple[int, int]

SIDE = 1000
"""The longer side of a map, in its own units."""
MOST_CHARACTERS = 36_000
_LEFT_OUT = (0, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Twice the area, in square units, that a point may change a border by."""
_LEAST_POINTS = 3
_SIDES = 2
_LABEL_WIDE, _LABEL_HIGH = 70, 44
"""An area that is at least as large has room for its score."""


@dataclass(frozen=True, slots=True)
class Outlined:
    """One area: its path, its rings for paper, and where a label fits, if it does."""

    path: str
    rings: tuple[tuple[Point, ...], ...]
    label: Point | None


@dataclass(frozen=True, slots=True)
class Outline:
    """A map `width` x `height` units large, y down, and its areas by id."""

    width: int
    height: int
    areas: Mapping[str, Outlined]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How degrees become units: straight, true to scale at the middle latitude."""

    west: float
    north: float
    per_lon: float
    per_lat: float

    def put(self, point: Sequence[float]) -> tuple[float, float]:
        x = (point[0] - self.west) * self.per_lon
        return x, (self.north - point[1]) * self.per_lat


def outline(
    shapes: Mapping[str, Polygons], most_characters: int = MOST_CHARACTERS
) -> Outline:
    """Draw areas, finely if that takes few characters, else as coarsely as needed."""
    points = [p for shape in shapes.values() for ring in _rings(shape) for p in ring]
    if not points:
        return Outline(SIDE, SIDE, {})
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    shrink = max(0.01, cos(radians((south + north) / 2)))
    wide, high = (east - west) * shrink, north - south
    unit = SIDE / max(wide, high, 1e-9)
    sheet = _Sheet(west, north, unit * shrink, unit)
    size = (max(1, round(wide * unit)), max(1, round(high * unit)))
    on_grid = {
        area: rings
        for area, shape in sorted(shapes.items())
        if (rings := [_on_grid(ring, sheet) for ring in _rings(shape) if ring])
    }
    borders = _Borders(ring for rings in on_grid.values() for ring in rings)
    drawn: dict[str, Outlined] = {}
    for change in _LEFT_OUT:
        borders.thin(change)
        drawn = {area: _drawn(rings, borders) for area, rings in on_grid.items()}
        if sum(len(one.path) for one in drawn.values()) <= most_characters:
            break
    return Outline(*size, drawn)


class _Borders:
    """All borders as one net: a point is kept or left out for both of its sides."""

    def __init__(self, rings: Iterable[Sequence[Point]]) -> None:
        self.left_out: set[Point] = set()
        self._beside: defaultdict[Point, set[Point]] = defaultdict(set)
        for ring in rings:
            for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
                if one != other:
                    self._beside[one].add(other)
                    self._beside[other].add(one)
        self._least = [(self._change(p), p) for p in self._beside if self._plain(p)]
        heapify(self._least)

    def thin(self, most: int) -> None:
        """Leave out points, least first, that change a border by no more than this."""
        while self._least and self._least[0][0] <= most:
            change, point = heappop(self._least)
            if point in self.left_out or change != self._change(point):
                continue
            one, other = self._beside[point]
            if other in self._beside[one]:  # the last three points of an area
                continue
            self.left_out.add(point)
            for end, far in ((one, other), (other, one)):
                self._beside[end].remove(point)
                self._beside[end].add(far)
            for end in (one, other):
                if self._plain(end):
                    heappush(self._least, (self._change(end), end))

    def _plain(self, point: Point) -> bool:
        """Tell whether it is just a bend; where three borders meet, all must."""
        return len(self._beside[point]) == _SIDES

    def _change(self, point: Point) -> int:
        one, other = self._beside[point]
        across = (point[0] - one[0]) * (other[1] - one[1])
        return abs(across - (point[1] - one[1]) * (other[0] - one[0]))


def _rings(shape: Polygons) -> Iterator[Ring]:
    for polygon in shape:
        yield from polygon


def _on_grid(ring: Ring, sheet: _Sheet) -> tuple[Point, ...]:
    points: list[Point] = []
    for point in ring:
        x, y = sheet.put(point)
        here = (round(x), round(y))
        if not points or points[-1] != here:
            points.append(here)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return tuple(points)


def _drawn(rings: Sequence[Sequence[Point]], borders: _Borders) -> Outlined:
    thinned = [
        tuple(point for point in ring if point not in borders.left_out)
        for ring in rings
    ]
    kept = tuple(
        ring for ring in thinned if len(ring) >= _LEAST_POINTS and _twice_area(ring)
    )
    if not kept:
        kept = (_speck(rings[0][0]),)
    return Outlined("".join(map(_path, kept)), kept, _label(kept))


def _speck(at: Point) -> tuple[Point, ...]:
    """Draw an area too small for the grid as a small diamond that can be pressed."""
    (x, y), reach = at, 5
    return ((x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach))


def _path(ring: Sequence[Point]) -> str:
    x, y = ring[0]
    words = [f"M{x} {y}l"]
    for to_x, to_y in ring[1:]:
        for number in (to_x - x, to_y - y):
            glued = number < 0 or words[-1].endswith("l")
            words.append(f"{number}" if glued else f" {number}")
        x, y = to_x, to_y
    return "".join(words) + "z"


def _label(rings: Sequence[Sequence[Point]]) -> Point | None:
    """Return the middle of the largest ring, where a short label fits around it."""
    ring = max(rings, key=lambda r: abs(_twice_area(r)))
    twice = _twice_area(ring)
    wide = max(x for x, _ in ring) - min(x for x, _ in ring)
    high = max(y for _, y in ring) - min(y for _, y in ring)
    roomy = abs(twice) > _LABEL_WIDE * _LABEL_HIGH
    if not roomy or wide < _LABEL_WIDE or high < _LABEL_HIGH:
        return None
    x_sum = y_sum = 0.0
    for (x, y), (to_x, to_y) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x * to_y - to_x * y
        x_sum += (x + to_x) * cross
        y_sum += (y + to_y) * cross
    return round(x_sum / (3 * twice)), round(y_sum / (3 * twice))


def _twice_area(ring: Sequence[Point]) -> int:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in pairs)
