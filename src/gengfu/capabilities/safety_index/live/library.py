"""The library: the published issues of a city, for its portal and for nobody else.

It reads no case but publications that were published. What it has read stays until
the ledger says that a publication moved.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from gengfu.capabilities.safety_index.cases.publications import (
    PUBLIC_STAGES,
    PublicationCase,
    publication,
)
from gengfu.capabilities.safety_index.cases.publishing import compiles, published_bytes
from gengfu.capabilities.safety_index.rules.building import Builder
from gengfu.capabilities.safety_index.rules.config import IndexConfig, read_config
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.evaluation_values import Counts
from gengfu.capabilities.safety_index.rules.expected_values import Calls
from gengfu.kernel import Case, Desk, Machine, Office, Reader, Said
from gengfu.surface import Change, Door, FeedEvent, Site, Town

from .jobs import Jobs

CONFIG = "index.toml"
_SHIPPED = Path(__file__).parents[1] / "data" / CONFIG
MOST_KEPT = 36
"""Issues held ready: three years of months."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A published issue: its case, its very bytes, and what they say."""

    case: PublicationCase
    content: bytes
    document: Publication


@dataclass(slots=True, kw_only=True)
class NightWatch:
    """That this server watches by night, from when on, and what hinders it."""

    begins: str
    day: str = ""
    trouble: str = ""
    """Why `day` could not be watched yet; empty where all is well."""


def _config(town: Town) -> IndexConfig:
    """Read the city's index.toml, else the one that comes with the product."""
    file = town.data_file(CONFIG) or _SHIPPED
    return read_config(file.read_bytes(), file.name)


class Editions:
    """Documents that were read before; used from several threads."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._kept: OrderedDict[str, Edition] = OrderedDict()
        self._turn = Lock()

    def of(self, case: PublicationCase, reader: Reader | None = None) -> Edition:
        """Return the document of a published case; what was published never changes."""
        with self._turn:
            found = self._kept.get(case.sha256)
            if found is not None:
                self._kept.move_to_end(case.sha256)
                return Edition(case, found.content, found.document)
        if reader is None:
            content = self._office.look(lambda open_: self._bytes(open_, case))
        else:
            content = self._bytes(reader, case)
        made = Edition(case, content, self._office.codec.decode(Publication, content))
        with self._turn:
            self._kept[case.sha256] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _bytes(self, reader: Reader, case: PublicationCase) -> bytes:
        return published_bytes(reader, self._office.codec, case)


class Library:
    """The running part of the capability on one server."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.editions = Editions(site.office)
        self.config = _config(site.town)
        self.jobs = Jobs()
        self.counts: Counts | None = None
        """What the workbench counts; the composition root hands it over at the start,
        where a setting names a store of events."""
        self.calls: Calls | None = None
        """Where forecasts come from; handed over likewise."""
        self.builder: Builder | None = None
        """What builds publications here; handed over likewise."""
        self.kinds: Mapping[str, Said] = {}
        """What the control room calls the kinds of events; handed over likewise."""
        self.night: NightWatch | None = None
        self.searching = ""
        """The day that is being searched for signals now, if one is: other long work
        takes longer meanwhile."""
        self._listed: tuple[PublicationCase, ...] | None = None
        self._changes = 0

    # -- following the ledger --------------------------------------------------------

    def foresee(self, written: Sequence[tuple[Machine[Any], Case]]) -> None:
        """Take in what a request here has just committed."""
        if any(machine.kind == publication.kind for machine, _ in written):
            self._forget()

    def observe(self, changes: Sequence[Change]) -> Sequence[FeedEvent]:
        """Take in what is new on the ledger; nothing of it is for live screens."""
        if any(change.logged.entry.kind == publication.kind for change in changes):
            self._forget()
        return ()

    def tick(self, now: object) -> Sequence[FeedEvent]:
        """Nothing here changes by itself."""
        del now
        return ()

    def close(self) -> None:
        """End the long work of pages."""
        self.jobs.close()

    def _forget(self) -> None:
        self._listed = None
        self._changes += 1

    # -- writing ---------------------------------------------------------------------

    def lay_down(self, desk: Desk, content: bytes) -> PublicationCase:
        """Open a publication with a document of this site; raises as `compiles`."""
        town = self.site.town
        return compiles(
            desk,
            content,
            simulated_site=self.site.simulated,
            areas=town.area_names(),
            timezone=town.timezone,
        )

    # -- reading ---------------------------------------------------------------------

    async def published(self, door: Door) -> tuple[PublicationCase, ...]:
        """Return what is published, the newest month first, its newest issue first.

        The newest one's document is ready when this returns.
        """
        if self._listed is None:
            before = self._changes
            listed = await door.look(self.read)
            if before != self._changes:  # published meanwhile: true when it was read
                return listed
            self._listed = listed
        return self._listed

    def read(self, reader: Reader) -> tuple[PublicationCase, ...]:
        """List what is published, from what is stored."""
        rows = reader.rows(publication.kind, stages=[str(s) for s in PUBLIC_STAGES])
        decode = self.site.office.codec.decode
        found = [decode(PublicationCase, row.body) for row in rows]
        found.sort(key=lambda case: (case.period, case.issue), reverse=True)
        if found:
            self.editions.of(found[0], reader)
        return tuple(found)
