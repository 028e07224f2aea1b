"""What the index is built from: areas, and counts of events by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gengfu.adapters.analytics import RollUp, engine
from gengfu.adapters.city.area_rows import AreaFile
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import EventStore, KnownAreas, MonthVersion
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Made, SignalShare, Source
from gengfu.capabilities.safety_index.rules.geography import AreaFacts
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.signal_values import ShareOfMonth
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import BadInput, Refused, Told

from .release import code_version

ROLLUP = "rollup"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """Which engine counts, and its settings."""

    name: str = "duckdb"
    options: Mapping[str, str]


def facts_of(file: AreaFile) -> tuple[AreaFacts, ...]:
    """Return the areas of a file as the index knows them."""
    return tuple(
        AreaFacts(
            id=row.id,
            name=row.name,
            name_zh=row.name_zh,
            kind=row.kind,
            parent=row.parent,
            present=row.present,
            households=row.households,
            vehicles=row.vehicles,
            since=row.valid_from,
            until=row.valid_until,
            successor=row.successor,
        )
        for row in file.rows
    )


def known_areas(file: AreaFile) -> KnownAreas:
    """Return the areas of a file as an import of events knows them."""
    return KnownAreas(
        ids=file.areas.ids,
        names={row.name: row.id for row in file.rows}
        | {row.name_zh: row.id for row in file.rows if row.name_zh},
        locate=file.areas.locate if file.has_polygons else None,
    )


def made_of(
    config: IndexConfig,
    areas: AreaFile,
    tallies: Iterable[MonthTally],
    earlier: Sequence[tuple[str, str]] = (),
) -> Made:
    """Say what figures are made from; `earlier` are publications and digests."""
    return Made(
        code=code_version(),
        config_name=config.name,
        config_version=config.version,
        config_sha256=config.sha256,
        areas_sha256=areas.sha256,
        events=tuple(
            Source(
                month=str(tally.month),
                version=tally.version,
                sha256=tally.sha256,
            )
            for tally in sorted(tallies, key=lambda tally: tally.month)
        ),
        earlier=tuple(earlier),
    )


def counted_months(
    store: EventStore, first: Month, last: Month, choice: EngineChoice, told: Told
) -> dict[Month, MonthTally]:
    """Count what is not counted yet, and return all months from one to another.

    Raises:
        Refused: a month was stated anew meanwhile; whoever asks again gets all of it.

    """
    rollup = RollUp(store.folder / ROLLUP, store)
    stated = {one.month: one for one in store.current()}
    wanted = [month for month in stated if str(first) <= month <= str(last)]
    if rollup.stale(wanted):
        told("count", 0.0)
        with engine(choice.name, choice.options) as running:
            rollup.refresh(running, wanted)
        told("count", 1.0)
    found: dict[Month, MonthTally] = {}
    for at, month in enumerate(wanted):
        table = rollup.counts(month, month)
        found[Month.read(month)] = tally_of(stated[month], table)
        told("read", (at + 1) / len(wanted))
    if store.current(wanted) != tuple(stated[month] for month in wanted):
        raise Refused(f"{store.folder}: events came in while they were counted; retry")
    return found


def months_behind(
    month: Month, tallies: Mapping[Month, MonthTally], config: IndexConfig
) -> list[MonthTally]:
    """Return the months that figures of one are made from.

    All bases up to its own, which are linked; twelve months of deaths; the calendar
    year before, for comparison.
    """
    last_base, year_ago = config.base_of(month.year)[-1], month.later(-12)
    return [
        tally
        for one, tally in tallies.items()
        if one <= month
        and (one.year <= last_base or one > year_ago or one.year == month.year - 1)
    ]


def read_shares(
    paths: Sequence[Path], built: Sequence[Month]
) -> dict[Month, SignalShare]:
    """Read how many signals were real, by month, as `GET /signal-share` answers it.

    Raises:
        BadInput: a file cannot be read, a month stands twice or is not built.

    """
    found: dict[Month, SignalShare] = {}
    for path in paths:
        if not path.is_file():
            raise BadInput(f"{path}: no such file")
        try:
            share = JsonCodec().decode(ShareOfMonth, path.read_bytes())
            month, said = Month.read(share.period), share.published()
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from None
        if month not in built:
            raise BadInput(f"{path}: {month} is not built now")
        if month in found:
            raise BadInput(f"{path}: the signals of {month} are said twice")
        found[month] = said
    return found


def tally_of(version: MonthVersion, table: Any) -> MonthTally:
    """Return the counts of a month as the rules take them."""

    def words(name: str) -> Sequence[str]:
        return [text or "" for text in table.column(name).to_pylist()]

    def numbers(name: str) -> Any:
        return np.asarray(table.column(name).to_numpy(), np.int64)

    return MonthTally(
        month=Month.read(version.month),
        version=version.version,
        sha256=version.sha256,
        area=words("area"),
        kind=words("kind"),
        initiated_by=words("initiated_by"),
        events=numbers("events"),
        repeats=numbers("duplicates"),
        deaths=numbers("deaths"),
    )
