"""A city's own table as columns of text, with the row each value stood in.

Fatal is only what cannot be read at all: no file, an encoding that does not fit, no
heading, a column that the mapping names and the table has not or that holds no text,
number or time, and a quotation mark that is never closed: nobody knows how many rows
it holds.
"""

import codecs
import csv
import hashlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
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
_SHOWN = 40


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
    for name in wanted:
        _require_words(path, name, table.column(name))
    rows = np.arange(1, int(table.num_rows) + 1)
    return Source(table, rows, (), "parquet", digest)


def _require_words(path: Path, name: str, column: Any) -> None:
    """Refuse a column that cannot be told in words, or whose words cannot be read."""
    types = pyarrow.types
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if types.is_nested(kind):
        raise BadInput(f"{path}, column {name!r}: holds {kind}, no text or number")
    if not (types.is_string(kind) or types.is_binary(kind)) and (
        types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind)
    ):
        return
    try:
        column.cast(pyarrow.string()).validate(full=True)
    except pyarrow.ArrowException:
        plain = column.cast(kind).combine_chunks().view(_raw_of(kind))
        for row, word in enumerate(cast("list[bytes | None]", plain.to_pylist()), 1):
            if word is not None and not _is_utf8(word):
                raise BadInput(
                    f"{path}, row {row}, column {name!r}: is not UTF-8: "
                    f"{word[:_SHOWN]!r}"
                ) from None
        raise BadInput(
            f"{path}, column {name!r}: holds {kind}, no text or number"
        ) from None


def _raw_of(kind: Any) -> Any:
    wide = pyarrow.types.is_large_string(kind) or pyarrow.types.is_large_binary(kind)
    return pyarrow.large_binary() if wide else pyarrow.binary()


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _csv_source(
    path: Path, wanted: Sequence[str], digest: str, mapping: EventMapping
) -> Source:
    encoding, quotes = _encoding(path, mapping.encoding)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as file:
        try:
            heading = next(csv.reader(file, delimiter=mapping.delimiter), None)
        except csv.Error as fault:
            raise BadInput(f"{path}, row 1: no heading: {fault}") from None
    if quotes % 2:  # else all are closed, or stand within a cell
        _refuse_unclosed(path, encoding, mapping.delimiter)
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
        _refuse_too_long(path, encoding, mapping.delimiter)
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


@contextmanager
def _records(path: Path, encoding: str, delimiter: str) -> Generator[Iterable[int]]:
    """Go through the records of a CSV file slowly, to tell which one is at fault.

    Yields the size of each; `csv.Error` where a quotation mark is never closed.
    """
    limit = csv.field_size_limit(path.stat().st_size + 1)
    try:
        with path.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as file:
            records = csv.reader(file, delimiter=delimiter, strict=True)
            yield (sum(len(cell.encode()) for cell in row) for row in records)
    finally:
        csv.field_size_limit(limit)


def _refuse_unclosed(path: Path, encoding: str, delimiter: str) -> None:
    row = 1
    try:
        with _records(path, encoding, delimiter) as sizes:
            for _ in sizes:
                row += 1
    except csv.Error as fault:
        if "end of data" in str(fault):
            raise BadInput(
                f"{path}, row {row}: a quotation mark that is never closed"
            ) from None


def _refuse_too_long(path: Path, encoding: str, delimiter: str) -> None:
    try:
        with _records(path, encoding, delimiter) as sizes:
            for row, size in enumerate(sizes, 1):
                if size > _BLOCK_BYTES // 2:
                    raise BadInput(
                        f"{path}, row {row}: {size} bytes, more than a row can have"
                    )
    except csv.Error:
        return


def _encoding(path: Path, named: str) -> tuple[str, int]:
    """Return the encoding that fits the whole file, and how many quotation marks."""
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
        found = _looked_through(path, encoding)
        if isinstance(found, int):
            return encoding, found
        faults.append(f"{encoding} {found}")
    raise BadInput(f"{path}: wrong encoding: {'; '.join(faults)}")


def _looked_through(path: Path, encoding: str) -> int | str:
    """Count the quotation marks of a file; else say why it is not in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, quotes = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                line = lines + fault.object[: fault.start].count(b"\n")
                return f"fails in line {line}"
            if "\0" in text:  # what UTF-16 without a mark looks like, and no text has
                line = lines + text.count("\n", 0, text.index("\0"))
                return f"finds the character U+0000 in line {line}"
            lines += text.count("\n")
            quotes += text.count('"')
            if not chunk:
                return quotes
