"""City packs: a folder built once from open data, loaded whole in under a second.

What builds and checks packs is imported when it is first asked for: a server only
loads one, and need not wait for the libraries that read maps.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .areas import Areas
from .city import Agency, City, Device, Place, Post, Source, Unit, road_graph
from .classes import ClassTable, RoadClass, road_classes
from .findings import STAGES, Finding, Progress, Report, Severity
from .lines import OnewayOrigin, SpeedOrigin
from .network import Network, build_network
from .reading import load

if TYPE_CHECKING:
    from .building import build, write_city
    from .checking import check
    from .draft import Draft

_ON_DEMAND = {
    "Draft": ".draft",
    "build": ".building",
    "check": ".checking",
    "write_city": ".building",
}

__all__ = [
    "STAGES",
    "Agency",
    "Areas",
    "City",
    "ClassTable",
    "Device",
    "Draft",
    "Finding",
    "Network",
    "OnewayOrigin",
    "Place",
    "Post",
    "Progress",
    "Report",
    "RoadClass",
    "Severity",
    "Source",
    "SpeedOrigin",
    "Unit",
    "build",
    "build_network",
    "check",
    "load",
    "road_classes",
    "road_graph",
    "write_city",
]


def __getattr__(name: str) -> object:
    """Import what is needed only for building (see the top of this module)."""
    module = _ON_DEMAND.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(module, __name__), name)
    globals()[name] = found
    return found
