"""Difference in differences against statsmodels' dummies, and where it has no answer."""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import (
    NEVER,
    Panel,
    adoption_of,
    did,
    event_study,
    pretrend,
)
from gengfu.science.evaluation.separation import find_separated

COUNTS = np.array(
    [
        [3, 9, 4, 15, 9, 17, 13, 10],
        [37, 18, 18, 6, 23, 24, 11, 44],
        [33, 4, 36, 18, 16, 22, 13, 30],
        [6, 10, 4, 11, 9, 2, 18, 9],
        [14, 25, 14, 42, 7, 13, 4, 19],
        [3, 0, 3, 7, 15, 1, 14, 3],
        [0, 0, 21, 7, 4, 3, 25, 17],
        [23, 10, 5, 8, 12, 10, 3, 18],
    ]
)
EXPOSURE = np.repeat([1.5, 1.3, 1.7, 1.3, 2.0, 0.8, 1.1, 1.2], 8).reshape(8, 8)
EXPOSURE[6, :2] = 0
ADOPTION = adoption_of(8, {0: 4, 1: 4, 2: 4})
PANEL = Panel.of(COUNTS, EXPOSURE)


def test_poisson_ratio_and_errors_are_those_of_a_regression_on_dummies():
    # statsmodels 0.15: GLM with 8 + 7 dummies, cov_type="cluster", times G/(G - 1)
    found = did(PANEL, ADOPTION, errors="clustered")
    assert found.effect.ratio == pytest.approx(1.3555019192961328, rel=1e-9)
    assert found.effect.log_se == pytest.approx(0.29103817912316604, rel=1e-8)
    assert found.dispersion == pytest.approx(5.700574325336896, rel=1e-8)
    assert found.observed == COUNTS[:3, 4:].sum() == 232
    assert found.expected == pytest.approx(232 / 1.3555019192961328)
    assert (found.treated, found.comparison) == (3, 5)


def test_negative_binomial_takes_alpha_from_pearsons_chi_square():
    found = did(PANEL, ADOPTION, family="negative_binomial", errors="clustered")
    assert found.alpha == pytest.approx(0.3820602216185656, rel=1e-6)
    assert found.effect.ratio == pytest.approx(1.2746964619805259, rel=1e-6)
    assert found.effect.log_se == pytest.approx(0.30360013612391623, rel=1e-6)
    assert found.dispersion == pytest.approx(1)


def test_the_jackknife_is_close_to_refitting_without_each_place():
    # refitting eight times with statsmodels gives .3691; ours takes one step each
    found = did(PANEL, ADOPTION)
    assert found.effect.log_se == pytest.approx(0.36909866, rel=0.15)
    assert found.effect.log_se > did(PANEL, ADOPTION, errors="clustered").effect.log_se


def test_few_treated_places_leave_few_degrees_of_freedom():
    found = did(PANEL, ADOPTION)
    assert 2 <= found.effect.df <= 6
    few = did(PANEL, adoption_of(8, {0: 4}))
    assert few.effect.ratio > 0
    assert math.isnan(few.effect.low)
    assert few.effect.verdict == "not_estimable"


def test_the_model_alone_gives_an_interval_for_one_treated_place():
    found = did(PANEL, adoption_of(8, {0: 4}), errors="model")
    assert found.effect.low < found.effect.ratio < found.effect.high
    assert math.isinf(found.effect.df)


def test_units_of_exposure_do_not_matter_and_places_may_come_in_any_order():
    one = did(PANEL, ADOPTION).effect
    order = np.array([5, 2, 7, 0, 1, 6, 3, 4])
    other = did(Panel.of(COUNTS[order], 1e4 * EXPOSURE[order]), ADOPTION[order]).effect
    assert (other.ratio, other.log_se) == pytest.approx((one.ratio, one.log_se))


def test_clusters_of_twins_are_as_good_as_one_of_both():
    twice = Panel.of(np.vstack([COUNTS, COUNTS]), np.vstack([EXPOSURE, EXPOSURE]))
    clusters = np.tile(np.arange(8), 2)
    both = did(twice, np.tile(ADOPTION, 2), clusters=clusters).effect
    assert both.log_se == pytest.approx(did(PANEL, ADOPTION).effect.log_se)


@pytest.mark.parametrize(
    ("rows", "months", "separation"),
    [
        (slice(0, 3), slice(4, 8), "zero"),
        (slice(0, 3), slice(0, 4), "infinite"),
        (slice(3, 8), slice(4, 8), "infinite"),
        (slice(3, 8), slice(0, 4), "zero"),
    ],
)
def test_a_side_that_recorded_nothing_gives_one_limit(rows, months, separation):
    counts = COUNTS.copy()
    counts[rows, months] = 0
    found = did(Panel.of(counts, EXPOSURE), ADOPTION)
    assert found.separation == separation
    if separation == "zero":
        assert found.effect.ratio == found.effect.low == 0
        assert 0 < found.effect.high < 1
        assert found.effect.verdict == "fewer"
    else:
        assert found.effect.ratio == found.effect.high == math.inf
        assert found.effect.low > 1
    assert found.dropped_cells > 0


