"""Units over points: how many reach each point, as they come and go, compiled."""

from math import cos, hypot, pi

from .jit import kernel
from .problem import Floats, Ints, Longs


@kernel
def in_order(points: Ints, size: int) -> bool:
    """Say whether points rise, none twice, and all lie below `size`."""
    before = -1
    for i in range(len(points)):
        if points[i] <= before:
            return False
        before = points[i]
    return before < size


@kernel
def come(points: Ints, counts: Ints) -> None:
    """Count a unit at each point it reaches."""
    for i in range(len(points)):
        counts[points[i]] += 1


@kernel
def go(points: Ints, counts: Ints, weights: Floats) -> float:
    """Take a unit off each point; return the weight of those that nobody reaches now.

    Of several units that go one after the other the sum is what they take together.
    """
    lost = 0.0
    for i in range(len(points)):
        point = points[i]
        counts[point] -= 1
        if counts[point] == 0:
            lost += float(weights[point])
    return lost


@kernel
def alone(points: Ints, counts: Ints, weights: Floats) -> float:
    """Return the weight of the points that no other unit reaches."""
    lost = 0.0
    for i in range(len(points)):
        point = points[i]
        if counts[point] == 1:
            lost += float(weights[point])
    return lost


@kernel
def strayed(
    lon: Floats,
    lat: Floats,
    rows: Longs,
    stood: Floats,
    beyond_deg: float,
    found: Longs,
) -> int:
    """List which of these points lie further than that from where their row stood.

    `stood` holds longitude and latitude by row, NaN where nobody stood; `beyond_deg`
    is in degrees of latitude.
    """
    count = 0
    for i in range(len(rows)):
        east = (lon[i] - stood[rows[i], 0]) * cos(lat[i] * pi / 180.0)
        if hypot(east, lat[i] - stood[rows[i], 1]) > beyond_deg:
            found[count] = i
            count += 1
    return count
