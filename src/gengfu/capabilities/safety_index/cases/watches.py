"""A night's watch: which day was looked at, with what, and what came of it.

It is written with the signals it raises, or not at all: a day is watched once, however
often the server starts and however many servers there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from gengfu.capabilities.safety_index.rules.signal_values import SignalsFound, Tested
from gengfu.kernel import (
    CLOCKWORK,
    Between,
    Case,
    CaseId,
    Code,
    Desk,
    Length,
    Machine,
    Stamp,
)

from .roles import STATISTICS
from .signals import SignalCase, notifies

Count = Annotated[int, Between(0, 1_000_000)]


class WatchStage(StrEnum):
    WATCHED = "watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCase(Case):
    """One day that was looked at.

    `raised` signals went to stations; `known` ones their stations had already; for
    `nowhere` of them the city has no station. `tested` says how many alarms chance
    alone makes.
    """

    day: str
    tested: tuple[Tested, ...]
    raised: int
    known: int
    nowhere: int
    stage: WatchStage = WatchStage.WATCHED

    @property
    def by_chance(self) -> float:
        """How many signals chance alone makes on such a day."""
        return sum(one.false_alarms for one in self.tested)


watch = Machine(
    WatchCase,
    stages=WatchStage,
    ends=(WatchStage.WATCHED,),
    purpose=STATISTICS,
    kind="watch",
)


@watch.opening(to=(WatchStage.WATCHED,), by=(CLOCKWORK,))
def look_at(
    stamp: Stamp,
    day: Code,
    tested: Annotated[tuple[Tested, ...], Length(0, 16)],
    raised: Count,
    known: Count,
    nowhere: Count,
) -> WatchCase:
    """Record that a day was looked at."""
    return WatchCase(
        id=stamp.case,
        opened_at=stamp.at,
        day=day,
        tested=tested,
        raised=raised,
        known=known,
        nowhere=nowhere,
    )


def watch_id(day: str) -> CaseId:
    """Return the one case that a day can have."""
    return CaseId(f"watch-{day}")


def watches(
    desk: Desk, found: SignalsFound, stations: Sequence[str | None]
) -> WatchCase:
    """Raise a day's signals and record that it was looked at, both or neither.

    `stations` has the station of each signal, None where the city has none.

    Raises:
        Stale: that day was looked at before.

    """
    made: list[SignalCase | None] = [
        notifies(desk, found.at, one, station)
        for one, station in zip(found.signals, stations, strict=True)
        if station is not None
    ]
    raised = sum(one is not None for one in made)
    return desk.open_as(
        watch_id(found.at),
        look_at,
        found.at,
        found.tested,
        raised,
        len(made) - raised,
        len(found.signals) - len(made),
    )
