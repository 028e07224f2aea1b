"""Words of an incident: held, released and erased on its page, by who may."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import Open, Served
from tests.screens.test_console import call

pytestmark = pytest.mark.screens

WORDS = "the-words-of-the-caller"
LOOKS = [("dark", "en"), ("light", "zh")]
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures to look at; none are taken without it."""

type Axe = Callable[[Any], list[str]]


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def closed(served: Served) -> str:
    incident = call(served, "robbery", "Aguirre", text=WORDS)["id"]
    with served.client() as client:
        done = client.post(
            f"/api/v1/incidents/{incident}/close",
            json={"outcome": "done", "reason": "told by phone"},
        )
        assert done.is_success, done.text
    return incident


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_a_commander_holds_releases_and_erases(
    visit: Open, axe: Axe, served: Served, theme: str, language: str
) -> None:
    incident = closed(served)
    path = f"/incidents/{incident}"
    page: Page = visit(path, "commander", theme=theme, language=language)
    page.wait_for_selector("#h-keep")
    card = page.locator("section:has(#h-keep)")
    card.locator("summary").click()
    card.locator("#reason-hold").fill("court case 12/26")
    assert axe(page) == []
    shot(page, f"incident-kept-{language}")
    card.locator("form:has([value=hold]) button").click()
    expect(page.locator("section:has(#h-keep) > p")).to_contain_text("court case 12/26")
    page.locator("section:has(#h-keep) summary").click()
    page.locator("#reason-erase").fill("asked at the desk")
    page.locator("form:has([value=erase]) button").click()
    expect(page.locator(".message.bad")).to_be_visible()
    page.locator("section:has(#h-keep) summary").click()
    page.locator("#reason-release").fill("the case is over")
    page.locator("form:has([value=release]) button").click()
    page.locator("section:has(#h-keep) summary").click()
    page.locator("#reason-erase").fill("asked at the desk")
    page.locator("form:has([value=erase]) button").click()
    expect(page.locator("[role=status]")).to_contain_text("asked at the desk")
    expect(page.locator("body")).not_to_contain_text(WORDS)
    assert page.locator("form:has([value=erase])").count() == 0
    assert axe(page) == []
    shot(page, f"incident-erased-{language}")


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_the_page_of_all_keepings_is_clean(
    visit: Open, axe: Axe, served: Served, theme: str, language: str
) -> None:
    incident = closed(served)
    page: Page = visit("/retention", "auditor", theme=theme, language=language)
    page.wait_for_selector("#h-rules")
    page.locator("#case-hold").fill(incident)
    page.locator("#reason-hold").fill("court case 12/26")
    page.locator("form:has([value=hold]) button").click()
    held = page.locator("section:has(#h-held)")
    expect(held).to_contain_text(incident)
    assert page.locator("form:has([value=erase])").count() == 0, (
        "auditors erase nothing"
    )
    assert axe(page) == []
    shot(page, f"retention-{language}")
    page.set_viewport_size({"width": 320, "height": 700})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
