"""A month that the server builds itself: as the command line would, then as any draft."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.conftest import running
from tests.contracts.test_index_desks import form_of, make
from tests.contracts.test_signals import area_of, ask, found, sent
from tests.contracts.whole import CITY, Whole
from typer.testing import CliRunner

from gengfu.adapters.events import SIMULATED, Event, EventStore, events_table
from gengfu.app.cli import app
from gengfu.app.config import Settings
from gengfu.app.installed import provide
from gengfu.capabilities.safety_index.live.library import Library

pytestmark = pytest.mark.lasting
ZONE = "America/Santiago"
DESK = "/publications"
KINDS = ("theft", "structure-fire", "collision-injury")
OCTOBER, NOVEMBER = (datetime(2026, month, 5, 12, tzinfo=UTC) for month in (10, 11))
WHY = ("Late records", "补录记录")


@dataclass
class Clocks:
    """What the server takes for the present."""

    now: datetime = OCTOBER

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("building") / "events"
    rng = np.random.default_rng(8)
    events = [
        Event(
            f"{year}-{month}-{zone}-{kind}-{number}",
            datetime(year, month, 1 + number % 27, 15, tzinfo=UTC),
            kind,
            f"z{zone}",
            source=f"{SIMULATED}call",
        )
        for year in range(2023, 2027)
        for month in range(1, 13)
        if (year, month) < (2026, 11)
        for zone in range(1, 41)
        for kind in KINDS
        for number in range(int(rng.poisson(6)))
    ]
    EventStore(folder, ZONE).add(events_table(events), "made up", NOVEMBER)
    return folder


@pytest.fixture(scope="module")
def whole(clocks: Clocks, store: Path) -> Iterator[Whole]:
    with running(clocks) as running_:
        provide(running_.platform, Settings(city=CITY, events=store))
        yield running_


def press(whole: Whole, month: str, *why: str, lang: str = "en") -> str:
    """Press the button, and wait as the page does; return what it shows then."""
    form = {"move": "build", "month": month} | dict(
        zip(("why_en", "why_zh"), why, strict=False)
    )
    headers = whole.headers("statistician")
    answer = whole.client.post(DESK, headers=headers, data=form, params={"lang": lang})
    while waits := re.search(r'hx-get="/publications\?job=(\w+)"', answer.text):
        query = {"job": waits[1], "lang": lang}
        answer = whole.client.get(DESK, headers=headers, params=query)
    assert answer.status_code == 200
    whole.client.cookies.clear()
    return html.unescape(answer.text)


def drafted(whole: Whole, month: str, issue: int = 1) -> tuple[str, bytes]:
    """Return the draft of a month: its case and its very bytes."""
    answer = ask(whole, "GET", "/publications", "statistician")
    (case,) = (
        one["id"]
        for one in answer.json()["publications"]
        if (one["period"], one["issue"], one["stage"]) == (month, issue, "compiled")
    )
    path = f"{DESK}/{case}/publication.json"
    content = whole.client.get(path, headers=whole.headers("statistician")).content
    return case, content


def publish(whole: Whole, case: str) -> None:
    make(whole, DESK, "index-auditor", case, "audit", calls="200", recorded="190")
    make(whole, DESK, "commander", case, "approve")
    make(whole, DESK, "statistician", case, "publish")


def by_command(store: Path, out: Path, month: str, *more: str) -> bytes:
    """Return what the command line makes of the same store."""
    told = ["index", "build", "--events", str(store), "--areas", str(CITY)]
    told += ["--period", month, "--out", str(out), "--simulated", *more]
    answer = CliRunner().invoke(app, told)
    assert answer.exit_code == 0, answer.exception
    newest = max((out / month).glob("[0-9]"))
    return (newest / "publication.json").read_bytes()


def test_the_server_builds_what_the_command_line_would_and_lays_it_down(
    whole: Whole, clocks: Clocks, store: Path, tmp_path: Path
) -> None:
    raised = sent(whole, found(area_of(whole, 0), "burglary"))
    assert raised.status_code == 201
    clocks.now = NOVEMBER
    out = tmp_path / "publications"

    page = press(whole, "2026-09")
    assert "2026-09 · issue 1 is laid down" in page
    case, content = drafted(whole, "2026-09")
    assert content == by_command(store, out, "2026-09")
    assert form_of(page, case, "audit") is None  # whoever compiled does not audit
    assert form_of(page, case, "withdraw") is not None
    again = press(whole, "2026-09")
    assert "another draft of 2026-09 is on its way" in again
    assert "2026-09 已有另一份草稿" in press(whole, "2026-09", lang="zh")
    publish(whole, case)

    share = tmp_path / "share.json"
    query = {"period": "2026-10"}
    said = ask(whole, "GET", "/signal-share", "statistician", params=query)
    share.write_bytes(said.content)
    assert "2026-10 · issue 1 is laid down" in press(whole, "2026-10")
    case, content = drafted(whole, "2026-10")
    assert content == by_command(store, out, "2026-10", "--signals", str(share))
    document = json.loads(content)
    assert document["signals"]["raised"] == 1
    assert [one[0] for one in document["made"]["earlier"]] == ["2026-09"]
    publish(whole, case)

    assert "nothing of it would be different" in press(whole, "2026-10")
    late = datetime(2026, 10, 30, 15, tzinfo=UTC)
    more = [
        Event(f"late{n}", late, "theft", "z3", source=f"{SIMULATED}call")
        for n in range(30)
    ]
    EventStore(store).add(events_table(more), "late records", NOVEMBER)
    assert "would now be different; say why" in press(whole, "2026-10")
    assert "请用中英文说明原因" in press(whole, "2026-10", lang="zh")
    assert "say it in both languages" in press(whole, "2026-10", WHY[0])
    assert "2026-10 · issue 2 is laid down" in press(whole, "2026-10", *WHY)
    case, content = drafted(whole, "2026-10", 2)
    assert content == by_command(store, out, "2026-10", "--correct", "|".join(WHY))
    assert json.loads(content)["corrects"]["why"]["en"] == WHY[0]
    publish(whole, case)


def test_only_a_statistician_is_offered_it_and_only_months_that_ended(
    whole: Whole, clocks: Clocks
) -> None:
    clocks.now = OCTOBER
    headers = whole.headers("statistician")
    page = whole.client.get(DESK, headers=headers).text
    offered = re.findall(r'<option value="(\d{4}-\d{2})"', page)
    assert (offered[0], offered[-1]) == ("2026-09", "2026-01")
    assert "2026-10 has not ended yet" in press(whole, "2026-10")
    assert "2026-10 尚未结束" in press(whole, "2026-10", lang="zh")
    assert "a month is written like 2026-10" in press(whole, "soon")
    assert "2025 年尚无基期" in press(whole, "2025-06", lang="zh")
    form = {"move": "build", "month": "2026-08"}
    for account in ("index-auditor", "commander"):
        mine = whole.headers(account)
        assert 'value="build"' not in whole.client.get(DESK, headers=mine).text
        refused = whole.client.post(DESK, headers=mine, data=form)
        assert "built by a statistician" in html.unescape(refused.text)


def test_work_of_another_server_is_not_known_here_and_the_page_says_so(
    whole: Whole,
) -> None:
    headers = whole.headers("statistician")
    page = whole.client.get(DESK, headers=headers, params={"job": "0" * 16})
    assert "This server does not know that work" in page.text


def test_without_a_store_nothing_is_offered(whole: Whole) -> None:
    library = whole.platform.runtime(Library)
    builder, library.builder = library.builder, None
    try:
        assert "no store of events to build from" in press(whole, "2026-08")
        page = whole.client.get(DESK, headers=whole.headers("statistician")).text
        assert 'value="build"' not in page
    finally:
        library.builder = builder
