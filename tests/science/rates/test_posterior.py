"""The posterior of relative risks: against plain quadrature, draws and its own refit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from gengfu.science.rates import Grid, RatePosterior, fit_rates

COUNTS = np.array([0, 2, 9, 31, 60, 7, 1, 140])
EXPECTED = np.array([1.5, 2.0, 5.0, 40.0, 50.0, 8.0, 0.4, 110.0])


def plainly_above(ratio: float) -> np.ndarray:
    """P(theta > ratio) by brute force: 300 x 241 nodes, nothing chosen with care."""
    cv = np.linspace(0.002, 3.0, 300)
    log_mean = np.linspace(-2.0, 2.0, 241)
    a = cv[:, None, None] ** -2.0
    mean = np.exp(log_mean)[None, :, None]
    likely = (
        special.gammaln(a + COUNTS)
        - special.gammaln(a)
        - (a + COUNTS) * np.log1p(mean * EXPECTED / a)
        + COUNTS * np.log(mean / a)
    ).sum(axis=2)
    pooled = (COUNTS.sum() + 0.5) / EXPECTED.sum()
    told = [
        (ratio * EXPECTED / (1 + ratio * EXPECTED / a)).sum(axis=2)
        for ratio in (mean, pooled)
    ]
    height = likely + 0.5 * np.log(told[0] / told[1]) - 0.5 * (cv[:, None] / 0.5) ** 2
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    out = np.zeros(len(COUNTS))
    for c, m in zip(*np.nonzero(weight > 1e-9), strict=True):
        shape = cv[c] ** -2.0
        rate = shape / np.exp(log_mean[m]) + EXPECTED
        out += weight[c, m] * special.gammaincc(shape + COUNTS, rate * ratio)
    return out


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.2, 1.5, 2.5])
def test_chances_as_by_plain_quadrature(ratio):
    posterior = fit_rates(COUNTS, EXPECTED)
    np.testing.assert_allclose(posterior.above(ratio), plainly_above(ratio), atol=0.004)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.5, 0.95, 0.99])
def test_quantiles_are_those_of_the_exact_mixture(level):
    posterior = fit_rates(COUNTS, EXPECTED)
    at = posterior.quantile(level)
    above = [posterior.above(float(x))[place] for place, x in enumerate(at)]
    np.testing.assert_allclose(above, 1.0 - level, atol=0.003)


def test_quantiles_of_places_with_next_to_nothing():
    posterior = fit_rates([0, 0, 1, 0, 0], [0.01, 0.2, 0.3, 0.0, 1.0])
    for level in (0.05, 0.5, 0.95):
        at = posterior.quantile(level)
        above = [posterior.above(float(x))[place] for place, x in enumerate(at)]
        np.testing.assert_allclose(above, 1.0 - level, atol=0.006)


def test_a_quiet_city_has_an_answer():
    posterior = fit_rates([0, 0, 0], [1.0, 2.0, 3.0])
    low, high = posterior.interval(0.9)
    assert np.all((low > 0) & (high < 2.0) & (low < high))


def test_draws_are_of_the_posterior_and_of_the_seed():
    posterior = fit_rates(COUNTS, EXPECTED)
    drawn = posterior.draws(20_000, np.random.default_rng(1))
    assert drawn.shape == (20_000, len(COUNTS))
    for level in (0.05, 0.5, 0.95):
        share = (drawn <= posterior.quantile(level)).mean(axis=0)
        np.testing.assert_allclose(share, level, atol=0.01)
    np.testing.assert_allclose(drawn.mean(axis=0), posterior.mean, rtol=0.03)
    again = posterior.draws(20_000, np.random.default_rng(1))
    assert np.array_equal(drawn, again)
    assert not np.array_equal(drawn, posterior.draws(20_000, np.random.default_rng(2)))


def test_places_share_what_is_not_known_of_their_mean():
    posterior = fit_rates([3, 4, 2, 5], [4.0, 4.0, 4.0, 4.0], grid=Grid(most_cv=0.02))
    drawn = posterior.draws(4000, np.random.default_rng(3))
    assert np.corrcoef(drawn.T).min() > 0.9


def test_another_count_leaves_other_places_their_random_numbers():
    posterior = fit_rates(COUNTS, EXPECTED)
    other = posterior.with_count(2, 10)
    before = posterior.draws(500, np.random.default_rng(4))
    after = other.draws(500, np.random.default_rng(4))
    same = RatePosterior(
        other.counts,
        other.expected,
        posterior.shape,
        posterior.mean_ratio,
        posterior.weight,
    ).draws(500, np.random.default_rng(4))
    rest = [place for place in range(len(COUNTS)) if place != 2]
    assert np.array_equal(before[:, rest], same[:, rest])
    assert not np.array_equal(before[:, 2], same[:, 2])
    assert after.shape == before.shape


@pytest.mark.parametrize(("place", "count"), [(0, 1), (0, 4), (1, 0), (6, 4), (7, 139)])
def test_had_the_count_been_another(place, count):
    counts = COUNTS.copy()
    counts[place] = count
    fitted, told = fit_rates(counts, EXPECTED), fit_rates(COUNTS, EXPECTED)
    told = told.with_count(place, count)
    assert told.counts[place] == count
    assert told.weight.sum() == pytest.approx(1.0)
    for level in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(
            told.quantile(level), fitted.quantile(level), rtol=0.01
        )


def test_the_same_count_changes_nothing():
    posterior = fit_rates(COUNTS, EXPECTED)
    same = posterior.with_count(3, int(COUNTS[3]))
    np.testing.assert_allclose(same.weight, posterior.weight, rtol=1e-12)
    np.testing.assert_allclose(same.quantile(0.5), posterior.quantile(0.5), rtol=1e-12)


def test_some_places_of_a_posterior():
    posterior = fit_rates(COUNTS, EXPECTED)
    some = posterior.only([5, 0])
    whole = posterior.quantile(0.9)
    np.testing.assert_allclose(some.quantile(0.9), whole[[5, 0]], rtol=1e-9)
    assert some.places == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.floats(0.01, 300.0)), min_size=2, max_size=12
    ),
    st.floats(0.02, 0.98),
)
def test_intervals_nest_and_chances_fall(places, level):
    counts, expected = zip(*places, strict=True)
    posterior = fit_rates(counts, expected)
    low, high = posterior.interval(level)
    wider_low, wider_high = posterior.interval((1 + level) / 2)
    assert np.all(np.isfinite(low) & np.isfinite(high) & (low > 0))
    assert np.all((wider_low <= low) & (low <= high) & (high <= wider_high))
    assert np.all(posterior.above(0.8) >= posterior.above(1.3))
    assert posterior.weight.sum() == pytest.approx(1.0)


def test_more_events_more_risk_and_drawn_to_the_city():
    posterior = fit_rates([0, 5, 10, 20, 40], [10.0] * 5)
    assert np.all(np.diff(posterior.quantile(0.5)) > 0)
    assert posterior.mean[0] > 0.0
    assert posterior.mean[4] < 4.0


def test_misuse_is_named():
    with pytest.raises(ValueError, match="two equal rows"):
        fit_rates([1, 2], [1.0])
    with pytest.raises(ValueError, match="0 or more"):
        fit_rates([1, -2], [1.0, 1.0])
    with pytest.raises(ValueError, match="0 or more"):
        fit_rates([1, 2], [1.0, np.nan])
    with pytest.raises(ValueError, match="place 1 has events and expects none"):
        fit_rates([1, 2], [1.0, 0.0])
    with pytest.raises(ValueError, match="nothing is expected"):
        fit_rates([0, 0], [0.0, 0.0])
    posterior = fit_rates([1, 0], [1.0, 0.0])
    with pytest.raises(ValueError, match="expects no events"):
        posterior.with_count(1, 2)
    with pytest.raises(ValueError, match="no place 2"):
        posterior.with_count(2, 2)
    with pytest.raises(ValueError, match="at least once"):
        posterior.draws(0, np.random.default_rng(1))
    with pytest.raises(ValueError, match="level"):
        posterior.quantile(1.0)
    with pytest.raises(ValueError, match="two or more nodes"):
        Grid(cvs=1)
