"""Quantiles of counts are those of SciPy's laws, which take a second to load."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import gengfu
from gengfu.science.chances import negative_binomial_quantile, poisson_quantile
from gengfu.science.traveltime import score

LEVELS = (1e-6, 0.025, 0.1, 0.5, 0.9, 0.995, 1 - 1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_quantiles_are_those_of_the_laws(level):
    rng = np.random.default_rng(1)
    mean = 10 ** rng.uniform(-8, 5, 2_000)
    assert np.array_equal(poisson_quantile(level, mean), stats.poisson.ppf(level, mean))
    size = 10 ** rng.uniform(-1, 8, 2_000)
    share = size / (size + mean)
    found = negative_binomial_quantile(level, size, share)
    assert np.array_equal(found, stats.nbinom.ppf(level, size, share))


def test_a_quantile_is_the_least_count_that_reaches_its_level():
    for law, found in (
        (stats.poisson(3.0), poisson_quantile),
        (stats.nbinom(2.5, 0.4), lambda q, _: negative_binomial_quantile(
            q, np.array([2.5]), np.array([0.4])
        )),
    ):  # fmt: skip
        for count in range(8):  # at a step itself, and just above it
            reached = float(law.cdf(count))
            assert found(reached * (1 - 1e-12), np.array([3.0])) == count
            assert found(reached * (1 + 1e-9), np.array([3.0])) == count + 1


def test_nobody_knows_a_quantile_of_no_number():
    nothing = np.array([np.nan])
    assert np.isnan(poisson_quantile(0.9, nothing)).all()
    assert np.isnan(negative_binomial_quantile(0.9, nothing, nothing)).all()


def test_ranks_with_equals_are_correlated_as_by_scipy():
    rng = np.random.default_rng(2)
    one = rng.integers(0, 20, 300).astype(float)
    other = one + rng.integers(0, 15, 300)
    expected = float(stats.spearmanr(one, other)[0])
    assert score(one, other).spearman == pytest.approx(expected, abs=1e-12)


def test_nothing_of_ours_loads_all_of_the_laws():
    files = list(Path(gengfu.__file__).parent.rglob("*.py"))
    assert len(files) > 400
    loading = re.compile(r"scipy\.stats|from scipy import (?:\([^)]*|.*)\bstats\b")
    assert [f for f in files if loading.search(f.read_text("utf-8"))] == []
