"""The index: its score, bands and ranks against draws and by hand."""

import numpy as np
import pytest

from gengfu.science.rates import (
    BANDS,
    WEIGHTS,
    BandRule,
    Scale,
    bands,
    fit_rates,
    index,
    rank_intervals,
    scores,
)


@pytest.fixture(scope="module")
def city():
    rng = np.random.default_rng(11)
    size = np.exp(rng.permutation(np.linspace(0, np.log(100), 40)))
    size /= size.sum()
    events = {"crime": 3000, "fire": 120, "traffic": 700, "deaths": 90}
    fitted = {
        name: fit_rates(
            rng.poisson(size * total * rng.gamma(6.0, 1 / 6.0, 40)), size * total
        )
        for name, total in events.items()
    }
    return fitted, fitted.pop("deaths")


@pytest.fixture(scope="module")
def drawn(city):
    domains, deaths = city
    risk = sum(
        WEIGHTS[name] * np.log2(posterior.draws(60_000, np.random.default_rng(seed)))
        for seed, (name, posterior) in enumerate(domains.items())
    )
    loss = np.clip(5 * np.log2(deaths.draws(60_000, np.random.default_rng(9))), 0, 10)
    return risk, np.clip(80 - 20 * risk - loss, 0, 100)


def test_scores_are_the_quantiles_that_draws_have(city, drawn):
    domains, deaths = city
    made = scores(domains, deaths=deaths)
    for level, at in ((0.5, made.score), (0.05, made.low), (0.95, made.high)):
        share = (drawn[1] <= at).mean(axis=0)
        inside = (at > 0) & (at < 100)
        np.testing.assert_allclose(share[inside], level, atol=0.01)
    for level, at in ((0.5, made.ratio), (0.05, made.ratio_low)):
        share = (2 ** drawn[0] <= at).mean(axis=0)
        np.testing.assert_allclose(share, level, atol=0.01)


def test_chances_of_the_bands_are_those_of_draws(city, drawn):
    made = scores(city[0], deaths=city[1])
    ratio = 2 ** drawn[0]
    for rule, chance in zip(BANDS, made.chances, strict=True):
        met = ratio < rule.ratio if rule.side == "below" else ratio > rule.ratio
        np.testing.assert_allclose(met.mean(axis=0), chance, atol=0.01)


def test_expected_is_80_half_the_risk_100_double_60():
    many = 1e8
    counts = np.array([1.0, 0.5, 2.0, 8.0, 32.0]) * many
    same = {name: fit_rates(counts, [many] * 5) for name in WEIGHTS}
    made = scores(same)
    np.testing.assert_allclose(made.score, [80, 100, 60, 20, 0], atol=0.02)
    dead = scores(same, deaths=fit_rates(np.array([1, 1, 2, 8, 1]) * many, [many] * 5))
    np.testing.assert_allclose(dead.score, [80, 100, 55, 10, 0], atol=0.08)


def test_a_place_without_a_rise_in_deaths_loses_nothing():
    quiet = {name: fit_rates([1e8] * 3, [1e8] * 3) for name in WEIGHTS}
    made = scores(quiet, deaths=fit_rates([2e7, 5e7, 1e8], [1e8] * 3))
    np.testing.assert_allclose(made.score, 80, atol=0.02)


def test_a_certain_hundred_is_a_hundred():
    low = {name: fit_rates([1e6] * 3, [1e8] * 3) for name in WEIGHTS}
    made = scores(low)
    assert made.low.tolist() == made.high.tolist() == [100.0] * 3


def test_a_domain_without_weight_says_nothing(city):
    domains = city[0]
    some = scores({"crime": domains["crime"]}, {"crime": 0.6})
    weights = {"crime": 0.6, "fire": 0.0, "traffic": 0.0}
    np.testing.assert_allclose(scores(domains, weights).score, some.score, rtol=1e-12)


