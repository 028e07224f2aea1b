"""The cell of an event: what it is counted by, in one number.

Month, area, kind, who initiated it, whether it repeats another event, and deaths are
bits of a whole number; areas, kinds and initiators are numbered within a file, and its
footer has their words. Rows are sorted by their cell. Counting a month is then
counting one dictionary-encoded column whose values come in long runs; nothing else of
the file is read.

    bits 49 and up: month   33-48: area   21-32: kind   19-20: initiator
    bit 18: repeats another   0-17: deaths
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .columns import Table, compute, parquet, pyarrow

CELL = "cell"
WORDED = ("area", "kind", "initiated_by")
"""The parts of a cell that are numbers of words."""
DEATHS_BITS, REPEAT_BITS = 18, 1
WORD_BITS = {"area": 16, "kind": 12, "initiated_by": 2}
KEY_SHIFT = DEATHS_BITS + REPEAT_BITS
"""A cell without so many bits is its key: month, area, kind and initiator."""

_FOOTER = b"gengfu.words"
_GROUP_ROWS = 1 << 20
_ROOMY_DICTIONARY_BYTES = 16 << 20
_LATEST = 2**63 - 1
_FIRST_YEAR = 1970
_DICTIONARIES = (CELL, "kind", "area", "source", "deaths", "duplicate_of", WORDED[2])


def month_number(month: str) -> int:
    """Return the months from January 1970 to "YYYY-MM"."""
    return (int(month[:4]) - _FIRST_YEAR) * 12 + int(month[5:]) - 1


def month_of(number: int) -> str:
    """Return the month of a `month_number`."""
    return f"{_FIRST_YEAR + number // 12:04d}-{number % 12 + 1:02d}"


def sorted_cells(table: Table, month: str) -> Table:
    """Sort the events of a month and add their cell: ready to be written.

    The same events give the same rows, in whatever order they came.

    Raises:
        BadInput: more areas or kinds than a cell has numbers for.

    """
    words = {name: _coded(table.column(name)) for name in (*WORDED, "source")}
    code = np.zeros(table.num_rows, np.int64)
    cell = np.full(table.num_rows, month_number(month), np.int64)
    for name in WORDED:
        texts, codes = words[name]
        if len(texts) > 1 << WORD_BITS[name]:
            raise BadInput(
                f"{month}, column {name}: {len(texts)} different words; "
                f"at most {1 << WORD_BITS[name]} can be counted"
            )
        code = code * max(1, len(texts)) + codes
        cell = (cell << WORD_BITS[name]) | codes
    repeat = table.column("duplicate_of").is_valid().to_numpy().astype(np.int64)
    deaths = table.column("deaths").to_numpy().astype(np.int64)
    code = (code * 2 + repeat) * (int(deaths.max(initial=0)) + 1) + deaths
    cell = (((cell << REPEAT_BITS) | repeat) << DEATHS_BITS) | deaths
    rows = _sorted_rows(code, table)
    for name, (texts, codes) in words.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, _worded(texts, codes))
    footer = {name: words[name][0] for name in WORDED}
    return (
        table.take(pyarrow.array(rows))
        .append_column(CELL, pyarrow.array(cell[rows]))
        .replace_schema_metadata({_FOOTER: json.dumps(footer, ensure_ascii=False)})
    )


def write_events(table: Table, path: Path) -> None:
    """Write what `sorted_cells` returned; the same rows give the same bytes."""
    writer = parquet.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=list(_DICTIONARIES),
        dictionary_pagesize_limit=_ROOMY_DICTIONARY_BYTES,
        store_schema=False,
    )
    with writer:
        writer.write_table(table, row_group_size=_GROUP_ROWS)
        writer.add_key_value_metadata(table.schema.metadata)


def words_of(path: Path) -> dict[str, list[str]]:
    """Return the words of a file's cells by their numbers; "" is none.

    Raises:
        BadInput: there is no such file, or this release did not write it.

    """
    try:
        found = parquet.read_metadata(path).metadata
        return json.loads(cast("Mapping[bytes, bytes]", found or {})[_FOOTER])
    except FileNotFoundError:
        raise BadInput(f"{path}: is missing") from None
    except (pyarrow.ArrowException, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise BadInput(f"{path}: truncated or no Parquet: {reason}") from None
    except (KeyError, ValueError):
        raise BadInput(
            f"{path}: no file of events that this release wrote; import it again"
        ) from None


def spelled(
    keys: NDArray[np.int64], words: Mapping[int, Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """Return what sorted keys stand for: month, area, kind and initiator of each.

    `words` has the words of the file of each month, by `month_number`. An area that is
    none is null.
    """
    shift = sum(WORD_BITS.values())
    number = keys >> shift
    columns: dict[str, list[Any]] = {name: [] for name in WORDED}
    months: list[Any] = []
    for month in np.unique(number).tolist():
        some = keys[number == month]
        months.append(_repeated([month_of(month)], np.zeros(some.size, np.int64)))
        below = shift
        for name in WORDED:
            below -= WORD_BITS[name]
            codes = (some >> below) & ((1 << WORD_BITS[name]) - 1)
            columns[name].append(_repeated(words[month][name], codes))
    return {
        name: pyarrow.chunked_array(parts, pyarrow.string())
        for name, parts in (("month", months), *columns.items())
    }


def _repeated(texts: Sequence[str], codes: NDArray[np.int64]) -> Any:
    some = pyarrow.array([text or None for text in texts], pyarrow.string())
    return some.take(pyarrow.array(codes))


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
