"""Group-time average effects against csdid 0.4.3 (the authors' method in Python)."""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import NEVER, att_gt

OUTCOME = [
    [4, 5, 3, 2], [6, 6, 4, 5], [5, 7, 6, 3], [3, 4, 4, 1], [7, 8, 9, 6], [2, 3, 3, 4],
    [5, 6, 7, 8], [4, 4, 6, 5], [6, 8, 7, 9], [3, 5, 4, 6], [5, 5, 6, 7], [2, 4, 3, 4],
    [6, 7, 9, 8], [4, 6, 7, 7], [6, 5, 4, 3], [5, 4, 2, 3], [4, 6, 6, 3], [6, 6, 8, 5],
]  # fmt: skip
ADOPTION = [2, 2, 2, 3, 3, 3, *[NEVER] * 8, 2, 2, 3, 3]

# ATTgt(control_group, xformla="y~1").fit("dr", bstrap=False), then aggte(kind).
PRINTED = {
    "never": (
        [-1.05, -2.1, -3.325, -0.25, 0.1, -2.825],
        [
            0.5982787812, 0.4852834223, 0.5629581468,
            0.4073542684, 0.5616938668, 0.8162700993,
        ],
        {
            "simple": (-2.75, 0.31374751),
            "dynamic": (-2.89375, 0.33993192),
            "group": (-2.76875, 0.40330543),
            "calendar": (-2.5875, 0.28156233),
        },
        [0.40735427, 0.3931245, 0.40542705, 0.56295815],
    ),
    "not_yet": (
        [-0.9538461538, -2.1384615385, -3.325, 0.1538461538, 0.1, -2.825],
        [
            0.5634861254, 0.3716488865, 0.5629581468,
            0.4157570104, 0.5616938668, 0.8162700993,
        ],
        {
            "simple": (-2.76282051, 0.32428149),
            "dynamic": (-2.90336538, 0.34253064),
            "group": (-2.77836538, 0.42207946),
            "calendar": (-2.60673077, 0.27273578),
        },
        [0.41575701, 0.41913637, 0.43184401, 0.56295815],
    ),
}  # fmt: skip


@pytest.mark.parametrize("comparison", PRINTED)
def test_effects_and_their_errors(comparison):
    effect, se, summaries, dynamic = PRINTED[comparison]
    found = att_gt(OUTCOME, ADOPTION, comparison=comparison)
    assert found.group.tolist() == [2, 2, 2, 3, 3, 3]
    assert found.period.tolist() == [1, 2, 3] * 2
    np.testing.assert_allclose(found.effect, effect, atol=1e-10)
    np.testing.assert_allclose(found.se, se, atol=1e-10)
    for kind, printed in summaries.items():
        made = found.summary(kind)
        assert (made.overall, made.overall_se) == pytest.approx(printed, abs=5e-9)
    made = found.summary("dynamic")
    assert made.at.tolist() == [-2, -1, 0, 1]
    np.testing.assert_allclose(made.se, dynamic, atol=5e-9)


def test_one_base_for_all():
    found = att_gt(OUTCOME, ADOPTION, base="universal")
    printed = [1.05, 0, -2.1, -3.325, 0.15, -0.1, 0, -2.825]
    np.testing.assert_allclose(found.effect, printed, atol=1e-12)
    assert np.isnan(found.se[[1, 6]]).all()
    assert found.se[4] == pytest.approx(0.3659747259033061, rel=1e-12)


def test_the_band_is_wider_than_each_interval_and_the_same_again():
    first, again = (att_gt(OUTCOME, ADOPTION, seed=5) for _ in range(2))
    assert (first.band_low < first.low).all()
    assert (first.band_high > first.high).all()
    np.testing.assert_array_equal(first.band_low, again.band_low)
    # Six effects far from independent: between one and Bonferroni's six.
    reach = (first.band_high - first.effect) / first.se
    assert 1.96 < reach[0] < 2.64 * 1.1
    assert reach == pytest.approx(np.full(6, reach[0]))


def test_the_band_covers_all_effects_at_once():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        y = rng.normal(size=(80, 1)) + rng.normal(size=(80, 5)).cumsum(axis=1)
        adoption = np.repeat([2, 3, NEVER, NEVER], 20)
        found = att_gt(y, adoption, draws=400)
        held += bool(((found.band_low < 0) & (found.band_high > 0)).all())
    # Binomial of 200 at .95 (asymptotic; a little less with 20 places in a group).
    assert 174 <= held <= 199


def test_places_together_are_one_piece_of_luck():
    doubled = np.repeat(np.array(OUTCOME, float), 2, axis=0)
    twice = np.repeat(ADOPTION, 2)
    found = att_gt(doubled, twice, clusters=np.repeat(np.arange(18), 2))
    np.testing.assert_allclose(found.effect, PRINTED["never"][0], atol=1e-10)
    np.testing.assert_allclose(found.se, PRINTED["never"][1], atol=1e-10)
    alone = att_gt(doubled, twice)
    np.testing.assert_allclose(alone.se, found.se / math.sqrt(2), rtol=1e-12)


def test_places_without_outcome_and_too_early_are_left_out():
    more = [*OUTCOME, [1, 2, math.nan, 3], [3, 1, 4, 1]]
    found = att_gt(more, [*ADOPTION, 2, 0])
    assert found.left_out == 2
    np.testing.assert_allclose(found.effect, PRINTED["never"][0], atol=1e-10)
    infinite = [math.inf if a == NEVER else a for a in ADOPTION]
    same = att_gt(OUTCOME, infinite)
    np.testing.assert_array_equal(same.effect, att_gt(OUTCOME, ADOPTION).effect)


def test_without_anybody_untouched_the_last_to_adopt_are_compared_with():
    some = [row for row, a in zip(OUTCOME, ADOPTION, strict=True) if a != NEVER]
    when = [a for a in ADOPTION if a != NEVER]
    found = att_gt(some, when, comparison="not_yet")
    assert set(found.group.tolist()) == {2}
    with pytest.raises(ValueError, match="can be compared"):
        att_gt(some, when)


def test_a_lead_known_beforehand_moves_the_base():
    found = att_gt(OUTCOME, ADOPTION, anticipation=1)
    change = np.array(OUTCOME, float)[:, 3] - np.array(OUTCOME, float)[:, 1]
    group = np.array(ADOPTION)
    by_hand = change[group == 3].mean() - change[group == NEVER].mean()
    assert found.effect[-1] == pytest.approx(by_hand)


def test_misuse_is_refused():
    for wrong in (
        {"comparison": "all"},
        {"base": "mean"},
        {"anticipation": -1},
        {"level": 1.0},
        {"draws": 1},
        {"clusters": [1]},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            att_gt(OUTCOME, ADOPTION, **wrong)
    with pytest.raises(ValueError, match="outcome"):
        att_gt([1, 2, 3], [1, 2, 3])
    with pytest.raises(ValueError, match="adoption"):
        att_gt(OUTCOME, [1])
    with pytest.raises(ValueError, match="no place"):
        att_gt(OUTCOME, [NEVER] * 18)
    with pytest.raises(ValueError, match="summary"):
        att_gt(OUTCOME, ADOPTION).summary("mean")
