"""Keepings: how long the personal words of a case are kept, and who may say otherwise.

A keeping stands beside a case that holds what people said. Its clock starts when the
case is over and runs by a rule of the city. When it runs out the platform erases the
words (`kernel.erasing`); a hold stops it, for a stated reason and until somebody looks
again; an officer may have the words erased before. A keeping is itself a case: who
held, released or erased, and why, is on the ledger and stays there. It holds no words
of callers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from .access import AUDITOR, CLOCKWORK, OF_THE_CASE, ActorId, Purpose, Role
from .cases import Case, CaseId, Deadline, Machine, Move, Ref, Stamp
from .errors import RuleBroken
from .limits import Length
from .values import changed

LONGEST_HOLD = timedelta(days=2 * 366)
"""A hold is looked at again by then at the latest; it may be held anew."""

Reason = Annotated[str, Length(3, 500)]


class KeepingStage(StrEnum):
    KEPT = "kept"
    HELD = "held"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingRule:
    """A rule of the city: how long after its end a case keeps its words.

    `decimals` is how many decimal places of a degree stay of a place once the words
    are gone; None where only the area stays.
    """

    code: str
    version: str
    keep: timedelta
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why words must be kept beyond their time, and when somebody looks again."""

    by: ActorId
    role: Role
    at: datetime
    reason: str
    review_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping(Case):
    """The words of one case and of what belongs to it, until they are erased.

    `until` is None while the case is not over. `holders` may hold and release,
    `officers` may erase before the time.
    """

    about: Ref
    purpose: Purpose
    holders: tuple[Role, ...]
    officers: tuple[Role, ...]
    stage: KeepingStage = KeepingStage.KEPT
    rule: KeepingRule | None = None
    until: datetime | None = None
    hold: Hold | None = None
    review_missed: bool = False
    erased_at: datetime | None = None
    because: str = ""
    """Why the words were erased before their time; empty where the clock did it."""


class KeepingMachine(Machine[Keeping]):
    """Keepings take purpose and roles from the case they are about."""

    def purpose_of(self, case: Keeping) -> Purpose:
        """Return the purpose of the case the words belong to."""
        return case.purpose

    def roles_for(self, move: Move[Keeping, ...], case: Keeping) -> tuple[Role, ...]:
        """Return the platform, the officers who erase, or those who hold."""
        return move.by or (case.officers if move is erase else case.holders)


keeping = KeepingMachine(
    Keeping,
    stages=KeepingStage,
    ends=(KeepingStage.ERASED,),
    purpose=OF_THE_CASE,
)


def keeping_id(about: Ref) -> CaseId:
    """Name the keeping of a case after it: there is one at most."""
    return CaseId(f"{about.id}.words")


@keeping.clock
def running(case: Keeping) -> tuple[Deadline, ...]:
    """Return when the words are erased, or when a hold must be looked at again."""
    if case.hold is not None:
        if case.review_missed:
            return ()
        return (Deadline("review", case.hold.review_by, remind.name),)
    if case.until is None:
        return ()
    return (Deadline("until", case.until, expire.name),)


@keeping.opening(to=(KeepingStage.KEPT,), by=(CLOCKWORK,))
def keep(
    stamp: Stamp,
    about: Ref,
    purpose: Purpose,
    holders: tuple[Role, ...],
    officers: tuple[Role, ...],
    rule: KeepingRule | None = None,
) -> Keeping:
    """Begin to keep the words of a case; with a rule, its clock starts now."""
    return Keeping(
        id=stamp.case,
        opened_at=stamp.at,
        about=about,
        purpose=purpose,
        holders=holders,
        officers=officers,
        rule=rule,
        until=None if rule is None else stamp.at + rule.keep,
    )


@keeping.move(
    KeepingStage.KEPT,
    KeepingStage.HELD,
    to=(KeepingStage.KEPT, KeepingStage.HELD),
    by=(CLOCKWORK,),
)
def schedule(
    case: Keeping, stamp: Stamp, rule: KeepingRule, since: datetime | None = None
) -> Keeping:
    """Set the clock by a rule, from the end of the case on; a hold stays."""
    return changed(case, rule=rule, until=(since or stamp.at) + rule.keep)


