"""HTTP of the control room: parse, hand to the desk, answer."""

from .alarms import routes as alarms
from .calls import routes as calls
from .cards import routes as cards
from .city import routes as city
from .closures import routes as closures
from .incidents import routes as incidents
from .keeping import routes as keeping
from .orders import routes as orders
from .photos import routes as photos
from .reports import routes as reports
from .tasks import routes as tasks
from .units import routes as units

ROUTES = (
    calls,
    alarms,
    incidents,
    photos,
    units,
    tasks,
    orders,
    closures,
    city,
    cards,
    reports,
    keeping,
)

__all__ = ["ROUTES"]
