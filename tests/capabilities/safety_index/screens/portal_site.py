"""The portal's screens as a site: real templates and words, a shelf in memory."""

import asyncio
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from gengfu.capabilities.safety_index.screens import Shelf, portal
from gengfu.kernel import Purpose, Role
from gengfu.surface import Document, Door, Screen
from gengfu.web import paths
from gengfu.web.i18n import words
from gengfu.web.templates import render

CITY = {
    "name": "La Serena – Coquimbo",
    "name_zh": "拉塞雷纳－科金博",
    "timezone": "America/Santiago",
    "simulated": True,
}
ZONE = CITY["timezone"]
SITE = "https://safety.example"


@dataclass(frozen=True)
class Visitor:
    """Somebody who is not signed in."""

    language: str
    actor: None = None


def finished[T](wanted: Awaitable[T]) -> T:
    """Wait for an answer on a loop of its own: a browser's test runs one already."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, cast("Any", wanted)).result()


def screens(shelf: Shelf) -> tuple[Screen, ...]:
    async def opened(_door: Door) -> Shelf:
        return shelf

    return portal(opened, (Role("resident"),), Purpose("public-information"))


def screen(shelf: Shelf, path: str) -> Screen:
    return next(one for one in screens(shelf) if one.path == path)


def show(
    shelf: Shelf,
    path: str,
    language: str = "en",
    query: Mapping[str, str] | None = None,
    theme: str = "auto",
    **given: str,
) -> str:
    """Return a page as the web layer makes it."""
    one = screen(shelf, path)
    assert one.fill is not None
    door = cast("Door", Visitor(language))
    filled = one.fill(door, query=query or {}, **given)
    context: dict[str, Any] = dict(finished(filled))
    return render(
        one.template,
        words(language, ZONE),
        theme=theme,
        **({"city": CITY, "me": None, "page": one.title, "unit_id": ""} | context),
    )


def fetch(shelf: Shelf, path: str, language: str = "en", **given: str) -> Document:
    """Return a file as the web layer sends it."""
    one = screen(shelf, path)
    assert one.document is not None
    door = cast("Door", Visitor(language))
    speech = words(language, ZONE)
    return finished(one.document(door, speech=speech, **given))


def routed(shelf: Shelf) -> list[tuple[str, Screen]]:
    """Return the screens with their paths as the router matches them."""
    paths.install()
    ordered = sorted(screens(shelf), key=lambda one: paths.weight(one.path))
    return [(paths.routed(one.path), one) for one in ordered]
