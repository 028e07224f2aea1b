"""Rows from a CSV file or a vector layer of points, read strictly.

A CSV is UTF-8 (a byte-order mark is fine) with a header; rows are called by their line.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .findings import Where, bad, printable
from .vector import (
    EAST_MOST,
    SUFFIXES,
    Layer,
    number_value,
    off_globe,
    read_layer,
    text_value,
)

shapely = cast("Any", _shapely)

_POINT = 0  # shapely's number for the type Point
LON = ("lon", "long", "longitude", "x")
LAT = ("lat", "latitude", "y")


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns; `row(i)` says how the file calls row i."""

    where: Where
    rows: tuple[int, ...]
    columns: dict[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, i: int, field: str = "") -> Where:
        """Where row i (and a field of it) is, for an error."""
        return self.where.at(self.rows[i], field)

    def find(self, *names: str) -> str | None:
        """Find the first of these columns that is there, in any letter case."""
        lower = {name.lower(): name for name in self.columns}
        return next((lower[n.lower()] for n in names if n.lower() in lower), None)

    def need(self, *names: str) -> str:
        """As `find`; BadInput when there is none."""
        found = self.find(*names)
        if found is None:
            has = ", ".join(printable(c) for c in sorted(self.columns)) or "none"
            raise bad(self.where, f"missing column {' or '.join(names)} (has: {has})")
        return found

    def texts(self, *names: str) -> list[str]:
        """Read a column as clean text; "" throughout where there is none."""
        field = self.find(*names)
        if field is None:
            return [""] * len(self)
        return [
            text_value(value, self.at(i, field))
            for i, value in enumerate(self.columns[field])
        ]

    def numbers(self, *names: str, least: float = 0.0) -> NDArray[np.float64]:
        """Read a column as numbers, NaN where empty or where there is none."""
        field = self.find(*names)
        if field is None:
            return np.full(len(self), np.nan)
        return np.array(
            [
                number_value(value, self.at(i, field), least=least)
                for i, value in enumerate(self.columns[field])
            ]
        )

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude; BadInput where missing or not on the globe."""
        lon_field, lat_field = self.need(*LON), self.need(*LAT)
        lon = self.numbers(lon_field, least=-np.inf)
        lat = self.numbers(lat_field, least=-np.inf)
        fault = off_globe(lon, lat)
        if fault is not None:
            x, y = lon[fault], lat[fault]
            field = lat_field if abs(x) <= EAST_MOST else lon_field
            raise bad(self.at(fault, field), f"not on the globe: {x:g}, {y:g}")
        return lon, lat

    def ids(self, *names: str) -> list[str]:
        """Read a column whose texts are all there and all different."""
        field = self.need(*names)
        found = self.texts(field)
        seen: dict[str, int] = {}
        for i, text in enumerate(found):
            if not text:
                raise bad(self.at(i, field), "is empty")
            if text in seen:
                first = self.rows[seen[text]]
                raise bad(self.at(i, field), f"{printable(text)!r} is also row {first}")
            seen[text] = i
        return found


def read_table(path: Path, layer: str | None = None) -> Table:
    """Read a CSV, or a vector layer of points with its lon and lat as columns."""
    if path.suffix.lower() in SUFFIXES:
        return point_table(read_layer(path, layer))
    if path.suffix.lower() not in {".csv", ".txt"}:
        raise bad(path, f"cannot read files ending in {printable(path.suffix)!r}")
    return read_csv(path)


def point_table(source: Layer) -> Table:
    """Make a table of a layer of points."""
    types = shapely.get_type_id(source.geometry)
    for row, kind in zip(source.rows, types, strict=True):
        if int(kind) != _POINT:
            raise bad(source.where.at(int(row), "geometry"), "not a point")
    columns: dict[str, Sequence[Any]] = {
        name: column
        for name, column in source.columns.items()
        if name.lower() not in {*LON, *LAT}
    }
    columns["lon"] = shapely.get_x(source.geometry)
    columns["lat"] = shapely.get_y(source.geometry)
    return Table(source.where, tuple(int(r) for r in source.rows), columns)


def read_csv(path: Path) -> Table:
    """Read a CSV file; every row has as many fields as the header."""
    if not path.is_file():
        raise bad(path, "no such file")
    where = Where(path.name)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise bad(where.at(line), "wrong encoding: not UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise bad(where.at(line), "control character U+0000")
    header, rows, lines = _records(text, where)
    doubled = next((h for h in header if h and header.count(h) > 1), None)
    if doubled is not None:
        raise bad(where, f"column {printable(doubled)!r} is there twice")
    columns: dict[str, Sequence[Any]] = {
        name: [row[i] for row in rows] for i, name in enumerate(header) if name
    }
    return Table(where, tuple(lines), columns)


def _records(text: str, where: Where) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, rows and the line of each row; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if not row:
                continue
            if not header:
                header = [name.strip() for name in row]
                continue
            if len(row) != len(header):
                what = f"{len(row)} fields where the header has {len(header)}"
                raise bad(where.at(reader.line_num), what)
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise bad(where.at(reader.line_num), f"not CSV: {fault}") from None
    if not rows:
        raise bad(where, "has no rows")
    return header, rows, lines
