"""What a watch for early signals is given, and what it says."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .document import SignalShare, Source
from .periods import Month

type Floats = NDArray[np.float64]
type Longs = NDArray[np.int64]

FORMAT = "gengfu-signals"
VERSION = 1
FEWEST, FEWEST_DAYS = 5, 28
"""No signal with fewer cases in four weeks."""


REPLICATES = 999
"""Of a scan, with days dealt anew."""
SCAN_TELLS_DAYS = REPLICATES + 1.0
"""A nightly scan that no replicate reaches: once in so many days, or less often."""
FARRINGTON_TELLS_DAYS = 36_500.0
"""A century: its model of counts is not to be believed further out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCounts:
    """Distinct events of S series on N days, the last of them the day of the watch.

    `counts` is [S, N], nan where nothing was recorded; residents' and agencies' calls
    alone. A series is one kind of event in one area.
    """

    first: date
    areas: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: Floats

    @property
    def last(self) -> date:
        """The day of the watch."""
        return self.first + timedelta(days=self.counts.shape[1] - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Events of one domain: where, in which area, and on which ordinal day; [C]."""

    domain: str
    lon: Floats
    lat: Floats
    day: Longs
    area: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One series, or one place and time, with more events than expected.

    `expected` is the baseline of the days from `first_day` through `last_day`, `upper`
    the most that would have been no alarm. `recurrence_days` says how often chance
    alone shows as much in this one series (in a scan: anywhere in the city). `kind` is
    a kind of event, in a scan a domain; a scan also has its circle.
    """

    method: str
    area: str
    kind: str
    first_day: str
    last_day: str
    observed: int
    expected: float
    upper: float | None
    excess: float
    recurrence_days: float
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None

    @property
    def at_most(self) -> bool:
        """Whether chance shows as much at most so often, perhaps far less.

        A scan cannot tell less than one in its replicates; charts (CUSUM, EARS) tell
        how often chance reaches their limit, and not how far beyond it a signal lies.
        """
        if self.method == "farrington":
            return self.recurrence_days >= FARRINGTON_TELLS_DAYS
        return self.method != "scan" or self.recurrence_days >= SCAN_TELLS_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How much one method looked at, and how many alarms that makes by chance alone."""

    method: str
    series: int
    false_alarms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsFound:
    """The signals of one day and what they were found with."""

    format: str
    version: int
    at: str
    record_from: str
    timezone: str
    config_name: str
    config_sha256: str
    events: tuple[Source, ...]
    without_place: int
    """Events of the scan's months that no place is known of."""
    tested: tuple[Tested, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfMonth:
    """A month's signals: how many were raised, checked since, and really so."""

    period: str
    raised: int
    checked: int
    real: int

    def published(self) -> SignalShare:
        """Return what its publication says of them.

        Raises:
            BadInput: no month, or figures that cannot be.

        """
        Month.read(self.period)
        if not 0 <= self.real <= self.checked <= self.raised:
            raise BadInput(
                "of the signals raised some are checked, and of these some real"
            )
        return SignalShare(raised=self.raised, checked=self.checked, real=self.real)


type Looked = tuple[Tested, list[Signal]]


def tested(method: str, series: int, chance: float) -> Tested:
    """Say what a method looked at, with the chance of a false alarm in each series."""
    return Tested(method=method, series=series, false_alarms=round(series * chance, 3))
