"""HTTP of the safety index: parse, hand to the desk, answer."""

from .publications import routes as publications

ROUTES = (publications,)

__all__ = ["ROUTES"]
