"""Roads: nearest units, reach, cover, routes and arrival times on a live road graph."""

from .first_due import FirstDue
from .fleet import FREE, Fleet
from .graph import RoadGraph, largest_strong_component
from .hierarchy import Hierarchy, Refresh, Shortcuts, UnitLabels, contraction_order
from .live import LiveRoads
from .matrix import cover, times
from .problem import (
    NOWHERE,
    Cover,
    Direction,
    Nearest,
    Place,
    Places,
    Reach,
    Route,
    Sightings,
    at_node,
)
from .route import route, sightings
from .shapes import edge_line, edge_piece, line_lengths_m, where
from .snapping import RoadIndex
from .solve import nearest, nodes_within, reach
from .travel import (
    Arrival,
    Arrivals,
    LocalFactors,
    Residuals,
    TravelModel,
    crossing_ends,
    edge_middles,
    kind_key,
    streets_at_nodes,
)
from .warm import warm_up, warm_up_searches, warm_up_shortcuts

__all__ = [
    "FREE",
    "NOWHERE",
    "Arrival",
    "Arrivals",
    "Cover",
    "Direction",
    "FirstDue",
    "Fleet",
    "Hierarchy",
    "LiveRoads",
    "LocalFactors",
    "Nearest",
    "Place",
    "Places",
    "Reach",
    "Refresh",
    "Residuals",
    "RoadGraph",
    "RoadIndex",
    "Route",
    "Shortcuts",
    "Sightings",
    "TravelModel",
    "UnitLabels",
    "at_node",
    "contraction_order",
    "cover",
    "crossing_ends",
    "edge_line",
    "edge_middles",
    "edge_piece",
    "kind_key",
    "largest_strong_component",
    "line_lengths_m",
    "nearest",
    "nodes_within",
    "reach",
    "route",
    "sightings",
    "streets_at_nodes",
    "times",
    "warm_up",
    "warm_up_searches",
    "warm_up_shortcuts",
    "where",
]
