"""From free-flow roads to an honest arrival time: speeds, penalties and an interval."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import inf, isfinite
from typing import NamedTuple

import numpy as np

from .first_due import FirstDue
from .graph import RoadGraph
from .problem import Flags, Floats, Ints

HOURS = 24
_ROADS_AT_A_CROSSING = 3
_LEAST = 1e-3


class Arrival(NamedTuple):
    """A predicted arrival and the interval it should fall in at the stated level.

    One is made for every candidate of every ranking, so it is a light tuple.
    """

    seconds: float
    low_s: float
    high_s: float
    level: float


@dataclass(frozen=True, slots=True)
class Residuals:
    """Quantiles of (observed - predicted) seconds, by predicted seconds.

    `quantile_s[i][j]` is the quantile at `levels[i]` where the prediction is
    `predicted_s[j]`. Between knots both ways are linear; beyond them, constant.
    """

    predicted_s: tuple[float, ...]
    levels: tuple[float, ...]
    quantile_s: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for name, knots in (("predicted_s", self.predicted_s), ("levels", self.levels)):
            if not knots or any(b <= a for a, b in pairwise(knots)):
                raise ValueError(f"{name} must rise")
        if not 0.0 <= self.levels[0] <= self.levels[-1] <= 1.0:
            raise ValueError("levels must lie within 0 and 1")
        wide = {len(row) for row in self.quantile_s}
        if len(self.quantile_s) != len(self.levels) or wide != {len(self.predicted_s)}:
            raise ValueError("quantile_s needs one row per level, one value per knot")

    def at(self, predicted_s: float, level: float) -> float:
        """Quantile of the residual at one prediction."""
        return _between(self.predicted_s, self.at_level(level), predicted_s)

    def at_level(self, level: float) -> tuple[float, ...]:
        """Quantiles at one level, knot by knot."""
        return _at_level(self, level)


def _between(knots: Sequence[float], values: Sequence[float], at: float) -> float:
    """Value at a point between knots; beyond them the first or the last."""
    right = bisect_right(knots, at)
    if right == 0:
        return values[0]
    if right == len(knots):
        return values[-1]
    low, high = knots[right - 1], knots[right]
    part = (at - low) / (high - low)
    return values[right - 1] + part * (values[right] - values[right - 1])


@lru_cache(maxsize=64)
def _at_level(residuals: Residuals, level: float) -> tuple[float, ...]:
    """`Residuals.at_level`; every ranking asks for the same two."""
    columns = zip(*residuals.quantile_s, strict=True)
    return tuple(float(np.interp(level, residuals.levels, c)) for c in columns)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Turns seconds on the network into arrivals: for one kind of call at one hour.

    `lost_s` is lost beside driving. `low` and `high` are the quantiles of the two ends
    of the interval at the predictions `knots`; without any there is no interval.
    """

    lost_s: float
    level: float
    knots: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def at(self, network_s: float) -> Arrival:
        """Return the arrival; without fitted residuals within (0, infinity)."""
        seconds = network_s + self.lost_s
        if not self.knots or not isfinite(seconds):
            return Arrival(seconds, 0.0, inf, self.level)
        low = max(seconds + _between(self.knots, self.low, seconds), 0.0)
        high = max(seconds + _between(self.knots, self.high, seconds), low)
        return Arrival(seconds, low, high, self.level)


@dataclass(frozen=True, slots=True)
class LocalFactors:
    """What one place is slower or faster than its road classes, on a square grid.

    Cell (row, column) covers `cell_deg` degrees (longitude, latitude) from the south
    west corner; `factor` is by rows from the south. Beyond the grid it is 1.
    """

    west: float
    south: float
    cell_deg: tuple[float, float]
    columns: int
    factor: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.columns < 1 or len(self.factor) % self.columns:
            raise ValueError("factor needs whole rows of `columns` cells")
        if not all(0.0 < size < float("inf") for size in self.cell_deg):
            raise ValueError("cell_deg must be above 0")
        if not all(_LEAST <= value < float("inf") for value in self.factor):
            raise ValueError("local factors must be numbers of 0.001 or more")

    def cells(self, lon: Floats, lat: Floats) -> Ints:
        """Return the cell of each point, -1 beyond the grid."""
        column = np.floor((lon - self.west) / self.cell_deg[0]).astype(np.int32)
        row = np.floor((lat - self.south) / self.cell_deg[1]).astype(np.int32)
        rows = len(self.factor) // self.columns
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < rows)
        return np.where(inside, row * self.columns + column, -1).astype(np.int32)

    def at(self, lon: Floats, lat: Floats) -> Floats:
        """Return the factor of each point."""
        return np.append(np.array(self.factor), 1.0)[self.cells(lon, lat)]


