"""Events by month, in versions: a correction states a month anew, never silently.

    events/versions.json                  what counts, and all that counted before
    events/month=2026-10/v0001.parquet    never changed once it is named there

All files of an import are written beside their places, brought to disk together and
renamed; `versions.json` is replaced last, in one step. What a crash leaves behind are
files that nothing names, and the next writer of those versions writes over them.
"""

import hashlib
import json
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from gengfu.adapters.durable import alone, put_in_place, written
from gengfu.kernel import BadInput, Corrupt, NotFound

from .cells import sorted_cells, write_events
from .columns import (
    Table,
    as_events,
    compute,
    facts_of,
    months_of,
    pyarrow,
    read_events,
    require_zone,
)
from .validation import EXAMPLES, ValidationReport

MANIFEST = "versions.json"
FORMAT = "gengfu-events"
_BUSY = "another import is writing; try again"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class MonthVersion:
    """A month as it was stated once; the one with the highest version counts."""

    month: str
    version: int
    rows: int
    sha256: str
    imported_at: str
    why: str
    quality: Mapping[str, int]
    taken_out: int = 0
    """How many events of the version before it says were none."""
    taken_first: tuple[str, ...] = ()
    """The ids of the first of them."""

    @property
    def name(self) -> str:
        """The file, from the store's folder."""
        return f"month={self.month}/v{self.version:04d}.parquet"


@dataclass(frozen=True, slots=True)
class Import:
    """What an import read and left out; kept for as long as the store is."""

    at: str
    why: str
    source: str
    sha256: str
    rows_read: int
    rows_kept: int
    troubles: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Manifest:
    timezone: str
    versions: tuple[MonthVersion, ...] = ()
    imports: tuple[Import, ...] = ()


