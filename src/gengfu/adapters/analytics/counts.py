"""The expression that counts events: one for every engine."""

from typing import Any, cast

import pyarrow as _pyarrow

from gengfu.adapters.events import CELL, CELL_PARTS, SEPARATOR

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
    """Count events by month, area, kind and who initiated them.

    Rows are grouped by their cell alone, one text column; what it says is taken apart
    in the few thousand groups, not in the rows.
    """
    cells = events.group_by(CELL).aggregate(rows=events.count())
    parts = cells[CELL].split(SEPARATOR)
    part = {name: parts[place] for place, name in enumerate(CELL_PARTS)}
    spread = cells.select(
        cells["rows"],
        month=part["month"],
        area=part["area"].nullif(""),
        kind=part["kind"],
        initiated_by=part["initiated_by"],
        repeats=part["repeat"] == "1",
        deaths=part["deaths"].cast("int64"),
    )
    distinct = ~spread["repeats"]
    rows, deaths = spread["rows"], spread["rows"] * spread["deaths"]
    return spread.group_by(*KEYS).aggregate(
        events=rows.sum(where=distinct).coalesce(0).cast("int64"),
        duplicates=rows.sum(where=spread["repeats"]).coalesce(0).cast("int64"),
        deaths=deaths.sum(where=distinct).coalesce(0).cast("int64"),
    )


def count(engine: Engine, events: Expression) -> Table:
    """Run `counted`: the same rows in the same order whatever the engine."""
    found = engine.run(counted(events)).select(COUNTS.names).cast(COUNTS)
    order = [(name, "ascending") for name in KEYS]
    return found.sort_by(order).combine_chunks()
