"""Putting points of the map on the roads."""

from dataclasses import dataclass
from math import cos, radians, sqrt

import numpy as np
from numpy.typing import ArrayLike

from . import kernels_snap
from .graph import RoadGraph
from .problem import NOWHERE, Flags, Floats, Ints, Longs, Place, Places
from .shapes import METRES_PER_DEGREE

_SEGMENTS_PER_CELL = 2.0
_EVERYTHING: Flags = np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class RoadIndex:
    """A grid over the lines of all streets, built once and then only read.

    A two-way street is filed once, under the lower numbered of its two edges.
    """

    graph: RoadGraph
    west: float
    south: float
    cell_lon: float
    cell_lat: float
    columns: int
    rows: int
    cell_start: Longs
    cell_edge: Ints
    cell_point: Ints
    point_along: Floats

    @classmethod
    def build(cls, graph: RoadGraph, edges: Flags | None = None) -> "RoadIndex":
        """Index the streets; `edges` leaves out those where it is false.

        Leave out what nobody should be snapped to: motorways for calls from the
        pavement, or edges outside the largest strong component.
        """
        one_of_two = (graph.twins < 0) | (
            np.arange(graph.edge_count, dtype=np.int32) < graph.twins
        )
        if edges is not None:
            if len(edges) != graph.edge_count:
                raise ValueError(f"{len(edges)} marks for {graph.edge_count} edges")
            shut = np.flatnonzero(edges & ~one_of_two)
            # the higher numbered twin stands in where only it is allowed
            one_of_two[shut] = ~edges[graph.twins[shut]]
            one_of_two &= edges
        filed = np.flatnonzero(one_of_two).astype(np.int32)
        lon, lat = graph.shape_lon, graph.shape_lat
        box = _Box.around(lon, lat, len(filed))
        start = np.zeros(box.columns * box.rows + 1, np.int64)
        nothing = np.zeros(0, np.int32)
        shape = (filed, graph.shape_start, lon, lat)
        grid = (
            box.west, box.south, box.cell_lon, box.cell_lat, box.columns, box.rows,
        )  # fmt: skip
        kernels_snap.file_segments(*shape, *grid, start, nothing, nothing, False)
        start = np.cumsum(start)
        cell_edge = np.empty(int(start[-1]), np.int32)
        cell_point = np.empty(int(start[-1]), np.int32)
        kernels_snap.file_segments(
            *shape, *grid, start.copy(), cell_edge, cell_point, True
        )
        return cls(graph, *grid, start, cell_edge, cell_point, _along(lon, lat))

    def snap(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        within_m: float = 1000.0,
        allowed: Flags | None = None,
        *,
        corners: bool = False,
    ) -> Places:
        """Put points on the nearest street, or nowhere beyond `within_m`.

        `allowed` (one mark per edge) narrows the choice for this call; a street filed
        under the lower of its two edges is judged by that edge. `off_road_m` holds the
        straight distance in metres, `within_m` for points put nowhere. With `corners`
        what is at the very end of a street is put at the node there, so that it is on
        none of the streets that meet.
        """
        x = np.asarray(lon, np.float64).reshape(-1)
        y = np.asarray(lat, np.float64).reshape(-1)
        if x.shape != y.shape:
            raise ValueError(f"{x.size} lon for {y.size} lat")
        if allowed is not None and len(allowed) != self.graph.edge_count:
            raise ValueError(f"{len(allowed)} marks for {self.graph.edge_count} edges")
        found = Places(np.empty(len(x), np.int32), np.empty(len(x)), np.empty(len(x)))
        kernels_snap.snap_each(
            x, y, self.graph.shape_start, self.graph.shape_lon, self.graph.shape_lat,
            self.point_along, self.west, self.south, self.cell_lon, self.cell_lat,
            self.columns, self.rows, self.cell_start, self.cell_edge, self.cell_point,
            _EVERYTHING if allowed is None else allowed, float(within_m),
            METRES_PER_DEGREE, NOWHERE, corners, self.graph.tails, self.graph.heads,
            found.edges, found.fractions, found.off_road_m,
        )  # fmt: skip
        return found

    def snap_one(self, lon: float, lat: float, within_m: float = 1000.0) -> Place:
        """Put one point on the nearest street; `known` is false beyond `within_m`."""
        return self.snap(lon, lat, within_m)[0]


@dataclass(frozen=True, slots=True)
class _Box:
    west: float
    south: float
    cell_lon: float
    cell_lat: float
    columns: int
    rows: int

    @classmethod
    def around(cls, lon: Floats, lat: Floats, segments: int) -> "_Box":
        """Fit a grid with cells about square on the ground."""
        if segments == 0 or len(lon) == 0:
            return cls(0.0, 0.0, 1.0, 1.0, 1, 1)
        west, south = float(lon.min()), float(lat.min())
        squeeze = max(cos(radians(float(lat.mean()))), 0.01)
        wide = (float(lon.max()) - west) * squeeze
        high = float(lat.max()) - south
        cells = max(segments / _SEGMENTS_PER_CELL, 1.0)
        side = max(sqrt(wide * high / cells), max(wide, high) / cells, 1e-7)
        columns, rows = int(wide / side) + 1, int(high / side) + 1
        return cls(west, south, side / squeeze, side, columns, rows)


def _along(lon: Floats, lat: Floats) -> Floats:
    """Sum the length in metres over all drawn points (only differences count)."""
    if len(lon) == 0:
        return np.zeros(0)
    east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2.0))
    steps = np.hypot(east, np.diff(lat)) * METRES_PER_DEGREE
    return np.concatenate(([0.0], np.cumsum(steps)))
