"""Positions: in memory, on duty, for a while, and nowhere else."""

from datetime import timedelta

import pytest
from rooms import NOON, crew

from gengfu.capabilities.control_room.cases.units import sign_off
from gengfu.capabilities.control_room.live.positions import TIME_TO_LIVE, Positions

BOX = (9.9, -0.1, 10.1, 0.1)


@pytest.fixture
def positions():
    kept = Positions(BOX)
    kept.begin("e1")
    return kept


def test_a_report_is_kept_with_its_age(positions):
    assert positions.take("e1", 10.0, 0.0, NOON, NOON, heading=90, speed_kmh=40)
    fix = positions.fix("e1", NOON + timedelta(seconds=30))
    assert (fix.lon, fix.lat, fix.heading, fix.speed_kmh, fix.age_s) == (
        10.0,
        0.0,
        90,
        40,
        30,
    )


def test_it_is_forgotten_when_its_time_is_over(positions):
    positions.take("e1", 10.0, 0.0, NOON, NOON)
    assert positions.fix("e1", NOON + TIME_TO_LIVE) is None
    assert positions.expire(NOON + TIME_TO_LIVE) == ["e1"]
    assert positions.last("e1") is None


@pytest.mark.parametrize(
    ("unit", "lon", "lat", "late_s"),
    [
        pytest.param("ghost", 10, 0, 0, id="a unit nobody knows"),
        pytest.param("e1", 40, 0, 0, id="far from the city"),
        pytest.param("e1", float("nan"), 0, 0, id="not a number"),
        pytest.param("e1", 10, 0, TIME_TO_LIVE.total_seconds(), id="too old"),
        pytest.param("e1", 10, 0, -120, id="from the future"),
    ],
)
def test_what_cannot_be_true_is_refused(positions, unit, lon, lat, late_s):
    assert not positions.take(unit, lon, lat, NOON - timedelta(seconds=late_s), NOON)
    assert positions.refused == 1


def test_a_late_report_does_not_turn_back_time(positions):
    positions.take("e1", 10.01, 0.0, NOON, NOON)
    assert not positions.take("e1", 10.0, 0.0, NOON - timedelta(seconds=5), NOON)
    assert positions.last("e1") == (10.01, 0.0)


def test_absurd_extras_are_dropped_and_the_place_kept(positions):
    assert positions.take("e1", 10.0, 0.0, NOON, NOON, heading=4000, speed_kmh=-1)
    fix = positions.fix("e1", NOON)
    assert (fix.heading, fix.speed_kmh) == (None, None)


def test_only_changes_are_told_once(positions):
    positions.take("e1", 10.0, 0.0, NOON, NOON)
    assert len(positions.changes(NOON)) == 1
    assert positions.changes(NOON) == []


def test_thousands_of_units_keep_their_rows():
    kept = Positions(BOX)
    for n in range(5000):
        kept.begin(f"u{n}")
        assert kept.take(f"u{n}", 10 + n * 1e-6, 0.0, NOON, NOON)
    assert kept.last("u4999")[0] == pytest.approx(10.004999)
    assert kept.known(NOON) == 5000


def test_going_off_duty_forgets_where_a_unit_is(room):
    assert room.room.positions.take("e1", 10.0, 0.0, room.room.now(), room.room.now())
    room.do(crew("e1"), lambda desk: desk.apply("e1", sign_off))
    assert room.room.positions.last("e1") is None
    assert not room.room.positions.take(
        "e1", 10.0, 0.0, room.room.now(), room.room.now()
    )


def test_no_position_reaches_the_ledger_or_the_store(room):
    room.room.positions.take(
        "e1", 10.012345, 0.012345, room.room.now(), room.room.now()
    )
    room.room.tick(room.room.now())
    stored = room.office.look(
        lambda reader: (
            [
                r.body
                for kind in room.office.registry.machines
                for r in reader.rows(kind)
            ]
            + [e.sealed.facts for e in reader.entries(-1, 1000)]
        )
    )
    assert not any(b"10.012345" in body for body in stored)


def test_a_run_sums_up_how_far_from_its_start_a_unit_came(positions):
    positions.begin_run("e1")
    assert positions.moved("e1") is None
    for at, lon in enumerate((10.0, 10.01, 10.005)):
        now = NOON + timedelta(seconds=at)
        positions.take("e1", lon, 0.0, now, now, accuracy_m=10.0 * at)
    moved = positions.moved("e1")
    assert (moved.moved_m, moved.fixes, moved.accuracy_m) == (1111.9, 3, 10.0)
    assert positions.moved("e1") == moved
    positions.end_run("e1")
    assert positions.moved("e1") is None
