"""What each drive is made of: metres by road class, crossings, seconds by cell."""

from dataclasses import dataclass
from importlib import import_module
from math import cos, radians
from typing import Any, cast

import numpy as np

from gengfu.science.roads import (
    LiveRoads,
    LocalFactors,
    RoadGraph,
    Route,
    crossing_ends,
    edge_middles,
    route,
)
from gengfu.science.roads.shapes import METRES_PER_DEGREE

from .problem import Flags, Floats, Longs, Trips


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What fitting needs to know of the roads, edge for edge."""

    graph: RoadGraph
    classes: int
    present: Flags
    crossing: Flags
    cell: Longs
    cells: LocalFactors
    free_pace_s_per_m: Floats

    @classmethod
    def of(cls, graph: RoadGraph, cell_m: float) -> "Ground":
        """Survey a graph: classes, crossings, a grid, and the free-flow pace."""
        classes = int(graph.road_class.max(initial=-1)) + 1
        lon, lat = edge_middles(graph)
        cells = _grid(lon, lat, cell_m)
        metres = np.bincount(graph.road_class, graph.length_m, classes)
        seconds = np.bincount(graph.road_class, graph.seconds, classes)
        every = float(graph.seconds.sum() / max(graph.length_m.sum(), 1.0))
        pace = np.where(metres > 0, seconds / np.maximum(metres, 1.0), every)
        return cls(
            graph,
            classes,
            metres > 0,
            crossing_ends(graph),
            cells.cells(lon, lat).astype(np.int64),
            cells,
            pace,
        )


def _grid(lon: Floats, lat: Floats, cell_m: float) -> LocalFactors:
    west, south = float(lon.min()), float(lat.min())
    squeeze = max(cos(radians(float(lat.mean()))), 0.01)
    high = cell_m / METRES_PER_DEGREE
    wide = high / squeeze
    columns = int((float(lon.max()) - west) / wide) + 1
    rows = int((float(lat.max()) - south) / high) + 1
    return LocalFactors(west, south, (wide, high), columns, (1.0,) * (columns * rows))


@dataclass(frozen=True, slots=True, eq=False)
class Drives:
    """Quickest drives taken apart; one row per trip, N rows.

    `metres` and `crossings` are (N, classes); an edge driven in part counts in part, as
    it does in a search. `cells` is a sparse (N, cells) matrix of seconds without local
    factors. `reached` is false where there is no way at all; its row is zero.
    """

    metres: Floats
    crossings: Floats
    cells: Any
    network_s: Floats
    reached: Flags


def take_apart(
    ground: Ground, roads: LiveRoads, trips: Trips, factor: Floats | None = None
) -> Drives:
    """Find every trip's quickest drive on the roads as they are, and its parts.

    `factor` is the local factor in the seconds of every edge, to be taken out.
    """
    graph = ground.graph
    network = np.full(len(trips), np.inf)
    ways: dict[int, Route] = {}
    for row in range(len(trips)):
        origin, goal = trips.origins[row], trips.goals[row]
        if origin.known and goal.known:
            found = route(roads, origin, goal, drawn=False)
            if found is not None:
                network[row] = found.seconds
                ways[row] = found
    none = np.zeros(0)
    edges = np.concatenate(
        [np.zeros(0, np.int64), *(way.edges for way in ways.values())]
    )
    length = np.concatenate([none, *(way.edge_length_m for way in ways.values())])
    seconds = np.concatenate([none, *(way.edge_seconds for way in ways.values())])
    rows = np.repeat(
        np.array(list(ways), np.int64), [len(way.edges) for way in ways.values()]
    )

    def by_class(values: Floats) -> Floats:
        at = rows * ground.classes + graph.road_class[edges]
        total = np.bincount(at, values, len(trips) * ground.classes)
        return total.reshape(len(trips), ground.classes)

    part = length / np.maximum(graph.length_m[edges], 1e-9)
    if factor is not None:
        seconds = seconds / factor[edges]
    sparse = cast("Any", import_module("scipy.sparse"))
    return Drives(
        by_class(length),
        by_class(part * ground.crossing[edges]),
        sparse.csr_array(
            (seconds, (rows, ground.cell[edges])),
            shape=(len(trips), len(ground.cells.factor)),
        ),
        network,
        np.isfinite(network),
    )


def network_seconds(roads: LiveRoads, trips: Trips) -> Floats:
    """Seconds on the network of every trip; infinity where there is no way."""
    seconds = np.full(len(trips), np.inf)
    for row in range(len(trips)):
        origin, goal = trips.origins[row], trips.goals[row]
        if origin.known and goal.known:
            found = route(roads, origin, goal, drawn=False)
            seconds[row] = np.inf if found is None else found.seconds
    return seconds
