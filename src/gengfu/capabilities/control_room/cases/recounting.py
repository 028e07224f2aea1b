"""Deaths that become known when an incident is long closed, and numbers put right."""

from gengfu.kernel import Line, RuleBroken, Stamp, changed

from .incidents import SENDERS, Incident, IncidentStage, incident
from .outcomes import Deaths, Recount, check_deaths


@incident.move(IncidentStage.CLOSED, to=(IncidentStage.CLOSED,), by=SENDERS)
def correct_deaths(
    case: Incident, stamp: Stamp, deaths: Deaths, reason: Line
) -> Incident:
    """Put the number of deaths right; what it was before stays on the record."""
    if deaths == case.deaths:
        raise RuleBroken("this number of deaths is what is recorded already")
    check_deaths(case.finding, deaths)
    recount = Recount(
        was=case.deaths, now=deaths, reason=reason, by=stamp.actor, at=stamp.at
    )
    return changed(case, deaths=deaths, recounts=(*case.recounts, recount))
