"""The quickest drive between two places, with its line on a map."""

from dataclasses import dataclass

import numpy as np

from . import kernels, kernels_drive, kernels_path
from .graph import RoadGraph
from .hierarchy import Shortcuts
from .live import LiveRoads
from .problem import UNREACHED, Floats, Ints, Longs, Place, Route
from .shapes import edge_piece, where
from .solve import check_place, limit_ms


def route(
    roads: LiveRoads,
    origin: Place,
    goal: Place,
    within_s: float | None = None,
    *,
    drawn: bool = True,
    shortcuts: Shortcuts | None = None,
) -> Route | None:
    """Return the quickest drive from one place to another, or None if there is none.

    Without `drawn` its line is left empty, which is most of the work of a short drive.
    With fresh `shortcuts` a long drive takes no search; of drives that are equally
    quick another one may then be found.
    """
    if shortcuts is not None and shortcuts.roads is not roads:
        raise ValueError("the shortcuts are of other roads")
    graph = roads.graph
    check_place(graph, origin)
    check_place(graph, goal)
    limit = limit_ms(within_s)
    direct = kernels.along(
        origin.edge, origin.fraction, goal.edge, goal.fraction, graph.twins,
        roads.open_ms,
    )  # fmt: skip
    around, edges, source, target = _around(roads, origin, goal, limit, shortcuts)
    if min(direct, around) > limit:
        return None
    if direct <= around:
        spans = np.array([_span_along(roads, origin, goal)], np.float64).T
    else:
        first = _first_span(roads, origin, source)
        last = _last_span(roads, goal, target)
        spans = np.zeros((3, len(first) + len(edges) + len(last)))
        spans[0, len(first) : len(first) + len(edges)] = edges
        spans[2] = 1.0
        if first:
            spans[:, 0] = first[0]
        if last:
            spans[:, -1] = last[0]
    return _drawn(roads, origin, spans, drawn=drawn)


type _Span = tuple[int, float, float]
"""An edge and the fractions of its length between which it is driven."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The nodes (as given) next to where a drive starts and ends, and the drives."""

    nodes: Longs
    millis: Longs
    counts: tuple[int, int]

    @classmethod
    def of(cls, roads: LiveRoads, origin: Place, goal: Place) -> "_Ends":
        graph = roads.graph
        nodes, millis = np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64)
        leaving, arriving = (
            kernels.ends(
                place.edge, place.fraction, row == 0, graph.tails, graph.heads,
                graph.twins, roads.open_ms, nodes[row], millis[row],
            )
            for row, place in enumerate((origin, goal))
        )  # fmt: skip
        return cls(nodes, millis, (leaving, arriving))


def _around(
    roads: LiveRoads,
    origin: Place,
    goal: Place,
    limit: int,
    shortcuts: Shortcuts | None,
) -> tuple[int, Ints, int, int]:
    """Milliseconds, whole edges in order, and the nodes where they start and end."""
    ends = _Ends.of(roads, origin, goal)
    if shortcuts is not None and shortcuts.fresh:
        millis, edges, source, target = _unfolded(shortcuts, ends, limit)
    else:
        millis, edges, source, target = _searched(roads, ends, limit)
    if millis == UNREACHED:
        return UNREACHED, edges, -1, -1
    return millis, edges, int(ends.nodes[0, source]), int(ends.nodes[1, target])


def _searched(roads: LiveRoads, ends: _Ends, limit: int) -> tuple[int, Ints, int, int]:
    graph = roads.graph
    ranks = graph.rank[ends.nodes].astype(np.int64)
    parents = np.empty((2, graph.rank_count), np.int32)
    edges = np.empty(graph.node_count, np.int32)
    scratch = roads.borrow()
    millis, source, target, count = kernels_path.path(
        roads.out_rows, graph.out_edge, ranks[0], ends.millis[0], ends.counts[0],
        ranks[1], ends.millis[1], ends.counts[1], limit, scratch.best, scratch.queue,
        scratch.found, parents[0], parents[1], edges,
    )  # fmt: skip
    roads.give_back(scratch)
    return millis, edges[:count][::-1], source, target


