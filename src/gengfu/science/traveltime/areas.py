"""Areas of first response from recorded calls whose area is known."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib import import_module
from math import cos, radians
from typing import Any, cast

import numpy as np

from gengfu.science.roads import FirstDue
from gengfu.science.roads.shapes import METRES_PER_DEGREE

from .problem import Floats, Longs

CELL_M = 100.0
REACH_M = 500.0


def learn_first_due(
    lon: Floats, lat: Floats, post: Sequence[str], margin_s: float
) -> FirstDue | None:
    """Draw areas of first response round N calls whose post first due is known.

    A cell of 100 m belongs to the post of most of its calls; a cell without any, to
    that of the nearest call within 500 m of its middle. None without calls.
    """
    if len(post) == 0:
        return None
    high = CELL_M / METRES_PER_DEGREE
    wide = high / max(cos(radians(float(lat.mean()))), 0.01)
    margin = int(REACH_M / CELL_M)
    west = float(lon.min()) - margin * wide
    south = float(lat.min()) - margin * high
    columns = int((float(lon.max()) - west) / wide) + margin + 1
    rows = int((float(lat.max()) - south) / high) + margin + 1
    posts = tuple(sorted(set(post)))
    row_of = {name: row for row, name in enumerate(posts)}
    label = np.array([row_of[name] for name in post], np.int64)
    x, y = (lon - west) / wide, (lat - south) / high
    at: Longs = y.astype(np.int64) * columns + x.astype(np.int64)
    middle = np.arange(rows * columns)
    points = np.column_stack((middle % columns + 0.5, middle // columns + 0.5))
    tree = cast("Any", import_module("scipy.spatial")).KDTree(np.column_stack((x, y)))
    apart, nearest = tree.query(points)
    cell: Longs = np.where(apart <= REACH_M / CELL_M, label[nearest], -1)
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for where, whose in zip(at.tolist(), label.tolist(), strict=True):
        votes[where][whose] += 1
    for where, counted in votes.items():
        cell[where] = min(counted, key=lambda whose: (-counted[whose], whose))
    return FirstDue(
        west, south, (wide, high), columns, posts, tuple(cell.tolist()), margin_s
    )
