"""Areas of a city: polygons with their people, looked up by point."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .areas_grid import AreaGrid
from .findings import Where, bad, printable

shapely = cast("Any", _shapely)

PEOPLE = ("population", "households", "floating_population", "vehicles")
OVERLAP_SHARE = 0.001
"""Neighbours may share this part of the smaller one: digitised borders never match."""
OVERLAP_M2 = 100.0
"""... or this much ground, whichever is more."""

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Areas:
    """A areas, in file order. People are NaN where the source does not count them."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    names_zh: tuple[str, ...]
    kinds: tuple[str, ...]
    parent: NDArray[np.int32]  # (A,) row of the parent, -1 none
    population: NDArray[np.float64]  # (A,)
    households: NDArray[np.float64]
    floating_population: NDArray[np.float64]
    vehicles: NDArray[np.float64]
    polygons: NDArray[Any]  # (A,) shapely Polygon or MultiPolygon, WGS 84
    depth: NDArray[np.int32]  # (A,) 0 for areas without parent
    tree: Any  # shapely STRtree over polygons
    grid: AreaGrid

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, area_id: str) -> int:
        """Find an area by its id; KeyError when there is none."""
        try:
            return self.ids.index(area_id)
        except ValueError:
            raise KeyError(area_id) from None

    def at(self, lon: float, lat: float) -> int:
        """Find the lowest area that holds the point; -1 outside all.

        A point on a border goes to the earlier row. As `locate`, without its arrays.
        """
        return self.grid.at(lon, lat)

    def locate(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.int32]:
        """As `at` for many points; a point on a border goes to the earlier row."""
        points = shapely.points(lon, lat)
        point, area = self.tree.query(points)
        inside = shapely.intersects(self.polygons[area], points[point])
        point, area = point[inside], area[inside]
        found = np.full(len(lon), -1, np.int32)
        order = np.lexsort((area, -self.depth[area], point))
        point, area = point[order], area[order]
        first = np.ones(point.size, np.bool_)
        first[1:] = point[1:] != point[:-1]
        found[point[first]] = area[first]
        return found

    def nearest(self, lon: float, lat: float, *, within_m: float) -> int:
        """Find the area that holds the point or lies within `within_m`; else -1."""
        inside = self.at(lon, lat)
        if inside >= 0:
            return inside
        scale = np.cos(np.radians(lat))

        def flat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            east_north = np.array([scale, 1.0]) * _METRES_PER_DEGREE
            return (xy - np.array([lon, lat])) * east_north

        reach = within_m / _METRES_PER_DEGREE
        box = shapely.box(
            lon - reach / scale, lat - reach, lon + reach / scale, lat + reach
        )
        near = np.sort(self.tree.query(box))
        if near.size == 0:
            return -1
        away = shapely.distance(
            shapely.transform(self.polygons[near], flat), shapely.Point(0.0, 0.0)
        )
        best = int(np.argmin(away))
        return int(near[best]) if float(away[best]) <= within_m else -1

    def total_population(self) -> float:
        """People in the areas that have no children, so that none counts twice."""
        leaf = np.ones(len(self), np.bool_)
        leaf[self.parent[self.parent >= 0]] = False
        return float(np.nansum(self.population[leaf]))


def make_areas(
    ids: Sequence[str],
    names: Sequence[str],
    names_zh: Sequence[str],
    kinds: Sequence[str],
    parent: NDArray[np.int32],
    people: dict[str, NDArray[np.float64]],
    polygons: NDArray[Any],
) -> Areas:
    """Put areas together with their depth and their search tree."""
    shapely.prepare(polygons)
    depth = np.zeros(len(ids), np.int32)
    above = parent.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1).astype(np.int32)
    tree = shapely.STRtree(polygons)
    return Areas(
        ids=tuple(ids),
        names=tuple(names),
        names_zh=tuple(names_zh),
        kinds=tuple(kinds),
        parent=parent,
        population=people["population"],
        households=people["households"],
        floating_population=people["floating_population"],
        vehicles=people["vehicles"],
        polygons=polygons,
        depth=depth,
        tree=tree,
        grid=AreaGrid(polygons, depth, tree),
    )


def slug(text: str) -> str:
    """`text` as an id: lower case, words joined by hyphens, no accents."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
    )
    return re.sub(r"[\W_]+", "-", plain.lower()).strip("-")


def overlaps(areas: Areas) -> list[tuple[int, int, float]]:
    """Pairs of areas of one level that share ground, with how many square metres."""
    a, b = areas.tree.query(areas.polygons, predicate="intersects")
    pair = (a < b) & (areas.depth[a] == areas.depth[b])
    a, b = a[pair], b[pair]
    if a.size == 0:
        return []
    shared = ground_m2(shapely.intersection(areas.polygons[a], areas.polygons[b]))
    own = ground_m2(areas.polygons)
    allowed = np.maximum(OVERLAP_M2, OVERLAP_SHARE * np.minimum(own[a], own[b]))
    found = np.flatnonzero(shared > allowed)
    found = found[np.lexsort((b[found], a[found]))]
    return [(int(a[i]), int(b[i]), float(shared[i])) for i in found]


def refuse_overlaps(areas: Areas, where: Where, rows: Sequence[int]) -> None:
    """BadInput naming the first two areas of one level that overlap."""
    for a, b, shared in overlaps(areas)[:1]:
        first, second = printable(areas.names[a]), printable(areas.names[b])
        raise bad(
            where.at(rows[b], "geometry"),
            f"{second!r} overlaps {first!r} (row {rows[a]}) by {shared:,.0f} m2",
        )


def ground_m2(polygons: NDArray[Any]) -> NDArray[np.float64]:
    """Area on the ground, m2, by an equal-area projection of the sphere (0.5 %)."""
    radius = 6_371_007.2

    def cylinder(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.radians(xy[:, 0]) * radius
        y = np.sin(np.radians(xy[:, 1])) * radius
        return np.column_stack([x, y])

    return np.asarray(shapely.area(shapely.transform(polygons, cylinder)), np.float64)
