"""Who would be sent first, and who really was: how often the two agree."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import (
    FREE,
    Fleet,
    LiveRoads,
    Place,
    Places,
    RoadGraph,
    TravelModel,
    nearest,
)

from .arrivals import Week
from .records import Response
from .whereabouts import Habit

type Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How often the unit recommended first is the one really sent first.

    `same` and `among_sent` have one value per call that some unit could be sent to.
    """

    same: Flags
    among_sent: Flags
    really_sent_was_busy: int

    @property
    def calls(self) -> int:
        """Number of calls."""
        return len(self.same)


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A call, where every unit was and which were free, and who was sent."""

    hour: int
    goal: Place
    places: Places
    free: Flags
    leader: int
    sent: frozenset[int]


class FirstUnits:
    """All calls of a week that got an engine, ready to be asked of any travel model.

    An engine is busy from dispatch to available of another call. The one really sent
    is the engine with the earliest dispatch, then the lowest sequence.
    """

    def __init__(self, week: Week, habit: Habit, engine: str, zone: ZoneInfo) -> None:
        sent: dict[str, list[Response]] = defaultdict(list)
        for r in week.responses:
            if r.unit_kind == engine:
                sent[r.call].append(r)
        self._units = sorted({r.unit for rows in sent.values() for r in rows})
        row_of = {unit: row for row, unit in enumerate(self._units)}
        self._questions: list[_Question] = []
        for call, rows in sent.items():
            leader = min(rows, key=_order)
            at, who = leader.dispatched, week.whereabouts
            places = [who.place(unit, at, call, habit) for unit in self._units]
            self._questions.append(
                _Question(
                    at.astimezone(zone).hour,
                    week.places[leader.line],
                    Places.of(places),
                    np.array([not who.busy(unit, at, call) for unit in self._units]),
                    row_of[leader.unit],
                    frozenset(row_of[r.unit] for r in rows),
                )
            )
        # hour by hour, so that the speeds of an hour are set once
        self._questions.sort(key=lambda q: q.hour)

    def agreement(self, graph: RoadGraph, model: TravelModel) -> Agreement:
        """Recommend an engine for every call by a model, and compare."""
        roads = LiveRoads(graph)
        every: Sequence[int] = range(len(self._units))
        fleet = Fleet(graph, len(every))
        fleet.set_flags(every, np.full(len(every), FREE))
        same: list[bool] = []
        among: list[bool] = []
        was_busy = 0
        seconds_of: float | None = None
        for asked in self._questions:
            if (factor := model.hour_factor[asked.hour]) != seconds_of:
                roads.set_seconds(model.edge_seconds(graph, asked.hour))
                seconds_of = factor
            fleet.move_many(every, asked.places)
            found = nearest(roads, fleet, asked.goal, 1, eligible=asked.free)
            if len(found) == 0:
                continue
            offered = int(found.units[0])
            same.append(offered == asked.leader)
            among.append(offered in asked.sent)
            was_busy += not asked.free[asked.leader]
        return Agreement(np.array(same, bool), np.array(among, bool), was_busy)


def _order(r: Response) -> tuple[datetime, int, str]:
    return r.dispatched, r.sequence, r.unit
