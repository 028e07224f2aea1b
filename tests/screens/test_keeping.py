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


WRONG = "form => [...form.elements].find(one => !one.validity.valid).validationMessage"


@pytest.mark.parametrize(
    ("language", "missing", "short"),
    [
        ("en", "Please fill this in.", "At least 3 letters."),
        ("zh", "请填写此项。", "至少3个字。"),
    ],
)
def test_what_a_form_still_needs_is_said_in_the_language_of_the_page(
    visit: Open, served: Served, language: str, missing: str, short: str
) -> None:
    incident = closed(served)
    page: Page = visit(f"/incidents/{incident}", "commander", language=language)
    page.locator("details:has([name=move][value=hold]) summary").click()
    form = page.locator("form:has([name=move][value=hold])")
    reason = form.locator("[name=reason]")
    form.locator("button").click()
    assert form.evaluate(WRONG) == missing
    reason.type("ab")
    assert form.evaluate(WRONG) == short
    reason.type("c")
    assert form.evaluate("form => form.checkValidity()")
    reason.fill("")
    form.locator("button").click()
    assert form.evaluate(WRONG) == missing
    reason.evaluate("field => { field.value = 'a court asks'; }")
    form.locator("button").click()
    expect(form.locator("xpath=ancestor::section")).to_contain_text("a court asks")


def test_without_scripts_the_server_says_what_is_missing(visit: Open) -> None:
    page: Page = visit(
        "/retention", "commander", language="zh", java_script_enabled=False
    )
    form = page.locator("form:has([name=move][value=erase])")
    form.locator("button").click()
    expect(page.locator("main [role=alert]")).to_contain_text("请填写报警")
