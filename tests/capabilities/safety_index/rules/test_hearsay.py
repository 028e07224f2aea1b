"""What is said of a count carries less than the count, and is never taken for more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capabilities.safety_index.sample import config

from gengfu.capabilities.safety_index.rules import hearsay
from gengfu.capabilities.safety_index.rules.hearsay import fit_said, heard
from gengfu.capabilities.safety_index.rules.hiding import could_be, rolling_text
from gengfu.science.rates import fit_rates

CONFIG = config()


def test_shown_counts_are_taken_as_they_are() -> None:
    expected = np.array([3.0, 10.0, np.nan])
    events, told = heard(["0", "12", "7"], expected, CONFIG, rolling=False)
    assert events.tolist() == [0.0, 12.0, 7.0]
    assert told[:2].tolist() == [3.0, 10.0]


def test_a_hidden_count_is_the_mixture_of_what_it_could_be() -> None:
    """Its risk lies among those of 1 to 4, and is about as uncertain as the widest."""
    expected = np.array([2.0, *np.full(40, 30.0)])
    others = [str(n) for n in np.random.default_rng(1).poisson(30.0, 40)]
    events, told = heard(["<5", *others], expected, CONFIG, rolling=False)
    made = fit_rates(events, told)
    parts = [
        fit_rates(np.r_[n, np.array(others, float)], expected) for n in (1, 2, 3, 4)
    ]
    assert 0 < events[0] < 4
    assert 0 < told[0] < 2.0
    means = [part.mean[0] for part in parts]
    assert min(means) < made.mean[0] < max(means)
    low, high = made.interval(0.9)
    widest = max(p.interval(0.9)[1][0] - p.interval(0.9)[0][0] for p in parts)
    assert high[0] - low[0] > 0.9 * widest


@given(st.integers(0, 400))
def test_a_rounded_sum_leaves_its_own_count_possible(count: int) -> None:
    said = rolling_text(count, CONFIG)
    possible = list(could_be(said, CONFIG))
    assert count in possible
    assert all(rolling_text(other, CONFIG) == said for other in possible)
    if count:
        assert len(possible) > 2


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12", "withheld", "19", "0", "withheld"], [9.2, 7.9, 19.5, 0.6, 0.8]),
        (["8", "0", "<5", "11", "withheld", "10"], [16.2, 2.0, 6.0, 19.8, 0.8, 18.5]),
    ],
)
def test_what_is_withheld_where_little_is_expected_may_tell_nothing(
    texts: list[str], expected: list[float]
) -> None:
    """Such a place has the risk of all places, and the index can be worked out."""
    events, told = heard(texts, np.array(expected), CONFIG, rolling=False)
    silent = told == 0.0
    assert silent.tolist() == [e == 0.8 for e in expected]
    assert (events[silent] == 0.0).all()
    made = fit_rates(events, told)
    assert made.mean[silent] == pytest.approx(float(made.weight @ made.mean_ratio))


def test_sayings_that_tell_nothing_have_no_risks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a group is said to be untold; it stops no publication."""
    monkeypatch.setattr(hearsay, "_worth", lambda *_: (0.0, 0.0))
    expected = np.array([3.0, 5.0])
    assert fit_said(["withheld", "<5"], expected, CONFIG, rolling=False) is None
    assert fit_said(["withheld", "7"], expected, CONFIG, rolling=False) is not None
    assert fit_said(["0", "0"], np.zeros(2), CONFIG, rolling=True) is None


@pytest.mark.parametrize("text", ["<5", "withheld"])
def test_a_place_where_nothing_is_expected_is_left_alone(text: str) -> None:
    events, told = heard([text, "9"], np.array([0.0, 8.0]), CONFIG, rolling=False)
    assert told.tolist() == [0.0, 8.0]
    assert np.isfinite(events).all()
