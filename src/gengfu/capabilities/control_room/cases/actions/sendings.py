"""Help: units and agencies sent, called off, taken back."""

from collections.abc import Sequence
from datetime import datetime

from gengfu.capabilities.control_room.cases.holding import hold
from gengfu.capabilities.control_room.cases.incidents import Incident, incident
from gengfu.capabilities.control_room.cases.recommendations import (
    choose,
    recommendation,
)
from gengfu.capabilities.control_room.cases.responses import (
    dispatch,
    note_status,
    take_back,
)
from gengfu.capabilities.control_room.cases.sendings import Sending
from gengfu.capabilities.control_room.cases.units import (
    Unit,
    UnitStage,
    assign,
    stand_down,
    unit,
)
from gengfu.kernel import CaseId, Desk, NotFound, RuleBroken, Seen, TaskSpec
from gengfu.kernel.both import both
from gengfu.kernel.tasks import task, withdraw

from .names import id_of
from .tasks import agencies_of, coming_to

TAKEN_BACK = both("the sending was taken back", "出动已撤回")
"""Why an agency's task is withdrawn where nobody gave another reason."""


def send(
    desk: Desk,
    wanted: CaseId | Seen,
    units: Sequence[Sending],
    *,
    tasks: Sequence[TaskSpec] = (),
    chosen: CaseId | None = None,
    override_reason: str = "",
    plan: str = "",
) -> Incident:
    """Send units and ask agencies, all or none.

    A unit on its way to something less urgent is called off that first. An agency
    that holds an open task about this incident is not asked twice; one that is done
    with its task may be.
    """
    hold(desk, unit, (sending.unit for sending in units))
    hold(desk, incident, (id_of(wanted),))
    case = desk.get(incident, id_of(wanted))
    for sending in units:
        crew = desk.get(unit, sending.unit)
        if crew.stage in (UnitStage.ASSIGNED, UnitStage.EN_ROUTE):
            _preempt(desk, crew, case)
        elif crew.stage is UnitStage.AT_DESTINATION and crew.incident is not None:
            desk.apply(crew.incident, note_status, crew.id, UnitStage.CLEARING)
        desk.apply(sending.unit, assign, case.id)
    if chosen is not None:
        offered = desk.get(recommendation, chosen)
        if offered.incident != case.id:
            raise RuleBroken("this recommendation is for another incident")
        desk.apply(chosen, choose, tuple(s.unit for s in units), override_reason)
    asked = _not_asked_yet(desk, case, tasks)
    agencies = tuple(t.agency for t in asked if t.agency is not None)
    if tasks and not agencies and not units:
        raise RuleBroken("they have been asked already and have not finished")
    after = desk.apply(
        wanted,
        dispatch,
        units=tuple(units),
        agencies=agencies,
        recommendation=chosen,
        plan=plan,
    )
    for spec in asked:
        desk.ask(incident, after, spec)
    return after


def _not_asked_yet(
    desk: Desk, case: Incident, tasks: Sequence[TaskSpec]
) -> tuple[TaskSpec, ...]:
    """Leave out agencies that hold an open task about this incident."""
    if not tasks:
        return ()
    known = desk.list(task, about=case.id)
    busy = {t.agency for t in known if t.stage not in task.ends}
    return tuple(spec for spec in tasks if spec.agency not in busy)


def _preempt(desk: Desk, crew: Unit, case: Incident) -> None:
    if crew.incident is None:
        raise NotFound(f"{crew.callsign} is on no incident")
    other = desk.get(incident, crew.incident)
    if other.priority <= case.priority:
        raise RuleBroken(
            f"{crew.callsign} is on its way to {other.code}, which is as urgent"
        )
    reason = both(f"sent on to {case.code}", f"改派至{case.code}")
    call_off(desk, other.id, crew.id, reason)


def call_off(desk: Desk, wanted: CaseId, crew: CaseId, reason: str) -> Incident:
    """Call a unit off an incident: why stands there, and goes with its words."""
    hold(desk, unit, (crew,))
    case = desk.apply(wanted, note_status, crew, UnitStage.AVAILABLE, reason)
    desk.apply(crew, stand_down, both(f"off {case.code}", f"撤出{case.code}"))
    return case


def takes_back(
    desk: Desk,
    wanted: CaseId,
    units: Sequence[CaseId],
    agencies: Sequence[str],
    reason: str = "",
) -> Incident:
    """Undo a sending: free these units and withdraw what these agencies hold.

    A unit that was there already is called off: its sending stands.
    """
    hold(desk, unit, units)
    hold(desk, incident, (wanted,))
    there = {a.unit for a in desk.get(incident, wanted).running() if a.on_scene_at}
    for crew in sorted(there.intersection(units)):
        call_off(desk, wanted, crew, reason or TAKEN_BACK)
    withdrawn: list[datetime] = []
    for held in desk.list(task, about=wanted):
        if held.agency in agencies and held.stage not in task.ends:
            desk.apply(held.id, withdraw, reason or TAKEN_BACK)
            withdrawn += filter(None, (held.opened_at, held.signed_at))
    never = tuple(sorted(set(units) - there))
    if not never and not withdrawn:
        return desk.get(incident, wanted)
    coming = coming_to(desk, wanted)
    after = desk.apply(
        wanted,
        take_back,
        units=never,
        coming=agencies_of(coming),
        withdrawn=tuple(withdrawn),
        asked=min((t.opened_at for t in coming), default=None),
        signed=min((t.signed_at for t in coming if t.signed_at), default=None),
        reason=reason,
    )
    for crew in never:
        desk.apply(crew, stand_down, both(f"off {after.code}", f"撤出{after.code}"))
    return after
