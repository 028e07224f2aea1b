"""Recommendations on the live room: the rules over the roads and units of now."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.cases.recommendations import (
    Offered,
    Recommendation,
    offer,
)
from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.capabilities.control_room.rules import recommend as rules
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
from gengfu.kernel import CaseId, Desk, RuleBroken, TaskSpec
from gengfu.science.roads import Arrival, Place
from gengfu.surface import Town

from .cover import LiveCover
from .fleet import READY_IN_S, Labels, state_of
from .picture import Picture
from .positions import FRESH, Positions
from .rulebook import Rulebook
from .streets import Streets
from .views import ReasonView, reason_view

MOST_KEPT = 512
FRESH_S = FRESH.total_seconds()
ANSWER_WITHIN_S = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """One need of the plan, and how many of it the chosen rows meet."""

    kinds: tuple[str, ...]
    skills: tuple[str, ...]
    count: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginView:
    """Where a unit is taken to start from."""

    lon: float | None
    lat: float | None
    source: str
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedView:
    """One candidate: arrival with its interval, reasons, what it meets."""

    unit: str
    callsign: str
    kind: str
    agency: str
    origin: OriginView
    seconds: float
    low_s: float
    high_s: float | None
    cost_s: float
    cover_lost: float
    free: str
    meets: tuple[int, ...]
    chosen: bool
    chosen_for: int | None
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOfferView:
    """An agency that the plan asks, and for what."""

    agency: str
    name: str
    words: str
    words_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The run card that applies."""

    code: str
    version: str
    needs: tuple[NeedView, ...]
    warnings: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLossView:
    """Share of people left without a free unit of a kind within reach."""

    kind: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingView:
    """What the dispatcher is offered; `id` names what was stored of it."""

    id: str
    incident: str
    plan: PlanView
    policy: str
    rows: tuple[RankedView, ...]
    tasks: tuple[TaskOfferView, ...]
    cover_lost: tuple[CoverLossView, ...]
    considered: int
    computed_ms: float

    def stored_as(self, case: str) -> "RankingView":
        """Name what was stored."""
        return replace(self, id=case)


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
        self._arrivals: OrderedDict[tuple[CaseId, str], Arrival] = OrderedDict()

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

    def rank(
        self, case: Incident, picture: Picture, now: datetime
    ) -> tuple[RankingView, Callable[[Desk], Recommendation]]:
        """Rank units for an incident; the second value stores what is shown."""
        if case.place is None:
            raise RuleBroken("this incident has no place yet")
        began = time.perf_counter()
        self.cover.refresh(self._streets.searches_in_a_request)
        plan = self.plan_of(case)
        target = Target(case.id, case.place.lon, case.place.lat, case.priority)
        travel = _LiveTravel(self, case.type, picture, now, {}, {})
        units = picture.units
        sent = tuple(
            (a.kind, frozenset(units[a.unit].skills if a.unit in units else ()))
            for a in case.running()
        )
        found = recommend(
            Request(target, plan, sent), travel, self.cover, self._rulebook.policy
        )
        took_ms = round((time.perf_counter() - began) * 1000, 3)
        for row in found.ranked:
            self._remember(case.id, row)
        view = self._view(found, plan, case.agencies, took_ms)
        return view, _offering(case.id, found, took_ms)

    def arrival(self, case: Incident, crew: Unit) -> Arrival | None:
        """Return when a unit would arrive: as last ranked, else worked out now."""
        known = self._arrivals.get((case.id, crew.id))
        if known is not None or case.place is None:
            return known
        row = self._positions.row(crew.id)
        goal = self._streets.snap(case.place.lon, case.place.lat)
        start = self._streets.row_place(-1 if row is None else row)
        drive = self._streets.drive(start, goal, case.type, case.priority)
        return None if drive is None else drive.arrival

    def snap(self, target: Target) -> Place:
        """Put an incident on the roads."""
        return self._streets.snap(target.lon, target.lat)

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
        self, crew: Unit, picture: Picture, now: datetime, target: Target
    ) -> Candidate:
        """Return a unit as the rules see it."""
        age_s = self._positions.age_s(crew.id, now)
        fresh = age_s is not None and age_s < FRESH_S
        bound = None
        if crew.incident is not None:
            bound = picture.incidents.get(crew.incident)
        return Candidate(
            id=crew.id,
            callsign=crew.callsign,
            kind=crew.kind,
            agency=crew.agency,
            skills=frozenset(crew.skills),
            free=state_of(crew.stage) or Free.PREEMPTIBLE,
            source="post" if age_s is None else "position",
            age_s=None if age_s is None or fresh else round(age_s),
            on_duty_s=(now - crew.on_duty_since).total_seconds(),
            ready_in_s=READY_IN_S.get(crew.stage, 0.0),
            bound_for=None if bound is None else bound.code,
            bound_priority=None if bound is None else bound.priority,
            first_due_s=self._first_due_s(crew, target),
        )

    def _first_due_s(self, crew: Unit, target: Target) -> float:
        """Return how much later a free unit may be, being of the post first due."""
        if state_of(crew.stage) is not Free.FREE:
            return 0.0
        stated = self._town.first_due(target.lon, target.lat)
        if stated is not None:  # the city's own areas, before any that were learned
            return stated.get(crew.post, 0.0)
        areas = self._streets.model.first_due
        if areas is None:
            return 0.0
        due = areas.post_at(target.lon, target.lat) == crew.post
        return areas.margin_s if due else 0.0

    def arrival_of(self, network_s: float, kind: str, priority: int) -> Arrival:
        """Turn seconds on the network into an arrival at a kind of call."""
        return self._streets.arrival(network_s, kind, priority)

    def _remember(self, case: CaseId, row: Ranked) -> None:
        arrival = Arrival(row.seconds, row.low_s, row.high_s, 0.90)
        self._arrivals[(case, row.unit.id)] = arrival
        while len(self._arrivals) > MOST_KEPT * self._rulebook.policy.rows:
            self._arrivals.popitem(last=False)

    def _view(
        self,
        found: rules.Recommendation,
        plan: Plan,
        asked: Sequence[str],
        took_ms: float,
    ) -> RankingView:
        """Show what was found; agencies asked before are not proposed anew."""
        missing = {unmet.need: unmet.missing for unmet in found.unmet}
        return RankingView(
            id="",
            incident=found.incident,
            plan=PlanView(
                code=plan.code,
                version=plan.version,
                needs=tuple(
                    NeedView(
                        kinds=n.kinds,
                        skills=tuple(sorted(n.skills)),
                        count=n.count,
                        missing=missing.get(at, 0),
                    )
                    for at, n in enumerate(found.needs)
                ),
                warnings=tuple(
                    ReasonView(code="warning", text=w.en, text_zh=w.zh)
                    for w in plan.warnings
                ),
            ),
            policy=found.policy_version,
            rows=tuple(self._ranked_view(row) for row in found.ranked),
            tasks=tuple(
                TaskOfferView(
                    agency=t.agency, name=t.name, words=t.said.en, words_zh=t.said.zh
                )
                for t in plan.tasks
                if t.agency not in asked
            ),
            cover_lost=tuple(
                CoverLossView(kind=kind, share=share)
                for kind, share in found.cover_lost
            ),
            considered=found.considered,
            computed_ms=took_ms,
        )

    def _ranked_view(self, row: Ranked) -> RankedView:
        unit = row.unit
        at = self._positions.last(unit.id)
        return RankedView(
            unit=unit.id,
            callsign=unit.callsign,
            kind=unit.kind,
            agency=unit.agency,
            origin=OriginView(
                lon=None if at is None else at[0],
                lat=None if at is None else at[1],
                source=unit.source,
                age_s=unit.age_s,
            ),
            seconds=round(row.seconds, 1),
            low_s=round(row.low_s, 1),
            high_s=None if row.high_s == float("inf") else round(row.high_s, 1),
            cost_s=round(row.cost_s, 1),
            cover_lost=round(row.cover_lost, 4),
            free=row.unit.free,
            meets=row.meets,
            chosen=row.chosen_for is not None,
            chosen_for=row.chosen_for,
            reasons=tuple(map(reason_view, row.reasons)),
        )


