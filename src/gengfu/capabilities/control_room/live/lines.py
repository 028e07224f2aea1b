"""Lines of many streets for a map of the whole city: thinned once, few decimals."""

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.rules.distances import METRES_PER_DEGREE
from gengfu.science.roads import RoadGraph

type Line = tuple[tuple[float, float], ...]
DECIMALS = 5
"""About a metre."""
OFF_M = 8.0


class ThinLines:
    """Each edge's line without the points that hardly bend it.

    A point goes where it lies within `OFF_M` of the straight line from the last point
    kept to the edge's end and of the line between its neighbours; ends always stay.
    """

    def __init__(self, graph: RoadGraph) -> None:
        lon, lat = graph.shape_lon, graph.shape_lat
        start = graph.shape_start
        ends = np.zeros(len(lon), np.bool_)
        ends[start[:-1]] = True
        ends[start[1:] - 1] = True
        keep = ends.copy()
        x = lon * METRES_PER_DEGREE * np.cos(np.radians(lat))
        y = lat * METRES_PER_DEGREE
        edge = np.repeat(np.arange(graph.edge_count), np.diff(start))
        inner = np.flatnonzero(~ends)
        first, last = start[edge[inner]], start[edge[inner] + 1] - 1
        keep[inner] = _off(x, y, inner, first, last) > OFF_M
        # two rounds of neighbours: what the long chord found far off may still be
        # on the line between the points that stay next to it
        for _ in range(2):
            kept = np.flatnonzero(keep)
            at = np.flatnonzero(~ends[kept])[::2]
            off = _off(x, y, kept[at], kept[at - 1], kept[at + 1])
            keep[kept[at[off <= OFF_M / 2]]] = False
        self._start = np.concatenate(([0], np.cumsum(keep)))[start]
        self._lon = np.round(lon[keep], DECIMALS)
        self._lat = np.round(lat[keep], DECIMALS)

    def of(self, edges: NDArray[np.int64]) -> tuple[Line, ...]:
        """Return the lines of these edges as (longitude, latitude) pairs."""
        first, last = self._start[edges], self._start[edges + 1]
        sizes = last - first
        stop = np.cumsum(sizes)
        rows = np.arange(int(sizes.sum())) + np.repeat(first - stop + sizes, sizes)
        lon: list[float] = self._lon[rows].tolist()
        lat: list[float] = self._lat[rows].tolist()
        points = list(zip(lon, lat, strict=True))
        begins: list[int] = (stop - sizes).tolist()
        ends: list[int] = stop.tolist()
        return tuple(tuple(points[a:b]) for a, b in zip(begins, ends, strict=True))


def _off(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    point: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Distance of points from the segments between two others, in metres."""
    dx, dy = x[last] - x[first], y[last] - y[first]
    px, py = x[point] - x[first], y[point] - y[first]
    length = np.maximum(dx * dx + dy * dy, 1e-9)
    part = np.clip((px * dx + py * dy) / length, 0.0, 1.0)
    return np.hypot(px - part * dx, py - part * dy)
