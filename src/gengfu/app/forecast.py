"""`gengfu forecast`: the calls of the days to come, from files alone, for any city.

The record is residents' distinct calls by the city's clocks; what the police began is
not in it. The same inputs give the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.adapters.analytics import count_hours, day_number, engine
from gengfu.adapters.city.area_rows import read_area_rows
from gengfu.adapters.events import EventStore, MonthVersion
from gengfu.adapters.events.store import MANIFEST
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Source
from gengfu.capabilities.safety_index.rules.expected_calls import (
    RECORD_DAYS,
    CallRecord,
    expect,
    usual_days,
)
from gengfu.capabilities.safety_index.rules.expected_values import (
    NOWHERE,
    ExpectedCalls,
    Named,
    Place,
)
from gengfu.capabilities.safety_index.rules.geography import Geography, lay_out
from gengfu.kernel import BadInput, Told

from .index_inputs import EngineChoice, facts_of
from .inputs import Inputs, day_of_option, open_store, opened

_DAY_H = 24
_LATE_DAYS = 21
"""A week of so many days after the record can still be forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead(Inputs):
    """What is to be forecast: see `gengfu forecast --help`."""

    first: str = ""
    days: int = 7
    unusual: tuple[str, ...] = ()


def forecast_calls(order: Ahead, told: Told) -> ExpectedCalls:
    """Forecast from files; without a first day, the days that follow the record.

    Raises:
        BadInput: what is wrong with the inputs, by file, row and field.

    """
    first = day_of_option(order.first, "--at") if order.first else None
    unusual = frozenset(day_of_option(one, "--unusual") for one in order.unusual)
    with opened(order) as made_of:
        file = made_of.areas
        record = recorded(
            made_of.store,
            lay_out(facts_of(file), made_of.config, file.name),
            order.engine,
            told,
            before=first,
            unusual=unusual,
        )
    told("forecast", 0.5)
    made = expect(record, first or record.last + timedelta(days=1), order.days)
    told("forecast", 1.0)
    return made


def recorded(
    store: EventStore,
    geography: Geography,
    choice: EngineChoice,
    told: Told,
    *,
    before: date | None = None,
    unusual: frozenset[date] = frozenset(),
) -> CallRecord:
    """Count the last weeks of a store, up to the last whole day that has a call.

    A day on which the store was filled is not whole. Days of months that were never
    stated, on which the clocks turned, that look like holes and that `unusual` names
    stay in their place; nothing is learnt from them.

    Raises:
        BadInput: the store has no such call.

    """
    stated = store.current()
    if not stated:
        raise BadInput("no events are stated: nothing to forecast from")
    clocks = ZoneInfo(store.timezone)
    end = _last_whole_day(stated[-1], clocks)
    if before is not None:
        end = min(end, before - timedelta(days=1))
    begin = max(end - timedelta(days=RECORD_DAYS - 1), _first_of(stated[0].month))
    used = [one for one in stated if f"{begin:%Y-%m}" <= one.month <= f"{end:%Y-%m}"]
    if not used:
        raise BadInput(f"no events before {before or end} are stated")
    told("count", 0.0)
    with engine(choice.name, choice.options) as running:
        paths = [store.folder / one.name for one in used]
        counted = count_hours(running, paths, store.timezone, begin, end)
    areas, calls = _table(counted, geography, begin, (end - begin).days + 1)
    some = np.flatnonzero(calls.sum(axis=(1, 2)))
    if not some.size:
        raise BadInput(f"no residents' calls from {begin} to {end}")
    calls = calls[: int(some[-1]) + 1]
    districts, district_of = _districts(areas, geography)
    known = {one.month for one in used}
    days = [begin + timedelta(days=at) for at in range(len(calls))]
    whole = [
        f"{day:%Y-%m}" in known and day not in unusual and not _turns(day, clocks)
        for day in days
    ]
    return CallRecord(
        first=begin,
        areas=areas,
        calls=calls,
        usual=usual_days(calls, whole),
        timezone=store.timezone,
        events=tuple(
            Source(
                month=one.month, version=one.version, sha256=one.sha256, rows=one.rows
            )
            for one in used
        ),
        simulated=any(one.quality.get("simulated", 0) for one in used),
        districts=districts,
        district_of=district_of,
    )


def _last_whole_day(last: MonthVersion, clocks: ZoneInfo) -> date:
    """Return the end of the last month, or the day before it was stated."""
    after = _first_of(last.month) + timedelta(days=32)
    filled = datetime.fromisoformat(last.imported_at).astimezone(clocks).date()
    return min(after.replace(day=1), filled) - timedelta(days=1)


def _first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _turns(day: date, clocks: ZoneInfo) -> bool:
    """Tell whether a day is longer or shorter than others."""
    begins, ends = (
        datetime.combine(day + timedelta(days=more), time(), clocks).astimezone(UTC)
        for more in (0, 1)
    )
    return ends - begins != timedelta(days=1)


