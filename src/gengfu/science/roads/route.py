"""The quickest drive between two places, with its line on a map."""

import numpy as np

from . import kernels, kernels_path
from .graph import RoadGraph
from .live import LiveRoads
from .problem import UNREACHED, Floats, Ints, Place, Route
from .shapes import edge_piece, where
from .solve import check_place, limit_ms


def route(
    roads: LiveRoads,
    origin: Place,
    goal: Place,
    within_s: float | None = None,
    *,
    drawn: bool = True,
) -> Route | None:
    """Return the quickest drive from one place to another, or None if there is none.

    Without `drawn` its line is left empty, which is most of the work of a short drive.
    """
    graph = roads.graph
    check_place(graph, origin)
    check_place(graph, goal)
    limit = limit_ms(within_s)
    direct = kernels.along(
        origin.edge, origin.fraction, goal.edge, goal.fraction, graph.twins,
        roads.open_ms,
    )  # fmt: skip
    around, edges, source, target = _search(roads, origin, goal, limit)
    if min(direct, around) > limit:
        return None
    if direct <= around:
        spans = [_span_along(roads, origin, goal)]
    else:
        spans = [
            *_first_span(roads, origin, source),
            *((int(edge), 0.0, 1.0) for edge in edges),
            *_last_span(roads, goal, target),
        ]
    return _drawn(roads, origin, spans, drawn=drawn)


type _Span = tuple[int, float, float]
"""An edge and the fractions of its length between which it is driven."""


def _search(
    roads: LiveRoads, origin: Place, goal: Place, limit: int
) -> tuple[int, Ints, int, int]:
    """Milliseconds, whole edges in order, and the nodes where they start and end."""
    graph = roads.graph
    pairs = np.zeros((4, 2), np.int64)
    counts = [
        kernels.ends(
            place.edge, place.fraction, leaving, graph.tails, graph.heads, graph.twins,
            roads.open_ms, pairs[row], pairs[row + 1],
        )
        for place, leaving, row in ((origin, True, 0), (goal, False, 2))
    ]  # fmt: skip
    nodes = pairs[0::2].copy()
    pairs[0] = graph.rank[nodes[0]]
    pairs[2] = graph.rank[nodes[1]]
    parents = np.empty((2, graph.node_count), np.int32)
    edges = np.empty(graph.node_count, np.int32)
    scratch = roads.borrow()
    millis, source, target, count = kernels_path.path(
        graph.out_start, roads.out_rows, graph.out_edge, pairs[0], pairs[1], counts[0],
        pairs[2], pairs[3], counts[1], limit, scratch.best, scratch.queue,
        scratch.found, parents[0], parents[1], edges,
    )  # fmt: skip
    roads.give_back(scratch)
    if millis == UNREACHED:
        return UNREACHED, edges[:0], -1, -1
    return millis, edges[:count][::-1], int(nodes[0][source]), int(nodes[1][target])


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


def _drawn(
    roads: LiveRoads, origin: Place, spans: list[_Span], *, drawn: bool
) -> Route:
    graph = roads.graph
    edges = np.array([edge for edge, _, _ in spans], np.int32)
    low = np.array([start for _, start, _ in spans], np.float64)
    high = np.array([end for _, _, end in spans], np.float64)
    driven = high - low
    if not spans:
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


def _line(graph: RoadGraph, spans: list[_Span]) -> tuple[Floats, Floats]:
    """Join the pieces; a point where two meet comes once."""
    lines = [edge_piece(graph, *span) for span in spans]
    lon = np.concatenate([line[0] for line in lines])
    lat = np.concatenate([line[1] for line in lines])
    repeated = np.zeros(len(lon), np.bool_)
    repeated[1:] = (lon[1:] == lon[:-1]) & (lat[1:] == lat[:-1])
    return lon[~repeated], lat[~repeated]
