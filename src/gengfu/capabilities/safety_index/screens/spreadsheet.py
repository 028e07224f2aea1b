"""CSV as spreadsheets open it: with the mark that Chinese needs, and without formulas.

A cell of text that a spreadsheet would take for a formula (it begins with =, +, -, @,
a tab or a return) gets an apostrophe before it, which spreadsheets show as text. The
names of areas come from files that others wrote.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

type Cell = str | int | float | None

_EXCEL_MARK = "\ufeff"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_spreadsheet(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Write rows as CSV in UTF-8; a cell that is None or not there is empty."""
    out = StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({n: _plain(value) for n, value in row.items()} for row in rows)
    return f"{_EXCEL_MARK}{out.getvalue()}".encode()


def _plain(value: Cell) -> Cell:
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value
