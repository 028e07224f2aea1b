"""The page of calls to be expected: what it shows, on a desk, a phone and paper."""

import asyncio
import mimetypes
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import cache
from threading import Event
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from tests.capabilities.safety_index.screens.measured import CITY, Visitor
from tests.screens.conftest import AXE

from gengfu.capabilities.safety_index.live.jobs import Jobs
from gengfu.capabilities.safety_index.rules.expected_calls import (
    CallRecord,
    expect,
    usual_days,
)
from gengfu.capabilities.safety_index.rules.expected_values import (
    NOWHERE,
    ExpectedCalls,
    Named,
)
from gengfu.capabilities.safety_index.screens.forecast import Outlook, forecast
from gengfu.surface import Door
from gengfu.web.i18n import words
from gengfu.web.templates import CONTENT_SECURITY_POLICY, STATIC, render

FIRST, DAYS, AREAS = date(2026, 6, 1), 84, 40
TODAY = FIRST + timedelta(days=DAYS)


@cache
def made() -> ExpectedCalls:
    rng = np.random.default_rng(4)
    rates = np.where(np.arange(24) < 7, 0.02, 0.3)[None, :, None]
    calls = rng.poisson(
        rates * rng.gamma(1, 1, AREAS)[None, None, :], (DAYS, 24, AREAS)
    )
    calls[:, 12, 0] += 12
    names = [Named(id=f"t{n}", name=f"Town {n}", name_zh=f"第{n}镇") for n in range(39)]
    return expect(
        CallRecord(
            first=FIRST,
            areas=(*names, Named(id=NOWHERE, name="No area known", name_zh="地点不明")),
            calls=calls.astype(np.int64),
            usual=usual_days(calls, [True] * DAYS),
            timezone="Asia/Shanghai",
            events=(),
            districts=(Named(id="north", name="North <b>", name_zh="北区"), *names[:1]),
            district_of=(1, *[0] * (AREAS - 1)),
        ),
        TODAY,
    )


class Kept:
    """A forecast that is there already."""

    def kept(self, today: date) -> ExpectedCalls:
        assert today == TODAY
        return made()

    def expected(self, today: date, told: object) -> ExpectedCalls:
        raise AssertionError("made again")


class Slow:
    """A forecast that is made for as long as the test wants."""

    def __init__(self) -> None:
        self.enough = Event()

    def kept(self, today: date) -> None:
        assert today == TODAY

    def expected(self, today: date, told: object) -> ExpectedCalls:
        assert self.enough.wait(60)
        return made()


def show(language: str = "en", theme: str = "auto", **query: str) -> str:
    return shown(Outlook(Kept(), Jobs(), TODAY), language, theme, **query)


def shown(outlook: Outlook, language: str, theme: str = "auto", **query: str) -> str:
    jobs = outlook.jobs
    screen = forecast(lambda _door: outlook, patience_s=0.0)
    assert screen.fill is not None
    asked: Any = screen.fill(cast("Door", Visitor(language)), query=query)
    with ThreadPoolExecutor(1) as beside:
        context = dict(beside.submit(asyncio.run, asked).result())
    jobs.close()
    every = {"city": CITY, "me": None, "page": screen.title, "unit_id": ""}
    said = words(language, CITY["timezone"])
    return render(screen.template, said, theme=theme, **(every | context))


def test_every_count_stands_with_its_range() -> None:
    page = show()
    noon = made().areas[0].hours[0][12]
    assert noon.mean > 10
    assert f"<b>{noon.mean:.0f}</b> <span>{noon.low}–{noon.high}</span>" in page
    assert "<b>·</b></td>" in page
    assert "No area known" in page
    assert "North &lt;b&gt;" in page
    assert "<b>North" not in page


def test_it_says_in_both_languages_what_it_is_not() -> None:
    for page, said in ((show(), "never for enforcement"), (show("zh"), "绝不用于执法")):
        assert said in page
        bare = re.sub(r"/(static|forecast)[^\"]*", "", page)
        assert "forecast." not in bare


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "searching 2026-10-31 for signals now"), ("zh", "正在检查 2026-10-31")],
)
def test_one_who_waits_is_told_what_else_the_server_does(
    language: str, says: str
) -> None:
    for searching, told in (("2026-10-31", True), ("", False)):
        slow = Slow()
        page = shown(Outlook(slow, Jobs(), TODAY, searching), language)
        assert "/forecast?job=" in page
        assert (says in page) == told
        slow.enough.set()


def test_days_for_paper_are_those_of_districts() -> None:
    page = show(day="all")
    assert page.count("<caption>Districts") == 7
    assert "Town 5" not in page
    assert show(day=str(TODAY)).count("<caption>") == 2


@pytest.mark.screens
@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [((360, 740), "zh", "light"), ((1366, 768), "en", "dark")],
    ids=["phone", "desk"],
)
def test_keys_choose_a_day_axe_finds_nothing_and_it_fits_paper(
    browser: Any, size: tuple[int, int], language: str, theme: str
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme
    )
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)

    def answer(route: Any) -> None:
        asked = urlsplit(route.request.url)
        if asked.path.startswith("/static/"):
            file = STATIC / asked.path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0]
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        route.fulfill(
            body=show(language, theme, **dict(parse_qsl(asked.query))),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    page.route("**/*", answer)
    page.goto("http://roster.test/forecast")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    wrong = page.evaluate(
        "axe.run().then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
    )
    wide = page.evaluate("document.documentElement.scrollWidth")
    for _ in range(60):
        page.keyboard.press("Tab")
        third = f"/forecast?day={TODAY + timedelta(days=2)}#h-areas"
        if page.evaluate("document.activeElement.getAttribute('href')") == third:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{third}")
    chosen = page.inner_text("#outlook [aria-current]")
    assert not page.locator(".of-areas table").is_visible(), "areas are folded"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1060, "height": 740})  # A4 across, less its margin
    on_paper = page.locator(".of-areas table").is_visible()
    cut = page.evaluate(
        "[...document.querySelectorAll('.table-wrap')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    context.close()
    assert wrong == []
    assert refused == []
    assert wide <= size[0]
    assert str(TODAY + timedelta(days=2)) in chosen
    assert cut == 0
    assert on_paper, "paper has every area"
