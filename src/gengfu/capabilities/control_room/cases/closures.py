"""A road closure: it always says until when, and lifts itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    Case,
    Deadline,
    Length,
    Line,
    Machine,
    Place,
    RuleBroken,
    Stamp,
    onward,
)

from .roles import COMMANDER, DISPATCHER, RESPONSE

LONGEST = timedelta(days=30)
Edges = Annotated[tuple[int, ...], Length(1, 5000)]


class ClosureStage(StrEnum):
    CLOSED = "closed"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Case):
    """Edges of the city pack's roads that are closed to traffic for now.

    Where crews pass, as through a cordon round their own incident, they drive there at
    walking pace; elsewhere (a flood, a bridge that is down) nobody does.
    """

    edges: tuple[int, ...]
    reason: str
    until: datetime
    crews_pass: bool = False
    stage: ClosureStage = ClosureStage.CLOSED
    lifted_at: datetime | None = None


closure = Machine(
    Closure, stages=ClosureStage, ends=(ClosureStage.LIFTED,), purpose=RESPONSE
)


@closure.clock
def ending(case: Closure) -> tuple[Deadline, ...]:
    """Lift the closure when its time is over."""
    return (Deadline("until", case.until, lapse.name),)


@closure.opening(to=(ClosureStage.CLOSED,), by=(DISPATCHER, COMMANDER))
def close(
    stamp: Stamp,
    edges: Edges,
    reason: Line,
    until: datetime,
    place: Place | None,
    crews_pass: bool = False,
) -> Closure:
    """Close roads until a stated time."""
    if not stamp.at < until <= stamp.at + LONGEST:
        raise RuleBroken("a closure ends in the future, at most thirty days away")
    return Closure(
        id=stamp.case,
        opened_at=stamp.at,
        place=place,
        edges=tuple(sorted(set(edges))),
        reason=reason,
        until=until,
        crews_pass=crews_pass,
    )


@closure.move(
    ClosureStage.CLOSED, to=(ClosureStage.CLOSED,), by=(DISPATCHER, COMMANDER)
)
def prolong(case: Closure, stamp: Stamp, until: datetime) -> Closure:
    """Set another end."""
    if not stamp.at < until <= stamp.at + LONGEST:
        raise RuleBroken("a closure ends in the future, at most thirty days away")
    return onward(case, until=until)


@closure.move(
    ClosureStage.CLOSED, to=(ClosureStage.LIFTED,), by=(DISPATCHER, COMMANDER)
)
def lift(case: Closure, stamp: Stamp) -> Closure:
    """Open the roads again."""
    return onward(case, stage=ClosureStage.LIFTED, lifted_at=stamp.at)


@closure.move(ClosureStage.CLOSED, to=(ClosureStage.LIFTED,), by=(CLOCKWORK,))
def lapse(case: Closure, stamp: Stamp) -> Closure:
    """Open the roads again because the stated time is over."""
    if stamp.at < case.until:
        raise RuleBroken("the closure's time is not over")
    return onward(case, stage=ClosureStage.LIFTED, lifted_at=stamp.at)


@closure.move(*ClosureStage, to=ClosureStage, by=(CLOCKWORK,))
def forget(case: Closure, stamp: Stamp) -> Closure:
    """Drop why the roads were closed, because its time is over."""
    return onward(case, reason="")
