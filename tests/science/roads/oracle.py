"""The slow answer: scipy on a graph in which every place is a node of its own."""

import numpy as np
from gengfu.science.roads import NOWHERE, LiveRoads, Place
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gengfu.science.roads import RoadGraph


def part(fraction: float, millis: int) -> int:
    return int(fraction * millis + 0.5)


def seconds_between(
    roads: LiveRoads, origins: list[Place], goals: list[Place]
) -> np.ndarray:
    """Matrix of seconds; infinity where unreachable."""
    graph = roads.graph
    n, m = graph.node_count, len(origins)
    arcs: dict[tuple[int, int], int] = {}

    def add(tail: int, head: int, millis: int) -> None:
        arcs[tail, head] = min(arcs.get((tail, head), 2**31), int(millis))

    ms, twins = roads.open_ms.tolist(), graph.twins.tolist()
    tails, heads = graph.tails.tolist(), graph.heads.tolist()
    closed = roads.closed
    for e in range(graph.edge_count):
        if not closed[e]:
            add(tails[e], heads[e], ms[e])
    for i, place in enumerate(origins):
        e, f = place.edge, place.fraction
        if e == NOWHERE:
            continue
        if e < 0 or f in (0.0, 1.0):
            add(n + i, ~e if e < 0 else (tails[e] if f == 0 else heads[e]), 0)
            continue
        add(n + i, heads[e], part(1 - f, ms[e]))
        if twins[e] >= 0:
            add(n + i, tails[e], part(f, ms[twins[e]]))
    for j, place in enumerate(goals):
        e, f, node = place.edge, place.fraction, n + m + j
        if e == NOWHERE:
            continue
        if e < 0 or f in (0.0, 1.0):
            add(~e if e < 0 else (tails[e] if f == 0 else heads[e]), node, 0)
            continue
        add(tails[e], node, part(f, ms[e]))
        if twins[e] >= 0:
            add(heads[e], node, part(1 - f, ms[twins[e]]))
    for i, start in enumerate(origins):
        for j, goal in enumerate(goals):
            if min(start.edge, goal.edge) < 0:
                continue
            if goal.edge not in (start.edge, twins[start.edge]):
                continue
            f = goal.fraction if goal.edge == start.edge else 1 - goal.fraction
            if start.fraction <= f:
                add(n + i, n + m + j, part(f - start.fraction, ms[start.edge]))
            elif twins[start.edge] >= 0:
                back = part(start.fraction - f, ms[twins[start.edge]])
                add(n + i, n + m + j, back)
    size = n + m + len(goals)
    if not origins or not goals:
        return np.zeros((m, len(goals)))
    rows = [a for a, _ in arcs]
    columns = [b for _, b in arcs]
    # scipy drops explicit zeros of dense input only; coo keeps them
    matrix = coo_array((list(arcs.values()), (rows, columns)), shape=(size, size))
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
    return RoadGraph.build(
        tails, heads, seconds, np.array(seconds) * 10.0, lon, lat
    )


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
