"""Working hours as values: when a clock runs, and when it rests."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .errors import RuleBroken

HORIZON_DAYS = 366 * 5


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one weekday (Monday is 0); midnight as `ends` is next day's."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Weekly spans in a time zone, less holidays, plus make-up working days.

    `extra_days` maps a date to the weekday whose hours it works, as on the
    weekends that are worked to make up for a long holiday.
    """

    zone: str
    spans: tuple[Span, ...]
    holidays: frozenset[date] = frozenset()
    extra_days: tuple[tuple[date, int], ...] = ()

    def spans_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the working stretches of one local day, as instants in UTC."""
        extra = dict(self.extra_days).get(day)
        if extra is None and day in self.holidays:
            return ()
        weekday = day.weekday() if extra is None else extra
        zone = ZoneInfo(self.zone)
        found: list[tuple[datetime, datetime]] = []
        for span in self.spans:
            if span.weekday != weekday:
                continue
            last = day + timedelta(days=1) if span.ends <= span.starts else day
            found.append(
                (
                    datetime.combine(day, span.starts, zone).astimezone(UTC),
                    datetime.combine(last, span.ends, zone).astimezone(UTC),
                )
            )
        return tuple(sorted(found))


def add_working_time(
    start: datetime, length: timedelta, hours: WorkingHours | None
) -> datetime:
    """Return the instant at which `length` of working time has run since `start`.

    Without hours the clock never rests.
    """
    if hours is None:
        return start + length
    left = length
    day = start.astimezone(ZoneInfo(hours.zone)).date() - timedelta(days=1)
    for _ in range(HORIZON_DAYS):
        for opens, closes in hours.spans_on(day):
            begin = max(opens, start)
            if begin >= closes:
                continue
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        day += timedelta(days=1)
    raise RuleBroken("this calendar has no working time within five years")
