"""Calls to be expected: what goes in, what is refused, and how last week is judged."""

from datetime import date, timedelta

import numpy as np
import pytest

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.rules.expected_calls import (
    CallRecord,
    expect,
    usual_days,
)
from gengfu.capabilities.safety_index.rules.expected_values import ExpectedCalls, Named
from gengfu.kernel import BadInput

FIRST = date(2026, 6, 1)  # a Monday
RATES = np.array([2.0, 0.5, 0.05])


def drawn(days: int, seed: int = 3) -> np.ndarray:
    """Draw calls: twice as many at the weekend, none to speak of before six."""
    rng = np.random.default_rng(seed)
    hour = np.where(np.arange(24) < 6, 0.05, 1.0)
    weekday = np.where(np.arange(days) % 7 >= 5, 2.0, 1.0)
    rates = weekday[:, None, None] * hour[None, :, None] * RATES[None, None, :]
    return rng.poisson(rates).astype(np.int64)


def record(days: int = 140, calls: np.ndarray | None = None) -> CallRecord:
    made = drawn(days) if calls is None else calls
    return CallRecord(
        first=FIRST,
        areas=tuple(Named(id=f"a{n}", name=f"A {n}", name_zh="") for n in range(3)),
        calls=made,
        usual=usual_days(made, [True] * len(made)),
        timezone="Asia/Shanghai",
        events=(),
    )


def test_the_week_to_come_is_that_of_the_weeks_before() -> None:
    made = expect(record(), FIRST + timedelta(days=140))
    assert made.first_day == "2026-10-19"
    weekday, weekend = made.city.days[0], made.city.days[5]
    truth = RATES.sum() * (18 + 6 * 0.05)
    assert weekday.mean == pytest.approx(truth, rel=0.15)
    assert weekend.mean == pytest.approx(2 * truth, rel=0.15)
    assert weekday.low < weekday.mean < weekday.high < weekend.low
    assert made.city.hours[0][3].mean < made.city.hours[0][12].mean / 5
    for at in range(7):
        day = sum(place.days[at].mean for place in made.areas)
        assert day == pytest.approx(made.city.days[at].mean, abs=0.01)
    assert JsonCodec().decode(ExpectedCalls, JsonCodec().encode(made)) == made


def test_last_week_is_judged_by_what_was_known_a_week_before() -> None:
    calls = drawn(140)
    last = expect(record(calls=calls), FIRST + timedelta(days=140)).last_week
    before = expect(record(calls=calls[:133]), FIRST + timedelta(days=133))
    assert last is not None
    assert [one.expected for one in last.days] == list(before.city.days)
    assert [one.came for one in last.days] == calls[133:].sum(axis=(1, 2)).tolist()
    judged = {one.level: one for one in last.judged}
    assert judged["area_hours"].counts == 7 * 24 * 3
    inside = [one.expected.low <= one.came <= one.expected.high for one in last.days]
    assert judged["city_days"].covered == pytest.approx(np.mean(inside))
    assert judged["area_hours"].covered > 0.8
    assert judged["area_hours"].deviance < judged["area_hours"].plain_deviance


def test_a_sudden_week_is_judged_badly() -> None:
    calls = drawn(140)
    calls[133:] *= 6
    last = expect(record(calls=calls), FIRST + timedelta(days=140)).last_week
    assert last is not None
    judged = {one.level: one for one in last.judged}
    assert judged["city_days"].covered == 0
    assert all(one.came > one.expected.high for one in last.days)


def test_days_that_are_not_the_next_ones() -> None:
    later = expect(record(), FIRST + timedelta(days=140 + 14))
    near = expect(record(), FIRST + timedelta(days=140), days=21)
    assert later.city.days == near.city.days[14:]
    for first, days, says in (
        (FIRST + timedelta(days=139), 7, "the record goes on to 2026-10-18"),
        (FIRST + timedelta(days=162), 7, "at most 28 days"),
        (FIRST + timedelta(days=140), 0, "at most 28 days"),
    ):
        with pytest.raises(BadInput, match=says):
            expect(record(), first, days)


def test_a_record_that_is_too_short_or_silent_is_refused() -> None:
    with pytest.raises(BadInput, match="7 days or more"):
        expect(record(5), FIRST + timedelta(days=5))
    silent = np.zeros((21, 24, 3), np.int64)
    with pytest.raises(BadInput, match="no calls"):
        expect(record(calls=silent), FIRST + timedelta(days=21))
    assert expect(record(10), FIRST + timedelta(days=10)).last_week is None


def test_a_day_without_calls_is_a_hole_where_many_are_usual() -> None:
    calls = drawn(28)
    calls[11] = 0
    assert np.flatnonzero(~usual_days(calls, [True] * 28)).tolist() == [11]
    few = np.zeros((28, 24, 3), np.int64)
    few[::2, 12, 0] = 1
    assert usual_days(few, [True] * 28).all()
    given = [True] * 28
    given[3] = False
    assert np.flatnonzero(~usual_days(calls, given)).tolist() == [3, 11]


def test_nothing_is_learnt_from_unusual_days() -> None:
    calls = drawn(140)
    other = calls.copy()
    other[100] = 500
    plain, storm = record(calls=calls), record(calls=other)
    for one in (plain, storm):
        one.usual[100] = False
    after = FIRST + timedelta(days=140)
    assert expect(plain, after).city == expect(storm, after).city
    assert expect(storm, after).left_out_days == ("2026-09-09",)