class EventStore:
    """A folder of events.

    `timezone` (IANA) decides which month an instant belongs to; it is needed to make a
    store and checked against the one kept when it is given for an old one.

    Raises:
        BadInput: no or another time zone, or a manifest that cannot be read.

    """

    def __init__(self, folder: Path, timezone: str | None = None) -> None:
        self.folder = folder
        self._known: tuple[bytes, _Manifest] | None = None
        kept = self._load(timezone)
        if timezone is not None and timezone != kept.timezone:
            raise BadInput(
                f"{folder / MANIFEST}: months are kept by {kept.timezone}, "
                f"not {timezone}"
            )
        self.timezone = kept.timezone

    def months(self) -> tuple[str, ...]:
        """Return the months that have been stated, oldest first."""
        return tuple(sorted({one.month for one in self._load().versions}))

    def versions(self, month: str | None = None) -> tuple[MonthVersion, ...]:
        """Return all versions of a month, oldest first; without one, of all months."""
        return tuple(v for v in self._load().versions if month in (None, v.month))

    def current(self, months: Sequence[str] | None = None) -> tuple[MonthVersion, ...]:
        """Return the versions that count, by month; `months` limits them.

        Raises:
            NotFound: a month asked for has never been stated.

        """
        newest = {v.month: v for v in self._load().versions}
        if months is not None:
            missing = [month for month in months if month not in newest]
            if missing:
                raise NotFound(f"{self.folder}: no events of {missing[0]} were stated")
            newest = {month: newest[month] for month in months}
        return tuple(newest[month] for month in sorted(newest))

    def gaps(self) -> tuple[str, ...]:
        """Return months never stated between the first and the last that were."""
        stated = self.months()
        if not stated:
            return ()
        return tuple(m for m in month_range(stated[0], stated[-1]) if m not in stated)

    def imports(self) -> tuple[Import, ...]:
        """Return what each import read, kept and left out, oldest first."""
        return self._load().imports

    def path(self, month: str, version: int | None = None) -> Path:
        """Return the file of a month, of the version that counts if none is named.

        Raises:
            NotFound: no such month or version.

        """
        found = [
            v for v in self.versions(month) if version is None or v.version == version
        ]
        if not found:
            which = "" if version is None else f", version {version}"
            raise NotFound(f"{self.folder}: no events of {month}{which} were stated")
        return self.folder / found[-1].name

    def paths(self, months: Sequence[str] | None = None) -> tuple[Path, ...]:
        """Return the files that count, by month."""
        return tuple(self.folder / one.name for one in self.current(months))

    def read(self, month: str, version: int | None = None) -> Table:
        """Return the events of a month as a table."""
        return read_events(self.path(month, version))

    def has_events(self, month: str, since: datetime, until: datetime) -> bool:
        """Tell whether a stated month has events from an instant to before another."""
        at = read_events(self.path(month), ["at"]).column("at")
        begins, ends = (pyarrow.scalar(one, at.type) for one in (since, until))
        within = compute.and_(compute.greater_equal(at, begins), compute.less(at, ends))
        return bool(compute.any(within).as_py())

    def add(
        self,
        table: Table,
        why: str,
        at: datetime,
        *,
        covers: tuple[str, str] | None = None,
        whole: bool = False,
        withdrawn: Sequence[str] = (),
        report: ValidationReport | None = None,
    ) -> tuple[MonthVersion, ...]:
        """Merge events by id into their months and return the new versions.

        An event that is there already is replaced; one that has moved to another
        month leaves the old one, which is then stated anew too. A month that stays as
        it is gets no new version. `covers` names the first and last month that the
        source speaks of: those in between that were never stated are stated as empty.
        A table that is `whole` is all there is of the months it has events of, and of
        those that it covers: others of these months are taken out. Events of the ids
        `withdrawn` are taken out everywhere: it turned out that there was nothing. Each
        version says how many were taken out of it.

        Raises:
            BadInput: the table holds an id twice or is no table of events.
            Unavailable: another writer is at work.

        """
        table = as_events(table, "events")
        _refuse_repeated(table)
        with self._writing() as kept:
            parts = _by_month(table, self.timezone)
            newest = {v.month: v for v in kept.versions}
            for month in month_range(*covers) if covers else ():
                if whole or month not in newest:
                    parts.setdefault(month, table.slice(0, 0))
            away = pyarrow.array(withdrawn, pyarrow.string())
            given = table.column("event_id").combine_chunks()
            ids = pyarrow.concat_arrays([given, away])
            stated: dict[str, Table] = {}
            lost: dict[str, Any] = {}
            for month in sorted({*newest, *parts}):
                mine = parts.get(month)
                if month not in newest:
                    stated[month] = mine
                    continue
                path = self.folder / newest[month].name
                known = read_events(path, ["event_id"]).column("event_id")
                if whole and mine is not None:
                    stated[month], lost[month] = mine, _without(known, given)
                    continue
                gone = compute.is_in(known, value_set=ids)
                if mine is None and not compute.any(gone).as_py():
                    continue
                lost[month] = _without(known.filter(gone), given)
                rest = read_events(path).filter(compute.invert(gone))
                stated[month] = pyarrow.concat_tables(
                    [rest] if mine is None else [rest, mine]
                )
            anew = tuple(parts) if whole else ()
            return self._state(kept, stated, why, at, report, lost, anew=anew)

    def restate(
        self,
        month: str,
        table: Table,
        why: str,
        at: datetime,
        *,
        report: ValidationReport | None = None,
    ) -> tuple[MonthVersion, ...]:
        """State a month anew with exactly these events (none: an empty month).

        Raises:
            BadInput: no month, an id twice, or an event of another month.
            Unavailable: another writer is at work.

        """
        _check_month(month)
        table = as_events(table, month)
        _refuse_repeated(table)
        strangers = sorted(set(_by_month(table, self.timezone)) - {month})
        if strangers:
            raise BadInput(f"{month}: an event is of {strangers[0]}")
        with self._writing() as kept:
            before = [v for v in kept.versions if v.month == month]
            lost: dict[str, Any] = {}
            if before:
                known = read_events(self.folder / before[-1].name, ["event_id"])
                lost[month] = _without(
                    known.column("event_id"),
                    table.column("event_id").combine_chunks(),
                )
            stated = {month: table}
            return self._state(
                kept, stated, why, at, report, lost, anew=(month,), always=True
            )

    def verify(self) -> None:
        """Read every file that was ever stated and compare its digest.

        Raises:
            Corrupt: a file is missing or not what was written.

        """
        for one in self._load().versions:
            path = self.folder / one.name
            if not path.is_file():
                raise Corrupt(f"{path}: is missing")
            if _digest(path) != one.sha256:
                raise Corrupt(f"{path}: is not what was written")

    def _state(
        self,
        kept: _Manifest,
        stated: Mapping[str, Table],
        why: str,
        at: datetime,
        report: ValidationReport | None,
        lost: Mapping[str, Any],
        *,
        anew: Sequence[str],
        always: bool = False,
    ) -> tuple[MonthVersion, ...]:
        """Write months; of those stated `anew` no earlier trouble is kept.

        A month that stays as it is gets another version only if it `always` does.
        `lost` has the ids that were taken out of a month. Troubles of a file that was
        imported before do not add up.
        """
        if at.tzinfo is None:
            raise BadInput("the time of an import needs a time zone")
        if not why.strip():
            raise BadInput("a month is not stated without saying why")
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        newest = {v.month: v for v in kept.versions}
        again = report is not None and any(
            one.sha256 == report.sha256 for one in kept.imports
        )
        made: list[MonthVersion] = []
        places: dict[Path, Path] = {}
        with written(self.folder), _removed_on_failure(places):
            for month, table in sorted(stated.items()):
                before = newest.get(month)
                troubles = dict(before.quality) if before and month not in anew else {}
                for code, count in (report.of_month(month) if report else {}).items():
                    said = troubles.get(code, 0)
                    troubles[code] = max(said, count) if again else said + count
                troubles |= facts_of(table)
                out = lost.get(month, ())
                one = MonthVersion(
                    month,
                    before.version + 1 if before else 1,
                    int(table.num_rows),
                    "",
                    moment,
                    why,
                    {code: n for code, n in sorted(troubles.items()) if n},
                    len(out),
                    tuple(str(one) for one in out[:EXAMPLES]),
                )
                place = self.folder / one.name
                unfinished = place.with_suffix(".part")
                places[unfinished] = place
                digest = _draft(unfinished, month, table)
                if before and not always and digest == before.sha256:
                    del places[unfinished]
                    unfinished.unlink()
                else:
                    made.append(replace(one, sha256=digest))
            put_in_place(places)
        imports = kept.imports
        if report is not None:
            read = Import(
                moment,
                why,
                report.source,
                report.sha256,
                report.rows_read,
                report.rows_kept,
                dict(report.counts()),
            )
            imports = (*imports, read)
        if made or imports != kept.imports:
            self._save(replace(kept, versions=(*kept.versions, *made), imports=imports))
        return tuple(made)

    def _load(self, timezone: str | None = None) -> _Manifest:
        path = self.folder / MANIFEST
        try:
            stated = path.read_bytes()
            if self._known is not None and self._known[0] == stated:
                return self._known[1]
            found = cast("dict[str, Any]", json.loads(stated))
        except FileNotFoundError:
            return _Manifest(self._zone(timezone))
        except (OSError, ValueError) as fault:
            raise BadInput(f"{path}: cannot be read: {fault}") from None
        if not isinstance(cast("object", found), dict) or found.get("format") != FORMAT:
            raise BadInput(f"{path}: is no manifest of events")
        try:
            manifest = _Manifest(
                require_zone(_typed(found["timezone"], str)),
                tuple(_version(one) for one in found["versions"]),
                tuple(Import(**one) for one in found["imports"]),
            )
        except (KeyError, TypeError) as fault:
            raise BadInput(f"{path}: not as this release writes it: {fault}") from None
        self._known = (stated, manifest)
        return manifest

    def _zone(self, timezone: str | None) -> str:
        timezone = timezone or getattr(self, "timezone", None)
        if timezone is None:
            raise BadInput(f"{self.folder}: no events here; a new store needs a zone")
        return require_zone(timezone)

    def _save(self, manifest: _Manifest) -> None:
        path = self.folder / MANIFEST
        unfinished = path.with_suffix(".part")
        document = {"format": FORMAT, **asdict(manifest)}
        text = json.dumps(document, ensure_ascii=False, indent=1)
        places = {unfinished: path}
        with written(path), _removed_on_failure(places):
            unfinished.write_text(text + "\n", encoding="utf-8")
            put_in_place(places)

    @contextmanager
    def _writing(self) -> Generator[_Manifest]:
        """Hold the store alone."""
        with alone(self.folder, _BUSY):
            yield self._load()