@dataclass(frozen=True, slots=True)
class _LiveTravel:
    """The rules' travel, for one incident at one moment."""

    ranker: Ranker
    kind: str
    picture: Picture
    now: datetime
    goals: dict[Target, Place]
    slowest_s: dict[Need, float]
    """Network seconds of the last free unit found for a need, where there were enough:
    whoever is not free yet and even further away is not worth looking for."""

    def nearest(
        self, target: Target, need: Need, free: Free, most: int, bound_from: int = 0
    ) -> Sequence[Coming]:
        found: list[Coming] = []
        limit_s = ANSWER_WITHIN_S
        if free is not Free.FREE:
            limit_s = self.slowest_s.get(need, ANSWER_WITHIN_S)
        network_s = 0.0
        units = self.picture.units
        if target not in self.goals:
            self.goals[target] = self.ranker.snap(target)
        goal = self.goals[target]
        coming = self.ranker.coming(
            goal, need, free, most, limit_s, bound_from, self.picture
        )
        for name, network_s in coming:
            crew = units.get(CaseId(name))
            if crew is None:
                continue
            arrival = self.ranker.arrival_of(network_s, self.kind, target.priority)
            candidate = self.ranker.candidate(crew, self.picture, self.now, target)
            found.append(
                Coming(candidate, arrival.seconds, arrival.low_s, arrival.high_s)
            )
        if free is Free.FREE:
            self.slowest_s.pop(need, None)
            if len(found) >= most:
                self.slowest_s[need] = network_s
        return found


def _offering(
    case: CaseId, found: rules.Recommendation, took_ms: float
) -> Callable[[Desk], Recommendation]:
    offered = tuple(
        Offered(
            unit=CaseId(row.unit.id),
            callsign=row.unit.callsign,
            seconds=round(row.seconds, 1),
            low_s=round(row.low_s, 1),
            high_s=None if row.high_s == float("inf") else round(row.high_s, 1),
            cover_lost=round(row.cover_lost, 4),
            free=row.unit.free,
            source=row.unit.source,
            age_s=row.unit.age_s,
            meets=tuple("/".join(found.needs[at].kinds) for at in row.meets),
            reasons=tuple(r.code for r in row.reasons),
            chosen=row.chosen_for is not None,
        )
        for row in found.ranked
    )

    def store(desk: Desk) -> Recommendation:
        return desk.open(
            offer,
            incident=case,
            plan=f"{found.plan}@{found.plan_version}",
            policy=found.policy_version,
            offered=offered,
            unmet=tuple(u.said.en for u in found.unmet),
            computed_ms=took_ms,
        )

    return store
