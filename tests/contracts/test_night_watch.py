"""The server's own watch: once a day, on the ledger with what it raised, and told."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.contracts.test_signals import area_of, found
from tests.contracts.whole import CITY, Whole

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.config import Settings
from gengfu.app.installed import watch_nightly
from gengfu.app.nightly import FIRST_REST, Nightly, day_to_watch, searching
from gengfu.app.watching import look
from gengfu.capabilities.safety_index.cases.signals import signal
from gengfu.capabilities.safety_index.live.library import Library, NightWatch
from gengfu.capabilities.safety_index.rules.signal_values import SignalsFound
from gengfu.capabilities.safety_index.rules.signal_values import Tested as Looked
from gengfu.kernel import BadInput, Said, Unavailable

ZONE = "America/Santiago"


@pytest.fixture
def library(whole: Whole) -> Iterator[Library]:
    mine = whole.platform.runtime(Library)
    mine.night = NightWatch(begins="00:00")
    yield mine
    mine.night = None


class Search:
    """Says what it is told to have found, of the day it is asked for."""

    def __init__(self, area: str, kind: str) -> None:
        self.asked: list[str] = []
        self.fails = 0
        self.found = JsonCodec().decode(SignalsFound, found(area, kind))

    async def __call__(self, day: str) -> SignalsFound:
        self.asked.append(day)
        if self.fails:
            self.fails -= 1
            raise Unavailable(f"no events of {day} are in the store yet")
        last = replace(self.found.signals[0], first_day=day, last_day=day)
        tested = (Looked(method="scan", series=1, false_alarms=0.25),)
        return replace(self.found, at=day, signals=(last,), tested=tested)


def nightly(library: Library, search: Search) -> Nightly:
    return Nightly(library=library, begins=time(0, 0), search=search)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-22T06:59:00+00:00", "2026-11-20"),  # 03:59 by the city's clocks
        ("2026-11-22T07:00:00+00:00", "2026-11-21"),
        ("2026-11-22T23:30:00+00:00", "2026-11-21"),
        ("2026-09-06T06:59:00+00:00", "2026-09-04"),  # 02:59, an hour before summer
        ("2026-09-06T07:00:00+00:00", "2026-09-05"),  # clocks went from 24:00 to 01:00
    ],
)
def test_a_day_is_watched_when_its_night_has_come(now: str, day: str) -> None:
    instant = datetime.fromisoformat(now)
    assert str(day_to_watch(instant, time(4, 0), ZoneInfo(ZONE))) == day


def test_a_day_is_watched_once_and_told(
    whole: Whole, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    zone = ZoneInfo(whole.platform.town.timezone)
    day = day_to_watch(whole.platform.office.clock(), time(0, 0), zone)
    search = Search(area_of(whole, 0), "vehicle-theft")
    runs = nightly(library, search)
    staff, station = whole.headers("statistician"), whole.headers("station-officer")

    search.fails = 1
    with caplog.at_level(logging.INFO, "gengfu.watch"):
        assert asyncio.run(runs.turn()) is None
        assert asyncio.run(runs.turn()) is None  # not again before its rest is over
    assert search.asked == [str(day)]
    assert f"watching {day}: no events of {day} are in the store yet" in caplog.text
    page = whole.client.get("/signals", headers=staff).text
    assert f"no events of {day} are in the store yet" in page
    chinese = whole.client.get("/signals", headers=staff, params={"lang": "zh"}).text
    assert f"尚无 {day} 的事件" in chinese
    assert "in the store" not in whole.client.get("/signals", headers=station).text

    runs._not_before -= FIRST_REST
    with caplog.at_level(logging.INFO, "gengfu.watch"):
        made = asyncio.run(runs.turn())
    assert made is not None
    assert (made.day, made.raised, made.known, made.nowhere) == (str(day), 1, 0, 0)
    assert made.by_chance == 0.25
    assert f"watched {day}: 1 signals raised" in caplog.text
    listed = whole.client.get(
        "/api/v1/signals", headers=whole.headers("commander", "public-statistics")
    ).json()["signals"]
    mine = [one for one in listed if one["watched_on"] == str(day)]
    assert [one["finding"]["kind"] for one in mine] == ["vehicle-theft"]
    page = whole.client.get("/signals", headers=staff).text
    assert str(day) in page
    assert "not in the store yet" not in page
    library.kinds = {"vehicle-theft": Said("Stolen vehicle", "盗窃车辆")}
    assert "盗窃车辆" in whole.client.get("/signals", headers=station).text

    assert asyncio.run(runs.turn()) is None
    after_restart = nightly(library, search)
    assert asyncio.run(after_restart.turn()) is None
    assert len(search.asked) == 2

    # Two servers that searched at once: what the slower one found is left aside.
    slower = nightly(library, search)
    assert asyncio.run(slower.watch(day)) is None
    raised = whole.platform.office.look(
        lambda reader: [r for r in reader.rows(signal.kind) if str(day) in str(r.body)]
    )
    assert len(raised) == 1


def test_a_signal_without_a_station_holds_up_no_other(
    whole: Whole, library: Library
) -> None:
    search = Search("nowhere", "theft")
    both = search.found.signals + found_in(area_of(whole, 0))
    search.found = replace(search.found, signals=both)

    async def search_both(day: str) -> SignalsFound:
        return replace(search.found, at=day)

    runs = Nightly(library=library, begins=time(0, 0), search=search_both)
    long_ago = date(2020, 1, 1)
    made = asyncio.run(runs.watch(long_ago))
    assert made is not None
    assert (made.raised + made.known, made.nowhere) == (1, 1)


def found_in(area: str) -> tuple:
    return JsonCodec().decode(SignalsFound, found(area, "affray")).signals


def test_the_search_is_a_process_of_its_own(
    whole: Whole, library: Library, tmp_path: Path
) -> None:
    folder, day = tmp_path / "events", date(2026, 10, 31)
    search = searching(folder, CITY, library)
    with pytest.raises(BadInput, match="no store of events is there"):
        look(folder, CITY, None, str(day))
    rng = np.random.default_rng(3)
    noon = datetime(2026, 10, 31, 15, tzinfo=UTC)
    events = [
        Event(f"e{ago}-{n}", noon - timedelta(days=ago), "theft", "z1")
        for ago in range(70)
        for n in range(int(rng.poisson(1.0)) + (12 if ago == 0 else 0))
    ]
    EventStore(folder, ZONE).add(events_table(events), "made up", noon)
    seen = asyncio.run(search(str(day)))
    assert seen.at == str(day)
    assert {(one.area, one.kind) for one in seen.signals} >= {("z1", "theft")}
    with pytest.raises(Unavailable, match="no events of 2026-11-01 are in the store"):
        asyncio.run(search("2026-11-01"))


@pytest.mark.parametrize(
    ("settings", "watches"),
    [
        ({"events": Path("store")}, True),
        ({"events": Path("store"), "watch_at": "never"}, False),
        ({}, False),
    ],
)
def test_a_setting_starts_the_watch(
    whole: Whole, settings: dict[str, object], watches: bool
) -> None:
    kept: list[str] = []

    def keep(work: Coroutine[None, None, None], name: str) -> None:
        work.close()
        kept.append(name)

    platform = SimpleNamespace(runtime=whole.platform.runtime, keep=keep)
    watch_nightly(platform, Settings(city=CITY, **settings))
    assert kept == ["nightly watch"] * watches


@pytest.mark.parametrize("at", ["24:00", "4:00", "noon", ""])
def test_a_time_that_is_none_is_refused_at_the_start(at: str) -> None:
    with pytest.raises(BadInput, match="watch_at"):
        Settings.given(watch_at=at)
