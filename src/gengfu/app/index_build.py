"""`gengfu index build`: a publication from files alone, for any city.

OUT/2026-10/1/publication.json      what is published, and nothing that is not
             /places.csv, places.parquet, dictionary.json, areas.geojson, bulletin-*.pdf
OUT/2026-10/1.internal.json         exact counts: needed for a later issue, not public
OUT/events                          events imported from a file, by month and version

The same inputs give the same bytes. A month that is there already is made again and
compared; only with a reason does it get another issue.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.durable import alone, settle, written
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.disclosing import Issue, disclose
from gengfu.capabilities.safety_index.rules.document import (
    Publication,
    SignalShare,
)
from gengfu.capabilities.safety_index.rules.geography import Geography, lay_out
from gengfu.capabilities.safety_index.rules.hiding import Issued
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.quality import made_without
from gengfu.capabilities.safety_index.rules.tally import MonthCounts, MonthTally, count
from gengfu.kernel import BadInput, Said, Told

from .index_changes import changes_of
from .index_files import DOCUMENT, files_of
from .index_inputs import (
    counted_months,
    facts_of,
    made_of,
    months_behind,
    read_shares,
)
from .inputs import Inputs, open_events, read_config_file

INTERNAL = ".internal.json"
_BUSY = "another build is writing there; try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Inputs):
    """What is to be built: see `gengfu index build --help`."""

    period: str
    out: Path
    since: str | None = None
    why: Said | None = None
    city: str = ""
    city_zh: str = ""
    simulated: bool = False
    signals: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One month that was made: where it is, and whether anything is new."""

    folder: Path
    publication: Publication
    fresh: bool
    lines: tuple[str, ...] = ()
    """What the import of events had to say, and what this month is made without."""


def build_index(order: Order, told: Told) -> list[Built]:
    """Build the publications of a month, or of all months since another.

    Raises:
        BadInput: whatever is wrong with the inputs, by file, row and field; a month
            that has not ended, or that is there already with other bytes and no reason
            to correct it.
        Unavailable: another build is writing there, or nothing can be written.

    """
    file = read_area_rows(order.areas)
    last = Month.read(order.period)
    first = last if order.since is None else Month.read(order.since)
    if first > last:
        raise BadInput(f"--since {first} is later than --period {last}")
    if not last.ended(order.now, order.timezone or file.timezone):
        raise BadInput(f"{last} has not ended yet: nobody can say what happened in it")
    months = first.through(last)
    shares = read_shares(order.signals, months)
    config = read_config_file(order.config)
    facts = facts_of(file)
    layouts = {month: lay_out(facts, config, file.name, month) for month in months}
    with alone(order.out, _BUSY):
        store, report = open_events(order, file, order.out / "events")
        config.base_of(first.year)  # refuses a year before the first base is over
        begin = Month(config.base_first_year, 1)
        tallies = counted_months(store, begin, last, order.engine, told)
        built: list[Built] = []
        geography, counts = None, dict[Month, MonthCounts]()
        for number, month in enumerate(months):
            told("build", number / len(months))
            if layouts[month] != geography:  # an area began or ended
                geography = layouts[month]
                counts = {
                    m: count(tally, geography, config) for m, tally in tallies.items()
                }
            shelf = _Shelf(order, layouts[month], config, file)
            built.append(
                _build(month, tallies, counts, order, shelf, shares.get(month))
            )
        told("build", 1.0)
    if report is not None:
        built[0] = replace(built[0], lines=(*report.lines(), *built[0].lines))
    return built


