"""Tasks to agencies: sign, refuse with its cause, hand over, finish, withdraw.

Signing, refusing and finishing is the agency's own word. The desk that asked may hand
a task to another agency, or withdraw it.
"""

from dataclasses import dataclass
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import TaskView, task_view
from gengfu.kernel import CaseId, Code, Length
from gengfu.kernel.tasks import finish
from gengfu.surface import Door, LastSeen, Routes, as_seen

HOLDERS = (AGENCY_OFFICER,)
SUPERVISORS = DISPATCH_ROLES


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseForm:
    """Why the agency cannot do it."""

    cause: Annotated[str, Length(1, 500)]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverForm:
    """Which agency takes it instead, and why."""

    to: Code
    cause: Annotated[str, Length(1, 500)]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawForm:
    """Why nobody needs it any more."""

    cause: Annotated[str, Length(1, 500)]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishForm:
    """What was done."""

    note: Annotated[str, Length(0, 200)] = ""
    version: int | None = None


routes = Routes("/tasks", tag="task", purpose=RESPONSE)


@routes.writes("/{case}/sign", roles=HOLDERS, body=LastSeen, answers=TaskView)
async def sign_task(door: Door, case: CaseId, data: LastSeen) -> TaskView:
    """Sign for a task."""
    seen = as_seen(case, data.version)
    return task_view(await door.do(lambda desk: actions.signs(desk, seen)))


@routes.writes("/{case}/refuse", roles=HOLDERS, body=RefuseForm, answers=TaskView)
async def refuse_task(door: Door, case: CaseId, data: RefuseForm) -> TaskView:
    """Refuse a task with its cause."""
    seen, cause = as_seen(case, data.version), data.cause
    return task_view(await door.do(lambda desk: actions.refuses(desk, seen, cause)))


@routes.writes(
    "/{case}/hand_over",
    roles=(*HOLDERS, *SUPERVISORS),
    body=HandOverForm,
    answers=TaskView,
)
async def hand_over_task(door: Door, case: CaseId, data: HandOverForm) -> TaskView:
    """Hand a task to another agency."""
    seen = as_seen(case, data.version)
    door.runtime(Room).check_agencies((data.to,))
    return task_view(
        await door.do(lambda desk: actions.hands_over(desk, seen, data.to, data.cause))
    )


@routes.writes("/{case}/finish", roles=HOLDERS, body=FinishForm, answers=TaskView)
async def finish_task(door: Door, case: CaseId, data: FinishForm) -> TaskView:
    """Report a task done."""
    seen = as_seen(case, data.version)
    return task_view(
        await door.do(lambda desk: desk.apply(seen, finish, data.note or None))
    )


@routes.writes(
    "/{case}/withdraw", roles=SUPERVISORS, body=WithdrawForm, answers=TaskView
)
async def withdraw_task(door: Door, case: CaseId, data: WithdrawForm) -> TaskView:
    """Withdraw a task that nobody needs any more."""
    seen, cause = as_seen(case, data.version), data.cause
    return task_view(await door.do(lambda desk: actions.withdraws(desk, seen, cause)))
