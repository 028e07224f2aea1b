"""A resident's forms say what is missing in the language of the page."""

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, send_report

pytestmark = pytest.mark.screens


@pytest.mark.parametrize(
    ("language", "look", "what", "where"),
    [
        ("en", "marked fields", "Choose what happened", "Say where it is"),
        ("zh", "标出", "请选择发生了什么", "请说明地点"),
    ],
)
def test_a_report_sent_empty_is_answered_in_the_language_of_the_page(
    visit: Open, language: str, look: str, what: str, where: str
) -> None:
    page: Page = visit("/report", None, language=language)
    page.fill("#text", "Sparks")
    send_report(page)
    expect(page.get_by_role("alert")).to_contain_text(look)
    expect(page.locator("#type-wrong")).to_have_text(what)
    expect(page.locator("#place-wrong")).to_have_text(where)
    expect(page.locator("#type")).to_be_focused()
    expect(page.locator("#text")).to_have_value("Sparks")


def test_a_position_taken_outlives_a_form_that_comes_back(visit: Open) -> None:
    here = {"longitude": -71.25, "latitude": -29.9, "accuracy": 12}
    page: Page = visit("/report", None, geolocation=here, permissions=["geolocation"])
    page.click("#use-position")
    expect(page.locator("#position-said")).to_contain_text("12 m")
    page.select_option("#type", "noise")
    send_report(page)
    expect(page.locator("#place")).to_be_focused()
    expect(page.locator("#lon")).to_have_value("-71.250000")
    expect(page.locator("#accuracy")).to_have_value("12")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Type the code"), ("zh", "编号")]
)
def test_no_code_is_answered_in_the_language_of_the_page(
    visit: Open, language: str, said: str
) -> None:
    page: Page = visit("/track", None, language=language)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.click(".report .button.main")
    expect(page.get_by_role("alert")).to_contain_text(said)
