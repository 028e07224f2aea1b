"""The page of calls to be expected over HTTP: who may open it, and how it waits."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path
from threading import Event as Flag
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.contracts.whole import CITY, Whole

from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.config import Settings
from gengfu.app.installed import provide
from gengfu.capabilities.safety_index.live.jobs import Jobs
from gengfu.capabilities.safety_index.live.library import Library

type Filled = Callable[[Path, date], Path]
ZONE = "America/Santiago"
STAFF = ("station-officer", "statistician", "index-auditor", "commander", "auditor")


@pytest.fixture
def library(whole: Whole) -> Iterator[Library]:
    found = whole.platform.runtime(Library)
    yield found
    found.counts = found.calls = None
    found.jobs.close()
    found.jobs = Jobs()


@pytest.fixture
def today(library: Library) -> date:
    return library.site.office.clock().astimezone(ZoneInfo(ZONE)).date()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Return what makes a folder the store of calls up to a day: each is made once."""
    made: dict[date, Path] = {}

    def copied(folder: Path, until: date) -> Path:
        if until not in made:
            made[until] = tmp_path_factory.mktemp("filled") / "events"
            fill(made[until], until)
        return Path(shutil.copytree(made[until], folder))

    return copied


def fill(folder: Path, until: date) -> None:
    """Fill a store with ten weeks of made-up calls, the last of them the day before."""
    rng = np.random.default_rng(5)
    found: list[Event] = []
    for back in range(70, 0, -1):
        day = until - timedelta(days=back)
        for _ in range(rng.poisson(40)):
            when = datetime(
                day.year, day.month, day.day, int(rng.integers(12, 24)), tzinfo=UTC
            )
            area = f"z{rng.integers(1, 25)}"
            found.append(
                Event(f"e{len(found)}", when, "burglary", area, source="simulated:call")
            )
    at = datetime(until.year, until.month, until.day, 23, tzinfo=UTC)
    EventStore(folder, ZONE).add(events_table(found), "made up", at)


def look(whole: Whole, account: str = "commander", **query: str) -> str:
    """Open the page, and look again until nothing is under way."""
    while True:
        answer = whole.client.get(
            "/forecast", headers=whole.headers(account), params=query
        )
        assert answer.status_code == 200, answer.text
        if "hx-trigger" not in answer.text:
            return answer.text
        Flag().wait(0.02)


def test_without_the_setting_it_says_how_to_set_it(
    whole: Whole, library: Library
) -> None:
    provide(whole.platform, Settings(city=CITY))
    assert library.calls is None
    page = look(whole)
    assert "GENGFU_EVENTS" in page
    assert "gengfu forecast" in page
    assert "<table" not in page
    assert "请指定" in look(whole, lang="zh")


def test_those_who_staff_see_hours_areas_and_last_week_and_nobody_else_does(
    whole: Whole, library: Library, tmp_path: Path, today: date, filled: Filled
) -> None:
    provide(whole.platform, Settings(city=CITY, events=filled(tmp_path / "e", today)))
    for account in STAFF:
        page = look(whole, account)
        assert "never for enforcement" in page
        assert "Only residents&#39; own calls" in page or "Only residents' own" in page
        assert f'href="/forecast?day={today + timedelta(days=6)}#h-areas"' in page
        assert "Within the range (80 % promised)" in page
        assert escape(whole.platform.town.area_names()["z24"][0]) in page
        assert "nobody made them" in page  # made up, and it says so
        assert "forecast." not in page.replace("forecast.css", "")
    for account in ("dispatcher", "caller", "crew", "call-taker"):
        answer = whole.client.get("/forecast", headers=whole.headers(account))
        assert answer.status_code == 403
    assert whole.client.get("/forecast").status_code in {303, 401}


def test_a_day_is_chosen_and_all_days_stand_on_paper(
    whole: Whole, library: Library, tmp_path: Path, today: date, filled: Filled
) -> None:
    provide(whole.platform, Settings(city=CITY, events=filled(tmp_path / "e", today)))
    third = today + timedelta(days=2)
    page = look(whole, day=str(third))
    assert f'day={third}#h-areas" aria-current="page"' in page
    assert page.count("<caption>") == 2  # its districts, its areas
    every = look(whole, day="all", lang="zh")
    assert every.count("<caption>") == 7
    assert "绝不用于执法" in every
    assert look(whole, day="<script>").count("<caption>") == 2


def test_a_folder_without_events_is_named_until_there_are_some(
    whole: Whole, library: Library, tmp_path: Path, today: date, filled: Filled
) -> None:
    provide(whole.platform, Settings(city=CITY, events=tmp_path / "later"))
    assert "no store of events is there" in look(whole)
    assert "没有事件数据" in look(whole, lang="zh")
    filled(tmp_path / "later", today)
    assert "no store of events" not in look(whole)


def test_an_old_record_says_that_the_days_are_past(
    whole: Whole, library: Library, tmp_path: Path, today: date, filled: Filled
) -> None:
    old = today - timedelta(days=40)
    provide(whole.platform, Settings(city=CITY, events=filled(tmp_path / "e", old)))
    page = look(whole)
    assert "too long ago for the days to come" in page
    assert f"day={old}" in page
    near = today - timedelta(days=9)
    provide(whole.platform, Settings(city=CITY, events=filled(tmp_path / "n", near)))
    assert f"day={today}" in look(whole)


def test_long_work_shows_how_far_it_is_and_only_to_whoever_asked(
    whole: Whole, library: Library, tmp_path: Path, today: date, filled: Filled
) -> None:
    provide(whole.platform, Settings(city=CITY, events=filled(tmp_path / "e", today)))
    calls = library.calls
    assert calls is not None
    begun, go_on = Flag(), Flag()
    make = calls.expected

    def slowly(day, told):
        told("count", 0.4)
        begun.set()
        assert go_on.wait(60)
        return make(day, told)

    calls.expected = slowly
    headers = whole.headers("commander")
    page = whole.client.get("/forecast", headers=headers).text
    assert begun.wait(60)
    assert '<progress max="100" value="40"' in page
    again = whole.client.get("/forecast", headers=headers).text
    at = page.index("/forecast?job=") + len("/forecast?job=")
    assert page[at : at + 16] in again  # asked twice, worked on once
    assert whole.client.get("/healthz").status_code == 200
    go_on.set()
    assert "Within the range" in look(whole)
