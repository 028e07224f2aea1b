"""Incidents: under control, and closed."""

from gengfu.capabilities.control_room.cases.holding import hold
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    close,
    control,
    incident,
)
from gengfu.capabilities.control_room.cases.outcomes import Finding
from gengfu.capabilities.control_room.cases.units import unit
from gengfu.kernel import CaseId, Desk, Seen, Stale

from .names import id_of
from .units import frees


def brings_under_control(
    desk: Desk, wanted: CaseId | Seen, reason: str = ""
) -> Incident:
    """Report that the danger is over."""
    return desk.apply(wanted, control, reason)


def close_out(
    desk: Desk,
    wanted: CaseId | Seen,
    outcome: str,
    *,
    reason: str = "",
    free_units: bool = False,
    finding: Finding | None = None,
    deaths: int | None = None,
) -> Incident:
    """Close an incident; its open tasks are withdrawn.

    With `free_units` whoever is still on it is freed first.
    """
    if free_units:
        case = desk.get(incident, id_of(wanted))
        hold(desk, unit, (running.unit for running in case.running()))
        hold(desk, incident, (case.id,))
        case = desk.get(incident, case.id)
        if isinstance(wanted, Seen) and wanted.version != case.version:
            raise Stale(f"incident {case.id} is at version {case.version}")
        for running in case.running():
            frees(desk, running.unit)
        wanted = case.id
    return desk.apply(wanted, close, outcome, reason, finding, deaths)
