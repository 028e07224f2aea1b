"""The crew's page: the way there, messages of the desk and other crews, shifts."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import HEADERS, Open, Served
from tests.screens.test_console import call
from tests.screens.test_every_page import Axe

pytestmark = pytest.mark.screens

OSMAND = "**/ingest/osmand"


@pytest.fixture
def job(served: Served) -> Iterator[tuple[Any, list[dict[str, Any]], httpx.Client]]:
    """An incident, two units that were sent to it, and the desk that sent them."""
    caller = {"caller_name": "Ana", "callback": "+56 2 55"}
    incident = call(served, "robbery", "Videla", **caller)
    with served.client() as client:
        at = f"/api/v1/incidents/{incident['id']}"
        ranked = client.post(f"{at}/recommend", json={}).json()
        units = [r["unit"] for r in ranked["rows"]][:2]
        body = {"units": units, "override_reason": "Both are near"}
        sent = client.post(f"{at}/dispatch", json=body)
        assert sent.status_code == 200, sent.text
        yield incident, sent.json()["assignments"], client
        client.post(f"{at}/close", json={"outcome": "done", "free_units": True})


@pytest.mark.parametrize(
    ("width", "language", "theme", "north"),
    [(360, "en", "light", "North is up"), (320, "zh", "dark", "上方为北")],
)
def test_the_way_there_is_drawn_until_the_crew_is_there(
    visit: Open,
    axe: Axe,
    served: Served,
    job: Any,
    width: int,
    language: str,
    theme: str,
    north: str,
) -> None:
    incident, (mine, other), _ = job
    unit = mine["unit"]
    shown = {"width": width, "height": 740, "language": language, "theme": theme}
    page: Page = visit("/field", f"crew:{unit}", **shown)
    way = page.locator(".way")
    expect(way.locator("svg")).to_have_attribute("aria-label", re.compile(north))
    expect(way.locator("figcaption")).to_have_text(re.compile(r"\d.*· [\d.]+ k?m"))
    points = way.locator(".line").get_attribute("points")
    assert points is not None
    drawn = [tuple(map(float, one.split(","))) for one in points.split()]
    assert len(drawn) > 2
    assert all(0 <= x <= 320 and 0 <= y <= 180 for x, y in drawn)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = page.locator("#next button")
    button.click()
    expect(page.locator("#field-bar .glyph.en_route")).to_have_count(1)
    expect(way).to_have_count(1)
    elsewhere = call(served, "theft", "Aldunate")["id"]
    own = {"unit": unit, "incident": incident["id"]}
    assert page.request.get("/api/v1/routes", params=own, headers=HEADERS).ok
    for more in ({"unit": other["unit"]}, {"incident": elsewhere}):
        asked = page.request.get("/api/v1/routes", params=own | more, headers=HEADERS)
        assert asked.status == 404, "a crew asks only for its own way"
    button.click()
    expect(way).to_have_count(0)


def test_desk_and_crews_write_to_each_other(
    visit: Open, axe: Axe, served: Served, job: Any, watched: Any
) -> None:
    incident, (mine, other), client = job
    page: Page = visit("/field", f"crew:{mine['unit']}", width=320, height=640)
    chat = page.locator(".chat")
    expect(chat).to_contain_text("Nobody has written yet.")
    at = f"/api/v1/incidents/{incident['id']}/note"
    with served.client(f"crew:{other['unit']}") as crew:
        assert crew.post(at, json={"text": "Use the back gate"}).is_success
    expect(chat.locator("li")).to_contain_text([other["callsign"]])
    expect(chat.locator("li p")).to_have_text(["Use the back gate"])
    expect(page.locator("#toasts")).to_contain_text("Use the back gate")
    back = at.replace("/note", "/take_back")
    assert client.post(back, json={"units": [other["unit"]]}).is_success
    assert client.post(at, json={"text": "Owner has the keys"}).is_success
    expect(chat.locator("li p")).to_have_text(
        ["Use the back gate", "Owner has the keys"]
    )
    expect(chat.locator("li").first).to_contain_text(other["callsign"])
    field = chat.get_by_role("textbox")
    field.fill("We are two minutes away")
    field.press("Enter")
    expect(chat.locator("li.own")).to_contain_text("You")
    expect(chat.locator("li.own p")).to_have_text("We are two minutes away")
    expect(field).to_have_value("")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Call back").click()
    number = page.get_by_role("link", name="Ana +56 2 55")
    expect(number).to_have_attribute("href", "tel:+56255")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    watched.expected.append("ERR_FAILED")
    field.fill("Gas smell")
    page.route("**/note", lambda route: route.abort())
    field.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("No connection")
    expect(field).to_have_value("Gas smell")


def test_a_crew_ends_its_duty_and_with_it_the_sharing(
    visit: Open, axe: Axe, served: Served
) -> None:
    unit = served.free_unit()["id"]
    here = {"latitude": -29.95, "longitude": -71.34}
    page: Page = visit(
        "/field",
        f"crew:{unit}",
        width=360,
        height=740,
        geolocation=here,
        permissions=["geolocation"],
    )
    share = page.get_by_role("switch")
    with page.expect_response(OSMAND):
        share.click()
    expect(share).to_have_attribute("aria-checked", "true")
    page.locator("summary", has_text="Other status").click()
    page.get_by_role("button", name="Sign off").click()
    expect(page.locator("#job h2")).to_have_text("Off duty")
    expect(share).to_have_attribute("aria-checked", "false")
    expect(share).to_be_disabled()
    assert axe(page) == []
    with served.client() as client:
        known = {u["id"] for u in client.get("/api/v1/picture").json()["units"]}
        assert unit not in known
        page.reload()
        again = page.locator("#next button")
        expect(again).to_have_text("Sign on again")
        again.click()
        expect(page.locator("#job h2")).to_have_text("No job now")
        with page.expect_response(OSMAND):
            share.click()
        assert client.post(f"/api/v1/units/{unit}/sign_off", json={}).is_success
        expect(page.locator("#job h2")).to_have_text("Off duty")
        expect(share).to_have_attribute("aria-checked", "false")
        assert client.post(f"/api/v1/units/{unit}/sign_on_again", json={}).is_success
        expect(page.locator("#job h2")).to_have_text("No job now")


def test_the_field_page_stays_small(visit: Open, served: Served) -> None:
    sizes: list[int] = []
    crew = f"crew:{served.free_unit()['id']}"
    page: Page = visit("/field", crew, width=360, height=740)
    page.on("response", lambda got: sizes.append(len(got.body())))
    page.reload()
    expect(page.locator("#job h2")).to_be_visible()
    assert 0 < sum(sizes) < 600_000
