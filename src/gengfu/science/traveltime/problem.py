"""Recorded drives, and how they are to be fitted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import Places

LAST_HOUR = 23

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]
type Flags = NDArray[np.bool_]
type Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Drives of N units from a place to a place, and the seconds each really took.

    `hour` (0 to 23) is the hour of the local day at the start; `day` is any number
    that is the same for drives of one day (days are held out one at a time). `kind` and
    `priority` are those of the call, "" and 0 where they are not known.
    """

    origins: Places
    goals: Places
    observed_s: Floats
    hour: Longs
    day: Longs
    kind: Texts
    priority: Longs

    def __post_init__(self) -> None:
        sizes = {
            len(self.origins),
            len(self.goals),
            len(self.observed_s),
            len(self.hour),
            len(self.day),
            len(self.kind),
            len(self.priority),
        }
        if len(sizes) != 1:
            raise ValueError(f"the columns of trips differ in length: {sorted(sizes)}")
        if not np.all(np.isfinite(self.observed_s)):
            raise ValueError("an observed time is not a number")
        if len(self.hour) and not 0 <= self.hour.min() <= self.hour.max() <= LAST_HOUR:
            raise ValueError("hour must lie within 0 and 23")

    def __len__(self) -> int:
        return len(self.observed_s)

    def take(self, keep: "Flags | Longs") -> "Trips":
        """Return some of the drives."""
        return Trips(
            _some(self.origins, keep),
            _some(self.goals, keep),
            self.observed_s[keep],
            self.hour[keep],
            self.day[keep],
            self.kind[keep],
            self.priority[keep],
        )


def _some(places: Places, keep: "Flags | Longs") -> Places:
    return Places(places.edges[keep], places.fractions[keep], places.off_road_m[keep])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is assumed before seeing any drive. Defaults are for a city's engines.

    A class nobody drove keeps the mean ratio to its free-flow speed (`class_trips`
    says how many typical drives that belief is worth), an hour with few drives keeps
    the mean start, a cell with few drives keeps the factor 1. Weaker beliefs in cells
    fit held-out days a little better, but turn the order of units away from what is
    really sent: a slow crew is then taken for a slow street.
    """

    trim_below_s: float = 10.0
    trim_above_s: float = 1800.0
    class_trips: float = 10.0
    hour_trips: float = 3.0
    hour_width: float = 1.5
    kind_trips: float = 30.0
    cell_m: float = 2000.0
    cell_belief: float = 3000.0
    levels: tuple[float, ...] = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
    rounds: int = 4
    fastest_mps: float = 33.0
