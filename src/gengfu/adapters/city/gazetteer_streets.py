"""Streets as places: where each runs, where two meet, and how far along is how far.

A name may belong to several streets ("Maipú" in both towns). Edges of one name that
touch, or whose ends come within 250 m of each other, are one street.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

shapely = cast("Any", _shapely)

_METRES_PER_DEGREE = 111_320.0
_SAME_STREET_GAP_M = 250.0
_SAME_CROSSING_M = 70.0
_NEAR_CROSSING_M = 100.0
_REMEMBERED = 20_000
_CROSSING_PRECISION_M = 15.0
_MOST_CROSSINGS = 4
_APART_M = 1e7


@dataclass(frozen=True, slots=True, eq=False)
class StreetNetwork:
    """Named edges between nodes; directions do not matter here.

    Attributes:
        names: distinct street names; `names_zh` their Chinese names or empty strings.
        edge_name: position in `names` for each edge, -1 for an edge without a name.
        tail: node at which each edge starts; `head` the one at which it ends.
        node_lon: degrees, by node; `node_lat` likewise.
        shape_offsets: (edges + 1,) where the line of each edge begins in `shape_lon`
            and `shape_lat`; lines run from tail to head.

    """

    names: Sequence[str]
    names_zh: Sequence[str]
    edge_name: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    shape_offsets: NDArray[np.int64]
    shape_lon: NDArray[np.float64]
    shape_lat: NDArray[np.float64]

    def line(self, edge: int) -> NDArray[np.float64]:
        """(vertices, 2) longitude and latitude of one edge, tail to head."""
        part = slice(self.shape_offsets[edge], self.shape_offsets[edge + 1])
        return np.column_stack([self.shape_lon[part], self.shape_lat[part]])


@dataclass(frozen=True, slots=True)
class Street:
    """One street: a name and a connected stretch of road.

    `lon`, `lat` is a node on it near its middle; `half_extent_m` is how far the rest
    may be from there.
    """

    name: int
    lon: float
    lat: float
    half_extent_m: float
    length_m: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two streets meet; or, not `joined`, where they cross or come near."""

    node: int
    lon: float
    lat: float
    precision_m: float
    gap_m: float = 0.0
    joined: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A road as one line from end to end, measured in metres."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    along_m: NDArray[np.float64]

    @property
    def length_m(self) -> float:
        """From end to end."""
        return float(self.along_m[-1])

    def at(self, metres: float) -> tuple[float, float]:
        """Longitude and latitude at a distance from the first end."""
        return (
            float(np.interp(metres, self.along_m, self.lon)),
            float(np.interp(metres, self.along_m, self.lat)),
        )

    def nearest(self, lon: float, lat: float) -> tuple[float, float]:
        """Distance along, and distance off the line, of the vertex nearest a point."""
        scale = cos(radians(lat))
        off = np.hypot((self.lon - lon) * scale, self.lat - lat) * _METRES_PER_DEGREE
        closest = int(off.argmin())
        return float(self.along_m[closest]), float(off[closest])

    def end_name(self, *, last: bool) -> str:
        """Which end it is, by compass: "north", "south", "east" or "west"."""
        east = (self.lon[-1] - self.lon[0]) * cos(radians(float(self.lat[0])))
        north = self.lat[-1] - self.lat[0]
        if not last:
            east, north = -east, -north
        if abs(north) >= abs(east):
            return "north" if north > 0 else "south"
        return "east" if east > 0 else "west"