def _table(
    counted: Any, geography: Geography, begin: date, days: int
) -> tuple[tuple[Named, ...], Any]:
    """Return the areas that are published, and calls by day, hour and area.

    Calls without an area, or in one that belongs to none, stand under `NOWHERE`, which
    is there only if there are any.
    """
    areas = [
        Named(id=place.id, name=place.name, name_zh=place.name_zh)
        for place in geography.places
    ]
    calls = np.zeros((days * _DAY_H, len(areas) + 1), np.int64)
    start = day_number(begin) * _DAY_H
    hour = np.asarray(counted.column("hour").to_numpy(), np.int64) - start
    events = np.asarray(counted.column("events").to_numpy(), np.int64)
    where = [
        geography.place_of.get(area or "", len(areas))
        for area in counted.column("area").to_pylist()
    ]
    np.add.at(calls, (hour, np.array(where, np.int64)), events)
    if calls[:, -1].any():
        areas.append(Named(id=NOWHERE, name="No area known", name_zh="地点不明"))
    calls = calls[:, : len(areas)]
    return tuple(areas), calls.reshape(days, _DAY_H, len(areas))


def _districts(
    areas: Sequence[Named], geography: Geography
) -> tuple[tuple[Named, ...], tuple[int, ...]]:
    """Return what areas lie in, and in which of it each lies; nothing if all alone.

    An area that lies in nothing is a district of its own.
    """
    facts = {one.id: one for one in geography.areas}
    above = [facts[one.id].parent or one.id if one.id in facts else "" for one in areas]
    ids = sorted(set(above), key=lambda one: (not one, one))
    if not 1 < len(ids) < len(areas):
        return (), ()
    own = {one.id: one for one in areas}
    named = [
        own.get(one) or Named(id=one, name=facts[one].name, name_zh=facts[one].name_zh)
        for one in ids
    ]
    return tuple(named), tuple(ids.index(one) for one in above)


class StoreForecast:
    """Forecasts from a folder of events that may grow while the server runs.

    What was made last is kept until a day has passed or the store has changed. Called
    from several threads.
    """

    def __init__(self, folder: Path, city: Path, config: IndexConfig) -> None:
        self._folder = folder
        file = read_area_rows(city)
        self._zone = file.timezone
        self._geography = lay_out(facts_of(file), config, file.name)
        self._made: tuple[object, ExpectedCalls] | None = None
        self._turn = Lock()

    def kept(self, today: date) -> ExpectedCalls | None:
        """Return what was made before, if it is of today and of all that is stored."""
        made = self._made
        if made is None or made[0] != self._mark(today):
            return None
        return made[1]

    def expected(self, today: date, told: Told) -> ExpectedCalls:
        """Return the week from today on, or the first that the record reaches.

        Raises:
            BadInput: there is no store, it keeps months by other clocks than the city,
                or nothing can be forecast from it.

        """
        with self._turn:
            if (found := self.kept(today)) is not None:
                return found
            mark = self._mark(today)
            store = open_store(self._folder, self._zone)
            choice = EngineChoice(options={})
            record = recorded(store, self._geography, choice, told, before=today)
            told("forecast", 0.5)
            late = (today - record.last).days - 1
            first = today if late <= _LATE_DAYS else record.last + timedelta(days=1)
            made = expect(record, first)
            self._made = (mark, made)
            return made

    def _mark(self, today: date) -> object:
        try:
            about = (self._folder / MANIFEST).stat()
        except OSError:
            return None
        return today, about.st_mtime_ns, about.st_ino, about.st_size


def rows_of(made: ExpectedCalls) -> Sequence[dict[str, str | int | float | None]]:
    """Return a forecast as rows: hours and whole days, of the city and of areas."""
    found: list[dict[str, str | int | float | None]] = []
    first = date.fromisoformat(made.first_day)
    for level, place in _levels(made):
        for at, whole in enumerate(place.days):
            day = (first + timedelta(days=at)).isoformat()
            for hour, cell in ((None, whole), *enumerate(place.hours[at])):
                found.append(
                    {
                        "day": day,
                        "hour": hour,
                        "level": level,
                        "area": place.area.id,
                        "name": place.area.name,
                        "name_zh": place.area.name_zh,
                        "expected": cell.mean,
                        "low": cell.low,
                        "high": cell.high,
                    }
                )
    return found


def _levels(made: ExpectedCalls) -> Iterator[tuple[str, Place]]:
    yield "city", made.city
    yield from (("district", one) for one in made.districts)
    yield from (("area", one) for one in made.areas)


COLUMNS = (
    "day", "hour", "level", "area", "name", "name_zh", "expected", "low", "high",
)  # fmt: skip
