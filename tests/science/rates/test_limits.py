"""Limits of counts and funnels, against published figures and scipy's distributions."""

import json

import numpy as np
import pytest
from scipy import stats

from gengfu.science.rates import funnel_limits, overdispersion, poisson_interval


# published to more digits than are right: the exact lower limit of 1 is -ln .975
@pytest.mark.parametrize(("method", "near"), [("exact", 5e-5), ("byar", 2e-4)])
def test_limits_of_counts_as_published(shared, method, near):
    file = shared / "reference" / "rates" / "poisson_ci_expected.json"
    rows = json.loads(file.read_text())[f"{method}95"]
    low, high = poisson_interval([row["x"] for row in rows], 0.95, method)
    np.testing.assert_allclose(low, [row["lower"] for row in rows], atol=near, rtol=0)
    np.testing.assert_allclose(high, [row["upper"] for row in rows], atol=near, rtol=0)


def test_exact_limits_leave_the_tails_of_a_poisson():
    for count in (1, 4, 17, 230):
        low, high = poisson_interval(count, 0.9)
        assert stats.poisson.sf(count - 1, float(low)) == pytest.approx(0.05)
        assert stats.poisson.cdf(count, float(high)) == pytest.approx(0.05)


def test_nothing_counted_has_no_lower_limit():
    for method in ("exact", "byar"):
        low, high = poisson_interval([0, 3], 0.95, method)
        assert low[0] == 0.0
        assert high[0] > 1.0


def test_funnel_of_fifteen_as_specified():
    low, high = funnel_limits(15, 0.95)
    assert (float(low), float(high)) == pytest.approx((0.5596924, 1.649348), abs=5e-7)
    low, high = funnel_limits(15, 0.998)
    assert (float(low), float(high)) == pytest.approx((0.3862650, 2.082907), abs=5e-7)


def test_overdispersion_widens_a_funnel_like_fewer_events():
    wide = funnel_limits([40.0, 400.0], 0.95, overdispersion=4.0)
    few = funnel_limits([10.0, 100.0], 0.95)
    np.testing.assert_allclose(wide, few)


def test_overdispersion_is_found_and_outliers_do_not_hide_themselves():
    rng = np.random.default_rng(5)
    expected = np.full(400, 50.0)
    plain = rng.poisson(expected)
    assert overdispersion(plain, expected) < 1.15
    mixed = rng.poisson(expected * rng.gamma(20.0, 1 / 20.0, 400))
    # variance / mean = 1 + 50 / 20; winsorised at a tenth it is somewhat less
    assert 2.0 < overdispersion(mixed, expected) < 3.6
    assert overdispersion(mixed, expected, winsorised=0.0) == pytest.approx(
        np.mean((mixed - 50.0) ** 2 / 50.0)
    )
    struck = plain.copy()
    struck[:4] = 500
    assert overdispersion(struck, expected) < 1.3
    assert overdispersion(struck, expected, winsorised=0.0) > 10


def test_misuse_is_named():
    with pytest.raises(ValueError, match="count must be numbers of 0 or more"):
        poisson_interval([3, -1])
    with pytest.raises(ValueError, match="level"):
        poisson_interval(3, 95)
    with pytest.raises(ValueError, match="expected > 0"):
        funnel_limits([5, 0])
    with pytest.raises(ValueError, match="overdispersion >= 1"):
        funnel_limits(5, 0.95, 0.5)
    with pytest.raises(ValueError, match="two or more places"):
        overdispersion([1], [1])
