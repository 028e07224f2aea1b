"""Group-time ratios: by hand, under staggered adoption, and never against themselves."""

from itertools import pairwise

import numpy as np
import pytest

from gengfu.science.evaluation import NEVER, Panel, did, group_time


def test_two_groups_by_hand():
    # group 1 adopts in month 1, group 2 in month 2; the last never does
    counts = [[10, 6, 3], [30, 33, 12], [10, 11, 12]]
    found = group_time(Panel.of(counts), [1, 2, NEVER])
    ratios = {(c.group, c.period): c.observed / c.expected for c in found.cells}
    # month 1: others went from 30 + 10 to 33 + 11; month 2: from 10 to 12
    assert ratios[1, 1] == pytest.approx((6 / 10) / (44 / 40))
    assert ratios[1, 2] == pytest.approx((3 / 10) / (12 / 10))
    assert ratios[2, 2] == pytest.approx((12 / 31.5) / (12 / 10.5))
    # before adoption each month against the other: 30 -> 33 as 10 -> 11
    assert ratios[2, 0] == pytest.approx((30 / 33) / (10 / 11))
    assert found.observed == 6 + 3 + 12
    expected = 10 * 44 / 40 + 10 * 12 / 10 + 31.5 * 12 / 10.5
    assert found.expected == pytest.approx(expected)
    assert found.overall.ratio == pytest.approx(21 / expected)
    never = group_time(Panel.of(counts), [1, 2, NEVER], comparison="never")
    cell = next(c for c in never.cells if (c.group, c.period) == (1, 1))
    assert cell.observed / cell.expected == pytest.approx((6 / 10) / (11 / 10))


def test_exposure_is_taken_into_account_month_by_month():
    counts = np.array([[10, 10, 12], [20, 20, 20], [40, 40, 40]])
    people = np.array([[100, 100, 200], [100, 100, 100], [300, 300, 300]])
    found = group_time(Panel.of(counts, people), [2, NEVER, NEVER])
    assert found.overall.ratio == pytest.approx(0.6)


def test_one_month_of_adoption_and_constant_exposure_agree_with_did():
    rng = np.random.default_rng(4)
    counts = rng.poisson(20, (12, 10))
    adoption = np.array([6] * 5 + [NEVER] * 7)
    whole = did(Panel.of(counts), adoption)
    found = group_time(Panel.of(counts), adoption)
    # the same sums: [treated after / before] over [others after / before]
    assert found.overall.ratio == pytest.approx(whole.effect.ratio, rel=1e-9)
    assert found.overall.log_se == pytest.approx(whole.effect.log_se, rel=0.03)


def test_a_growing_effect_is_not_turned_round_by_places_treated_before():
    # two waves, halving slowly; month effects of the treated mislead the two-way model
    months = np.arange(24)
    start = np.array([4] * 6 + [14] * 6)
    since = np.maximum(0, months[None] - start[:, None] + 1)
    counts = np.round(400 * np.exp(-0.08 * since)).astype(int)
    panel = Panel.of(np.vstack([counts, np.full((1, 24), 400)]))
    adoption = np.array([*start, NEVER])
    found = group_time(panel, adoption)
    treated = months[None] >= start[:, None]
    truth = counts[treated].sum() / (400 * treated.sum())
    assert found.overall.ratio == pytest.approx(truth, rel=0.01)
    late = [p.estimate.ratio for p in found.by_event if p.first >= 0]
    assert all(later < earlier for earlier, later in pairwise(late))


def test_cells_without_anybody_to_compare_with_are_left_out():
    counts = np.full((6, 8), 10)
    found = group_time(Panel.of(counts), [3, 3, 3, 5, 5, 5])
    assert {c.period for c in found.cells if c.period >= c.group} == {3, 4}
    assert found.left_out == 3  # the later adopters were only compared with
    with pytest.raises(ValueError, match="can be compared"):
        group_time(Panel.of(counts), [3] * 6)


def test_a_place_not_yet_there_is_not_compared_before_it_was():
    counts = np.array([[10, 10, 5, 5], [10, 10, 10, 10], [0, 0, 90, 10]])
    exposure = np.array([[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1]])
    found = group_time(Panel.of(counts, exposure), [2, NEVER, NEVER])
    assert found.overall.ratio == pytest.approx(0.5)


def test_points_before_adoption_are_tested_together():
    rng = np.random.default_rng(9)
    counts = rng.poisson(30, (40, 24))
    adoption = np.array([12] * 10 + [15] * 10 + [NEVER] * 20)
    calm = group_time(Panel.of(counts), adoption, width=3)
    assert calm.pre_points == 3
    assert 0.05 < calm.pre_p < 1
    counts[:20, :6] *= 2
    assert group_time(Panel.of(counts), adoption, width=3).pre_p < 0.01
