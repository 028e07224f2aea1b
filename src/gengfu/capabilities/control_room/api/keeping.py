"""How long words are kept: hold them, release them, erase them before their time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases.calls import call
from gengfu.capabilities.control_room.cases.forgetting import event_of
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.roles import (
    COMMANDER,
    ERASERS,
    HOLDERS,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.keepings import (
    KeepingView,
    RetentionView,
    keeping_view,
    retention_view,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.retention import Retention
from gengfu.kernel import (
    AUDITOR,
    CaseId,
    Desk,
    Keeping,
    Length,
    Ref,
    RuleBroken,
)
from gengfu.kernel.erasing import erase_words, hold_words, release_words
from gengfu.surface import Door, Routes

Why = Annotated[str, Length(3, 500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldForm:
    """Why words are held beyond their time, and when somebody looks again."""

    reason: Why
    review_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHoldForm:
    """Why a hold is let go."""

    reason: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseForm:
    """Why words are erased before their time; no names, this stays on the ledger.

    `callers` is the number of calls that go together, where it is more than one: what
    several people said about one event stands in the same rows and goes as a whole.
    """

    reason: Why
    callers: int = 1


routes = Routes("", tag="keeping", purpose=RESPONSE)


async def _done(door: Door, job: Callable[[Desk], Keeping]) -> KeepingView:
    return keeping_view(await door.do(job))


def held(wanted: Ref, data: HoldForm) -> Callable[[Desk], Keeping]:
    """Return the job that holds the words of an event."""
    return lambda desk: hold_words(
        desk, event_of(desk, wanted), data.reason, data.review_by
    )


def released(wanted: Ref, data: ReleaseHoldForm) -> Callable[[Desk], Keeping]:
    """Return the job that releases the words of an event."""
    return lambda desk: release_words(desk, event_of(desk, wanted), data.reason)


def erased(wanted: Ref, data: EraseForm, rules: Retention) -> Callable[[Desk], Keeping]:
    """Return the job that erases the words of an event on request."""

    def job(desk: Desk) -> Keeping:
        event = event_of(desk, wanted)
        if event.kind == call.kind:
            return erase_words(desk, event, rules.dismissed, data.reason)
        case = desk.get(incident, event.id)
        if len(case.calls) > max(1, data.callers):
            raise RuleBroken(
                f"{len(case.calls)} calls are on {case.code} and go together;"
                " say so to erase them all"
            )
        return erase_words(desk, event, rules.rule_for(case.type), data.reason)

    return job


@routes.writes("/incidents/{case}/hold", roles=HOLDERS, body=HoldForm,
               answers=KeepingView)  # fmt: skip
async def hold_incident(door: Door, case: CaseId, data: HoldForm) -> KeepingView:
    """Hold the words of an incident from erasure; holding again sets a new date."""
    return await _done(door, held(Ref(incident.kind, case), data))


@routes.writes("/calls/{case}/hold", roles=HOLDERS, body=HoldForm, answers=KeepingView)
async def hold_call(door: Door, case: CaseId, data: HoldForm) -> KeepingView:
    """Hold the words of a call, and of the event it is about, from erasure."""
    return await _done(door, held(Ref(call.kind, case), data))


@routes.writes("/incidents/{case}/release_hold", roles=HOLDERS, body=ReleaseHoldForm,
               answers=KeepingView)  # fmt: skip
async def release_incident_hold(
    door: Door, case: CaseId, data: ReleaseHoldForm
) -> KeepingView:
    """Let go of a hold; the clock runs as if it had never stopped."""
    return await _done(door, released(Ref(incident.kind, case), data))


@routes.writes("/calls/{case}/release_hold", roles=HOLDERS, body=ReleaseHoldForm,
               answers=KeepingView)  # fmt: skip
async def release_call_hold(
    door: Door, case: CaseId, data: ReleaseHoldForm
) -> KeepingView:
    """Let go of a hold on a call and the event it is about."""
    return await _done(door, released(Ref(call.kind, case), data))


@routes.writes("/incidents/{case}/erase", roles=ERASERS, body=EraseForm,
               answers=KeepingView)  # fmt: skip
async def erase_incident(door: Door, case: CaseId, data: EraseForm) -> KeepingView:
    """Erase the words of an incident before their time; again changes nothing."""
    rules = door.runtime(Room).rulebook.retention
    return await _done(door, erased(Ref(incident.kind, case), data, rules))


@routes.writes("/calls/{case}/erase", roles=ERASERS, body=EraseForm,
               answers=KeepingView)  # fmt: skip
async def erase_call(door: Door, case: CaseId, data: EraseForm) -> KeepingView:
    """Erase the words of a call and its event before their time."""
    rules = door.runtime(Room).rulebook.retention
    return await _done(door, erased(Ref(call.kind, case), data, rules))


@routes.reads("/retention", roles=(COMMANDER, AUDITOR), answers=RetentionView)
async def retention(door: Door) -> RetentionView:
    """Show how long words are kept and why, what is due, held and erased."""
    room = door.runtime(Room)
    return await door.look(
        lambda reader: retention_view(
            room.codec, reader, room.rulebook.retention, room.now()
        )
    )
