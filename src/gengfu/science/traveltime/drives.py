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
    shape = (len(trips), ground.classes)
    metres, crossings = np.zeros(shape), np.zeros(shape)
    network = np.full(len(trips), np.inf)
    of_trip: list[Longs] = []
    of_cell: list[Longs] = []
    driven: list[Floats] = []
    graph = ground.graph
    by_edge = np.ones(graph.edge_count) if factor is None else factor
    for row in range(len(trips)):
        origin, goal = trips.origins[row], trips.goals[row]
        if not (origin.known and goal.known):
            continue
        found = route(roads, origin, goal, drawn=False)
        if found is None:
            continue
        network[row] = found.seconds
        classes = graph.road_class[found.edges]
        part = found.edge_length_m / np.maximum(graph.length_m[found.edges], 1e-9)
        metres[row] = np.bincount(classes, found.edge_length_m, ground.classes)
        passed = part * ground.crossing[found.edges]
        crossings[row] = np.bincount(classes, passed, ground.classes)
        of_trip.append(np.full(len(classes), row, np.int64))
        of_cell.append(ground.cell[found.edges])
        driven.append(found.edge_seconds / by_edge[found.edges])
    return Drives(
        metres,
        crossings,
        _sparse(driven, of_trip, of_cell, (len(trips), len(ground.cells.factor))),
        network,
        np.isfinite(network),
    )


def _sparse(
    values: list[Floats],
    rows: list[Longs],
    columns: list[Longs],
    shape: tuple[int, int],
) -> Any:
    sparse = cast("Any", import_module("scipy.sparse"))
    if not values:
        return sparse.csr_array(shape)
    at = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(values), at), shape=shape)


def network_seconds(roads: LiveRoads, trips: Trips) -> Floats:
    """Seconds on the network of every trip; infinity where there is no way."""
    seconds = np.full(len(trips), np.inf)
    for row in range(len(trips)):
        origin, goal = trips.origins[row], trips.goals[row]
        if origin.known and goal.known:
            found = route(roads, origin, goal, drawn=False)
            seconds[row] = np.inf if found is None else found.seconds
    return seconds
