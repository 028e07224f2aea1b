"""The control room: from a call for help to the right people on scene, and closed."""

from gengfu.surface import Capability

from .api import ROUTES
from .api.alarms import ALARM
from .cases.calls import call
from .cases.cards import cards
from .cases.closures import closure
from .cases.forgetting import FORGETTINGS
from .cases.incidents import incident
from .cases.orders import order
from .cases.receipts import receipt
from .cases.recommendations import recommendation
from .cases.roles import (
    AGENCY_OFFICER,
    CALL_TAKER,
    CALLER,
    COMMANDER,
    CREW,
    DESK_ROLES,
    DISPATCHER,
    RESPONSE,
    ROLES,
)
from .cases.units import unit
from .live.room import Room
from .screens import SCREENS

CAPABILITY = Capability(
    name="control_room",
    machines=(
        call,
        incident,
        unit,
        order,
        closure,
        recommendation,
        cards,
        receipt,
    ),
    roles=(*ROLES, ALARM),
    purposes=(RESPONSE,),
    routes=ROUTES,
    screens=SCREENS,
    forgettings=FORGETTINGS,
    start=Room,
    watchers=DESK_ROLES,
    followers=(CREW, AGENCY_OFFICER),
    demo_roles=(
        ("call-taker", (CALL_TAKER,)),
        ("dispatcher", (DISPATCHER, CALL_TAKER)),
        ("commander", (COMMANDER, DISPATCHER, CALL_TAKER)),
        ("crew", (CREW,)),
        ("agency-officer", (AGENCY_OFFICER,)),
        ("caller", (CALLER,)),
        ("alarm", (ALARM, CALLER)),
    ),
)

__all__ = ["CAPABILITY"]
