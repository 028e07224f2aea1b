"""Discrete-event simulation of days of calls through a real control room.

Every step of a call is an event: it comes in, is taken and located, units are
recommended and sent, they roll, drive, arrive, work, perhaps take somebody to
hospital, clear, are free, and drive home; the last one closes the incident. Events of
one instant happen in the order they were made, so one seed gives one history.

Chance is drawn per call and per step from streams of their own (common random
numbers): two policies that are compared see the same calls, the same delays and the
same luck, and differ only by what they decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import floor

from gengfu.kernel import BadInput
from gengfu.science.roads import Place, RoadGraph, RoadIndex, Sightings, where

from .agenda import Agenda
from .journal import CallRun, Journal, UnitRun
from .luck import Luck
from .pace import Paces, Spread
from .rooms import Dispatched, Sent, TwinCall, TwinRoom
from .waiting import Waiting

REPORT_EVERY_S = 120.0
"""Crews on their way home report at the same instants: two minutes apart for each."""
CALLED_OFF_S = 60.0
"""Until a call is offered again whose units were all called off on the way."""
SELDOM_S = 900.0
"""Until a call is offered again that a unit able to go could not be sent to."""
LONGEST_WAIT_S = 12 * 3600.0
_LONGEST_DRIVE_S = 7200.0
_SLOW_HOME = 1.5


@dataclass(frozen=True, slots=True)
class TwinUnit:
    """A unit of the roster and where it stands."""

    id: str
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Town:
    """What the simulated crews know of the city: roads, posts, hospitals.

    `sightings` tells of the quickest drive from one place to another on which streets
    it is after some seconds and then every so many, if it takes no longer than it may.
    """

    graph: RoadGraph
    index: RoadIndex
    sightings: Callable[[Place, Place, float, float, float], Sightings | None]
    units: Sequence[TwinUnit]
    hospitals: Sequence[tuple[float, float]] = ()


@dataclass(slots=True)
class _Crew:
    unit: TwinUnit
    home: Place
    at: Place
    journey: int = 0
    """Grows whenever the crew is sent or freed: stale events are left alone."""
    job: "_Job | None" = None


@dataclass(slots=True)
class _Job:
    call: TwinCall
    run: CallRun
    luck: Luck
    place: Place
    incident: str = ""
    waits: bool = False
    """Whether nobody could be sent so far."""
    out: set[str] = field(default_factory=set[str])


class Simulation:
    """One run; make it, `run` it once, read its journal."""

    def __init__(
        self,
        room: TwinRoom,
        town: Town,
        calls: Sequence[TwinCall],
        paces: Paces,
        start: datetime,
        seed: int,
        told: Callable[[float], None] | None = None,
    ) -> None:
        self.room = room
        self.town = town
        self.paces = paces
        self.start = start.astimezone(UTC)  # a zone's clocks jump twice a year
        self.seed = seed
        self.journal = Journal(start)
        self._calls = calls
        self._places = town.index.snap([c.lon for c in calls], [c.lat for c in calls])
        self._told = told
        self._agenda = Agenda()
        self._now_s, self._now = 0.0, self.start
        self._crews: dict[str, _Crew] = {}
        for unit in town.units:
            home = town.index.snap_one(unit.lon, unit.lat)
            self._crews[unit.id] = _Crew(unit, home, home)
        self._homeward: dict[str, list[tuple[int, float, float]]] = {}
        """Crews on their way home, and the nodes from which they will report with
        longitude and latitude, the next one last."""
        self._report_s = 0.0
        """When they report next, or did last."""
        self._waiting = Waiting[_Job]()
        self._moot = 0
        """How many of what will happen ends a wait that is over already."""
        self._hospitals = [town.index.snap_one(lon, lat) for lon, lat in town.hospitals]

    def run(self) -> Journal:
        """Let everything happen; ends when nobody waits and all crews are home."""
        for number, call in enumerate(self._calls):
            at_s = (call.at - self.start).total_seconds()
            if at_s < 0:
                raise BadInput(f"call {call.key} comes before the start of the run")
            self._at(at_s, self._taking(call, number))
        while len(self._agenda) > self._moot:
            self._now_s, act = self._agenda.take()
            self._now = self.start + timedelta(seconds=self._now_s)
            self.room.now_is(self._now)
            act()
        return self.journal

    # -- a call ---------------------------------------------------------------------

    def _taking(self, call: TwinCall, number: int) -> Callable[[], None]:
        def take() -> None:
            run = CallRun(call.key, call.type, call.priority, call.at)
            luck = Luck(self.seed, call.key)
            job = _Job(call, run, luck, self._places[number])
            job.incident = self.room.take(call)
            self.journal.calls.append(run)
            delay_s = self._draw(job, "processing", self.paces.processing)
            self._in(delay_s, lambda: self._dispatch(job))
            if self._told is not None and number % 200 == 0:
                self._told(number / len(self._calls))

        return take

    def _dispatch(self, job: _Job) -> None:
        """Send whom the room recommends, or let the call wait for somebody."""
        if job.run.closed_at is not None:
            return  # given up
        answer = self.room.dispatch(job.incident)
        if isinstance(answer, Dispatched):
            self._follow(job, answer)
            return
        job.run.tries += 1
        since_s = (job.call.at - self.start).total_seconds()
        self._waiting.put(job, answer, since_s)
        if not job.waits:
            job.waits = True
            end_s = max(since_s + LONGEST_WAIT_S, self._now_s)
            self._at(end_s, lambda: self._give_up(job))

    def _give_up(self, job: _Job) -> None:
        if not job.waits:
            self._moot -= 1
        else:
            job.waits = False
            job.run.outcome = "nobody"
            job.run.closed_at = self._now
            reason = "no unit came free in twelve hours"
            self.room.close(job.incident, "nobody could be sent", reason)

    def _offer(self, crew: _Crew, *, free: bool) -> None:
        """Send a crew that came free (or nearly) to a call that waits for one."""
        journey = crew.journey
        while crew.journey == journey:
            job = self._waiting.take(crew.unit.id, free=free)
            if job is None:
                return
            if job.run.closed_at is not None:
                continue  # given up
            answer = self.room.dispatch(job.incident)
            if isinstance(answer, Dispatched):
                self._follow(job, answer)
            else:
                job.run.tries += 1
                self._in(SELDOM_S, lambda job=job: self._dispatch(job))

    def _follow(self, job: _Job, dispatched: Dispatched) -> None:
        self._moot += job.waits
        job.waits = False
        job.run.sent_at = self._now
        job.run.unmet = dispatched.unmet
        job.run.tasks = len(dispatched.tasks)
        for name in dispatched.tasks:
            delay_s = self._draw(job, f"sign {name[-24:]}", self.paces.signing)
            self._in(delay_s, lambda task=name: self.room.sign(task))
        for sent in dispatched.units:
            self._alert(job, sent)

    # -- a crew ---------------------------------------------------------------------

    def _alert(self, job: _Job, sent: Sent) -> None:
        crew = self._crews[sent.unit]
        if crew.job is not None:
            # called off something less urgent; the others there go on
            self._leave(crew.job, crew)
        crew.journey += 1
        self._homeward.pop(sent.unit, None)
        crew.job = job
        job.out.add(sent.unit)
        run = UnitRun(sent.unit, crew.unit.kind, sent.seconds, sent.low_s, sent.high_s)
        run.sent_at = self._now
        job.run.units.append(run)
        turnout_s = self._draw(job, f"turnout {sent.unit}", self.paces.turnout)
        self._then(crew, turnout_s, lambda: self._roll(job, crew, run))

    def _roll(self, job: _Job, crew: _Crew, run: UnitRun) -> None:
        self.room.roll(crew.unit.id)
        run.rolled_at = self._now
        luck = Spread(1.0, self.paces.drive_sigma)
        slower = self._draw(job, f"drive {crew.unit.id}", luck)
        self._then(crew, run.expected_s * slower, lambda: self._arrive(job, crew, run))

    def _arrive(self, job: _Job, crew: _Crew, run: UnitRun) -> None:
        self._put(crew, job.place, (job.call.lon, job.call.lat))
        self.room.arrive(crew.unit.id)
        run.arrived_at = self._now
        kind = crew.unit.kind
        scene_s = self._draw(job, f"scene {kind}", self.paces.scene_of(kind))
        share = self.paces.transported.get(kind, 0.0)
        if self._chance(job, f"carry {kind}") < share:
            self._then(crew, scene_s, lambda: self._carry(job, crew, run))
        else:
            self._then(crew, scene_s, lambda: self._clear(job, crew, run))

    def _carry(self, job: _Job, crew: _Crew, run: UnitRun) -> None:
        self.room.transport(crew.unit.id, "hospital")
        seconds = self._draw(job, "transport", self.paces.transport)
        self._then(crew, seconds, lambda: self._hand_over(job, crew, run))

    def _hand_over(self, job: _Job, crew: _Crew, run: UnitRun) -> None:
        self.room.reach(crew.unit.id)
        self._put(crew, self._nearest_hospital(job, crew))
        seconds = self._draw(job, "hand over", self.paces.handing_over)
        self._then(crew, seconds, lambda: self._clear(job, crew, run))
        self._offer(crew, free=False)

    def _clear(self, job: _Job, crew: _Crew, run: UnitRun) -> None:
        self.room.clear(crew.unit.id)
        self._leave(job, crew)
        crew.job = None
        seconds = self._draw(job, f"clear {crew.unit.id}", self.paces.clearing)
        self._then(crew, seconds, lambda: self._free(crew, run))
        self._offer(crew, free=False)

    def _free(self, crew: _Crew, run: UnitRun) -> None:
        self.room.free(crew.unit.id)
        run.free_at = self._now
        crew.journey += 1
        self._offer(crew, free=True)
        if crew.job is None:
            self._go_home(crew)

    def _leave(self, job: _Job, crew: _Crew) -> None:
        """Take a crew off a job; the last one to leave closes it."""
        job.out.discard(crew.unit.id)
        for run in job.run.units:
            if run.unit == crew.unit.id and run.left_at is None:
                run.left_at = self._now
        if job.out:
            return
        if not any(run.arrived_at is not None for run in job.run.units):
            job.run.tries += 1  # everyone was called off on the way
            self._in(CALLED_OFF_S, lambda: self._dispatch(job))
            return
        job.run.outcome = "done"
        job.run.closed_at = self._now
        self.room.close(job.incident, "done")

    def _go_home(self, crew: _Crew) -> None:
        """Drive home unhurried, reporting now and then: it may be sent from there."""
        if crew.at == crew.home:
            return
        drive = self.town.sightings(
            crew.at, crew.home, (self._next_report_s() - self._now_s) / _SLOW_HOME,
            REPORT_EVERY_S / _SLOW_HOME, _LONGEST_DRIVE_S,
        )  # fmt: skip
        if drive is None or drive.seconds == 0.0:
            self._put(crew, crew.home)
            return
        graph = self.town.graph
        nodes = graph.heads[drive.edges[::-1]]
        at = nodes, graph.lon[nodes], graph.lat[nodes]
        if len(nodes):
            columns = (column.tolist() for column in at)
            self._homeward[crew.unit.id] = list(zip(*columns, strict=True))
            self._let_report()
        seconds = drive.seconds * _SLOW_HOME
        self._then(crew, seconds, lambda: self._reach_home(crew))

    def _reach_home(self, crew: _Crew) -> None:
        """Be home; what was to be reported at this very instant no longer is."""
        self._homeward.pop(crew.unit.id, None)
        self._put(crew, crew.home)

    def _report(self) -> None:
        """Let every crew on its way home report where it is."""
        for unit, sights in list(self._homeward.items()):
            node, lon, lat = sights.pop()
            self._crews[unit].at = Place(~node)
            self.room.put(unit, lon, lat)
            if not sights:
                del self._homeward[unit]
        if self._homeward:
            self._let_report()

    def _let_report(self) -> None:
        next_s = self._next_report_s()
        if self._report_s != next_s:
            self._report_s = next_s
            self._at(next_s, self._report)

    def _next_report_s(self) -> float:
        return (floor(self._now_s / REPORT_EVERY_S) + 1) * REPORT_EVERY_S

    def _put(
        self, crew: _Crew, place: Place, point: tuple[float, float] | None = None
    ) -> None:
        crew.at = place
        if point is None:
            at_home = place == crew.home
            unit = crew.unit
            known = place.known and not at_home
            point = where(self.town.graph, place) if known else (
                unit.lon, unit.lat
            )  # fmt: skip
        self.room.put(crew.unit.id, *point)

    def _nearest_hospital(self, job: _Job, crew: _Crew) -> Place:
        """Return the nearest hospital by straight line; without any, the post."""
        if not self._hospitals:
            return crew.home
        lon, lat = job.call.lon, job.call.lat
        points = self.town.hospitals
        near = min(
            range(len(points)),
            key=lambda i: (points[i][0] - lon) ** 2 + (points[i][1] - lat) ** 2,
        )
        return self._hospitals[near]

    # -- time and chance ------------------------------------------------------------

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._at(self._now_s + max(seconds, 0.0), act)

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        self._agenda.put(at_s, act)

    def _then(self, crew: _Crew, seconds: float, act: Callable[[], None]) -> None:
        """Do something later unless the crew has been sent elsewhere by then."""
        journey = crew.journey

        def still() -> None:
            if crew.journey == journey:
                act()

        self._in(seconds, still)

    def _draw(self, job: _Job, step: str, spread: Spread) -> float:
        return spread.at(job.luck.normal(step))

    def _chance(self, job: _Job, step: str) -> float:
        return job.luck.uniform(step)
