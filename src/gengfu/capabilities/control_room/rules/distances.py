"""How far apart two places of one city are, on the plane at their latitude."""

from math import cos, hypot, radians

METRES_PER_DEGREE = 111_195.0
"""Of latitude; of longitude it is that times the cosine of the latitude."""

type Point = tuple[float, float]
"""Longitude and latitude, degrees."""


def apart_m(a: Point, b: Point) -> float:
    """Return metres between two points; good to a per mille within a city."""
    east = (a[0] - b[0]) * cos(radians((a[1] + b[1]) / 2))
    return METRES_PER_DEGREE * hypot(east, a[1] - b[1])
