"""Poisson and Bernoulli scans against every window worked out one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.science.scan import Sites, binomial_scan, poisson_scan

from . import oracle

RATES = ("high", "low", "both")


def city(seed, size):
    """Places on a coarse grid: ties, shared points, places without people."""
    source = np.random.default_rng(seed)
    x, y = source.integers(0, 5, (2, size)).astype(float)
    people = source.integers(0, 60, size) * source.integers(0, 2, size)
    people[0] += 10
    cases = source.binomial(people, source.choice([0.05, 0.3], size))
    sites = Sites.on_plane(x, y)
    far = np.stack([sites.distances_km(i) for i in range(size)])
    return sites, far, people.astype(float), cases.astype(float)


@given(
    st.integers(0, 10**6),
    st.integers(1, 14),
    st.sampled_from(RATES),
    st.sampled_from([0.2, 0.5, 0.9]),
    st.integers(1, 3),
    st.booleans(),
)
def test_every_window_is_weighed(seed, size, rates, cap, fewest, bernoulli):
    sites, far, people, cases = city(seed, size)
    scan = binomial_scan if bernoulli else poisson_scan
    found = scan(
        sites,
        cases,
        people,
        cap=cap,
        rates=rates,
        fewest_cases=fewest,
        replicates=3,
        rng=np.random.default_rng(seed),
        most_clusters=5,
    )
    windows = oracle.circles(far, people, cap)
    total = int(cases.sum())
    everyone = people.sum() if bernoulli else 0

    def weigh(counts):
        if everyone == total > 0:  # everybody is a case: no window differs
            return []
        return oracle.spatial(windows, counts, people, everyone, rates, fewest)

    weighed = weigh(cases)
    expected = oracle.apart(weighed, 5)
    # Windows of equal ratio may be chosen one way or the other; the first never differs.
    ratios = [cluster.llr for cluster in found.clusters]
    assert ratios[:1] == pytest.approx(expected[:1], abs=1e-9)
    known = {(places, round(ratio, 8)) for ratio, places, _ in weighed}
    seen = set()
    for cluster in found.clusters:
        assert (frozenset(cluster.places), round(cluster.llr, 8)) in known
        assert not seen & set(cluster.places)
        seen |= set(cluster.places)
    assert ratios == pytest.approx(sorted(ratios, reverse=True), abs=1e-9)
    source = np.random.default_rng(seed)
    drawn = (
        source.multivariate_hypergeometric(
            people.astype(int), total, 3, method="marginals"
        )
        if bernoulli
        else source.multinomial(total, people / people.sum(), 3)
    )
    for one, most in zip(drawn, found.replicate_maxima, strict=True):
        again = oracle.greatest(weigh(one.astype(float)))
        assert most == pytest.approx(again, abs=1e-9)


@given(st.integers(0, 10**6))
def test_clusters_are_the_best_without_overlap_where_no_two_are_equal(seed):
    source = np.random.default_rng(seed)
    x, y = source.uniform(0, 9, (2, 12))
    expected = source.uniform(1, 30, 12)
    cases = source.poisson(expected * source.choice([0.5, 1, 2], 12)).astype(float)
    sites = Sites.on_plane(x, y)
    far = np.stack([sites.distances_km(i) for i in range(12)])
    windows = oracle.circles(far, expected, 0.5)
    weighed = oracle.spatial(windows, cases, expected, 0, "both", 2)
    found = poisson_scan(sites, cases, expected, rates="both", replicates=0)
    ratios = [cluster.llr for cluster in found.clusters]
    assert ratios == pytest.approx(oracle.apart(weighed, 10), abs=1e-9)


def hot_city(level):
    source = np.random.default_rng(7)
    x, y = source.uniform(0, 20, (2, 120))
    expected = source.uniform(2, 12, 120)
    hot = np.hypot(x - 5, y - 5) < 3
    cases = source.poisson(expected * np.where(hot, level, 1.0)).astype(float)
    return Sites.on_plane(x, y), cases, expected, hot


@pytest.mark.parametrize(
    ("level", "rates"), [(2.0, "high"), (0.3, "low"), (2.0, "both")]
)
def test_a_planted_cluster_is_found(level, rates):
    sites, cases, expected, hot = hot_city(level)
    rng = np.random.default_rng(8)
    found = poisson_scan(sites, cases, expected, rates=rates, rng=rng)
    best = found.clusters[0]
    inside = np.zeros(120, bool)
    inside[list(best.places)] = True
    assert (inside & hot).sum() > 0.7 * (inside | hot).sum()
    assert best.p == 0.001
    assert best.gumbel_p < 0.001
    assert best.high == (level > 1)
    assert best.relative_risk == pytest.approx(level, rel=0.35)
    assert best in found.significant()


@pytest.mark.parametrize("scan", [poisson_scan, binomial_scan])
def test_the_same_seed_gives_the_same_on_any_number_of_threads(scan):
    sites, cases, expected, _ = hot_city(1.2)
    people = np.ceil(expected * 40)
    runs = [
        scan(sites, cases, people, rng=np.random.default_rng(5), threads=threads)
        for threads in (1, 2, 3, 50)
    ]
    for run in runs[1:]:
        assert run.clusters == runs[0].clusters
        assert (run.replicate_maxima == runs[0].replicate_maxima).all()
    other = scan(sites, cases, people, rng=np.random.default_rng(6))
    assert (other.replicate_maxima != runs[0].replicate_maxima).any()


def test_p_values_are_fair_where_nothing_is_wrong():
    """Of 200 quiet cities one in ten has p <= .1, and Gumbel's p says the same."""
    source = np.random.default_rng(11)
    x, y = source.uniform(0, 9, (2, 25))
    expected = source.uniform(3, 9, 25)
    sites = Sites.on_plane(x, y)
    low, near = 0, 0
    for _ in range(200):
        cases = source.poisson(expected)
        best = poisson_scan(sites, cases, expected, replicates=99, rng=source).clusters[
            0
        ]
        low += best.p <= 0.1
        near += abs(best.p - best.gumbel_p) < 0.12
    assert 8 <= low <= 35  # binomial(200, .1): 99.9 %
    assert near >= 190


