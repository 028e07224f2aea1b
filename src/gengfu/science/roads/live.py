"""Roads as they are now: live factors and closures over an unchanging graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import kernels
from .graph import RoadGraph
from .problem import (
    CLOSED_MS,
    LONGEST_MS,
    ONWARD,
    ROW,
    UNREACHED,
    Flags,
    Floats,
    Ints,
    Longs,
)

_CACHE_LINE = 64
_LEAST_SHIFT = 10
_MOST_SHIFT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """Working arrays of one search.

    Between searches `best` and `unit_ms` are all UNREACHED and `bucket` is all -1.
    """

    best: Ints
    bucket: Ints
    queue: Longs
    found: Ints
    unit_ms: Ints
    met: Longs
    pair: Longs
    pair_ms: Longs
    search: tuple[Ints, Ints, Longs, Longs, Longs]

    @classmethod
    def of(cls, graph: RoadGraph, units: int, shift: int) -> "Scratch":
        """Make working arrays for a graph; pages not touched cost no memory."""
        best = np.full(graph.rank_count, UNREACHED, np.int32)
        bucket = np.full((LONGEST_MS >> shift) + 2, -1, np.int32)
        queue = np.empty(graph.edge_count + graph.rank_count + ROW, np.int64)
        pair, pair_ms = np.zeros(2, np.int64), np.zeros(2, np.int64)
        return cls(
            best,
            bucket,
            queue,
            np.empty(graph.rank_count, np.int32),
            np.full(units, UNREACHED, np.int32),
            np.zeros(units, np.int64),
            pair,
            pair_ms,
            (best, bucket, queue, pair, pair_ms),
        )


type SearchRoads = tuple[Longs, Ints, Ints, Ints, Ints, Ints, Ints]
"""Packed rows, rank, node_at, tails, heads, twins, open_ms."""


class LiveRoads:
    """A graph with current edge times, changed in place and exact at once.

    An edge takes `seconds * factor`; a closed edge may not be driven *through*. A unit
    standing on a closed edge may drive out of it and a place on it may be driven to,
    at the edge's open speed: closures are often made for the incident itself.

    Queries may run in several threads at once; a change must not run beside a query
    (the owner serialises them). `version` grows with every change.
    """

    def __init__(self, graph: RoadGraph) -> None:
        self.graph = graph
        self.version = 0
        edges = graph.edge_count
        self._base_ms = graph.seconds * 1000.0
        self._factor = np.ones(edges)
        self._closed = np.zeros(edges, np.bool_)
        self.open_ms: Ints = np.zeros(edges, np.int32)
        self.out_rows = _rows(graph.out_edge, graph.rank[graph.heads])
        self.in_rows = _rows(graph.in_edge, graph.rank[graph.tails])
        self._stamp: Longs = np.zeros(edges, np.int64)
        self._scratch: list[Scratch] = []
        self.shift = _bucket_shift(self._base_ms)
        self._every = np.arange(edges, dtype=np.int64)
        self._write(self._every)
        streets = (
            graph.rank, graph.node_at, graph.tails, graph.heads, graph.twins,
            self.open_ms,
        )  # fmt: skip
        self.away: SearchRoads = (self.out_rows, *streets)
        self.towards: SearchRoads = (self.in_rows, *streets)

    @property
    def factors(self) -> Floats:
        """Current factor of every edge (a copy)."""
        return self._factor.copy()

    @property
    def closed(self) -> Flags:
        """Which edges are closed (a copy)."""
        return self._closed.copy()

    @property
    def keys_ms(self) -> Ints:
        """Current search key of every edge: its milliseconds, CLOSED_MS if closed."""
        return np.where(self._closed, np.int32(CLOSED_MS), self.open_ms)

    def keys_at(self, edges: Ints) -> Ints:
        """Search keys of some edges only."""
        return np.where(self._closed[edges], np.int32(CLOSED_MS), self.open_ms[edges])

    def set_factors(self, edges: ArrayLike, factors: ArrayLike) -> None:
        """Multiply the seconds of these edges; 2 is twice as slow, 1 is free flow."""
        at = self._edges(edges)
        values = np.asarray(factors, np.float64)
        if values.ndim and values.shape != at.shape:
            raise ValueError(f"{values.size} factors for {at.size} edges")
        if not np.all(np.isfinite(values) & (values >= 0)):
            raise ValueError("a factor must be a number of 0 or more")
        self._factor[at] = values
        self._write(at)

    def set_seconds(self, seconds: ArrayLike) -> None:
        """Replace the free-flow seconds of all edges (a new hour of the day)."""
        values = np.array(seconds, np.float64)
        if values.shape != self._base_ms.shape:
            raise ValueError(f"{values.size} seconds for {len(self._base_ms)} edges")
        if not np.all(np.isfinite(values) & (values >= 0)):
            raise ValueError("seconds must be numbers of 0 or more")
        self._base_ms = values * 1000.0
        self._write(self._every)

    def close(self, edges: ArrayLike) -> None:
        """Let nobody drive through these edges."""
        at = self._edges(edges)
        self._closed[at] = True
        self._write(at)

    def reopen(self, edges: ArrayLike) -> None:
        """Let traffic through again, at the factor each edge has now."""
        at = self._edges(edges)
        self._closed[at] = False
        self._write(at)

    def changed_since(self, version: int) -> Longs | None:
        """List edges written after `version`, or None where that is all of them."""
        changed = np.flatnonzero(self._stamp > version)
        return None if len(changed) == len(self._stamp) else changed

    def borrow(self, units: int = 0) -> Scratch:
        """Take working arrays for a fleet; give them back with `give_back`."""
        try:
            scratch = self._scratch.pop()
        except IndexError:
            return Scratch.of(self.graph, units, self.shift)
        if len(scratch.met) < units:
            return Scratch.of(self.graph, units, self.shift)
        return scratch

    def give_back(self, scratch: Scratch) -> None:
        """Return working arrays for the next search."""
        self._scratch.append(scratch)

    def _edges(self, edges: ArrayLike) -> Longs:
        at = np.atleast_1d(np.asarray(edges, np.int64))
        if at.size and (int(at.min()) < 0 or int(at.max()) >= len(self._factor)):
            raise ValueError("no such edge")
        return at

    def _write(self, at: Longs) -> None:
        graph = self.graph
        kernels.change(
            at, self._base_ms, self._factor, self._closed, self.open_ms,
            graph.out_slot, graph.in_slot, self.out_rows, self.in_rows,
            CLOSED_MS, LONGEST_MS,
        )  # fmt: skip
        self.version += 1
        self._stamp[at] = self.version


def _rows(edges: Ints, goals: Ints) -> Longs:
    """Pack rows without times yet; slots without an edge are closed for good.

    The array begins at a cache line, so that no row lies in two of them.
    """
    words = _CACHE_LINE // np.dtype(np.int64).itemsize
    room = np.empty(len(edges) + words, np.int64)
    skip = -(room.ctypes.data // room.itemsize) % words
    rows = room[skip : skip + len(edges)]
    at = np.arange(len(edges)) // ROW
    rows[:] = (CLOSED_MS << 32) | at
    used = edges >= 0
    rows[used] = goals[edges[used]]
    onward = edges == ONWARD
    rows[onward] = at[onward] + 1
    return rows


def _bucket_shift(edge_ms: Floats) -> int:
    """Width of a search bucket as a power of two: about a quarter of a typical edge.

    At least 1,024 ms, so that the buckets of the longest trip stay a few megabytes.
    """
    typical = float(np.median(edge_ms)) if len(edge_ms) else 0.0
    return min(max(int(typical / 4.0).bit_length(), _LEAST_SHIFT), _MOST_SHIFT)
