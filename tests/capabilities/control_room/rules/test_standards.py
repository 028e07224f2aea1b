"""Clock standards: which clock runs, and how well a standard is kept."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.attainment import (
    Run,
    attainment,
    wilson,
)
from gengfu.capabilities.control_room.rules.standards import (
    Subject,
    load_standards,
)
from gengfu.kernel import BadInput, NotFound

T0 = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def ran(seconds: float | None, *, name="i", ended: float | None = None, **more) -> Run:
    """A crime call dispatched at T0 whose unit arrived `seconds` later."""
    clocks = {"dispatched": T0, "on_scene": None if seconds is None else after(seconds)}
    return Run(
        name, "theft", "crime", 1, clocks, area_kind="urban",
        ended_at=None if ended is None else after(ended), **more,
    )  # fmt: skip


@pytest.fixture
def five_minutes(standards):
    return standards.get("cn-110-urban")


def test_every_standard_says_where_it_comes_from(standards):
    assert {s.set for s in standards.standards} == {"cn", "us", "uk"}
    for standard in standards.standards:
        assert len(standard.citation) > 20
        assert standard.edition
        assert standard.version == standards.version
    nena = standards.get("nena-answer-20")
    assert (nena.share, nena.limit_s) == (0.95, 20)


def test_a_city_chooses_its_sets(standards):
    assert {s.set for s in standards.chosen("us", "uk").standards} == {"us", "uk"}
    with pytest.raises(NotFound, match="mars"):
        standards.chosen("mars")


def test_the_clock_that_runs_out_first_is_next(standards):
    us = standards.chosen("us")
    fire = Subject("fire", 1, "urban", frozenset({"engine"}))
    ringing = us.next_due({"received": T0}, fire)
    assert ringing.standard.id == "nena-answer-15"
    assert ringing.due_at == after(15)
    talking = us.next_due({"received": T0, "answered": after(5)}, fire)
    assert talking.standard.id == "nfpa-1225-processing"
    assert talking.due_at == after(65)
    rolling = us.next_due({"received": T0, "en_route": after(90)}, fire)
    assert rolling.standard.id == "nfpa-1710-first-engine"
    assert rolling.started_at == after(90)


def test_a_skipped_clock_does_not_run_for_ever(standards):
    clocks = {"received": T0, "dispatched": after(30), "on_scene": after(300)}
    subject = Subject("fire", 1, "urban", frozenset({"engine"}))
    assert standards.running(clocks, subject) == ()


def test_a_standard_for_engines_waits_until_one_is_sent(standards):
    clocks = {"received": T0, "en_route": after(60)}
    assert standards.chosen("us").next_due(clocks, Subject("fire", 1)) is None


@pytest.mark.parametrize(
    ("kept", "runs", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(kept, runs, low, high):
    interval = wilson(kept, runs)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_a_limit_is_kept_up_to_and_including_its_last_second(five_minutes):
    (all_,) = attainment([ran(300), ran(300.5)], five_minutes, after(9999))
    assert (all_.runs, all_.kept, all_.share) == (2, 1, 0.5)


def test_a_clock_beyond_its_limit_is_missed_though_it_has_not_stopped(five_minutes):
    late, early = ran(None), ran(100)
    (at_400,) = attainment([late, early], five_minutes, after(400))
    assert (at_400.runs, at_400.kept, at_400.pending) == (2, 1, 0)
    (at_200,) = attainment([late, early], five_minutes, after(200))
    assert (at_200.runs, at_200.kept, at_200.pending) == (1, 1, 1)


def test_a_cancelled_run_counts_only_if_it_was_late_when_it_was_cancelled(five_minutes):
    runs = [ran(None, ended=60), ran(None, ended=900)]
    (all_,) = attainment(runs, five_minutes, after(99999))
    assert (all_.runs, all_.kept, all_.pending) == (1, 0, 1)


def test_clocks_in_the_wrong_order_are_counted_apart(five_minutes):
    (all_,) = attainment([ran(-5), ran(10)], five_minutes, after(900))
    assert (all_.runs, all_.disordered) == (1, 1)


def test_leaving_units_on_the_road_does_not_improve_the_median(five_minutes):
    stopped = [ran(s) for s in (100, 200, 300, 400)]
    stuck = [ran(None) for _ in range(5)]
    (seen,) = attainment(stopped + stuck, five_minutes, after(1000))
    assert attainment(stopped, five_minutes, after(1000))[0].p50_s == 200
    assert seen.p50_s is None


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_percentiles_of_stopped_clocks_are_the_inverse_of_the_share(seconds):
    standard = load_standards(ONE).get("x")
    runs = [ran(s) for s in seconds]
    (all_,) = attainment(runs, standard, after(9999))
    expected = np.quantile(seconds, [0.5, 0.9], method="inverted_cdf")
    assert [all_.p50_s, all_.p90_s] == list(expected)


def test_a_few_runs_do_not_decide(five_minutes):
    few = attainment([ran(60)] * 9 + [ran(600)], five_minutes, after(9999))[0]
    assert few.verdict == "undecided"
    assert attainment([ran(60)] * 400, five_minutes, T0)[0].verdict == "kept"
    assert attainment([ran(600)] * 20, five_minutes, T0)[0].verdict == "missed"
    nothing = attainment([], five_minutes, T0)[0]
    assert (nothing.verdict, nothing.share, nothing.interval_95) == (
        "no-runs", None, None,
    )  # fmt: skip


def test_runs_are_grouped_by_area_type_and_local_hour(five_minutes):
    runs = [ran(60, area="b"), ran(600, area="a"), ran(60, area="b")]
    by_area = attainment(runs, five_minutes, after(9999), by="area")
    assert [(a.group, a.runs, a.kept) for a in by_area] == [("a", 1, 0), ("b", 2, 2)]
    (hour,) = attainment(
        runs, five_minutes, after(9999), by="hour", zone="Asia/Shanghai"
    )
    assert hour.group == "16"


def test_only_runs_the_standard_speaks_of_are_judged(five_minutes):
    fire = Run("f", "smoke", "fire", 1, {"dispatched": T0, "on_scene": after(1)})
    assert attainment([fire], five_minutes, after(9))[0].runs == 0


ONE = """
version = "1"
[sets]
a = { name = "A", name_zh = "甲" }
[[standard]]
id = "x"
set = "a"
name = "X"
name_zh = "乙"
from = "dispatched"
to = "on_scene"
share = 0.9
limit_s = 300
citation = "somebody"
edition = "1"
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ('to = "on_scene"', 'to = "received"', "standard x: to received does not come"),
        ("share = 0.9", "share = 90", "standard x: share must be a number 0.01 to 1"),
        ('citation = "somebody"', "", "standard x: citation is missing"),
        ('set = "a"', 'set = "b"', "standard x: set must be one of a"),
        ('from = "dispatched"', 'from = "lunch"', "standard x: from must be one of"),
    ],
)
def test_bad_standards_are_refused_in_one_line(right, wrong, line):
    with pytest.raises(BadInput) as refused:
        load_standards(ONE.replace(right, wrong))
    assert line in str(refused.value)
