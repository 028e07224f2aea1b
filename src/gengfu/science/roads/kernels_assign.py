"""Who does what: the cheapest assignment of columns to rows, compiled."""

import numpy as np

from .jit import kernel
from .problem import Floats, Longs


@kernel
def cheapest(costs: Floats, taken: Longs) -> None:
    """Give each row a column of its own at least total cost; finite costs only.

    Shortest augmenting paths with a price for every row and column, one row after the
    other (Kuhn 1955; Munkres 1957; Jonker and Volgenant 1987). Of columns that are as
    good the first is taken. There must be as many columns as rows, or more.
    """
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    holder = np.full(columns, -1, np.int64)
    away = np.empty(columns)
    came_from = np.empty(columns, np.int64)
    done = np.empty(columns, np.bool_)
    for new in range(rows):
        away[:] = np.inf
        done[:] = False
        row, last, so_far = new, -1, 0.0
        while row >= 0:
            last = -1
            for column in range(columns):
                if done[column]:
                    continue
                reduced = costs[row, column] - row_price[row] - column_price[column]
                reduced += so_far
                if reduced < away[column]:
                    away[column] = reduced
                    came_from[column] = row
                if last < 0 or away[column] < away[last]:
                    last = column
            so_far = away[last]
            done[last] = True
            row = holder[last]
        row_price[new] += so_far
        for column in range(columns):
            if done[column]:
                column_price[column] -= so_far - away[column]
                if column != last:
                    row_price[holder[column]] += so_far - away[column]
        while last >= 0:
            row = came_from[last]
            following = -1
            if row != new:
                following = taken[row]
            holder[last] = row
            taken[row] = last
            last = following
