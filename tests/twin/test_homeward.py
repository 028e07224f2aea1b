"""Crews drive home unhurried and report on the way, from where they may be sent."""

from datetime import UTC, datetime
from functools import partial

from gengfu.science.roads import LiveRoads, RoadGraph, RoadIndex, sightings
from gengfu.twin.pace import Paces, Spread
from gengfu.twin.rooms import Dispatched, Sent, TwinCall
from gengfu.twin.simulation import Simulation, Town, TwinUnit

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
    """A control room that sends its one unit, and notes where that says it is."""

    def __init__(self, drive_s: float) -> None:
        self.drive_s = drive_s
        self.now_s = 0.0
        self.puts: list[tuple[float, float, float]] = []

    def now_is(self, at: datetime) -> None:
        self.now_s = (at - START).total_seconds()

    def take(self, call: TwinCall) -> str:
        return call.key

    def dispatch(self, _incident: str) -> Dispatched:
        sent = Sent("e1", "engine", self.drive_s, 0.0, None)
        return Dispatched(units=(sent,), unmet=0, tasks=())

    def put(self, _unit: str, lon: float, lat: float) -> None:
        self.puts.append((self.now_s, lon, lat))

    def noted(self, *_: object) -> None:
        pass

    sign = roll = arrive = transport = reach = clear = free = close = noted


def driven_home(drive_s: float) -> list[tuple[float, float, float]]:
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
    call = TwinCall(
        key="1", at=START, type="smoke", priority=2, words="", lon=0.0, lat=0.0
    )
    room = Room(drive_s)
    Simulation(room, town, [call], PACES, START, 1).run()
    return room.puts


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
