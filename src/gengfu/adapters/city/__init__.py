"""City packs: a folder built once from open data, loaded whole in under a second."""

from .areas import Areas
from .building import build, write_city
from .checking import check
from .city import Agency, City, Device, Place, Post, Source, Unit, road_graph
from .classes import ClassTable, RoadClass, road_classes
from .draft import Draft
from .findings import STAGES, Finding, Progress, Report, Severity
from .lines import OnewayOrigin, SpeedOrigin
from .network import Network, build_network
from .reading import load

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
