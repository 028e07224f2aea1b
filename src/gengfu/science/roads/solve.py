"""Answers on live roads: nearest units and reach."""

import numpy as np

from . import kernels_hierarchy, kernels_search
from .fleet import FREE, Fleet
from .graph import RoadGraph
from .hierarchy import UnitLabels
from .live import LiveRoads
from .problem import (
    CLOSED_MS,
    LONGEST_MS,
    ROW,
    Direction,
    Floats,
    Ints,
    Longs,
    Nearest,
    Place,
    Reach,
)

# relative costs, measured: one node settled, the goal's label made, a unit put in order
# of its distance, its label compared. That takes 3 where there is one, and 250 where it
# must be made; but it is made for the questions after this one too.
_SETTLE_COST = 1.0
_CLIMB_COST = 400.0
_ORDER_COST = 1.0
_LOOK_COST = 50.0
_LOOKED_AT = 6
"""Units looked at for each that is wanted, where distance says most of the time."""
_NOBODY = Nearest(np.zeros(0, np.int32), np.zeros(0))


def limit_ms(within_s: float | None) -> int:
    """Milliseconds of a time limit; None is no limit (12.4 days)."""
    if within_s is None:
        return LONGEST_MS
    if not within_s >= 0:
        raise ValueError(f"within_s must be 0 or more, not {within_s}")
    return min(int(within_s * 1000.0 + 0.5), LONGEST_MS)


def check_place(graph: RoadGraph, place: Place) -> None:
    """Raise ValueError where a place is not on these roads."""
    good = -graph.node_count <= place.edge < graph.edge_count
    if not good or not 0.0 <= place.fraction <= 1.0:
        raise ValueError(f"{place} is not on these roads")


def nearest(
    roads: LiveRoads,
    fleet: Fleet,
    place: Place,
    k: int,
    within_s: float | None = None,
    *,
    must: int = FREE,
    any_of: int = 0,
    also_any_of: int = 0,
    labels: UnitLabels | None = None,
) -> Nearest:
    """Return the `k` units that reach a place first, on the roads as they are now.

    Only units with all `must` flags, one of the `any_of` flags (0: any) and one of the
    `also_any_of` flags (0: any). Units that arrive at the same millisecond are in order
    of index. Exact; the search stops at the k-th unit or at `within_s`.
    With `labels` a sparse fleet is answered from those where that is less work.
    """
    graph = roads.graph
    check_place(graph, place)
    if fleet.graph is not graph:
        raise ValueError("the fleet is on another graph")
    limit = limit_ms(within_s)
    # a search for more units than there are would settle the whole city
    among = fleet.available(must, any_of, also_any_of)
    count = min(k, len(among))
    if count <= 0:
        return _NOBODY
    if (
        labels is not None
        and labels.shortcuts.fresh
        and _worth_labels(roads, fleet, labels, count, among)
    ):
        return nearest_by_labels(roads, labels, place, count, among, within_s)
    units = np.empty(count, np.int32)
    seconds = np.empty(count)
    scratch = roads.borrow(len(fleet))
    found = kernels_search.nearest_units(
        roads.in_rows, graph.rank, graph.tails, graph.heads, graph.twins,
        roads.open_ms, place.edge, place.fraction, limit, roads.shift,
        fleet.first_entry, fleet.next_entry, fleet.edges, fleet.fractions, fleet.flags,
        must, any_of, also_any_of, scratch.best, scratch.bucket, scratch.queue,
        scratch.unit_ms, scratch.met, scratch.pair, scratch.pair_ms, units, seconds,
    )  # fmt: skip
    roads.give_back(scratch)
    return Nearest(units[:found], seconds[:found])


def _worth_labels(
    roads: LiveRoads, fleet: Fleet, labels: UnitLabels, count: int, among: Longs
) -> bool:
    """Say whether comparing these units by label is less work than a search."""
    if labels.fleet is not fleet or labels.shortcuts.roads is not roads:
        raise ValueError("the labels are of another fleet or other roads")
    search = roads.graph.node_count * (count / len(among)) * _SETTLE_COST
    bounded = labels.shortcuts.pace > 0.0  # distance says who cannot be among the first
    looked = min(len(among), _LOOKED_AT * count) if bounded else len(among)
    order = len(among) * _ORDER_COST
    return _CLIMB_COST + order + looked * _LOOK_COST < search


