"""Where a unit was when it was sent: a record says only where it was last at work."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gengfu.science.roads import LiveRoads, Place, at_node, route

from .records import Response


@dataclass(frozen=True, slots=True)
class Habit:
    """What units are taken to do when free: stay `linger_s`, then drive home.

    They drive `slowness` times the free-flow time; 0 means at home at once.
    """

    linger_s: float = 0.0
    slowness: float = 0.0


HABITS = (
    Habit(),
    Habit(0.0, 1.0),
    Habit(0.0, 2.5),
    Habit(60.0, 1.0),
    Habit(60.0, 2.5),
    Habit(180.0, 2.5),
)


@dataclass(frozen=True, slots=True)
class _Job:
    sent: datetime
    free: datetime | None
    place: Place
    left_there: bool
    """Whether the unit was at `place` when it became free."""
    call: str


@dataclass(frozen=True, slots=True, eq=False)
class _WayHome:
    nodes: "np.typing.NDArray[np.int32]"
    after_s: "np.typing.NDArray[np.float64]"


class Whereabouts:
    """Answers for every unit and instant: busy or free, and where."""

    def __init__(
        self,
        roads: LiveRoads,
        homes: Mapping[str, Place],
        responses: Iterable[Response],
        places: Mapping[int, Place],
    ) -> None:
        """`places` gives each response's place on the roads by its line."""
        self._roads = roads
        self.homes = homes
        self._ways: dict[tuple[str, datetime], _WayHome | None] = {}
        jobs: dict[str, list[_Job]] = defaultdict(list)
        for r in responses:
            stayed = r.on_scene is not None and r.transport is None
            jobs[r.unit].append(
                _Job(r.dispatched, r.available, places[r.line], stayed, r.call)
            )
        self._jobs = {u: sorted(j, key=lambda k: k.sent) for u, j in jobs.items()}
        self._sent = {u: [j.sent for j in jobs] for u, jobs in self._jobs.items()}

    def busy(self, unit: str, at: datetime, call: str) -> bool:
        """Whether a unit was on some other call at an instant."""
        job = self._last(unit, at, call)
        return job is not None and job.free is not None and job.free > at

    def place(self, unit: str, at: datetime, call: str, habit: Habit) -> Place:
        """Return where a unit was, sent at an instant to a call."""
        home = self.homes[unit]
        job = self._last(unit, at, call)
        if job is None or job.free is None or not job.left_there or not habit.slowness:
            return home
        driven_s = (at - job.free).total_seconds() - habit.linger_s
        if driven_s <= 0:
            return job.place
        key = (unit, job.sent)
        if key not in self._ways:
            self._ways[key] = self._way_home(job.place, home)
        way = self._ways[key]
        if way is None or driven_s >= way.after_s[-1] * habit.slowness:
            return home
        at_edge = int(np.searchsorted(way.after_s, driven_s / habit.slowness))
        return at_node(int(way.nodes[at_edge]))

    def _last(self, unit: str, at: datetime, call: str) -> _Job | None:
        """Find the last job a unit was sent to before an instant, other than a call."""
        jobs = self._jobs.get(unit)
        if not jobs:
            return None
        for index in range(bisect_left(self._sent[unit], at) - 1, -1, -1):
            if jobs[index].call != call:
                return jobs[index]
        return None

    def _way_home(self, start: Place, home: Place) -> _WayHome | None:
        found = route(self._roads, start, home, drawn=False)
        if found is None or len(found.edges) == 0:
            return None
        heads = self._roads.graph.heads[found.edges]
        return _WayHome(heads, np.cumsum(found.edge_seconds))