def test_one_place_alone_scores_as_among_others(city):
    domains, deaths = city
    whole = scores(domains, deaths=deaths)
    alone = {name: posterior.only([7]) for name, posterior in domains.items()}
    one = scores(alone, deaths=deaths.only([7]))
    assert one.low[0] == pytest.approx(whole.low[7], abs=1e-6)
    assert one.score[0] == pytest.approx(whole.score[7], abs=1e-6)


def test_the_same_seed_gives_the_same_index_and_ranks(city):
    domains, deaths = city
    first = index(domains, deaths=deaths, rng=np.random.default_rng(202610))
    again = index(domains, deaths=deaths, rng=np.random.default_rng(202610))
    for name in ("score", "low", "high", "chances", "rank_low", "rank_high"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert first.bands == again.bands
    made = scores(domains, deaths=deaths)
    assert np.array_equal(first.score, made.score)
    assert np.all((first.rank_low >= 1) & (first.rank_high <= 40))
    assert np.all(first.rank_low <= first.rank_high)
    best, worst = int(np.argmax(made.score)), int(np.argmin(made.score))
    assert first.rank_high[best] < first.rank_low[worst]


def test_rank_intervals_by_hand():
    values = np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [1.0, 2.0, 3.0], [1, 3, 2]])
    low, high = rank_intervals(values, 0.9)
    assert low.tolist() == [1, 1, 2]
    assert high.tolist() == [2, 3, 3]
    low, high = rank_intervals(values, 0.4)
    assert low.tolist() == [1, 2, 3]
    assert high.tolist() == [1, 2, 3]
    assert [ends.tolist() for ends in rank_intervals(values[:, :1])] == [[1], [1]]


def test_bands_go_by_the_last_rule_that_is_met():
    chances = np.array(
        [
            [0.98, 0.00, 0.02, 0.00, 0.97],
            [0.02, 0.96, 0.98, 1.00, 0.03],
            [0.00, 0.80, 0.96, 1.00, 0.00],
            [0.00, 0.10, 0.94, 0.95, 0.00],
        ]
    )
    assert bands(chances) == ("blue", "yellow", "orange", "red", "green")


def test_false_discovery_holds_where_a_rule_alone_would_not():
    rules = (BandRule("yellow", "above", 1.0, 0.6),)
    chance = np.array([[0.99, 0.93, 0.87, 0.7, 0.61, 0.2]])
    found = bands(chance, rules, fdr=0.10)
    # expected false shares of the first 1, 2, 3, 4: .01, .04, .07, .1275
    assert found == ("yellow", "yellow", "yellow", "green", "green", "green")
    assert bands(chance, rules, fdr=0.2)[:5] == ("yellow",) * 5
    assert bands(chance, rules, fdr=0.005) == ("green",) * 6


def test_other_rules_and_scales_come_from_the_caller(city):
    domains = city[0]
    rules = (BandRule("red", "above", 0.1, 0.5),)
    assert set(scores(domains, rules=rules).bands) == {"red"}
    usual, flat = scores(domains), scores(domains, scale=Scale(per_doubling=10.0))
    np.testing.assert_allclose(80 - flat.score, (80 - usual.score) / 2, atol=0.01)


def test_misuse_is_named(city):
    domains, deaths = city
    with pytest.raises(ValueError, match=r"domains .* and weights"):
        scores(domains, {"crime": 1.0})
    with pytest.raises(ValueError, match="different places"):
        scores(domains, deaths=deaths.only([0, 1]))
    with pytest.raises(ValueError, match="0 or more"):
        scores(domains, {"crime": 1.0, "fire": -0.1, "traffic": 0.1})
    with pytest.raises(ValueError, match="level"):
        scores(domains, level=90)
    with pytest.raises(ValueError, match="fdr"):
        bands(np.zeros((4, 2)), fdr=0.0)
    with pytest.raises(ValueError, match="ratio > 0"):
        BandRule("red", "above", 0.0, 0.95)
    with pytest.raises(ValueError, match="fall as risk rises"):
        Scale(per_doubling=0.0)
