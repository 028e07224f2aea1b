"""Clocks that rest: holidays, make-up days, nights and the hour that is not there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.kernel import RuleBroken, Span, WorkingHours, add_working_time

OFFICE = WorkingHours(
    "Asia/Shanghai",
    tuple(
        Span(day, start, end)
        for day in range(5)
        for start, end in ((time(9), time(12)), (time(14), time(18)))
    ),
)
NATIONAL_DAY = WorkingHours(
    OFFICE.zone,
    OFFICE.spans,
    frozenset(date(2026, 10, n) for n in range(1, 8)),
    ((date(2026, 10, 10), 2),),
)
HOUR = timedelta(hours=1)


def local(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def here(*when: int) -> datetime:
    return local("Asia/Shanghai", *when)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (here(2026, 3, 2, 9, 0), 1, here(2026, 3, 2, 10, 0)),
        (here(2026, 3, 2, 11, 30), 1, here(2026, 3, 2, 14, 30)),
        (here(2026, 3, 2, 12, 30), 1, here(2026, 3, 2, 15, 0)),
        (here(2026, 3, 2, 9, 0), 3, here(2026, 3, 2, 12, 0)),
        (here(2026, 3, 2, 9, 0), 7, here(2026, 3, 2, 18, 0)),
        (here(2026, 3, 2, 9, 0), 8, here(2026, 3, 3, 10, 0)),
        (here(2026, 3, 6, 17, 0), 2, here(2026, 3, 9, 10, 0)),
        (here(2026, 3, 7, 3, 0), 1, here(2026, 3, 9, 10, 0)),
        (here(2026, 3, 2, 2, 0), 35, here(2026, 3, 6, 18, 0)),
    ],
)
def test_the_clock_runs_only_in_working_hours(
    start: datetime, hours: int, end: datetime
) -> None:
    assert add_working_time(start, hours * HOUR, OFFICE) == end


def test_without_hours_the_clock_never_rests() -> None:
    start = here(2026, 3, 7, 3)
    assert add_working_time(start, 50 * HOUR, None) == start + 50 * HOUR


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        # Seven days off, then Thursday and Friday, then a Saturday worked as Wednesday.
        (here(2026, 9, 30, 17, 0), 2, here(2026, 10, 8, 10, 0)),
        (here(2026, 10, 9, 17, 0), 2, here(2026, 10, 10, 10, 0)),
        (here(2026, 10, 10, 17, 0), 2, here(2026, 10, 12, 10, 0)),
    ],
)
def test_holidays_rest_and_make_up_days_work(
    start: datetime, hours: int, end: datetime
) -> None:
    assert add_working_time(start, hours * HOUR, NATIONAL_DAY) == end


def test_a_make_up_day_inside_a_holiday_works() -> None:
    hours = WorkingHours(
        OFFICE.zone,
        OFFICE.spans,
        frozenset({date(2026, 10, 3)}),
        ((date(2026, 10, 3), 0),),
    )
    assert hours.spans_on(date(2026, 10, 3))[0][0] == here(2026, 10, 3, 9)
    assert hours.spans_on(date(2026, 10, 4)) == ()


NIGHT = WorkingHours("America/Santiago", (Span(5, time(22), time(6)),))
BERLIN = WorkingHours("Europe/Berlin", (Span(6, time(0), time(0)),))


def test_a_span_over_midnight_ends_the_next_day() -> None:
    (span,) = NIGHT.spans_on(date(2026, 1, 10))
    assert span == (
        local("America/Santiago", 2026, 1, 10, 22),
        local("America/Santiago", 2026, 1, 11, 6),
    )
    at_three = local("America/Santiago", 2026, 1, 11, 3)
    assert add_working_time(at_three, 2 * HOUR, NIGHT) == at_three + 2 * HOUR
    assert add_working_time(at_three, 4 * HOUR, NIGHT) == local(
        "America/Santiago", 2026, 1, 17, 23
    )


def test_the_lost_hour_of_spring_is_not_worked() -> None:
    opens, closes = BERLIN.spans_on(date(2026, 3, 29))[0]
    assert closes - opens == 23 * HOUR
    assert add_working_time(opens, 23 * HOUR, BERLIN) == closes
    assert add_working_time(opens, 24 * HOUR, BERLIN) == local(
        "Europe/Berlin", 2026, 4, 5, 1
    )


def test_the_hour_that_comes_twice_is_worked_twice() -> None:
    opens, closes = BERLIN.spans_on(date(2026, 10, 25))[0]
    assert closes - opens == 25 * HOUR
    assert add_working_time(opens, 25 * HOUR, BERLIN) == closes


def test_a_calendar_without_work_is_an_error() -> None:
    with pytest.raises(RuleBroken, match="no working time"):
        add_working_time(here(2026, 1, 1), HOUR, WorkingHours("UTC", ()))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(hours=60)),
    st.timedeltas(timedelta(0), timedelta(hours=60)),
    st.sampled_from([OFFICE, NATIONAL_DAY, NIGHT, BERLIN]),
)
def test_working_time_adds_up(
    start: datetime, one: timedelta, other: timedelta, hours: WorkingHours
) -> None:
    at_once = add_working_time(start, one + other, hours)
    in_steps = add_working_time(add_working_time(start, one, hours), other, hours)
    assert at_once >= start + one + other
    if other:
        assert at_once == in_steps
    zone = ZoneInfo(hours.zone)
    day = at_once.astimezone(zone).date()
    spans = [
        span for back in (0, 1) for span in hours.spans_on(day - timedelta(days=back))
    ]
    assert any(opens <= at_once <= closes for opens, closes in spans)
