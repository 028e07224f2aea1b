"""Crews drive home unhurried and report on the way, from where they may be sent.

A run is over when they are home.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from gengfu.science.roads import LiveRoads, RoadGraph, RoadIndex, sightings
from gengfu.twin.pace import Paces, Spread
from gengfu.twin.rooms import Dispatched, Sent, TwinCall
from gengfu.twin.simulation import LONGEST_WAIT_S, Simulation, Town, TwinUnit
from gengfu.twin.waiting import Wanted

START = datetime(2026, 1, 5, tzinfo=UTC)
AT_ONCE = Spread(0.0, 0.0)
PACES = Paces(
    processing=AT_ONCE,
    turnout=AT_ONCE,
    drive_sigma=0.0,
    scene_else=AT_ONCE,
    clearing=AT_ONCE,
)
HOME = 0.015, 0.0
"""In the middle of the second of two streets."""


class Room:
    """A control room that sends its one unit, and notes where that says it is.

    Until it has one it lets calls wait; with `none` it never has.
    """

    def __init__(self, drive_s: float, *, none: bool = False) -> None:
        self.drive_s = drive_s
        self.now_s = 0.0
        self.puts: list[tuple[float, float, float]] = []
        self.none = none
        self.out = ""
        self.closed: list[tuple[str, float]] = []

    def now_is(self, at: datetime) -> None:
        self.now_s = (at - START).total_seconds()

    def take(self, call: TwinCall) -> str:
        return call.key

    def dispatch(self, incident: str) -> Dispatched | Wanted:
        if self.out or self.none:
            return Wanted(frozenset({"e1"}), nearly=False, priority=2)
        self.out = incident
        sent = Sent("e1", "engine", self.drive_s, 0.0, None)
        return Dispatched(units=(sent,), unmet=0, tasks=())

    def put(self, _unit: str, lon: float, lat: float) -> None:
        self.puts.append((self.now_s, lon, lat))

    def free(self, _unit: str) -> None:
        self.out = ""

    def close(self, incident: str, *_: str) -> None:
        self.closed.append((incident, self.now_s))

    def noted(self, *_: object) -> None:
        pass

    sign = roll = arrive = transport = reach = clear = noted


def run(room: Room, *at_s: float) -> Room:
    """Let a crew drive to the far end of two streets and home again: 160 s at best."""
    tails, heads = [0, 1, 1, 2], [1, 0, 2, 1]
    seconds, at = [120.0, 120.0, 80.0, 80.0], [0.0, 0.01, 0.02]
    graph = RoadGraph.build(tails, heads, seconds, [9.0] * 4, at, [0.0] * 3)
    town = Town(
        graph,
        RoadIndex.build(graph),
        partial(sightings, LiveRoads(graph)),
        [TwinUnit("e1", "engine", *HOME)],
    )
    calls = [
        TwinCall(
            key=str(number),
            at=START + timedelta(seconds=at),
            type="smoke",
            priority=2,
            words="",
            lon=0.0,
            lat=0.0,
        )
        for number, at in enumerate(at_s, 1)
    ]
    Simulation(room, town, calls, PACES, START, 1).run()
    return room


def driven_home(drive_s: float) -> list[tuple[float, float, float]]:
    return run(Room(drive_s), 0.0).puts


def test_a_crew_reports_every_two_minutes_from_the_end_of_the_street_it_is_on():
    assert driven_home(100.0) == [
        (100.0, 0.0, 0.0),
        (120.0, 0.01, 0.0),
        (240.0, 0.01, 0.0),
        (340.0, *HOME),
    ]


def test_a_crew_that_is_home_at_the_instant_of_a_report_stays_there():
    assert driven_home(120.0) == [
        (120.0, 0.0, 0.0),
        (240.0, 0.01, 0.0),
        (360.0, *HOME),
    ]


def test_a_run_is_over_when_nobody_waits_and_all_crews_are_home():
    room = run(Room(100.0), 0.0, 10.0, 20.0)
    assert room.closed == [("1", 100.0), ("2", 200.0), ("3", 300.0)]
    assert room.puts[-1] == (room.now_s, *HOME)
    assert room.now_s == 300.0 + 1.5 * 160.0


def test_a_run_goes_on_while_somebody_waits():
    room = run(Room(100.0, none=True), 0.0, 10.0)
    assert room.closed == [("1", LONGEST_WAIT_S), ("2", LONGEST_WAIT_S + 10.0)]
    assert room.now_s == LONGEST_WAIT_S + 10.0