@keeping.move(KeepingStage.KEPT, to=(KeepingStage.KEPT,), by=(CLOCKWORK,))
def suspend(case: Keeping, stamp: Stamp) -> Keeping:
    """Stop the clock, because the case is open again."""
    del stamp
    if case.until is None:
        raise RuleBroken("no clock runs on these words")
    return changed(case, until=None)


@keeping.move(KeepingStage.KEPT, KeepingStage.HELD, to=(KeepingStage.HELD,), by=())
def hold(case: Keeping, stamp: Stamp, reason: Reason, review_by: datetime) -> Keeping:
    """Hold the words beyond their time, saying why and when to look again."""
    if not stamp.at < review_by <= stamp.at + LONGEST_HOLD:
        raise RuleBroken("a hold is looked at again in the future, within two years")
    held = Hold(
        by=stamp.actor,
        role=stamp.role,
        at=stamp.at,
        reason=reason,
        review_by=review_by,
    )
    return changed(_loosened(case, stamp), stage=KeepingStage.HELD, hold=held)


@keeping.move(KeepingStage.HELD, to=(KeepingStage.KEPT,), by=())
def release(case: Keeping, stamp: Stamp, reason: Reason) -> Keeping:
    """Let go of a hold; the clock runs as if it had never stopped."""
    del reason  # the ledger keeps it
    return changed(_loosened(case, stamp), stage=KeepingStage.KEPT, hold=None)


def _loosened(case: Keeping, stamp: Stamp) -> Keeping:
    """Let go of a hold, unless it is another's: an auditor's binds the room too."""
    put = case.hold
    if put is not None and put.role == AUDITOR and stamp.role != AUDITOR:
        raise RuleBroken("an auditor holds these words, and only an auditor lets go")
    return changed(case, review_missed=False)


@keeping.move(
    KeepingStage.KEPT, KeepingStage.HELD, to=(KeepingStage.HELD,), by=(CLOCKWORK,)
)
def take_hold(case: Keeping, stamp: Stamp, hold: Hold) -> Keeping:
    """Hold these words too, because words that are held belong with them now."""
    del stamp
    put = case.hold or hold
    return changed(
        case,
        stage=KeepingStage.HELD,
        hold=max(put, hold, key=_strength),
        review_missed=False,
    )


def _strength(hold: Hold) -> tuple[bool, datetime]:
    """Tell which of two holds binds: an auditor's first, then the longer."""
    return hold.role == AUDITOR, hold.review_by


@keeping.move(KeepingStage.HELD, to=(KeepingStage.KEPT,), by=(CLOCKWORK,))
def give_hold(case: Keeping, stamp: Stamp) -> Keeping:
    """Let the words hold them that these belong with now."""
    del stamp
    return changed(case, stage=KeepingStage.KEPT, hold=None, review_missed=False)


@keeping.move(KeepingStage.HELD, to=(KeepingStage.HELD,), by=(CLOCKWORK,))
def remind(case: Keeping, stamp: Stamp) -> Keeping:
    """Say that a hold has not been looked at in time; it holds all the same."""
    if case.hold is None or stamp.at < case.hold.review_by:
        raise RuleBroken("the hold need not be looked at yet")
    return changed(case, review_missed=True)


@keeping.move(KeepingStage.KEPT, to=(KeepingStage.ERASED,), by=(CLOCKWORK,))
def expire(case: Keeping, stamp: Stamp) -> Keeping:
    """Erase the words because their time is over."""
    if case.until is None or stamp.at < case.until:
        raise RuleBroken("the time of these words is not over")
    return changed(case, stage=KeepingStage.ERASED, erased_at=stamp.at)


@keeping.move(KeepingStage.KEPT, to=(KeepingStage.ERASED,), by=())
def erase(case: Keeping, stamp: Stamp, reason: Reason) -> Keeping:
    """Erase the words before their time, because somebody asked for it."""
    return changed(case, stage=KeepingStage.ERASED, erased_at=stamp.at, because=reason)
