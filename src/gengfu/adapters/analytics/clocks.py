"""Events by the city's clocks: the expressions that count days and hours.

A day or an hour is a number: whole days or hours since 1970 as the city's clocks show
them. Only distinct events are counted, and none that the police began.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gengfu.adapters.events.columns import BY_POLICE, BY_RESIDENT

from .engine import Engine, Expression, Table, ibis

_HOUR_S, _DAY_S = 3_600, 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return the days from 1 January 1970."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """Return the day of a `day_number`."""
    return date.fromordinal(number + _EPOCH)


def count_days(
    engine: Engine, paths: Sequence[Path], zone: str, first: date, last: date
) -> Table:
    """Count events that have an area by area, kind and `day`, first to last included.

    The column `events` has the counts; sorted by the others.
    """
    events = _by_clock(_distinct(engine, paths), zone, first, last, day=_DAY_S)
    events = events.filter(events["area"].notnull())
    grouped = events.group_by("area", "kind", "day").aggregate(events=events.count())
    keys = [(name, "ascending") for name in ("area", "kind", "day")]
    return engine.run(grouped).sort_by(keys)


def list_days(
    engine: Engine, paths: Sequence[Path], zone: str, first: date, last: date
) -> Table:
    """List the events of some days: event_id, area, kind, lon, lat and `day`, by id."""
    events = _by_clock(_distinct(engine, paths), zone, first, last, day=_DAY_S)
    chosen = events.select("event_id", "area", "kind", "lon", "lat", "day")
    return engine.run(chosen).sort_by("event_id")


def count_hours(
    engine: Engine, paths: Sequence[Path], zone: str, first: date, last: date
) -> Table:
    """Count what residents called about by area (null: none known) and `hour`.

    The column `events` has the counts; sorted by area and hour, no area first.
    """
    events = _distinct(engine, paths)
    events = events.filter(events["initiated_by"] == BY_RESIDENT)
    events = _by_clock(events, zone, first, last, hour=_HOUR_S)
    grouped = events.group_by("area", "hour").aggregate(events=events.count())
    keys = [(name, "ascending", "at_start") for name in ("area", "hour")]
    return engine.run(grouped).sort_by(keys)


def _distinct(engine: Engine, paths: Sequence[Path]) -> Expression:
    events = engine.files(paths)
    return events.filter(
        events["duplicate_of"].isnull(), events["initiated_by"] != BY_POLICE
    )


def _by_clock(
    events: Expression, zone: str, first: date, last: date, **units_s: int
) -> Expression:
    """Keep the events of some days; add the whole units that the clocks showed."""
    start, *later = _offsets(zone, first, last)
    seconds = events["at"].epoch_seconds()
    offset: Expression = ibis.literal(start[1])
    if later:
        turns = [(seconds >= since, ahead) for since, ahead in reversed(later)]
        offset = ibis.cases(*turns, else_=start[1])
    shown = seconds + offset
    events = events.filter(
        shown >= day_number(first) * _DAY_S, shown < (day_number(last) + 1) * _DAY_S
    )
    return events.mutate(
        **{name: (shown / unit).floor().cast("int64") for name, unit in units_s.items()}
    )


def _offsets(zone: str, first: date, last: date) -> list[tuple[int, int]]:
    """Return since when (seconds of 1970) the clocks were so many seconds ahead.

    Two days more at both ends: no instant there is shown as one of the days asked for.
    """
    clocks = ZoneInfo(zone)

    def ahead(second: int) -> int:
        shift = datetime.fromtimestamp(second, clocks).utcoffset()
        return 0 if shift is None else int(shift.total_seconds())

    start = (day_number(first) - 2) * _DAY_S
    found = [(start, ahead(start))]
    for second in range(start, (day_number(last) + 3) * _DAY_S, _DAY_S):
        if ahead(second + _DAY_S) == found[-1][1]:
            continue
        low, high = second, second + _DAY_S
        while high - low > 1:
            middle = (low + high) // 2
            if ahead(middle) == found[-1][1]:
                low = middle
            else:
                high = middle
        found.append((high, ahead(high)))
    return found
