"""Which units to send: by road time now, what the plan needs, and what stays behind.

Every candidate gets a cost in seconds: its predicted arrival, plus what a dispatcher
would trade for it (all weights are the policy's, data with a version):

    arrival + doubt * (upper end of the interval - arrival) + late * (seconds beyond
    what the card asks for) + stale or post position + nearly free + pre-empted + hours
    on duty beyond the limit + cover: per cent of demand left without such a unit
    within reach, times seconds per per cent at this priority - first due: the seconds
    that a unit of the post whose area it is may be later and still go first

The plan's needs are slots. The first slot of a need weighs `first` times the arrival,
every further one `further` times, so that the fastest unit of a need is fast and the
rest are not drawn from far away for little. Slots are filled by a least-cost
assignment (one unit, one slot); as many slots are filled as can be.

Units that are not free may only be chosen by rule. One that is nearly free or on its
way to something less urgent must arrive `gain_s` sooner than the free unit it would
replace (the count-th free arrival of that need; where fewer are free, any gain will
do), and only for the priorities and the gap of priorities that the policy names. A
crew beyond its greatest hours is taken only where a need could not be met otherwise.

For each need only the nearest candidates are looked at: few to begin with, more until
the needs can be met, or as far as they can with nobody left for the others. Same
input, same answer.

What is made for every candidate of every ranking is a named tuple: these are made in a
third of the time that a frozen dataclass takes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol

from gengfu.kernel import Said

from .plans import Need, Plan
from .words import Reason

type Source = Literal["position", "post"]


class Free(StrEnum):
    FREE = "free"
    NEARLY = "nearly"
    PREEMPTIBLE = "preemptible"


@dataclass(frozen=True, slots=True)
class Target:
    """The incident to send to, as far as ranking needs it."""

    id: str
    lon: float
    lat: float
    priority: int


class Candidate(NamedTuple):
    """A unit that might go, with where it is taken to be and what it is doing.

    `age_s` is the age of its position (None at its post). `ready_in_s` is how long a
    nearly free unit still needs before it can roll. `bound_for` and `bound_priority`
    name the incident a pre-emptible unit is on its way to. `first_due_s` is how much
    later it may be and still go first, because the place is in its post's area.
    """

    id: str
    callsign: str
    kind: str
    agency: str
    skills: frozenset[str] = frozenset()
    free: Free = Free.FREE
    source: Source = "position"
    age_s: float | None = None
    on_duty_s: float | None = None
    ready_in_s: float = 0.0
    bound_for: str | None = None
    bound_priority: int | None = None
    first_due_s: float = 0.0


class Coming(NamedTuple):
    """A candidate with its predicted travel time and the interval it is sure of."""

    unit: Candidate
    seconds: float
    low_s: float
    high_s: float


class Travel(Protocol):
    """Who gets there first, by the roads as they are now."""

    def nearest(
        self,
        target: Target,
        need: Need,
        states: Collection[Free],
        most: int,
        bound_from: int = 0,
    ) -> Sequence[Coming]:
        """Return up to `most` units in each of these states that meet the need.

        In order of arrival; fewer than `most` only where there are no more. Units on
        their way somewhere only where that has at least the priority `bound_from`
        (greater is less urgent).
        """
        ...


class CoverLoss(Protocol):
    """What is left without cover if units leave (shares of demand, 0 to 1)."""

    def lost_each(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of demand whose only free unit of the kind each of these is."""
        ...

    def lost_together(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of demand lost per kind if all these units leave."""
        ...


class Ranked(NamedTuple):
    """One candidate in the ranking.

    `seconds`, `low_s` and `high_s` count from now and include the time until a nearly
    free unit can roll. `meets` lists the needs (by index) it could fill; `chosen_for`
    is the one it was chosen for.
    """

    unit: Candidate
    seconds: float
    low_s: float
    high_s: float
    cost_s: float
    cover_lost: float
    meets: tuple[int, ...]
    chosen_for: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need for which too few units are left, and how many are missing."""

    need: int
    missing: int
    said: Said


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Ranked candidates, the set to send, and what could not be met.

    `cover_lost` is the share of demand per kind of unit that is left without cover if
    the whole set goes.
    """

    incident: str
    plan: str
    plan_version: str
    policy_version: str
    needs: tuple[Need, ...]
    ranked: tuple[Ranked, ...]
    unmet: tuple[Unmet, ...]
    cover_lost: tuple[tuple[str, float], ...]
    considered: int

    @property
    def chosen(self) -> tuple[Ranked, ...]:
        """The set to send, first arrival in front."""
        chosen = [row for row in self.ranked if row.chosen_for is not None]
        return tuple(sorted(chosen, key=lambda row: (row.seconds, row.unit.id)))


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: where, what is needed, and the plan it comes from.

    `sent` holds kind and skills of the units on the incident already.
    """

    target: Target
    plan: Plan
    sent: tuple[tuple[str, frozenset[str]], ...] = ()
