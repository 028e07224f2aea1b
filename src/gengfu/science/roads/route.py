"""The quickest drive between two places: its streets, its line, where it is when."""

from dataclasses import dataclass

import numpy as np

from . import kernels, kernels_drive, kernels_path
from .graph import RoadGraph
from .hierarchy import Shortcuts
from .live import LiveRoads
from .problem import UNREACHED, Floats, Ints, Place, Route, Sightings
from .shapes import edge_piece, where
from .solve import check_place, limit_ms

_NO_LINE: Floats = np.zeros(0)


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
    usable = _fresh(roads, shortcuts)
    limit = limit_ms(within_s)
    direct = _direct(roads, origin, goal)
    found = None
    if direct:
        if usable is not None:
            found = _unfolded(usable, origin, goal, limit)
        else:
            found = _searched(roads, origin, goal, limit)
    if min(direct, UNREACHED if found is None else found.millis) > limit:
        return None
    if found is None or direct <= found.millis:
        return _drawn(roads, origin, _along(roads, origin, goal), drawn=drawn)
    return _drawn(roads, origin, _around(roads, origin, goal, found), drawn=drawn)


def sightings(
    roads: LiveRoads,
    origin: Place,
    goal: Place,
    first_s: float,
    every_s: float,
    within_s: float,
    *,
    shortcuts: Shortcuts | None = None,
) -> Sightings | None:
    """Return on which streets the quickest drive is at some times, or None without one.

    It is seen `first_s` after it begins and every `every_s` from then on, both above 0.
    It is on a street up to the time, in whole milliseconds, at which that is over.
    As `route` finds it; with fresh `shortcuts` only what is seen of it is unfolded.
    """
    if not (first_s > 0.0 and every_s > 0.0):
        raise ValueError(f"must be above 0: first_s {first_s}, every_s {every_s}")
    usable = _fresh(roads, shortcuts)
    limit = limit_ms(within_s)
    next_ms, every_ms = 1000.0 * first_s, 1000.0 * every_s
    # for all that may be seen and for one more: times that are added up are rounded
    room = every_ms * (roads.graph.node_count - 1) > limit
    if usable is not None and room and _direct(roads, origin, goal) == UNREACHED:
        found = _unfolded(usable, origin, goal, limit, next_ms, every_ms)
        return None if found is None else Sightings(found.millis / 1000.0, found.edges)
    drive = route(roads, origin, goal, within_s, drawn=False, shortcuts=shortcuts)
    if drive is None:
        return None
    over_ms = 0
    seen: list[int] = []
    driven = drive.edges.tolist(), drive.edge_seconds.tolist()
    for edge, seconds in zip(*driven, strict=True):
        over_ms += round(1000.0 * seconds)
        while next_ms <= over_ms:
            seen.append(edge)
            next_ms += every_ms
    return Sightings(over_ms / 1000.0, np.array(seen, np.int32))


def _fresh(roads: LiveRoads, shortcuts: Shortcuts | None) -> Shortcuts | None:
    """Return the shortcuts if they know the roads as they are now."""
    if shortcuts is not None and shortcuts.roads is not roads:
        raise ValueError("the shortcuts are of other roads")
    return shortcuts if shortcuts is not None and shortcuts.fresh else None


def _direct(roads: LiveRoads, origin: Place, goal: Place) -> int:
    """Milliseconds along one street, or UNREACHED; refuses places not on the roads."""
    check_place(roads.graph, origin)
    check_place(roads.graph, goal)
    return kernels.along(
        origin.edge, origin.fraction, goal.edge, goal.fraction, roads.graph.twins,
        roads.open_ms,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Edges in the order they are driven, and the fractions between which each is."""

    edges: Ints
    starts: Floats
    stops: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A drive between the nodes next to two places: whole edges in order.

    `source` and `target` say which of the places' `kernels.ends` it runs between.
    """

    millis: int
    edges: Ints
    source: int
    target: int


def _searched(
    roads: LiveRoads, origin: Place, goal: Place, limit: int
) -> _Found | None:
    graph = roads.graph
    nodes, millis = np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64)
    leaving, arriving = (
        kernels.ends(
            place.edge, place.fraction, row == 0, graph.tails, graph.heads,
            graph.twins, roads.open_ms, nodes[row], millis[row],
        )
        for row, place in enumerate((origin, goal))
    )  # fmt: skip
    ranks = graph.rank[nodes].astype(np.int64)
    parents = np.empty((2, graph.rank_count), np.int32)
    edges = np.empty(graph.node_count, np.int32)
    scratch = roads.borrow()
    least, source, target, count = kernels_path.path(
        roads.out_rows, graph.out_edge, ranks[0], millis[0], leaving, ranks[1],
        millis[1], arriving, limit, scratch.best, scratch.queue, scratch.found,
        parents[0], parents[1], edges,
    )  # fmt: skip
    roads.give_back(scratch)
    if least == UNREACHED:
        return None
    return _Found(least, edges[:count][::-1], source, target)


