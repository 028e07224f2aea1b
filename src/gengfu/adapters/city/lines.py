"""Road lines as read, whatever the source: one row a line, vertices in one array."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .findings import Where, bad

FASTEST_KMH = 200.0


class OnewayOrigin(IntEnum):
    """Why an edge has, or has not, one in the other direction."""

    BOTH = 0  # two-way
    TAGGED = 1  # the source says one-way
    IMPLIED = 2  # motorway or roundabout, without a word on direction


class SpeedOrigin(IntEnum):
    """Where an edge's speed comes from."""

    CLASS = 0  # the class table
    SOURCE = 1  # the source states it


@dataclass(frozen=True, slots=True)
class RoadLines:
    """Lines to be noded. `L` lines, `P` vertices.

    Two vertices are the same place for noding when they have the same key, however
    near they lie: a bridge over a street shares no key with it.
    """

    where: Where
    rows: NDArray[np.int64]  # (L,) the source's number of the line
    offsets: NDArray[np.int64]  # (L+1,) line i has vertices offsets[i]:offsets[i+1]
    lon: NDArray[np.float64]  # (P,) degrees
    lat: NDArray[np.float64]  # (P,) degrees
    keys: NDArray[np.int64]  # (P,)
    road_class: NDArray[np.uint8]  # (L,) code of the class table
    speed_forward_kmh: NDArray[np.float32]  # (L,) NaN: by class
    speed_backward_kmh: NDArray[np.float32]  # (L,)
    direction: NDArray[np.int8]  # (L,) 0 both, 1 as drawn, -1 against
    oneway_origin: NDArray[np.uint8]  # (L,) OnewayOrigin
    emergency_only: NDArray[np.bool_]  # (L,)
    name: NDArray[np.int32]  # (L,) index into names, -1 none
    alias: NDArray[np.int32]  # (L,) a second name, -1 none
    names: tuple[str, ...]
    names_zh: tuple[str, ...]
    left_out: dict[str, int]  # reason -> lines not taken over


class NameTable:
    """Gives every distinct pair of name and Chinese name one number."""

    def __init__(self) -> None:
        self._index: dict[tuple[str, str], int] = {}

    def add(self, name: str, name_zh: str = "") -> int:
        """Return the number of a name; -1 for the empty one."""
        if not name and not name_zh:
            return -1
        return self._index.setdefault((name or name_zh, name_zh), len(self._index))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._index)

    @property
    def names_zh(self) -> tuple[str, ...]:
        return tuple(name_zh for _, name_zh in self._index)


def check_speed(kmh: float, where: Where) -> float:
    """Return `kmh` when a road can have it; BadInput when negative, zero or absurd."""
    if not 0.0 < kmh <= FASTEST_KMH:
        raise bad(where, f"speed {kmh:g} km/h is not in 0-{FASTEST_KMH:g}")
    return kmh


def grid_keys(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """One key for vertices on the same 1e-7 degree, about a centimetre."""
    x = np.round(lon * 1e7).astype(np.int64)
    y = np.round(lat * 1e7).astype(np.int64)
    return (x << np.int64(32)) + (y + np.int64(1 << 31))
