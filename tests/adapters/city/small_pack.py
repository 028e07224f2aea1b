"""Columns of a small city's tables, and a way to spoil a file of its pack."""

from pathlib import Path

import pyarrow.parquet

POSTS = "id name name_zh kind agency lon lat composed"
UNITS = "id call_sign kind agency post skills capabilities crew"
AGENCIES = "id name name_zh kind"


def spoil(pack: Path, name: str, field: str, row: int, value: object) -> None:
    """Put another value into one cell of a file of the pack."""
    path = pack / name
    table = pyarrow.parquet.read_table(path)
    cells = table.column(field).to_pylist()
    cells[row] = value
    index = table.column_names.index(field)
    kind = table.schema.field(field).type
    column = pyarrow.array(cells, type=kind)
    pyarrow.parquet.write_table(table.set_column(index, field, column), path)
