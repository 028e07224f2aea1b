"""Warnings about the figures: silent on honest records, awake on planted gaming."""

import csv
from datetime import UTC, datetime, timedelta
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.heaping import (
    binomial_tail,
    grid_of,
    heap_at,
)
from gengfu.capabilities.control_room.rules.honesty import (
    ALPHA,
    Chain,
    Records,
    Signature,
    examine,
)

T0 = datetime(2026, 3, 1, 8, 0, 7, tzinfo=UTC)
DENSITIES = {
    "lognormal": lambda rng, n: rng.lognormal(np.log(280), 0.45, n),
    "peak at the limit": lambda rng, n: rng.lognormal(np.log(300), 0.3, n),
    "gamma": lambda rng, n: rng.gamma(4, 80, n),
    "city and suburb": lambda rng, n: np.where(
        rng.random(n) < 0.5, rng.gamma(9, 20, n), rng.gamma(16, 27, n)
    ),
}
GRIDS = {"as measured": 0, "whole seconds": 1, "by hand, whole minutes": 60}


def rounded(seconds, grid):
    return np.round(seconds / grid) * grid if grid else seconds


@pytest.mark.parametrize(
    "runs", [80, 800, pytest.param(2500, marks=pytest.mark.lasting)]
)
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("density", DENSITIES.values(), ids=DENSITIES)
def test_honest_durations_seldom_look_like_a_heap(density, grid, runs):
    rng = np.random.default_rng(7)
    tried = 60
    alarms = sum(
        heap is not None and heap.p_value <= ALPHA
        for heap in (
            heap_at(rounded(density(rng, runs), grid), 300) for _ in range(tried)
        )
    )
    # 1 % expected; more than 4 in 60 would happen once in 3,000 such tests.
    assert alarms <= 4


@pytest.mark.parametrize("grid", [0, 1, 60])
def test_late_runs_written_down_as_on_time_are_found(grid):
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(20):
        seconds = rng.lognormal(np.log(280), 0.45, 600)
        late = (seconds > 300) & (seconds < 420) & (rng.random(600) < 0.6)
        seconds[late] = rng.uniform(285, 300, late.sum())
        heap = heap_at(rounded(seconds, grid), 300)
        found += heap is not None and heap.p_value <= ALPHA
    assert found >= 18


def test_a_heap_says_how_many_were_expected():
    rng = np.random.default_rng(9)
    seconds = np.concatenate((rng.uniform(100, 500, 400), np.full(80, 299.0)))
    heap = heap_at(seconds, 300)
    assert heap.window_s == 30
    assert heap.below == pytest.approx(110, abs=15)
    assert heap.above == pytest.approx(30, abs=15)
    assert heap.expected == pytest.approx(70, abs=20)


def test_few_runs_say_nothing():
    assert heap_at([299.0] * 20, 300) is None
    assert heap_at([], 300) is None
    assert heap_at([100.0] * 300, 3000) is None


@pytest.mark.parametrize(("grid", "found"), [(60, 60), (5, 5), (300, 300), (1, None)])
def test_the_grid_of_hand_written_times_is_seen(grid, found):
    values = rounded(np.random.default_rng(1).uniform(0, 6000, 500), grid)
    assert grid_of(values) == found


@given(st.integers(0, 40), st.integers(1, 40), st.floats(0.001, 0.999))
def test_the_tail_is_the_binomial_tail(least, runs, share):
    exact = sum(
        comb(runs, k) * share**k * (1 - share) ** (runs - k)
        for k in range(least, runs + 1)
    )
    assert binomial_tail(least, runs, share) == pytest.approx(exact, abs=1e-12)


def chain(n: int, *, moved: float | None = 900.0, gap=240.0, unit="u1", **more):
    sent = T0 + timedelta(hours=n)
    pressed = {
        "en_route": sent,
        "on_scene": sent + timedelta(seconds=gap),
        "cleared": sent + timedelta(seconds=gap + 1800),
    }
    fields = {"away_m": 1000.0, "fixes": 20, "accuracy_m": 12.0} | more
    return Chain(unit, f"i{n}", pressed, moved_m=moved, **fields)


def only(records: Records):
    (warned,) = examine(records)
    return warned


def test_signing_faster_than_anybody_reads_is_named():
    quick = [Signature("li", 0.4)] * 6 + [Signature("li", 20.0)] * 30
    slow = [Signature("wu", 8.0)] * 30
    warned = only(Records({}, signatures=quick + slow))
    assert (warned.subject, warned.code) == ("li", "fast-signature")
    assert (warned.reason.figure("fast"), warned.reason.figure("signed")) == (6, 36)
    assert "36次签收中有6次" in warned.reason.said.zh


def test_one_quick_finger_is_no_warning():
    assert examine(Records({}, [Signature("li", 0.4)] * 2)) == ()


def test_units_that_say_on_scene_without_moving_are_named():
    chains = [chain(n, moved=15.0) for n in range(5)]
    chains += [chain(n) for n in range(5, 15)]
    warned = only(Records({}, chains=chains))
    assert (warned.subject, warned.code) == ("u1", "no-movement")
    assert warned.reason.said.en.startswith("5 of 15 runs")


