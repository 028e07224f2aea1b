"""Those who publish and escalate do it by keyboard, on pages that are clean."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.screens.conftest import ROOT, Open

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.rules.document import Publication

pytestmark = pytest.mark.screens

LOOKS = [("dark", "en"), ("light", "zh")]
DESKS = ["/publications", "/escalations", "/signals", "/workbench"]
NARROW = 320
RED_MONTH = ROOT / "cities" / "coquimbo-publications" / "2026-08.json"
OLDER = "2025-07"
"""A month before those that other tests publish: their newest stays the newest."""
RED_AREA = "Sindempart: Avenida Amanecer"

type Axe = Callable[[Any], list[str]]


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Go to the control of this name by the Tab key alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return e.labels?.[0]?.innerText || e.innerText || ''; })()"
        )
        if here.strip().startswith(name):
            return
    pytest.fail(f"Tab does not reach {name!r}")


@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize("path", DESKS)
def test_a_desk_is_clean_and_fits_a_phone(
    visit: Open, axe: Axe, path: str, theme: str, language: str
) -> None:
    page: Page = visit(path, "statistician", theme=theme, language=language)
    expect(page.locator(".parts [aria-current]")).to_have_count(1)
    assert axe(page) == []
    page.set_viewport_size({"width": NARROW, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_file_that_is_no_publication_is_refused_where_it_was_chosen(
    visit: Open, tmp_path: Path
) -> None:
    page: Page = visit("/publications", "statistician", language="zh")
    expect(page.locator("#document-said")).to_have_text("未选择文件")
    for name, content in (("other.json", '{"format": "else"}'), ("a.json", "PK")):
        wrong = tmp_path / name
        wrong.write_text(content, "utf-8")
        page.set_input_files("#document", wrong)
        expect(page.locator("#document-said")).to_have_text(name)
        expect(page.locator("#lay-said")).to_be_hidden()
        page.click("#lay button")
        expect(page.locator("#lay-said")).to_contain_text("请选择 gengfu index build")
    expect(page.locator("#lay button")).to_be_enabled()
    expect(page.locator(".empty")).to_contain_text("目前没有草稿")


def test_a_month_is_published_and_its_red_area_noticed_without_a_mouse(
    visit: Open, axe: Axe, published: list[str], tmp_path: Path
) -> None:
    codec = JsonCodec()
    document = codec.decode(Publication, RED_MONTH.read_bytes())
    older = tmp_path / "publication.json"
    older.write_bytes(codec.encode(replace(document, period=OLDER)))
    page: Page = visit("/publications", "statistician")
    tab_to(page, "publication.json")
    page.set_input_files("#document", older)
    tab_to(page, "Lay it down")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(
        f"{OLDER} · issue 1 is laid down"
    )
    expect(page.locator("[aria-current=step]")).to_contain_text("Recording audited")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert axe(page) == []

    page = visit("/publications", "index-auditor")
    tab_to(page, "Calls looked at")
    page.keyboard.type("200")
    tab_to(page, "Of these recorded")
    page.keyboard.type("160")
    page.keyboard.press("Enter")
    expect(page.locator("section.agency-task")).to_contain_text("1.25 calls for each")

    page = visit("/publications", "commander")
    tab_to(page, "Approve")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_contain_text("Published")
    tab_to(page, "Publish")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_have_count(0)
    expect(page.locator("table")).to_contain_text(f"{OLDER} · issue 1")
    assert axe(page) == []

    page.goto("/escalations")
    expect(page.locator("#h-red")).to_contain_text("Red in 2026-10")
    tab_to(page, "Give notice")
    page.keyboard.press("Enter")
    expect(page.locator("#h-1")).to_have_text(RED_AREA)
    assert axe(page) == []
    page.set_viewport_size({"width": NARROW, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
