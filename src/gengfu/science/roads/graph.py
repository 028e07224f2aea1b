"""The directed road graph: built once from arrays, then never changed."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .problem import LONGEST_MS, ONWARD, ROW, Floats, Ints, Longs


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """Directed roads in the caller's numbering, with compressed rows for searching.

    Everything public is in the order the caller gave: node `n` is at
    `lon[n], lat[n]`, edge `e` runs from `tails[e]` to `heads[e]`. Searches run on
    *ranks*: nodes renumbered along a Morton curve, so that neighbours on the map are
    neighbours in memory. Row `r` of the outgoing edges (and of the incoming ones) is
    `out_edge[ROW * r:ROW * (r + 1)]`, filled up with -1. A node with more ways than
    `ROW` has `spans[n]` ranks from `rank[n]` on; each row but the last ends in ONWARD,
    a way to the next rank that takes no time. `node_at[r]` is the node of a rank, -1
    for the second and later ranks of a node.

    `twins[e]` is the edge of the same street the other way, or -1 on a one-way street.
    `shape_*` hold each edge's line: points `shape_start[e]:shape_start[e + 1]` of
    `shape_lon, shape_lat`, from tail to head. `order` is a contraction order (see
    `contraction_order`), empty where none was given.
    """

    tails: Ints
    heads: Ints
    seconds: Floats
    length_m: Floats
    lon: Floats
    lat: Floats
    road_class: Ints
    twins: Ints
    shape_start: Longs
    shape_lon: Floats
    shape_lat: Floats
    rank: Ints
    spans: Ints
    node_at: Ints
    out_edge: Ints
    out_slot: Ints
    in_edge: Ints
    in_slot: Ints
    order: Ints

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    @property
    def rank_count(self) -> int:
        """Number of ranks, slightly more than nodes."""
        return len(self.node_at)

    @property
    def edge_count(self) -> int:
        """Number of directed edges."""
        return len(self.tails)

    @classmethod
    def build(
        cls,
        tails: ArrayLike,
        heads: ArrayLike,
        seconds: ArrayLike,
        length_m: ArrayLike,
        lon: ArrayLike,
        lat: ArrayLike,
        *,
        road_class: ArrayLike | None = None,
        twins: ArrayLike | None = None,
        shape: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
        order: ArrayLike | None = None,
    ) -> "RoadGraph":
        """Build from one row per directed edge and one row per node.

        `shape` is (start, lon, lat) as described in the class; without it every edge
        is a straight line. Without `twins`, edges that join the same two nodes in
        opposite directions with equal length (to the millimetre) are twins.

        Raises ValueError naming the first bad row.
        """
        tail, head = _ints(tails), _ints(heads)
        time, length = _floats(seconds), _floats(length_m)
        x, y = _floats(lon), _floats(lat)
        _check(tail, head, time, length, x, y)
        classes = (
            np.zeros(len(tail), np.int32) if road_class is None else _ints(road_class)
        )
        if twins is None:
            pairs = _twins(tail, head, length)
        else:
            pairs = _ints(twins)
            _check_twins(pairs, tail, head)
        if shape is None:
            start, line_x, line_y = _straight(tail, head, x, y)
        else:
            start = np.asarray(shape[0], np.int64)
            line_x, line_y = _floats(shape[1]), _floats(shape[2])
            _check_shape(start, line_x, line_y, len(tail))
        if len(classes) != len(tail):
            raise ValueError(f"{len(classes)} road classes for {len(tail)} edges")
        sequence = _ints([] if order is None else order)
        if len(sequence) not in {0, len(x)}:
            raise ValueError(f"an order of {len(sequence)} nodes for {len(x)} nodes")
        spans = np.maximum(_rows_needed(tail, len(x)), _rows_needed(head, len(x)))
        rank, node_at = _ranks(np.argsort(_morton(x, y), kind="stable"), spans)
        out_edge, out_slot = _rows(tail, head, rank, len(node_at))
        in_edge, in_slot = _rows(head, tail, rank, len(node_at))
        built = cls(
            tail, head, time, length, x, y, classes, pairs, start, line_x, line_y,
            rank, spans, node_at, out_edge, out_slot, in_edge, in_slot, sequence,
        )  # fmt: skip
        for name in cls.__slots__:
            array: NDArray[np.generic] = getattr(built, name)
            array.flags.writeable = False
        return built


def largest_strong_component(graph: RoadGraph) -> NDArray[np.bool_]:
    """Which nodes are in the largest set where everyone can drive to everyone."""
    labels = _strong_components(graph.tails, graph.heads, graph.node_count)
    if len(labels) == 0:
        return np.zeros(0, np.bool_)
    biggest = int(np.argmax(np.bincount(labels)))
    return labels == biggest


def _strong_components(tails: Ints, heads: Ints, n: int) -> Ints:
    sparse = cast("Any", import_module("scipy.sparse"))
    csgraph = cast("Any", import_module("scipy.sparse.csgraph"))
    ones = np.ones(len(tails), np.int8)
    matrix = sparse.coo_array((ones, (tails, heads)), shape=(n, n)).astype(bool)
    found = csgraph.connected_components(matrix, directed=True, connection="strong")
    return cast("Ints", found[1])


def _ints(values: ArrayLike) -> Ints:
    return np.array(values, np.int32)


def _floats(values: ArrayLike) -> Floats:
    return np.array(values, np.float64)


def _check(
    tail: Ints, head: Ints, time: Floats, length: Floats, x: Floats, y: Floats
) -> None:
    edges = len(tail)
    if not (len(head) == len(time) == len(length) == edges):
        raise ValueError("tails, heads, seconds and length_m differ in length")
    if len(x) != len(y):
        raise ValueError("lon and lat differ in length")
    rows = (
        ("tail is not a node", (tail < 0) | (tail >= len(x))),
        ("head is not a node", (head < 0) | (head >= len(x))),
        ("seconds must be 0 or more", ~(time >= 0)),
        ("seconds are too many", time * 1000.0 > LONGEST_MS),
        ("length_m must be 0 or more", ~((length >= 0) & np.isfinite(length))),
    )
    for what, bad in rows:
        if bad.any():
            raise ValueError(f"edge {int(np.argmax(bad))}: {what}")
    lost = ~(np.isfinite(x) & np.isfinite(y))
    if lost.any():
        raise ValueError(f"node {int(np.argmax(lost))}: lon or lat is not a number")


def _check_twins(twins: Ints, tail: Ints, head: Ints) -> None:
    if len(twins) != len(tail):
        raise ValueError(f"{len(twins)} twins for {len(tail)} edges")
    mine = np.flatnonzero(twins >= 0)
    other = twins[mine]
    if other.size and int(other.max()) >= len(tail):
        raise ValueError("a twin is not an edge")
    good = (twins[other] == mine) & (tail[other] == head[mine])
    good &= head[other] == tail[mine]
    if not good.all():
        raise ValueError(f"edge {int(mine[np.argmin(good)])}: twin does not run back")


def _check_shape(start: Longs, x: Floats, y: Floats, edges: int) -> None:
    if len(start) != edges + 1 or len(x) != len(y):
        raise ValueError("shape needs one start per edge plus one, and lon like lat")
    if edges and (int(start[0]) != 0 or int(start[-1]) != len(x)):
        raise ValueError("shape starts must run from 0 to the number of points")
    short = np.diff(start) <= 1
    if short.any():
        raise ValueError(f"edge {int(np.argmax(short))}: its line has under 2 points")


def _straight(
    tail: Ints, head: Ints, x: Floats, y: Floats
) -> tuple[Longs, Floats, Floats]:
    ends = np.column_stack((tail, head)).ravel()
    return np.arange(0, 2 * len(tail) + 1, 2, dtype=np.int64), x[ends], y[ends]


def _rows_needed(of: Ints, n: int) -> Ints:
    """Rows of each node for its edges, where every row but the last has a way on."""
    counts = np.bincount(of, minlength=n)
    return np.maximum(-(-(counts - 1) // (ROW - 1)), 1).astype(np.int32)


def _ranks(sequence: Longs, spans: Ints) -> tuple[Ints, Ints]:
    """Rank per node and node (or -1) per rank, for nodes in this sequence."""
    ends = np.cumsum(spans[sequence], dtype=np.int64)
    rank = np.empty(len(sequence), np.int32)
    rank[sequence] = ends - spans[sequence]
    node_at = np.full(int(ends[-1]) if len(ends) else 0, -1, np.int32)
    node_at[rank] = np.arange(len(rank), dtype=np.int32)
    return rank, node_at


def _rows(of: Ints, to: Ints, rank: Ints, ranks: int) -> tuple[Ints, Ints]:
    """Rows of edges: edge, ONWARD or -1 per slot, and slot per edge."""
    order = np.lexsort((rank[to], rank[of])).astype(np.int32)
    first = rank[of[order]]
    counts = np.bincount(first, minlength=ranks)
    place = np.arange(len(order)) - (np.cumsum(counts) - counts)[first]
    needed = _rows_needed(of, len(rank))
    row = np.minimum(place // (ROW - 1), needed[of[order]] - 1)
    slots = (ROW * (first + row) + place - (ROW - 1) * row).astype(np.int32)
    edge = np.full(ROW * ranks, -1, np.int32)
    edge[slots] = order
    for further in range(1, int(needed.max(initial=1))):
        wide = rank[needed > further] + further - 1
        edge[ROW * wide + ROW - 1] = ONWARD
    slot = np.empty_like(order)
    slot[order] = slots
    return edge, slot


def _morton(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """Interleave the bits of both coordinates, 21 each (Morton 1966)."""
    return _spread(_grid(x)) | (_spread(_grid(y)) << np.uint64(1))


def _grid(values: Floats) -> NDArray[np.uint64]:
    if len(values) == 0:
        return np.zeros(0, np.uint64)
    low, high = float(values.min()), float(values.max())
    scale = (2**21 - 1) / (high - low) if high > low else 0.0
    return ((values - low) * scale).astype(np.uint64)


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, mask in (
        (32, 0x001F00000000FFFF),
        (16, 0x001F0000FF0000FF),
        (8, 0x100F00F00F00F00F),
        (4, 0x10C30C30C30C30C3),
        (2, 0x1249249249249249),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _twins(tail: Ints, head: Ints, length: Floats) -> Ints:
    """Pair opposite edges of equal length, in order where there are several."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    millimetres = np.round(length * 1000.0).astype(np.int64)
    back = tail > head
    # place among edges with the same ends, length and direction
    order = np.lexsort((np.arange(len(tail)), back, millimetres, high, low))
    same = np.ones(max(len(tail) - 1, 0), np.bool_)
    for key in (low, high, millimetres, back):
        same &= key[order][1:] == key[order][:-1]
    new = np.concatenate((np.ones(min(len(tail), 1), np.bool_), ~same))
    place = np.empty(len(tail), np.int64)
    counter = np.arange(len(tail))
    place[order] = counter - np.maximum.accumulate(np.where(new, counter, 0))
    order = np.lexsort((back, place, millimetres, high, low))
    first, second = order[:-1], order[1:]
    match = (~back[first] & back[second]) & (place[first] == place[second])
    for key in (low, high, millimetres):
        match &= key[first] == key[second]
    twins = np.full(len(tail), -1, np.int32)
    twins[first[match]] = second[match]
    twins[second[match]] = first[match]
    return twins
