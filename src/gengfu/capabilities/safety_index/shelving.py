"""The portal's shelf over the library: the one way from published cases to pages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from gengfu.kernel import Corrupt, NotFound
from gengfu.surface import Door, Town

from .cases.publications import PublicationCase
from .live.library import Editions, Library
from .screens import Atlas, Issued, IssueNote, Shelf, read_atlas


@dataclass(frozen=True, slots=True)
class PublishedShelf(Shelf):
    """What is published at one instant (the portal's `Shelf`)."""

    listed: tuple[PublicationCase, ...]
    editions: Editions
    areas: Atlas
    public_url: str

    def issues(self) -> Sequence[IssueNote]:
        """List every issue, the newest month first, its newest issue first."""
        return tuple(
            IssueNote(
                period=case.period,
                issue=case.issue,
                sha256=case.sha256,
                published_at=_published_at(case),
                corrects=case.corrects,
            )
            for case in self.listed
        )

    def latest(self) -> Issued | None:
        """Return the newest issue of the newest month; None before the first."""
        return self._issued(self.listed[0]) if self.listed else None

    def publication(self, period: str, issue: int | None = None) -> Issued:
        """Return an issue of a month, the newest unless said; raises NotFound."""
        for case in self.listed:
            if case.period == period and issue in {None, case.issue}:
                return self._issued(case)
        number = "" if issue is None else f"/{issue}"
        raise NotFound(f"nothing is at /portal/data/{period}{number}")

    def atlas(self) -> Atlas:
        """Return names and shapes of the city's areas."""
        return self.areas

    def site(self) -> str:
        """Return the public address before every path; empty where none is known."""
        return self.public_url

    def digest(self) -> str:
        """Return what changes with anything that the shelf can give."""
        told = sha256(f"{self.public_url} {self.areas.digest}".encode())
        for case in self.listed:
            told.update(f"\n{case.id} {case.sha256} {case.published_at}".encode())
        return told.hexdigest()

    def _issued(self, case: PublicationCase) -> Issued:
        edition, audited = self.editions.of(case), case.audit
        return Issued(
            publication=edition.document,
            content=edition.content,
            sha256=case.sha256,
            published_at=_published_at(case),
            calls=0 if audited is None else audited.calls,
            recorded=0 if audited is None else audited.recorded,
        )


class Shelves:
    """Opens the shelf behind a request; the city's map is drawn up once."""

    def __init__(self) -> None:
        self._atlas: tuple[Town, Atlas] | None = None

    async def __call__(self, door: Door) -> Shelf:
        """Return the shelf as it is now."""
        library = door.runtime(Library)
        listed = await library.published(door)
        town = library.site.town
        if self._atlas is None or self._atlas[0] is not town:
            # A large city's shapes take a moment to read.
            self._atlas = town, await asyncio.to_thread(_atlas_of, town)
        site = library.site.public_url
        return PublishedShelf(listed, library.editions, self._atlas[1], site)


def _atlas_of(town: Town) -> Atlas:
    return read_atlas(town.areas_geojson(), town.area_names())


def _published_at(case: PublicationCase) -> datetime:
    if case.published_at is None:
        raise Corrupt(f"{case.id} is published and does not say when")
    return case.published_at
