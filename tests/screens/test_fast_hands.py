"""Whoever types faster than the screen draws or the server answers gets what was typed."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from tests.screens.conftest import Open, Served
from tests.screens.test_console import DRAWN, call, place_of

pytestmark = pytest.mark.screens

PLACES = "**/api/v1/places*"
HOLD_FRAMES = """() => {
  const held = [];
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (run) => held.push(run);
  window.letGo = () => {
    window.requestAnimationFrame = frame;
    held.forEach((run) => frame(run));
  };
}"""


@pytest.fixture
def console(visit: Open) -> Page:
    page: Page = visit("/console")
    page.wait_for_selector(DRAWN)
    return page


@contextmanager
def held(page: Page, address: str) -> Iterator[Callable[[], None]]:
    """Let no answer of this address come before it is let go."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    def let_go() -> None:
        for route in waiting:
            route.continue_()
        waiting.clear()
        page.unroute(address, hold)

    page.route(address, hold)

    yield let_go
    let_go()


def first_two(served: Served, few: str, more: str) -> tuple[dict[str, Any], str]:
    """Return what `more` finds, having seen that `few` finds another place."""
    wanted, other = place_of(served, more), place_of(served, few)
    assert wanted["name"] != other["name"]
    return wanted, other["name"]


def test_the_type_is_that_of_all_letters_before_any_is_drawn(console: Page) -> None:
    console.keyboard.press("n")
    console.locator("#call-type").focus()
    console.keyboard.type("no")
    listed = console.locator("#call-type-list li")
    expect(listed.first).to_contain_text("Not breathing")
    console.evaluate(HOLD_FRAMES)
    console.keyboard.type("is", delay=0)
    console.keyboard.press("Enter")
    expect(console.locator("#call-type")).to_have_value("Noise")
    console.evaluate("letGo()")
    expect(console.locator("#call-type")).to_have_value("Noise")


def test_the_place_is_that_of_all_letters_when_its_list_comes_late(
    served: Served, console: Page
) -> None:
    wanted, other = first_two(served, "cos", "costanera")
    console.keyboard.type("ncos", delay=0)
    listed = console.locator("#call-place-list li")
    expect(listed.first).to_contain_text(other)
    with held(console, PLACES) as let_go:
        console.keyboard.type("tanera", delay=0)
        marked = console.locator("#call-place-list [aria-selected=true]")
        expect(marked).to_have_count(0)
        expect(listed.first).to_contain_text(other)
        console.keyboard.press("ArrowDown")
        console.keyboard.press("Enter")
        expect(console.locator("#call-type")).to_be_focused()
        console.keyboard.type("nois", delay=0)
        console.keyboard.press("Enter")
        expect(console.locator("#call-type")).to_have_value("Noise")
        expect(console.locator("#call-place")).to_have_value("costanera")
        let_go()
    expect(console.locator("#call-place")).to_have_value(wanted["name"])
    expect(console.locator("#call-type")).to_have_value("Noise")


def test_sending_waits_for_the_place_that_was_taken(
    served: Served, console: Page
) -> None:
    wanted = place_of(served, "costanera")
    with held(console, PLACES) as let_go:
        console.keyboard.type("ncostanera", delay=0)
        console.keyboard.press("Enter")
        console.keyboard.type("nois", delay=0)
        console.keyboard.press("Enter")
        console.keyboard.press("Control+Enter")
        send = console.locator("#sheet .sheet-foot .button.main")
        expect(send).to_be_disabled()
        let_go()
    expect(console.locator("#sheet .place-line")).to_contain_text(wanted["name"])
    code = console.locator("#sheet .mono").first.inner_text()
    with served.client() as client:
        incidents = client.get("/api/v1/picture").json()["incidents"]
    made = next(one for one in incidents if one["code"] == code)
    assert (made["lon"], made["lat"]) == pytest.approx((wanted["lon"], wanted["lat"]))


def test_words_that_changed_meanwhile_take_no_place(console: Page) -> None:
    with held(console, PLACES) as let_go:
        with console.expect_request(PLACES):
            console.keyboard.type("ncostanera", delay=0)
        console.keyboard.press("Enter")
        console.keyboard.press("Shift+Tab")
        console.keyboard.press("End")
        with console.expect_request(PLACES):
            console.keyboard.type(" 12", delay=0)
        with console.expect_response(PLACES):
            let_go()
    expect(console.locator("#call-place-list")).to_be_visible()
    expect(console.locator("#call-place")).to_have_value("costanera 12")


