"""Water beside a coastal city whose pack has no sea polygon.

Only where one side of the surveyed areas is known to be open water, between two
latitudes, may the sea be drawn as what the areas and roads leave free there. The result
is as exact as the areas: good enough to tell water from land, not for navigation.
"""

from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from gengfu.adapters.city.areas import Areas
from gengfu.adapters.city.network import Network
from gengfu.kernel.errors import BadInput

shapely = cast("Any", _shapely)

_METRES_PER_DEGREE = 111_320.0


def sea_beside(
    areas: Areas,
    roads: Network,
    *,
    side: str,
    south: float,
    north: float,
    reach: float = 0.12,
    shore_m: float = 60.0,
    smooth_m: float = 120.0,
) -> Any:
    """Draw the water on one side of a city.

    Args:
        areas: the city's land.
        roads: kept `shore_m` clear of the water.
        side: "west" or "east": where the open water is.
        south: least latitude, degrees, at which that side is water.
        north: greatest latitude, degrees, likewise.
        reach: how far beyond the areas the water is drawn, degrees.
        shore_m: land on either side of every road, m.
        smooth_m: the outline of the areas is rounded by this much, m.

    Returns:
        A polygon or several, degrees; empty if the areas leave nothing free.

    Raises:
        BadInput: `side` is neither "west" nor "east", or the latitudes are swapped.

    """
    if side not in ("west", "east"):
        raise BadInput(f"side: {side!r} is neither 'west' nor 'east'")
    if not south < north:
        raise BadInput(f"south {south} is not south of north {north}")
    scale = np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    scale *= _METRES_PER_DEGREE

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points * scale

    def round_again(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(points / scale, 6)

    ground = shapely.transform(shapely.union_all(areas.polygons), flat)
    ground = ground.buffer(smooth_m).buffer(-2 * smooth_m).buffer(smooth_m)
    offsets, lon, lat = roads.edge_shapes()
    index = np.repeat(np.arange(roads.edge_count), np.diff(offsets))
    lines = shapely.linestrings(flat(np.column_stack([lon, lat])), indices=index)
    land = ground.union(shapely.union_all(shapely.buffer(lines, shore_m, quad_segs=3)))
    west, _, east, _ = shapely.total_bounds(areas.polygons).tolist()
    west, east = (west - reach, east) if side == "west" else (west, east + reach)
    window = shapely.transform(shapely.box(west, south, east, north), flat)
    edge = (west if side == "west" else east) * scale[0]
    open_water = [
        part
        for part in shapely.get_parts(window.difference(land)).tolist()
        if abs(part.bounds[0 if side == "west" else 2] - edge) < 1.0
    ]
    water = shapely.union_all(open_water).simplify(smooth_m / 8)
    return shapely.transform(water, round_again)
