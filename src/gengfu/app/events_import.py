"""A city's own table into a store of events, and what stands in a store."""

from datetime import datetime
from pathlib import Path

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.events import (
    EventStore,
    MonthVersion,
    ValidationReport,
    import_events,
)
from gengfu.adapters.events.store import MANIFEST
from gengfu.kernel import BadInput, NotFound

from .index_inputs import known_areas


def import_file(
    folder: Path,
    source: Path,
    at: datetime,
    *,
    mapping: Path | None = None,
    areas: Path | None = None,
    timezone: str = "",
    why: str = "",
) -> tuple[ValidationReport, tuple[MonthVersion, ...]]:
    """Import a CSV or Parquet file; returns what was wrong and the months stated.

    Months are those of `timezone`, else of the city pack's clocks, else of the store's
    own. The same file again states nothing anew.

    Raises:
        BadInput: something cannot be read, by file, row and field, or no time zone is
            known.
        Unavailable: another writer is at the store.

    """
    if not source.is_file():
        raise BadInput(f"{source}: no such file")
    file = None if areas is None else read_area_rows(areas)
    zone = _zone(folder, timezone, file)
    known = None if file is None else known_areas(file)
    table, report = import_events(source, mapping, known, zone, now=at)
    store = EventStore(folder, zone)
    why = why or f"imported from {source.name}"
    return report, store.add(table, why, at, report=report)


def _zone(folder: Path, timezone: str, areas: AreaFile | None) -> str:
    if zone := timezone or ("" if areas is None else areas.timezone):
        return zone
    if not (folder / MANIFEST).is_file():
        raise BadInput("give --timezone: months are those of the city's clocks")
    return EventStore(folder).timezone


def open_store(folder: Path) -> EventStore:
    """Open a store that is there; looking never makes one.

    Raises:
        NotFound: there is none.
        BadInput: it cannot be read.

    """
    if not (folder / MANIFEST).is_file():
        raise NotFound(f"{folder}: no store of events")
    return EventStore(folder)
