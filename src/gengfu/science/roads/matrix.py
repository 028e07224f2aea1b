"""Many searches at once: what posts cover, and times between many places."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import kernels, kernels_hierarchy, kernels_path, kernels_search
from .hierarchy import Shortcuts
from .live import LiveRoads
from .problem import NOWHERE, UNREACHED, Cover, Direction, Floats, Ints, Longs, Places
from .solve import limit_ms

_BLOCKS_PER_THREAD = 8
_ROOM = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Two columns of node ranks and drives per place, and how many are in use."""

    ranks: Longs
    millis: Longs
    counts: Longs


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """Labels of two nodes per place, by depth, and how far each is filled."""

    path: Ints
    label: Ints
    filled: Longs


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What the posts in `rows` (in search order) reach, one after another."""

    rows: slice
    nodes: Ints
    millis: Ints


type _Room = tuple[Ints, Ints]
"""Unused room for nodes and milliseconds."""


def cover(
    roads: LiveRoads,
    posts: Places,
    within_s: float,
    direction: Direction = "from",
    *,
    threads: int = 2,
) -> Cover:
    """Return every node each post reaches in time: one compressed row per post.

    Posts nowhere on the roads have an empty row. Posts are searched in Morton order,
    shared among `threads`; the answer does not depend on how many there are.
    """
    graph = roads.graph
    limit = limit_ms(within_s)
    order = _search_order(roads, posts)
    ends = _ends(roads, posts, order, leaving=direction == "from")
    counts = np.zeros(len(posts), np.int64)

    spare: list[_Room] = []

    def search(rows: slice) -> list[_Piece]:
        return _cover_rows(roads, ends, limit, direction, counts, rows, spare)

    blocks = _blocks(len(posts), threads)
    pieces = [piece for found in _shared(search, blocks, threads) for piece in found]
    lengths = np.empty(len(posts), np.int64)
    lengths[order] = counts
    start = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    nodes = np.empty(int(start[-1]), np.int32)
    millis = np.empty(int(start[-1]), np.int32)

    def gather(piece: _Piece) -> None:
        kernels.gather(
            order[piece.rows], counts[piece.rows], start, piece.nodes, piece.millis,
            nodes, millis,
        )  # fmt: skip

    _shared(gather, pieces, threads)
    return Cover(start, nodes, millis, graph.node_count)


def times(
    roads: LiveRoads,
    origins: Places,
    goals: Places,
    within_s: float | None = None,
    *,
    shortcuts: Shortcuts | None = None,
    threads: int = 2,
) -> Floats:
    """Return the seconds from every origin to every goal; infinity where unreachable.

    Shape: origins by goals. Places nowhere on the roads are unreachable. One search per
    origin, which ends when it has settled all goals; fresh `shortcuts` answer the same
    without any search.
    """
    graph = roads.graph
    limit = limit_ms(within_s)
    order = np.arange(len(origins))
    sources = _ends(roads, origins, order, leaving=True)
    targets = _ends(roads, goals, np.arange(len(goals)), leaving=False)
    answer = np.full((len(origins), len(goals)), UNREACHED, np.int32)
    kernels.along_each(
        origins.edges, origins.fractions, goals.edges, goals.fractions, graph.twins,
        roads.open_ms, answer,
    )  # fmt: skip

    if shortcuts is not None and shortcuts.fresh:
        if shortcuts.roads is not roads:
            raise ValueError("the shortcuts are of other roads")
        search = _by_labels(shortcuts, sources, targets, limit, answer)
    else:
        search = _by_search(roads, sources, targets, limit, answer)
    _shared(search, _blocks(len(origins), threads), threads)
    return np.where(answer == UNREACHED, np.inf, answer / 1000.0)


def _by_search(
    roads: LiveRoads, sources: _Ends, targets: _Ends, limit: int, answer: Ints
) -> Callable[[slice], None]:
    graph = roads.graph
    wanted = np.zeros(graph.rank_count, np.bool_)
    column = np.arange(len(targets.ranks)) % 2
    wanted[targets.ranks[column < np.repeat(targets.counts, 2)]] = True
    wanted_count = int(wanted.sum())

    def search(rows: slice) -> None:
        scratch = roads.borrow()
        kernels_path.times_each(
            roads.out_rows, sources.ranks, sources.millis, sources.counts,
            targets.ranks, targets.millis, targets.counts, wanted, wanted_count, limit,
            scratch.best, scratch.queue, scratch.found, rows.start, rows.stop, answer,
        )  # fmt: skip
        roads.give_back(scratch)

    return search


def _by_labels(
    shortcuts: Shortcuts, sources: _Ends, targets: _Ends, limit: int, answer: Ints
) -> Callable[[slice], None]:
    near = _labels(shortcuts, sources, shortcuts.up_ms)
    far = _labels(shortcuts, targets, shortcuts.down_ms)

    def search(rows: slice) -> None:
        kernels_hierarchy.meet_each(
            sources.millis, sources.counts, near.path, near.label, near.filled,
            targets.millis, targets.counts, far.path, far.label, far.filled, limit,
            rows.start, rows.stop, answer,
        )  # fmt: skip

    return search


def _labels(shortcuts: Shortcuts, ends: _Ends, arc_ms: Ints) -> _Labels:
    ladder = shortcuts.hierarchy
    shape = (len(ends.ranks), ladder.width)
    made = _Labels(
        np.empty(shape, np.int32),
        np.empty(shape, np.int32),
        np.zeros(shape[0], np.int64),
    )
    kernels_hierarchy.label_each(
        ladder.position[ladder.graph.node_at[ends.ranks]].astype(np.int64), ends.counts,
        ladder.start, ladder.arc_depth, arc_ms, ladder.parent, ladder.depth, made.path,
        made.label, made.filled,
    )  # fmt: skip
    return made


def _search_order(roads: LiveRoads, places: Places) -> Longs:
    """Order in which neighbours follow each other, so that memory stays warm."""
    graph = roads.graph
    edge = np.maximum(places.edges, 0)
    near = graph.tails[edge] if graph.edge_count else edge
    node = np.where(places.edges < 0, -1 - places.edges, near)
    node[places.edges == NOWHERE] = 0
    return np.argsort(graph.rank[node], kind="stable")


def _ends(roads: LiveRoads, places: Places, order: Longs, *, leaving: bool) -> _Ends:
    graph = roads.graph
    known = places.edges[places.known]
    if known.size and not (
        -graph.node_count <= int(known.min()) and int(known.max()) < graph.edge_count
    ):
        raise ValueError("a place is not on these roads")
    found = _Ends(
        np.zeros(2 * len(places), np.int64),
        np.zeros(2 * len(places), np.int64),
        np.zeros(len(places), np.int64),
    )
    kernels.ends_each(
        places.edges[order], places.fractions[order], leaving, graph.tails, graph.heads,
        graph.twins, roads.open_ms, graph.rank, found.ranks, found.millis, found.counts,
        NOWHERE,
    )  # fmt: skip
    return found


def _cover_rows(
    roads: LiveRoads,
    ends: _Ends,
    limit: int,
    direction: Direction,
    counts: Longs,
    rows: slice,
    spare: list[_Room],
) -> list[_Piece]:
    graph = roads.graph
    away = direction == "from"
    pieces: list[_Piece] = []
    first, last = int(rows.start), int(rows.stop)
    scratch = roads.borrow()
    while first < last:
        nodes, millis = _room(spare, graph.rank_count)
        stopped = kernels_search.settle_each(
            roads.out_rows if away else roads.in_rows, graph.node_at, ends.ranks,
            ends.millis, ends.counts, limit, roads.shift, scratch.best, scratch.bucket,
            scratch.queue, nodes, millis, counts, first, last,
        )  # fmt: skip
        used = int(counts[first:stopped].sum())
        pieces.append(_Piece(slice(first, stopped), nodes[:used], millis[:used]))
        spare.append((nodes[used:], millis[used:]))
        first = stopped
    roads.give_back(scratch)
    return pieces


def _room(spare: list[_Room], most: int) -> _Room:
    """Take what an earlier block left, or new arrays where one search may not fit.

    New memory is slow: the system clears it page by page while all threads wait.
    """
    while spare:
        room = spare.pop()
        if len(room[0]) > most:
            return room
    size = max(_ROOM, 2 * most)
    return np.empty(size, np.int32), np.empty(size, np.int32)


def _blocks(count: int, threads: int) -> list[slice]:
    size = max(1, -(-count // (max(threads, 1) * _BLOCKS_PER_THREAD)))
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]


def _shared[T, R](work: Callable[[T], R], parts: Sequence[T], threads: int) -> list[R]:
    """Do all parts, on several threads where asked; results in the order of parts."""
    if threads <= 1 or len(parts) <= 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
