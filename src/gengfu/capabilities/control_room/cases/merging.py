"""Two incidents that are one event, and the way back."""

from gengfu.kernel import CaseId, RuleBroken, Stamp, Words, changed

from .incidents import ACTIVE, TAKERS, Incident, IncidentStage, incident, waits_again


@incident.move(*ACTIVE, to=(IncidentStage.MERGED,), by=TAKERS)
def merge(case: Incident, stamp: Stamp, into: CaseId, reason: Words = "") -> Incident:
    """Say that this is the same event as another, once no unit is on its way to it."""
    if into == case.id:
        raise RuleBroken("an incident cannot be merged into itself")
    if case.running():
        names = ", ".join(a.callsign for a in case.running()[:5])
        raise RuleBroken(f"still on this incident: {names}")
    return changed(case, stage=IncidentStage.MERGED, merged_into=into)


@incident.move(IncidentStage.MERGED, to=ACTIVE, by=TAKERS)
def unmerge(case: Incident, stamp: Stamp, reason: Words = "") -> Incident:
    """Say that it was another event after all; agencies must be asked anew."""
    return waits_again(changed(case, merged_into=None, agencies=()), stamp)


@incident.move(*ACTIVE, to=ACTIVE, by=TAKERS)
def absorb(case: Incident, stamp: Stamp, other: CaseId) -> Incident:
    """Note that another incident was merged into this one."""
    return changed(case, absorbed=(*case.absorbed, other))


@incident.move(
    *ACTIVE,
    IncidentStage.CLOSED,
    IncidentStage.MERGED,
    to=(*ACTIVE, IncidentStage.CLOSED, IncidentStage.MERGED),
    by=TAKERS,
)
def let_go(case: Incident, stamp: Stamp, other: CaseId) -> Incident:
    """Note that an incident merged into this one is its own again."""
    return changed(case, absorbed=tuple(o for o in case.absorbed if o != other))
