"""What a forecast of calls says, and where a server has its forecasts from."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gengfu.kernel import Told

from .document import Source

FORMAT = "gengfu-expected-calls"
VERSION = 1
NOWHERE = ""
"""The id under which calls stand whose area nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An area by its id and names."""

    id: str
    name: str
    name_zh: str


class Calls(Protocol):
    """Where a server has its forecasts from."""

    def kept(self, today: date) -> "ExpectedCalls | None":
        """Return what was made before, if it is of today and of all that is stored."""
        ...

    def expected(self, today: date, told: Told) -> "ExpectedCalls":
        """Return the calls of the days from today on; raises BadInput."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Calls to come: their mean, and the ends of the interval, both included."""

    mean: float
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An area, or the city: its `days` [D], and their `hours` [D][24]."""

    area: Named
    days: tuple[Expected, ...]
    hours: tuple[tuple[Expected, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How good the forecast of a level was, and the plain mean's deviance beside it.

    `covered` is the share of counts within the interval, ends included.
    """

    level: str
    counts: int
    deviance: float
    plain_deviance: float
    covered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPassed:
    """A day of last week: what came, and what had been expected of the city."""

    day: str
    came: int
    expected: Expected
    usual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWeek:
    """The forecast of a week ago, and what came."""

    days: tuple[DayPassed, ...]
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCalls:
    """Calls of the days from `first_day` on, and what they were reckoned from.

    `districts` are what the areas lie in, and empty where that is nothing. `simulated`
    where there are calls in the record that nobody made.
    """

    format: str
    version: int
    first_day: str
    timezone: str
    interval: float
    record_from: str
    record_to: str
    calls: int
    simulated: bool
    left_out_days: tuple[str, ...]
    checked: int
    events: tuple[Source, ...]
    city: Place
    districts: tuple[Place, ...]
    areas: tuple[Place, ...]
    last_week: LastWeek | None
