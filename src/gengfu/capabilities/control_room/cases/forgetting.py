"""How the control room lets go of what people said about an event.

The words of one event stand in many rows: each caller's own, the incident's summary,
notes and photos, orders to units, an agency's note under its task, the reason for
sending others. They cannot be told apart, so they are kept and erased together: an
incident with its calls, with the incidents merged into it, with tasks, orders and
recommendations. What belongs to no incident is kept by itself: a call that ended
without one, an order, why roads were closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gengfu.kernel import (
    CLOCKWORK,
    CaseId,
    Desk,
    Forgetting,
    Keeping,
    KeepingRule,
    Move,
    Ref,
    Seen,
    Stamp,
    changed,
)
from gengfu.kernel.erasing import start_clock
from gengfu.kernel.tasks import forget as forget_task
from gengfu.kernel.tasks import task

from .calls import Call, CallStage, call, coarse, dismiss
from .calls import forget as forget_call
from .closures import Closure, ClosureStage, closure
from .closures import forget as forget_closure
from .holding import hold_incidents
from .incidents import Incident, IncidentStage, incident
from .orders import Order, order
from .orders import forget as forget_order
from .recommendations import forget as forget_recommendation
from .recommendations import recommendation
from .roles import ERASERS, HOLDERS
from .sendings import Assignment


@incident.move(
    IncidentStage.CLOSED,
    IncidentStage.MERGED,
    to=(IncidentStage.ERASED,),
    by=(CLOCKWORK,),
)
def forget(case: Incident, stamp: Stamp, decimals: int | None = None) -> Incident:
    """Drop all that was said, written or photographed; what is counted stays."""
    return changed(
        case,
        stage=IncidentStage.ERASED,
        summary="",
        answers={},
        priority_reason="",
        outcome="",
        place=coarse(case.place, decimals),
        earlier_places=(),
        photos=(),
        notes=tuple(changed(n, text="") for n in case.notes),
        corrections=tuple(changed(c, reason="") for c in case.corrections),
        recounts=tuple(changed(c, reason="") for c in case.recounts),
        assignments=_wordless(case.assignments),
        taken_back=_wordless(case.taken_back),
    )


def _wordless(sent: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    return tuple(changed(one, stood_down="", destination="") for one in sent)


@dataclass(slots=True)
class _File:
    """Everything that holds words of one event."""

    subjects: list[str] = field(default_factory=list[str])
    moves: list[tuple[CaseId, Move[Any, ...], dict[str, Any]]] = field(
        default_factory=list[tuple[CaseId, Move[Any, ...], dict[str, Any]]]
    )

    def add(self, case: CaseId, move: Move[Any, ...], **facts: Any) -> None:
        """Have a case wiped by this move."""
        self.moves.append((case, move, facts))

    def add_call(self, found: Call, rule: KeepingRule) -> None:
        """Have a call wiped, and its caller's key destroyed."""
        if found.stage is CallStage.ERASED:
            return
        if found.caller is not None:
            self.subjects.append(found.caller.subject)
        self.add(found.id, forget_call, decimals=rule.decimals)

    def erase(self, desk: Desk, because: str) -> None:
        """Destroy keys and facts first: what comes after proves the wiped rows."""
        refs = [Ref(move.machine.kind, case) for case, move, _ in self.moves]
        desk.erase(self.subjects, because, refs)
        platform = desk.as_clockwork(incident.purpose)
        for case, move, facts in self.moves:
            platform.apply(case, move, **facts)


def event_of(desk: Desk, about: Ref) -> Ref:
    """Return whose clock a case follows: its incident's, and that of the main one."""
    if about.kind == call.kind:
        found = desk.get(call, about.id)
        if found.incident is None:
            return about
        about = Ref(incident.kind, found.incident)
    if about.kind == order.kind:
        sent = desk.get(order, about.id)
        if sent.incident is None:
            return about
        about = Ref(incident.kind, sent.incident)
    if about.kind == closure.kind:
        return about
    case = desk.get(incident, about.id)
    seen = {case.id}
    while case.merged_into is not None and case.merged_into not in seen:
        case = desk.get(incident, case.merged_into)
        seen.add(case.id)
    return Ref(incident.kind, case.id)


def keep_incident(desk: Desk, closed: Incident, rule: KeepingRule) -> Keeping:
    """Start the clock on the words of an incident that was just closed."""
    return start_clock(desk, Ref(incident.kind, closed.id), rule)


def keep_order(desk: Desk, sent: Order, rule: KeepingRule) -> None:
    """Start the clock on the words of an order that belongs to no incident."""
    if sent.incident is None:
        start_clock(desk, Ref(order.kind, sent.id), rule)


