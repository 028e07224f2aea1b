"""What a dispatch needs to know of those who are sent, worked out before it."""

from dataclasses import dataclass

from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.cases.sendings import Sending
from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.capabilities.control_room.rules.distances import apart_m
from gengfu.kernel import TaskSpec
from gengfu.kernel.values import quickly

from .positions import Positions
from .ranking import Ranker

_sending = quickly(Sending)


@dataclass(frozen=True, slots=True)
class ReadyToSend:
    """Units with their arrivals, tasks of agencies, and the plan this follows."""

    sendings: tuple[Sending, ...]
    tasks: tuple[TaskSpec, ...]
    plan: str


def sending(
    case: Incident, crew: Unit, ranker: Ranker, positions: Positions
) -> Sending:
    """Return a unit as it is sent: when it is expected, and how far off it stood."""
    arrival = ranker.arrival(case, crew)
    at = _whereabouts(crew, positions)
    away_m = None
    if at is not None and case.place is not None:
        away_m = round(apart_m(at, (case.place.lon, case.place.lat)), 1)
    if arrival is None:
        return _sending(
            unit=crew.id, callsign=crew.callsign, kind=crew.kind, away_m=away_m
        )
    bounded = arrival.high_s != float("inf")
    return _sending(
        unit=crew.id,
        callsign=crew.callsign,
        kind=crew.kind,
        eta_s=round(arrival.seconds, 1),
        eta_low_s=round(arrival.low_s, 1),
        eta_high_s=round(arrival.high_s, 1) if bounded else None,
        away_m=away_m,
    )


def _whereabouts(crew: Unit, positions: Positions) -> tuple[float, float] | None:
    found = positions.last(crew.id)
    if found is None and crew.place is not None:
        return crew.place.lon, crew.place.lat
    return found
