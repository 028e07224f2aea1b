"""The expression that counts events: one for every engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as _pyarrow

from gengfu.adapters.events.cells import (
    CELL,
    DEATHS_BITS,
    KEY_SHIFT,
    month_number,
    spelled,
    words_of,
)

from .engine import Engine, Expression, Table

pyarrow = cast("Any", _pyarrow)

KEYS = ("month", "area", "kind", "initiated_by")
FIGURES = ("events", "duplicates", "deaths")
COUNTS: Any = pyarrow.schema(
    [
        *(pyarrow.field(name, pyarrow.string(), name == "area") for name in KEYS),
        *(pyarrow.field(name, pyarrow.int64(), nullable=False) for name in FIGURES),
    ]
)
"""A count: distinct `events`, `duplicates` (rows that repeat one of them), and the
`deaths` of distinct events. `area` is null where an event has none."""


def counted(events: Expression) -> Expression:
    """Count events by the key of their cell: month, area, kind and who initiated them.

    Rows are grouped by their cell alone, one column of numbers; what a cell says is
    taken apart in the few thousand groups, not in the rows.
    """
    cells = events.group_by(CELL).aggregate(rows=events.count())
    parts = cells.select(
        cells["rows"],
        key=cells[CELL] >> KEY_SHIFT,
        repeats=((cells[CELL] >> DEATHS_BITS) & 1) == 1,
        deaths=cells["rows"] * (cells[CELL] & ((1 << DEATHS_BITS) - 1)),
    )
    figures = {
        "events": parts["repeats"].ifelse(0, parts["rows"]),
        "duplicates": parts["repeats"].ifelse(parts["rows"], 0),
        "deaths": parts["repeats"].ifelse(0, parts["deaths"]),
    }
    return parts.group_by("key").aggregate(
        **{name: figure.sum().cast("int64") for name, figure in figures.items()}
    )


def count(engine: Engine, paths: Sequence[Path]) -> Table:
    """Count the events of files of one month each: the same table on every engine.

    Sorted by :data:`KEYS`, events without area first.

    Raises:
        BadInput: a file that the store of events did not write.

    """
    if not paths:
        return COUNTS.empty_table()
    found = engine.run(counted(engine.files(paths)))
    keys = np.asarray(found.column("key").to_numpy(), np.int64)
    order = np.argsort(keys)
    words = {month_number(path.parent.name[-7:]): words_of(path) for path in paths}
    columns = spelled(keys[order], words)
    for name in FIGURES:
        columns[name] = found.column(name).take(pyarrow.array(order))
    return pyarrow.table(columns).cast(COUNTS).combine_chunks()
