"""Recommendations on the live room: the rules over the roads and units of now."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.capabilities.control_room.rules.plans import Need, Plan
from gengfu.capabilities.control_room.rules.ranking import recommend
from gengfu.capabilities.control_room.rules.recommend import (
    Candidate,
    Coming,
    Free,
    Ranked,
    Request,
    Target,
)
from gengfu.kernel import CaseId, RuleBroken, TaskSpec
from gengfu.science.roads import Arrival, Arrivals, Place
from gengfu.surface import Town

from .cover import LiveCover
from .fleet import READY_IN_S, Labels, state_of
from .picture import Picture
from .positions import FRESH, Positions
from .ranking_view import Ranking
from .rulebook import Rulebook
from .streets import Streets

MOST_KEPT = 512
FRESH_S = FRESH.total_seconds()
ANSWER_WITHIN_S = 4 * 3600.0


class Ranker:
    """Answers the rules' questions about travel and cover from the live room."""

    def __init__(
        self, town: Town, streets: Streets, positions: Positions, rulebook: Rulebook
    ) -> None:
        self._town = town
        self._streets = streets
        self._positions = positions
        self._rulebook = rulebook
        self._labels = Labels()
        self.cover = LiveCover(town.node_demand(), streets, positions)
        self._ranked: OrderedDict[CaseId, dict[str, Ranked]] = OrderedDict()

    def note(self, crew: Unit) -> None:
        """Take in a unit's change."""
        row = self._positions.row(crew.id)
        if row is not None:
            self._streets.flag(row, self._labels.flags(crew))
        self.cover.note(crew)

    def plan_of(self, case: Incident) -> Plan:
        """Return the run card's plan for an incident."""
        kind = "" if case.area is None else self._town.area_kind(case.area)
        return self._rulebook.plan_for(case.type, case.priority, case.area, kind)

    def tasks_for(self, plan: Plan, agencies: Sequence[str]) -> tuple[TaskSpec, ...]:
        """Return the tasks for these agencies: the plan's own, else a plain one."""
        planned = {task.agency: task.spec() for task in plan.tasks}
        return tuple(
            planned[a] if a in planned else self._rulebook.plain_task(a)
            for a in dict.fromkeys(agencies)
        )

    def rank(self, case: Incident, picture: Picture, now: datetime) -> Ranking:
        """Rank units for an incident."""
        if case.place is None:
            raise RuleBroken("this incident has no place yet")
        began = time.perf_counter()
        self.cover.refresh(self._streets.searches_in_a_request)
        plan = self.plan_of(case)
        target = Target(case.id, case.place.lon, case.place.lat, case.priority)
        travel = _LiveTravel(
            self,
            picture,
            now,
            target,
            self._streets.snap(target.lon, target.lat),
            self._streets.arrivals(case.type, case.priority),
            self._first_due(target),
        )
        units = picture.units
        sent = tuple(
            (a.kind, frozenset(units[a.unit].skills if a.unit in units else ()))
            for a in case.running()
        )
        found = recommend(
            Request(target, plan, sent), travel, self.cover, self._rulebook.policy
        )
        took_ms = round((time.perf_counter() - began) * 1000, 3)
        self._remember(case.id, found.ranked)
        return Ranking(case.id, plan, case.agencies, found, took_ms, self._positions)

    def arrival(self, case: Incident, crew: Unit) -> Arrival | None:
        """Return when a unit would arrive: as last ranked, else worked out now."""
        known = self._ranked.get(case.id, {}).get(crew.id)
        if known is not None:
            return Arrival(known.seconds, known.low_s, known.high_s, 0.90)
        if case.place is None:
            return None
        row = self._positions.row(crew.id)
        goal = self._streets.snap(case.place.lon, case.place.lat)
        start = self._streets.row_place(-1 if row is None else row)
        drive = self._streets.drive(start, goal, case.type, case.priority)
        return None if drive is None else drive.arrival

    def coming(
        self,
        goal: Place,
        need: Need,
        free: Free,
        most: int,
        within_s: float,
        bound_from: int,
        picture: Picture,
    ) -> list[tuple[str, float]]:
        """Return units with their seconds on the network, first in front.

        With `bound_from` only those on their way to something of such a priority, or
        less urgent.
        """
        asked = self._labels.search(need, free)
        if asked is None or not goal.known:
            return []
        must, any_of = asked
        among = None
        if bound_from:
            rows = self._streets.fleet.available(must, any_of)
            among = self._less_urgent(rows, bound_from, picture)
        found = self._streets.nearest(goal, most, within_s, must, any_of, among)
        return [
            (self._positions.unit_at(row), seconds)
            for row, seconds in zip(
                found.units.tolist(), found.seconds.tolist(), strict=True
            )
        ]

    def _less_urgent(
        self, rows: NDArray[np.int64], bound_from: int, picture: Picture
    ) -> NDArray[np.bool_]:
        """Mark those of these units that are on their way to something less urgent."""
        marked = np.zeros(len(self._streets.fleet), np.bool_)
        for row in rows.tolist():
            crew = picture.units.get(CaseId(self._positions.unit_at(row)))
            if crew is not None and crew.incident is not None:
                bound = picture.incidents.get(crew.incident)
                marked[row] = bound is not None and bound.priority >= bound_from
        return marked

    def candidate(
        self,
        crew: Unit,
        picture: Picture,
        now: datetime,
        first_due_s: Mapping[str, float],
    ) -> Candidate:
        """Return a unit as the rules see it."""
        age_s = self._positions.age_s(crew.id, now)
        free = state_of(crew.stage) or Free.PREEMPTIBLE
        bound = None
        if crew.incident is not None:
            bound = picture.incidents.get(crew.incident)
        return Candidate(
            id=crew.id,
            callsign=crew.callsign,
            kind=crew.kind,
            agency=crew.agency,
            skills=frozenset(crew.skills),
            free=free,
            source="post" if age_s is None else "position",
            age_s=None if age_s is None or age_s < FRESH_S else float(round(age_s)),
            on_duty_s=(now - crew.on_duty_since).total_seconds(),
            ready_in_s=READY_IN_S.get(crew.stage, 0.0),
            bound_for=None if bound is None else bound.code,
            bound_priority=None if bound is None else bound.priority,
            first_due_s=first_due_s.get(crew.post, 0.0) if free is Free.FREE else 0.0,
        )

    def _first_due(self, target: Target) -> Mapping[str, float]:
        """Return by post how much later its free units may be, being first due."""
        stated = self._town.first_due(target.lon, target.lat)
        if stated is not None:  # the city's own areas, before any that were learned
            return stated
        areas = self._streets.model.first_due
        post = None if areas is None else areas.post_at(target.lon, target.lat)
        return {} if areas is None or post is None else {post: areas.margin_s}

    def _remember(self, case: CaseId, ranked: Sequence[Ranked]) -> None:
        known = self._ranked.pop(case, {})
        known.update((row.unit.id, row) for row in ranked)
        self._ranked[case] = known
        while len(self._ranked) > MOST_KEPT:
            self._ranked.popitem(last=False)