def keep_closure(desk: Desk, closed: Closure, rule: KeepingRule) -> None:
    """Run the clock on why roads are closed from the end that was last stated."""
    start_clock(desk, Ref(closure.kind, closed.id), rule, closed.until)


def dismisses(
    desk: Desk, wanted: CaseId | Seen, outcome: str, rule: KeepingRule
) -> Call:
    """End a call without an incident; the clock on its words starts."""
    ended = desk.apply(wanted, dismiss, outcome)
    start_clock(desk, Ref(call.kind, ended.id), rule)
    return ended


def _needs_incident(desk: Desk, wanted: CaseId) -> str:
    case = desk.get(incident, wanted)
    if case.stage is IncidentStage.CLOSED:
        return ""
    if case.stage is IncidentStage.MERGED:
        return "this incident was merged; its words go with the main incident's"
    return f"this incident is {case.stage}: its words are needed until it is closed"


def _needs_call(desk: Desk, wanted: CaseId) -> str:
    case = desk.get(call, wanted)
    if case.stage is CallStage.DISMISSED:
        return ""
    if case.stage is CallStage.ATTACHED:
        return "this call is on an incident; its words go with the incident's"
    return f"this call is {case.stage}: its words are needed until it has ended"


def _needs_order(desk: Desk, wanted: CaseId) -> str:
    if desk.get(order, wanted).incident is None:
        return ""
    return "this order is about an incident; its words go with the incident's"


def _needs_closure(desk: Desk, wanted: CaseId) -> str:
    if desk.get(closure, wanted).stage is ClosureStage.LIFTED:
        return ""
    return "these roads are still closed: why is needed until they are open"


def _forget_order(desk: Desk, wanted: CaseId, _: KeepingRule, because: str) -> None:
    file = _File()
    file.add(wanted, forget_order)
    file.erase(desk, because)


def _forget_closure(desk: Desk, wanted: CaseId, _: KeepingRule, because: str) -> None:
    file = _File()
    file.add(wanted, forget_closure)
    file.erase(desk, because)


def _forget_call(desk: Desk, wanted: CaseId, rule: KeepingRule, because: str) -> None:
    file = _File()
    file.add_call(desk.get(call, wanted), rule)
    file.erase(desk, because)


def _forget_incident(
    desk: Desk, wanted: CaseId, rule: KeepingRule, because: str
) -> None:
    file = _File()
    for case in with_absorbed(desk, wanted):
        if case.stage in (IncidentStage.CLOSED, IncidentStage.MERGED):
            file.subjects += [photo.secret.subject for photo in case.photos]
            file.add(case.id, forget, decimals=rule.decimals)
        for known in case.calls:
            file.add_call(desk.get(call, known), rule)
        _add_written(desk, case, file)
    file.erase(desk, because)


def with_absorbed(desk: Desk, wanted: CaseId) -> Iterator[Incident]:
    """Return an incident and all that were merged into it, at any remove.

    Each is kept from changing until this commits: what another server adds meanwhile,
    such as a photo under a key of its own, comes before this or is refused after it.
    """
    hold_incidents(desk, (case.id for case in _absorbed(desk, wanted)))
    yield from _absorbed(desk, wanted)


def _absorbed(desk: Desk, wanted: CaseId) -> Iterator[Incident]:
    waiting, seen = [wanted], set[CaseId]()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            case = desk.get(incident, one)
            waiting += case.absorbed
            yield case


def _add_written(desk: Desk, case: Incident, file: _File) -> None:
    """Add what was written to and about those who came."""
    for asked in desk.list(task, about=case.id):
        if asked.note or asked.cause:
            file.add(asked.id, forget_task)
    for sent in desk.list(order, about=case.id):
        if sent.text:
            file.add(sent.id, forget_order)
    for known in case.recommendations:
        if desk.get(recommendation, known).override_reason:
            file.add(known, forget_recommendation)


FORGETTINGS = (
    Forgetting(
        machine=incident,
        holders=HOLDERS,
        officers=ERASERS,
        needs=_needs_incident,
        forget=_forget_incident,
    ),
    Forgetting(
        machine=call,
        holders=HOLDERS,
        officers=ERASERS,
        needs=_needs_call,
        forget=_forget_call,
    ),
    Forgetting(
        machine=order,
        holders=HOLDERS,
        officers=ERASERS,
        needs=_needs_order,
        forget=_forget_order,
    ),
    Forgetting(
        machine=closure,
        holders=HOLDERS,
        officers=ERASERS,
        needs=_needs_closure,
        forget=_forget_closure,
    ),
)
