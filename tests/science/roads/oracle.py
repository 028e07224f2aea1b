"""The slow answer: scipy on a graph in which every place is a node of its own."""

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gengfu.science.roads import NOWHERE, LiveRoads, Place, RoadGraph


def part(fraction: float, millis: int) -> int:
    return int(fraction * millis + 0.5)


def exits(roads: LiveRoads, place: Place) -> list[tuple[int, int]]:
    """Nodes a place is left by, and the milliseconds to each."""
    graph, e, f = roads.graph, place.edge, place.fraction
    if e == NOWHERE:
        return []
    if e < 0 or f in (0.0, 1.0):
        return [(~e if e < 0 else int((graph.heads if f else graph.tails)[e]), 0)]
    found = [(int(graph.heads[e]), part(1 - f, roads.open_ms[e]))]
    twin = graph.twins[e]
    if twin >= 0:
        found.append((int(graph.tails[e]), part(f, roads.open_ms[twin])))
    return found


def entries(roads: LiveRoads, place: Place) -> list[tuple[int, int]]:
    """Nodes a place is reached from, and the milliseconds from each."""
    graph, e, f = roads.graph, place.edge, place.fraction
    if e < 0 or f in (0.0, 1.0):
        return exits(roads, place)
    found = [(int(graph.tails[e]), part(f, roads.open_ms[e]))]
    twin = graph.twins[e]
    if twin >= 0:
        found.append((int(graph.heads[e]), part(1 - f, roads.open_ms[twin])))
    return found


def straight_on(roads: LiveRoads, start: Place, goal: Place) -> list[int]:
    """Milliseconds along one street, where that is allowed."""
    twin = roads.graph.twins[start.edge] if start.edge >= 0 else -1
    if min(start.edge, goal.edge) < 0 or goal.edge not in (start.edge, twin):
        return []
    ahead = goal.fraction if goal.edge == start.edge else 1 - goal.fraction
    if start.fraction <= ahead:
        return [part(ahead - start.fraction, roads.open_ms[start.edge])]
    if twin < 0:
        return []
    return [part(start.fraction - ahead, roads.open_ms[twin])]


def seconds_between(
    roads: LiveRoads, origins: list[Place], goals: list[Place]
) -> np.ndarray:
    """Matrix of seconds; infinity where unreachable."""
    graph = roads.graph
    n, m = graph.node_count, len(origins)
    size = n + m + len(goals)
    if not origins or not goals:
        return np.zeros((m, len(goals)))
    arcs: dict[tuple[int, int], int] = {}

    def add(tail: int, head: int, millis: int) -> None:
        arcs[tail, head] = min(arcs.get((tail, head), 2**31), int(millis))

    for e in np.flatnonzero(~roads.closed):
        add(int(graph.tails[e]), int(graph.heads[e]), roads.open_ms[e])
    for i, start in enumerate(origins):
        for node, millis in exits(roads, start):
            add(n + i, node, millis)
        for j, goal in enumerate(goals):
            for millis in straight_on(roads, start, goal):
                add(n + i, n + m + j, millis)
    for j, goal in enumerate(goals):
        for node, millis in entries(roads, goal):
            add(node, n + m + j, millis)
    ends = tuple(zip(*arcs, strict=True))
    matrix = coo_array((list(arcs.values()), ends), shape=(size, size))
    found = dijkstra(matrix.tocsr(), indices=np.arange(n, n + m))
    return found[:, n + m :] / 1000.0


@st.composite
def graphs(draw: st.DrawFn) -> RoadGraph:
    """Small directed graphs with ties, parallel edges, islands and one-way streets."""
    n = draw(st.integers(2, 9))
    node = st.integers(0, n - 1)
    street = st.tuples(node, node, st.integers(0, 12), st.booleans())
    rows = draw(st.lists(street, min_size=1, max_size=24))
    tails, heads, seconds = [], [], []
    for a, b, steps, both in rows:
        for tail, head in ((a, b), (b, a))[: 1 + both]:
            tails.append(tail)
            heads.append(head)
            seconds.append(steps * 2.5)
    turn = np.arange(n) * 2.4
    lon, lat = np.cos(turn) * 0.01 * (1 + np.arange(n)), np.sin(turn) * 0.01
    return RoadGraph.build(tails, heads, seconds, np.array(seconds) * 10.0, lon, lat)


def places(graph: RoadGraph) -> st.SearchStrategy[Place]:
    fraction = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 0.3])
    return st.one_of(
        st.builds(Place, st.integers(0, graph.edge_count - 1), fraction),
        st.builds(Place, st.integers(-graph.node_count, -1)),
    )


@st.composite
def live_roads(draw: st.DrawFn) -> LiveRoads:
    """Graphs with closures and factors applied in several steps."""
    roads = LiveRoads(draw(graphs()))
    roads.shift = draw(st.sampled_from([10, 13, 16]))  # wide: nodes wait repeatedly
    edge = st.integers(0, roads.graph.edge_count - 1)
    for _ in range(draw(st.integers(0, 4))):
        some = draw(st.lists(edge, min_size=1, max_size=5, unique=True))
        match draw(st.sampled_from(["slow", "close", "reopen"])):
            case "slow":
                factor = st.sampled_from([0.0, 0.5, 1.0, 1.7, 3.0])
                roads.set_factors(some, [draw(factor) for _ in some])
            case "close":
                roads.close(some)
            case _:
                roads.reopen(some)
    return roads
