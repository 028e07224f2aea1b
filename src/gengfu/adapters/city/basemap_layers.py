"""What the base map shows at each zoom, as geometry in that zoom's tile units.

One tile is 4,096 units wide; x grows east, y south (Web Mercator). At each zoom the
roads of lesser rank are left out, the rest are joined end to end by class and name (so
that labels run along whole streets) and simplified to half a pixel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import pi
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from gengfu.adapters.city.areas import Areas
from gengfu.adapters.city.city import Place, Post
from gengfu.adapters.city.classes import road_classes
from gengfu.adapters.city.network import Network

shapely = cast("Any", _shapely)

EXTENT = 4096
LEAST_ZOOM = 8
MOST_ZOOM = 15

_UNITS_PER_PIXEL = 8
_FINEST_TOLERANCE = 1.5
_EARTH_M = 40_075_016.686
_DUST_PX = 3.0

_KINDS = {
    "motorway": ("motorway", 8),
    "trunk": ("trunk", 8),
    "primary": ("primary", 8),
    "secondary": ("secondary", 10),
    "tertiary": ("tertiary", 11),
    "unclassified": ("minor", 12),
    "residential": ("minor", 12),
    "living_street": ("minor", 13),
    "service": ("service", 14),
    "track": ("service", 14),
    "busway": ("service", 13),
    "pedestrian": ("pedestrian", 13),
}
"""Road class -> what the map calls it, and the least zoom at which it is drawn."""

_NAMED_FROM = {
    "motorway": 10,
    "trunk": 10,
    "primary": 11,
    "secondary": 12,
    "tertiary": 13,
    "minor": 14,
    "service": 15,
    "pedestrian": 14,
}
_RANKS = {kind: rank for rank, kind in enumerate(_NAMED_FROM)}
_RAMP_FROM = 11
_PLACES_FROM = 13
_POSTS_FROM = 10
_AREAS_FROM = 9
_AREA_NAMES_FROM = 10
_ARROWS_FROM = 14


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Shapes of one kind at one zoom, with what is known of each."""

    name: str
    shapes: NDArray[np.object_]
    properties: Sequence[Mapping[str, str | int | bool]]
    solid: bool = False
    margin: int = 64


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a base map is drawn from; degrees, WGS 84.

    `sea` is a polygon of water.
    """

    roads: Network
    areas: Areas
    posts: Sequence[Post] = ()
    places: Sequence[Place] = ()
    sea: Any | None = None


def to_tiles(degrees: NDArray[np.float64], zoom: int) -> NDArray[np.float64]:
    """(n, 2) longitude and latitude to tile units of a zoom."""
    scale = EXTENT * 2.0**zoom
    lat = np.radians(np.clip(degrees[:, 1], -85.0, 85.0))
    x = degrees[:, 0] / 360.0 + 0.5
    y = 0.5 - np.log(np.tan(pi / 4 + lat / 2)) / (2 * pi)
    return np.column_stack([x * scale, y * scale])


def _projected(shapes: Any, zoom: int) -> Any:
    return shapely.transform(shapes, partial(to_tiles, zoom=zoom))


class Drawing:
    """Geometry of a city, projected once, ready to be drawn at any zoom."""

    def __init__(self, content: Content) -> None:
        self._content = content
        roads = content.roads
        once = (roads.shape < 0) | ~roads.backward
        self._edges = np.flatnonzero(once)
        self._oneway = roads.twins()[self._edges] < 0
        offsets, lon, lat = roads.edge_shapes()
        counts = np.diff(offsets)[self._edges]
        index = np.repeat(np.arange(len(self._edges)), counts)
        within = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
        vertex = np.repeat(offsets[self._edges], counts) + within
        points = to_tiles(np.column_stack([lon[vertex], lat[vertex]]), 0)
        self._lines = shapely.linestrings(points, indices=index)
        classes = road_classes().classes
        self._kinds: list[tuple[str, int]] = [
            _KINDS.get(c.id.removesuffix("_link"), ("service", 14)) for c in classes
        ]
        self._ramps = [c.id.endswith("_link") for c in classes]

    def layers(self, zoom: int) -> list[Layer]:
        """Every layer that shows at a zoom, in the order of drawing."""
        tolerance = _UNITS_PER_PIXEL / 2 if zoom < MOST_ZOOM else _FINEST_TOLERANCE
        found = [*self._ground(zoom, tolerance), *self._areas(zoom)]
        found.append(self._roads(zoom, tolerance))
        if zoom >= _PLACES_FROM:
            found.append(self._points("places", self._content.places, zoom))
        if zoom >= _POSTS_FROM:
            found.append(self._points("posts", self._content.posts, zoom))
        return [layer for layer in found if len(layer.shapes)]

    def _ground(self, zoom: int, tolerance: float) -> list[Layer]:
        sea = self._content.sea
        land = shapely.union_all(self._content.areas.polygons)
        shore = None if sea is None else self._shore(sea)
        layers: list[Layer] = []
        for name, shape in (("land", land), ("water", sea), ("shore", shore)):
            if shape is not None and not shape.is_empty:
                flat = shapely.simplify(_projected(shape, zoom), tolerance)
                shapes = np.array([flat], np.object_)
                layers.append(Layer(name, shapes, [{}], solid=name != "shore"))
        return layers

    @staticmethod
    def _shore(sea: Any) -> Any:
        """Take the edge of the water without the sides where its drawing ends."""
        sheet = shapely.box(*sea.bounds).boundary.buffer(1e-6)
        return sea.boundary.difference(sheet)

    def _areas(self, zoom: int) -> list[Layer]:
        """Borders by level, and names: of the upper level alone where there is one."""
        if zoom < _AREAS_FROM:
            return []
        areas = self._content.areas
        upper = np.zeros(len(areas), np.bool_)
        upper[areas.parent[areas.parent >= 0]] = True
        layers: list[Layer] = []
        for level, rows in enumerate((np.flatnonzero(upper), np.flatnonzero(~upper))):
            if not len(rows) or zoom < _AREAS_FROM + 2 * (level and upper.any()):
                continue
            shapes = _projected(areas.polygons[rows], zoom)
            if zoom < MOST_ZOOM:
                # Neighbours keep their common border: simplified as one coverage.
                shapes = shapely.coverage_simplify(shapes, 3.0 * _UNITS_PER_PIXEL)
            known = [self._area(row, level) for row in rows.tolist()]
            name = "areas" if level else "districts"
            layers.append(
                Layer(name, np.asarray(shapes, np.object_), known, solid=True)
            )
        if zoom >= _AREA_NAMES_FROM:
            rows = np.flatnonzero(upper if upper.any() else ~upper).tolist()
            inside = [areas.polygons[row].representative_point() for row in rows]
            shapes = _projected(np.array(inside, np.object_), zoom)
            known = [self._area(row, 0) for row in rows]
            layers.append(Layer("area_labels", shapes, known))
        return layers

    def _area(self, row: int, level: int) -> dict[str, str | int | bool]:
        areas = self._content.areas
        return {
            "id": areas.ids[row],
            "name": areas.names[row],
            "name_zh": areas.names_zh[row],
            "level": level,
        }

    def _points(self, name: str, rows: Sequence[Place | Post], zoom: int) -> Layer:
        degrees = np.array([(row.lon, row.lat) for row in rows], np.float64)
        shapes = shapely.points(to_tiles(degrees.reshape(-1, 2), zoom))
        known = [
            {"id": r.id, "name": r.name, "name_zh": r.name_zh, "kind": r.kind}
            for r in rows
        ]
        return Layer(name, np.asarray(shapes, np.object_), known)

    # -- roads ------------------------------------------------------------------

    def _roads(self, zoom: int, tolerance: float) -> Layer:
        groups = self._groups(zoom)
        scale = 2.0**zoom
        shapes: list[Any] = []
        known: list[dict[str, str | int | bool]] = []
        for (kind, ramp, oneway, name), members in sorted(groups.items()):
            joined = shapely.line_merge(
                shapely.multilinestrings(self._lines[members]), directed=oneway
            )
            shape = shapely.simplify(
                shapely.transform(joined, partial(np.multiply, scale)), tolerance
            )
            parts = self._without_dust(shape, zoom)
            if not len(parts):
                continue
            shapes.append(shapely.multilinestrings(parts))
            known.append(self._described(kind, name, ramp=ramp, oneway=oneway))
        return Layer("roads", np.array([*shapes, None], np.object_)[:-1], known)

    def _groups(
        self, zoom: int
    ) -> dict[tuple[str, bool, bool, int], NDArray[np.int64]]:
        """Edges drawn at a zoom, by class, ramp, one way and name (-1: none shown)."""
        roads = self._content.roads
        codes = roads.road_class[self._edges]
        names = roads.name[self._edges]
        keys: list[tuple[str, bool, bool, int]] = []
        kept: list[int] = []
        listed: list[int] = codes.tolist()
        rows = zip(listed, names.tolist(), self._oneway.tolist(), strict=True)
        for place, (code, name, oneway) in enumerate(rows):
            kind, least = self._kinds[code]
            ramp = self._ramps[code]
            if zoom < (max(least, _RAMP_FROM) if ramp else least):
                continue
            shown = name if zoom >= _NAMED_FROM[kind] else -1
            keys.append((kind, ramp, oneway and zoom >= _ARROWS_FROM, shown))
            kept.append(place)
        groups: dict[tuple[str, bool, bool, int], list[int]] = {}
        for key, place in zip(keys, kept, strict=True):
            groups.setdefault(key, []).append(place)
        return {key: np.array(members) for key, members in groups.items()}

    @staticmethod
    def _without_dust(shape: Any, zoom: int) -> NDArray[np.object_]:
        """Parts that are long enough to be seen."""
        parts = shapely.get_parts(shape)
        if zoom >= _ARROWS_FROM:
            return parts[shapely.length(parts) > 0]
        return parts[shapely.length(parts) >= _DUST_PX * _UNITS_PER_PIXEL]

    def _described(
        self, kind: str, name: int, *, ramp: bool, oneway: bool
    ) -> dict[str, str | int | bool]:
        roads = self._content.roads
        known: dict[str, str | int | bool] = {"class": kind, "rank": _RANKS[kind]}
        if ramp:
            known["ramp"] = True
        if oneway:
            known["oneway"] = True
        if name >= 0:
            known["name"] = roads.names[name]
            if roads.names_zh[name]:
                known["name_zh"] = roads.names_zh[name]
        return known
