"""Recommendations on the live room: the rules over the roads and units of now."""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import attrgetter

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
from .fleet import READY_IN_S, Labels, in_states, state_of
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
        self._ranked: OrderedDict[CaseId, Mapping[str, Arrival]] = OrderedDict()
        """When the units of recent rankings would arrive, by incident and unit."""
        self._agencies = frozenset(agency.id for agency in town.agencies)
        self._plans: dict[str, Plan] = {}
        """Plans by code, as far as this city's agencies can do what they say."""

    def note(self, crew: Unit, picture: Picture) -> None:
        """Take in a unit's change."""
        row = self._positions.row(crew.id)
        if row is not None:
            bound = _bound_for(crew, picture)
            priority = None if bound is None else bound.priority
            self._streets.flag(row, self._labels.flags(crew, priority))
        self.cover.note(crew)

    def note_priority(self, case: Incident, picture: Picture) -> None:
        """Take in how urgent the incident is that units are sent to."""
        priority = case.priority if case.id in picture.incidents else None
        for sent in case.running():
            row, crew = self._positions.row(sent.unit), picture.units.get(sent.unit)
            if row is not None and crew is not None and crew.incident == case.id:
                self._streets.flag(row, self._labels.flags(crew, priority))

    def plan_of(self, case: Incident) -> Plan:
        """Return the run card's plan for an incident."""
        kind = "" if case.area is None else self._town.area_kind(case.area)
        plan = self._rulebook.plan_for(case.type, case.priority, case.area, kind)
        here = self._plans.get(plan.code)
        if here is None:
            here = self._plans[plan.code] = plan.among(self._agencies)
        return here

    def tasks_for(self, plan: Plan, agencies: Sequence[str]) -> tuple[TaskSpec, ...]:
        """Return the tasks for these agencies: the plan's own, else a plain one."""
        planned = {task.agency: task for task in plan.tasks}
        return tuple(
            planned[a].spec() if a in planned else self._rulebook.plain_task(a)
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
        self._remember(case.id, found.ranked, travel.arrivals.level)
        return Ranking(case.id, plan, case.agencies, found, took_ms, self._positions)

    def arrival(self, case: Incident, crew: Unit) -> Arrival | None:
        """Return when a unit would arrive: as last ranked, else worked out now."""
        known = self._ranked.get(case.id, {}).get(crew.id)
        if known is not None or case.place is None:
            return known
        row = self._positions.row(crew.id)
        goal = self._streets.snap(case.place.lon, case.place.lat)
        start = self._streets.row_place(-1 if row is None else row)
        drive = self._streets.drive(start, goal, case.type, case.priority)
        return None if drive is None else drive.arrival

    def coming(
        self,
        goal: Place,
        need: Need,
        states: Collection[Free],
        most: int,
        within_s: float,
        bound_from: int,
    ) -> Sequence[tuple[int, float]]:
        """Return rows of units with their seconds on the network, first in front.

        Of those on their way somewhere only where that has at least the priority
        `bound_from`.
        """
        asked, states_asked = self._labels.search(need), in_states(states, bound_from)
        if asked is None or not states_asked or not goal.known:
            return ()
        found = self._streets.nearest(goal, most, within_s, *asked, states_asked)
        return list(zip(found.units.tolist(), found.seconds.tolist(), strict=True))

    def candidate(
        self,
        row: int,
        picture: Picture,
        now: datetime,
        first_due_s: Mapping[str, float],
    ) -> Candidate | None:
        """Return the unit of a row as the rules see it."""
        crew = picture.units.get(CaseId(self._positions.unit_at(row)))
        if crew is None:
            return None
        age_s = self._positions.age_at(row, now.timestamp())
        free = state_of(crew.stage) or Free.PREEMPTIBLE
        bound = _bound_for(crew, picture)
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

    def _remember(self, case: CaseId, ranked: Sequence[Ranked], level: float) -> None:
        self._ranked[case] = {
            row.unit.id: Arrival(row.seconds, row.low_s, row.high_s, level)
            for row in ranked
        }
        self._ranked.move_to_end(case)
        while len(self._ranked) > MOST_KEPT:
            self._ranked.popitem(last=False)


def _bound_for(crew: Unit, picture: Picture) -> Incident | None:
    """Return the open incident that a unit is sent to."""
    return None if crew.incident is None else picture.incidents.get(crew.incident)


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
    candidates: dict[int, Candidate | None] = field(
        default_factory=dict[int, Candidate | None]
    )
    """Units met so far, by row: many meet several needs."""

    def nearest(
        self,
        target: Target,
        need: Need,
        states: Collection[Free],
        most: int,
        bound_from: int = 0,
    ) -> Sequence[Coming]:
        if target is not self.target:
            raise ValueError("this is the travel to another incident")
        free = Free.FREE in states
        limit_s = ANSWER_WITHIN_S if free else self.slowest_s.get(need, ANSWER_WITHIN_S)
        wanted = most * len(states)
        coming = self.ranker.coming(
            self.goal, need, states, wanted, limit_s, bound_from
        )
        found = self._first(coming, most)
        if len(found) < len(coming) == wanted and len(states) > 1:
            # One state filled the places of the others: each is looked for alone.
            alone = (
                self.nearest(target, need, (state,), most, bound_from)
                for state in states
            )
            return sorted(chain.from_iterable(alone), key=attrgetter("seconds"))
        if free:
            self.slowest_s.pop(need, None)
            if len(found) == wanted:
                self.slowest_s[need] = coming[-1][1]
        return found

    def _first(self, coming: Sequence[tuple[int, float]], most: int) -> list[Coming]:
        """Return the first `most` in each state."""
        found: list[Coming] = []
        left = dict.fromkeys(Free, most)
        for row, network_s in coming:
            candidate = self._candidate(row)
            if candidate is not None and left[candidate.free]:
                left[candidate.free] -= 1
                arrival = self.arrivals.at(network_s)
                found.append(
                    Coming(candidate, arrival.seconds, arrival.low_s, arrival.high_s)
                )
        return found

    def _candidate(self, row: int) -> Candidate | None:
        if row not in self.candidates:
            self.candidates[row] = self.ranker.candidate(
                row, self.picture, self.now, self.first_due_s
            )
        return self.candidates[row]