@pytest.mark.parametrize(
    "more",
    [{"away_m": 80.0}, {"fixes": 1}, {"accuracy_m": 500.0}, {"away_m": None}],
    ids=["it was there", "no positions", "vague positions", "unknown start"],
)
def test_where_positions_cannot_tell_nobody_is_named(more):
    chains = [chain(n, moved=15.0, **more) for n in range(9)]
    assert examine(Records({}, chains=chains)) == ()


def test_statuses_pressed_together_afterwards_are_named():
    chains = [chain(n, gap=1.0) for n in range(4)] + [chain(n) for n in range(4, 9)]
    warned = only(Records({}, chains=chains))
    assert (warned.code, warned.reason.figure("together")) == ("pressed-together", 4)


def test_times_on_full_minutes_are_named():
    by_hand = [T0.replace(second=0) + timedelta(minutes=7 * n) for n in range(40)]
    clocked = [T0 + timedelta(seconds=67 * n) for n in range(60)]
    warned = only(Records({}, stamps={"desk 4": by_hand + clocked, "desk 5": clocked}))
    assert (warned.subject, warned.code) == ("desk 4", "round-times")
    assert warned.reason.figure("on") == 41


def honest(rng: np.random.Generator) -> Records:
    """A month of a station: people, units and desks that do as they should."""
    durations = {
        f"arrival {n}": (300.0, np.round(rng.lognormal(np.log(270), 0.4, 200)))
        for n in range(4)
    }
    signatures = [
        Signature(f"p{n}", float(rng.lognormal(np.log(9), 0.7)))
        for n in range(10)
        for _ in range(60)
    ]
    chains = [
        chain(
            n,
            unit=f"u{n % 10}",
            moved=20.0 if rng.random() < 0.01 else 900.0,
            gap=1.0 if rng.random() < 0.004 else float(rng.uniform(60, 500)),
        )
        for n in range(400)
    ]
    stamps = {
        f"d{n}": [
            T0 + timedelta(seconds=float(s)) for s in rng.uniform(0, 3e6, 150).round()
        ]
        for n in range(6)
    }
    return Records(durations, signatures, chains, stamps)


def test_a_report_on_honest_people_holds_no_warning():
    rng = np.random.default_rng(10)
    reports = [examine(honest(rng)) for _ in range(100)]
    # At 1 % per report 1 is expected; 5 or more would happen once in 290 such tests.
    assert sum(bool(report) for report in reports) < 5


def test_one_gamed_station_stands_out_among_honest_ones():
    rng = np.random.default_rng(11)
    records = honest(rng)
    seconds = rng.lognormal(np.log(270), 0.4, 400)
    late = (seconds > 300) & (seconds < 450)
    seconds[late] = rng.uniform(280, 300, late.sum())
    gamed = Records(
        {**records.durations, "gamed": (300.0, seconds)},
        records.signatures, records.chains, records.stamps,
    )  # fmt: skip
    warned = examine(gamed)
    assert [w.subject for w in warned] == ["gamed"]
    assert warned[0].reason.figure("below") > 1.3 * warned[0].reason.figure("expected")
    assert "预期" in warned[0].reason.said.zh


@pytest.fixture(scope="module")
def real_clocks(shared):
    """San Francisco, 10,410 unit responses: the seconds of each clock, by its column."""

    def instant(text: str) -> float:
        day, time, half = text.split(" ")
        month, date, year = map(int, day.split("/"))
        hour, minute, second = map(int, time.split(":"))
        hour = hour % 12 + (12 if half == "PM" else 0)
        at = datetime(year, month, date, hour, minute, second, tzinfo=UTC)
        return at.timestamp()

    path = shared / "data/sf/calls_2020-04.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("Entry DtTm", "Dispatch DtTm", "Response DtTm", "On Scene DtTm")
    return {
        name: [row[name] and instant(row[name]) for row in rows] for name in columns
    }


@pytest.mark.parametrize(
    ("start", "end", "limit"),
    [
        ("Entry DtTm", "Dispatch DtTm", 60),
        ("Dispatch DtTm", "Response DtTm", 60),
        ("Dispatch DtTm", "Response DtTm", 80),
        ("Response DtTm", "On Scene DtTm", 240),
        ("Dispatch DtTm", "On Scene DtTm", 300),
        ("Dispatch DtTm", "On Scene DtTm", 600),
    ],
)
def test_two_weeks_of_real_clocks_show_no_heap(real_clocks, start, end, limit):
    """Nobody there is judged by these limits."""
    pairs = zip(real_clocks[start], real_clocks[end], strict=True)
    heap = heap_at([b - a for a, b in pairs if a and b], limit)
    assert heap.below + heap.above > 300
    assert heap.p_value > 0.05


@pytest.mark.parametrize("limit_s", [10.0, 15.0, 59.0, 299.0])
def test_times_coarser_than_the_limit_are_no_evidence(limit_s):
    assert heap_at([0.0] * 60, limit_s) is None
    assert heap_at([0.0, 300.0, 600.0] * 20, limit_s) is None
