"""What will happen next: events in order of time, and then of making."""

import heapq
from collections.abc import Callable

SLOT_S = 30.0

type Act = Callable[[], None]
type _Event = tuple[float, int, Act]


class Agenda:
    """Events by time; those far off only by their half minute.

    A day has thousands of events that are far off. In one heap each coming event would
    be compared with a dozen of them, in as many places of memory.
    """

    def __init__(self) -> None:
        self._made = self._taken = 0
        self._slot = -1
        self._near: list[_Event] = []
        """A heap of what happens up to the end of the present slot."""
        self._far: dict[int, list[_Event]] = {}
        self._slots: list[int] = []
        """A heap of the slots that have events far off."""

    def __len__(self) -> int:
        return self._made - self._taken

    def put(self, at_s: float, act: Act) -> None:
        """Let something happen at a time in seconds."""
        self._made += 1
        event = at_s, self._made, act
        slot = int(at_s // SLOT_S)
        if slot <= self._slot:
            heapq.heappush(self._near, event)
        elif slot in self._far:
            self._far[slot].append(event)
        else:
            self._far[slot] = [event]
            heapq.heappush(self._slots, slot)

    def take(self) -> tuple[float, Act]:
        """Take out the next event; there must be one."""
        if not self._near:
            self._slot = heapq.heappop(self._slots)
            self._near = self._far.pop(self._slot)
            heapq.heapify(self._near)
        self._taken += 1
        at_s, _, act = heapq.heappop(self._near)
        return at_s, act
