"""An agency's page left open: what is asked of it comes by itself."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.screens.conftest import Open, Served
from tests.screens.test_console import call

pytestmark = pytest.mark.screens

POWER = "agency-officer:power"


def asked(served: Served, place: str) -> dict[str, Any]:
    """Make an incident and ask the power company about it."""
    incident = call(served, "robbery", place)
    served.send(incident, agencies=["power"])
    return incident


def section(page: Page, incident: dict[str, Any]) -> Locator:
    return page.locator(f'[data-task^="{incident["id"]}."]')


def opened(visit: Open) -> Page:
    """Open the page with a clock that a test may put forward."""
    page: Page = visit("/agency", POWER)
    page.clock.install()
    page.reload()
    return page


def wait(page: Page) -> None:
    """Let the time go by in which a page left open looks again."""
    page.clock.fast_forward(5_000)


def test_a_page_left_open_gets_a_new_task_by_itself(
    visit: Open, served: Served
) -> None:
    page = opened(visit)
    expect(page.locator("#tasks .empty")).to_be_visible()
    first = asked(served, "Aguirre")
    wait(page)
    expect(section(page, first)).to_be_visible()
    expect(page.locator("#tasks .empty")).to_have_count(0)
    expect(page.locator("#said")).to_contain_text("New task")
    left = section(page, first).locator("[data-left]")
    stood = left.inner_text()
    expect(left).not_to_have_text(stood)


def test_a_new_task_comes_while_words_are_typed_and_takes_none_away(
    visit: Open, served: Served
) -> None:
    first = asked(served, "Aguirre")
    page = opened(visit)
    here = section(page, first)
    here.get_by_role("button", name="Sign for it").click()
    note = here.locator('[id^="note-"]')
    note.press_sequentially("Cable is")
    second = asked(served, "Videla")
    wait(page)
    expect(section(page, second)).to_be_visible()
    expect(note).to_be_focused()
    note.press_sequentially(" dead")
    expect(note).to_have_value("Cable is dead")
    here.get_by_role("button", name="Report done").click()
    expect(section(page, first)).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_a_colleague_signs_changes_the_page_and_keeps_a_reason_begun(
    visit: Open, served: Served
) -> None:
    incident = asked(served, "Aguirre")
    page = opened(visit)
    other: Page = visit("/agency", POWER)
    here = section(page, incident)
    here.locator("summary").click()
    why = here.locator('[id^="why-"]')
    why.press_sequentially("No crew")
    section(other, incident).get_by_role("button", name="Sign for it").click()
    expect(section(other, incident)).to_have_attribute("data-stage", "signed")
    wait(page)
    expect(here.get_by_role("button", name="Report done")).to_be_visible()
    expect(why).to_have_value("No crew")
    expect(why).to_be_focused()


def test_a_page_that_reaches_nobody_says_so(
    visit: Open, served: Served, watched: Any
) -> None:
    page: Page = visit("/agency", POWER)
    watched.expected.append("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()


def test_the_field_and_its_button_are_of_one_height(
    visit: Open, served: Served
) -> None:
    incident = asked(served, "Aguirre")
    page: Page = visit("/agency", POWER)
    here = section(page, incident)
    here.get_by_role("button", name="Sign for it").click()
    note = here.locator('[id^="note-"]').bounding_box()
    button = here.get_by_role("button", name="Report done").bounding_box()
    assert note is not None
    assert button is not None
    assert (note["y"], note["height"]) == (button["y"], button["height"])


def test_a_refusal_without_a_reason_is_answered_in_the_language_of_the_page(
    visit: Open, served: Served
) -> None:
    incident = asked(served, "Aguirre")
    page: Page = visit("/agency", POWER, language="zh")
    section(page, incident).locator("summary").click()
    section(page, incident).get_by_role("button", name="拒收").click()
    expect(page.get_by_role("alert")).to_have_text("请简要说明理由")


def test_a_page_signed_out_elsewhere_asks_to_sign_in(visit: Open) -> None:
    page = opened(visit)
    page.request.post("/sign-out", max_redirects=0)
    wait(page)
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/agency$"))
