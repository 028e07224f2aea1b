"""What is asked of a measure and told of it: plain values, made by `evaluating`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gengfu.kernel import Said, Told

from .adopting import Adopted
from .config import IndexConfig
from .geography import Geography
from .periods import Month
from .tally import MonthTally

FORMAT = "gengfu-evaluation"
VERSION = 1
_FAR = 10.0
"""An interval from below a tenth to above so many times tells nothing."""
THE_MEASURE = Said("the measure", "该措施实施")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCity:
    """A city's places and how its events are grouped.

    `points_m` are middles of areas in metres on a plane, where shapes are known: with
    them places near those with the measure are asked for displacement.
    """

    geography: Geography
    config: IndexConfig
    points_m: Mapping[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )


class Counts(Protocol):
    """Where a city's counts come from: the roll-ups of its store of events."""

    @property
    def config(self) -> IndexConfig:
        """How the city's events are grouped."""
        ...

    def city(self) -> MeasuredCity:
        """Return the city; raises BadInput."""
        ...

    def months(
        self, first: Month, last: Month, told: Told
    ) -> Mapping[Month, MonthTally]:
        """Return the counts of all months that are stated, both ends included.

        `told` hears which stage the counting has reached, and its share from 0 to 1.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: which places got what when, and what to count over which months.

    `what` is a domain, a kind told of compounds, or a kind of event. Places without the
    measure within `ring_m` of one with it are asked for displacement.
    """

    adopted: Sequence[Adopted]
    table: str
    what: str
    first: Month
    last: Month
    measure: Said = THE_MEASURE
    ring_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A ratio of what happened to what was expected; None where it has no bound."""

    ratio: float | None
    low: float | None
    high: float | None
    level: float

    @property
    def untold(self) -> bool:
        """Whether it reaches so far on both sides that it tells nothing."""
        low, high = self.low, self.high
        return (low is None or low < 1 / _FAR) and (high is None or high > _FAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """The ratio in months `first` to `last` since the measure began (0: its first)."""

    first: int
    last: int
    reference: bool
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What speaks against a finding; grave ones change what may be concluded."""

    code: str
    grave: bool
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that got the measure."""

    id: str
    name: str
    name_zh: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What can honestly be said about a measure; for staff only."""

    format: str
    version: int
    sentence: Said
    verdict: str
    sound: bool
    design: str
    design_said: Said
    measure: Said
    what: str
    what_said: Said
    unit: str
    first: str
    last: str
    places: tuple[Place, ...]
    comparison: int
    interval: Interval | None
    raw: Interval | None
    """The same before chance's part was taken off, where places were the worst."""
    displacement: Interval | None
    observed: int
    expected: float | None
    path: tuple[PathPoint, ...]
    pretrend_p: float | None
    warnings: tuple[Warned, ...]
