"""The form of a call as a call taker meets it: what it says while it fills."""

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Watched
from tests.screens.desks import desk
from tests.screens.test_console import take_call

pytestmark = pytest.mark.screens


@pytest.fixture
def console(visit: Open) -> Page:
    return desk(visit)


def test_a_place_that_is_not_found_stays_in_words_and_the_next_step_is_named(
    console: Page,
) -> None:
    console.keyboard.press("n")
    console.keyboard.type("detras del kiosko azul")
    expect(console.locator("#call-form")).to_contain_text("nothing found")
    console.keyboard.press("Enter")
    console.keyboard.type("sf")
    console.keyboard.press("Enter")
    console.keyboard.press("Control+Enter")
    sheet = console.locator("#sheet")
    expect(sheet.locator(".place-line")).to_contain_text("detras del kiosko azul")
    expect(console.locator("#queue .q .place")).to_have_text("detras del kiosko azul")
    expect(sheet.locator(".sheet-top .message")).to_contain_text("Type the place")
    console.keyboard.press("d")
    expect(console.locator("#toasts .bad")).to_contain_text("press L")
    console.keyboard.press("l")
    console.keyboard.press("Enter")
    expect(console.locator("#ask [role=alert]")).to_contain_text("Nothing is found")
    console.fill("#ask-place", "avenida del mar con cuatro esquinas")
    console.keyboard.press("Enter")
    expect(sheet.locator(".sheet-top .message")).to_have_count(0)
    expect(sheet.locator(".place-line")).to_contain_text(
        "Avenida del Mar / Avenida Cuatro Esquinas"
    )
    console.keyboard.press("r")
    expect(sheet.locator(".rec-row").first).to_be_visible()


def test_all_that_is_missing_is_named_and_no_longer_once_it_is_there(
    console: Page,
) -> None:
    console.keyboard.press("n")
    console.keyboard.press("Control+Enter")
    told = console.locator("#call-form [role=alert]")
    expect(told).to_contain_text("Say where it is")
    expect(told).to_contain_text("Choose what it is about")
    console.keyboard.type("balmaceda")
    expect(told).to_have_text("Choose what it is about.")
    console.keyboard.press("Enter")
    console.keyboard.type("zzzz")
    expect(console.locator("#call-form")).to_contain_text("Nothing found: two letters")
    console.fill("#call-type", "gl")
    console.keyboard.press("Enter")
    expect(told).to_have_count(0)


def test_a_place_outside_the_city_is_warned_of(console: Page) -> None:
    take_call(console, "-33.45, -70.66", "gl")
    warning = "in no area of the city"
    expect(console.locator("#call-form .message")).to_contain_text([warning])
    console.keyboard.press("Control+Enter")
    expect(console.locator("#sheet .sheet-top .message")).to_contain_text(warning)
    take_call(console, "balmaceda", "gl")
    expect(console.locator("#call-form")).to_contain_text("somewhere on it")
    expect(console.locator("#call-form")).not_to_contain_text(warning)


def test_what_is_wrong_with_a_field_is_said_by_its_label_and_focused(
    visit: Open, watched: Watched
) -> None:
    watched.expected.append("400")
    page = desk(visit, language="zh")
    take_call(page, "balmaceda", "gl")
    page.fill("#call-name", "A" * 378)
    page.fill("#call-text", "Smell of gas")
    page.keyboard.press("Control+Enter")
    told = page.locator("#call-form [role=alert]")
    expect(told).to_have_text("报警人 – 378 个字符，应为 0 至 120 个")
    expect(page.locator("#call-name")).to_be_focused()
    expect(page.locator("#call-name")).to_have_attribute("aria-invalid", "true")
