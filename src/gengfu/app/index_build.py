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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.durable import alone, settle, written
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Publication, SignalShare
from gengfu.capabilities.safety_index.rules.geography import Geography, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthCounts, count
from gengfu.kernel import BadInput, Said, Told

from .index_files import DOCUMENT, files_of
from .index_inputs import counted_months, facts_of, read_shares
from .index_issue import Basis, Kept, compile_issue
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
            basis = Basis(
                config=config,
                areas=file,
                geography=layouts[month],
                tallies=tallies,
                counts=counts,
                city=order.city,
                city_zh=order.city_zh,
                timezone=order.timezone,
                simulated=order.simulated,
            )
            shelf = _Shelf(order, layouts[month], config, file)
            built.append(_build(month, basis, order, shelf, shares.get(month)))
        told("build", 1.0)
    if report is not None:
        built[0] = replace(built[0], lines=(*report.lines(), *built[0].lines))
    return built


def _build(
    month: Month, basis: Basis, order: Order, shelf: "_Shelf", share: SignalShare | None
) -> Built:
    there = shelf.issues(month)
    newest = shelf.folder(month, len(there))
    made = compile_issue(
        month,
        basis,
        there=there,
        before=shelf.before(month),
        share=share,
        why=order.why,
        refusal=f"{newest}: {month} is published already and would now be different;"
        ' say why with --correct "English|中文"',
    )
    if not made.fresh:
        return Built(folder=newest, publication=made.publication, fresh=False)
    return Built(
        folder=shelf.put(month, made.publication, basis.counts[month].events),
        publication=made.publication,
        fresh=True,
        lines=tuple(f"{month}: {one.said.en} {one.said.zh}" for one in made.lost),
    )


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

    def issues(self, month: Month) -> list[Kept]:
        """Return the issues of a month, in order."""
        return [self._counted(folder) for folder in self._folders(str(month))]

    def before(self, month: Month) -> list[Kept]:
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
        numbers = sorted(map(int, named))
        for number, there in enumerate(numbers, 1):
            if there != number:
                raise BadInput(
                    f"{home / str(number)}: is missing; a later issue cannot be made"
                )
        return [home / str(number) for number in numbers]

    def folder(self, month: Month, issue: int) -> Path:
        """Return where an issue of a month is, or would be."""
        return self.out / str(month) / str(issue)

    def put(self, month: Month, publication: Publication, events: Any) -> Path:
        """Write an issue whole, or not at all."""
        folder = self.folder(month, publication.issue)
        home = folder.parent
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

    def _read(self, folder: Path) -> Kept:
        content = (folder / DOCUMENT).read_bytes()
        publication = JsonCodec().decode(Publication, content)
        if publication.simulated != self.simulated:
            raise BadInput(
                f"{folder}: made-up and recorded months do not stand in one folder;"
                " name another one with --out"
            )
        return Kept(publication=publication, content=content)

    def _counted(self, folder: Path) -> Kept:
        """Read an issue with the exact counts that it was made from."""
        issue = self._read(folder)
        inside = folder.with_name(f"{folder.name}{INTERNAL}")
        if not inside.is_file():
            raise BadInput(f"{inside}: is missing; a later issue cannot be made")
        kept = cast("dict[str, Any]", json.loads(inside.read_bytes()))
        places = [place.id for place in self.geography.places]
        domains = [domain.code for domain in self.config.domains]
        if (set(places), set(domains)) != (set(kept["places"]), set(kept["domains"])):
            raise BadInput(
                f"{folder}: has other areas or other parts of the index than are built"
                " now; a later issue keeps them, or it would tell what this one hides"
            )
        rows = dict(zip(kept["places"], kept["events"], strict=True))
        table = np.array([rows[place] for place in places], np.int64)
        events: Any = table[:, [kept["domains"].index(code) for code in domains]]
        return replace(issue, events=events)
