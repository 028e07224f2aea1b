"""The console as somebody at a desk has it before them."""

from typing import Any

from playwright.sync_api import Page, expect
from tests.screens.conftest import Open
from tests.screens.test_console import DRAWN


def desk(visit: Open, account: str = "dispatcher", **how: Any) -> Page:
    page: Page = visit("/console", account, **how)
    page.wait_for_selector("#queue ol, #queue .empty .icon")
    page.wait_for_selector(DRAWN)
    return page


def pick(page: Page, incident: dict[str, Any]) -> None:
    page.click(f'[data-id="{incident["id"]}"]')
    expect(page.locator("#sheet")).to_contain_text(incident["code"])
