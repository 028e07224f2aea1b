"""Areas of first response: learned round recorded calls, and nowhere else."""

import numpy as np
import pytest

from gengfu.science.roads import FirstDue
from gengfu.science.traveltime import learn_first_due

DEGREE_M = 111_195.0


def calls(seed: int, count: int = 3000) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Calls in a town of 4 by 4 km on the equator: west of the middle is S1's."""
    rng = np.random.default_rng(seed)
    east, north = rng.uniform(0, 4000, (2, count))
    lon, lat = east / DEGREE_M, north / DEGREE_M
    return lon, lat, ["S1" if e < 2000 else "S2" for e in east]


def test_areas_are_found_for_calls_not_seen():
    areas = learn_first_due(*calls(1), 30.0)
    assert areas is not None
    lon, lat, post = calls(2)
    said = [areas.post_at(x, y) for x, y in zip(lon, lat, strict=True)]
    assert np.mean([a == b for a, b in zip(said, post, strict=True)]) > 0.97
    assert areas.margin_s == 30.0


def test_most_calls_of_a_cell_decide_and_far_away_nobody_is_due():
    lon = np.array([0.0, 0.0001, 0.0002, 0.0030])
    lat = np.zeros(4)
    areas = learn_first_due(lon, lat, ["S1", "S2", "S2", "S3"], 10.0)
    assert areas is not None
    assert areas.post_at(0.0001, 0.0) == "S2"
    assert areas.post_at(0.0030, 0.0) == "S3"
    assert areas.post_at(0.0030, 0.0020) == "S3"  # 220 m off
    assert areas.post_at(0.0, 0.0049) is None  # over 500 m off
    assert areas.post_at(1.0, 0.0) is None
    assert areas.post_at(0.0, -1.0) is None
    assert learn_first_due(np.zeros(0), np.zeros(0), [], 10.0) is None


def test_nonsense_areas_are_refused():
    good = FirstDue(0.0, 0.0, (1.0, 1.0), 2, ("S1",), (0, -1), 5.0)
    assert (good.post_at(0.5, 0.5), good.post_at(1.5, 0.5)) == ("S1", None)
    for columns, cell, margin_s, why in (
        (2, (0, 0, 0), 5.0, "whole rows"),
        (1, (1,), 5.0, "not there"),
        (1, (0,), -1.0, "margin_s"),
    ):
        with pytest.raises(ValueError, match=why):
            FirstDue(0.0, 0.0, (1.0, 1.0), columns, ("S1",), cell, margin_s)
    with pytest.raises(ValueError, match="cell_deg"):
        FirstDue(0.0, 0.0, (0.0, 1.0), 1, ("S1",), (0,), 5.0)
