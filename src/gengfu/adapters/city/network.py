"""From road lines to a directed graph: noding, lengths, duplicates, components."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyproj as _pyproj
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .classes import road_classes
from .findings import bad
from .lines import RoadLines, SpeedOrigin

pyproj = cast("Any", _pyproj)

SHORTEST_M = 0.1
"""Nodes at one place are kept apart by this length: no edge costs nothing."""


@dataclass(frozen=True, slots=True)
class Network:
    """The directed road graph. N nodes, M edges, S shapes, P shape vertices.

    Both directions of a two-way street share one shape; `backward` says that an edge
    runs against it.
    """

    lon: NDArray[np.float64]  # (N,) degrees, WGS 84
    lat: NDArray[np.float64]  # (N,)
    component: NDArray[np.int32]  # (N,) strongly connected component, 0 the largest
    tails: NDArray[np.int32]  # (M,) node the edge leaves
    heads: NDArray[np.int32]  # (M,) node the edge reaches
    length_m: NDArray[np.float64]  # (M,) geodesic on WGS 84, along the shape
    speed_kmh: NDArray[np.float32]  # (M,)
    speed_origin: NDArray[np.uint8]  # (M,) SpeedOrigin
    road_class: NDArray[np.uint8]  # (M,) code of the class table
    oneway_origin: NDArray[np.uint8]  # (M,) OnewayOrigin
    emergency_only: NDArray[np.bool_]  # (M,)
    name: NDArray[np.int32]  # (M,) index into names, -1 none
    alias: NDArray[np.int32]  # (M,) second name, -1 none
    shape: NDArray[np.int32]  # (M,) index of the shape
    backward: NDArray[np.bool_]  # (M,)
    shape_offsets: NDArray[np.int64]  # (S+1,)
    shape_lon: NDArray[np.float64]  # (P,)
    shape_lat: NDArray[np.float64]  # (P,)
    names: tuple[str, ...]
    names_zh: tuple[str, ...]

    @property
    def node_count(self) -> int:
        return self.lon.size

    @property
    def edge_count(self) -> int:
        return self.tails.size

    @property
    def seconds(self) -> NDArray[np.float64]:
        """(M,) free-flow travel time of each edge, s."""
        return self.length_m / (self.speed_kmh.astype(np.float64) / 3.6)

    def twins(self) -> NDArray[np.int32]:
        """(M,) the edge of the same street the other way; -1 on one-way streets."""
        found = np.full(self.edge_count, -1, np.int32)
        order = np.lexsort((self.backward, self.shape))
        pair = np.flatnonzero(self.shape[order[:-1]] == self.shape[order[1:]])
        found[order[pair]] = order[pair + 1]
        found[order[pair + 1]] = order[pair]
        return found

    def edge_shapes(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Offsets (M+1,), longitudes and latitudes of every edge, tail to head."""
        begin = self.shape_offsets[self.shape]
        count = self.shape_offsets[self.shape + 1] - begin
        offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        first = np.where(self.backward, begin + count - 1, begin)
        step = np.where(self.backward, -1, 1)
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
        at = np.repeat(first, count) + within * np.repeat(step, count)
        return offsets, self.shape_lon[at], self.shape_lat[at]


@dataclass(frozen=True, slots=True)
class Mended:
    """What noding met on its way, for the counts in `city.toml`."""

    zero_length: int  # segments from a place to itself, dropped
    duplicates: int  # segments drawn twice, dropped; their name is kept as alias
    loops_cut: int  # loops at one node, cut in two at a vertex
    stretched: int  # edges of no length between two nodes, given 0.1 m
    components: int  # strongly connected
    nodes_outside: int  # nodes not in the largest component


