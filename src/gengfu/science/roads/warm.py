"""Compiling (or loading) every kernel ahead of the first question."""

import numpy as np

from . import kernels_assign, kernels_standing
from .fleet import Fleet
from .graph import RoadGraph
from .hierarchy import Hierarchy, Shortcuts, UnitLabels
from .live import LiveRoads
from .matrix import cover, times
from .problem import Place, Places
from .route import route
from .snapping import RoadIndex
from .solve import nearest, nearest_by_labels, reach


def warm_up() -> None:
    """Run every kernel once on a street of two nodes.

    Compiles for some twenty seconds the first time and loads machine code from Numba's
    cache in about a second afterwards.
    """
    warm_up_searches()
    warm_up_shortcuts()


def _street() -> RoadGraph:
    return RoadGraph.build(
        [0, 1], [1, 0], [10.0, 10.0], [100.0, 100.0], [0.0, 0.001], [0.0, 0.0]
    )


def warm_up_searches() -> None:
    """Run every kernel but those of `warm_up_shortcuts` once.

    A server calls it before it says it is ready.
    """
    graph = _street()
    roads = LiveRoads(graph)
    roads.set_factors([0], 1.0)
    places = RoadIndex.build(graph).snap([0.0003, 0.0008], [0.0, 0.0])
    here, there = places[0], places[1]
    fleet = Fleet(graph, 2)
    fleet.move(0, here)
    fleet.move_many([0, 1], places)
    fleet.set_free([0, 1])
    fleet.available()
    nearest(roads, fleet, there, 1)
    reach(roads, here, 60.0)
    cover(roads, places, 60.0)
    route(roads, here, Place(1, 0.5))
    point, one = np.zeros(1, np.int32), np.zeros(1, np.int64)
    kernels_standing.exist(point, 1)
    kernels_standing.come(point, 0, point.copy(), one, one.copy())
    kernels_standing.go(point, 0, point.copy(), one, one.copy())
    here_again = np.zeros(1), np.zeros(1), np.zeros(1, np.int64)
    kernels_assign.cheapest(np.ones((1, 2)), np.zeros(1, np.int64))
    kernels_standing.strayed(*here_again, np.zeros((1, 2)), 1.0, np.zeros(1, np.int64))


def warm_up_shortcuts() -> None:
    """Run the kernels of shortcuts, labels and time tables once; any thread may."""
    graph = _street()
    roads = LiveRoads(graph)
    places = Places.at_nodes(np.array([0, 1]))
    fleet = Fleet(graph, 2)
    fleet.move_many([0, 1], places)
    fleet.set_free([0, 1])
    shortcuts = Shortcuts(roads, Hierarchy.build(graph, [0, 1]))
    labels = UnitLabels(shortcuts, fleet)
    nearest_by_labels(roads, labels, places[0], 1, fleet.available(), None)
    times(roads, places, places)
    times(roads, places, places, shortcuts=shortcuts)
    route(roads, places[0], places[1], shortcuts=shortcuts)
    route(roads, places[0], places[1], shortcuts=shortcuts)
