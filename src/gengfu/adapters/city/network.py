"""From road lines to a directed graph: noding, lengths, duplicates, components."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .classes import road_classes
from .findings import bad
from .lines import RoadLines, SpeedOrigin
from .noding import Segments, cut_segments, drop_duplicates, find_junctions

SHORTEST_M = 0.1
"""Nodes at one place are kept apart by this length: no edge costs nothing."""


def _no_order() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Network:
    """The directed road graph. N nodes, M edges, S shapes, P shape vertices.

    Both directions of a two-way street share one shape; `backward` says that an edge
    runs against it. Every shape has one edge that runs along it.
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
    # (N,) contraction order; empty where none is kept
    order: NDArray[np.int32] = field(default_factory=_no_order)

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
        within = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1], count)
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


def build_network(lines: RoadLines) -> tuple[Network, Mended]:
    """Node the lines and lay out the graph; nodes lie in Z-order for locality."""
    node_of, junction, loops_cut = find_junctions(lines)
    segments, zero_length = cut_segments(lines, node_of, junction)
    segments, aliases, duplicates = drop_duplicates(lines, segments)
    if segments.line.size == 0:
        raise bad(lines.where, "has no road of any length")
    return _laid_out(lines, segments, aliases, (zero_length, duplicates, loops_cut))


def _laid_out(
    lines: RoadLines,
    segments: Segments,
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
    # A street that is one-way against its drawing is turned round, so that every
    # shape has an edge along it.
    turned = lines.direction[segments.line] < 0
    a, b = np.where(turned, b, a), np.where(turned, a, b)
    count = segments.end - segments.begin + 1
    shape_offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    within = np.arange(int(shape_offsets[-1])) - np.repeat(shape_offsets[:-1], count)
    first = np.where(turned, segments.end, segments.begin)
    points = np.repeat(first, count) + within * np.repeat(
        np.where(turned, -1, 1), count
    )
    shape_lon, shape_lat = lines.lon[points], lines.lat[points]
    for at, node in ((shape_offsets[:-1], a), (shape_offsets[1:] - 1, b)):
        shape_lon[at] = lines.lon[vertex[node]]  # keys may lump points a hair apart
        shape_lat[at] = lines.lat[vertex[node]]

    ahead = np.arange(segments.line.size)
    astern = np.flatnonzero(lines.direction[segments.line] == 0)
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
        backward | turned[shape],
        lines.speed_backward_kmh[line],
        lines.speed_forward_kmh[line],
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
    sparse = cast("Any", import_module("scipy.sparse"))
    csgraph = cast("Any", import_module("scipy.sparse.csgraph"))
    matrix = sparse.coo_array((ones, (tails, heads)), shape=(nodes, nodes))
    _, label = csgraph.connected_components(matrix, directed=True, connection="strong")
    label = np.asarray(label)
    size = np.bincount(label)
    first = np.full(size.size, nodes, np.int64)
    np.minimum.at(first, label, np.arange(nodes))
    rank = np.empty(size.size, np.int32)
    rank[np.lexsort((first, -size))] = np.arange(size.size)
    return rank[label]


def z_order(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order points along a Z-curve: neighbours on the map lie near in memory."""
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