def test_expected_is_scaled_and_its_unit_does_not_matter():
    sites, cases, expected, _ = hot_city(1.5)
    one = poisson_scan(sites, cases, expected, replicates=0).clusters
    two = poisson_scan(sites, cases, expected * 1000, replicates=0).clusters
    assert [c.places for c in one] == [c.places for c in two]
    assert [c.expected for c in one] == pytest.approx([c.expected for c in two])


def test_without_replicates_there_is_no_p():
    sites, cases, expected, _ = hot_city(1.5)
    best = poisson_scan(sites, cases, expected, replicates=0).clusters[0]
    assert np.isnan(best.p)
    assert np.isnan(best.gumbel_p)


def test_a_month_without_a_case():
    sites, cases, expected, _ = hot_city(1.0)
    rng = np.random.default_rng(1)
    for scan in (poisson_scan, binomial_scan):
        found = scan(sites, cases * 0, np.ceil(expected), rates="both", rng=rng)
        assert found.clusters == ()
        assert not found.replicate_maxima.any()


def test_everybody_is_a_case():
    sites, _, expected, _ = hot_city(1.0)
    people = np.ceil(expected)
    found = binomial_scan(sites, people, people, rates="both", replicates=0)
    assert found.clusters == ()


@pytest.mark.parametrize(
    ("cases", "expected", "said"),
    [
        ([1, 2], [1.0, 1.0], "cases must have one number for each of 3 places"),
        ([1, -2, 0], [1.0, 1.0, 1.0], "cases of place 1 must be a whole number"),
        ([1, 2.5, 0], [1.0, 1.0, 1.0], "cases of place 1 must be a whole number"),
        ([1, np.nan, 0], [1.0, 1.0, 1.0], "cases of place 1 must be a whole number"),
        ([1, 2, 0], [1.0, 1.0, -1.0], "expected of place 2 must be 0 or more"),
        ([1, 2, 0], [1.0, np.inf, 1.0], "expected of place 1 must be 0 or more"),
        ([1, 2, 0], [1.0, 0.0, 1.0], "place 1 has cases but none are expected"),
        ([0, 0, 0], [0.0, 0.0, 0.0], "expected must not all be 0"),
    ],
)
def test_wrong_counts_are_refused(cases, expected, said):
    sites = Sites.on_plane([0.0, 1.0, 2.0], [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=said):
        poisson_scan(sites, cases, expected, replicates=0)


def test_wrong_use_is_refused():
    sites = Sites.on_plane([0.0, 1.0, 2.0], [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="more cases than people"):
        binomial_scan(sites, [1, 2, 0], [5, 1, 5], replicates=0)
    with pytest.raises(ValueError, match="thousand million"):
        binomial_scan(sites, [1, 2, 0], [5, 10**9, 5], replicates=0)
    with pytest.raises(ValueError, match="need an rng"):
        poisson_scan(sites, [1, 2, 0], [1, 1, 1])
    with pytest.raises(ValueError, match="population must sum to 1"):
        binomial_scan(sites, [0, 0, 0], [0, 0, 0], replicates=0)
    with pytest.raises(ValueError, match="rates must be one of high, low, both"):
        poisson_scan(sites, [1, 2, 0], [1, 1, 1], replicates=0, rates="higher")
    with pytest.raises(ValueError, match="population must not all be 0"):
        poisson_scan(sites, [1, 2, 0], [1, 1, 1], population=[0, 0, 0], replicates=0)
    with pytest.raises(ValueError, match="threads"):
        poisson_scan(
            sites, [1, 2, 0], [1, 1, 1], rng=np.random.default_rng(1), threads=0
        )
