"""A city's own table into a store of events, and what stands in a store."""

from datetime import datetime
from pathlib import Path

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.events import (
    EventStore,
    MonthVersion,
    ValidationReport,
    import_events,
    month_range,
)
from gengfu.kernel import BadInput

from .index_inputs import known_areas
from .inputs import is_store

NO_LOSS = frozenset({"blank-row", "exact-duplicate", "duplicate-id", "time-in-future"})
"""Why rows of a complete table may be left out: another row counts, or none could."""


def import_file(
    folder: Path,
    source: Path,
    at: datetime,
    *,
    mapping: Path | None = None,
    areas: Path | None = None,
    timezone: str = "",
    why: str = "",
    covers: str = "",
    complete: bool = False,
) -> tuple[ValidationReport, tuple[MonthVersion, ...]]:
    """Import a CSV or Parquet file; returns what was wrong and the months stated.

    Months are those of `timezone`, else of the city pack's clocks, else of the store's
    own. `covers` ("2023-01..2026-10") names the months that the file speaks of: those
    of them without events are stated as empty, not left unknown. A `complete` file is
    all there is of its months: what stood in them and is not in it is taken out. The
    same file again states nothing anew.

    Raises:
        BadInput: something cannot be read, by file, row and field, or no time zone is
            known; a complete file has rows of which nobody knows which events they are,
            or is of another city.
        Unavailable: another writer is at the store.

    """
    if not source.is_file():
        raise BadInput(f"{source}: no such file")
    file = None if areas is None else read_area_rows(areas)
    zone = _zone(folder, timezone, file)
    known = None if file is None else known_areas(file)
    spoken_of = _months(covers) if covers else None
    table, report = import_events(source, mapping, known, zone, now=at)
    if complete:
        _require_all_read(source, report)
        _require_of_this_city(source, report)
    store = EventStore(folder, zone)
    why = why or f"imported from {source.name}"
    made = store.add(table, why, at, covers=spoken_of, whole=complete, report=report)
    return report, made


def _require_all_read(source: Path, report: ValidationReport) -> None:
    """Refuse rows that were left out though their events may stand in the store."""
    for trouble in report.troubles:
        if trouble.rule.left_out and trouble.code not in NO_LOSS:
            raise BadInput(
                f"{source.name}: {trouble.line()}; what they are about would be taken"
                " out, so mend them, or import it without --complete"
            )


def _require_of_this_city(source: Path, report: ValidationReport) -> None:
    """Refuse a table of another city: it would take the place of all there is."""
    if report.rows_kept and report.counts().get("unknown-area") == report.rows_kept:
        raise BadInput(
            f"{source.name}: no row is in an area of this city; is it of another one?"
            " Its events would take the place of all there are"
        )


def _months(covers: str) -> tuple[str, str]:
    first, _, last = covers.partition("..")
    last = last or first
    if not month_range(first, last):
        raise BadInput(f"--covers {covers}: ends before it begins")
    return first, last


def _zone(folder: Path, timezone: str, areas: AreaFile | None) -> str:
    if zone := timezone or ("" if areas is None else areas.timezone):
        return zone
    if not is_store(folder):
        raise BadInput("give --timezone: months are those of the city's clocks")
    return EventStore(folder).timezone