def _unfolded(
    shortcuts: Shortcuts,
    origin: Place,
    goal: Place,
    limit: int,
    first_ms: float = 0.0,
    every_ms: float = 0.0,
) -> _Found | None:
    """Find `kernels_drive.drive`: all of its edges, or those on which it is seen."""
    roads, ladder = shortcuts.roads, shortcuts.hierarchy
    graph = roads.graph
    scratch = roads.borrow()
    least, source, target, count = kernels_drive.drive(
        origin.edge, origin.fraction, goal.edge, goal.fraction, graph.tails,
        graph.heads, graph.twins, roads.open_ms, ladder.position, ladder.start,
        ladder.head, ladder.arc_tail, ladder.arc_depth, ladder.parent, ladder.depth,
        ladder.low_start, ladder.low_arc, ladder.own_start, ladder.own_edge,
        ladder.own_arc, ladder.own_up, shortcuts.up_ms, shortcuts.down_ms,
        graph.out_slot, roads.out_rows, limit, first_ms, every_ms,
        np.empty((6, ladder.width), np.int32), scratch.queue, scratch.found,
    )  # fmt: skip
    edges = scratch.found[:count].copy()
    roads.give_back(scratch)
    return None if least == UNREACHED else _Found(least, edges, source, target)


def _along(roads: LiveRoads, origin: Place, goal: Place) -> _Pieces:
    """Find the piece of one street between two places on it."""
    end = goal.fraction if goal.edge == origin.edge else 1.0 - goal.fraction
    edge, start = origin.edge, origin.fraction
    if start > end:
        edge, start, end = int(roads.graph.twins[edge]), 1.0 - start, 1.0 - end
    return _Pieces(np.array([edge], np.int32), np.array([start]), np.array([end]))


def _around(roads: LiveRoads, origin: Place, goal: Place, found: _Found) -> _Pieces:
    """Put the parts of the streets of both places round what is driven between."""
    leaves, arrives = _mid_block(origin), _mid_block(goal)
    count = leaves + len(found.edges) + arrives
    edges = np.empty(count, np.int32)
    starts, stops = np.zeros(count), np.ones(count)
    edges[leaves : count - arrives] = found.edges
    twins = roads.graph.twins
    if leaves:
        on = found.source == 0  # the first of its ends lies ahead
        edges[0] = origin.edge if on else twins[origin.edge]
        starts[0] = origin.fraction if on else 1.0 - origin.fraction
    if arrives:
        on = found.target == 0
        edges[-1] = goal.edge if on else twins[goal.edge]
        stops[-1] = goal.fraction if on else 1.0 - goal.fraction
    return _Pieces(edges, starts, stops)


def _mid_block(place: Place) -> bool:
    return place.edge >= 0 and 0.0 < place.fraction < 1.0


def _drawn(roads: LiveRoads, origin: Place, pieces: _Pieces, *, drawn: bool) -> Route:
    graph, edges = roads.graph, pieces.edges
    driven = pieces.stops - pieces.starts
    if len(edges) == 0:
        here = where(graph, origin)
        return Route(edges, driven, driven, np.array(here[:1]), np.array(here[1:]))
    lon, lat = _line(graph, pieces) if drawn else (_NO_LINE, _NO_LINE)
    millis = np.floor(driven * roads.open_ms[edges] + 0.5)
    return Route(edges, millis / 1000.0, driven * graph.length_m[edges], lon, lat)


def _line(graph: RoadGraph, pieces: _Pieces) -> tuple[Floats, Floats]:
    """Join the pieces; a point where two meet comes once."""
    fractions = zip(pieces.starts.tolist(), pieces.stops.tolist(), strict=True)
    lines = [
        edge_piece(graph, edge, start, stop)
        for edge, (start, stop) in zip(pieces.edges.tolist(), fractions, strict=True)
    ]
    lon = np.concatenate([line[0] for line in lines])
    lat = np.concatenate([line[1] for line in lines])
    repeated = np.zeros(len(lon), np.bool_)
    repeated[1:] = (lon[1:] == lon[:-1]) & (lat[1:] == lat[:-1])
    return lon[~repeated], lat[~repeated]