def test_a_late_list_of_places_does_not_close_the_list_of_types(
    console: Page,
) -> None:
    with held(console, PLACES) as let_go:
        with console.expect_request(PLACES):
            console.keyboard.type("ncostanera", delay=0)
        console.keyboard.press("Tab")
        console.keyboard.type("nois")
        with console.expect_response(PLACES) as answer:
            let_go()
        answer.value.finished()
    listed = console.locator("#call-place-list li")
    expect(listed).not_to_have_count(0)
    console.keyboard.press("Enter")
    expect(console.locator("#call-type")).to_have_value("Noise")


def test_one_enter_too_many_chooses_no_type(console: Page) -> None:
    console.keyboard.type("ncostanera", delay=0)
    console.keyboard.press("Enter")
    console.keyboard.press("Enter")
    listed = console.locator("#call-type-list li")
    expect(listed.first).to_be_visible()
    expect(console.locator("#call-type")).to_have_value("")
    console.keyboard.press("ArrowDown")
    expect(listed.first).to_have_attribute("aria-selected", "true")
    console.keyboard.press("Enter")
    expect(console.locator("#call-type")).not_to_have_value("")


def test_the_enter_of_an_input_method_takes_nothing(console: Page) -> None:
    console.keyboard.press("n")
    console.locator("#call-type").focus()
    console.keyboard.type("nois")
    expect(console.locator("#call-type-list li").first).to_contain_text("Noise")
    for key in ("Enter", "Escape"):
        console.evaluate(
            """key => document.activeElement.dispatchEvent(new KeyboardEvent(
              "keydown", { key, isComposing: true, bubbles: true, cancelable: true }))""",
            key,
        )
    expect(console.locator("#call-type")).to_have_value("nois")
    expect(console.locator("#call-type-list")).to_be_visible()


def test_a_call_sign_after_its_key_stands_in_the_dialog(
    served: Served, console: Page
) -> None:
    incident = call(served, "robbery", "Aldunate")
    unit = served.free_unit("detective")
    console.click(f'[data-id="{incident["id"]}"]')
    expect(console.locator("#sheet")).to_contain_text(incident["code"])
    dialog = console.locator("#ask[open]")
    with held(console, "**/recommend") as let_go:
        console.keyboard.type(f"f{unit['callsign']}".lower(), delay=0)
        expect(dialog.locator("#ask-unit")).to_have_value(unit["callsign"].lower())
        dialog.get_by_label("Ordered by the commander").check()
        dialog.locator(".button.main").click()
        let_go()
    expect(dialog).to_have_count(0)
    crews = console.locator("#sheet .lines li", has_text=unit["callsign"])
    expect(crews).to_contain_text("Assigned")
    with served.client() as client:
        found = client.get(f"/api/v1/incidents/{incident['id']}").json()
    sent = [one["sent"] for one in found["recommendations"] if one["sent"]]
    assert sent == [[unit["id"]]]


def test_a_letter_on_a_choice_of_the_form_sends_nobody(
    served: Served, console: Page
) -> None:
    incident = call(served, "robbery", "Aldunate")
    console.click(f'[data-id="{incident["id"]}"]')
    console.keyboard.press("r")
    expect(console.locator(".rec-row[aria-pressed=true]").first).to_be_visible()
    console.keyboard.type("ncostanera", delay=0)
    console.keyboard.press("Enter")
    console.keyboard.type("sf", delay=0)
    console.keyboard.press("Enter")
    expect(console.locator("#call-form [type=radio]:focus")).to_have_count(1)
    asked: list[str] = []
    console.on("request", lambda one: asked.append(one.url))
    console.keyboard.type("dutch", delay=0)
    console.evaluate("document.activeElement.blur()")  # nor where nothing has the focus
    console.keyboard.type("dutch", delay=0)
    console.locator("#call-text").focus()
    with console.expect_response("**/calls/preview"):
        console.keyboard.type("Smoke at a window", delay=0)
    assert not [url for url in asked if re.search("dispatch|recommend", url)]
    expect(console.locator("#drawer-body")).to_be_hidden()
