"""Where the units are: linked to the nodes they can drive out to."""

import numpy as np
from numpy.typing import ArrayLike

from . import kernels
from .graph import RoadGraph
from .problem import NOWHERE, Floats, Ints, Longs, Place, Places

FREE = 1
"""The flag every search asks for unless told otherwise; the other 62 bits are kinds."""


class Fleet:
    """Positions and flags of a fixed number of units; a move takes constant time.

    Each unit is linked to the one or two nodes it can drive out to, so a search that
    settles a node meets its units there. All units start nowhere and not free.
    `version` grows with every move. A change must not run beside a query (the owner
    serialises them).
    """

    def __init__(self, graph: RoadGraph, units: int) -> None:
        self.graph = graph
        self.version = 0
        self.edges: Ints = np.full(units, NOWHERE, np.int32)
        self.fractions: Floats = np.zeros(units)
        self.flags: Longs = np.zeros(units, np.int64)
        self.moves: Longs = np.zeros(units, np.int64)
        self.first_entry: Ints = np.full(graph.rank_count, -1, np.int32)
        self.next_entry: Ints = np.full(2 * units, -1, np.int32)
        self._previous_entry: Ints = np.full(2 * units, -1, np.int32)
        self._entry_node: Ints = np.full(2 * units, -1, np.int32)

    def __len__(self) -> int:
        return len(self.edges)

    def move(self, unit: int, place: Place) -> None:
        """Put one unit at a place (or nowhere)."""
        self._check(unit, unit, place.edge, place.edge)
        if not 0.0 <= place.fraction <= 1.0:
            raise ValueError(f"unit {unit}: fraction is not within 0 and 1")
        graph = self.graph
        kernels.link(
            unit, place.edge, place.fraction, graph.tails, graph.heads, graph.twins,
            graph.rank, self.edges, self.fractions, self.first_entry, self.next_entry,
            self._previous_entry, self._entry_node, self.moves, NOWHERE,
        )  # fmt: skip
        self.version += 1

    def move_many(self, units: ArrayLike, places: Places) -> None:
        """Put many units at places; the later of two entries for one unit counts."""
        who = np.asarray(units, np.int64)
        if who.shape != places.edges.shape:
            raise ValueError(f"{len(places)} places for {who.size} units")
        graph = self.graph
        bad = kernels.link_each(
            who, places.edges, places.fractions, graph.tails, graph.heads, graph.twins,
            graph.rank, self.edges, self.fractions, self.first_entry, self.next_entry,
            self._previous_entry, self._entry_node, self.moves, NOWHERE,
        )  # fmt: skip
        if bad >= 0:  # nothing was moved; moving that one says what is wrong with it
            self.move(int(who[bad]), places[bad])
        self.version += 1

    def set_flags(self, units: ArrayLike, flags: ArrayLike) -> None:
        """Replace the flags of these units; bit 0 is FREE, the others are kinds."""
        self.flags[np.asarray(units, np.int64)] = np.asarray(flags, np.int64)

    def set_flags_of(self, unit: int, flags: int) -> None:
        """`set_flags` for one unit."""
        self.flags[unit] = flags

    def set_free(self, units: ArrayLike, free: bool = True) -> None:
        """Mark units free or busy and leave their kinds alone."""
        at = np.asarray(units, np.int64)
        self.flags[at] = self.flags[at] | FREE if free else self.flags[at] & ~FREE

    def place(self, unit: int) -> Place:
        """Where one unit is."""
        return Place(int(self.edges[unit]), float(self.fractions[unit]))

    def available(
        self, must: int = FREE, any_of: int = 0, also_any_of: int = 0
    ) -> Longs:
        """List units on the roads by flags, as `nearest` chooses them."""
        rows = np.empty(len(self.edges), np.int64)
        count = kernels.pick(
            self.edges, self.flags, must, any_of, also_any_of, NOWHERE, rows,
        )  # fmt: skip
        return rows[:count]

    def _check(self, first: int, last: int, low: int, high: int) -> None:
        if first < 0 or last >= len(self.edges):
            raise ValueError(f"no such unit: {first if first < 0 else last}")
        if low != NOWHERE and low < -self.graph.node_count:
            raise ValueError(f"no such node: {-1 - low}")
        if high >= self.graph.edge_count:
            raise ValueError(f"no such edge: {high}")
