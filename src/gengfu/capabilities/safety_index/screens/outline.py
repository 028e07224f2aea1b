"""Areas as short SVG paths: drawn on a grid as coarse as the page's size asks for.

Points are moved to a grid, so that two neighbours whose border has the same points
still meet without a gap, however coarse the grid is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

type Ring = Sequence[Sequence[float]]
"""Points as (longitude, latitude) in degrees."""
type Polygons = Sequence[Sequence[Ring]]
"""Polygons of one area; the first ring of each is its outer one."""
type Point = tuple[int, int]

SIDE = 1000
"""The longer side of a map, in its own units."""
MOST_CHARACTERS = 36_000
_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_LEAST_POINTS = 3
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
    drawn: dict[str, Outlined] = {}
    for step in _STEPS:
        drawn = {
            area: _drawn(shape, sheet, step) for area, shape in sorted(shapes.items())
        }
        if sum(len(one.path) for one in drawn.values()) <= most_characters:
            break
    return Outline(*size, drawn)


def _rings(shape: Polygons) -> Iterator[Ring]:
    for polygon in shape:
        yield from polygon


def _drawn(shape: Polygons, sheet: _Sheet, step: int) -> Outlined:
    rings = [
        coarse
        for ring in _rings(shape)
        if len(coarse := _coarse(ring, sheet, step)) >= _LEAST_POINTS
    ]
    if not rings:
        rings = [_speck(shape, sheet)]
    return Outlined("".join(map(_path, rings)), tuple(rings), _label(rings))


def _coarse(ring: Ring, sheet: _Sheet, step: int) -> tuple[Point, ...]:
    """Move points to the grid; leave out those that then say nothing."""
    points: list[Point] = []
    for point in ring:
        x, y = sheet.put(point)
        here = (round(x / step) * step, round(y / step) * step)
        while len(points) > 1 and _straight(points[-2], points[-1], here):
            points.pop()
        if not points or points[-1] != here:
            points.append(here)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return tuple(points)


def _straight(one: Point, middle: Point, other: Point) -> bool:
    across = (middle[0] - one[0]) * (other[1] - one[1])
    return across == (middle[1] - one[1]) * (other[0] - one[0])


def _speck(shape: Polygons, sheet: _Sheet) -> tuple[Point, ...]:
    """Draw an area too small for the grid as a small diamond that can be pressed."""
    x, y = sheet.put(shape[0][0][0])
    at, reach = (round(x), round(y)), 5
    return (
        (at[0] - reach, at[1]),
        (at[0], at[1] - reach),
        (at[0] + reach, at[1]),
        (at[0], at[1] + reach),
    )


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