@contextmanager
def _removed_on_failure(unfinished: Iterable[Path]) -> Generator[None]:
    try:
        yield
    except BaseException:
        for path in unfinished:
            path.unlink(missing_ok=True)
        raise


def _draft(unfinished: Path, month: str, table: Table) -> str:
    """Write a month beside its place; return its digest."""
    unfinished.parent.mkdir(exist_ok=True)
    write_events(sorted_cells(table, month), unfinished)
    return _digest(unfinished)


def month_range(first: str, last: str) -> tuple[str, ...]:
    """Return the months from first to last, both included.

    Raises:
        BadInput: not "YYYY-MM".

    """
    _check_month(first)
    _check_month(last)
    begin, end = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(begin, end + 1))


def _check_month(month: str) -> None:
    if not _MONTH.fullmatch(month):
        raise BadInput(f"{month!r} is no month (YYYY-MM)")


def _version(one: Mapping[str, Any]) -> MonthVersion:
    """Read a version; its names make paths, so that each is looked at."""
    found = MonthVersion(**one)
    ids = cast("list[object]", _typed(one.get("taken_first", []), list))
    found = replace(found, taken_first=tuple(_typed(word, str) for word in ids))
    for value in (found.version, found.rows, found.taken_out):
        if _typed(value, int) < 0:
            raise TypeError(f"{value} is below 0")
    for value in (found.sha256, found.imported_at, found.why):
        _typed(value, str)
    for count in cast("dict[str, object]", _typed(found.quality, dict)).values():
        _typed(count, int)
    if not _MONTH.fullmatch(_typed(found.month, str)):
        raise TypeError(f"{found.month!r} is no month")
    return found


def _typed[T](value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _by_month(table: Table, timezone: str) -> dict[str, Table]:
    coded = months_of(table, timezone)
    words = cast("list[str]", coded.dictionary.to_pylist())
    if len(words) == 1:
        return {words[0]: table}
    return {
        word: table.filter(compute.equal(coded.indices, number))
        for number, word in enumerate(words)
    }


def _without(ids: Any, staying: Any) -> Any:
    """Return those of `ids` that are not among others."""
    away = compute.invert(compute.is_in(ids, value_set=staying))
    return ids.filter(away)


def _refuse_repeated(table: Table) -> None:
    ids = table.column("event_id").combine_chunks()
    if compute.all(compute.less(ids[:-1], ids[1:])).as_py():
        return  # in order of ids, as many sources are: seen without counting them
    if compute.count_distinct(ids).as_py() != table.num_rows:
        counts = compute.value_counts(ids)
        twice = compute.greater(counts.field("counts"), 1)
        first = counts.field("values").filter(twice)[0].as_py()
        raise BadInput(f"event {first} is there twice")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
