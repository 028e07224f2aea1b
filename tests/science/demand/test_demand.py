"""Demand: rates that add up, draws that follow them, fits that find them again."""

import numpy as np
import pytest

from gengfu.science.demand import WEEK_H, Demand, assume_demand, draw, fit_demand


def two_kinds() -> Demand:
    hours = np.zeros((2, WEEK_H))
    hours[0, :24] = 1 / 24  # fires on Mondays only
    hours[1, :] = 1 / WEEK_H
    return Demand(
        ("fire", "medical"),
        ("north", "south"),
        np.array([240.0, 1680.0]),
        hours,
        np.array([[1.0, 0.0], [0.25, 0.75]]),
    )


def test_draws_follow_the_rates_by_hour_kind_and_area():
    drawn = draw(two_kinds(), np.random.default_rng(1), 0, WEEK_H * 20)
    fires = drawn.kind == 0
    assert abs(fires.sum() - 4800) < 4 * np.sqrt(4800)
    assert abs((~fires).sum() - 33_600) < 4 * np.sqrt(33_600)
    assert set(drawn.area[fires]) == {0}
    share = (drawn.area[~fires] == 1).mean()
    assert abs(share - 0.75) < 0.02
    hour_of_week = (drawn.seconds[fires] // 3600).astype(int) % WEEK_H
    assert hour_of_week.max() < 24
    assert np.all(np.diff(drawn.seconds) >= 0)


def test_gaps_between_calls_are_exponential():
    drawn = draw(two_kinds(), np.random.default_rng(2), 24, 24 * 5)
    gaps = np.diff(drawn.seconds)
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.12)


def test_the_same_generator_state_gives_the_same_calls():
    one = draw(two_kinds(), np.random.default_rng(5), 10, 50)
    two = draw(two_kinds(), np.random.default_rng(5), 10, 50)
    other = draw(two_kinds(), np.random.default_rng(6), 10, 50)
    assert np.array_equal(one.seconds, two.seconds)
    assert np.array_equal(one.area, two.area)
    assert not np.array_equal(one.seconds[:20], other.seconds[:20])


def test_part_of_an_hour_draws_part_of_its_calls():
    counts = [
        len(draw(two_kinds(), np.random.default_rng(s), 30, 0.5)) for s in range(800)
    ]
    assert np.mean(counts) == pytest.approx(5.0, abs=0.35)


def test_a_fit_finds_the_rates_again():
    truth = two_kinds()
    drawn = draw(truth, np.random.default_rng(3), 0, WEEK_H * 30)
    hours = (drawn.seconds // 3600).astype(np.int64) % WEEK_H
    found = fit_demand(truth.kinds, truth.areas, drawn.kind, drawn.area, hours, 30.0)
    assert found.per_week == pytest.approx(truth.per_week, rel=0.06)
    assert found.area_share[1] == pytest.approx([0.25, 0.75], abs=0.02)
    assert found.hour_share[0, :24].sum() > 0.97


def test_demand_without_a_record_goes_by_people():
    found = assume_demand(
        {"a": 3.0, "b": 1.0}, ("x", "y", "z"), np.array([3e5, 1e5, np.nan])
    )
    assert found.per_week.sum() == pytest.approx(4e5 * 0.30 / (365.25 / 7))
    assert found.per_week[0] == pytest.approx(3 * found.per_week[1])
    assert found.area_share[0] == pytest.approx([0.75, 0.25, 0.0])
    night, evening = found.hour_share[0, 4], found.hour_share[0, 18]
    assert night < evening
    assert found.scaled_to(700.0).per_week.sum() == pytest.approx(700.0)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="people"):
        assume_demand({"a": 1.0}, ("x",), np.array([0.0]))
    with pytest.raises(ValueError, match="first_hour"):
        draw(two_kinds(), np.random.default_rng(1), 168, 1)
    none = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="no recorded calls"):
        fit_demand(("a",), ("x",), none, none, none, 1.0)
    with pytest.raises(ValueError, match="sum to 1"):
        Demand(("a",), ("x",), np.ones(1), np.ones((1, WEEK_H)), np.ones((1, 1)))
