"""What people ask about an event's words: hold them, release them, erase them early.

Each takes the call, incident, order or closure that somebody names and acts on the
event it belongs to.
"""

from datetime import datetime

from gengfu.capabilities.control_room.rules.retention import Retention
from gengfu.kernel import Desk, Keeping, Ref, RuleBroken
from gengfu.kernel.erasing import erase_words, hold_words, release_words

from .calls import call
from .forgetting import event_of, with_absorbed
from .incidents import incident


class GoTogether(RuleBroken):
    """Several people called about one event; whoever asks must know how many."""

    def __init__(self, words: str, calls: int) -> None:
        super().__init__(words)
        self.calls = calls


def holds(desk: Desk, wanted: Ref, reason: str, review_by: datetime) -> Keeping:
    """Hold the words of an event beyond their time."""
    return hold_words(desk, event_of(desk, wanted), reason, review_by)


def releases(desk: Desk, wanted: Ref, reason: str) -> Keeping:
    """Let go of a hold."""
    return release_words(desk, event_of(desk, wanted), reason)


def erases(
    desk: Desk, wanted: Ref, rules: Retention, reason: str, callers: int = 1
) -> Keeping:
    """Erase the words of an event on request, before their time.

    What several people said about one event stands in the same rows and goes as a
    whole; `callers` says that whoever asks knows how many that are.
    """
    event = event_of(desk, wanted)
    if event.kind == call.kind:
        return erase_words(desk, event, rules.dismissed, reason)
    if event.kind != incident.kind:
        return erase_words(desk, event, rules.routine, reason)
    case = desk.get(incident, event.id)
    calls = sum(len(one.calls) for one in with_absorbed(desk, case.id))
    if calls > max(1, callers):
        raise GoTogether(
            f"{calls} calls are on {case.code} and go together;"
            " say so to erase them all",
            calls,
        )
    return erase_words(desk, event, rules.rule_for(case.type), reason)
