"""All rows of a kind, some at a time, however many a city has."""

from collections.abc import Collection, Iterator
from datetime import datetime

from gengfu.kernel import Reader, Row

BATCH = 500


def listed(
    reader: Reader,
    kind: str,
    stages: Collection[str],
    *,
    opened_from: datetime | None = None,
) -> Iterator[Row]:
    """Return all rows at these stages in order of opening."""
    since, seen, most = opened_from, set[str](), BATCH
    while rows := reader.rows(kind, stages=stages, opened_from=since, limit=most):
        fresh = [row for row in rows if row.id not in seen]
        yield from fresh
        if len(rows) < most:
            return
        # Rows of one instant are met again: more at a time, should they fill a page.
        most = BATCH if fresh else 2 * most
        since, seen = rows[-1].opened_at, {row.id for row in rows}
