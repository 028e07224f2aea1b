"""Nearest road to a point: a grid over all drawn segments, compiled."""

from math import cos, floor, hypot, pi

from .jit import kernel
from .problem import Flags, Floats, Ints, Longs

FULL_TURN = 360.0
POLE = 90.0


@kernel
def cell_span(
    x0: float, y0: float, x1: float, y1: float, bottom: float, top: float
) -> tuple[float, float]:
    """Least and greatest x of a segment between two heights."""
    low, high = min(x0, x1), max(x0, x1)
    if y0 != y1:
        slope = (x1 - x0) / (y1 - y0)
        a = x0 + slope * (min(max(bottom, min(y0, y1)), max(y0, y1)) - y0)
        b = x0 + slope * (min(max(top, min(y0, y1)), max(y0, y1)) - y0)
        low, high = max(low, min(a, b)), min(high, max(a, b))
    return low, high


@kernel
def file_segments(
    edges: Ints,
    shape_start: Longs,
    shape_lon: Floats,
    shape_lat: Floats,
    west: float,
    south: float,
    cell_lon: float,
    cell_lat: float,
    columns: int,
    rows: int,
    cell_start: Longs,
    cell_edge: Ints,
    cell_point: Ints,
    fill: bool,
) -> None:
    """Count (or file) each segment in every cell it passes.

    Counting adds to `cell_start[cell + 1]`; filing moves `cell_start[cell]` on, so
    the caller passes a copy of the sums.
    """
    for i in range(len(edges)):
        edge = edges[i]
        for point in range(shape_start[edge], shape_start[edge + 1] - 1):
            x0, y0 = shape_lon[point], shape_lat[point]
            x1, y1 = shape_lon[point + 1], shape_lat[point + 1]
            first = min(max(int((min(y0, y1) - south) / cell_lat), 0), rows - 1)
            last = min(max(int((max(y0, y1) - south) / cell_lat), 0), rows - 1)
            for row in range(first, last + 1):
                bottom = south + row * cell_lat
                # a hair wider than the row, against rounding at its edges
                low, high = cell_span(
                    x0, y0, x1, y1, bottom - 1e-9, bottom + cell_lat + 1e-9
                )
                left = min(max(int((low - west) / cell_lon - 1e-9), 0), columns - 1)
                right = min(max(int((high - west) / cell_lon + 1e-9), 0), columns - 1)
                for column in range(left, right + 1):
                    cell = row * columns + column
                    if fill:
                        at = cell_start[cell]
                        cell_edge[at] = edge
                        cell_point[at] = point
                        cell_start[cell] = at + 1
                    else:
                        cell_start[cell + 1] += 1


@kernel
def snap_each(
    lons: Floats,
    lats: Floats,
    shape_start: Longs,
    shape_lon: Floats,
    shape_lat: Floats,
    point_along: Floats,
    west: float,
    south: float,
    cell_lon: float,
    cell_lat: float,
    columns: int,
    rows: int,
    cell_start: Longs,
    cell_edge: Ints,
    cell_point: Ints,
    allowed: Flags,
    within_m: float,
    metres_per_degree: float,
    nowhere: int,
    corners: bool,
    tails: Ints,
    heads: Ints,
    edges: Ints,
    fractions: Floats,
    off_m: Floats,
) -> None:
    """Nearest allowed edge to each point, searching rings of cells outwards.

    Distances are on a plane fitted at the point's own latitude. A tie goes to the
    lower edge number. With `corners` the very end of an edge is given as its node.
    """
    choose = len(allowed) > 0
    for i in range(len(lons)):
        lon, lat = lons[i], lats[i]
        edges[i] = nowhere
        fractions[i] = 0.0
        off_m[i] = within_m
        if not (abs(lon) <= FULL_TURN and abs(lat) <= POLE):
            continue
        east = metres_per_degree * cos(lat * pi / 180.0)
        column = floor((lon - west) / cell_lon)
        row = floor((lat - south) / cell_lat)
        step = min(cell_lon * east, cell_lat * metres_per_degree)
        # how far the point is from the nearest side of its own cell
        right = (lon - west) / cell_lon - column
        above = (lat - south) / cell_lat - row
        inner = min(
            min(right, 1.0 - right) * cell_lon * east,
            min(above, 1.0 - above) * cell_lat * metres_per_degree,
        )
        # rings that lie wholly outside the grid hold nothing
        outside = max(0 - column, column - columns + 1, 0 - row, row - rows + 1, 0)
        farthest = max(
            abs(column), abs(columns - 1 - column), abs(row), abs(rows - 1 - row)
        )
        best = within_m
        found = False
        best_point = 0
        best_part = 0.0
        for ring in range(outside, farthest + 1):
            if ring > 0 and (ring - 1) * step + inner > best:
                break
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                on_rim = r in (row - ring, row + ring)
                jump = 1 if on_rim or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, jump):
                    if c < 0 or c >= columns:
                        continue
                    cell = r * columns + c
                    for at in range(cell_start[cell], cell_start[cell + 1]):
                        edge = cell_edge[at]
                        if choose and not allowed[edge]:
                            continue
                        point = cell_point[at]
                        x0 = (shape_lon[point] - lon) * east
                        y0 = (shape_lat[point] - lat) * metres_per_degree
                        dx = (shape_lon[point + 1] - shape_lon[point]) * east
                        dy = shape_lat[point + 1] - shape_lat[point]
                        dy *= metres_per_degree
                        square = dx * dx + dy * dy
                        part = 0.0
                        if square > 0.0:
                            part = min(max(-(x0 * dx + y0 * dy) / square, 0.0), 1.0)
                        off = hypot(x0 + part * dx, y0 + part * dy)
                        if off < best or (
                            off == best and (not found or edge < edges[i])
                        ):
                            best = off
                            found = True
                            edges[i] = edge
                            best_point = point
                            best_part = part
        off_m[i] = best
        if found:
            first, last = shape_start[edges[i]], shape_start[edges[i] + 1] - 1
            base = point_along[first]
            total = point_along[last] - base
            if total > 0.0:
                before = point_along[best_point] - base
                piece = point_along[best_point + 1] - point_along[best_point]
                fractions[i] = min((before + best_part * piece) / total, 1.0)
            if corners and fractions[i] in (0.0, 1.0):
                edges[i] = -1 - (tails if fractions[i] == 0.0 else heads)[edges[i]]
                fractions[i] = 0.0
