"""A city's own table as columns of text, with the row each value stood in.

Fatal is only what cannot be read at all: no file, an encoding that does not fit, no
heading, a column that the mapping names and the table has not.
"""

import codecs
import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow.csv as _csv
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .columns import Table, compute, parquet, pyarrow
from .mapping import EventMapping

arrow_csv = cast("Any", _csv)

_CHUNK_BYTES = 1 << 20
_BLOCK_BYTES = 8 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Source:
    """A table as it was found.

    `rows` is each record's number (the heading of a CSV file is row 1, the first
    record of a Parquet file too); `ragged` has the records with another number of
    cells than the heading: they are not in `table`.
    """

    table: Table
    rows: NDArray[np.int64]
    ragged: tuple[tuple[int, str], ...]
    encoding: str
    sha256: str

    def blank(self) -> NDArray[np.bool_]:
        """Return which rows have nothing in any column that was read."""
        empty = np.ones(self.rows.size, np.bool_)
        for name in self.table.column_names:
            nothing = compute.equal(self.text([name]), "")
            empty &= nothing.to_numpy(zero_copy_only=False)
        return empty

    def text(self, names: Sequence[str]) -> Any:
        """Return columns joined by a space, as text without surrounding blanks."""
        columns = [self.table.column(name).combine_chunks() for name in names]
        found = [
            compute.utf8_trim_whitespace(column.cast(pyarrow.string()).fill_null(""))
            for column in columns
        ]
        if len(found) == 1:
            return found[0]
        return compute.utf8_trim_whitespace(
            compute.binary_join_element_wise(*found, " ")
        )


def read_source(path: Path, mapping: EventMapping) -> Source:
    """Read the columns that a mapping names.

    Raises:
        BadInput: the file cannot be read as the mapping says.

    """
    wanted = sorted({name for names in mapping.columns.values() for name in names})
    form = mapping.format or ("parquet" if path.suffix == ".parquet" else "csv")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise BadInput(f"{path}: {fault.strerror}") from None
    if form == "parquet":
        return _parquet_source(path, wanted, digest)
    return _csv_source(path, wanted, digest, mapping)


def _parquet_source(path: Path, wanted: Sequence[str], digest: str) -> Source:
    try:
        file = parquet.ParquetFile(path)
        _require(path, wanted, file.schema_arrow.names)
        table = file.read(columns=list(wanted))
    except (pyarrow.ArrowException, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise BadInput(f"{path}: truncated or no Parquet: {reason}") from None
    rows = np.arange(1, int(table.num_rows) + 1)
    return Source(table, rows, (), "parquet", digest)


def _csv_source(
    path: Path, wanted: Sequence[str], digest: str, mapping: EventMapping
) -> Source:
    encoding = _encoding(path, mapping.encoding)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as file:
        heading = next(csv.reader(file, delimiter=mapping.delimiter), None)
    if not heading:
        raise BadInput(f"{path}: is empty")
    names = [name.strip() for name in heading]
    _require(path, wanted, names)
    ragged: list[tuple[int, str]] = []

    def skip(row: Any) -> str:
        ragged.append((int(row.number), str(row.text)))
        return "skip"

    unique = [n if names.count(n) == 1 else f"{n}\x1f{i}" for i, n in enumerate(names)]
    try:
        table = arrow_csv.read_csv(
            path,
            arrow_csv.ReadOptions(
                # Row numbers are known only when blocks are read one after another.
                use_threads=False,
                block_size=_BLOCK_BYTES,
                column_names=unique,
                skip_rows_after_names=1,
                encoding="utf8" if encoding.startswith("utf-8") else encoding,
            ),
            arrow_csv.ParseOptions(
                delimiter=mapping.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,  # they are rows, or numbers would be off
                invalid_row_handler=skip,
            ),
            arrow_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pyarrow.string()),
                strings_can_be_null=False,
            ),
        )
    except (pyarrow.ArrowException, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise BadInput(f"{path}: cannot be read as CSV: {reason}") from None
    skipped = np.array([number for number, _ in ragged], np.int64)
    every = np.arange(2, 2 + int(table.num_rows) + skipped.size)
    rows = every[~np.isin(every, skipped)]
    return Source(table, rows, tuple(ragged), encoding, digest)


def _require(path: Path, wanted: Sequence[str], names: Sequence[str]) -> None:
    for name in wanted:
        there = names.count(name)
        if there == 0:
            raise BadInput(f"{path}: missing column {name!r}")
        if there > 1:
            raise BadInput(f"{path}: column {name!r} is there {there} times")


def _encoding(path: Path, named: str) -> str:
    """Return the encoding that fits the whole file."""
    if named == "auto":
        with path.open("rb") as file:
            head = file.read(4)
        marked = [encoding for mark, encoding in _MARKS if head.startswith(mark)]
        guesses = tuple(marked) or _GUESSES
    else:
        try:
            guesses = (codecs.lookup(named).name,)
        except LookupError:
            raise BadInput(f"{path}: unknown encoding {named!r}") from None
    faults: list[str] = []
    for encoding in guesses:
        fault = _undecodable(path, encoding)
        if fault is None:
            return encoding
        faults.append(f"{encoding} fails in line {fault}")
    raise BadInput(f"{path}: wrong encoding: {'; '.join(faults)}")


def _undecodable(path: Path, encoding: str) -> int | None:
    """Find the first line that is not in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                return lines + fault.object[: fault.start].count(b"\n")
            lines += text.count("\n")
            if not chunk:
                return None
