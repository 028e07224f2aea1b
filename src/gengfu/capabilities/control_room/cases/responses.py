"""Who comes to an incident: units that are sent and what they report, agencies asked.

These moves of the incident follow moves of units and tasks; `actions` makes them
together.
"""

from datetime import datetime
from typing import Annotated, Any

from gengfu.kernel import (
    CLOCKWORK,
    CaseId,
    Code,
    Length,
    RuleBroken,
    Stamp,
    Words,
    changed,
    onward,
)
from gengfu.kernel.values import quickly

from .incidents import (
    ACTIVE,
    MOST_UNITS,
    SENDERS,
    Incident,
    clocked,
    incident,
    restaged,
    stage_of,
    stamped,
    waits_again,
)
from .roles import CREW
from .sendings import Assignment, Movement, Sending
from .stamps import Clocks
from .units import UnitStage

_assignment = quickly(Assignment)


@incident.move(*ACTIVE, to=ACTIVE, by=SENDERS)
def dispatch(
    case: Incident,
    stamp: Stamp,
    units: Annotated[tuple[Sending, ...], Length(0, MOST_UNITS)],
    agencies: Annotated[tuple[Code, ...], Length(0, 40)] = (),
    recommendation: CaseId | None = None,
    plan: str = "",
) -> Incident:
    """Send units and ask agencies; clocks start for each."""
    if not units and not agencies:
        raise RuleBroken("nobody to send")
    already = {a.unit for a in case.running()}
    if twice := already & {u.unit for u in units}:
        raise RuleBroken(f"{min(twice)} is on this incident already")
    if len({u.unit for u in units}) < len(units):
        raise RuleBroken("the same unit twice")
    sent = tuple(
        _assignment(
            unit=u.unit,
            callsign=u.callsign,
            kind=u.kind,
            status=UnitStage.ASSIGNED,
            assigned_at=stamp.at,
            eta_s=u.eta_s,
            eta_low_s=u.eta_low_s,
            eta_high_s=u.eta_high_s,
            away_m=u.away_m,
        )
        for u in units
    )
    asked = tuple(a for a in agencies if a not in case.agencies)
    taken = case.recommendations
    if recommendation is not None and recommendation not in taken:
        taken = (*taken, recommendation)
    on_it, coming = case.assignments + sent, case.agencies + asked
    return onward(
        case,
        stage=stage_of(on_it, coming, controlled=case.under_control),
        clocks=case.clocks.stamped("dispatched", stamp.at),
        assignments=on_it,
        agencies=coming,
        recommendations=taken,
        plan=plan or case.plan,
    )


UNIT_CLOCKS: dict[UnitStage, tuple[str, str | None]] = {
    UnitStage.EN_ROUTE: ("en_route_at", "en_route"),
    UnitStage.ON_SCENE: ("on_scene_at", "on_scene"),
    UnitStage.TRANSPORTING: ("transporting_at", None),
    UnitStage.AT_DESTINATION: ("at_destination_at", None),
}


@incident.move(*ACTIVE, to=ACTIVE, by=(CREW, *SENDERS, CLOCKWORK))
def note_status(
    case: Incident,
    stamp: Stamp,
    unit: CaseId,
    status: UnitStage,
    reason: Words = "",
    movement: Movement | None = None,
    destination: Annotated[str, Length(0, 200)] = "",
) -> Incident:
    """Note what a unit on this incident reported, and stamp its clock."""
    found = [a for a in case.assignments if a.unit == unit and a.cleared_at is None]
    if not found:
        raise RuleBroken(f"{unit} is not on this incident")
    current = found[0]
    own, clock = UNIT_CLOCKS.get(status, (None, None))
    news: dict[str, Any] = {"status": status, "movement": movement or current.movement}
    if own is not None and getattr(current, own) is None:
        news[own] = stamp.at
    if destination:
        news["destination"] = destination
    if status in (UnitStage.AVAILABLE, UnitStage.CLEARING):
        news |= {"cleared_at": stamp.at, "stood_down": reason}
    after = changed(current, **news)
    kept = tuple([after if a is current else a for a in case.assignments])
    clocks = case.clocks if clock is None else case.clocks.stamped(clock, stamp.at)
    stage = stage_of(kept, case.agencies, controlled=case.under_control)
    return clocked(onward(case, assignments=kept, clocks=clocks, stage=stage), stamp)