@dataclass(frozen=True, slots=True)
class TravelModel:
    """How long units take, fitted elsewhere and applied here.

    Class `c` drives `class_speed_mps[c]`; an edge of class `c` that ends at a crossing
    (a node where three or more streets meet) also costs `crossing_s[c]`, the mean loss
    of turns, signals and giving way there. This is not exact for each turn (that needs
    one node per edge); it is exact in the mean of the turns it was fitted to, costs
    nothing in the search, and keeps live changes in place. `hour_factor[h]` multiplies
    all of it in hour `h` of the day, and `local` what is driven in a part of the city.
    `start_s` is lost once per trip, `hour_start_s[h]` more (or less) in hour `h`, and
    `kind_start_s` more (or less) for a kind of call: by type at a priority ("fire/1"),
    else by type at any ("fire"), else, for a kind nobody has seen, nothing.
    `first_due` is no time: whose area a place is in, learned from the same records.

    An edge whose class is beyond the table uses the graph's own seconds.
    """

    class_speed_mps: tuple[float, ...] = ()
    crossing_s: tuple[float, ...] = ()
    hour_factor: tuple[float, ...] = (1.0,) * HOURS
    start_s: float = 0.0
    residuals: Residuals | None = None
    hour_start_s: tuple[float, ...] = (0.0,) * HOURS
    local: LocalFactors | None = None
    kind_start_s: Mapping[str, float] = field(default_factory=dict[str, float])
    first_due: FirstDue | None = None

    def __post_init__(self) -> None:
        if len(self.crossing_s) not in (0, len(self.class_speed_mps)):
            raise ValueError("crossing_s needs one value per class, or none")
        if len(self.hour_factor) != HOURS:
            raise ValueError("hour_factor needs 24 values")
        if len(self.hour_start_s) != HOURS:
            raise ValueError("hour_start_s needs 24 values")
        if not all(abs(value) < float("inf") for value in self.hour_start_s):
            raise ValueError("hour_start_s must be numbers")
        if not all(abs(value) < float("inf") for value in self.kind_start_s.values()):
            raise ValueError("kind_start_s must be numbers")
        for name, values, least in (
            ("class_speed_mps", self.class_speed_mps, _LEAST),
            ("crossing_s", self.crossing_s, 0.0),
            ("hour_factor", self.hour_factor, _LEAST),
            ("start_s", (self.start_s,), 0.0),
        ):
            if not all(least <= value < float("inf") for value in values):
                raise ValueError(f"{name} must be numbers of {least} or more")

    def edge_seconds(self, graph: RoadGraph, hour: int) -> Floats:
        """Seconds of every edge in an hour of the day, for `LiveRoads.set_seconds`."""
        seconds = graph.seconds.copy()
        known = (graph.road_class >= 0) & (graph.road_class < len(self.class_speed_mps))
        classes = graph.road_class[known]
        if self.class_speed_mps:
            speed = np.array(self.class_speed_mps)
            seconds[known] = graph.length_m[known] / speed[classes]
        if self.crossing_s:
            lost = np.array(self.crossing_s)[classes]
            seconds[known] += np.where(crossing_ends(graph)[known], lost, 0.0)
        if self.local is not None:
            seconds *= self.local.at(*edge_middles(graph))
        return seconds * self.hour_factor[hour % HOURS]

    def kind_s(self, kind: str, priority: int = 0) -> float:
        """Seconds more (or less) that a kind of call takes; 0 for an unknown one."""
        by_kind = self.kind_start_s
        return by_kind.get(kind_key(kind, priority), by_kind.get(kind, 0.0))

    def lost_s(
        self, hour: int | None = None, kind: str = "", priority: int = 0
    ) -> float:
        """Seconds lost beside driving; never below 0."""
        by_hour = 0.0 if hour is None else self.hour_start_s[hour % HOURS]
        return max(self.start_s + by_hour + self.kind_s(kind, priority), 0.0)

    def arrival(
        self,
        network_s: float,
        level: float = 0.90,
        hour: int | None = None,
        kind: str = "",
        priority: int = 0,
    ) -> Arrival:
        """Turn seconds on the network into an arrival with a two-sided interval.

        `hour` is the hour of the day it starts in; without it, the mean start counts.
        `kind` and `priority` are those of the call; unknown ones count for nothing.
        Without fitted residuals there is no honest interval: it is (0, infinity).
        """
        return self.arrivals(level, hour, kind, priority).at(network_s)

    def arrivals(
        self,
        level: float = 0.90,
        hour: int | None = None,
        kind: str = "",
        priority: int = 0,
    ) -> Arrivals:
        """Return `arrival` with all but the seconds given: for drives to one call."""
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must lie between 0 and 1, not {level}")
        lost_s = self.lost_s(hour, kind, priority)
        if self.residuals is None:
            return Arrivals(lost_s, level)
        tail = (1.0 - level) / 2.0
        ends = self.residuals.at_level(tail), self.residuals.at_level(1.0 - tail)
        return Arrivals(lost_s, level, self.residuals.predicted_s, *ends)


def kind_key(kind: str, priority: int) -> str:
    """Return the key of a kind of call at a priority in `kind_start_s`."""
    return f"{kind}/{priority}"


def crossing_ends(graph: RoadGraph) -> Flags:
    """Return which edges end where three or more streets meet."""
    return (streets_at_nodes(graph) >= _ROADS_AT_A_CROSSING)[graph.heads]


def edge_middles(graph: RoadGraph) -> tuple[Floats, Floats]:
    """Return longitude and latitude half way between the ends of every edge."""
    return (
        (graph.lon[graph.tails] + graph.lon[graph.heads]) / 2.0,
        (graph.lat[graph.tails] + graph.lat[graph.heads]) / 2.0,
    )


def streets_at_nodes(graph: RoadGraph) -> Floats:
    """Count the streets that meet at each node; a two-way street counts once."""
    once = (graph.twins < 0) | (np.arange(graph.edge_count) < graph.twins)
    ends = np.concatenate((graph.tails[once], graph.heads[once]))
    return np.bincount(ends, minlength=graph.node_count).astype(np.float64)