class Streets:
    """Streets of a network and what is asked about them."""

    def __init__(self, network: StreetNetwork) -> None:
        self.network = net = network
        self._missed: dict[tuple[int, int], list[Crossing]] = {}
        centre = float(np.mean(net.node_lat)) if len(net.node_lat) else 0.0
        self._metres_per_lon = cos(radians(centre)) * _METRES_PER_DEGREE
        self._x = net.node_lon * self._metres_per_lon
        self._y = net.node_lat * _METRES_PER_DEGREE
        named = np.flatnonzero(net.edge_name >= 0)
        order = named[np.argsort(net.edge_name[named], kind="stable")]
        self._edges = order
        counts = np.bincount(net.edge_name[order], minlength=len(net.names))
        self._edge_starts = np.concatenate([[0], np.cumsum(counts)])
        self.streets = self._find_streets()

    def _find_streets(self) -> list[Street]:
        net, edges = self.network, self._edges
        if not len(edges):
            return []
        size = len(net.node_lon)
        owner = net.edge_name[edges]
        first = owner * size
        tails, heads = first + net.tail[edges], first + net.head[edges]
        ends = np.concatenate([tails, heads])
        keys, place = np.unique(ends, return_inverse=True)
        half = len(edges)
        links = np.stack([place[:half], place[half:]])
        pieces = self._components(links, len(keys))
        names, nodes = keys // size, keys % size
        label = self._join_gaps(names, nodes, pieces, links)
        lengths = self._edge_lengths(edges)
        lengths_by_label = np.bincount(label[place[:half]], lengths)
        return self._described(names, nodes, label, lengths_by_label)

    @staticmethod
    def _components(links: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        ones = np.ones(links.shape[1], np.int8)
        graph = coo_array((ones, (links[0], links[1])), shape=(size, size))
        return connected_components(graph, directed=False)[1].astype(np.int64)

    def _join_gaps(
        self,
        names: NDArray[np.int64],
        nodes: NDArray[np.int64],
        pieces: NDArray[np.int64],
        links: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Join pieces of one name that all but touch (names lie in parallel planes)."""
        first_piece = np.full(int(names.max()) + 1, -1)
        first_piece[names[::-1]] = pieces[::-1]
        broken = np.zeros(len(first_piece), np.bool_)
        broken[names[pieces != first_piece[names]]] = True
        some = np.flatnonzero(broken[names])
        if not len(some):
            return pieces
        spot = np.column_stack(
            [self._x[nodes[some]], self._y[nodes[some]], names[some] * _APART_M]
        )
        near = cKDTree(spot).query_pairs(_SAME_STREET_GAP_M, output_type="ndarray")
        more = some[near.astype(np.int64)].T
        return self._components(np.concatenate([links, more], axis=1), len(names))

    def _edge_lengths(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        tail, head = self.network.tail[edges], self.network.head[edges]
        return np.hypot(self._x[tail] - self._x[head], self._y[tail] - self._y[head])

    def _described(
        self,
        names: NDArray[np.int64],
        nodes: NDArray[np.int64],
        label: NDArray[np.int64],
        lengths: NDArray[np.float64],
    ) -> list[Street]:
        net = self.network
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order], prepend=-1))
        x, y = self._x[nodes[order]], self._y[nodes[order]]
        low_x, low_y = np.minimum.reduceat(x, starts), np.minimum.reduceat(y, starts)
        high_x, high_y = np.maximum.reduceat(x, starts), np.maximum.reduceat(y, starts)
        which = label[order]
        off = np.hypot(x - (low_x + high_x)[which] / 2, y - (low_y + high_y)[which] / 2)
        middle = np.lexsort((nodes[order], off, which))[starts]
        chosen = nodes[order][middle]
        reach = off[middle] + np.hypot(high_x - low_x, high_y - low_y) / 2
        found = [
            Street(int(name), float(lon), float(lat), float(extent), float(length))
            for name, lon, lat, extent, length in zip(
                names[order][starts],
                net.node_lon[chosen],
                net.node_lat[chosen],
                reach,
                lengths,
                strict=True,
            )
        ]
        return sorted(found, key=lambda s: (s.name, -s.length_m, s.lon, s.lat))

    # -- crossings --------------------------------------------------------------

    def edges_of(self, name: int) -> NDArray[np.int64]:
        """Edges that bear a name."""
        return self._edges[self._edge_starts[name] : self._edge_starts[name + 1]]

    def nodes_of(self, name: int) -> NDArray[np.int64]:
        """Nodes of the edges that bear a name, sorted."""
        edges = self.edges_of(name)
        both = np.concatenate([self.network.tail[edges], self.network.head[edges]])
        return np.unique(both)

    def crossings(self, first: int, second: int) -> list[Crossing]:
        """Nodes that two names share; near ones are one crossing."""
        shared = np.intersect1d(
            self.nodes_of(first), self.nodes_of(second), assume_unique=True
        )
        return self._grouped(shared) if len(shared) else []

    def near_misses(self, first: int, second: int) -> list[Crossing]:
        """Where two names without a common node cross, or come nearest."""
        pair = (min(first, second), max(first, second))
        if pair not in self._missed:
            if len(self._missed) >= _REMEMBERED:
                self._missed.clear()
            self._missed[pair] = self._nearest_approach(*pair)
        return self._missed[pair]

    def _nearest_approach(self, first: int, second: int) -> list[Crossing]:
        nodes, others = self.nodes_of(first), self.nodes_of(second)
        if self._far_apart(nodes, others) or len(np.intersect1d(nodes, others)):
            return []
        bridge = shapely.shortest_line(self._lines(first), self._lines(second))
        (x, y), (other_x, other_y) = shapely.get_coordinates(bridge).tolist()
        gap = float(np.hypot(x - other_x, y - other_y))
        if gap > _NEAR_CROSSING_M:
            return []
        x, y = (x + other_x) / 2, (y + other_y) / 2
        off = np.hypot(self._x[nodes] - x, self._y[nodes] - y)
        node = int(nodes[int(np.argmin(off))])
        lon, lat = x / self._metres_per_lon, y / _METRES_PER_DEGREE
        precision = gap / 2 + _CROSSING_PRECISION_M
        return [Crossing(node, lon, lat, precision, gap, joined=False)]

    def _far_apart(self, nodes: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
        """Whether the rectangles round two sets of nodes are well apart."""
        reach = 5 * _NEAR_CROSSING_M  # lines may bulge beyond their nodes
        for along in (self._x, self._y):
            low, high = along[nodes].min(), along[nodes].max()
            other_low, other_high = along[others].min(), along[others].max()
            if low > other_high + reach or other_low > high + reach:
                return True
        return False

    def _lines(self, name: int) -> Any:
        """All edges of a name as lines in local metres."""
        scale = np.array([self._metres_per_lon, _METRES_PER_DEGREE])
        return shapely.MultiLineString(
            [self.network.line(edge) * scale for edge in self.edges_of(name).tolist()]
        )

    def _grouped(self, nodes: NDArray[np.int64]) -> list[Crossing]:
        spot = np.column_stack([self._x[nodes], self._y[nodes]])
        pairs = cKDTree(spot).query_pairs(_SAME_CROSSING_M, output_type="ndarray")
        label = self._components(pairs.astype(np.int64).T, len(nodes))
        found: list[Crossing] = []
        for group in range(min(int(label.max()) + 1, _MOST_CROSSINGS)):
            members = nodes[label == group]
            x, y = self._x[members], self._y[members]
            off: NDArray[np.float64] = np.hypot(x - x.mean(), y - y.mean())
            node = int(members[int(np.argmin(off))])
            found.append(
                Crossing(
                    node,
                    float(self.network.node_lon[node]),
                    float(self.network.node_lat[node]),
                    _CROSSING_PRECISION_M + float(np.max(off)),
                )
            )
        return found

    # -- along ------------------------------------------------------------------

    def chain(self, names: Sequence[int]) -> Chain | None:
        """Make one line of the roads of these names: the longest way end to end.

        Gaps up to 250 m are bridged. Of a dual carriageway one side is followed.
        """
        edges = np.concatenate([self.edges_of(name) for name in names])
        if not len(edges):
            return None
        tail, head = self.network.tail[edges], self.network.head[edges]
        nodes, place = np.unique(np.concatenate([tail, head]), return_inverse=True)
        half, size = len(edges), len(nodes)
        spot = np.column_stack([self._x[nodes], self._y[nodes]])
        near = cKDTree(spot).query_pairs(_SAME_STREET_GAP_M, output_type="ndarray")
        apart = spot[near[:, 0]] - spot[near[:, 1]]
        gaps = np.hypot(apart[:, 0], apart[:, 1])
        # A bridge costs three times its length: taken where there is no road only.
        rows = np.concatenate([place[:half], near[:, 0]])
        columns = np.concatenate([place[half:], near[:, 1]])
        costs = np.concatenate([self._edge_lengths(edges), 3 * gaps]) + 0.01
        graph = _cheapest(rows, columns, costs, size)
        label = connected_components(graph, directed=False)[1]
        start = int((label == np.bincount(label).argmax()).argmax())
        for _ in range(2):
            reach = dijkstra(graph, directed=False, indices=start)
            start = int(np.where(np.isfinite(reach), reach, -1.0).argmax())
        reach, before = dijkstra(
            graph, directed=False, indices=start, return_predecessors=True
        )
        at = int(np.where(np.isfinite(reach), reach, -1.0).argmax())
        path = [at]
        while at != start:
            at = int(before[at])
            path.append(at)
        return self._line(edges, [int(nodes[step]) for step in path])

    def _line(self, edges: NDArray[np.int64], path: list[int]) -> Chain:
        net = self.network
        by_ends = {
            (int(net.tail[edge]), int(net.head[edge])): int(edge) for edge in edges
        }
        lon, lat = [net.node_lon[path[:1]]], [net.node_lat[path[:1]]]
        for here, there in pairwise(path):
            edge = by_ends.get((here, there))
            backwards = edge is None
            edge = by_ends.get((there, here)) if edge is None else edge
            if edge is None:
                lon.append(net.node_lon[[there]])
                lat.append(net.node_lat[[there]])
                continue
            points = net.line(edge)[::-1] if backwards else net.line(edge)
            lon.append(points[1:, 0])
            lat.append(points[1:, 1])
        line_lon, line_lat = np.concatenate(lon), np.concatenate(lat)
        scale = cos(radians(float(line_lat.mean())))
        steps = np.hypot(np.diff(line_lon) * scale, np.diff(line_lat))
        along = np.concatenate([[0.0], np.cumsum(steps)]) * _METRES_PER_DEGREE
        return Chain(line_lon, line_lat, along)


def _cheapest(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    costs: NDArray[np.float64],
    size: int,
) -> coo_array:
    """Sparse graph that keeps the cheapest of parallel edges."""
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    order = np.lexsort((costs, high, low))
    low, high, costs = low[order], high[order], costs[order]
    first = np.ones(len(low), np.bool_)
    first[1:] = (np.diff(low) != 0) | (np.diff(high) != 0)
    first &= low != high
    return coo_array((costs[first], (low[first], high[first])), shape=(size, size))