def _unfolded(
    shortcuts: Shortcuts, ends: _Ends, limit: int
) -> tuple[int, Ints, int, int]:
    roads, ladder = shortcuts.roads, shortcuts.hierarchy
    climbs = np.empty((3, 4, ladder.width), np.int32)
    scratch = roads.borrow()
    millis, source, target, count = kernels_drive.drive(
        ladder.position, ladder.start, ladder.head, ladder.arc_tail, ladder.arc_depth,
        ladder.parent, ladder.depth, ladder.low_start, ladder.low_arc,
        ladder.own_start, ladder.own_edge, ladder.own_arc, ladder.own_up,
        shortcuts.up_ms, shortcuts.down_ms, roads.graph.out_slot, roads.out_rows,
        ends.nodes[0], ends.millis[0], ends.counts[0], ends.nodes[1], ends.millis[1],
        ends.counts[1], limit, climbs[0], climbs[1], climbs[2], scratch.queue,
        scratch.found,
    )  # fmt: skip
    edges = scratch.found[:count].copy()
    roads.give_back(scratch)
    return millis, edges, source, target


def _span_along(roads: LiveRoads, origin: Place, goal: Place) -> _Span:
    """Find the piece of one street between two places on it."""
    same = goal.edge == origin.edge
    end = goal.fraction if same else 1.0 - goal.fraction
    if origin.fraction <= end:
        return origin.edge, origin.fraction, end
    twin = int(roads.graph.twins[origin.edge])
    return twin, 1.0 - origin.fraction, 1.0 - end


def _first_span(roads: LiveRoads, origin: Place, node: int) -> list[_Span]:
    if origin.edge < 0 or not 0.0 < origin.fraction < 1.0:
        return []
    graph = roads.graph
    twin = int(graph.twins[origin.edge])
    forward = node == int(graph.heads[origin.edge])
    if forward and twin >= 0 and node == int(graph.tails[origin.edge]):
        # a loop: both ends are one node; take the quicker way to it
        there = (1.0 - origin.fraction) * float(roads.open_ms[origin.edge])
        forward = there <= origin.fraction * float(roads.open_ms[twin])
    if forward:
        return [(origin.edge, origin.fraction, 1.0)]
    return [(twin, 1.0 - origin.fraction, 1.0)]


def _last_span(roads: LiveRoads, goal: Place, node: int) -> list[_Span]:
    if goal.edge < 0 or not 0.0 < goal.fraction < 1.0:
        return []
    graph = roads.graph
    twin = int(graph.twins[goal.edge])
    forward = node == int(graph.tails[goal.edge])
    if forward and twin >= 0 and node == int(graph.heads[goal.edge]):
        there = goal.fraction * float(roads.open_ms[goal.edge])
        forward = there <= (1.0 - goal.fraction) * float(roads.open_ms[twin])
    if forward:
        return [(goal.edge, 0.0, goal.fraction)]
    return [(twin, 0.0, 1.0 - goal.fraction)]


def _drawn(roads: LiveRoads, origin: Place, spans: Floats, *, drawn: bool) -> Route:
    graph = roads.graph
    edges = spans[0].astype(np.int32)
    driven = spans[2] - spans[1]
    if len(edges) == 0:
        here = where(graph, origin)
        return Route(edges, driven, driven, np.array(here[:1]), np.array(here[1:]))
    lon, lat = _line(graph, spans) if drawn else (np.zeros(0), np.zeros(0))
    millis = np.floor(driven * roads.open_ms[edges] + 0.5)
    return Route(
        edges,
        millis / 1000.0,
        driven * graph.length_m[edges],
        lon,
        lat,
    )


def _line(graph: RoadGraph, spans: Floats) -> tuple[Floats, Floats]:
    """Join the pieces; a point where two meet comes once."""
    lines = [
        edge_piece(graph, int(edge), start, end)
        for edge, start, end in spans.T.tolist()
    ]
    lon = np.concatenate([line[0] for line in lines])
    lat = np.concatenate([line[1] for line in lines])
    repeated = np.zeros(len(lon), np.bool_)
    repeated[1:] = (lon[1:] == lon[:-1]) & (lat[1:] == lat[:-1])
    return lon[~repeated], lat[~repeated]
