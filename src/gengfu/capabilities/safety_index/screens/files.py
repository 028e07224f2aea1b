"""The portal's files: open data, feeds, the bulletin."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from gengfu.kernel import NotFound
from gengfu.surface import Document, Door, Speech

from .bulletin import bulletin
from .feeds import JSON_FEED, RSS, Feed, feed
from .frame import OpenShelf
from .opendata import (
    as_csv,
    as_dictionary,
    as_geojson,
    as_parquet,
    compounds_csv,
)
from .shelf import Issued, Shelf

CSV, JSON, PDF = "text/csv; charset=utf-8", "application/json", "application/pdf"
GEOJSON = "application/geo+json"
PARQUET = "application/vnd.apache.parquet"
_LONGEST_ISSUE = 6
MOST_BULLETINS = 24
"""A year in both languages."""

type Make = Callable[[Issued], bytes]
type Serve = Callable[..., Awaitable[Document]]


@dataclass(frozen=True, slots=True)
class Files:
    """What is downloaded, over one shelf."""

    opened: OpenShelf
    bulletins: dict[tuple[str, ...], bytes] = field(
        default_factory=dict[tuple[str, ...], bytes]
    )

    def of_issue(self, suffix: str, media_type: str, make: Make) -> Serve:
        """Return what serves a file of one issue, the newest unless it is named."""

        async def serve(
            door: Door, speech: Speech, period: str, issue: str = ""
        ) -> Document:
            del speech
            issued = await self._issued(door, period, issue)
            content = await asyncio.to_thread(make, issued)
            return _named(issued, suffix, media_type, content)

        return serve

    async def bulletin(
        self, door: Door, speech: Speech, period: str, issue: str = ""
    ) -> Document:
        """Set the monthly bulletin in the language of the request."""
        issued = await self._issued(door, period, issue)
        shelf = await self.opened(door)
        content = await asyncio.to_thread(self._set_once, issued, shelf, speech)
        return _named(issued, f"{speech.language}.pdf", PDF, content)

    def _set_once(self, issued: Issued, shelf: Shelf, speech: Speech) -> bytes:
        """Set a bulletin, or return it as it was set before: a whole city asks."""
        key = (issued.sha256, shelf.atlas().digest, shelf.site(), speech.language)
        found = self.bulletins.get(key)
        if found is None:
            found = bulletin(issued, shelf.atlas(), speech, shelf.site())
            while len(self.bulletins) >= MOST_BULLETINS:
                self.bulletins.pop(next(iter(self.bulletins)), None)
            self.bulletins[key] = found
        return found

    async def dictionary(self, door: Door, speech: Speech) -> Document:
        """Return the data dictionary."""
        del door, speech
        return Document(
            media_type=JSON, name="dictionary.json", content=as_dictionary()
        )

    async def areas(self, door: Door, speech: Speech) -> Document:
        """Return the shapes of the city's areas."""
        del speech
        atlas = (await self.opened(door)).atlas()
        content = await asyncio.to_thread(as_geojson, atlas)
        return Document(media_type=GEOJSON, name="areas.geojson", content=content)

    async def rss(self, door: Door, speech: Speech) -> Document:
        """Return the feed as RSS 2.0."""
        content = (await self._feed(door, speech)).rss()
        return Document(media_type=RSS, name="feed.xml", content=content)

    async def json_feed(self, door: Door, speech: Speech) -> Document:
        """Return the feed as JSON Feed 1.1."""
        content = (await self._feed(door, speech)).json()
        return Document(media_type=JSON_FEED, name="feed.json", content=content)

    async def _feed(self, door: Door, speech: Speech) -> Feed:
        shelf = await self.opened(door)
        latest = shelf.latest()
        city = "" if latest is None else _city(latest, speech)
        return await asyncio.to_thread(feed, shelf, speech, city)

    async def _issued(self, door: Door, period: str, issue: str) -> Issued:
        shelf = await self.opened(door)
        if issue and not (
            issue.isascii() and issue.isdecimal() and len(issue) < _LONGEST_ISSUE
        ):
            raise NotFound(f"nothing is at /portal/data/{period}/{issue}")
        number = int(issue) if issue else None
        return await asyncio.to_thread(shelf.publication, period, number)


MAKES: Mapping[str, tuple[str, Make]] = {
    "publication.json": (JSON, lambda issued: issued.content),
    "places.csv": (CSV, lambda issued: as_csv(issued.publication)),
    "places.parquet": (PARQUET, lambda issued: as_parquet(issued.publication)),
    "compounds.csv": (CSV, lambda issued: compounds_csv(issued.publication)),
}
"""Files of an issue by the last part of their path."""


def _named(issued: Issued, suffix: str, media_type: str, content: bytes) -> Document:
    publication = issued.publication
    name = f"safety-{publication.period}-{publication.issue}-{suffix}"
    return Document(media_type=media_type, name=name, content=content)


def _city(issued: Issued, speech: Speech) -> str:
    publication = issued.publication
    zh = speech.language == "zh" and publication.city_zh
    return publication.city_zh if zh else publication.city
