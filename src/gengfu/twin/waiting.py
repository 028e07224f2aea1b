"""Calls that nobody could be sent to, in the order in which a dispatcher takes them."""

from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who could go to a call that waits.

    `able` are units that could if they were free; `nearly` says whether one that is
    nearly free may be taken already.
    """

    able: frozenset[str]
    nearly: bool
    priority: int


type _Heap[T] = list[tuple[int, float, int, T]]


@dataclass(slots=True)
class Waiting[T]:
    """Waiting calls: the most urgent first, of equals the one waiting longest.

    Few sets of units are ever wanted (one per plan), so a unit that comes free is
    compared with those, not with every call.
    """

    _calls: dict[tuple[frozenset[str], bool], _Heap[T]] = field(
        default_factory=dict[tuple[frozenset[str], bool], "_Heap[T]"]
    )
    _made: int = 0

    def put(self, call: T, wanted: Wanted, since_s: float) -> None:
        """Let a call wait."""
        self._made += 1
        heap = self._calls.setdefault((wanted.able, wanted.nearly), [])
        heappush(heap, (wanted.priority, since_s, self._made, call))

    def take(self, unit: str, *, free: bool) -> T | None:
        """Take out the first call that a free (or else nearly free) unit could go to.

        None where there is none.
        """
        fit = [
            heap
            for (able, nearly), heap in self._calls.items()
            if heap and (free or nearly) and unit in able
        ]
        return heappop(min(fit, key=lambda heap: heap[0][:3]))[3] if fit else None
