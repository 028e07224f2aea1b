"""The page to sign in at: one card for each role."""

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open

pytestmark = pytest.mark.screens


@pytest.mark.parametrize(
    ("width", "language"), [(1366, "en"), (1366, "zh"), (360, "en")]
)
def test_whom_to_be_and_the_button_stand_in_one_line(
    visit: Open, width: int, language: str
) -> None:
    page: Page = visit("/sign-in", None, width=width, language=language)
    cards = page.locator(".role-of-many").all()
    assert len(cards) == 3
    for card in cards:
        name = card.locator("b").bounding_box()
        chosen = card.locator("select").bounding_box()
        button = card.locator("button").bounding_box()
        assert name is not None
        assert chosen is not None
        assert button is not None
        assert abs(chosen["y"] - button["y"]) <= 1
        assert button["x"] > chosen["x"] + chosen["width"]
        assert abs(chosen["x"] - name["x"]) <= 1


@pytest.mark.parametrize(
    ("language", "agency", "station"),
    [
        ("en", "Gas Company", "La Antena Fire Station"),
        ("zh", "燃气公司", "拉安特纳消防站"),
    ],
)
def test_agencies_and_stations_stand_there_by_their_names_in_the_language(
    visit: Open, language: str, agency: str, station: str
) -> None:
    page: Page = visit("/sign-in", None, language=language)
    for account, name in (
        ("agency-officer:gas", agency),
        ("station-officer:F02", station),
        ("crew:p11", "P11"),
    ):
        expect(page.locator(f'option[value="{account}"]')).to_have_text(name)
