"""What an event is, as a row of a Parquet file; the seam to pyarrow.

Beside the ten columns of an event a stored file has one more, `cell`: month, area,
kind, who initiated it, whether it repeats another event, and deaths, in one text.
Rows are sorted by it. Counting a month is then counting one dictionary-encoded column
whose values come in long runs, and nothing else of the file is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as _pyarrow
import pyarrow.compute as _compute
import pyarrow.parquet as _parquet
from numpy.typing import NDArray

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
INITIATORS = ("resident", "police", "agency")
SIMULATED = "simulated:"
"""What the source of an event begins with that never happened, as `simulated:call`."""
CELL = "cell"
CELL_PARTS = ("month", "area", "kind", "initiated_by", "repeat", "deaths")
SEPARATOR = "\x1f"
"""Between the parts of a cell: the unit separator of ASCII, which no name holds."""

_GROUP_ROWS = 1 << 20
_ROOMY_DICTIONARY_BYTES = 16 << 20
_LATEST = 2**63 - 1
_WORDS = ("cell", "kind", "area", "source", "deaths", "duplicate_of", "initiated_by")


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
    rows = [asdict(event) for event in events]
    for row in rows:
        if row["at"].tzinfo is None:
            raise BadInput(f"event {row['event_id']}: its time has no time zone")
        row["at"] = row["at"].astimezone(UTC)
    return as_events(pyarrow.Table.from_pylist(rows, schema=SCHEMA), "events")


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
    _refuse(
        compute.less(table.column("deaths"), 0), f"{label}, column deaths: negative"
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


def sorted_cells(table: Table, month: str) -> Table:
    """Sort the events of a month and add their cell: ready to be written.

    The same events give the same rows, in whatever order they came.
    """
    words = {
        name: _coded(table.column(name))
        for name in ("area", "kind", "initiated_by", "source")
    }
    repeat = table.column("duplicate_of").is_valid().to_numpy().astype(np.int64)
    deaths = table.column("deaths").to_numpy().astype(np.int64)
    code = np.zeros(table.num_rows, np.int64)
    for name in ("area", "kind", "initiated_by"):
        codes = words[name][1]
        code = code * (int(codes.max(initial=0)) + 1) + codes
    most = int(deaths.max(initial=0)) + 1
    code = (code * 2 + repeat) * most + deaths
    rows = _sorted_rows(code, table)
    first, which = _runs(code[rows])
    columns = [words[name] for name in ("area", "kind", "initiated_by")]
    cells = [
        SEPARATOR.join(
            (
                month,
                *(texts[codes[row]] for texts, codes in columns),
                str(repeat[row]),
                str(deaths[row]),
            )
        )
        for row in rows[first].tolist()
    ]
    cell = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(which), pyarrow.array(cells, pyarrow.string())
    )
    for name, (texts, codes) in words.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, _worded(texts, codes))
    return table.take(pyarrow.array(rows)).append_column(CELL, cell)


def _worded(texts: list[str], codes: NDArray[np.int64]) -> Any:
    """Return a dictionary of sorted words: the same rows give the same bytes."""
    none = int(texts[:1] == [""])  # "" stands for no word, and is sorted first
    indices = pyarrow.array((codes - none).astype(np.int32), mask=codes < none)
    words = pyarrow.array(texts[none:], pyarrow.string())
    return pyarrow.DictionaryArray.from_arrays(indices, words)


def _sorted_rows(code: NDArray[np.int64], table: Table) -> NDArray[np.int64]:
    """Return rows by cell, time and id; ids are compared only where these are equal."""
    at = table.column("at").cast("int64").to_numpy()
    since = at - at.min(initial=_LATEST)
    span = int(since.max(initial=0)) + 1
    if (int(code.max(initial=0)) + 1) * span < _LATEST:
        rows = np.argsort(code * span + since)  # one key sorts faster than two
    else:
        rows = np.lexsort((at, code))
    equal = (code[rows][1:] == code[rows][:-1]) & (at[rows][1:] == at[rows][:-1])
    tied = np.zeros(rows.size, np.bool_)
    tied[1:] |= equal
    tied[:-1] |= equal
    if equal.any():
        some = rows[tied]
        ties = pyarrow.table(
            {
                "code": code[some],
                "at": at[some],
                "id": table.column("event_id").take(pyarrow.array(some)),
            }
        )
        keys = [(name, "ascending") for name in ("code", "at", "id")]
        order = compute.sort_indices(ties, sort_keys=keys)
        rows[tied] = some[order.to_numpy()]
    return rows


def _coded(column: Any) -> tuple[list[str], NDArray[np.int64]]:
    """Return the sorted words of a column, "" for none, and each row's number."""
    coded = column.combine_chunks().fill_null("").dictionary_encode()
    found = cast("list[str]", coded.dictionary.to_pylist())
    words = sorted(found)
    place = {word: number for number, word in enumerate(words)}
    renumbered = np.array([place[word] for word in found] or [0], np.int64)
    codes = cast("NDArray[np.int32]", coded.indices.to_numpy(zero_copy_only=False))
    return words, renumbered[codes]


def _runs(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return where runs of equal values begin, and each value's run."""
    begins = np.ones(code.size, np.bool_)
    begins[1:] = code[1:] != code[:-1]
    return np.flatnonzero(begins), (np.cumsum(begins) - 1).astype(np.int32)


def write_events(table: Table, path: Path) -> None:
    """Write what `sorted_cells` returned; the same rows give the same bytes."""
    parquet.write_table(
        table,
        path,
        compression="zstd",
        compression_level=3,
        row_group_size=_GROUP_ROWS,
        use_dictionary=list(_WORDS),
        dictionary_pagesize_limit=_ROOMY_DICTIONARY_BYTES,
        store_schema=False,
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
            compute.equal(table.column("initiated_by"), "police")
        ),
        "simulated": count(compute.starts_with(table.column("source"), SIMULATED)),
    }
