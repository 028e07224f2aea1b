"""The bench's bars with fewer months: does the index keep its word on known truth?"""

import pytest
from bench.index.calibration import (
    BAD,
    any_band,
    coverage,
    equal,
    naive_small_share,
    small_share,
    varied,
)

pytestmark = pytest.mark.lasting

SEED = 7


@pytest.fixture(scope="module")
def differing():
    return varied(36, SEED)


@pytest.fixture(scope="module")
def same():
    return equal(30, SEED)


def test_intervals_cover_the_truth_in_towns_of_every_size(differing):
    found = coverage(differing)
    assert 0.87 <= found["overall"] <= 0.93
    assert min(found["quarters_smallest_first"]) >= 0.84
    assert max(found["quarters_smallest_first"]) <= 0.96
    assert 0.85 <= found["ranks"] <= 0.97


def test_equal_towns_are_green(same):
    assert any_band(same) <= 0.10


def test_small_towns_are_not_the_worst_for_being_small(differing, same):
    share, flagged = small_share(differing, BAD)
    assert flagged > 50
    assert share <= 0.30
    assert naive_small_share(same) > 0.6


def test_the_check_sees_intervals_that_are_too_short():
    assert coverage(varied(18, SEED, level=0.75))["overall"] < 0.87