def geodesic_m(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Length of each step along the points, m (Karney's geodesic on WGS 84)."""
    geod = pyproj.Geod(ellps="WGS84")
    _, _, step = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(step, np.float64)


def build_network(lines: RoadLines) -> tuple[Network, Mended]:
    """Node the lines and lay out the graph; nodes lie in Z-order for locality."""
    node_of, junction, loops_cut = _junctions(lines)
    segments, zero_length = _segments(lines, node_of, junction)
    segments, aliases, duplicates = _without_duplicates(lines, segments)
    if segments.line.size == 0:
        raise bad(lines.where, "has no road of any length")
    return _laid_out(lines, segments, aliases, (zero_length, duplicates, loops_cut))


@dataclass(frozen=True, slots=True)
class _Segments:
    begin: NDArray[np.int64]  # first vertex
    end: NDArray[np.int64]  # last vertex
    line: NDArray[np.int64]
    a: NDArray[np.int64]  # node at the first vertex
    b: NDArray[np.int64]
    length_m: NDArray[np.float64]

    def take(self, keep: NDArray[Any]) -> "_Segments":
        return _Segments(
            self.begin[keep],
            self.end[keep],
            self.line[keep],
            self.a[keep],
            self.b[keep],
            self.length_m[keep],
        )


def _junctions(
    lines: RoadLines,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    _, node_of, count = np.unique(lines.keys, return_inverse=True, return_counts=True)
    node_of = node_of.astype(np.int64)
    junction = count[node_of] >= 2
    junction[lines.offsets[:-1]] = True
    junction[lines.offsets[1:] - 1] = True
    begin, end, _ = _cuts(lines, junction)
    loops = (node_of[begin] == node_of[end]) & (end - begin >= 2)
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


def _segments(
    lines: RoadLines, node_of: NDArray[np.int64], junction: NDArray[np.bool_]
) -> tuple[_Segments, int]:
    begin, end, line = _cuts(lines, junction)
    along = np.concatenate([[0.0], np.cumsum(geodesic_m(lines.lon, lines.lat))])
    length = along[end] - along[begin]
    a, b = node_of[begin], node_of[end]
    real = a != b
    found = _Segments(begin, end, line, a, b, length).take(real)
    return found, int((~real).sum())


def _without_duplicates(
    lines: RoadLines, segments: _Segments
) -> tuple[_Segments, NDArray[np.int32], int]:
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


def _laid_out(
    lines: RoadLines,
    segments: _Segments,
    alias: NDArray[np.int32],
    met: tuple[int, int, int],
) -> tuple[Network, Mended]:
    used, ends = np.unique(
        np.concatenate([segments.a, segments.b]), return_inverse=True
    )
    at = np.concatenate([segments.begin, segments.end])
    vertex = np.zeros(used.size, np.int64)
    vertex[ends[::-1]] = at[::-1]
    order = z_order(lines.lon[vertex], lines.lat[vertex])
    new = np.empty(used.size, np.int64)
    new[order] = np.arange(used.size)
    a, b = new[ends[: segments.a.size]], new[ends[segments.a.size :]]
    vertex = vertex[order]

    # Segments themselves in node order, so that shapes near each other lie together.
    by_place = np.lexsort((segments.begin, b, a))
    segments, alias, a, b = (
        segments.take(by_place),
        alias[by_place],
        a[by_place],
        (b[by_place]),
    )
    count = segments.end - segments.begin + 1
    shape_offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    within = np.arange(shape_offsets[-1]) - np.repeat(shape_offsets[:-1], count)
    points = np.repeat(segments.begin, count) + within
    shape_lon, shape_lat = lines.lon[points], lines.lat[points]
    for at, node in ((shape_offsets[:-1], a), (shape_offsets[1:] - 1, b)):
        shape_lon[at] = lines.lon[vertex[node]]  # keys may lump points a hair apart
        shape_lat[at] = lines.lat[vertex[node]]

    direction = lines.direction[segments.line]
    ahead, astern = np.flatnonzero(direction >= 0), np.flatnonzero(direction <= 0)
    shape = np.concatenate([ahead, astern])
    backward = np.concatenate(
        [np.zeros(ahead.size, np.bool_), np.ones(astern.size, np.bool_)]
    )
    tails = np.where(backward, b[shape], a[shape])
    heads = np.where(backward, a[shape], b[shape])
    by_tail = np.lexsort((shape, heads, tails))
    shape, backward = shape[by_tail], backward[by_tail]
    tails, heads = tails[by_tail].astype(np.int32), heads[by_tail].astype(np.int32)

    line = segments.line[shape]
    road_class = lines.road_class[line]
    stated = np.where(
        backward, lines.speed_backward_kmh[line], lines.speed_forward_kmh[line]
    )
    by_class = np.isnan(stated)
    component = strong_components(used.size, tails, heads)
    lengths = segments.length_m[shape]
    network = Network(
        lon=lines.lon[vertex],
        lat=lines.lat[vertex],
        component=component,
        tails=tails,
        heads=heads,
        length_m=np.maximum(lengths, SHORTEST_M),
        speed_kmh=np.where(
            by_class, road_classes().speeds_kmh()[road_class], stated
        ).astype(np.float32),
        speed_origin=np.where(by_class, SpeedOrigin.CLASS, SpeedOrigin.SOURCE).astype(
            np.uint8
        ),
        road_class=road_class,
        oneway_origin=lines.oneway_origin[line],
        emergency_only=lines.emergency_only[line],
        name=lines.name[line],
        alias=alias[shape],
        shape=shape.astype(np.int32),
        backward=backward,
        shape_offsets=shape_offsets,
        shape_lon=shape_lon,
        shape_lat=shape_lat,
        names=lines.names,
        names_zh=lines.names_zh,
    )
    zero_length, duplicates, loops_cut = met
    return network, Mended(
        zero_length=zero_length,
        duplicates=duplicates,
        loops_cut=loops_cut,
        stretched=int((lengths < SHORTEST_M).sum()),
        components=int(component.max()) + 1,
        nodes_outside=int((component != 0).sum()),
    )


def strong_components(
    nodes: int, tails: NDArray[np.int32], heads: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Strongly connected component of each node, numbered by size, 0 the largest."""
    ones = np.ones(tails.size, np.int8)
    matrix = coo_array((ones, (tails, heads)), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=True, connection="strong")
    label = np.asarray(label)
    size = np.bincount(label)
    first = np.full(size.size, nodes, np.int64)
    np.minimum.at(first, label, np.arange(nodes))
    rank = np.empty(size.size, np.int32)
    rank[np.lexsort((first, -size))] = np.arange(size.size)
    return rank[label]


def z_order(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """The points' order along a Z-curve: neighbours on the map lie near in memory."""
    code = np.zeros(lon.size, np.uint64)
    for shift, value in ((0, lon), (1, lat)):
        low, high = float(value.min()), float(value.max())
        scale = (2**31 - 1) / max(high - low, 1e-12)
        code |= _spread(((value - low) * scale).astype(np.uint64)) << np.uint64(shift)
    return np.lexsort((lat, lon, code)).astype(np.int64)


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero between every two of the low 32 bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
