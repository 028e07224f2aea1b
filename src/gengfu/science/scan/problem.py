"""Frozen values of the scan statistics: sites, clusters, results and their units."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Ints = NDArray[np.int32]
type Longs = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

type Rates = Literal["high", "low", "both"]
"""Which windows count: with more cases than expected, with fewer, or either."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""
SIGNAL_RECURRENCE_DAYS = 365.0
"""A prospective cluster is a signal if chance makes its like once a year or less."""


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The points that stand for the places scanned: P points of `axes` coordinates.

    On the globe a point is a unit vector (three axes) and distances are great circles;
    on the plane it is two coordinates in kilometres. Several places may share a point.
    Build one with `on_globe` or `on_plane`.
    """

    points: Floats
    globe: bool

    @classmethod
    def on_globe(cls, longitude: ArrayLike, latitude: ArrayLike) -> Self:
        """Return sites from degrees east and north (WGS 84); [P] each."""
        east, north = _pair(longitude, latitude, "longitude", "latitude")
        for name, values, most in (("longitude", east, 360), ("latitude", north, 90)):
            if np.any(np.abs(values) > most):
                raise ValueError(f"{name} must be degrees from -{most} to {most}")
        east, north = np.radians(east), np.radians(north)
        axes = (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east))
        return cls(np.column_stack((*axes, np.sin(north))), globe=True)

    @classmethod
    def on_plane(cls, x_km: ArrayLike, y_km: ArrayLike) -> Self:
        """Return sites from projected coordinates in kilometres; [P] each."""
        return cls(np.column_stack(_pair(x_km, y_km, "x_km", "y_km")), globe=False)

    def __len__(self) -> int:
        return len(self.points)

    def distances_km(self, centre: int) -> Floats:
        """Return the distance of every site from one of them; [P], kilometres."""
        apart = self.points - self.points[centre]
        straight = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        if not self.globe:
            return straight
        return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(straight / 2, 1.0))


@dataclass(frozen=True, slots=True)
class Cluster:
    """One circle that stands out.

    `places` are the sites inside, nearest to the centre first. `expected` is under the
    null hypothesis, given the total. `relative_risk` is the ratio of observed to
    expected inside over that outside. `llr` is the log likelihood ratio. `p` is its
    Monte Carlo p-value and `gumbel_p` that from a Gumbel law fitted to the replicates;
    both hold for the strongest window of all, so they are conservative for others, and
    are NaN where nothing was replicated.
    """

    places: tuple[int, ...]
    radius_km: float
    observed: int
    expected: float
    relative_risk: float
    llr: float
    p: float
    gumbel_p: float

    @property
    def centre(self) -> int:
        """The site the circle is drawn around."""
        return self.places[0]

    @property
    def high(self) -> bool:
        """Whether there were more cases than expected."""
        return self.observed > self.expected


@dataclass(frozen=True, slots=True)
class SpaceTimeCluster(Cluster):
    """One cylinder that stands out: a circle from `first_day` through `last_day`.

    `recurrence_days` says how often chance alone would show one as strong if the scan
    runs once each `every_days`; only a prospective scan has it.
    """

    first_day: int
    last_day: int
    recurrence_days: float | None

    @property
    def signal(self) -> bool:
        """Whether it is rare enough to be passed on (once in 365 days or less)."""
        often = self.recurrence_days
        return often is not None and often >= SIGNAL_RECURRENCE_DAYS


@dataclass(frozen=True, slots=True, eq=False)
class ScanResult[C: Cluster]:
    """Clusters that share no place, the strongest first, and how they were judged.

    `replicate_maxima` [R] are the greatest log likelihood ratios of the replicates.
    """

    clusters: tuple[C, ...]
    replicate_maxima: Floats
    cases: int

    def significant(self, level: float = 0.05) -> tuple[C, ...]:
        """Return the clusters whose Monte Carlo p-value is at most `level`."""
        return tuple(found for found in self.clusters if found.p <= level)


def _pair(
    first: ArrayLike, second: ArrayLike, name: str, other: str
) -> tuple[Floats, Floats]:
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError(f"{name} and {other} must be two lists of one length")
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise ValueError(f"{name} and {other} must be finite numbers")
    return one, two
