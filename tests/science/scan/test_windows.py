"""Circles: distances on the globe, ties, shared points, caps."""

import numpy as np
import pytest

from gengfu.science.scan import Sites
from gengfu.science.scan.windows import circles

from .oracle import circles as every_circle


def test_distances_on_the_globe():
    sites = Sites.on_globe([179.5, -179.5, 0.0, 0.0], [0.0, 0.0, 90.0, -90.0])
    quarter = 6371.0088 * np.pi / 2
    one_degree = quarter / 90
    assert sites.distances_km(0) == pytest.approx([0, one_degree, quarter, quarter])
    assert sites.distances_km(2)[3] == pytest.approx(2 * quarter)


def test_a_metre_is_a_metre_on_the_globe():
    degrees = 0.001 / (6371.0088 * np.pi / 180)
    sites = Sites.on_globe([113.0, 113.0], [22.5, 22.5 + degrees])
    assert sites.distances_km(0)[1] == pytest.approx(0.001, rel=1e-6)


def listed(windows):
    found = set()
    for centre in range(len(windows.start) - 1):
        for row in range(windows.start[centre], windows.start[centre + 1]):
            if windows.closes[row]:
                found.add((centre, frozenset(windows.inside(row))))
    return found


@pytest.mark.parametrize("cap", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("radius_km", [None, 0.0, 1.0, 2.0**0.5, 2.5])
def test_circles_on_a_grid_hold_all_of_a_distance_or_none(cap, radius_km):
    x, y = (axis.ravel().astype(float) for axis in np.mgrid[:5, :4])
    x, y = np.append(x, [2.0, 2.0]), np.append(y, [1.0, 1.0])
    weight = np.random.default_rng(4).integers(0, 9, len(x)).astype(float)
    sites = Sites.on_plane(x, y)
    far = np.stack([sites.distances_km(i) for i in range(len(x))])
    limit = np.inf if radius_km is None else radius_km
    every = {
        (centre, held) for centre, _, held in every_circle(far, weight, cap, limit)
    }
    assert listed(circles(sites, weight, cap, radius_km)) == every


def test_a_grid_in_degrees_has_ties_too():
    east, north = (axis.ravel() * 0.01 for axis in np.mgrid[-1:2, -1:2])
    sites = Sites.on_globe(120.0 + east, north)
    windows = circles(sites, np.ones(9), 1.0)
    sizes = {len(held) for centre, held in listed(windows) if centre == 4}
    assert sizes <= {1, 3, 5, 9}
    assert {1, 5, 9} <= sizes


def test_the_centre_is_first_even_where_places_share_a_point():
    sites = Sites.on_plane([1.0, 1.0, 5.0], [2.0, 2.0, 2.0])
    windows = circles(sites, np.ones(3), 1.0)
    assert windows.inside(int(windows.start[1]) + 1) == (1, 0)


def test_no_window_at_all():
    windows = circles(Sites.on_plane([0.0, 1.0], [0.0, 0.0]), np.ones(2), 0.1)
    assert len(windows.place) == 0


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [([0.0], [91.0]), ([np.nan], [0.0]), ([0.0, 1.0], [0.0]), ([400.0], [0.0])],
)
def test_wrong_places_are_refused(longitude, latitude):
    with pytest.raises(ValueError, match=r"longitude|latitude"):
        Sites.on_globe(longitude, latitude)


def test_wrong_limits_are_refused():
    sites = Sites.on_plane([0.0], [0.0])
    with pytest.raises(ValueError, match="cap"):
        circles(sites, np.ones(1), 0.0)
    with pytest.raises(ValueError, match="radius_km"):
        circles(sites, np.ones(1), 0.5, -1.0)
