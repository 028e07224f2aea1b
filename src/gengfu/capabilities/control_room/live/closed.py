"""Closures on the live roads: a street closed twice opens when both are lifted."""

from collections import Counter
from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import LiveRoads

CORDON_KMH = 10.0
"""How fast crews drive where traffic is kept out for them: among people and hoses."""
SHORTEST_S = 1e-3
"""No road takes less time for this purpose: the roads count in milliseconds."""


class ClosedRoads:
    """Counts the closures of each edge and keeps the roads in step.

    An edge that any closure bars to everybody is closed. One that only cordons hold is
    driven at walking pace, so that crews reach an incident whose streets are closed for
    it, and nobody is sent through it who has another way.
    """

    def __init__(self, roads: LiveRoads) -> None:
        self._roads = roads
        self._seconds: NDArray[np.float64] = roads.graph.seconds
        self._barred: Counter[int] = Counter()
        self._cordoned: Counter[int] = Counter()

    def close(self, edges: Set[int], *, crews_pass: bool) -> None:
        """Take a closure in."""
        held = self._cordoned if crews_pass else self._barred
        fresh = [edge for edge in edges if edge not in held]
        held.update(edges)
        if fresh and crews_pass:
            self._slow(fresh)
        elif fresh:
            self._roads.close(fresh)

    def reopen(self, edges: Set[int], *, crews_pass: bool) -> None:
        """Lift one closure of each of these edges."""
        held = self._cordoned if crews_pass else self._barred
        held.subtract(edge for edge in edges if edge in held)
        free = [edge for edge in edges if edge in held and not held[edge]]
        for edge in free:
            del held[edge]
        if free and crews_pass:
            self._roads.set_factors(free, 1.0)
        elif free:
            self._roads.reopen(free)

    def set_seconds(self, seconds: NDArray[np.float64]) -> None:
        """Take the speeds of another hour; cordons keep walking pace."""
        self._seconds = seconds
        self._roads.set_seconds(seconds)
        if self._cordoned:
            self._slow(list(self._cordoned))

    def _slow(self, edges: list[int]) -> None:
        walking = self._roads.graph.length_m[edges] / (CORDON_KMH / 3.6)
        usual = np.maximum(self._seconds[edges], SHORTEST_S)
        self._roads.set_factors(edges, np.maximum(walking / usual, 1.0))
