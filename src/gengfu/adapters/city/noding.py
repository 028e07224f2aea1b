"""Where lines meet: junctions, the segments between them, and what is drawn twice."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .lines import RoadLines


def geodesic_m(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Length of each step along the points, m (Karney's geodesic on WGS 84)."""
    geod = cast("Any", import_module("pyproj")).Geod(ellps="WGS84")
    _, _, step = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(step, np.float64)


@dataclass(frozen=True, slots=True)
class Segments:
    """Stretches of lines between two junctions. Vertices and nodes by number."""

    begin: NDArray[np.int64]  # first vertex
    end: NDArray[np.int64]  # last vertex
    line: NDArray[np.int64]
    a: NDArray[np.int64]  # node at the first vertex
    b: NDArray[np.int64]
    length_m: NDArray[np.float64]

    def take(self, keep: NDArray[Any]) -> "Segments":
        """Keep some of them, by mask or in another order."""
        return Segments(
            self.begin[keep],
            self.end[keep],
            self.line[keep],
            self.a[keep],
            self.b[keep],
            self.length_m[keep],
        )


def find_junctions(
    lines: RoadLines,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    """Give each vertex the number of its key, and mark those where lines are to be cut.

    These are the ends of lines, vertices whose key occurs twice, and one vertex within
    each loop that starts and ends at one node (the number of such is returned last).
    """
    _, node_of, count = np.unique(lines.keys, return_inverse=True, return_counts=True)
    node_of = node_of.astype(np.int64)
    junction = count[node_of] > 1
    junction[lines.offsets[:-1]] = True
    junction[lines.offsets[1:] - 1] = True
    begin, end, _ = _cuts(lines, junction)
    loops = (node_of[begin] == node_of[end]) & (end - begin > 1)
    middle = (begin[loops] + end[loops]) // 2
    junction[middle] = True
    return node_of, junction, int(middle.size)


def _cuts(
    lines: RoadLines, junction: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    line_of = np.repeat(np.arange(lines.rows.size), np.diff(lines.offsets))
    at = np.flatnonzero(junction)
    same = line_of[at[:-1]] == line_of[at[1:]]
    return at[:-1][same], at[1:][same], line_of[at[:-1][same]]


def cut_segments(
    lines: RoadLines, node_of: NDArray[np.int64], junction: NDArray[np.bool_]
) -> tuple[Segments, int]:
    """Cut the lines; segments from a place to itself are dropped and counted."""
    begin, end, line = _cuts(lines, junction)
    along = np.concatenate([[0.0], np.cumsum(geodesic_m(lines.lon, lines.lat))])
    length = along[end] - along[begin]
    a, b = node_of[begin], node_of[end]
    real = a != b
    found = Segments(begin, end, line, a, b, length).take(real)
    return found, int((~real).sum())


def drop_duplicates(
    lines: RoadLines, segments: Segments
) -> tuple[Segments, NDArray[np.int32], int]:
    """Drop what is drawn twice between the same nodes by the same way.

    Of two the more important class stays; the name of the other becomes its alias.
    Segments that are one-way in opposite directions are not duplicates.
    """
    lo = np.minimum(segments.a, segments.b)
    hi = np.maximum(segments.a, segments.b)
    direction = lines.direction[segments.line].astype(np.int64)
    direction = np.where(segments.a == lo, direction, -direction)
    decimetres = np.round(segments.length_m * 10).astype(np.int64)
    rank = lines.road_class[segments.line].astype(np.int64)
    order = np.lexsort((segments.line, rank, direction, decimetres, hi, lo))
    identity = np.column_stack([lo, hi, decimetres, direction])[order]
    first = np.ones(order.size, np.bool_)
    first[1:] = (identity[1:] != identity[:-1]).any(axis=1)
    leader = np.maximum.accumulate(np.where(first, np.arange(order.size), 0))
    name = lines.name[segments.line][order]
    alias = lines.alias[segments.line][order]
    for i in np.flatnonzero(~first):
        if alias[leader[i]] < 0 and name[i] >= 0 and name[i] != name[leader[i]]:
            alias[leader[i]] = name[i]
    kept = np.sort(order[first])
    by_segment = np.full(segments.line.size, -1, np.int32)
    by_segment[order] = alias
    return segments.take(kept), by_segment[kept], int((~first).sum())
