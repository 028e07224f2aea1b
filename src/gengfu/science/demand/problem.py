"""Calls for help as a random process: by hour of the week, area and kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]

WEEK_H = 168


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Rates of a non-homogeneous Poisson process, constant within an hour.

    K kinds, A areas. In hour `h` of the week (0 is Monday 00:00 to 01:00) calls of kind
    `k` come from area `a` at `per_week[k] * hour_share[k, h] * area_share[k, a]` per
    hour. Each row of both shares sums to 1.
    """

    kinds: tuple[str, ...]
    areas: tuple[str, ...]
    per_week: Floats
    hour_share: Floats
    area_share: Floats

    def __post_init__(self) -> None:
        kinds, areas = len(self.kinds), len(self.areas)
        shapes = (
            ("per_week", self.per_week, (kinds,)),
            ("hour_share", self.hour_share, (kinds, WEEK_H)),
            ("area_share", self.area_share, (kinds, areas)),
        )
        for name, values, shape in shapes:
            if values.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, not {values.shape}")
            if not np.all(np.isfinite(values) & (values >= 0)):
                raise ValueError(f"{name} must be numbers of 0 or more")
        for name, rows in (("hour", self.hour_share), ("area", self.area_share)):
            if kinds and not np.allclose(rows.sum(axis=1), 1.0):
                raise ValueError(f"each row of {name}_share must sum to 1")

    def scaled_to(self, calls_per_week: float) -> "Demand":
        """Return the same pattern with another number of calls."""
        total = float(self.per_week.sum())
        if not calls_per_week > 0 or total <= 0:
            raise ValueError("a demand without calls cannot be scaled")
        return Demand(
            self.kinds,
            self.areas,
            self.per_week * (calls_per_week / total),
            self.hour_share,
            self.area_share,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """N drawn calls in order of time: seconds from the start, kind and area index."""

    seconds: Floats
    kind: Longs
    area: Longs

    def __len__(self) -> int:
        return len(self.seconds)
