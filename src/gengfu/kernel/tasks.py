"""Tasks: a promise asked of an agency or a role, with two clocks and a ladder.

The first clock runs until somebody signs for the task, the second until it is done.
When a clock runs out the task climbs its ladder, one rung at a time, so that a
refused or forgotten promise meets a person who can act before it is late for good.
A task is itself a case: every signature is on the ledger.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from .access import CLOCKWORK, OF_THE_CASE, Purpose, Role
from .calendars import WorkingHours, add_working_time
from .cases import Case, CaseId, Deadline, Machine, Move, Ref, Stamp
from .errors import RuleBroken
from .limits import Code, Length, Line
from .values import changed

Cause = Annotated[str, Length(1, 500)]


class TaskStage(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
    REFUSED = "refused"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Rung:
    """How long after a clock ran out the next role is told."""

    after: timedelta
    tell: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """What a task asks, of whom, and its two clocks.

    `hours` None means the clocks never rest. `supervisors` decide who does a task and
    whether it is still needed: they may hand it over or withdraw it although it is not
    theirs. They never sign, refuse or finish it: that is its holder's word.
    """

    name: str
    role: Role
    sign_within: timedelta
    due_within: timedelta
    agency: str | None = None
    ladder: tuple[Rung, ...] = (Rung(timedelta(0), CLOCKWORK),)
    hours: WorkingHours | None = None
    supervisors: tuple[Role, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Case):
    """One task about one case."""

    about: Ref
    purpose: Purpose
    spec: TaskSpec
    role: Role
    agency: str | None
    sign_by: datetime
    due_by: datetime
    stage: TaskStage = TaskStage.OPEN
    signed_at: datetime | None = None
    signed_by: str | None = None
    ended_at: datetime | None = None
    cause: str = ""
    note: str = ""
    held_before: tuple[str, ...] = ()
    sign_rungs: int = 0
    due_rungs: int = 0


class TaskMachine(Machine[Task]):
    """Tasks take purpose and role from the case they are about."""

    def purpose_of(self, case: Task) -> Purpose:
        """Return the purpose of the case the task is about."""
        return case.purpose

    def roles_for(self, move: Move[Task, ...], case: Task) -> tuple[Role, ...]:
        """Whoever holds the task; its supervisors where it changes hands or ends."""
        holders = move.by or (case.role,)
        if move.name in SUPERVISED:
            return (*holders, *case.spec.supervisors)
        return holders


task = TaskMachine(
    Task,
    stages=TaskStage,
    ends=(TaskStage.DONE, TaskStage.WITHDRAWN),
    purpose=OF_THE_CASE,
    kind="task",
    about=lambda case: case.about.id,
)


@task.clock
def running(case: Task) -> tuple[Deadline, ...]:
    """Return the next rung of the ladder on each clock that runs now.

    The due clock runs from the asking to the end, so that a task which is handed from
    one to the next meets it although nobody ever signs.
    """
    if case.stage in task.ends:
        return ()
    due = _next_rung(case, "due", case.due_by, case.due_rungs)
    if case.stage is TaskStage.SIGNED:
        return due
    return _next_rung(case, "sign", case.sign_by, case.sign_rungs) + due


def _next_rung(
    case: Task, clock: str, limit: datetime, climbed: int
) -> tuple[Deadline, ...]:
    if climbed >= len(case.spec.ladder):
        return ()
    at = limit + case.spec.ladder[climbed].after
    return (Deadline(clock, at, escalate.name),)


def _must_hold(case: Task, stamp: Stamp) -> None:
    if case.agency is not None and stamp.represents != case.agency:
        raise RuleBroken(f"this task is for {case.agency}")


@task.opening(to=(TaskStage.OPEN,), by=(CLOCKWORK,))
def ask(stamp: Stamp, about: Ref, purpose: Purpose, spec: TaskSpec) -> Task:
    """Ask an agency or a role to do something; both clocks start."""
    return Task(
        id=stamp.case,
        opened_at=stamp.at,
        about=about,
        purpose=purpose,
        spec=spec,
        role=spec.role,
        agency=spec.agency,
        sign_by=add_working_time(stamp.at, spec.sign_within, spec.hours),
        due_by=add_working_time(stamp.at, spec.due_within, spec.hours),
    )


@task.move(TaskStage.OPEN, to=(TaskStage.SIGNED,), by=())
def sign(case: Task, stamp: Stamp) -> Task:
    """Sign for the task: from here on it is yours to do."""
    _must_hold(case, stamp)
    return changed(
        case,
        stage=TaskStage.SIGNED,
        signed_at=stamp.at,
        signed_by=stamp.represents or stamp.actor,
    )


@task.move(TaskStage.OPEN, TaskStage.SIGNED, to=(TaskStage.REFUSED,), by=())
def refuse(case: Task, stamp: Stamp, cause: Cause) -> Task:
    """Refuse the task with its cause; its supervisors decide who takes it."""
    _must_hold(case, stamp)
    return changed(case, stage=TaskStage.REFUSED, cause=cause)


@task.move(
    TaskStage.OPEN,
    TaskStage.SIGNED,
    TaskStage.REFUSED,
    to=(TaskStage.OPEN,),
    by=(),
)
def hand_over(case: Task, stamp: Stamp, to: Code, cause: Cause) -> Task:
    """Hand the task to another agency; it must sign anew, the due clock runs on."""
    if stamp.role not in case.spec.supervisors:
        _must_hold(case, stamp)
    if to == case.agency:
        raise RuleBroken(f"{to} already holds this task")
    sign_by = add_working_time(stamp.at, case.spec.sign_within, case.spec.hours)
    return changed(
        case,
        stage=TaskStage.OPEN,
        agency=to,
        held_before=(*case.held_before, case.agency or case.role),
        sign_by=sign_by,
        signed_at=None,
        signed_by=None,
        cause=cause,
        sign_rungs=0,
    )


@task.move(TaskStage.SIGNED, to=(TaskStage.DONE,), by=())
def finish(case: Task, stamp: Stamp, note: Line | None = None) -> Task:
    """Report the task done."""
    _must_hold(case, stamp)
    return changed(case, stage=TaskStage.DONE, ended_at=stamp.at, note=note or "")


@task.move(
    TaskStage.OPEN,
    TaskStage.SIGNED,
    TaskStage.REFUSED,
    to=(TaskStage.WITHDRAWN,),
    by=(CLOCKWORK,),
)
def withdraw(case: Task, stamp: Stamp, cause: Cause) -> Task:
    """Withdraw a task that nobody needs any more."""
    return changed(case, stage=TaskStage.WITHDRAWN, ended_at=stamp.at, cause=cause)


@task.move(
    TaskStage.OPEN,
    TaskStage.SIGNED,
    TaskStage.REFUSED,
    to=(TaskStage.OPEN, TaskStage.SIGNED, TaskStage.REFUSED),
    by=(CLOCKWORK,),
)
def escalate(case: Task, stamp: Stamp) -> Task:
    """Climb one rung, because a clock ran out."""
    out = [d for d in running(case) if d.at <= stamp.at]
    if not out:
        raise RuleBroken("no clock of this task has run out")
    if min(out, key=lambda deadline: deadline.at).name == "sign":
        return changed(case, sign_rungs=case.sign_rungs + 1)
    return changed(case, due_rungs=case.due_rungs + 1)


@task.move(
    TaskStage.DONE,
    TaskStage.WITHDRAWN,
    to=(TaskStage.DONE, TaskStage.WITHDRAWN),
    by=(CLOCKWORK,),
)
def forget(case: Task, stamp: Stamp) -> Task:
    """Drop what people wrote about the task, because its time is over."""
    del stamp
    return changed(case, cause="", note="")


SUPERVISED = frozenset({hand_over.name, withdraw.name})
"""What supervisors may do with a task that they do not hold."""


def task_id(about: CaseId, name: str, ordinal: int) -> CaseId:
    """Name a task after its case, so that it is found and sorted with it."""
    return CaseId(f"{about}.{name}-{ordinal}")
