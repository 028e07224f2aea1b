"""Ninety-five per cent intervals hold the truth in 92 to 97 of 100 drawn cities."""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import NEVER, Panel, did, group_time

RATIO = 0.8


def drawn(rng, treated, *, staggered):
    """Thirty places whose luck changes from year to year, by more than Poisson."""
    places, periods = 30, 20
    level = rng.normal(1, 0.6, places)
    adoption = np.full(places, NEVER)
    adoption[:treated] = 10 + (3 * (np.arange(treated) % 3) if staggered else 0)
    with_it = np.arange(periods)[None] >= adoption[:, None]
    luck = np.repeat(rng.gamma(40, 1 / 40, (places, 2)), 10, axis=1)
    mean = np.exp(level[:, None] + math.log(RATIO) * with_it) * luck
    season = np.exp(rng.normal(0, 0.2, periods))
    return Panel.of(
        rng.poisson(mean * season * rng.gamma(6, 1 / 6, mean.shape))
    ), adoption


@pytest.mark.parametrize(
    ("treated", "staggered", "cities"),
    [
        pytest.param(10, False, 400, marks=pytest.mark.lasting),
        pytest.param(4, False, 400, marks=pytest.mark.lasting),
        pytest.param(9, True, 300, marks=pytest.mark.lasting),
        pytest.param(10, False, 1500, marks=pytest.mark.slow),
        pytest.param(4, False, 1500, marks=pytest.mark.slow),
        pytest.param(9, True, 1000, marks=pytest.mark.slow),
    ],
)
def test_intervals_cover(treated, staggered, cities):
    rng = np.random.default_rng(20 + treated)
    held = 0
    for _ in range(cities):
        panel, adoption = drawn(rng, treated, staggered=staggered)
        found = (
            group_time(panel, adoption).overall
            if staggered
            else did(panel, adoption).effect
        )
        held += found.low <= RATIO <= found.high
    assert 0.92 <= held / cities <= 0.97
