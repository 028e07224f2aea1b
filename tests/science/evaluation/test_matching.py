"""Comparison places of the same level, and the fall that chance alone brings."""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import fallback_ratio, match_on_level

LEVEL = np.array([1.0, 2.0, 4.0, 1.1, 1.9, 4.2, 9.0])
TREATED = np.array([True, True, True, False, False, False, False])


def test_each_treated_place_gets_the_one_most_like_it():
    found = match_on_level(LEVEL, TREATED)
    assert found.pairs.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert abs(found.gap_after) < 0.1 < abs(found.gap_before)
    assert found.comparison.tolist() == [3, 4, 5]


def test_the_whole_is_best_not_each_in_turn():
    # greedy would give the first treated place the only match of the second
    level = np.exp([1.0, 1.2, 0.7, 1.1, -1.0, 3.0])
    treated = np.array([True, True, False, False, False, False])
    found = match_on_level(level, treated, caliper=0.5)
    assert found.pairs.tolist() == [[0, 2], [1, 3]]


def test_nobody_alike_is_said():
    found = match_on_level(
        [50, 1, 1.1, 1.2, 0], np.array([True, True, False, False, False])
    )
    assert found.unmatched.tolist() == [0]
    assert found.pairs[:, 0].tolist() == [1]


def test_several_each_and_only_the_eligible():
    level, treated = np.ones(9), np.arange(9) < 2
    found = match_on_level(level, treated, per_treated=3)
    assert len(found.comparison) == 6
    eligible = np.arange(9) > 6
    found = match_on_level(level, treated, per_treated=3, eligible=eligible)
    assert found.comparison.tolist() == [7, 8]


def test_misuse_is_named():
    with pytest.raises(ValueError, match="level"):
        match_on_level([1, math.nan], np.array([True, False]))
    with pytest.raises(ValueError, match="caliper"):
        match_on_level([1, 2], np.array([True, False]), caliper=0)


def test_chance_brings_back_what_it_chose():
    rng = np.random.default_rng(2)
    risk = rng.gamma(4, 0.5, 4000)
    before, after = rng.poisson(2 * risk), rng.poisson(2 * risk)
    worst = before >= np.sort(before)[-400]
    change = after[worst].sum() / before[worst].sum()
    change /= after[~worst].sum() / before[~worst].sum()
    foretold = fallback_ratio(before, np.full(4000, 2.0), worst)
    assert foretold == pytest.approx(change, rel=0.05)
    assert foretold < 0.7
    any_400 = rng.permutation(worst)
    assert fallback_ratio(before, np.ones(4000), any_400) == pytest.approx(1, abs=0.06)


def test_long_records_hardly_fall_back():
    rng = np.random.default_rng(3)
    risk = rng.gamma(4, 0.5, 200)
    before = rng.poisson(500 * risk)
    worst = np.argsort(before) >= 180
    worst = before >= np.sort(before)[-20]
    assert fallback_ratio(before, np.full(200, 500.0), worst) > 0.99


def test_without_events_nothing_is_foretold():
    treated = np.array([True, False])
    assert fallback_ratio(np.array([0, 4]), np.ones(2), treated) == 1
    assert fallback_ratio(np.array([4, 9]), np.array([1.0, 0.0]), treated) == 1
