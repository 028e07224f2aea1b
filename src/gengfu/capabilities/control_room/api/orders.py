"""Orders and messages to units, with read receipts."""

from dataclasses import dataclass
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.forgetting import keep_order
from gengfu.capabilities.control_room.cases.orders import (
    Order,
    acknowledge,
    order,
    read,
)
from gengfu.capabilities.control_room.cases.roles import (
    CREW,
    DESK_ROLES,
    DISPATCH_ROLES,
    RESPONSE,
)
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import OrderView, order_view
from gengfu.kernel import CaseId, Code, Desk, Length, NotFound
from gengfu.surface import CaseRoutes, Door, acts_as


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """What is ordered of whom."""

    unit: Code
    text: Annotated[str, Length(1, 1000)]
    incident: Code | None = None


routes = CaseRoutes(
    order, "/orders", readers=(*DESK_ROLES, CREW), view=order_view, shows=OrderView
)
routes.expose(read, acknowledge)


@routes.reads("/{case}", roles=(*DESK_ROLES, CREW), answers=OrderView)
async def show_order(door: Door, case: CaseId) -> OrderView:
    """Show one order: to the desk, and to the crew that it is for."""
    found = await door.do(lambda desk: desk.get(order, case))
    actor = door.actor
    at_desk = acts_as(door, DESK_ROLES, RESPONSE)
    if not at_desk and (actor is None or actor.represents != found.unit):
        raise NotFound(f"no order {case}")
    return order_view(found)


@routes.writes("", roles=DISPATCH_ROLES, body=OrderForm, answers=OrderView, status=201)
async def send_order(door: Door, data: OrderForm) -> OrderView:
    """Send an order to a unit; its words go with its incident, or by a clock."""
    about = None if data.incident is None else CaseId(data.incident)
    rule = door.runtime(Room).rulebook.retention.routine

    def job(desk: Desk) -> Order:
        sent = actions.orders(desk, CaseId(data.unit), data.text, about)
        keep_order(desk, sent, rule)
        return sent

    return order_view(await door.do(job))
