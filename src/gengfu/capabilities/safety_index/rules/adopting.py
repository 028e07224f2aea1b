"""Which places got a measure, and when: a table with the columns area and month."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gengfu.kernel import BadInput

from .periods import Month

_AREA = ("area", "地区", "小区")
_MONTH = ("month", "月份", "月")
_SEPARATORS = (",", "\t", ";", "，")
_WRITTEN = re.compile(r"(\d{4})(?:[-/.]|年)(0?[1-9]|1[0-2])月?")
_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Adopted:
    """An area that got the measure, its first month with it, and its row (header 1)."""

    row: int
    area: str
    month: Month


def read_adopted(text: str, name: str) -> tuple[Adopted, ...]:
    """Read a table of areas and months; `name` is what errors call it.

    The columns are `area` and `month` (or 地区 and 月份), between commas, semicolons or
    tabs as spreadsheets paste them; months are written 2026-10, 2026/10 or 2026年10月.

    Raises:
        BadInput: naming row and column: a column that is missing or not known, a row
            of another length, an empty area, an area twice, a month that is none.

    """
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise BadInput(f"{name}: is empty; it needs the columns area and month")
    mark = max(_SEPARATORS, key=lines[first].count)
    rows = _rows(lines, mark, name)
    area, month = _columns(rows[first], f"{name}: row {first + 1}")
    found: dict[str, Adopted] = {}
    for at, row in enumerate(rows[first + 1 :], first + 2):
        where = f"{name}: row {at}"
        if not any(row):
            continue
        if len(row) != len(rows[first]):
            raise BadInput(
                f"{where}: has {len(row)} fields and the header {len(rows[first])}"
            )
        if not row[area]:
            raise BadInput(f"{where}, column area: is empty")
        if row[area] in found:
            raise BadInput(
                f"{where}, column area: {row[area][:60]!r} is also in row"
                f" {found[row[area]].row}"
            )
        found[row[area]] = Adopted(at, row[area], _month(row[month], where))
    if not found:
        raise BadInput(f"{name}: names no area")
    return tuple(found.values())


def _rows(lines: Sequence[str], mark: str, name: str) -> list[list[str]]:
    """Split every line for itself, so that a row's number is its line's."""
    if len(lines) > _MOST_ROWS:
        raise BadInput(f"{name}: has more than {_MOST_ROWS} rows")
    rows: list[list[str]] = []
    for at, line in enumerate(lines, 1):
        try:
            split = [f for row in csv.reader([line], delimiter=mark) for f in row]
        except csv.Error as error:
            raise BadInput(f"{name}: row {at}: {error}") from None
        rows.append([field.strip() for field in split])
    return rows


def _columns(header: Sequence[str], where: str) -> tuple[int, int]:
    lower = [field.lower() for field in header]
    found: list[int] = []
    for names in (_AREA, _MONTH):
        at = [n for n, field in enumerate(lower) if field in names]
        if len(at) != 1:
            problem = "is missing" if not at else "stands twice"
            raise BadInput(f"{where}: column {names[0]} {problem}")
        found += at
    for at, field in enumerate(header):
        if at not in found:
            raise BadInput(
                f"{where}, column {field[:60]!r}: only area and month are read here"
            )
    return found[0], found[1]


def _month(text: str, where: str) -> Month:
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise BadInput(
            f"{where}, column month: a month is written like 2026-10, not {text[:60]!r}"
        )
    return Month(int(written[1]), int(written[2]))
