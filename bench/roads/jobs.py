"""The jobs of the promise table, each against its strongest peers."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import routingkit_cch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gengfu.science.roads import (
    Fleet,
    Hierarchy,
    LiveRoads,
    Places,
    Shortcuts,
    UnitLabels,
    at_node,
    contraction_order,
    cover,
    nearest,
    nodes_within,
)

from .measure import Bar, Lane, compare, interleave
from .newyork import NewYork
from .reference import Reference

WITHIN_S = 300.0
POSTS = 2000


def fleet_at(city: NewYork, nodes: np.ndarray) -> Fleet:
    fleet = Fleet(city.graph, len(nodes))
    fleet.move_many(np.arange(len(nodes)), Places.at_nodes(nodes))
    fleet.set_free(np.arange(len(nodes)))
    return fleet


@contextmanager
def c_references(
    source: Path, roads: LiveRoads
) -> Iterator[tuple[Reference, Reference]]:
    """The C searches, twice, so that heap and buckets share no arrays either."""
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("heap", "buckets")]
        for place in places:
            place.mkdir()
        heap, buckets = (Reference(source, place, roads, 1000) for place in places)
        yield heap, buckets


def dense(
    city: NewYork, roads: LiveRoads, source: Path, rng: np.random.Generator, count: int
) -> Iterator[Bar]:
    """10 nearest of 5,000 units."""
    n = city.graph.node_count
    units = rng.integers(0, n, 5000)
    fleet = fleet_at(city, units)
    incidents = rng.integers(0, n, count)
    places = [at_node(int(x)) for x in incidents]
    towards = city.matrix(roads.open_ms, reverse=True)
    tenth = [float(nearest(roads, fleet, p, 10).seconds[-1]) for p in places]
    usual = float(np.quantile(tenth, 0.99)) * 1000.0
    with c_references(source, roads) as (heap, buckets):
        ranks = heap.rank[incidents].tolist()
        for c in (heap, buckets):
            np.add.at(c.units, c.rank[units], 1)

        def scipy_nearest(i: int) -> np.ndarray:
            # it cannot stop at the tenth unit, so it gets the limit that is enough
            # for 99 of 100 questions, and twice that for the others
            within = usual
            while True:
                found = dijkstra(towards, indices=incidents[i], limit=within)[units]
                if np.isfinite(found).sum() >= 10:
                    return np.sort(found)[:10]
                within *= 2

        lanes = [
            Lane("gengfu", lambda i: nearest(roads, fleet, places[i], 10, 20_000.0)),
            Lane("scipy dijkstra(limit)", scipy_nearest),
            Lane("C, heap", lambda i: heap.heap(ranks[i], 20_000_000, 10)),
            Lane("C, buckets", lambda i: buckets.buckets(ranks[i], 19_999_000, 10)),
        ]
        for i in range(20):
            ours = nearest(roads, fleet, places[i], 10).seconds
            if not np.array_equal((ours * 1000).round(), scipy_nearest(i)):
                raise AssertionError("nearest differs from scipy")
        interleave(lanes, count)
        job = "10 nearest of 5,000 units"
        ours, scipy, *references = lanes
        yield compare(job, ours, scipy, 25.0)
        yield compare(job, ours, scipy, 15.0, 0.99)
        for peer in references:
            yield compare(job, ours, peer, 1.5, at_most=True)


def within(
    city: NewYork, roads: LiveRoads, source: Path, rng: np.random.Generator, count: int
) -> Iterator[Bar]:
    """Nodes within 300 s."""
    incidents = rng.integers(0, city.graph.node_count, count)
    places = [at_node(int(x)) for x in incidents]
    limit = int(WITHIN_S * 1000)
    away = city.matrix(roads.open_ms, reverse=False)

    def scipy_within(i: int) -> tuple[np.ndarray, np.ndarray]:
        found = dijkstra(away, indices=incidents[i], limit=limit)
        nodes = np.flatnonzero(found < np.inf)
        return nodes, found[nodes]

    with c_references(source, roads) as (heap, buckets):
        ranks = heap.rank[incidents].tolist()
        lanes = [
            Lane("gengfu", lambda i: nodes_within(roads, places[i], WITHIN_S)),
            Lane("scipy dijkstra(limit)", scipy_within),
            Lane("C, heap", lambda i: heap.heap(ranks[i], limit, 0)),
            Lane("C, buckets", lambda i: buckets.buckets(ranks[i], limit, 0)),
        ]
        interleave(lanes, count)
    ours, scipy, *references = lanes
    yield compare("nodes within 300 s", ours, scipy, 10.0)
    for peer in references:
        yield compare("nodes within 300 s", ours, peer, 1.5, at_most=True)


def sparse(
    city: NewYork, roads: LiveRoads, rng: np.random.Generator, count: int
) -> Iterator[Bar]:
    """10 nearest of 20 to 500 free units."""
    graph, n = city.graph, city.graph.node_count
    order = contraction_order(graph)
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, order))
    peer_cch = routingkit_cch.CCH(
        order.tolist(), graph.tails.tolist(), graph.heads.tolist(), False
    )
    metric = routingkit_cch.CCHMetric(peer_cch, roads.open_ms.tolist())
    for free in (20, 50, 100, 200, 350, 500):
        units = rng.integers(0, n, free)
        fleet = fleet_at(city, units)
        labels = UnitLabels(shortcuts, fleet)
        pinned = routingkit_cch.CCHManyToOne(metric, units.tolist())
        incidents = rng.integers(0, n, count).tolist()
        places = [at_node(x) for x in incidents]
        for i in range(20):
            ours = nearest(roads, fleet, places[i], 10, labels=labels).seconds
            theirs = sorted(pinned.distances_to(incidents[i]))[:10]
            if (ours * 1000).round().tolist() != theirs:
                raise AssertionError("nearest differs from routingkit-cch")
        lanes = [
            Lane(
                "gengfu",
                lambda i, f=fleet, p=places, ls=labels: nearest(
                    roads, f, p[i], 10, labels=ls
                ),
            ),
            Lane(
                "routingkit-cch many-to-one",
                lambda i, p=pinned, x=incidents: p.distances_to(x[i]),
            ),
        ]
        interleave(lanes, count)
        yield compare(f"10 nearest of {free} free units", *lanes, 1.2, at_most=True)

    units = rng.integers(0, n, 200)
    fleet = fleet_at(city, units)
    labels = UnitLabels(shortcuts, fleet)
    pinned = routingkit_cch.CCHManyToOne(metric, units.tolist())
    moves = rng.integers(0, 200, (count, 20))
    goes = rng.integers(0, n, (count, 20))
    incidents = rng.integers(0, n, count).tolist()

    def ours(i: int) -> object:
        fleet.move_many(moves[i], Places.at_nodes(goes[i]))
        return nearest(roads, fleet, at_node(incidents[i]), 10, labels=labels)

    def theirs(i: int) -> object:
        units[moves[i]] = goes[i]
        pinned.repin_sources(units.tolist())
        return pinned.distances_to(incidents[i])

    lanes = [Lane("gengfu", ours), Lane("routingkit-cch many-to-one", theirs)]
    interleave(lanes, count)
    job = "10 nearest of 200 free units, 20 of them moved before each question"
    yield compare(job, *lanes, 1.2, at_most=True)


class Pandana:
    """The worker process in another environment."""

    def __init__(self, python: Path, city: NewYork, posts: np.ndarray, folder: Path):
        arrays = folder / "city.npz"
        np.savez(
            arrays, lon=city.graph.lon, lat=city.graph.lat, tails=city.graph.tails,
            heads=city.graph.heads, seconds=city.graph.seconds, posts=posts,
        )  # fmt: skip
        worker = Path(__file__).with_name("pandana_worker.py")
        self._process = subprocess.Popen(
            [python, worker, arrays],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while (line := self._answer()) != "ready":
            if not line and self._process.poll() is not None:
                raise RuntimeError("pandana worker ended")

    def run(self) -> tuple[float, int]:
        """Seconds of one run, and how many pairs it found."""
        assert self._process.stdin
        print(WITHIN_S, file=self._process.stdin, flush=True)
        while True:
            parts = self._answer().split()
            if len(parts) == 2 and parts[1].isdigit():
                return float(parts[0]), int(parts[1])
            if self._process.poll() is not None:
                raise RuntimeError("pandana worker ended")

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


def scipy_cover(away: csr_array, posts: np.ndarray, at_once: int) -> int:
    """Pairs within the time, from rows of the whole city, so many posts at a time."""
    pairs = 0
    for first in range(0, len(posts), at_once):
        some = posts[first : first + at_once]
        found = dijkstra(away, indices=some, limit=WITHIN_S * 1000)
        post, node = np.nonzero(found < np.inf)
        pairs += len(found[post, node])
    return pairs


def posts(
    city: NewYork,
    roads: LiveRoads,
    rng: np.random.Generator,
    rounds: int,
    pandana: Path | None,
) -> Iterator[Bar]:
    """2,000 posts against all nodes within 300 s."""
    nodes = rng.integers(0, city.graph.node_count, POSTS)
    places = Places.at_nodes(nodes)
    away = city.matrix(roads.open_ms, reverse=False)

    wall = time.perf_counter
    ours = Lane("gengfu, 2 threads", lambda _: cover(roads, places, WITHIN_S), wall)
    alone = Lane(
        "gengfu, 1 thread", lambda _: cover(roads, places, WITHIN_S, threads=1), wall
    )
    plain = Lane(
        "scipy dijkstra(limit), one call",
        lambda _: scipy_cover(away, nodes, POSTS),
        wall,
    )
    small = Lane(
        "scipy dijkstra(limit), 20 posts a call",
        lambda _: scipy_cover(away, nodes, 20),
        wall,
    )
    theirs = Lane("pandana nodes_in_range", lambda _: 0, wall)
    peers = [plain, small]
    with tempfile.TemporaryDirectory() as folder:
        if pandana is not None:
            worker = Pandana(pandana, city, nodes, Path(folder))
            theirs.run = lambda _: theirs.times.append(worker.run()[0])
            peers.append(theirs)
        pairs = int(cover(roads, places, WITHIN_S).start[-1])
        for _ in range(rounds):
            for peer in peers:
                for _ in range(5):
                    ours.ask(0)
                    alone.ask(0)
                if peer is theirs:
                    peer.run(0)  # the worker's own clock counts, not the pipe
                elif peer.ask(0) != pairs:
                    raise AssertionError("cover differs from scipy")
        if pandana is not None:
            worker.stop()
    job = f"{POSTS:,} posts x nodes within 300 s ({pairs:,} pairs)"
    yield compare(job, ours, plain, 100.0)
    yield compare(job, ours, small, 40.0)
    yield compare(job + ", one thread", alone, plain, 50.0)
    if pandana is not None:
        yield compare(job, ours, theirs, 60.0)


def live(
    city: NewYork, roads: LiveRoads, rng: np.random.Generator, rounds: int
) -> Iterator[Bar]:
    """5,000 live edge changes, then exact answers at once."""
    graph = city.graph
    edges = rng.integers(0, graph.edge_count, (rounds, 5000))
    factors = rng.uniform(0.5, 4.0, (rounds, 5000))
    order = contraction_order(graph)
    peer_cch = routingkit_cch.CCH(
        order.tolist(), graph.tails.tolist(), graph.heads.tolist(), False
    )
    metric = routingkit_cch.CCHMetric(peer_cch, roads.open_ms.tolist())
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, order))
    change = Lane("gengfu", lambda i: roads.set_factors(edges[i], factors[i]))
    refresh = Lane("gengfu shortcuts", lambda _: shortcuts.refresh())
    reset = Lane("routingkit-cch reset", metric.reset)
    roads.set_factors(edges[0], 1.0)
    for i in range(rounds):
        change.ask(i)
        matrix = city.matrix(roads.open_ms, reverse=False)
        for node in rng.integers(0, graph.node_count, 5).tolist():
            found, seconds = nodes_within(roads, at_node(node), WITHIN_S)
            slow = dijkstra(matrix, indices=node, limit=WITHIN_S * 1000)
            fast = np.full(graph.node_count, np.inf)
            fast[found] = (seconds * 1000).round()
            if not np.array_equal(fast, slow):
                raise AssertionError("reach after live changes differs from scipy")
        refresh.ask(i)
        weights = roads.open_ms.tolist()
        start = time.thread_time()
        metric.reset(weights)
        reset.times.append(time.thread_time() - start)
    job = "5,000 live edge changes"
    fixed = Lane("5 ms", lambda _: None, times=[0.005])
    yield compare(job, change, fixed, 1.0)
    yield compare(job + ", worst run", change, fixed, 1.0, 1.0)
    yield compare(job + " into the shortcuts", refresh, reset, 1.2, at_most=True)
