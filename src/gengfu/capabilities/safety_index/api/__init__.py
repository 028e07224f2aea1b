"""HTTP of the safety index: parse, hand to the desk, answer."""

from .escalations import routes as escalations
from .publications import routes as publications
from .signals import counted
from .signals import routes as signals

ROUTES = (publications, signals, counted, escalations)

__all__ = ["ROUTES"]
