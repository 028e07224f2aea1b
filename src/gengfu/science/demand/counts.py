"""Residents' calls counted by day, hour and area: what a forecast is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Longs

type Flags = NDArray[np.bool_]

DAY_H = 24


@dataclass(frozen=True, slots=True, eq=False)
class CallCounts:
    """Calls of D whole days in order, [D, 24, A], and which days were usual, [D].

    Days are local and follow each other without a gap; the weekday of the first does
    not matter, the week being seven days long wherever it begins. Unusual days (a
    holiday, a storm, a record with a hole) are kept in their place but nothing is
    learnt from them.
    """

    areas: tuple[str, ...]
    calls: Longs
    usual: Flags

    def __post_init__(self) -> None:
        shape = self.calls.shape
        if not self.areas or shape != (*shape[:1], DAY_H, len(self.areas)):
            raise ValueError(f"calls must be [days, 24, areas], not {shape}")
        if self.usual.shape != shape[:1]:
            raise ValueError(f"usual must have shape {shape[:1]}")
        if np.any(self.calls < 0):
            raise ValueError("a number of calls cannot be below 0")

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.calls)


def count_calls(
    areas: Sequence[str],
    days: int,
    *,
    day: Longs,
    hour: Longs,
    area: Longs,
    by_resident: Flags,
    usual: Flags | None = None,
) -> CallCounts:
    """Count N calls by day, hour (0 to 23) and area; only those that residents made.

    `by_resident` is asked for because what officers start themselves follows the
    officers: a forecast fed with it sends them where they already were. Raises
    ValueError where a call lies outside the days, the hours or the areas.
    """
    if not len(day) == len(hour) == len(area) == len(by_resident):
        raise ValueError("day, hour, area and by_resident must be of one length")
    for name, values, end in (
        ("day", day, days),
        ("hour", hour, DAY_H),
        ("area", area, len(areas)),
    ):
        if np.any((values < 0) | (values >= end)):
            raise ValueError(f"{name} must lie within 0 and {end - 1}")
    calls = np.zeros((days, DAY_H, len(areas)), np.int64)
    np.add.at(calls, (day[by_resident], hour[by_resident], area[by_resident]), 1)
    known = np.ones(days, np.bool_) if usual is None else usual
    return CallCounts(tuple(areas), calls, known)
