"""Which areas a point can lie in: a grid, and what each of its cells holds.

Looking a point up in polygons costs a call of a few hundred nanoseconds in the library
and a hundred times that on the way there. A city's areas are large beside a cell of
this grid: most points lie in cells that one area covers, and are answered by a table.
"""

from functools import cached_property
from math import ceil, sqrt
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

shapely = cast("Any", _shapely)

_CELLS_AN_AREA = 16
_MOST_CELLS_A_SIDE = 256
_PAD = 1e-6
"""Share of a cell that its box is wider, so that no rounding loses a neighbour."""

type _Found = tuple[int, bool]
"""The row of an area, and whether it covers the whole cell."""


class AreaGrid:
    """Finds the lowest area that holds a point, as a look at all of them would."""

    def __init__(
        self, polygons: NDArray[Any], depth: NDArray[np.int32], tree: Any
    ) -> None:
        self._polygons = polygons
        self._depth = depth
        self._tree = tree
        west, south, east, north = shapely.total_bounds(polygons).tolist()
        self._west, self._south, self._east, self._north = west, south, east, north
        side = min(ceil(sqrt(_CELLS_AN_AREA * len(polygons))), _MOST_CELLS_A_SIDE)
        self._side = max(side, 1)
        self._width = max((east - west) / self._side, _PAD)
        self._height = max((north - south) / self._side, _PAD)

    def at(self, lon: float, lat: float) -> int:
        """Return the row of the lowest area, -1 outside all.

        A point on a border goes to the earlier row.
        """
        if not (self._west <= lon <= self._east and self._south <= lat <= self._north):
            return -1
        column = int((lon - self._west) / self._width)
        line = int((lat - self._south) / self._height)
        for row, whole in self._cells.get((column, line), ()):
            if whole or shapely.intersects_xy(self._polygons[row], lon, lat):
                return row
        return -1

    @cached_property
    def _cells(self) -> dict[tuple[int, int], list[_Found]]:
        """What reaches into each cell, the lowest area first."""
        columns, lines = np.divmod(np.arange((self._side + 1) ** 2), self._side + 1)
        west = self._west + columns * self._width
        south = self._south + lines * self._height
        boxes = shapely.box(
            west - _PAD * self._width,
            south - _PAD * self._height,
            west + (1 + _PAD) * self._width,
            south + (1 + _PAD) * self._height,
        )
        cell, row = self._tree.query(boxes)
        reaches = shapely.intersects(self._polygons[row], boxes[cell])
        cell, row = cell[reaches], row[reaches]
        whole = shapely.covers(self._polygons[row], boxes[cell])
        cells: dict[tuple[int, int], list[_Found]] = {}
        for at in np.lexsort((row, -self._depth[row])).tolist():
            place = int(columns[cell[at]]), int(lines[cell[at]])
            cells.setdefault(place, []).append((int(row[at]), bool(whole[at])))
        return cells
