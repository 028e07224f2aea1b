"""The Sicilian smoking ban to R's digits, and series that cannot be judged."""

import csv

import numpy as np
import pytest

from gengfu.science.evaluation import interrupted_series


@pytest.fixture(scope="module")
def sicily(shared):
    with (shared / "reference/evaluation/sicily.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    counts = [int(row["aces"]) for row in rows]
    exposure = [float(row["stdpop"]) for row in rows]
    return counts, [row["smokban"] for row in rows].index("1"), exposure


def test_sicily_with_two_harmonics(sicily):
    counts, start, exposure = sicily
    found = interrupted_series(counts, start, exposure=exposure)
    assert round(found.effect.ratio, 6) == 0.885072
    assert round(found.effect.low, 6) == 0.839401
    assert round(found.effect.high, 6) == 0.933227
    assert round(found.dispersion, 6) == 2.262186
    assert found.effect.log_se == pytest.approx(0.027031107255, rel=1e-9)
    assert found.expected == pytest.approx(found.observed / 0.88507154724)


def test_sicily_without_seasons(sicily):
    counts, start, exposure = sicily
    found = interrupted_series(counts, start, exposure=exposure, harmonics=0)
    assert found.effect.ratio == pytest.approx(0.89437650802, rel=1e-9)
    assert found.effect.low == pytest.approx(0.83918900344, rel=1e-9)
    assert found.effect.high == pytest.approx(0.95319330308, rel=1e-9)
    assert found.dispersion == pytest.approx(3.559194632, rel=1e-9)


def test_sicily_with_a_turn_of_the_trend(sicily):
    counts, start, exposure = sicily
    found = interrupted_series(counts, start, exposure=exposure, slope=True)
    assert found.effect.ratio == pytest.approx(0.87646441778, rel=1e-9)
    assert found.effect.low == pytest.approx(0.82675320932, rel=1e-8)
    assert found.effect.high == pytest.approx(0.92916467329, rel=1e-8)
    assert found.slope is not None
    assert found.slope.low < 1 < found.slope.high


def test_sicily_with_newey_west_errors(sicily):
    counts, start, exposure = sicily
    found = interrupted_series(counts, start, exposure=exposure, lag=3)
    assert found.effect.log_se == pytest.approx(0.023186928102, rel=1e-5)


def test_a_step_without_noise_is_found_again():
    months = np.arange(1, 49)
    season = 0.3 * np.sin(2 * np.pi * months / 12)
    mean = 1e6 * np.exp(0.01 * months + season) * np.where(months > 30, 0.75, 1)
    found = interrupted_series(np.round(mean), 30, harmonics=1)
    assert found.effect.ratio == pytest.approx(0.75, rel=1e-5)
    assert found.dispersion < 1e-3


def test_months_not_observed_do_not_count():
    counts, exposure = np.tile([5, 7, 6], 12), np.ones(36)
    whole = interrupted_series(np.delete(counts, 7), 19, harmonics=0)
    exposure[7] = 0
    counts[7] = 99
    part = interrupted_series(counts, 20, exposure=exposure, harmonics=0)
    assert part.effect.ratio == pytest.approx(whole.effect.ratio, rel=0.02)


def test_nothing_on_one_side_is_not_estimable():
    found = interrupted_series([3, 4, 5, 6, 4, 3, 0, 0, 0], 6, harmonics=0)
    assert found.effect.verdict == "not_estimable"
    assert found.observed == 0


@pytest.mark.parametrize(
    ("counts", "start", "message"),
    [
        ([1, 2, 3], 0, "before and after"),
        ([1, 2, 3], 3, "before and after"),
        ([1, 2, 3, 4, 5], 2, "too few months"),
        ([[1, 2], [3, 4]], 1, "series"),
        ([1, -2, 3], 1, "0 or more"),
    ],
)
def test_misuse_is_named(counts, start, message):
    with pytest.raises(ValueError, match=message):
        interrupted_series(counts, start)
