"""In a real browser: axe finds nothing, nothing runs off a phone, print is clean."""

import mimetypes
import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from tests.capabilities.safety_index.screens.portal_site import fetch, routed, show
from tests.capabilities.safety_index.screens.sample import SampleShelf, shelf
from tests.screens.conftest import AXE

from gengfu.web.templates import CONTENT_SECURITY_POLICY, STATIC

pytestmark = pytest.mark.screens

HOME = "http://portal.test"
PHONE, DESK = (360, 740), (1366, 768)
PAGES = [
    "/portal",
    "/portal?q=zone",
    "/portal?period=2026-09",
    "/portal/map",
    "/portal/compare?a=odd-red&b=odd-long&c=odd-nobody&d=odd-hidden",
    "/portal/method",
    "/portal/data",
    "/portal/areas/odd-red",
    "/portal/areas/odd-nobody",
    "/portal/areas/odd-hostile?domain=fire",
]


class Site:
    """Answers a browser from the screens themselves, without a server."""

    def __init__(self, published: SampleShelf, language: str, theme: str) -> None:
        self.published, self.language, self.theme = published, language, theme
        self.table = [
            (re.compile(re.sub(r"\{(\w+):case\}", r"(?P<\1>[^/]+)", path)), screen)
            for path, screen in routed(published)
        ]

    def answer(self, route: Any) -> None:
        address = urlsplit(route.request.url)
        path = unquote(address.path)
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = mimetypes.guess_type(file.name)[0]
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        query = dict(parse_qsl(address.query))
        language = query.get("lang", self.language)
        for pattern, screen in self.table:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            given = found.groupdict()
            if screen.fill is None:
                file = fetch(self.published, screen.path, language, **given)
                route.fulfill(body=file.content, content_type=file.media_type)
                return
            page = show(
                self.published, screen.path, language, query, self.theme, **given
            )
            route.fulfill(
                body=page,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
            )
            return
        route.abort()


def visit(browser: Any, size: tuple[int, int], language: str, theme: str) -> Any:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        base_url=HOME,
        color_scheme=theme,
    )
    page = context.new_page()
    page.route("**/*", Site(shelf(), language, theme).answer)
    return page


@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [(PHONE, "zh", "light"), (DESK, "en", "dark")],
    ids=["phone", "desk"],
)
def test_pages_are_clean(
    browser: Any, size: tuple[int, int], language: str, theme: str
) -> None:
    page = visit(browser, size, language, theme)
    script = AXE.read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
    for path in PAGES:
        page.goto(path)
        page.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        page.evaluate(script)
        wrong = page.evaluate(
            "axe.run().then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        )
        if wrong:
            found[path] = wrong
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], path
    page.context.close()
    assert found == {}
    assert refused == []


def test_a_resident_finds_a_place_by_keyboard_alone(browser: Any) -> None:
    page = visit(browser, PHONE, "en", "light")
    page.goto("/portal")
    page.focus("#q")
    page.keyboard.type("barrio nuevo")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    page.focus("#q")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#name")
    assert page.inner_text("#name") == "Barrio Nuevo"
    page.click("header a[lang=zh-Hans]")
    page.wait_for_selector("html[lang=zh-Hans]")
    assert page.inner_text("#name") == "新区"
    page.context.close()


def test_print_has_every_place_and_no_buttons(browser: Any) -> None:
    page = visit(browser, DESK, "en", "dark")
    page.goto("/portal")
    page.emulate_media(media="print")
    assert page.is_hidden("form.find")
    shown = page.evaluate(
        "[...document.querySelectorAll('.places a')].filter("
        "a => a.getBoundingClientRect().height > 0).length"
    )
    assert shown == 148
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
    page.context.close()
