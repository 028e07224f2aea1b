"""What every page of the portal carries: which month, which issue, which language."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from gengfu.kernel import NotFound
from gengfu.surface import Door

from .area import Reading, read
from .bands import pick
from .shelf import Issued, Shelf, periods

type OpenShelf = Callable[[Door], Awaitable[Shelf]]
"""Returns the shelf behind a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The head and foot of a page. `month` is empty before the first publication."""

    month: str
    newest: str
    issue: int
    corrects: str
    published_at: datetime | None
    sha256: str
    simulated: bool
    in_english: str
    in_chinese: str
    """The query of this very page in the other language."""
    keep: str
    """The query that keeps links in the month, where it is not the newest."""
    here: str
    """The whole address of this page, up to its language; empty where none is known."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A request's shelf, and the publication that it asked for, if there is one."""

    shelf: Shelf
    issued: Issued | None
    reading: Reading | None
    frame: Frame

    def page(self, **found: object) -> dict[str, Any]:
        """Return what a template gets."""
        return {"frame": self.frame, **found}


async def open_shelf(
    opened: OpenShelf, door: Door, query: Mapping[str, str], path: str
) -> Opened:
    """Read the month that a page asks for, the newest unless said.

    Args:
        opened: returns the shelf behind the request.
        door: who asks, in which language.
        query: what stands behind the page's path.
        path: the page's path, as its canonical address has it.

    """
    shelf = await opened(door)
    asked = query.get("period", "")
    known = periods(shelf)
    if asked and asked not in known:
        raise NotFound(f"nothing is at /portal?period={asked[:20]}")
    if asked:
        # An older month may have to be read from where it is stored.
        issued = await asyncio.to_thread(shelf.publication, asked)
    else:
        issued = shelf.latest()
    zh = door.language == "zh"
    newest = known[0] if known else ""
    site = shelf.site()
    frame = _frame(issued, newest, query, f"{site}{path}" if site else "", zh=zh)
    if issued is None:
        return Opened(shelf, None, None, frame)
    reading = read(issued.publication, shelf.atlas().names, zh=zh)
    return Opened(shelf, issued, reading, frame)


def _frame(
    issued: Issued | None, newest: str, query: Mapping[str, str], here: str, *, zh: bool
) -> Frame:
    rest = {name: value for name, value in query.items() if name != "lang"}
    publication = None if issued is None else issued.publication
    corrects = None if publication is None else publication.corrects
    month = "" if publication is None else publication.period
    old = {} if month == newest else {"period": month}
    return Frame(
        month=month,
        newest=newest,
        issue=0 if publication is None else publication.issue,
        corrects="" if corrects is None else pick(corrects.why, zh=zh),
        published_at=None if issued is None else issued.published_at,
        sha256="" if issued is None else issued.sha256,
        simulated=publication is not None and publication.simulated,
        in_english=f"?{urlencode({**rest, 'lang': 'en'})}",
        in_chinese=f"?{urlencode({**rest, 'lang': 'zh'})}",
        keep=f"?{urlencode(old)}" if old else "",
        here=f"{here}?{urlencode({**old, 'lang': ''})}" if here else "",
    )
