"""Counts by month beside the events: a publication reads these, and one month at most.

rollup/month=2026-10.parquet    counts of that month, and of which version they are
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as _pyarrow
import pyarrow.compute as _compute
import pyarrow.parquet as _parquet

from gengfu.adapters.durable import alone, put_in_place, written
from gengfu.adapters.events import EventStore, MonthVersion, month_range
from gengfu.kernel import BadInput, Refused

from .counts import COUNTS, FIGURES, count
from .engine import Engine, Table

pyarrow = cast("Any", _pyarrow)
compute = cast("Any", _compute)
parquet = cast("Any", _parquet)

FORMAT = b"gengfu-rollup-1"
_MARK, _OF = b"gengfu.format", b"gengfu.events"
_AT_ONCE = 120
"""Months that are counted in one go: what is held is their cells, not their rows."""


class RollUp:
    """The counts of a store of events, kept in a folder of their own.

    `domains` says which domain a kind is of, for `query`.
    """

    def __init__(
        self, folder: Path, store: EventStore, domains: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.store = store
        self.domains = dict(domains or {})
        self._held: dict[str, tuple[str, Table]] = {}

    def stale(self, months: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return the months whose events are newer than their counts."""
        return tuple(
            one.month
            for one in self.store.current(months)
            if _made_of(_opened(self._path(one.month))) != _mark(one)
        )

    def refresh(
        self, engine: Engine, months: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Count again the months that are stale, no other; return which they were.

        Raises:
            NotFound: a month was never stated.
            Unavailable: the counts cannot be written.

        """
        if not self.stale(months):
            return ()
        with alone(self.folder, None), written(self.folder):
            stale = self.stale(months)  # another may have counted by now
            for start in range(0, len(stale), _AT_ONCE):
                some = self.store.current(stale[start : start + _AT_ONCE])
                table = count(engine, [self.store.folder / one.name for one in some])
                coded = table.column("month").combine_chunks()
                places: dict[Path, Path] = {}
                for one in some:
                    rows = table.filter(compute.equal(coded, one.month))
                    place = self._path(one.month)
                    places[_draft(place, one, rows)] = place
                put_in_place(places)
        return stale

    def counts(self, first: str, last: str) -> Table:
        """Return the counts from one month to another, both included.

        Columns as in :data:`COUNTS`; months that were never stated have no rows.

        Raises:
            Refused: a month's counts are not of the version that counts.

        """
        stated = set(self.store.months())
        months = [m for m in month_range(first, last) if m in stated]
        return self._read(months)

    def query(
        self, year: int, area: str | None = None, domain: str | None = None
    ) -> Table:
        """Return the counts of a year by month, kind and initiator.

        `area` and `domain` limit it; None is all.

        Raises:
            BadInput: no kind is of that domain.
            Refused: a month's counts are not of the version that counts.

        """
        table = self.counts(f"{year:04d}-01", f"{year:04d}-12")
        if area is not None:
            table = table.filter(compute.equal(table.column("area"), area))
        if domain is not None:
            kinds = sorted(k for k, of in self.domains.items() if of == domain)
            if not kinds:
                raise BadInput(f"no kind of event is of the domain {domain!r}")
            table = table.filter(
                compute.is_in(table.column("kind"), value_set=pyarrow.array(kinds))
            )
        return table

    def _read(self, months: Sequence[str]) -> Table:
        tables: list[Table] = []
        for one in self.store.current(months):
            mark = _mark(one)
            if self._held.get(one.month, ("",))[0] != mark:
                path = self._path(one.month)
                file = _opened(path)
                if file is None or _made_of(file) != mark:
                    raise Refused(
                        f"{path}: not made of version {one.version} of {one.month}; "
                        "count it again"
                    )
                read = file.read(use_threads=False)
                self._held[one.month] = (mark, read.cast(COUNTS))
            tables.append(self._held[one.month][1])
        return pyarrow.concat_tables(tables) if tables else COUNTS.empty_table()

    def _path(self, month: str) -> Path:
        return self.folder / f"month={month}.parquet"


def _draft(place: Path, one: MonthVersion, table: Table) -> Path:
    """Write counts beside their place; return where."""
    unfinished = place.with_suffix(".part")
    marked = table.replace_schema_metadata({_MARK: FORMAT, _OF: _mark(one).encode()})
    parquet.write_table(marked, unfinished, compression="zstd")
    return unfinished


def totals(table: Table, by: Sequence[str]) -> Table:
    """Sum counts over all but the columns named, in their order."""
    summed = table.group_by(list(by)).aggregate([(name, "sum") for name in FIGURES])
    names = {f"{name}_sum": name for name in FIGURES}
    summed = summed.rename_columns([names.get(n, n) for n in summed.column_names])
    return summed.select([*by, *FIGURES]).sort_by([(n, "ascending") for n in by])


def _mark(one: MonthVersion) -> str:
    return f"{one.version}:{one.sha256}"


def _opened(path: Path) -> Any | None:
    """Find the file of counts; None if there is none that can be read."""
    try:
        return parquet.ParquetFile(path)
    except (FileNotFoundError, pyarrow.ArrowException):
        return None


def _made_of(file: Any | None) -> str | None:
    """Find the version that a file of counts is of; None if it is none."""
    found = None if file is None else file.schema_arrow.metadata
    metadata = cast("dict[bytes, bytes]", found or {})
    if metadata.get(_MARK) != FORMAT:
        return None
    return metadata.get(_OF, b"").decode()
