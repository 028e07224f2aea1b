"""The workbench over HTTP: who may open it, what it counts, and how it waits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import numpy as np
import pytest
from tests.contracts.whole import CITY, Whole

from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.config import Settings
from gengfu.app.installed import provide
from gengfu.capabilities.safety_index.live.jobs import Jobs
from gengfu.capabilities.safety_index.live.library import Library

ZONE = "America/Santiago"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ZONES = [f"z{n}" for n in range(1, 25)]
FORM = {
    "table": "area,month\n" + "".join(f"{one},2026-04\n" for one in ZONES[:8]),
    "what": "crime",
    "first": "2025-10",
    "last": "2026-09",
    "measure": "better street lights",
    "ring": "",
}


def made_up() -> list[Event]:
    rng = np.random.default_rng(5)
    found: list[Event] = []
    for number in range(12):
        year, month = 2025 + (9 + number) // 12, (9 + number) % 12 + 1
        for at, zone in enumerate(ZONES):
            fewer = 0.5 if at < 8 and number >= 6 else 1.0
            for _ in range(rng.poisson(12 * fewer)):
                when = datetime(year, month, int(rng.integers(1, 28)), 15, tzinfo=UTC)
                found.append(Event(f"e{len(found)}", when, "burglary", zone))
    return found


@pytest.fixture
def library(whole: Whole) -> Iterator[Library]:
    found = whole.platform.runtime(Library)
    assert found.counts is None
    yield found
    found.counts = None
    found.jobs.close()
    found.jobs = Jobs()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbench") / "events"
    EventStore(folder, ZONE).add(events_table(made_up()), "made up", NOW)
    return folder


def look(whole: Whole, account: str = "statistician", **query: str) -> str:
    answer = whole.client.get(
        "/workbench", headers=whole.headers(account), params=query
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def test_without_the_setting_it_says_how_to_set_it(
    whole: Whole, library: Library
) -> None:
    provide(whole.platform, Settings(city=CITY))
    assert library.counts is None
    assert "GENGFU_EVENTS" in look(whole)
    assert "请指定" in look(whole, lang="zh")
    assert '<form method="post" action="/workbench"' not in look(whole)


def test_the_setting_names_what_is_counted_and_every_role_of_staff_may_ask(
    whole: Whole, library: Library, store: Path
) -> None:
    provide(whole.platform, Settings(city=CITY, events=store))
    for account in ("statistician", "index-auditor", "commander", "auditor"):
        headers = whole.headers(account)
        page = whole.client.post("/workbench", headers=headers, data=FORM).text
        while "hx-trigger" in page:  # the first count may take longer than a look
            at = page.index("/workbench?job=") + len("/workbench?job=")
            page = look(whole, account, job=page[at : at + 16])
        assert "After better street lights" in page
        assert "8 areas" in page
        assert "lower than expected" in page
    for account in ("station-officer", "dispatcher", "caller", "crew"):
        headers = whole.headers(account)
        answer = whole.client.post("/workbench", headers=headers, data=FORM)
        assert answer.status_code == 403


def test_a_folder_without_events_is_named(
    whole: Whole, library: Library, tmp_path: Path
) -> None:
    provide(whole.platform, Settings(city=CITY, events=tmp_path / "later"))
    headers = whole.headers("statistician")
    page = whole.client.post("/workbench", headers=headers, data=FORM)
    assert f"{tmp_path / 'later'}: no store of events is there" in page.text
    said = whole.client.post(
        "/workbench", headers=headers, data=FORM, params={"lang": "zh"}
    )
    assert "没有事件数据" in said.text
    events = EventStore(tmp_path / "later", ZONE)
    events.add(events_table(made_up()), "made up", NOW)
    assert (
        "no store"
        not in whole.client.post("/workbench", headers=headers, data=FORM).text
    )  # it came into being; no restart is needed


def test_long_work_shows_how_far_it_is_and_only_to_whoever_asked(
    whole: Whole, library: Library, store: Path
) -> None:
    provide(whole.platform, Settings(city=CITY, events=store))
    counts = library.counts
    assert counts is not None
    begun, go_on = Flag(), Flag()
    count = counts.months

    def slowly(first, last, told):
        told("count", 0.4)
        begun.set()
        assert go_on.wait(60)
        return count(first, last, told)

    counts.months = slowly
    headers = whole.headers("statistician")
    page = whole.client.post("/workbench", headers=headers, data=FORM).text
    assert begun.wait(60)
    at = page.index("/workbench?job=") + len("/workbench?job=")
    job = page[at : at + 16]
    half = look(whole, job=job)
    assert '<progress max="100" value="40"' in half
    assert "Counting events" in half
    assert "better street lights" in half  # what was asked stays in the form
    assert "is not kept here" in look(whole, "commander", job=job)
    again = whole.client.post("/workbench", headers=headers, data=FORM).text
    assert "still being worked on" in again
    assert whole.client.get("/healthz").status_code == 200
    go_on.set()
    while "hx-trigger" in (page := look(whole, job=job)):
        pass
    assert "After better street lights" in page
