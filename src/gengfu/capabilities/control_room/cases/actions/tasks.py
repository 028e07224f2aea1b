"""Tasks of agencies: signed, refused, handed over, withdrawn."""

from collections.abc import Callable, Iterable, Sequence

from gengfu.capabilities.control_room.cases.holding import hold
from gengfu.capabilities.control_room.cases.incidents import ACTIVE, incident
from gengfu.capabilities.control_room.cases.responses import note_agencies, note_signed
from gengfu.kernel import CaseId, Desk, Seen, Task
from gengfu.kernel.tasks import TaskStage, hand_over, refuse, sign, task, withdraw

from .names import id_of

COMING = (TaskStage.OPEN, TaskStage.SIGNED, TaskStage.DONE)
"""Stages of a task whose agency counts among those who came or will."""


def signs(desk: Desk, wanted: CaseId | Seen) -> Task:
    """Sign for a task; the first signature stamps the incident's clock."""
    asked = desk.get(task, id_of(wanted))
    if asked.about.kind == incident.kind:
        hold(desk, incident, (asked.about.id,))
    signed = desk.apply(wanted, sign)
    if signed.about.kind == incident.kind and signed.agency is not None:
        platform = desk.as_clockwork(incident.purpose)
        platform.apply(signed.about.id, note_signed, signed.agency)
    return signed


def refuses(desk: Desk, wanted: CaseId | Seen, cause: str) -> Task:
    """Refuse a task; an incident that nobody else comes to waits again."""
    return _agencies_change(desk, wanted, lambda: desk.apply(wanted, refuse, cause))


def hands_over(desk: Desk, wanted: CaseId | Seen, to: str, cause: str) -> Task:
    """Hand a task to another agency."""
    return _agencies_change(
        desk, wanted, lambda: desk.apply(wanted, hand_over, to, cause)
    )


def withdraws(desk: Desk, wanted: CaseId | Seen, cause: str) -> Task:
    """Withdraw a task that nobody needs any more."""
    return _agencies_change(desk, wanted, lambda: desk.apply(wanted, withdraw, cause))


def _agencies_change(
    desk: Desk, wanted: CaseId | Seen, change: Callable[[], Task]
) -> Task:
    """Change who has a task, and note on its incident who is on it now."""
    about = desk.get(task, id_of(wanted)).about
    if about.kind != incident.kind:
        return change()
    hold(desk, incident, (about.id,))
    after = change()
    case = desk.get(incident, about.id)
    agencies = agencies_of(coming_to(desk, about.id))
    if case.stage in ACTIVE and set(agencies) != set(case.agencies):
        platform = desk.as_clockwork(incident.purpose)
        platform.apply(case.id, note_agencies, agencies)
    return after


def coming_to(desk: Desk, wanted: CaseId) -> Sequence[Task]:
    """Return the tasks of agencies that came to an incident or will."""
    # what was asked once more counts as it stands now, not as it was done before
    asked = {(t.agency, t.spec.name): t for t in desk.list(task, about=wanted)}
    return [t for t in asked.values() if t.stage in COMING and t.agency is not None]


def agencies_of(tasks: Iterable[Task]) -> tuple[str, ...]:
    """Return the agencies that hold these tasks, each once."""
    return tuple(dict.fromkeys(t.agency for t in tasks if t.agency is not None))
