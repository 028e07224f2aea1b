"""WDD by its authors' example, rings on the plane."""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import displacement_ring, wdd


def test_the_published_example():
    found = wdd((308, 318), (207, 110), (150, 140), (178, 157))
    assert found.change == -118
    assert found.standard_error == pytest.approx(math.sqrt(1568))
    assert round(found.z, 2) == -2.98
    assert (found.local, found.displaced) == (-107, -11)
    reach = 1.959963985 * math.sqrt(1568)
    assert (found.low, found.high) == pytest.approx((-118 - reach, -118 + reach))
    assert found.p == pytest.approx(0.0028829, rel=1e-4)


def test_without_displacement_areas_it_is_the_difference_alone():
    found = wdd((20, 20), (40, 10))
    assert (found.change, found.displaced) == (-30, 0)
    assert found.standard_error == pytest.approx(math.sqrt(90))


def test_a_period_twice_as_long_counts_half():
    found = wdd((20, 40), (40, 20), time_weights=(1, 2))
    assert found.change == -30
    assert found.standard_error == pytest.approx(math.sqrt(20 + 10 + 40 + 5))
    wide = wdd((40, 40), (10, 4), area_weights=(4, 1, 1, 1))
    assert wide.change == -6
    assert wide.standard_error == pytest.approx(math.sqrt(2.5 + 2.5 + 14))


def test_its_misuse_is_named():
    with pytest.raises(ValueError, match="0 or more"):
        wdd((1, -1), (1, 1))
    with pytest.raises(ValueError, match="no events"):
        wdd((0, 0), (0, 0))


def test_the_ring_holds_untreated_places_near_a_treated_one():
    points = [[0, 0], [0, 300], [0, 301], [1000, 0], [1000, 10]]
    treated = np.array([True, False, False, True, True])
    assert displacement_ring(points, treated, 300).tolist() == [0, 1, 0, 0, 0]
    assert not displacement_ring(points, np.zeros(5, bool), 300).any()
    with pytest.raises(ValueError, match="metres"):
        displacement_ring(points[:2], treated, 300)
    with pytest.raises(ValueError, match="reach"):
        displacement_ring(points, treated, 0)
