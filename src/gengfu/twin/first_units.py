"""Who would be sent first, and who really was: how often the two agree."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import (
    FREE,
    FirstDue,
    Fleet,
    LiveRoads,
    Nearest,
    Place,
    Places,
    RoadGraph,
    TravelModel,
    nearest,
)
from gengfu.science.traveltime import learn_first_due

from .arrivals import Week
from .records import Response
from .whereabouts import Habit

type Flags = NDArray[np.bool_]
type Floats = NDArray[np.float64]


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
class Disagreement:
    """Why the unit really sent is not the one that arrives first; one value per call.

    `slower_s` is how much later than the first the one really sent would be there (0
    where they are the same; infinity where it was not free or has no way). `due_sent`
    and `due_free` say whether the unit first due by the record was sent, and was free.
    """

    slower_s: Floats
    due_sent: Flags
    due_free: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A call, where every unit was and which were free, and who was sent."""

    hour: int
    lon: float
    lat: float
    area: str
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
        self._posts = [week.posts.get(unit, "") for unit in self._units]
        row_of = {unit: row for row, unit in enumerate(self._units)}
        self._questions: list[_Question] = []
        for call, rows in sent.items():
            leader = min(rows, key=_order)
            at, who = leader.dispatched, week.whereabouts
            places = [who.place(unit, at, call, habit) for unit in self._units]
            self._questions.append(
                _Question(
                    at.astimezone(zone).hour,
                    leader.lon,
                    leader.lat,
                    leader.station,
                    week.places[leader.line],
                    Places.of(places),
                    np.array([not who.busy(unit, at, call) for unit in self._units]),
                    row_of[leader.unit],
                    frozenset(row_of[r.unit] for r in rows),
                )
            )
        # hour by hour, so that the speeds of an hour are set once
        self._questions.sort(key=lambda q: q.hour)

    def first_due(self) -> Mapping[str, str]:
        """Return, for each recorded station area, the unit most often sent first."""
        sent: dict[str, Counter[str]] = defaultdict(Counter)
        for asked in self._questions:
            if asked.area:
                sent[asked.area][self._units[asked.leader]] += 1
        return {
            area: min(units, key=lambda unit: (-units[unit], unit))
            for area, units in sent.items()
        }

    def agreement(self, graph: RoadGraph, model: TravelModel) -> Agreement:
        """Recommend an engine for every call by a model, and compare.

        Where the model knows areas of first response, the engine first due goes before
        any that is sooner by no more than the margin.
        """
        same: list[bool] = []
        among: list[bool] = []
        was_busy = 0
        areas = model.first_due
        for asked, found in self._answers(graph, model, 1 if areas is None else None):
            offered = int(found.units[0])
            if areas is not None:
                due = areas.post_at(asked.lon, asked.lat)
                soon = found.seconds <= found.seconds[0] + areas.margin_s
                near: list[int] = found.units[soon].tolist()
                offered = next((u for u in near if self._posts[u] == due), offered)
            same.append(offered == asked.leader)
            among.append(offered in asked.sent)
            was_busy += not asked.free[asked.leader]
        return Agreement(np.array(same, bool), np.array(among, bool), was_busy)

    def disagreement(
        self, graph: RoadGraph, model: TravelModel, first_due: Mapping[str, str]
    ) -> Disagreement:
        """Say how far the unit really sent is behind, and what areas explain.

        `first_due` names the unit first due in each area of the record.
        """
        row_of = {unit: row for row, unit in enumerate(self._units)}
        slower: list[float] = []
        flags: list[tuple[bool, bool]] = []
        for asked, found in self._answers(graph, model, None):
            behind = (found.seconds - found.seconds[0]).tolist()
            late_s = dict(zip(found.units.tolist(), behind, strict=True))
            due = row_of.get(first_due.get(asked.area, ""), -1)
            slower.append(late_s.get(asked.leader, np.inf))
            flags.append((due == asked.leader, due in late_s))
        told = np.array(flags, bool).reshape(-1, 2)
        return Disagreement(np.array(slower), told[:, 0], told[:, 1])

    def _answers(
        self, graph: RoadGraph, model: TravelModel, most: int | None
    ) -> Iterator[tuple[_Question, Nearest]]:
        """Answer every question with the first so many units, or with all of them."""
        roads = LiveRoads(graph)
        every: Sequence[int] = range(len(self._units))
        fleet = Fleet(graph, len(every))
        set_for: float | None = None
        for asked in self._questions:
            if (factor := model.hour_factor[asked.hour]) != set_for:
                roads.set_seconds(model.edge_seconds(graph, asked.hour))
                set_for = factor
            fleet.move_many(every, asked.places)
            fleet.set_flags(every, np.where(asked.free, FREE, 0))
            found = nearest(roads, fleet, asked.goal, most or len(every))
            if len(found) > 0:
                yield asked, found


def _order(r: Response) -> tuple[datetime, int, str]:
    return r.dispatched, r.sequence, r.unit


def first_due_of(
    week: Week, first_due: Mapping[str, str], margin_s: float
) -> FirstDue | None:
    """Learn areas of first response from the recorded areas of a week's calls.

    None where the record names no areas, or no unit on the roster is first due.
    """
    calls = {r.call: r for r in week.responses if r.station in first_due}
    post_of = {area: week.posts.get(unit, "") for area, unit in first_due.items()}
    known = [r for r in calls.values() if post_of[r.station]]
    return learn_first_due(
        np.array([r.lon for r in known], np.float64),
        np.array([r.lat for r in known], np.float64),
        [post_of[r.station] for r in known],
        margin_s,
    )
