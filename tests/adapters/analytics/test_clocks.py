"""Days and hours as the city's clocks show them, against Python's own."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gengfu.adapters.analytics import (
    count_days,
    count_hours,
    day_number,
    day_of,
    engine,
    list_days,
)
from gengfu.adapters.events import Event, EventStore, events_table

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def made(folder, zone, seed=5, events=3_000):
    """Draw events about both turns of a year's clocks, some of them not to count."""
    rng = np.random.default_rng(seed)
    turns = [datetime(2026, m, d, tzinfo=UTC) for m, d in ((4, 4), (9, 5), (10, 3))]
    found = [
        Event(
            f"e{n}",
            turns[n % 3] + timedelta(seconds=int(rng.integers(-3 * 86400, 3 * 86400))),
            str(rng.choice(["theft", "fire"])),
            None if rng.random() < 0.05 else f"a{rng.integers(3)}",
            duplicate_of="e1" if rng.random() < 0.1 else None,
            initiated_by=str(rng.choice(["resident", "police", "agency"])),
        )
        for n in range(events)
    ]
    store = EventStore(folder, zone)
    store.add(events_table(found), "drawn", NOW)
    return store, found


@pytest.mark.parametrize(
    "zone",
    ["America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Shanghai"],
)
def test_days_and_hours_are_those_of_the_clocks(tmp_path, zone):
    store, events = made(tmp_path / "events", zone)
    first, last = date(2026, 4, 2), date(2026, 10, 4)
    clock = ZoneInfo(zone)
    days, hours, listed = Counter(), Counter(), set()
    for one in events:
        shown = one.at.astimezone(clock)
        if one.duplicate_of or one.initiated_by == "police":
            continue
        if not first <= shown.date() <= last:
            continue
        listed.add(one.event_id)
        if one.area:
            days[one.area, one.kind, day_number(shown.date())] += 1
        if one.initiated_by == "resident":
            hours[one.area, day_number(shown.date()) * 24 + shown.hour] += 1
    with engine() as running:
        asked = (running, store.paths(), zone, first, last)
        by_day, by_hour = count_days(*asked), count_hours(*asked)
        every = list_days(*asked)
    assert {
        (r["area"], r["kind"], r["day"]): r["events"] for r in by_day.to_pylist()
    } == days
    assert {(r["area"], r["hour"]): r["events"] for r in by_hour.to_pylist()} == hours
    assert by_hour.column("area")[0].as_py() is None
    assert set(every.column("event_id").to_pylist()) == listed
    assert every.column("event_id").to_pylist() == sorted(listed)


def test_numbers_are_days_and_back():
    assert day_number(date(1970, 1, 1)) == 0
    for day in (date(1969, 12, 31), date(2024, 2, 29), date(2059, 12, 31)):
        assert day_of(day_number(day)) == day
