"""A city's own table to events, with a report of all that was wrong with it."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .columns import (
    INITIATORS,
    MOST_DEATHS,
    SCHEMA,
    SEPARATOR,
    Table,
    as_events,
    compute,
    months_of,
    pyarrow,
    require_zone,
)
from .mapping import OWN_NAMES, EventMapping, read_mapping
from .places import Places, read_places
from .rings import first_of_rings
from .source import Source, read_source
from .times import Read, read_times, typed_times
from .validation import EXAMPLES, RULES, Trouble, ValidationReport, Where

type Flags = NDArray[np.bool_]

_SHOWN = 40
_MOST_LETTERS = 1_000
_MICROS = 1_000_000
_WHOLE = r"^[+-]?\d{1,6}(?:\.0*)?$"
_TIME_CODES = {
    Read.MISSING: "missing-time",
    Read.UNREADABLE: "unreadable-time",
    Read.IMPOSSIBLE: "impossible-time",
    Read.IN_GAP: "time-in-gap",
    Read.TWICE: "time-twice",
}
_DEFAULTS = {"source": "agency", "initiated_by": "resident"}


@dataclass(frozen=True, slots=True)
class KnownAreas:
    """The areas that events may be in.

    `names` has other names of an area with its id (in any language, any case);
    `locate` finds for lon and lat the row in `ids`, -1 outside all (as
    `adapters.city.Areas.locate`).
    """

    ids: Sequence[str]
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    locate: (
        Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int32]] | None
    ) = None


def import_events(
    path: Path,
    mapping: EventMapping | Path | None,
    areas: KnownAreas | None,
    timezone: str,
    *,
    now: datetime,
    kinds: Collection[str] = (),
) -> tuple[Table, ValidationReport]:
    """Read a CSV or Parquet file as events; the table is ready for `EventStore.add`.

    Without a mapping the file has our own columns. Without areas any area is taken as
    it is written. `timezone` is the city's: times without an offset are by its clock
    unless the mapping names another. `kinds` are known besides those that the mapping
    maps to; with neither, every kind is. Times after `now` are left out.

    Raises:
        BadInput: the file cannot be read at all, or the mapping means nothing.

    """
    if mapping is None:
        mapping = OWN_NAMES
    elif isinstance(mapping, Path):
        mapping = read_mapping(mapping)
    zone = require_zone(mapping.timezone or timezone)
    if now.tzinfo is None:
        raise BadInput("the time of an import needs a time zone")
    return _Importing(path, read_source(path, mapping), mapping, areas, kinds).events(
        zone, require_zone(timezone), now
    )


class _Importing:
    """One import under way: columns as they are read, and troubles as they are met."""

    def __init__(
        self,
        path: Path,
        source: Source,
        mapping: EventMapping,
        areas: KnownAreas | None,
        kinds: Collection[str],
    ) -> None:
        self.path = path
        self.source = source
        self.mapping = mapping
        self.areas = areas
        self.kinds = frozenset(kinds)
        self.size = int(source.table.num_rows)
        self.left_out: Flags = np.zeros(self.size, np.bool_)
        self.noted: list[tuple[str, NDArray[np.int64], str, Any]] = []

    def note(self, code: str, flags: Flags, column: str, texts: Any = None) -> None:
        """Note rows; those of a trouble that leaves out are out from here on."""
        if RULES[code].left_out:
            flags = flags & ~self.left_out
            self.left_out = self.left_out | flags
        rows = np.flatnonzero(flags)
        if rows.size:
            self.noted.append((code, rows, self._their(column), texts))

    def _their(self, column: str) -> str:
        """Return the source's name of a column; ours where it has none."""
        return " + ".join(self.mapping.columns.get(column, (column,)))

    def text(self, name: str) -> Any:
        """Return one of our columns as text: from theirs, a constant or a default."""
        if name in self.mapping.columns:
            found = self.source.text(self.mapping.columns[name])
            return compute.replace_substring(found, SEPARATOR, " ")
        word = self.mapping.constants.get(name, _DEFAULTS.get(name, ""))
        return pyarrow.repeat(pyarrow.scalar(word), self.size)

    def mapped(self, name: str) -> tuple[Any, Any, Flags]:
        """Return a column with its values mapped, as written, and which were mapped."""
        written = self.text(name)
        known = self.mapping.values.get(name, {})
        if not known or name not in self.mapping.columns:
            return written, written, np.zeros(self.size, np.bool_)
        place = compute.index_in(written, value_set=pyarrow.array(list(known)))
        ours = pyarrow.array(list(known.values())).take(place)
        return compute.coalesce(ours, written), written, _flags(place.is_valid())

    def events(
        self, zone: str, city_zone: str, now: datetime
    ) -> tuple[Table, ValidationReport]:
        self.note("blank-row", self.source.blank(), "")
        self._odd_cells()
        at = self._times(zone, now)
        kind = self._kinds()
        places = self._places()
        deaths = self._deaths()
        initiated_by = self._initiators()
        given, repeated = self.text("event_id"), self.text("duplicate_of")
        columns = {
            "at": pyarrow.array(at).cast(SCHEMA.field("at").type),
            "kind": kind,
            "area": places.area,
            "lon": places.lon,
            "lat": places.lat,
            "source": self.mapped("source")[0],
            "deaths": deaths,
            "duplicate_of": _nothing(repeated),
            "initiated_by": initiated_by,
        }
        columns["event_id"] = self._ids(given, columns)
        itself = _flags(compute.equal(columns["event_id"], repeated))
        self.note("repeats-itself", itself, "duplicate_of", repeated)
        columns["duplicate_of"] = compute.if_else(
            pyarrow.array(itself), None, columns["duplicate_of"]
        )
        table = pyarrow.table(columns).select(SCHEMA.names).cast(SCHEMA)
        self._repeated_ids(table)
        table = self._without_rings(table)
        self.note("repeats", _flags(table["duplicate_of"].is_valid()), "duplicate_of")
        police = _flags(compute.equal(initiated_by, "police"))
        self.note("police-initiated", police, "initiated_by")
        kept = table.filter(pyarrow.array(~self.left_out))
        report = self._report(table, city_zone, int(kept.num_rows))
        return as_events(kept, str(self.path)), report

    def _times(self, zone: str, now: datetime) -> NDArray[np.int64]:
        names = self.mapping.columns["at"]
        kind = self.source.table.schema.field(names[0]).type
        typed = pyarrow.types.is_timestamp(kind) or pyarrow.types.is_date(kind)
        if len(names) == 1 and typed:
            texts = None
            at, state = typed_times(self.source.table.column(names[0]), zone)
        else:
            texts = self.text("at")
            at, state = read_times(texts, self.mapping.dates, zone)
        for how, code in _TIME_CODES.items():
            self.note(code, state == how, "at", texts)
        self.note("time-before-1970", at < 0, "at", texts)
        latest = int(now.timestamp() * _MICROS)
        self.note("time-in-future", at > latest, "at", texts)
        return at

    def _odd_cells(self) -> None:
        """Note cells without end or of several lines: a lost quotation mark."""
        for name in self.mapping.columns:
            texts = self.text(name)
            long = _flags(compute.greater(compute.utf8_length(texts), _MOST_LETTERS))
            self.note("long-cell", long, name, texts)
            broken = _flags(compute.match_substring_regex(texts, r"[\r\n]"))
            self.note("line-break", broken, name, texts)

    def _kinds(self) -> Any:
        kind, written, mapped = self.mapped("kind")
        self.note("missing-kind", _flags(compute.equal(written, "")), "kind")
        ours = set(self.mapping.values.get("kind", {}).values()) | self.kinds
        if ours:
            known = compute.is_in(kind, value_set=pyarrow.array(sorted(ours)))
            self.note("unknown-kind", ~_flags(known) & ~mapped, "kind", written)
        return kind

    def _places(self) -> Places:
        area, written, _ = self.mapped("area")
        places = read_places(
            area,
            tuple(self.text(name) for name in ("lon", "lat", "point")),
            self.areas.ids if self.areas else None,
            self.areas.names if self.areas else {},
            self.areas.locate if self.areas else None,
        )
        point = "point" if "point" in self.mapping.columns else "lon"
        self.note("impossible-place", places.impossible, point, places.written)
        self.note("missing-place", places.missing, "area", written)
        self.note("unknown-area", places.unknown, "area", written)
        self.note("outside-areas", places.outside, point, places.written)
        return places

    def _deaths(self) -> Any:
        written = self.text("deaths")
        given = ~_flags(compute.equal(written, ""))
        good = _flags(compute.match_substring_regex(written, _WHOLE))
        digits = compute.replace_substring_regex(
            compute.if_else(pyarrow.array(good), written, "0"), r"^\+|\.0*$", ""
        )
        number = digits.cast(pyarrow.int32())
        good &= _flags(compute.less_equal(number, MOST_DEATHS))
        self.note("unreadable-deaths", given & ~good, "deaths", written)
        number = compute.if_else(pyarrow.array(good), number, 0).cast(pyarrow.int32())
        negative = compute.less(number, 0)
        self.note("negative-deaths", _flags(negative), "deaths", written)
        return compute.if_else(negative, pyarrow.scalar(0, pyarrow.int32()), number)

    def _initiators(self) -> Any:
        ours, written, mapped = self.mapped("initiated_by")
        lower = compute.utf8_lower(ours)
        ours = compute.if_else(pyarrow.array(mapped), ours, lower)
        known = compute.is_in(ours, value_set=pyarrow.array(INITIATORS))
        self.note("unknown-initiator", ~_flags(known), "initiated_by", written)
        return compute.if_else(known, ours, "resident")

    def _ids(self, given: Any, columns: Mapping[str, Any]) -> Any:
        """Return the ids given; rows without one are named by what they say.

        The same file read again makes the same ids; rows that say the same are told
        apart by a number, for two events may well say the same.
        """
        empty = _flags(compute.equal(given, ""))
        if not empty.any():
            return given
        if "event_id" in self.mapping.columns:
            self.note("missing-id", empty, "event_id")
        rows = np.flatnonzero(empty)
        facts = pyarrow.table(columns).take(pyarrow.array(rows)).to_pylist()
        seen: dict[str, int] = {}
        ids = cast("NDArray[Any]", given.to_numpy(zero_copy_only=False)).copy()
        for row, one in zip(rows.tolist(), facts, strict=True):
            said = SEPARATOR.join(str(one[name]) for name in sorted(one))
            digest = hashlib.sha256(said.encode()).hexdigest()[:20]
            seen[digest] = seen.get(digest, 0) + 1
            ids[row] = f"made-{digest}-{seen[digest]}"
        return pyarrow.array(ids, pyarrow.string())

    def _repeated_ids(self, table: Table) -> None:
        """Leave out rows whose id an earlier row that is kept has."""
        rows = np.flatnonzero(~self.left_out)
        coded = table["event_id"].take(pyarrow.array(rows)).combine_chunks()
        code = coded.dictionary_encode().indices.to_numpy()
        _, first, which = np.unique(code, return_index=True, return_inverse=True)
        later = first[which] != np.arange(rows.size)
        if not later.any():
            return
        mine, theirs = rows[later], rows[first[which]][later]
        left, right = (table.take(pyarrow.array(r)) for r in (mine, theirs))
        same = np.ones(mine.size, np.bool_)
        for name in SCHEMA.names:
            a, b = left[name], right[name]
            both = compute.and_(a.is_null(), b.is_null())
            equal = compute.equal(a, b).fill_null(False)
            same &= _flags(compute.or_(equal, both))
        for code_, which_ in (("exact-duplicate", same), ("duplicate-id", ~same)):
            flags = np.zeros(self.size, np.bool_)
            flags[mine[which_]] = True
            self.note(code_, flags, "event_id", table["event_id"])

    def _without_rings(self, table: Table) -> Table:
        """Take the first of events that repeat each other in a circle as an event."""
        repeated = table["duplicate_of"]
        repeating = ~self.left_out & _flags(repeated.is_valid())
        rows = np.flatnonzero(repeating)
        ids, others = (c.take(pyarrow.array(rows)) for c in (table[0], repeated))
        place = compute.index_in(others, value_set=ids.combine_chunks()).fill_null(-1)
        first = rows[first_of_rings(place.to_numpy().astype(np.int64))]
        flags = np.zeros(self.size, np.bool_)
        flags[first] = True
        self.note("repeats-in-a-ring", flags, "duplicate_of", repeated)
        name = "duplicate_of"
        kept = compute.if_else(pyarrow.array(flags), None, repeated)
        return table.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), kept)

    def _report(self, table: Table, zone: str, kept: int) -> ValidationReport:
        month = months_of(table, zone)
        words = cast("list[str]", month.dictionary.to_pylist())
        codes = month.indices.to_numpy()
        untimed = {"blank-row", "missing-time", "unreadable-time", "impossible-time"}
        found: dict[str, Trouble] = {}
        ragged = self.source.ragged
        if ragged:
            first = tuple(Where(n, "", _short(t)) for n, t in ragged[:EXAMPLES])
            found["ragged-row"] = Trouble("ragged-row", len(ragged), first, {})
        for code, noted, column, texts in self.noted:
            kept_only = not RULES[code].left_out
            rows = noted[~self.left_out[noted]] if kept_only else noted
            if rows.size == 0:
                continue
            first = tuple(
                Where(
                    int(self.source.rows[row]),
                    column,
                    _short(texts[row].as_py()) if texts is not None else "",
                )
                for row in rows[:EXAMPLES].tolist()
            )
            counts = np.bincount(codes[rows], minlength=len(words))
            months = {
                word: int(n)
                for word, n in sorted(zip(words, counts, strict=True))
                if n and code not in untimed
            }
            found[code] = Trouble(code, int(rows.size), first, months)
        return ValidationReport(
            str(self.path),
            self.source.sha256,
            self.source.encoding,
            self.size + len(ragged),
            kept,
            tuple(found[code] for code in RULES if code in found),
        )


def _flags(column: Any) -> Flags:
    filled = column.fill_null(False)
    if isinstance(filled, pyarrow.ChunkedArray):
        return cast("Flags", filled.to_numpy())
    return cast("Flags", filled.to_numpy(zero_copy_only=False))


def _nothing(texts: Any) -> Any:
    return compute.if_else(compute.equal(texts, ""), None, texts)


def _short(text: str | None) -> str:
    return (text or "").replace("\n", " ")[:_SHOWN]
