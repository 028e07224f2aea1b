"""Where units are now: in memory only, on duty only, and never for long.

Positions are neither on the ledger nor in the database. Each one has a time to live
that the server enforces; going off duty forgets a unit's position at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.cases.sendings import Movement
from gengfu.capabilities.control_room.rules.distances import apart_m

TIME_TO_LIVE = timedelta(minutes=15)
FRESH = timedelta(minutes=2)
AHEAD = timedelta(seconds=30)
"""How far a device's clock may run ahead of ours before its report is refused."""
_TIME_TO_LIVE_S, _AHEAD_S = TIME_TO_LIVE.total_seconds(), AHEAD.total_seconds()
LEAST_ROWS = 64
USUAL_M, WORST_M = 20.0, 10_000.0
"""Accuracy of a report that does not say, and the worst one that is believed."""

type Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Fix:
    """One position: degrees, degrees clockwise from north, km/h, metres, seconds."""

    lon: float
    lat: float
    heading: float | None
    speed_kmh: float | None
    accuracy_m: float | None
    age_s: float


@dataclass(slots=True)
class _Run:
    """How far from where it was sent a unit has been, so far."""

    start: tuple[float, float] | None
    moved_m: float = 0.0
    fixes: int = 0
    accuracy_sum_m: float = 0.0

    def follow(self, lon: float, lat: float, accuracy_m: float | None) -> None:
        self.start = self.start or (lon, lat)
        self.moved_m = max(self.moved_m, apart_m(self.start, (lon, lat)))
        self.fixes += 1
        known = accuracy_m is not None and 0 <= accuracy_m <= WORST_M
        self.accuracy_sum_m += (accuracy_m or 0.0) if known else USUAL_M


