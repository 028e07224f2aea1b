"""Every page in both languages and themes: axe is clean, nothing runs off the side."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served
from tests.screens.test_console import DRAWN, call

pytestmark = pytest.mark.screens

LOOKS = [("dark", "en"), ("light", "zh")]
PAGES = [
    ("/console", "dispatcher", "#queue .q, #queue .empty .icon"),
    ("/supervision", "commander", "#board"),
    ("/reports/clocks", "commander", "#result"),
    ("/agency", "agency-officer:power", "h1"),
    ("/board", None, "h1"),
    ("/pack", "dispatcher", "h1"),
    ("/retention", "commander", "#h-rules"),
    ("/sign-in", None, ".roles"),
    ("/report", None, ".report"),
    ("/track", None, ".report"),
    ("/track?code=AAAA-AAAA-AAAA", None, ".message.bad"),
    ("/incidents/none", "dispatcher", ".message.bad"),
]
NARROW = 320
PORTAL = [
    "/portal",
    "/portal?q=las",
    "/portal?period=2026-08",
    "/portal/areas/{0}",
    "/portal/areas/{1}?domain=fire",
    "/portal/map",
    "/portal/compare?a={0}&b={1}&c={2}",
    "/portal/method",
    "/portal/data",
]

type Axe = Callable[[Any], list[str]]


@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize(("path", "account", "shown"), PAGES, ids=str)
def test_page_is_clean(
    visit: Open,
    axe: Axe,
    watched: Any,
    path: str,
    account: str | None,
    shown: str,
    theme: str,
    language: str,
) -> None:
    watched.expected.append("404")
    page: Page = visit(path, account, theme=theme, language=language)
    page.wait_for_selector(shown)
    assert axe(page) == []


@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize("path", PORTAL)
def test_portal_page_is_clean_on_a_phone_and_a_desk(
    visit: Open, axe: Axe, published: list[str], path: str, theme: str, language: str
) -> None:
    path = path.format(*published)
    for width, height in ((360, 740), (1366, 768)):
        page: Page = visit(
            path, None, theme=theme, language=language, width=width, height=height
        )
        page.wait_for_selector("h1")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.scripts.length") == 0


def test_a_page_seen_before_is_not_sent_again(
    visit: Open, published: list[str]
) -> None:
    page: Page = visit("/portal", None)
    again = page.request.get("/portal", max_redirects=0)
    tag = again.headers["etag"]
    assert page.request.get("/portal", headers={"If-None-Match": tag}).status == 304
    known: list[str] = []
    page.on("request", lambda asked: known.append(asked.url))
    page.goto(f"/portal/areas/{published[0]}")
    page.goto("/portal/map")
    sheets = [one for one in known if "/static/" in one]
    assert all("?v=" in one for one in sheets), "sheets are kept under their bytes"


@pytest.mark.parametrize("opened", ["n", "u", "t", "?", "Control+k"])
def test_what_a_key_opens_is_clean(visit: Open, axe: Axe, opened: str) -> None:
    page: Page = visit("/console")
    page.wait_for_selector(DRAWN)
    page.keyboard.press(opened)
    page.wait_for_selector("#call-form, #drawer-body:not([hidden]), dialog[open]")
    assert axe(page) == []


def test_an_incident_and_its_page_are_clean(
    visit: Open, axe: Axe, served: Served
) -> None:
    incident = call(served, "robbery", "Aguirre")
    page: Page = visit("/console")
    page.click(f'[data-id="{incident["id"]}"]')
    page.keyboard.press("r")
    page.wait_for_selector(".rec-row")
    assert axe(page) == []
    page.goto(f"/incidents/{incident['id']}")
    expect(page.locator("h1")).to_have_text("Robbery")
    assert axe(page) == []


@pytest.mark.parametrize(
    "path", ["/report", "/track", "/board", "/sign-in", "/supervision"]
)
def test_nothing_runs_off_a_narrow_screen(visit: Open, path: str) -> None:
    page: Page = visit(path, "commander", width=NARROW, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_crew_works_its_job_with_one_button(
    visit: Open, axe: Axe, served: Served
) -> None:
    incident = call(served, "robbery", "Videla")
    with served.client() as client:
        ranked = client.post(f"/api/v1/incidents/{incident['id']}/recommend", json={})
        unit = next(r["unit"] for r in ranked.json()["rows"] if r["chosen"])
        body = {"units": [unit], "override_reason": "One car is enough"}
        sent = client.post(f"/api/v1/incidents/{incident['id']}/dispatch", json=body)
        assert sent.status_code == 200, sent.text
    page: Page = visit("/field", f"crew:{unit}", width=360, height=740)
    button = page.locator("#next button")
    expect(page.locator("#job")).to_contain_text("Robbery")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for words in ("Roll", "On scene"):
        expect(button).to_have_text(words)
        button.click()
    expect(page.locator("#field-bar")).to_contain_text("On scene")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 48


def test_supervision_and_the_console_mean_the_same_by_their_words(
    visit: Open, served: Served
) -> None:
    served.send(call(served, "robbery", "Aguirre"), agencies=["power"])
    console: Page = visit("/console")
    counted = console.locator("#counters [data-command=tasks]")
    expect(counted).to_contain_text("1")
    page: Page = visit("/supervision")
    tile = page.locator(".tile", has_text="Unsigned")
    expect(tile.locator("b")).to_have_text("1")
    expect(page.locator("#h-unsigned + .chip")).to_have_text("1")


def test_the_supervisors_board_left_open_renews_itself(
    visit: Open, served: Served
) -> None:
    page: Page = visit("/supervision")
    page.clock.install()
    page.reload()
    unsigned = page.locator(".tile", has_text="Unsigned").locator("b")
    expect(unsigned).to_have_text("0")
    served.send(call(served, "robbery", "Aguirre"), agencies=["power"])
    page.clock.fast_forward(10_000)
    expect(unsigned).to_have_text("1")
