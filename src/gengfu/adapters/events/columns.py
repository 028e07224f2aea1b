"""What an event is, as a row of a Parquet file; the seam to pyarrow.

A stored file has one column more than an event, the cell (`cells.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as _pyarrow
import pyarrow.compute as _compute
import pyarrow.parquet as _parquet

from gengfu.kernel import BadInput

pyarrow = cast("Any", _pyarrow)
compute = cast("Any", _compute)
parquet = cast("Any", _parquet)

type Table = Any
"""A pyarrow.Table."""

SCHEMA: Any = pyarrow.schema(
    [
        ("event_id", pyarrow.string()),
        ("at", pyarrow.timestamp("us", "UTC")),
        ("kind", pyarrow.string()),
        ("area", pyarrow.string()),
        ("lon", pyarrow.float64()),
        ("lat", pyarrow.float64()),
        ("source", pyarrow.string()),
        ("deaths", pyarrow.int32()),
        ("duplicate_of", pyarrow.string()),
        ("initiated_by", pyarrow.string()),
    ]
)
REQUIRED = ("event_id", "at", "kind", "source", "deaths", "initiated_by")
BY_RESIDENT, BY_POLICE, BY_AGENCY = "resident", "police", "agency"
INITIATORS = (BY_RESIDENT, BY_POLICE, BY_AGENCY)
SIMULATED = "simulated:"
"""What the source of an event begins with that never happened, as `simulated:call`."""
MOST_DEATHS = (1 << 18) - 1
"""More in one event are refused."""
SEPARATOR = "\x1f"
"""The unit separator of ASCII, which no name holds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One validated event; `at` has a time zone, lon and lat are WGS 84 degrees."""

    event_id: str
    at: datetime
    kind: str
    area: str | None = None
    lon: float | None = None
    lat: float | None = None
    source: str = "call"
    deaths: int = 0
    duplicate_of: str | None = None
    initiated_by: str = "resident"


def events_table(events: Iterable[Event]) -> Table:
    """Return events as a table, in the order given.

    Raises:
        BadInput: an event without time zone, or a value that `as_events` refuses.

    """
    rows = list(events)
    for event in rows:
        if event.at.tzinfo is None:
            raise BadInput(f"event {event.event_id}: its time has no time zone")
    columns = {name: [getattr(event, name) for event in rows] for name in SCHEMA.names}
    columns["at"] = [event.at.astimezone(UTC) for event in rows]
    return as_events(pyarrow.Table.from_pydict(columns, schema=SCHEMA), "events")


def as_events(table: Table, label: str) -> Table:
    """Return a table with exactly the columns of :data:`SCHEMA`.

    Raises:
        BadInput: a column is missing or of another type, a required cell is empty, an
            initiator is unknown, deaths are negative; `label` names what was given.

    """
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise BadInput(f"{label}: missing column {missing[0]}")
    try:
        table = table.select(SCHEMA.names).cast(SCHEMA)
    except pyarrow.ArrowException as fault:
        reason = str(fault).splitlines()[0]
        raise BadInput(f"{label}: not columns of events: {reason}") from None
    for name in REQUIRED:
        if table.column(name).null_count:
            row = _first(compute.is_null(table.column(name)))
            raise BadInput(f"{label}, row {row + 1}, column {name}: is empty")
    known = compute.is_in(
        table.column("initiated_by"), value_set=pyarrow.array(INITIATORS)
    )
    _refuse(compute.invert(known), f"{label}, column initiated_by: unknown initiator")
    deaths = table.column("deaths")
    _refuse(compute.less(deaths, 0), f"{label}, column deaths: negative")
    _refuse(
        compute.greater(deaths, MOST_DEATHS),
        f"{label}, column deaths: over {MOST_DEATHS}",
    )
    for name in ("event_id", "kind", "area"):
        texts = table.column(name)
        _refuse(
            compute.match_substring(texts, SEPARATOR),
            f"{label}, column {name}: holds the control character U+001F",
        )
        _refuse(compute.equal(texts, ""), f"{label}, column {name}: is empty")
    return table


def _refuse(wrong: Any, what: str) -> None:
    if compute.any(wrong).as_py():
        raise BadInput(f"{what}, row {_first(wrong) + 1}")


def _first(flags: Any) -> int:
    return int(np.flatnonzero(flags.fill_null(False).to_numpy())[0])


def require_zone(timezone: str) -> str:
    """Return an IANA time zone that exists.

    Raises:
        BadInput: there is none of that name.

    """
    try:
        return ZoneInfo(timezone).key
    except (OSError, ValueError, KeyError):
        raise BadInput(f"unknown time zone {timezone!r}") from None


def months_of(table: Table, timezone: str) -> Any:
    """Return for each row its month "YYYY-MM" by the clock of `timezone`."""
    at = table.column("at")
    if timezone != "UTC":
        at = compute.local_timestamp(at.cast(pyarrow.timestamp("us", timezone)))
    year, month = (compute.cast(f(at), "int32") for f in (compute.year, compute.month))
    numbers = compute.add(compute.multiply(year, 100), month)
    coded = numbers.combine_chunks().dictionary_encode()
    words = [f"{n // 100:04d}-{n % 100:02d}" for n in coded.dictionary.to_pylist()]
    return pyarrow.DictionaryArray.from_arrays(
        coded.indices, pyarrow.array(words, pyarrow.string())
    )


def read_events(path: Path, columns: Iterable[str] | None = None) -> Table:
    """Read events, without their cells.

    Raises:
        BadInput: there is no such file or it is no Parquet file of events.

    """
    wanted = list(SCHEMA.names if columns is None else columns)
    try:
        # One file, not a data set: a folder named month=... adds no column of its own.
        table = parquet.ParquetFile(path).read(columns=wanted)
    except FileNotFoundError:
        raise BadInput(f"{path}: is missing") from None
    except (pyarrow.ArrowException, ValueError, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise BadInput(f"{path}: truncated or no Parquet: {reason}") from None
    if columns is None:
        return as_events(table, str(path))
    return table


def facts_of(table: Table) -> Mapping[str, int]:
    """Count what a reader of a month's quality wants to know."""

    def count(flags: Any) -> int:
        return int(compute.sum(flags).as_py() or 0)

    return {
        "without-area": int(table.column("area").null_count),
        "repeats": count(table.column("duplicate_of").is_valid()),
        "police-initiated": count(
            compute.equal(table.column("initiated_by"), BY_POLICE)
        ),
        "simulated": count(compute.starts_with(table.column("source"), SIMULATED)),
    }