class Positions:
    """Latest position of every unit on duty, one row each in plain arrays."""

    def __init__(self, bounds: Bounds, *, margin_deg: float = 0.5) -> None:
        west, south, east, north = bounds
        self._west, self._east = west - margin_deg, east + margin_deg
        self._south, self._north = south - margin_deg, north + margin_deg
        self._row: dict[str, int] = {}
        self._unit: list[str] = []
        self._values: NDArray[np.float64] = np.full((LEAST_ROWS, 5), np.nan)
        self._at: NDArray[np.float64] = np.full(LEAST_ROWS, -np.inf)
        self._on_duty: NDArray[np.bool_] = np.zeros(LEAST_ROWS, np.bool_)
        self._runs: dict[int, _Run] = {}
        self._changed: set[int] = set()
        self._unplaced: set[int] = set()
        self.taken = 0
        self.refused = 0

    def row(self, unit: str) -> int | None:
        """Return the row of a unit, or None."""
        return self._row.get(unit)

    def unit_at(self, row: int) -> str:
        """Return the unit of a row."""
        return self._unit[row]

    def begin(self, unit: str) -> int:
        """Begin to take a unit's positions, because it is on duty."""
        row = self._row.get(unit)
        if row is None:
            row = len(self._unit)
            self._row[unit] = row
            self._unit.append(unit)
            if row >= len(self._at):
                self._grow()
        self._on_duty[row] = True
        return row

    def end(self, unit: str) -> None:
        """Forget where a unit is and take no more, because its duty ended."""
        row = self._row.get(unit)
        if row is not None:
            self._on_duty[row] = False
            self._runs.pop(row, None)
            self._forget(row)

    def take(
        self,
        unit: str,
        lon: float,
        lat: float,
        at: datetime,
        now: datetime,
        heading: float | None = None,
        speed_kmh: float | None = None,
        accuracy_m: float | None = None,
    ) -> bool:
        """Take a report; False where it is not on duty, old, out of order or absurd."""
        row = self._row.get(unit)
        stamp = at.timestamp()
        age_s = 0.0 if at is now else now.timestamp() - stamp
        if (
            row is None
            or not self._on_duty[row]
            or not self._west <= lon <= self._east
            or not self._south <= lat <= self._north
            or not -_AHEAD_S <= age_s < _TIME_TO_LIVE_S
            or stamp < self._at[row]
        ):
            self.refused += 1
            return False
        self._values[row] = (
            lon,
            lat,
            _or_nan(heading, 0, 360),
            _or_nan(speed_kmh, 0, 400),
            _or_nan(accuracy_m, 0, 1e6),
        )
        self._at[row] = stamp
        run = self._runs.get(row)
        if run is not None:
            run.follow(lon, lat, accuracy_m)
        self._changed.add(row)
        self._unplaced.add(row)
        self.taken += 1
        return True

    def fix(self, unit: str, now: datetime) -> Fix | None:
        """Return where a unit is, or None where that is not known (any more)."""
        row, age_s = self._row.get(unit), self.age_s(unit, now)
        if row is None or age_s is None:
            return None
        lon, lat, heading, speed_kmh, accuracy_m = map(float, self._values[row])
        return Fix(
            lon,
            lat,
            _or_none(heading),
            _or_none(speed_kmh),
            _or_none(accuracy_m),
            age_s,
        )

    def age_s(self, unit: str, now: datetime) -> float | None:
        """Return how old a unit's position is, or None where `fix` has none."""
        row = self._row.get(unit)
        return None if row is None else self.age_at(row, now.timestamp())

    def age_at(self, row: int, now_s: float) -> float | None:
        """`age_s` for the unit of a row, at a Unix time."""
        if not self._on_duty[row]:
            return None
        age_s = now_s - float(self._at[row])
        return max(age_s, 0.0) if age_s < _TIME_TO_LIVE_S else None

    def begin_run(self, unit: str) -> None:
        """Begin to sum up how far a unit moves, because it was sent somewhere."""
        row = self._row.get(unit)
        if row is not None:
            self._runs[row] = _Run(self.last(unit))

    def end_run(self, unit: str) -> None:
        """Forget how far a unit moved, because it has arrived."""
        self._runs.pop(self._row.get(unit, -1), None)

    def moved(self, unit: str) -> Movement | None:
        """Return how far a unit moved since it was sent; None where nobody knows."""
        run = self._runs.get(self._row.get(unit, -1))
        if run is None or not run.fixes:
            return None
        return Movement(
            moved_m=round(run.moved_m, 1),
            fixes=run.fixes,
            accuracy_m=round(run.accuracy_sum_m / run.fixes, 1),
        )

    def last(self, unit: str) -> tuple[float, float] | None:
        """Return the longitude and latitude last reported, if not forgotten."""
        row = self._row.get(unit)
        if row is None or self._at[row] == -np.inf:
            return None
        return float(self._values[row, 0]), float(self._values[row, 1])

    @property
    def waiting(self) -> int:
        """How many rows have moved since they were last put on the roads."""
        return len(self._unplaced)

    def unplaced(self) -> tuple[list[int], list[float], list[float]]:
        """Return rows that moved since the last call, to put on the roads."""
        rows = sorted(self._unplaced)
        self._unplaced.clear()
        where = self._values[rows, :2]
        return rows, where[:, 0].tolist(), where[:, 1].tolist()

    def expire(self, now: datetime) -> Sequence[str]:
        """Forget every position past its time to live; return whose."""
        limit = now.timestamp() - _TIME_TO_LIVE_S
        used = len(self._unit)
        known = np.isfinite(self._at[:used])
        old = np.flatnonzero(known & (self._at[:used] <= limit))
        for row in old:
            self._forget(int(row))
        return [self._unit[int(row)] for row in old]

    def changes(self, now: datetime) -> list[tuple[object, ...]]:
        """Return rows changed since the last call, as the live feed sends them."""
        rows = sorted(self._changed)
        self._changed.clear()
        if not rows:
            return []
        places = np.round(self._values[rows, :2], 6).T.tolist()
        ages = np.round(np.maximum(now.timestamp() - self._at[rows], 0.0), 1)
        return list(
            zip(
                [self._unit[row] for row in rows],
                *places,
                _whole(self._values[rows, 2]),
                _whole(self._values[rows, 3]),
                ages.tolist(),
                strict=True,
            )
        )

    def known(self, now: datetime) -> int:
        """Return how many units have a position."""
        limit = now.timestamp() - _TIME_TO_LIVE_S
        return int(np.count_nonzero(self._at[: len(self._unit)] > limit))

    def _forget(self, row: int) -> None:
        self._values[row] = np.nan
        self._at[row] = -np.inf
        self._changed.discard(row)
        self._unplaced.discard(row)

    def _grow(self) -> None:
        more = len(self._at)
        self._values = np.vstack((self._values, np.full((more, 5), np.nan)))
        self._at = np.concatenate((self._at, np.full(more, -np.inf)))
        self._on_duty = np.concatenate((self._on_duty, np.zeros(more, np.bool_)))


def _or_nan(value: float | None, least: float, most: float) -> float:
    if value is None or not least <= value <= most:
        return math.nan
    return value


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _whole(values: NDArray[np.float64]) -> list[int | None]:
    unknown = np.isnan(values)
    found: list[int | None] = np.where(unknown, 0, np.rint(values)).astype(int).tolist()
    for at in np.flatnonzero(unknown).tolist():
        found[at] = None
    return found
