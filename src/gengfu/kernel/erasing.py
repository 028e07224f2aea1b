"""What happens at the desk when words are kept, held and erased.

Everything here happens in one transaction: the keeping's own move, the destroyed keys,
the facts beside the ledger and the wiped rows are committed together or not at all, so
a server that dies half-way has erased nothing and does it again.
"""

from datetime import datetime

from .cases import Case, Machine, Ref
from .desk import Desk
from .errors import NotFound, RuleBroken
from .keeping import (
    Keeping,
    KeepingRule,
    KeepingStage,
    erase,
    expire,
    give_hold,
    hold,
    keep,
    keeping,
    keeping_id,
    release,
    schedule,
    suspend,
    take_hold,
)
from .ports import Due
from .registry import Forgetting


def find_keeping(desk: Desk, about: Ref) -> Keeping | None:
    """Return the keeping of a case's words, None where there is none yet."""
    return desk.find(keeping, keeping_id(about))


def start_clock(
    desk: Desk, about: Ref, rule: KeepingRule, since: datetime | None = None
) -> Keeping:
    """Start the clock on the words of a case that is over, now or since an instant."""
    found = find_keeping(desk, about)
    if found is None and since is None:
        return _begin(desk, about, rule)
    found = found or _begin(desk, about, None)
    platform = desk.as_clockwork(found.purpose)
    return platform.apply(found.id, schedule, rule, since)


def hold_words(desk: Desk, about: Ref, reason: str, review_by: datetime) -> Keeping:
    """Hold the words of a case, over or not; raises RuleBroken once erased."""
    found = find_keeping(desk, about) or _begin(desk, about, None)
    _require_words(found)
    return desk.apply(found.id, hold, reason=reason, review_by=review_by)


def release_words(desk: Desk, about: Ref, reason: str) -> Keeping:
    """Let go of a hold; raises NotFound where nothing was ever held."""
    found = find_keeping(desk, about)
    if found is None:
        raise NotFound(f"nobody holds the words of {about.kind} {about.id}")
    _require_words(found)
    return desk.apply(found.id, release, reason=reason)


def pass_hold(desk: Desk, source: Ref, to: Ref) -> None:
    """Have a hold go along where the words of one case now belong with another's."""
    found = share_hold(desk, source, to)
    if found is not None:
        desk.as_clockwork(found.purpose).apply(found.id, give_hold)


def share_hold(desk: Desk, source: Ref, to: Ref) -> Keeping | None:
    """Have a hold bind another case's words as well; None where nothing is held."""
    found = find_keeping(desk, source)
    if found is None or found.hold is None:
        return None
    other = find_keeping(desk, to) or _begin(desk, to, None)
    desk.as_clockwork(other.purpose).apply(other.id, take_hold, found.hold)
    return found


def erase_words(desk: Desk, about: Ref, rule: KeepingRule, reason: str) -> Keeping:
    """Erase the words of a case before their time; doing it again changes nothing.

    Raises:
        RuleBroken: the case is not over, or its words are held.

    """
    found = find_keeping(desk, about)
    if found is not None and found.stage is KeepingStage.ERASED:
        return found
    forgetting = desk.registry.forgetting(about.kind)
    if open_still := forgetting.needs(desk, about.id):
        raise RuleBroken(open_still)
    found = found or _begin(desk, about, rule)
    if found.hold is not None:
        day = found.hold.review_by.date()
        raise RuleBroken(
            f"these words are held by {found.hold.role} until at least {day}:"
            f" {found.hold.reason}"
        )
    done = desk.apply(found.id, erase, reason)
    forgetting.forget(desk, about.id, rule, f"asked for: {reason}")
    return done


def make_due_move(desk: Desk, due: Due) -> Case:
    """Make the move of a deadline that has passed, as the platform itself."""
    machine: Machine[Case] = desk.registry.machine(due.kind)
    case = desk.get(machine, due.case)
    platform = desk.as_clockwork(machine.purpose_of(case))
    move = machine.moves[due.deadline.move]
    if isinstance(case, Keeping) and move.name == expire.name:
        return _expire(platform, case)
    return platform.apply(due.case, move)


def _expire(platform: Desk, case: Keeping) -> Keeping:
    forgetting = platform.registry.forgetting(case.about.kind)
    if forgetting.needs(platform, case.about.id):
        return platform.apply(case.id, suspend)
    done = platform.apply(case.id, expire)
    if case.rule is None:
        raise RuleBroken("the time of these words is not over")
    because = f"rule {case.rule.code}, {case.rule.version}"
    forgetting.forget(platform, case.about.id, case.rule, because)
    return done


def _begin(desk: Desk, about: Ref, rule: KeepingRule | None) -> Keeping:
    forgetting: Forgetting = desk.registry.forgetting(about.kind)
    case = desk.get(forgetting.machine, about.id)
    purpose = forgetting.machine.purpose_of(case)
    return desk.as_clockwork(purpose).open_as(
        keeping_id(about),
        keep,
        about=about,
        purpose=purpose,
        holders=forgetting.holders,
        officers=forgetting.officers,
        rule=rule,
    )


def _require_words(found: Keeping) -> None:
    if found.stage is KeepingStage.ERASED:
        raise RuleBroken("these words are erased already")
