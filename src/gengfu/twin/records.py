"""Recorded unit responses from a CSV, row by row; bad rows are counted and named."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gengfu.kernel import BadInput

from .columns import CallColumns

_PLACE = re.compile(r"\(\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*\)")
_POINT = re.compile(
    r"POINT\s*\(\s*(-?\d{1,3}(?:\.\d+)?)\s+(-?\d{1,3}(?:\.\d+)?)\s*\)", re.IGNORECASE
)
_US_TIME = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([AP])M)?$"
)
_YEARS = (1970, 2100)
_NAMED_LINES = 5
_HALF_A_DAY = 12
_OUTSIDE_DEG = 0.1
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One unit on one call, as recorded; instants are UTC, None where not recorded."""

    line: int
    call: str
    incident: str
    unit: str
    unit_kind: str
    type: str
    priority: str
    received: datetime
    entered: datetime | None
    dispatched: datetime
    rolling: datetime | None
    on_scene: datetime | None
    transport: datetime | None
    hospital: datetime | None
    available: datetime | None
    sequence: int
    area: str
    station: str
    outcome: str
    words: str
    lon: float
    lat: float


@dataclass(slots=True)
class Trouble:
    """What was wrong with some rows: how many, and the first lines."""

    rows: int = 0
    lines: list[int] = field(default_factory=list[int])

    def note(self, line: int) -> None:
        self.rows += 1
        if len(self.lines) < _NAMED_LINES:
            self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Record:
    """All usable rows in order of dispatch, and what became of the others."""

    name: str
    rows: int
    responses: tuple[Response, ...]
    troubles: Mapping[str, Trouble]

    def trouble_report(self) -> dict[str, dict[str, object]]:
        """Return the bad rows as the report shows them."""
        return {
            why: {"rows": found.rows, "first_lines": list(found.lines)}
            for why, found in sorted(self.troubles.items())
        }


def read_record(
    path: Path,
    zone: ZoneInfo,
    bbox: tuple[float, float, float, float],
    columns: CallColumns,
) -> Record:
    """Read a CSV of unit responses.

    Raises BadInput, naming file and column, when it is no such file at all or when not
    one row is usable.
    """
    troubles: dict[str, Trouble] = {}
    found: list[Response] = []
    seen: set[tuple[str, str, datetime]] = set()
    count = 0
    reader = _Reader(zone, bbox, columns)
    for line, row in _rows(path, columns):
        count += 1
        try:
            response = reader.response(line, row)
        except _BadRow as bad:
            troubles.setdefault(str(bad), Trouble()).note(line)
            continue
        key = (response.call, response.unit, response.dispatched)
        if key in seen:
            troubles.setdefault("same unit, call and dispatch twice", Trouble()).note(
                line
            )
            continue
        seen.add(key)
        found.append(response)
    if not found:
        why = "; ".join(f"{why} ({t.rows} rows)" for why, t in troubles.items())
        raise BadInput(f"{path.name}: not one usable row of {count}: {why or 'empty'}")
    found.sort(key=lambda r: (r.dispatched, r.call, r.sequence, r.unit))
    return Record(path.name, count, tuple(found), troubles)


def _rows(path: Path, columns: CallColumns) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            have = {name.strip() for name in reader.fieldnames or () if name}
            for name in columns.needed():
                if name not in have:
                    raise BadInput(
                        f"{path.name}: column {name!r} is missing; a [columns] table in"
                        " calls.toml of the city pack says which column holds what"
                    )
            for row in reader:
                yield reader.line_num, {k: v for k, v in row.items() if k and v}
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: is a folder, not a CSV file") from None
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path.name}: is not UTF-8 text ({fault.reason})") from None
    except csv.Error as fault:
        raise BadInput(f"{path.name}: is no CSV file: {fault}") from None


class _BadRow(Exception):
    """Why one row cannot be used; the words are a key of the report."""


class _Reader:
    def __init__(
        self,
        zone: ZoneInfo,
        bbox: tuple[float, float, float, float],
        columns: CallColumns,
    ) -> None:
        self.zone = zone
        self.bbox = bbox
        self.columns = columns

    def response(self, line: int, row: Mapping[str, str]) -> Response:
        names = self.columns
        lon, lat = self._place(row)
        received = self._time(row, names.received)
        dispatched = self._time(row, names.dispatched)
        if received is None or dispatched is None:
            raise _BadRow("no time of receipt or dispatch")
        call, unit = row.get(names.call, "").strip(), row.get(names.unit, "").strip()
        if not call or not unit:
            raise _BadRow("no call or no unit")
        number = row.get(names.sequence, "").strip()
        return Response(
            line=line,
            call=call,
            incident=row.get(names.incident, "").strip() or call,
            unit=unit,
            unit_kind=row.get(names.unit_kind, "").strip(),
            type=row.get(names.type, "").strip(),
            priority=row.get(names.priority, "").strip(),
            received=received,
            entered=self._time(row, names.entered),
            dispatched=dispatched,
            rolling=self._time(row, names.rolling),
            on_scene=self._time(row, names.on_scene),
            transport=self._time(row, names.transport),
            hospital=self._time(row, names.hospital),
            available=self._time(row, names.available),
            sequence=int(number) if number.isascii() and number.isdigit() else 999,
            area=row.get(names.area, "").strip(),
            station=row.get(names.station, "").strip(),
            outcome=row.get(names.outcome, "").strip(),
            words=row.get(names.words, "").strip()[:_LONGEST_WORDS],
            lon=lon,
            lat=lat,
        )

    def _place(self, row: Mapping[str, str]) -> tuple[float, float]:
        names = self.columns
        if names.location:
            text = row.get(names.location, "")
            if pair := _PLACE.search(text):
                lat, lon = float(pair[1]), float(pair[2])
            elif pair := _POINT.search(text):
                lon, lat = float(pair[1]), float(pair[2])
            else:
                raise _BadRow("no place")
        else:
            try:
                lon, lat = float(row[names.lon]), float(row[names.lat])
            except (KeyError, ValueError):
                raise _BadRow("no place") from None
        west, south, east, north = self.bbox
        in_lon = west - _OUTSIDE_DEG <= lon <= east + _OUTSIDE_DEG
        if not (in_lon and south - _OUTSIDE_DEG <= lat <= north + _OUTSIDE_DEG):
            raise _BadRow("place outside the city")
        return lon, lat

    def _time(self, row: Mapping[str, str], name: str) -> datetime | None:
        text = row.get(name, "").strip() if name else ""
        if not text:
            return None
        try:
            when = _instant(text, self.zone)
        except (ValueError, OverflowError):
            raise _BadRow(f"time cannot be read: {name}") from None
        if not _YEARS[0] <= when.year <= _YEARS[1]:
            raise _BadRow(f"time out of range: {name}")
        return when


def _instant(text: str, zone: ZoneInfo) -> datetime:
    """UTC from US notation or ISO 8601; without an offset it is the city's time.

    In the hour that a change of clocks repeats, the first of the two is taken.
    """
    us = _US_TIME.match(text)
    if us is not None:
        month, day, year, hour, minute = (int(us[i]) for i in range(1, 6))
        if us[7] is not None:
            if not 1 <= hour <= _HALF_A_DAY:
                raise ValueError(text)
            hour = hour % _HALF_A_DAY + (_HALF_A_DAY if us[7] == "P" else 0)
        second = int(us[6] or 0)
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return local.astimezone(UTC)
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return when.astimezone(UTC)
