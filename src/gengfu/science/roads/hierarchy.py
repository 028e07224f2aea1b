"""Shortcuts for sparse fleets and whole matrices: customizable contraction hierarchies.

Few free units in a large city make a bounded search settle most of the city. Here the
city is contracted once (that depends only on which streets exist), the current edge
times are worked into it (again, in part, whenever they change), and the way from a
unit to an incident is then the least sum of two short arrays.
"""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from . import kernels_hierarchy
from .fleet import Fleet
from .graph import RoadGraph
from .live import LiveRoads
from .problem import CLOSED_MS, Flags, Floats, Ints, Longs, Place


def contraction_order(graph: RoadGraph) -> Ints:
    """Order in which to contract nodes, by inertial flow on the coordinates.

    Takes about 25 microseconds per node; depends only on streets and coordinates, so
    keep it with the city and pass it to `Hierarchy.build`.
    """
    library = cast("Any", import_module("routingkit_cch"))
    order = library.compute_order_inertial(
        graph.node_count,
        graph.tails.tolist(),
        graph.heads.tolist(),
        graph.lat.tolist(),
        graph.lon.tolist(),
    )
    return np.array(order, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """The contracted city: which shortcuts can matter, whatever the edge times.

    `order[i]` is the node contracted as number `i` and `position` its inverse; all
    other arrays use positions. Arcs `start[p]:start[p + 1]` run from `p` up to `head`.
    """

    graph: RoadGraph
    order: Ints
    position: Ints
    start: Longs
    head: Ints
    arc_tail: Ints
    arc_depth: Ints
    parent: Ints
    depth: Ints
    low_start: Longs
    low_arc: Ints
    own_start: Longs
    own_edge: Ints
    own_arc: Ints
    own_up: Flags
    width: int
    """Longest label: one more than the greatest depth."""
    squeeze: float
    """A degree of longitude in degrees of latitude, in the middle of the city."""
    spans: Floats
    """Degrees (of latitude) between the ends of each street as the crow flies."""

    @classmethod
    def build(cls, graph: RoadGraph, order: ArrayLike | None = None) -> "Hierarchy":
        """Contract in this order, else the graph's own, else one worked out now."""
        n = graph.node_count
        if order is not None:
            sequence = np.array(order, np.int32)
        elif len(graph.order):
            sequence = graph.order
        else:
            sequence = contraction_order(graph)
        if len(sequence) != n or not np.array_equal(np.sort(sequence), np.arange(n)):
            raise ValueError("the contraction order does not list every node once")
        position = np.empty(n, np.int32)
        position[sequence] = np.arange(n, dtype=np.int32)
        tail, head = position[graph.tails], position[graph.heads]
        both_from = np.concatenate((tail, head))
        both_to = np.concatenate((head, tail))
        near_start, by_node = _grouped(both_from, n)
        start, up_head, parent = kernels_hierarchy.contract(
            near_start, both_to[by_node]
        )
        depth = _depths(parent)
        arc_tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(start))
        low_start, low_arc = _grouped(up_head, n)
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        own_start, own_edge = _grouped(low, n)
        keys = arc_tail.astype(np.int64) * n + up_head
        arc = np.searchsorted(keys, low.astype(np.int64) * n + high)[own_edge]
        loop = (low == high)[own_edge]
        if loop.any():
            own_edge, arc = own_edge[~loop], arc[~loop]
            own_start = _starts(low[own_edge], n)
        own_up = (tail < head)[own_edge]
        return cls(
            graph, sequence, position, start, up_head, arc_tail, depth[up_head], parent,
            depth, low_start, low_arc, own_start, own_edge, arc.astype(np.int32),
            own_up, int(depth.max(initial=-1)) + 1, *_spans(graph),
        )  # fmt: skip


