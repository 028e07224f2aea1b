"""Areas as statistics need them: who is there, which they lie in, since when.

From a folder of a city pack, a layer of polygons, or a plain table without geometry.
Columns beyond those of `areas_reading`: `other_present` (people there who are neither
registered nor hold a residence permit), `valid_from` and `valid_until` (dates), and
`successor` (the id of the area that this one was merged into). A date may be a month,
which begins with its first day and ends with its last.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from .areas import Areas
from .areas_reading import areas_of_table, refuse_bad_polygons
from .findings import Where, bad, printable
from .reading import load
from .tables import Table, read_csv
from .vector import read_layer

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_TABLES = frozenset({".csv", ".txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area; `present` are all people there, NaN where nobody counted them."""

    id: str
    name: str
    name_zh: str
    kind: str
    parent: str
    present: float
    households: float
    vehicles: float
    valid_from: str
    valid_until: str
    successor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFile:
    """The areas of a file in its order; a plain table `has_polygons` not."""

    name: str
    sha256: str
    rows: tuple[AreaRow, ...]
    areas: Areas
    has_polygons: bool
    city: str = ""
    city_zh: str = ""
    timezone: str = ""


def read_area_rows(path: Path) -> AreaFile:
    """Read areas; raises BadInput naming file, row and field."""
    if path.is_dir():
        return _of_pack(path)
    if not path.is_file():
        raise bad(path, "no such file")
    digest = sha256(path.read_bytes()).hexdigest()
    if path.suffix.lower() in _TABLES:
        table, polygons = read_csv(path), None
    else:
        source = read_layer(path, None)
        refuse_bad_polygons(source)
        polygons = source.geometry
        rows = tuple(int(row) for row in source.rows)
        table = Table(source.where, rows, dict(source.columns))
    nothing = np.full(len(table), None, object)
    areas = areas_of_table(table, nothing if polygons is None else polygons)
    return AreaFile(
        name=path.name,
        sha256=digest,
        rows=_rows(areas, table),
        areas=areas,
        has_polygons=polygons is not None,
    )


def _of_pack(path: Path) -> AreaFile:
    city = load(path)
    return AreaFile(
        name="areas.parquet",
        sha256=sha256((path / "areas.parquet").read_bytes()).hexdigest(),
        rows=_rows(city.areas, None),
        areas=city.areas,
        has_polygons=True,
        city=city.name,
        city_zh=city.name_zh,
        timezone=city.timezone,
    )


def _rows(areas: Areas, table: Table | None) -> tuple[AreaRow, ...]:
    nothing = [""] * len(areas)
    other = np.zeros(len(areas))
    begins, ends, after = nothing, nothing, nothing
    if table is not None:
        other = np.nan_to_num(table.numbers("other_present"), nan=0.0)
        begins, ends = _days(table, "valid_from"), _days(table, "valid_until")
        after = table.texts("successor")
        for row, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            if begin and end and end < begin:
                raise bad(table.at(row, "valid_until"), f"{end} is before {begin}")
        for row, successor in enumerate(after):
            if successor and successor not in areas.ids:
                what = f"no area has the id {printable(successor)!r}"
                raise bad(table.at(row, "successor"), what)
    present = areas.population + np.nan_to_num(areas.floating_population, nan=0.0)
    return tuple(
        AreaRow(
            id=areas.ids[row],
            name=areas.names[row],
            name_zh=areas.names_zh[row],
            kind=areas.kinds[row],
            parent="" if areas.parent[row] < 0 else areas.ids[int(areas.parent[row])],
            present=float(present[row] + other[row]),
            households=float(areas.households[row]),
            vehicles=float(areas.vehicles[row]),
            valid_from=begins[row],
            valid_until=ends[row],
            successor=after[row],
        )
        for row in range(len(areas))
    )


def _days(table: Table, field: str) -> list[str]:
    """Read a column of dates or months as dates, "" where there is none."""
    return [
        _day(text, last=field == "valid_until", at=table.at(row, field))
        for row, text in enumerate(table.texts(field))
    ]


def _day(text: str, *, last: bool, at: Where) -> str:
    month = _MONTH.fullmatch(text)
    if not text:
        return ""
    try:
        if month is None:
            return datetime.fromisoformat(text).date().isoformat()
        first = date(int(month[1]), int(month[2]), 1)
    except ValueError:
        what = f"not a date like 2026-10-31: {printable(text)!r}"
        raise bad(at, what) from None
    days = monthrange(first.year, first.month)[1]
    return (first.replace(day=days) if last else first).isoformat()
