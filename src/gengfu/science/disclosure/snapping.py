"""Map points that stand for many addresses or for none."""

from heapq import heapify, heappop, heappush
from importlib import import_module
from typing import Any, cast

import numpy as np

from .problem import Flags, Floats, Longs

LEAST_ADDRESSES = 8
_NEAR = 24


def snap_points(
    candidates: Floats, addresses: Floats, *, least: int = LEAST_ADDRESSES
) -> Longs:
    """Return the indices of candidate points that may stand on a public map.

    `candidates` [C, 2] (middles of streets, parks, stations) and `addresses` [N, 2] in
    metres. Every address belongs to the nearest kept point. Points with 1 to
    `least` - 1 addresses are dropped, fewest first, and their addresses go to the next
    nearest, until every kept point stands for `least` or more, or for none. Raises
    ValueError where no point is left although there are addresses.
    """
    points, homes = _plane(candidates, "candidates"), _plane(addresses, "addresses")
    if len(homes) == 0:
        return np.arange(len(points), dtype=np.int64)
    if len(points) == 0:
        raise ValueError("no candidate point for the addresses")
    choices = _nearest(points, homes, min(_NEAR, len(points)))
    members = [list[int]() for _ in range(len(points))]
    for home in range(len(homes)):
        members[int(choices[home, 0])].append(home)
    kept = np.ones(len(points), np.bool_)
    queue = [(len(m), p) for p, m in enumerate(members) if 0 < len(m) < least]
    heapify(queue)
    while queue:
        size, point = heappop(queue)
        if not kept[point] or size != len(members[point]):
            continue
        kept[point] = False
        if not np.any(kept):
            raise ValueError(f"fewer than {least} addresses in all")
        moved, members[point] = members[point], []
        for home in moved:
            to = _next_kept(points, homes[home], choices[home], kept)
            members[to].append(home)
            if len(members[to]) < least:
                heappush(queue, (len(members[to]), to))
    return np.flatnonzero(kept)


def snap(places: Floats, points: Floats) -> Longs:
    """Return for each of N places [N, 2] the index of the nearest point [P, 2]."""
    if len(points) == 0:
        raise ValueError("no point to snap to")
    return _nearest(_plane(points, "points"), _plane(places, "places"), 1)[:, 0]


def _next_kept(points: Floats, home: Floats, choices: Longs, kept: Flags) -> int:
    """Return the nearest kept point of one address."""
    near = choices[kept[choices]]
    if len(near):
        return int(near[0])
    left = np.flatnonzero(kept)
    return int(left[np.argmin(np.sum((points[left] - home) ** 2, axis=1))])


def _nearest(points: Floats, places: Floats, many: int) -> Longs:
    tree = cast("Any", import_module("scipy.spatial")).KDTree(points)
    found = tree.query(places, k=np.arange(1, many + 1))[1]
    return np.asarray(found, np.int64).reshape(len(places), many)


def _plane(xy: Floats, name: str) -> Floats:
    values = np.asarray(xy, np.float64)
    if values.shape != (len(values), 2) or not np.all(np.isfinite(values)):
        raise ValueError(f"{name} must be [N, 2] finite metres")
    return values