@incident.move(*ACTIVE, to=ACTIVE, by=(CLOCKWORK,))
def note_signed(case: Incident, stamp: Stamp, agency: Code) -> Incident:
    """Note that the first agency signed for its task."""
    return stamped(case, "signed", stamp.at)


@incident.move(*ACTIVE, to=ACTIVE, by=(CLOCKWORK,))
def note_agencies(
    case: Incident, stamp: Stamp, agencies: Annotated[tuple[Code, ...], Length(0, 40)]
) -> Incident:
    """Note which agencies are on it now that one refused, handed over or is not needed.

    Where nobody is left to come, the incident waits again and its dispatch clock runs.
    """
    return waits_again(changed(case, agencies=agencies), stamp)


@incident.move(*ACTIVE, to=ACTIVE, by=SENDERS)
def take_back(
    case: Incident,
    stamp: Stamp,
    units: Annotated[tuple[CaseId, ...], Length(0, MOST_UNITS)],
    coming: Annotated[tuple[Code, ...], Length(0, 40)],
    withdrawn: Annotated[tuple[datetime, ...], Length(0, 200)] = (),
    asked: datetime | None = None,
    signed: datetime | None = None,
    reason: Words = "",
) -> Incident:
    """Undo a sending: its units count as never sent, and what it stamped goes.

    The agencies `coming` are on it still: the first was `asked`, and the first has
    `signed`, at these instants. What others were asked and signed at the instants
    `withdrawn` is not asked of them any more.
    """
    back = tuple([a for a in case.running() if a.unit in units])
    if missing := set(units) - {a.unit for a in back}:
        raise RuleBroken(f"{min(missing)} is not on this incident")
    if there := [a.callsign for a in back if a.on_scene_at is not None]:
        raise RuleBroken(f"on scene already: {', '.join(there[:5])}")
    stay = tuple([a for a in case.assignments if a not in back])
    ended = {"cleared_at": stamp.at, "stood_down": reason}
    after = changed(
        case,
        assignments=stay,
        agencies=coming,
        taken_back=case.taken_back + tuple([changed(a, **ended) for a in back]),
        clocks=_unstamped(case.clocks, back, stay, withdrawn, asked, signed),
    )
    after = restaged(after)
    return after if after.dispatch_by is not None else clocked(after, stamp)


def _unstamped(
    clocks: Clocks,
    back: tuple[Assignment, ...],
    stay: tuple[Assignment, ...],
    withdrawn: tuple[datetime, ...],
    asked: datetime | None,
    signed: datetime | None,
) -> Clocks:
    """Return what the clocks show without these units and what was withdrawn.

    A clock that something else stamped, or a person put right, stays as it is.
    """
    sent = [a.assigned_at for a in stay] + ([asked] if asked is not None else [])
    if clocks.dispatched in {*withdrawn, *(a.assigned_at for a in back)}:
        clocks = changed(clocks, dispatched=min(sent, default=None))
    if clocks.dispatched is None:
        return changed(clocks, signed=None, en_route=None)
    if clocks.signed in withdrawn:
        clocks = changed(clocks, signed=signed)
    if clocks.en_route in {a.en_route_at for a in back if a.en_route_at}:
        rolling = [a.en_route_at for a in stay if a.en_route_at]
        clocks = changed(clocks, en_route=min(rolling, default=None))
    return clocks


@incident.move(*ACTIVE, to=ACTIVE, by=SENDERS)
def take_over(
    case: Incident,
    stamp: Stamp,
    units: Annotated[tuple[Assignment, ...], Length(1, MOST_UNITS)],
) -> Incident:
    """Count units of another incident, which is the same event, with their clocks."""
    clocks = case.clocks.stamped("dispatched", min(u.assigned_at for u in units))
    for name in ("en_route_at", "on_scene_at"):
        if known := [at for u in units if (at := getattr(u, name)) is not None]:
            clocks = clocks.stamped(name.removesuffix("_at"), min(known))
    return restaged(changed(case, clocks=clocks, assignments=case.assignments + units))
