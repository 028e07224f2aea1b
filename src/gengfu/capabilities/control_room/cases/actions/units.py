"""Units: what their crews report, and orders to them."""

from datetime import timedelta

from gengfu.capabilities.control_room.cases.holding import hold
from gengfu.capabilities.control_room.cases.incidents import IncidentStage, incident
from gengfu.capabilities.control_room.cases.orders import Order
from gengfu.capabilities.control_room.cases.orders import send as send_order
from gengfu.capabilities.control_room.cases.responses import note_status
from gengfu.capabilities.control_room.cases.sendings import Movement
from gengfu.capabilities.control_room.cases.units import (
    Unit,
    UnitStage,
    arrive,
    become_available,
    clear,
    reach_destination,
    roll,
    transport,
    unit,
)
from gengfu.kernel import CaseId, Desk, RuleBroken, Seen

from .names import id_of


def _told(
    desk: Desk, crew: Unit, movement: Movement | None = None, destination: str = ""
) -> Unit:
    if crew.incident is not None:
        desk.apply(
            crew.incident,
            note_status,
            crew.id,
            crew.stage,
            movement=movement,
            destination=destination,
        )
    return crew


def rolls(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit on its way."""
    return _told(desk, desk.apply(crew, roll))


def arrives(
    desk: Desk,
    crew: CaseId | Seen,
    check_in_every: timedelta | None = None,
    movement: Movement | None = None,
) -> Unit:
    """Report a unit on scene, with how far its positions moved on the way."""
    return _told(desk, desk.apply(crew, arrive, check_in_every), movement)


def transports(desk: Desk, crew: CaseId | Seen, destination: str) -> Unit:
    """Report a unit taking somebody somewhere; where to goes with the incident."""
    return _told(desk, desk.apply(crew, transport), destination=destination)


def reaches_destination(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit at its destination."""
    return _told(desk, desk.apply(crew, reach_destination))


def clears(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit done at its incident and nearly free."""
    return _told(desk, desk.apply(crew, clear))


def frees(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit free for the next call."""
    hold(desk, unit, (id_of(crew),))
    before = desk.get(unit, id_of(crew))
    if before.incident is not None and before.stage is not UnitStage.CLEARING:
        desk.apply(before.incident, note_status, before.id, UnitStage.AVAILABLE)
    return desk.apply(crew, become_available)


def orders(desk: Desk, crew: CaseId, text: str, about: CaseId | None = None) -> Order:
    """Send an order to a unit; its words are kept as long as its incident's are."""
    desk.get(unit, crew)
    if about is not None:
        hold(desk, incident, (about,))
        if desk.get(incident, about).stage is IncidentStage.ERASED:
            raise RuleBroken("these words are erased already")
    return desk.open(send_order, crew, text, about)
