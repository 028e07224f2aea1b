"""Lines of edges on the map: points along them, and pieces of them."""

from math import cos, radians

import numpy as np

from .graph import RoadGraph
from .problem import Floats, Longs, Place

METRES_PER_DEGREE = 111_195.08
"""One degree of a great circle on a sphere of 6,371,008.8 m (IUGG mean radius)."""


def edge_line(graph: RoadGraph, edge: int) -> tuple[Floats, Floats]:
    """Points of one edge from tail to head."""
    points = slice(int(graph.shape_start[edge]), int(graph.shape_start[edge + 1]))
    return graph.shape_lon[points], graph.shape_lat[points]


def edge_piece(
    graph: RoadGraph, edge: int, start: float, end: float
) -> tuple[Floats, Floats]:
    """Points of one edge between two fractions of its drawn length."""
    lon, lat = edge_line(graph, edge)
    if start <= 0.0 and end >= 1.0:
        return lon, lat
    along = _along(lon, lat)
    total = float(along[-1])
    if total <= 0.0:
        return lon, lat
    low, high = start * total, end * total
    inside = (along > low) & (along < high)
    at = np.concatenate(([low], along[inside], [high]))
    return np.interp(at, along, lon), np.interp(at, along, lat)


def where(graph: RoadGraph, place: Place) -> tuple[float, float]:
    """Longitude and latitude of a place."""
    if place.edge < 0:
        node = ~place.edge
        return float(graph.lon[node]), float(graph.lat[node])
    lon, lat = edge_line(graph, place.edge)
    along = _along(lon, lat)
    at = place.fraction * float(along[-1])
    return float(np.interp(at, along, lon)), float(np.interp(at, along, lat))


def line_lengths_m(lon: Floats, lat: Floats, start: Longs) -> Floats:
    """Length of each of many lines; `start` as in `RoadGraph.shape_start`."""
    lengths = np.zeros(len(start) - 1)
    if len(lon) > 1:
        east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2.0))
        pieces = np.hypot(east, np.diff(lat)) * METRES_PER_DEGREE
        total = np.concatenate(([0.0], np.cumsum(pieces)))
        lengths = total[start[1:] - 1] - total[start[:-1]]
    return lengths


def _along(lon: Floats, lat: Floats) -> Floats:
    """Distance along a line to each of its points, in degrees of latitude."""
    scale = cos(radians(float(lat[0])))
    steps = np.hypot(np.diff(lon) * scale, np.diff(lat))
    return np.concatenate(([0.0], np.cumsum(steps)))
