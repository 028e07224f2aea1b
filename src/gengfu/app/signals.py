"""`gengfu signals`: what stands out on a day, from files alone, for any city."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any, cast

import numpy as np
import shapely as _shapely

from gengfu.adapters.analytics import (
    count_days,
    day_number,
    day_of,
    engine,
    list_days,
)
from gengfu.adapters.city.area_rows import AreaFile
from gengfu.adapters.events import MonthVersion
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Source
from gengfu.capabilities.safety_index.rules.geography import Geography, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.scan_watch import STUDY_DAYS
from gengfu.capabilities.safety_index.rules.series_watch import HISTORY_DAYS
from gengfu.capabilities.safety_index.rules.signal_values import (
    FORMAT,
    VERSION,
    DailyCounts,
    Points,
    SignalsFound,
)
from gengfu.capabilities.safety_index.rules.signals import watch
from gengfu.kernel import BadInput, NotFound, Told

from .index_inputs import EngineChoice, facts_of
from .inputs import Inputs, Opened, day_of_option, opened

shapely = cast("Any", _shapely)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Inputs):
    """What is to be looked at: see `gengfu signals --help`."""

    at: str


def find_signals(order: Watch, told: Told) -> SignalsFound:
    """Look for signals on a day; the same inputs give the same answer.

    Raises:
        BadInput: what is wrong with the inputs, by file, row and field; no events of
            the day's month are stated.

    """
    day = day_of_option(order.at, "--at")
    with opened(order) as made:
        try:
            return _found(made, day, order.engine, told)
        except NotFound as fault:
            raise BadInput(f"{order.events}: {fault}") from None


def _found(made: Opened, day: date, choice: EngineChoice, told: Told) -> SignalsFound:
    store, config, file = made.store, made.config, made.areas
    geography = lay_out(facts_of(file), config, file.name)
    begin = day - timedelta(days=HISTORY_DAYS - 1)
    stated = [
        one
        for one in store.current()
        if Month(begin.year, begin.month) <= Month.read(one.month)
        and Month.read(one.month) <= Month(day.year, day.month)
    ]
    if not stated or stated[-1].month != f"{day:%Y-%m}":
        raise NotFound(f"no events of {day:%Y-%m} are stated")
    begin = max(begin, Month.read(stated[0].month).first)
    told("count", 0.0)
    with engine(choice.name, choice.options) as running:
        paths = [store.folder / one.name for one in stated]
        counted = count_days(running, paths, store.timezone, begin, day)
        since = day - timedelta(days=STUDY_DAYS - 1)
        paths = [
            p
            for p, one in zip(paths, stated, strict=True)
            if one.month >= f"{since:%Y-%m}"
        ]
        recent = list_days(running, paths, store.timezone, since, day)
    told("watch", 0.5)
    daily = _daily(counted, stated, begin, day, config, geography)
    points, lost = _points(recent, config, file, geography)
    tested, signals = watch(daily, points, config.sha256)
    told("watch", 1.0)
    return SignalsFound(
        format=FORMAT,
        version=VERSION,
        at=str(day),
        record_from=str(begin),
        timezone=store.timezone,
        config_name=config.name,
        config_sha256=config.sha256,
        events=tuple(
            Source(
                month=one.month, version=one.version, sha256=one.sha256, rows=one.rows
            )
            for one in stated
        ),
        without_place=lost,
        tested=tuple(tested),
        signals=tuple(signals),
    )


# -- as the rules take them ----------------------------------------------------------


def _daily(
    counted: Any,
    stated: Sequence[MonthVersion],
    begin: date,
    day: date,
    config: IndexConfig,
    geography: Geography,
) -> DailyCounts:
    days = (day - begin).days + 1
    rows: dict[tuple[str, str], int] = {}
    where: list[tuple[int, int, int]] = []
    columns = (counted.column(n).to_pylist() for n in ("area", "kind", "day", "events"))
    first = day_number(begin)
    for area, kind, number, events in zip(*columns, strict=True):
        place = geography.place_of.get(area, -1)
        if place < 0 or config.domain_of(kind) < 0:
            continue
        key = (geography.places[place].id, kind)
        where.append((rows.setdefault(key, len(rows)), number - first, events))
    counts = np.zeros((len(rows), days))
    for row, at, events in where:
        counts[row, at] += events
    counts[:, ~_stated_days(stated, begin, days)] = np.nan
    _not_before(counts, list(rows), begin, geography)
    order = sorted(rows, key=lambda key: key)
    return DailyCounts(
        first=begin,
        areas=tuple(area for area, _ in order),
        kinds=tuple(kind for _, kind in order),
        counts=counts[[rows[key] for key in order]].reshape(len(order), days),
    )


def _stated_days(stated: Sequence[MonthVersion], begin: date, days: int) -> Any:
    known = {one.month for one in stated}
    each = (begin + timedelta(days=n) for n in range(days))
    return np.array([f"{one:%Y-%m}" in known for one in each], np.bool_)


def _not_before(
    counts: Any, keys: Sequence[tuple[str, str]], begin: date, geography: Geography
) -> None:
    """Leave out the days on which an area was not one yet."""
    since: Mapping[str, str] = {one.id: one.since for one in geography.places}
    for row, (area, _) in enumerate(keys):
        if since[area]:
            born = (date.fromisoformat(since[area][:10]) - begin).days
            counts[row, : max(born, 0)] = np.nan


def _points(
    recent: Any, config: IndexConfig, file: AreaFile, geography: Geography
) -> tuple[list[Points], int]:
    """Return events by domain; one without a point stands in its area's middle."""
    middles = _middles(file)
    kept: dict[int, list[tuple[float, float, int, str]]] = {}
    lost = 0
    names = ("area", "kind", "lon", "lat", "day")
    columns = (recent.column(name).to_pylist() for name in names)
    for area, kind, lon, lat, day in zip(*columns, strict=True):
        domain = config.domain_of(kind)
        place = geography.place_of.get(area or "", -1)
        if domain < 0:
            continue
        known = lon is not None and lat is not None and isfinite(lon + lat)
        x, y = (lon, lat) if known else middles.get(area, (None, None))
        if x is None or y is None or place < 0:
            lost += 1
            continue
        here = (x, y, day_of(day).toordinal(), geography.places[place].id)
        kept.setdefault(domain, []).append(here)
    found = [
        Points(
            domain=config.domains[domain].code,
            lon=np.array([row[0] for row in rows]),
            lat=np.array([row[1] for row in rows]),
            day=np.array([row[2] for row in rows], np.int64),
            area=tuple(row[3] for row in rows),
        )
        for domain, rows in sorted(kept.items())
    ]
    return found, lost


def _middles(file: AreaFile) -> dict[str, tuple[float, float]]:
    if not file.has_polygons:
        return {}
    points = shapely.point_on_surface(file.areas.polygons)
    middles = zip(shapely.get_x(points), shapely.get_y(points), strict=True)
    return {
        area: (float(x), float(y))
        for area, (x, y) in zip(file.areas.ids, middles, strict=True)
    }
