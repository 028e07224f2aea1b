"""How long words are kept: hold them, release them, erase them before their time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.capabilities.control_room.cases.calls import call
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.keepings import erases, holds, releases
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
from gengfu.kernel import (
    AUDITOR,
    CaseId,
    Desk,
    Keeping,
    Length,
    Ref,
)
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


async def _erased(door: Door, about: Ref, data: EraseForm) -> KeepingView:
    rules = door.runtime(Room).rulebook.retention
    return await _done(
        door, lambda desk: erases(desk, about, rules, data.reason, data.callers)
    )


@routes.writes("/incidents/{case}/hold", roles=HOLDERS, body=HoldForm,
               answers=KeepingView)  # fmt: skip
async def hold_incident(door: Door, case: CaseId, data: HoldForm) -> KeepingView:
    """Hold the words of an incident from erasure; holding again sets a new date."""
    return await _done(
        door,
        lambda desk: holds(desk, Ref(incident.kind, case), data.reason, data.review_by),
    )


@routes.writes("/calls/{case}/hold", roles=HOLDERS, body=HoldForm, answers=KeepingView)
async def hold_call(door: Door, case: CaseId, data: HoldForm) -> KeepingView:
    """Hold the words of a call, and of the event it is about, from erasure."""
    return await _done(
        door,
        lambda desk: holds(desk, Ref(call.kind, case), data.reason, data.review_by),
    )


@routes.writes("/incidents/{case}/release_hold", roles=HOLDERS, body=ReleaseHoldForm,
               answers=KeepingView)  # fmt: skip
async def release_incident_hold(
    door: Door, case: CaseId, data: ReleaseHoldForm
) -> KeepingView:
    """Let go of a hold; the clock runs as if it had never stopped."""
    return await _done(
        door, lambda desk: releases(desk, Ref(incident.kind, case), data.reason)
    )


@routes.writes("/calls/{case}/release_hold", roles=HOLDERS, body=ReleaseHoldForm,
               answers=KeepingView)  # fmt: skip
async def release_call_hold(
    door: Door, case: CaseId, data: ReleaseHoldForm
) -> KeepingView:
    """Let go of a hold on a call and the event it is about."""
    return await _done(
        door, lambda desk: releases(desk, Ref(call.kind, case), data.reason)
    )


@routes.writes("/incidents/{case}/erase", roles=ERASERS, body=EraseForm,
               answers=KeepingView)  # fmt: skip
async def erase_incident(door: Door, case: CaseId, data: EraseForm) -> KeepingView:
    """Erase the words of an incident before their time; again changes nothing."""
    return await _erased(door, Ref(incident.kind, case), data)


@routes.writes("/calls/{case}/erase", roles=ERASERS, body=EraseForm,
               answers=KeepingView)  # fmt: skip
async def erase_call(door: Door, case: CaseId, data: EraseForm) -> KeepingView:
    """Erase the words of a call and its event before their time."""
    return await _erased(door, Ref(call.kind, case), data)


@routes.reads("/retention", roles=(COMMANDER, AUDITOR), answers=RetentionView)
async def retention(door: Door) -> RetentionView:
    """Show how long words are kept and why, what is due, held and erased."""
    room = door.runtime(Room)
    return await door.look(
        lambda reader: retention_view(
            room.codec, reader, room.rulebook.retention, room.now()
        )
    )
