"""Compiling (or loading) every kernel ahead of the first question."""

import numpy as np

from .fleet import Fleet
from .graph import RoadGraph, largest_strong_component
from .hierarchy import Hierarchy, Shortcuts, UnitLabels
from .live import LiveRoads
from .matrix import cover, times
from .problem import Place, Places
from .route import route
from .snapping import RoadIndex
from .solve import nearest, nearest_by_labels, reach


def warm_up() -> None:
    """Run every kernel once on a street of two nodes.

    Compiles for half a minute the first time and loads machine code from Numba's
    cache in about a second afterwards. A server calls it before it says it is ready.
    """
    graph = RoadGraph.build(
        [0, 1], [1, 0], [10.0, 10.0], [100.0, 100.0], [0.0, 0.001], [0.0, 0.0]
    )
    largest_strong_component(graph)
    roads = LiveRoads(graph)
    roads.set_factors([0], 1.0)
    places = RoadIndex.build(graph).snap([0.0003, 0.0008], [0.0, 0.0])
    here, there = places[0], places[1]
    fleet = Fleet(graph, 2)
    fleet.move(0, here)
    fleet.move_many([0, 1], places)
    fleet.set_free([0, 1])
    marks = np.ones(2, np.bool_)
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, [0, 1]))
    labels = UnitLabels(shortcuts, fleet)
    labels.refresh()
    nearest(roads, fleet, there, 1, eligible=marks)
    nearest_by_labels(roads, labels, there, 1, fleet.available(), None)
    reach(roads, here, 60.0)
    cover(roads, places, 60.0)
    times(roads, places, Places.at_nodes(np.array([0, 1])))
    times(roads, places, places, shortcuts=shortcuts)
    route(roads, here, Place(1, 0.5))
