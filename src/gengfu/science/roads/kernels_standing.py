"""Units over points: how many reach each point, as they come and go, compiled."""

from math import cos, hypot, pi

from .jit import kernel
from .problem import Floats, Ints, Longs

ONE = 1 << 16
"""One unit that reaches a point (see `come`)."""
MOST = (1 << 15) - 1
"""Units that may stand at once; their numbers are less."""


@kernel
def exist(points: Ints, size: int) -> bool:
    """Say whether all points lie within 0 and `size`."""
    outside = False
    for i in range(len(points)):
        outside |= points[i] < 0 or points[i] >= size
    return not outside


@kernel
def come(
    points: Ints, number: int, standing: Ints, weights: Longs, alone: Longs
) -> None:
    """Let a unit stand where it reaches these points, none of them named twice.

    `standing` says of each point how many units reach it (above `ONE`) and, where it is
    one alone, its number: below stand the numbers of all of them, by exclusive or.
    `alone` is the weight of the points that nobody but a unit reaches, by number.
    """
    own = 0
    for i in range(len(points)):
        at = points[i]
        held = standing[at]
        if held < ONE:
            own += weights[at]
        elif held < 2 * ONE:
            alone[held - ONE] -= weights[at]
        standing[at] = (held ^ number) + ONE
    alone[number] = own


@kernel
def go(points: Ints, number: int, standing: Ints, weights: Longs, alone: Longs) -> int:
    """Take a unit that `come` has put there away; return the weight it alone reached.

    Of several units that go one after the other the sum is what they take together.
    """
    for i in range(len(points)):
        at = points[i]
        held = (standing[at] ^ number) - ONE
        if ONE <= held < 2 * ONE:
            alone[held - ONE] += weights[at]
        standing[at] = held
    lost = alone[number]
    alone[number] = 0
    return int(lost)


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
