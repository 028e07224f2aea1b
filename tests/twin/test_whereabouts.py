"""Where a unit was: at its post, at its last call, or between the two."""

from datetime import UTC, datetime, timedelta

from gengfu.science.roads import LiveRoads, RoadGraph, at_node
from gengfu.twin.records import Response
from gengfu.twin.whereabouts import Habit, Whereabouts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME, FAR = at_node(0), at_node(10)


def job(call: str, sent: datetime, free: datetime | None, *, there: bool = True):
    return Response(
        line=int(call), call=call, incident=call, unit="E1", unit_kind="ENGINE",
        type="", priority="", received=sent, entered=None, dispatched=sent,
        rolling=sent, on_scene=sent if there else None, transport=None, hospital=None,
        available=free, sequence=1, area="", station="", outcome="", words="",
        lon=0.0, lat=0.0,
    )  # fmt: skip


def known(*jobs: Response) -> Whereabouts:
    """A street of ten blocks, a minute each; the post at one end, calls at the other."""
    n = range(10)
    graph = RoadGraph.build(
        [*n, *(i + 1 for i in n)], [*(i + 1 for i in n), *n], [60.0] * 20,
        [500.0] * 20, [i * 0.005 for i in range(11)], [0.0] * 11,
    )  # fmt: skip
    return Whereabouts(
        LiveRoads(graph), {"E1": HOME}, jobs, {j.line: FAR for j in jobs}
    )


def test_before_any_call_it_is_at_its_post():
    assert known().place("E1", NOON, "2", Habit(60, 1)) == HOME


def test_it_lingers_then_drives_home():
    free = NOON + timedelta(minutes=5)
    who = known(job("1", NOON, free))
    at = [
        who.place("E1", free + timedelta(seconds=s), "2", Habit(60, 1))
        for s in (30, 60 + 90, 60 + 300, 60 + 601)
    ]
    assert at[0] == FAR
    assert at[1] == at_node(8)
    assert at[2] == at_node(5)
    assert at[3] == HOME
    assert who.place("E1", free + timedelta(seconds=30), "2", Habit()) == HOME


def test_a_unit_called_off_on_the_way_is_taken_to_be_home():
    free = NOON + timedelta(minutes=5)
    who = known(job("1", NOON, free, there=False))
    assert who.place("E1", free + timedelta(seconds=5), "2", Habit(60, 1)) == HOME


def test_it_is_busy_from_dispatch_to_available_but_not_with_the_call_itself():
    free = NOON + timedelta(minutes=5)
    who = known(job("1", NOON, free))
    during = NOON + timedelta(minutes=2)
    assert who.busy("E1", during, "2")
    assert not who.busy("E1", during, "1")
    assert not who.busy("E1", free, "2")
    assert not who.busy("E1", NOON, "2")
    assert not who.busy("E9", during, "2")