def test_the_limit_of_a_ratio_of_zero_is_that_of_the_likelihood():
    # Two by two, 10 -> 0 against 10 -> 10: the likelihood is that of 0 in 10 with
    # chance r/(1 + r), twice its fall 20 ln(1 + r) - 3.841459 = 0.
    panel = Panel.of([[10, 0], [10, 10]])
    found = did(panel, [1, NEVER]).effect
    assert found.ratio == 0
    # margins: 20 events in month 0, 10 in month 1; r maximises the profile
    best = 10 * math.log(0.5) * 2
    at = found.high
    chance = _profile(at)
    assert 2 * (best - chance) == pytest.approx(3.841459, rel=1e-3)


def _profile(ratio: float) -> float:
    """Log likelihood of (10, 0), (10, 10) by a search over the month's factor."""
    best = -math.inf
    for log_month in np.linspace(-8, 8, 160_001):
        month = math.exp(log_month)
        treated = 10 * math.log(1 / (1 + month * ratio))
        other = 10 * math.log(1 / (1 + month)) + 10 * math.log(month / (1 + month))
        best = max(best, treated + other)
    return best


def test_places_and_months_without_events_say_nothing():
    counts, exposure = np.vstack([COUNTS, np.zeros((2, 8), int)]), np.ones((10, 8))
    exposure[:8] = EXPOSURE
    found = did(Panel.of(counts, exposure), [*ADOPTION, 4, NEVER])
    assert found.dropped_places == 2
    assert found.effect.ratio == pytest.approx(1.3555019192961328)


def test_separation_is_found_for_regressors_that_are_not_of_places_alone():
    # only the cell with the regressor 2 lacks events: its coefficient falls for ever
    counts = np.array([[1, 1, 0], [2, 1, 1], [1, 3, 1]])
    regressor = np.array([[0, 0, 2], [0, 0, 0], [0, 0, 0]], float)
    found = find_separated(counts, np.ones((3, 3), bool), regressor[None])
    assert found.towards.tolist() == [-1]
    assert np.argwhere(found.cells).tolist() == [[0, 2]]
    fine = find_separated(counts + 1, np.ones((3, 3), bool), regressor[None])
    assert not fine.cells.any()


def test_event_study_points_are_those_of_a_regression_on_dummies():
    found = event_study(PANEL, ADOPTION, width=2, errors="clustered")
    ratios = [point.estimate.ratio for point in found.points]
    assert ratios == pytest.approx([1.09996767, 1, 1.83695062, 1.17065821], rel=1e-7)
    errors = [point.estimate.log_se for point in found.points]
    assert errors == pytest.approx([0.46682341, 0, 0.4611759, 0.45904777], rel=1e-6)
    assert [(p.first, p.last) for p in found.points] == [
        (-4, -3),
        (-2, -1),
        (0, 1),
        (2, 3),
    ]
    assert [p.reference for p in found.points] == [False, True, False, False]


def test_one_point_before_makes_the_joint_test_that_points_own():
    found = event_study(PANEL, ADOPTION, width=2, errors="clustered")
    assert found.pretrend.points == 1
    assert found.pretrend.joint_p == pytest.approx(found.points[0].estimate.p)


def test_a_drift_before_adoption_is_seen_and_a_level_is_not():
    months = np.arange(24)
    others = np.full((12, 24), 40)
    others += np.arange(12)[:, None] + (months % 3)
    drifting = np.round(60 * np.exp(0.3 * months / 12))[None] + np.arange(8)[:, None]
    level = np.full((8, 24), 90) + (months % 3) + 2 * np.arange(8)[:, None]
    adoption = np.array([16] * 8 + [NEVER] * 12)
    drift = pretrend(Panel.of(np.vstack([drifting, others])), adoption)
    assert drift.fails()
    assert drift.per_year.ratio == pytest.approx(math.exp(0.3), rel=0.05)
    calm = pretrend(Panel.of(np.vstack([level, others])), adoption)
    assert calm.per_year.ratio == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("adoption", "message"),
    [
        ([NEVER] * 8, "no place got the measure"),
        ([4] * 8, "still without the measure"),
        ([0] * 3 + [NEVER] * 5, "not observed before"),
        ([4] * 3, "one month for each of 8 places"),
        ([4.5] + [NEVER] * 7, "column from 0"),
        ([-1] + [NEVER] * 7, "column from 0"),
    ],
)
def test_misuse_is_named(adoption, message):
    with pytest.raises(ValueError, match=message):
        did(PANEL, adoption)


@pytest.mark.parametrize(
    ("counts", "exposure", "message"),
    [
        ([[1.5, 2]], None, "whole numbers"),
        ([[-1, 2]], None, "whole numbers"),
        ([1, 2], None, "places by months"),
        ([[1, 2]], [[1, 2, 3]], "does not fit"),
        ([[1, 2]], [[1, -2]], "0 or more"),
        ([[1, 2]], [[1, math.nan]], "0 or more"),
    ],
)
def test_a_panel_of_wrong_numbers_is_refused(counts, exposure, message):
    with pytest.raises(ValueError, match=message):
        Panel.of(counts, exposure)
