"""A unit on duty: its status is its stage, every change stamps a clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gengfu.kernel import (
    CLOCKWORK,
    Case,
    CaseId,
    Code,
    Deadline,
    Line,
    Machine,
    Place,
    RuleBroken,
    Stamp,
    changed,
    onward,
)

from .roles import COMMANDER, CREW, DISPATCHER, RESPONSE


class UnitStage(StrEnum):
    AVAILABLE = "available"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_DESTINATION = "at_destination"
    CLEARING = "clearing"
    OUT_OF_SERVICE = "out_of_service"
    OFF_DUTY = "off_duty"


ON_A_JOB = (
    UnitStage.ASSIGNED,
    UnitStage.EN_ROUTE,
    UnitStage.ON_SCENE,
    UnitStage.TRANSPORTING,
    UnitStage.AT_DESTINATION,
    UnitStage.CLEARING,
)
RADIO = (CREW, DISPATCHER, COMMANDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Case):
    """A crew with a vehicle, a boat or their feet; `place` is its post."""

    callsign: str
    kind: str
    agency: str
    post: str
    skills: tuple[str, ...]
    crew: int
    stage: UnitStage = UnitStage.AVAILABLE
    since: datetime
    on_duty_since: datetime
    relieved_every: timedelta | None = None
    """How often the roster has a new crew take over; None where crews sign on
    themselves."""
    incident: CaseId | None = None
    reason: str = ""
    check_in_every: timedelta | None = None
    check_in_due_at: datetime | None = None
    missed_check_ins: int = 0


unit = Machine(Unit, stages=UnitStage, ends=(UnitStage.OFF_DUTY,), purpose=RESPONSE)


@unit.clock
def clocks(case: Unit) -> tuple[Deadline, ...]:
    """Run the check-in timer of a crew on scene, and the shift of a free one.

    A crew whose shift is over during a job is relieved when it is free again.
    """
    if case.check_in_due_at is not None:
        return (Deadline("check-in", case.check_in_due_at, miss_check_in.name),)
    if case.relieved_every is None or case.stage is not UnitStage.AVAILABLE:
        return ()
    over_at = case.on_duty_since + case.relieved_every
    return (Deadline("shift", over_at, relieve.name),)


def _own(case: Unit, stamp: Stamp) -> None:
    if stamp.role == CREW and stamp.represents != case.id:
        raise RuleBroken(f"{stamp.represents} cannot speak for {case.callsign}")


def _at(case: Unit, stage: UnitStage, stamp: Stamp, **more: Any) -> Unit:
    """Change status: stamp its clock, and stop the check-in timer."""
    stopped = {"check_in_every": None, "check_in_due_at": None, "missed_check_ins": 0}
    return onward(case, **{"stage": stage, "since": stamp.at, **stopped, **more})


def _freed(case: Unit, stamp: Stamp, reason: str) -> Unit:
    return _at(case, UnitStage.AVAILABLE, stamp, incident=None, reason=reason)


@unit.opening(to=(UnitStage.AVAILABLE,), by=(COMMANDER, DISPATCHER, CLOCKWORK))
def sign_on(
    stamp: Stamp,
    callsign: Line,
    kind: Code,
    agency: Code,
    post: str,
    place: Place | None,
    skills: tuple[Code, ...] = (),
    crew: int = 2,
    relieved_every: timedelta | None = None,
) -> Unit:
    """Begin duty: the unit is available at its post."""
    return Unit(
        id=stamp.case,
        opened_at=stamp.at,
        since=stamp.at,
        on_duty_since=stamp.at,
        callsign=callsign,
        kind=kind,
        agency=agency,
        post=post,
        place=place,
        skills=skills,
        crew=crew,
        relieved_every=relieved_every,
    )


@unit.move(
    UnitStage.AVAILABLE,
    UnitStage.CLEARING,
    UnitStage.AT_DESTINATION,
    to=(UnitStage.ASSIGNED,),
    by=(DISPATCHER, COMMANDER),
)
def assign(case: Unit, stamp: Stamp, incident: CaseId) -> Unit:
    """Send the unit to an incident."""
    return _at(case, UnitStage.ASSIGNED, stamp, incident=incident, reason="")


@unit.move(UnitStage.ASSIGNED, to=(UnitStage.EN_ROUTE,), by=RADIO)
def roll(case: Unit, stamp: Stamp) -> Unit:
    """Wheels turn: the unit is on its way."""
    _own(case, stamp)
    return _at(case, UnitStage.EN_ROUTE, stamp)


@unit.move(UnitStage.ASSIGNED, UnitStage.EN_ROUTE, to=(UnitStage.ON_SCENE,), by=RADIO)
def arrive(case: Unit, stamp: Stamp, check_in_every: timedelta | None = None) -> Unit:
    """Arrive; where the incident is dangerous a check-in timer starts."""
    _own(case, stamp)
    if check_in_every is None:
        return _at(case, UnitStage.ON_SCENE, stamp)
    if not timedelta(minutes=1) <= check_in_every <= timedelta(hours=12):
        raise RuleBroken("a check-in timer runs from one minute to twelve hours")
    timer = {
        "check_in_every": check_in_every,
        "check_in_due_at": stamp.at + check_in_every,
    }
    return _at(case, UnitStage.ON_SCENE, stamp, **timer)


@unit.move(UnitStage.ON_SCENE, to=(UnitStage.TRANSPORTING,), by=RADIO)
def transport(case: Unit, stamp: Stamp) -> Unit:
    """Leave the scene with somebody on board; where to stands on the incident."""
    _own(case, stamp)
    return _at(case, UnitStage.TRANSPORTING, stamp)


@unit.move(UnitStage.TRANSPORTING, to=(UnitStage.AT_DESTINATION,), by=RADIO)
def reach_destination(case: Unit, stamp: Stamp) -> Unit:
    """Arrive where the person on board is taken to."""
    _own(case, stamp)
    return _at(case, UnitStage.AT_DESTINATION, stamp)


@unit.move(
    UnitStage.ON_SCENE,
    UnitStage.AT_DESTINATION,
    UnitStage.EN_ROUTE,
    UnitStage.ASSIGNED,
    to=(UnitStage.CLEARING,),
    by=RADIO,
)
def clear(case: Unit, stamp: Stamp) -> Unit:
    """Finish at the incident; the unit is nearly free."""
    _own(case, stamp)
    return _at(case, UnitStage.CLEARING, stamp)


@unit.move(*ON_A_JOB, to=(UnitStage.AVAILABLE,), by=RADIO)
def become_available(case: Unit, stamp: Stamp) -> Unit:
    """Be free for the next call."""
    _own(case, stamp)
    return _freed(case, stamp, "")


@unit.move(
    UnitStage.ASSIGNED,
    UnitStage.EN_ROUTE,
    UnitStage.ON_SCENE,
    to=(UnitStage.AVAILABLE,),
    by=(DISPATCHER, COMMANDER, CLOCKWORK),
)
def stand_down(case: Unit, stamp: Stamp, reason: Line) -> Unit:
    """Call the unit off its incident."""
    return _freed(case, stamp, reason)


@unit.move(*ON_A_JOB, to=ON_A_JOB, by=(DISPATCHER, COMMANDER))
def go_over(case: Unit, stamp: Stamp, incident: CaseId) -> Unit:
    """Count for another incident, which is the same event; status and timers run on."""
    return changed(case, incident=incident)


@unit.move(UnitStage.AVAILABLE, to=(UnitStage.OUT_OF_SERVICE,), by=RADIO)
def go_out_of_service(case: Unit, stamp: Stamp, reason: Line) -> Unit:
    """Stop being sendable, saying why: fuel, repair, rest, decontamination."""
    _own(case, stamp)
    return _at(case, UnitStage.OUT_OF_SERVICE, stamp, reason=reason)


@unit.move(UnitStage.OUT_OF_SERVICE, to=(UnitStage.AVAILABLE,), by=RADIO)
def return_to_service(case: Unit, stamp: Stamp) -> Unit:
    """Be sendable again."""
    _own(case, stamp)
    return _at(case, UnitStage.AVAILABLE, stamp, reason="")


@unit.move(UnitStage.ON_SCENE, to=(UnitStage.ON_SCENE,), by=RADIO)
def check_in(case: Unit, stamp: Stamp) -> Unit:
    """Say that all is well; the timer starts again."""
    _own(case, stamp)
    if case.check_in_every is None:
        raise RuleBroken("no check-in timer runs for this unit")
    due_at = stamp.at + case.check_in_every
    return changed(case, check_in_due_at=due_at, missed_check_ins=0)


@unit.move(UnitStage.ON_SCENE, to=(UnitStage.ON_SCENE,), by=(CLOCKWORK,))
def miss_check_in(case: Unit, stamp: Stamp) -> Unit:
    """Note that a crew is silent; the supervisor sees it until they check in."""
    if case.check_in_every is None or case.check_in_due_at is None:
        raise RuleBroken("no check-in timer runs for this unit")
    if stamp.at < case.check_in_due_at:
        raise RuleBroken("the check-in timer has not run out")
    return changed(
        case,
        check_in_due_at=stamp.at + case.check_in_every,
        missed_check_ins=case.missed_check_ins + 1,
    )


@unit.move(
    UnitStage.AVAILABLE,
    UnitStage.OUT_OF_SERVICE,
    to=(UnitStage.OFF_DUTY,),
    by=(CREW, DISPATCHER, COMMANDER, CLOCKWORK),
)
def sign_off(case: Unit, stamp: Stamp) -> Unit:
    """End duty; from here on its position is neither taken nor kept."""
    _own(case, stamp)
    return _at(case, UnitStage.OFF_DUTY, stamp)


@unit.move(
    UnitStage.OFF_DUTY, to=(UnitStage.AVAILABLE,), by=(CREW, DISPATCHER, COMMANDER)
)
def sign_on_again(case: Unit, stamp: Stamp) -> Unit:
    """Begin duty again."""
    _own(case, stamp)
    begun = {"on_duty_since": stamp.at, "incident": None, "reason": ""}
    return _at(case, UnitStage.AVAILABLE, stamp, **begun)


@unit.move(UnitStage.AVAILABLE, to=(UnitStage.AVAILABLE,), by=(CLOCKWORK,))
def relieve(case: Unit, stamp: Stamp) -> Unit:
    """Hand the unit to the next crew of the roster: the shift is over."""
    every = case.relieved_every
    if every is None or stamp.at < case.on_duty_since + every:
        raise RuleBroken("the shift is not over")
    return changed(case, on_duty_since=stamp.at)


@unit.move(*UnitStage, to=tuple(UnitStage), by=(CLOCKWORK,))
def plan_relief(case: Unit, stamp: Stamp, every: timedelta | None) -> Unit:
    """Have the roster relieve this unit's crews from now on, or no longer."""
    return changed(case, relieved_every=every)