@dataclass(slots=True)
class _LiveTravel:
    """The rules' travel, for one incident at one moment."""

    ranker: Ranker
    picture: Picture
    now: datetime
    target: Target
    goal: Place
    arrivals: Arrivals
    first_due_s: Mapping[str, float]
    slowest_s: dict[Need, float] = field(default_factory=dict[Need, float])
    """Network seconds of the last free unit found for a need, where there were enough:
    whoever is not free yet and even further away is not worth looking for."""
    candidates: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    """Units met so far: many meet several needs."""

    def nearest(
        self, target: Target, need: Need, free: Free, most: int, bound_from: int = 0
    ) -> Sequence[Coming]:
        if target is not self.target:
            raise ValueError("this is the travel to another incident")
        found: list[Coming] = []
        limit_s = ANSWER_WITHIN_S
        if free is not Free.FREE:
            limit_s = self.slowest_s.get(need, ANSWER_WITHIN_S)
        network_s = 0.0
        coming = self.ranker.coming(
            self.goal, need, free, most, limit_s, bound_from, self.picture
        )
        for name, network_s in coming:
            candidate = self.candidates.get(name) or self._candidate(name)
            if candidate is not None:
                found.append(Coming(candidate, *self.arrivals.at(network_s)[:3]))
        if free is Free.FREE:
            self.slowest_s.pop(need, None)
            if len(found) >= most:
                self.slowest_s[need] = network_s
        return found

    def _candidate(self, name: str) -> Candidate | None:
        crew = self.picture.units.get(CaseId(name))
        if crew is None:
            return None
        made = self.ranker.candidate(crew, self.picture, self.now, self.first_due_s)
        self.candidates[name] = made
        return made