def _build(
    month: Month,
    tallies: Mapping[Month, MonthTally],
    counts: Mapping[Month, MonthCounts],
    order: Order,
    shelf: "_Shelf",
    share: SignalShare | None,
) -> Built:
    config, file = shelf.config, shelf.areas
    there = shelf.issues(month)
    if share is None and there:  # what was said stays said
        share = there[-1].publication.signals
    before = shelf.before(month)
    made = made_of(
        config,
        file,
        months_behind(month, tallies, config),
        [(kept.publication.period, kept.sha256) for kept in before],
    )
    city = order.city or file.city or file.name
    lost = made_without([one.publication for one in before], share)
    notes = (*changes_of(file, Month(config.base_first_year, 1), month), *lost)

    def issue(
        number: int, why: Said | None, corrected: str, issued: Sequence[Issued]
    ) -> Publication:
        return disclose(
            month,
            counts,
            shelf.geography,
            config,
            Issue(
                city=city,
                city_zh=order.city_zh or file.city_zh,
                timezone=order.timezone or file.timezone,
                simulated=order.simulated,
                number=number,
                why=why,
                corrects_sha256=corrected,
            ),
            made,
            before=[one.publication for one in before],
            issued=issued,
            signals=share,
            notes=notes,
        )

    if there:
        newest = there[-1]
        again = issue(
            newest.publication.issue,
            None if newest.publication.corrects is None
            else newest.publication.corrects.why,
            # The first corrections that were built did not name what they correct.
            there[-2].sha256 if newest.publication.corrects_sha256 else "",
            [one.issued for one in there[:-1]],
        )  # fmt: skip
        # Code that changed and made the same figures is no news.
        made_then = replace(again.made, code=newest.publication.made.code)
        if JsonCodec().encode(replace(again, made=made_then)) == newest.content:
            return Built(
                folder=newest.folder, publication=newest.publication, fresh=False
            )
        if order.why is None:
            raise BadInput(
                f"{newest.folder}: {month} is published already and would now be"
                ' different; say why with --correct "English|中文"'
            )
    number = len(there) + 1
    why = order.why if there else None
    corrected = there[-1].sha256 if there else ""
    fresh = issue(number, why, corrected, [one.issued for one in there])
    folder = shelf.put(month, fresh, counts[month].events)
    return Built(
        folder=folder,
        publication=fresh,
        fresh=True,
        lines=tuple(f"{month}: {one.said.en} {one.said.zh}" for one in lost),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An issue on the shelf, with what was kept beside it."""

    folder: Path
    publication: Publication
    content: bytes
    issued: Issued

    @property
    def sha256(self) -> str:
        """The digest of the document."""
        return sha256(self.content).hexdigest()


class _Shelf:
    """The folder of publications."""

    def __init__(
        self,
        order: Order,
        geography: Geography,
        config: IndexConfig,
        areas: AreaFile,
    ) -> None:
        self.out = order.out
        self.simulated = order.simulated
        self.areas = areas
        self.geography = geography
        self.config = config

    def issues(self, month: Month) -> list[_Kept]:
        """Return the issues of a month, in order."""
        return [self._read(folder) for folder in self._folders(str(month))]

    def before(self, month: Month) -> list[_Kept]:
        """Return the newest issues of earlier months, in order."""
        names = sorted(
            one.name for one in self.out.glob("[0-9]*-[0-9]*") if one.is_dir()
        )
        return [
            self._read(folders[-1])
            for name in names
            if name < str(month) and (folders := self._folders(name))
        ]

    def _folders(self, month: str) -> list[Path]:
        home = self.out / month
        named = (one.name for one in home.glob("[0-9]*") if one.name.isdecimal())
        return [home / str(number) for number in sorted(map(int, named))]

    def put(self, month: Month, publication: Publication, events: Any) -> Path:
        """Write an issue whole, or not at all."""
        home = self.out / str(month)
        folder = home / str(publication.issue)
        part = home / f".{publication.issue}.part"
        kept = home / f"{publication.issue}{INTERNAL}"
        unfinished = kept.with_suffix(".part")
        inside = {
            "places": [place.id for place in self.geography.places],
            "domains": [domain.code for domain in self.config.domains],
            "events": events.tolist(),
        }
        text = json.dumps(inside, sort_keys=True, separators=(",", ":"))
        files = {part / n: c for n, c in files_of(publication, self.areas).items()}
        files[unfinished] = text.encode() + b"\n"
        shutil.rmtree(part, ignore_errors=True)
        try:
            with written(folder):
                part.mkdir(parents=True)
                for path, content in files.items():
                    path.write_bytes(content)
                settle((*files, part))
                unfinished.replace(kept)
                part.replace(folder)
                settle((home, self.out))
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            unfinished.unlink(missing_ok=True)
            raise
        return folder

    def _read(self, folder: Path) -> _Kept:
        content = (folder / DOCUMENT).read_bytes()
        publication = JsonCodec().decode(Publication, content)
        if publication.simulated != self.simulated:
            raise BadInput(
                f"{folder}: made-up and recorded months do not stand in one folder;"
                " name another one with --out"
            )
        inside = folder.with_name(f"{folder.name}{INTERNAL}")
        if not inside.is_file():
            raise BadInput(f"{inside}: is missing; a later issue cannot be made")
        kept = cast("dict[str, Any]", json.loads(inside.read_bytes()))
        return _Kept(
            folder=folder,
            publication=publication,
            content=content,
            issued=Issued(
                publication=publication,
                events=self._aligned(kept),
            ),
        )

    def _aligned(self, kept: Mapping[str, Any]) -> Any:
        """Return kept counts in today's order of places and domains."""
        rows = dict(zip(kept["places"], kept["events"], strict=True))
        domains = [kept["domains"].index(d.code) for d in self.config.domains]
        nothing = [0] * len(kept["domains"])
        table = [rows.get(place.id, nothing) for place in self.geography.places]
        return np.array(table, np.int64).reshape(len(table), -1)[:, domains]
