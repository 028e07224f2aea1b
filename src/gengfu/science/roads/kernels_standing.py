"""Units over points: how many reach each point, as they come and go, compiled."""

from .jit import kernel
from .problem import Floats, Ints


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
