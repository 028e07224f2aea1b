"""Areas from points: the ground that is nearer to each than to any other."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import scipy
import shapely as _shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.spatial import KDTree

shapely = cast("Any", _shapely)

_HEXAGON = 6
_SAME_PLACE = 1e-9  # degrees
_ALONE = 0.005  # degrees around a single point


def cells_around(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[Any]:
    """Draw the Voronoi cell of each point, no farther out than its grid reaches.

    Open cells at the rim are closed by mirroring: every point whose six neighbours are
    not all there gets the missing ones, so the rim of a hexagonal grid has the same
    hexagons as its middle. Cells of scattered points end at twice their usual spacing.
    Two points at one place raise ValueError.
    """
    scale = float(np.cos(np.radians(lat.mean())))
    xy = np.column_stack([lon * scale, lat])
    if len(xy) == 1:
        cell = shapely.box(-_ALONE, -_ALONE, _ALONE, _ALONE)

        def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return points + xy[0]

        return _to_degrees(shapely.transform(np.array([cell]), placed), scale)
    tree = scipy.spatial.KDTree(xy)
    near, _ = tree.query(xy, k=min(_HEXAGON + 1, len(xy)))
    spacing = float(np.median(near[:, 1]))
    if float(near[:, 1].min()) <= _SAME_PLACE:
        raise ValueError("two points lie at one place")
    extra = _missing_neighbours(xy, tree, spacing)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(np.concatenate([xy, extra])))
    )
    owner = shapely.STRtree(cells).query(shapely.points(xy), predicate="intersects")
    mine = np.empty(len(xy), dtype=object)
    mine[owner[0]] = cells[owner[1]]
    hexagonal = float(np.std(near[:, 1])) < 0.05 * spacing
    if not hexagonal:
        discs = shapely.buffer(shapely.points(xy), 2.0 * spacing, quad_segs=8)
        mine = shapely.intersection(mine, discs)
    return _to_degrees(mine, scale)


def _to_degrees(cells: NDArray[Any], scale: float) -> NDArray[Any]:
    def unscaled(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points / np.array([scale, 1.0])

    return shapely.transform(cells, unscaled)


def _missing_neighbours(
    xy: NDArray[np.float64], tree: "KDTree", spacing: float
) -> NDArray[np.float64]:
    """Points a hexagonal grid would have around those at its rim."""
    steps = _grid_steps(xy, tree, spacing)
    wanted = (xy[:, None, :] + steps[None, :, :]).reshape(-1, 2)
    away, _ = tree.query(wanted)
    wanted = wanted[away > 0.5 * spacing]
    kept: list[NDArray[np.float64]] = []
    cell = spacing * 0.25
    taken: set[tuple[int, int]] = set()
    for point in wanted:
        x, y = int(np.floor(point[0] / cell)), int(np.floor(point[1] / cell))
        around = ((x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if taken.isdisjoint(around):
            taken.add((x, y))
            kept.append(point)
    return np.array(kept).reshape(-1, 2)


def _grid_steps(
    xy: NDArray[np.float64], tree: "KDTree", spacing: float
) -> NDArray[np.float64]:
    """Estimate the six steps from a grid point to its neighbours, (6, 2).

    The direction of the grid is the median angle to neighbours, modulo 60 degrees.
    """
    pairs = tree.query_pairs(1.3 * spacing, output_type="ndarray")
    step = xy[pairs[:, 1]] - xy[pairs[:, 0]]
    angle = np.arctan2(step[:, 1], step[:, 0]) * _HEXAGON
    turn = np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()) / _HEXAGON
    around = turn + np.arange(_HEXAGON) * (2 * np.pi / _HEXAGON)
    return spacing * np.column_stack([np.cos(around), np.sin(around)])