def nearest_by_labels(
    roads: LiveRoads,
    labels: UnitLabels,
    place: Place,
    count: int,
    among: Longs,
    within_s: float | None,
) -> Nearest:
    """`nearest` among these units, always from labels (the shortcuts must be fresh)."""
    labels.catch_up()
    graph, fleet, shortcuts = roads.graph, labels.fleet, labels.shortcuts
    ladder = shortcuts.hierarchy
    units = np.empty(count, np.int32)
    seconds = np.empty(count)
    scratch = roads.borrow(len(fleet))
    found, labels.goal_size = kernels_hierarchy.nearest_by_labels(
        ladder.position, ladder.start, ladder.arc_depth, shortcuts.up_ms,
        shortcuts.down_ms, ladder.parent, ladder.depth, graph.tails, graph.heads,
        graph.twins, graph.lon, graph.lat, ladder.squeeze, shortcuts.pace,
        roads.open_ms, place.edge, place.fraction, limit_ms(within_s), labels.stale,
        fleet.edges, fleet.fractions, labels.points, among, labels.path, labels.label,
        labels.size, labels.goal_point, labels.goal_path, labels.goal_label,
        labels.aim(place), scratch.met, np.empty(count, np.int64), scratch.pair,
        scratch.pair_ms, units, seconds,
    )  # fmt: skip
    roads.give_back(scratch)
    return Nearest(units[:found], seconds[:found])


def reach(
    roads: LiveRoads, place: Place, within_s: float, direction: Direction = "from"
) -> Reach:
    """Return the nodes and parts of edges within a time of a place.

    `from`: where a unit at the place can be; `to`: from where the place is reached.
    """
    graph = roads.graph
    check_place(graph, place)
    limit = limit_ms(within_s)
    nodes, seconds = _settle(roads, place, limit, direction)
    edges, parts = _edge_parts(roads, nodes, seconds, limit, direction)
    zeros, ones = np.zeros(len(edges)), np.ones(len(edges))
    away = direction == "from"
    start, end = (zeros, parts) if away else (ones - parts, ones)
    own, own_start, own_end = _own_street(roads, place, limit, away)
    return Reach(
        nodes,
        seconds,
        np.concatenate((own, edges)),
        np.concatenate((own_start, start)),
        np.concatenate((own_end, end)),
    )


def nodes_within(
    roads: LiveRoads, place: Place, within_s: float, direction: Direction = "from"
) -> tuple[Ints, Floats]:
    """Return only the nodes of `reach` and their seconds."""
    check_place(roads.graph, place)
    return _settle(roads, place, limit_ms(within_s), direction)


def _settle(
    roads: LiveRoads, place: Place, limit: int, direction: Direction
) -> tuple[Ints, Floats]:
    """Nodes within the limit and the seconds to each."""
    scratch = roads.borrow()
    answer = kernels_search.settle_around(
        *(roads.away if direction == "from" else roads.towards), place.edge,
        place.fraction, direction == "from", limit, roads.shift, *scratch.search,
    )  # fmt: skip
    roads.give_back(scratch)
    return answer


def _edge_parts(
    roads: LiveRoads, nodes: Ints, seconds: Floats, limit: int, direction: Direction
) -> tuple[Ints, Floats]:
    """Edges touched at the reached nodes, and the part of each that can be driven."""
    graph = roads.graph
    away = direction == "from"
    first, counts = ROW * graph.rank[nodes], ROW * graph.spans[nodes]
    skip = np.repeat(np.cumsum(counts) - counts - first, counts)
    rows = graph.out_edge if away else graph.in_edge
    edges = rows[np.arange(int(counts.sum())) - skip]
    times = np.repeat(np.round(seconds * 1000.0), counts)[edges >= 0]
    edges = edges[edges >= 0]
    left = limit - times
    keys = roads.keys_at(edges)
    parts = np.where(keys == 0, 1.0, np.minimum(left / np.maximum(keys, 1), 1.0))
    driven = (parts > 0) & (keys != CLOSED_MS)
    return edges[driven], parts[driven]


def _own_street(
    roads: LiveRoads, place: Place, limit: int, away: bool
) -> tuple[Ints, Floats, Floats]:
    """Pieces of the street a place in mid-block is on, both ways where allowed."""
    edges: list[int] = []
    starts: list[float] = []
    ends: list[float] = []
    if place.edge >= 0 and 0.0 < place.fraction < 1.0:
        twin = int(roads.graph.twins[place.edge])
        for edge, at in ((place.edge, place.fraction), (twin, 1.0 - place.fraction)):
            if edge < 0:
                continue
            millis = int(roads.open_ms[edge])
            span = limit / millis if millis else 1.0
            edges.append(edge)
            starts.append(at if away else max(at - span, 0.0))
            ends.append(min(at + span, 1.0) if away else at)
    return np.array(edges, np.int32), np.array(starts), np.array(ends)
