"""CUSUM: Lucas's run lengths, the chain against simulation, rises found."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.science.detection import (
    CusumOptions,
    Outcome,
    average_run_length,
    cusum_negative_binomial,
    cusum_poisson,
    reference_value,
)


def test_run_lengths_of_lucas():
    """k = 2, h = 6 with and without a head start of half the limit."""
    risen = 1.88 + 0.9627 * math.sqrt(1.88)
    for mean, plain, ahead in ((1.88, 37.2, 29.19), (risen, 5.49, 3.33)):
        assert average_run_length(mean, 2, 6) == pytest.approx(plain, abs=0.006)
        found = average_run_length(mean, 2, 6, head_start=0.5)
        assert found == pytest.approx(ahead, abs=0.005)


def test_one_case_charts_are_geometric():
    """With h no larger than one case beyond k, only a single count can signal."""
    mean = 0.05
    chance = 1 - math.exp(-mean)
    assert average_run_length(mean, 0.5, 0.5) == pytest.approx(1 / chance, rel=1e-9)
    n = 0.7
    chance = 1 - (n / (n + mean)) ** n
    found = average_run_length(mean, 0.5, 0.5, size=n)
    assert found == pytest.approx(1 / chance, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "size", "head"),
    [(0.3, math.inf, 0.0), (4.0, math.inf, 0.5), (4.0, 3.0, 0.0), (25.0, 8.0, 0.0)],
)
def test_the_stated_run_length_is_the_simulated_one(mean, size, head):
    rng = np.random.default_rng(11)
    shape = (3000, 700)
    if math.isinf(size):
        counts = rng.poisson(mean, shape)
    else:
        counts = rng.negative_binomial(size, size / (size + mean), shape)
    options = CusumOptions(run_length=60, head_start=head)
    if math.isinf(size):
        found = cusum_poisson(counts.astype(float), mean, options)
    else:
        found = cusum_negative_binomial(counts.astype(float), mean, size, options)
    assert (found.run_length >= 60).all()
    assert (found.run_length < 75).all()
    first = np.where(found.alarm.any(axis=1), found.alarm.argmax(axis=1) + 1, 700)
    error = first.std() / math.sqrt(len(first))
    assert first.mean() == pytest.approx(found.run_length[0], abs=4 * error)


@given(
    mean=st.floats(0.001, 60),
    ratio=st.sampled_from([1.2, 1.5, 2.0, 4.0]),
    size=st.sampled_from([0.5, 5.0, math.inf]),
)
def test_the_limit_is_the_least_that_is_long_enough(mean, ratio, size):
    options = CusumOptions(ratio=ratio, run_length=100)
    quiet = np.zeros(1)
    if math.isinf(size):
        found = cusum_poisson(quiet, mean, options)
    else:
        found = cusum_negative_binomial(quiet, mean, size, options)
    k, h = found.reference[0], float(found.limit)
    assert found.run_length >= 100
    parts = next(p for p in range(1, 201) if abs(k * p - round(k * p)) < 1e-9)
    parts = next(
        p for p in range(parts, 201, parts) if abs(h * p - round(h * p)) < 1e-9
    )
    assert average_run_length(mean, k, h, size) == pytest.approx(
        float(found.run_length), rel=1e-6
    )
    if h * parts > 1.5:
        assert average_run_length(mean, k, h - 1 / parts, size) < 100
    if mean > 0.05:
        best = reference_value(mean, ratio, size)
        assert k == pytest.approx(best, rel=0.0101)
        assert mean < k < ratio * mean


def test_the_reference_is_where_both_rates_are_equally_likely():
    for mean, ratio in ((3.0, 1.5), (0.2, 4.0)):
        k = reference_value(mean, ratio)
        assert k * math.log(ratio) == pytest.approx(mean * (ratio - 1))
        for n in (0.8, 20.0):
            k = reference_value(mean, ratio, n)
            low, high = mean / (mean + n), ratio * mean / (ratio * mean + n)
            likelihood = k * math.log(high / low) + n * math.log((1 - high) / (1 - low))
            assert likelihood == pytest.approx(0, abs=1e-12)
        assert reference_value(mean, ratio, 1e9) == pytest.approx(
            reference_value(mean, ratio), rel=1e-6
        )


def test_the_statistic_by_hand():
    counts = np.array([1, 4, np.nan, 0, 9, 9, 0.0])
    found = cusum_poisson(counts, 2.0, CusumOptions(ratio=2.0, restart=False))
    k, h = found.reference[0], float(found.limit)
    by_hand, s = [], 0.0
    for y in counts:
        s = s if np.isnan(y) else max(0.0, s + y - k)
        by_hand.append(s)
    np.testing.assert_allclose(found.statistic, by_hand)
    np.testing.assert_array_equal(found.alarm, np.array(by_hand) >= h - 1e-9)
    assert found.outcome[2] == Outcome.MISSING
    again = cusum_poisson(counts, 2.0, CusumOptions(ratio=2.0))
    assert again.alarm[5]
    assert again.statistic[6] == 0


def test_a_small_lasting_rise_is_found_and_a_season_is_not():
    rng = np.random.default_rng(2)
    season = 5 * np.exp(0.7 * np.sin(2 * np.pi * np.arange(400) / 52))
    quiet = rng.poisson(season, (200, 400)).astype(float)
    options = CusumOptions(run_length=500)
    following = cusum_poisson(quiet, season, options)
    blind = cusum_poisson(quiet, season.mean(), options)
    assert following.alarm.sum() < blind.alarm.sum() / 5
    risen = quiet.copy()
    risen[:, 300:] = rng.poisson(1.5 * season[300:], (200, 100))
    found = cusum_poisson(risen, season, options)
    assert found.alarm[:, 300:330].any(axis=1).mean() > 0.9


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        cusum_poisson(np.array([-1.0]), 2.0)
    with pytest.raises(ValueError, match="expected"):
        cusum_poisson(np.array([1.0]), 0.0)
    with pytest.raises(ValueError, match="expected"):
        cusum_poisson(np.ones(3), np.array([1.0, np.nan, 1.0]))
    with pytest.raises(ValueError, match="size"):
        cusum_negative_binomial(np.ones(3), 1.0, 0.0)
    with pytest.raises(ValueError, match="rise"):
        CusumOptions(ratio=1.0)
    with pytest.raises(ValueError, match="run_length"):
        CusumOptions(run_length=1.0)
    with pytest.raises(ValueError, match="head_start"):
        CusumOptions(head_start=1.0)
    with pytest.raises(ValueError, match="whole"):
        average_run_length(1.0, math.pi, 3.0)