class Shortcuts:
    """A hierarchy with the times that live roads had at the last `refresh`.

    `fresh` says whether the roads are still the same. Nothing that takes shortcuts as
    an argument uses stale ones: it answers by search until they are refreshed.
    """

    def __init__(
        self, roads: LiveRoads, hierarchy: Hierarchy, *, fill: bool = True
    ) -> None:
        if hierarchy.graph is not roads.graph:
            raise ValueError("the hierarchy is of another graph")
        self.roads = roads
        self.hierarchy = hierarchy
        self.up_ms: Ints = np.full(len(hierarchy.head), CLOSED_MS, np.int32)
        self.down_ms: Ints = np.full(len(hierarchy.head), CLOSED_MS, np.int32)
        self.version = -1
        self.pace = 0.0
        """What `kernels_hierarchy.least_pace` says of these times."""
        self._dirty: Flags = np.ones(roads.graph.node_count, np.bool_)
        if fill:
            self.refresh()

    @property
    def fresh(self) -> bool:
        """Whether the shortcuts hold the roads' current times."""
        return self.version == self.roads.version

    def refresh(self) -> int:
        """Work in all changes since the last refresh; return how many nodes it took."""
        if self.fresh:
            return 0
        return self.finish(self.work(self.begin()))

    def changes(self) -> int:
        """Count the edges written since the last refresh."""
        if self.version < 0:
            return self.roads.graph.edge_count
        changed = self.roads.changed_since(self.version)
        return self.roads.graph.edge_count if changed is None else len(changed)

    def begin(self) -> "Refresh":
        """Take down what has changed; until `finish` nothing uses these shortcuts.

        The owner of the roads calls `begin` and `finish`; `work` between them may run
        in another thread, beside queries and changes.
        """
        ladder = self.hierarchy
        changed = self.roads.changed_since(self.version) if self.version >= 0 else None
        if changed is None:
            self._dirty[:] = True
        else:
            graph = self.roads.graph
            ends = ladder.position[graph.tails[changed]]
            self._dirty[np.minimum(ends, ladder.position[graph.heads[changed]])] = True
        pace = kernels_hierarchy.least_pace(self.roads.open_ms, ladder.spans)
        self.pace = pace if np.isfinite(pace) else 0.0  # all at one point
        self.version = -1
        return Refresh(self.roads.version, self.roads.keys_ms)

    def work(self, refresh: "Refresh") -> "Refresh":
        """Work in what `begin` took down."""
        ladder = self.hierarchy
        done = kernels_hierarchy.customise(
            self._dirty, ladder.start, ladder.head, ladder.arc_tail, ladder.low_start,
            ladder.low_arc, ladder.own_start, ladder.own_edge, ladder.own_arc,
            ladder.own_up, refresh.keys_ms, self.up_ms, self.down_ms,
        )  # fmt: skip
        return replace(refresh, nodes=done)

    def finish(self, refresh: "Refresh") -> int:
        """Let the shortcuts be used again; return how many nodes it took."""
        self.version = refresh.version
        return refresh.nodes


@dataclass(frozen=True, slots=True, eq=False)
class Refresh:
    """The roads' times at one version, on their way into shortcuts."""

    version: int
    keys_ms: Ints
    nodes: int = 0


class UnitLabels:
    """For each unit of a fleet, its times to the ancestors of where it can drive out.

    One label a unit: the nodes at both ends of its street share their ancestors.

    A label is stale after its unit moved or the shortcuts were refreshed; `nearest`
    makes those anew that it needs, some microseconds each, which are few: who is too
    far away as the crow flies is not looked at. Not for several threads at once.
    """

    def __init__(self, shortcuts: Shortcuts, fleet: Fleet) -> None:
        if fleet.graph is not shortcuts.roads.graph:
            raise ValueError("the fleet is on another graph")
        self.shortcuts = shortcuts
        self.fleet = fleet
        width = shortcuts.hierarchy.width
        self.path: Ints = np.empty((len(fleet), width), np.int32)
        self.label: Ints = np.empty((len(fleet), width), np.int32)
        self.size: Ints = np.zeros(len(fleet), np.int32)
        self.points: Floats = np.empty((len(fleet), 2))
        self.goal_point: Floats = np.empty(2)
        self.goal_path: Ints = np.empty(width, np.int32)
        self.goal_label: Ints = np.empty(width, np.int32)
        self.goal_size = 0
        self._goal: tuple[int, float, int] | None = None
        self.stale: Flags = np.ones(len(fleet), np.bool_)
        self._moves: Longs = fleet.moves - 1
        self._version = shortcuts.version
        self._fleet_version = -1

    def aim(self, goal: Place) -> int:
        """Return the size of the label that is kept of this place; 0 where of none.

        One is kept: a ranking asks for units of many kinds that reach one place.
        """
        asked = goal.edge, goal.fraction, self.shortcuts.version
        if asked != self._goal:
            self._goal, self.goal_size = asked, 0
        return self.goal_size

    def catch_up(self) -> None:
        """Mark the labels that moves or a refresh have made stale."""
        if self._version != self.shortcuts.version:
            self.stale[:] = True
            self._version = self.shortcuts.version
        if self._fleet_version != self.fleet.version:
            fleet, graph = self.fleet, self.fleet.graph
            kernels_hierarchy.notice_moves(
                fleet.moves, self._moves, fleet.edges, fleet.fractions, graph.tails,
                graph.heads, graph.lon, graph.lat, self.shortcuts.hierarchy.squeeze,
                self.stale, self.points,
            )  # fmt: skip
            self._fleet_version = fleet.version


def _grouped(keys: Ints, n: int) -> tuple[Longs, Ints]:
    """Group rows by key: starts per key, and the rows in order of key."""
    return _starts(keys, n), np.argsort(keys, kind="stable").astype(np.int32)


def _starts(keys: Ints, n: int) -> Longs:
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=n), out=start[1:])
    return start


def _spans(graph: RoadGraph) -> tuple[float, Floats]:
    """Return `Hierarchy.squeeze` and `spans`."""
    middle = float(graph.lat.mean()) if graph.node_count else 0.0
    squeeze = float(np.cos(np.radians(middle)))
    east = (graph.lon[graph.heads] - graph.lon[graph.tails]) * squeeze
    north = graph.lat[graph.heads] - graph.lat[graph.tails]
    return squeeze, np.hypot(east, north)


def _depths(parent: Ints) -> Ints:
    depth = np.zeros(len(parent), np.int32)
    kernels_hierarchy.deepen(parent, depth)
    return depth
