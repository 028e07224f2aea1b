"""The roads of now under the units of now: snapping, travel, routes, cover.

One object owns the live roads and the fleet and is used from one thread, so a change
never runs beside a query.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import (
    Arrival,
    Arrivals,
    Fleet,
    LiveRoads,
    Nearest,
    Place,
    Places,
    RoadGraph,
    RoadIndex,
    Sightings,
    TravelModel,
    cover,
    edge_line,
    nearest,
    nodes_within,
    route,
    sightings,
)

from .closed import ClosedRoads
from .labels import LiveLabels
from .lines import Line, ThinLines

LEAST_FLEET = 256
NOT_ANYWHERE = Place(-(2**31))
MOST_LINES = 20_000
NODES_IN_A_REQUEST = 600_000
"""About what a request may search for cover, in nodes: some milliseconds."""
REACHES_KEPT = 1024
"""Most places whose reach is remembered: more than the posts of a large city."""


type _Reach = tuple[int, float, float, int]
"""Edge, fraction, seconds, and the version of the roads."""


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive as the map shows it."""

    line: Line
    length_m: float
    arrival: Arrival


class Streets:
    """Live roads, the fleet on them, and how long driving takes at this hour."""

    def __init__(
        self, graph: RoadGraph, model: TravelModel, timezone: str, now: datetime
    ) -> None:
        self.graph = graph
        self.model = model
        self.roads = LiveRoads(graph)
        self.index = RoadIndex.build(graph)
        self.fleet = Fleet(graph, LEAST_FLEET)
        self._zone = ZoneInfo(timezone)
        self._hour = -1
        self._seconds: NDArray[np.float64] = np.zeros(0)
        self._reaches: OrderedDict[_Reach, NDArray[np.int32]] = OrderedDict()
        self._closed = ClosedRoads(self.roads)
        self._labels = LiveLabels(self.roads)
        self.changing = Lock()
        """Held while roads change, and by whoever searches them on another thread."""
        self.keep_hour(now)

    # -- time of day, closures -------------------------------------------------

    def keep_hour(self, now: datetime) -> None:
        """Take the speeds of the hour it is now, where the model knows hours."""
        hour = now.astimezone(self._zone).hour
        if hour != self._hour:
            self._hour = hour
            seconds = self.model.edge_seconds(self.graph, hour)
            if not np.array_equal(seconds, self._seconds):
                self._seconds = seconds
                with self.changing:
                    self._closed.set_seconds(seconds)

    def keep_labels(self) -> None:
        """Bring quick answers up to date with the roads, a step at a time."""
        self._labels.keep(self.fleet)

    def wait_for_labels(self) -> None:
        """Wait for the step that another thread is doing."""
        self._labels.wait()

    def close_down(self) -> None:
        """Stop what runs beside."""
        self._labels.close()

    def close(self, edges: Sequence[int], *, crews_pass: bool = False) -> None:
        """Close edges; an edge closed twice stays closed until both are lifted."""
        with self.changing:
            self._closed.close(set(edges), crews_pass=crews_pass)

    def reopen(self, edges: Sequence[int], *, crews_pass: bool = False) -> None:
        """Lift one closure of each of these edges."""
        with self.changing:
            self._closed.reopen(set(edges), crews_pass=crews_pass)

    def edges_within(self, lon: float, lat: float, radius_m: float) -> tuple[int, ...]:
        """Return every edge with a point of its line within the radius."""
        graph = self.graph
        east = (graph.shape_lon - lon) * np.cos(np.radians(lat))
        off_m = np.hypot(east, graph.shape_lat - lat) * (np.pi / 180 * 6_371_000)
        points = np.flatnonzero(off_m <= radius_m)
        edges = set(
            (np.searchsorted(graph.shape_start, points, side="right") - 1).tolist()
        )
        nearest = self.index.snap_one(lon, lat, within_m=radius_m)
        if nearest.known and nearest.edge >= 0:
            edges.add(nearest.edge)
            twin = int(graph.twins[nearest.edge])
            if twin >= 0:
                edges.add(twin)
        return tuple(sorted(edges))

    def line_of(self, edge: int) -> Line:
        """Return an edge's line as (longitude, latitude) pairs."""
        lon, lat = edge_line(self.graph, edge)
        return tuple(zip(lon.tolist(), lat.tolist(), strict=True))

    # -- units -----------------------------------------------------------------

    def put(
        self, rows: Sequence[int], lon: Sequence[float], lat: Sequence[float]
    ) -> None:
        """Put units where they are now."""
        if not rows:
            return
        self._make_room(max(rows) + 1)
        self.fleet.move_many(rows, self._snap(lon, lat))

    def flag(self, row: int, flags: int) -> None:
        """Say what a unit is and whether it may be sent (see `fleet`)."""
        self._make_room(row + 1)
        self.fleet.set_flags_of(row, flags)

    def snap(self, lon: float, lat: float) -> Place:
        """Put a point on the nearest street, or at the corner where a street ends."""
        return self._snap([lon], [lat])[0]

    def _snap(self, lon: Sequence[float], lat: Sequence[float]) -> Places:
        """Snap; what is at the very end of a street is on none of the streets there.

        Otherwise a closure of the one street it was put on would not count for it.
        """
        return self.index.snap(lon, lat, corners=True)

    def _make_room(self, rows: int) -> None:
        if rows <= len(self.fleet):
            return
        before = self.fleet
        self.fleet = Fleet(self.graph, max(rows, 2 * len(before)))
        every = np.arange(len(before))
        known = before.edges != NOT_ANYWHERE.edge
        places = Places(before.edges, before.fractions, np.zeros(len(before)))
        self.fleet.move_many(
            every[known],
            Places(
                places.edges[known], places.fractions[known], places.off_road_m[known]
            ),
        )
        self.fleet.set_flags(every, before.flags)

    # -- answers ----------------------------------------------------------------

    def arrivals(self, kind: str = "", priority: int = 0) -> Arrivals:
        """Return what turns seconds on the network into arrivals at a kind of call."""
        return self.model.arrivals(hour=self._hour, kind=kind, priority=priority)

    def drive(
        self, start: Place, goal: Place, kind: str = "", priority: int = 0
    ) -> Drive | None:
        """Return the quickest drive to a kind of call, or None where there is none."""
        if not (start.known and goal.known):
            return None
        found = route(self.roads, start, goal, shortcuts=self._labels.shortcuts)
        if found is None:
            return None
        line = tuple(zip(found.lon.tolist(), found.lat.tolist(), strict=True))
        arrival = self.arrivals(kind, priority).at(found.seconds)
        return Drive(line, found.length_m, arrival)

    def sightings(
        self, start: Place, goal: Place, first_s: float, every_s: float, within_s: float
    ) -> Sightings | None:
        """Return the streets on which the quickest drive is at some times, if any."""
        return sightings(
            self.roads, start, goal, first_s, every_s, within_s,
            shortcuts=self._labels.shortcuts,
        )  # fmt: skip

    def row_place(self, row: int) -> Place:
        """Return where a unit is on the roads."""
        return self.fleet.place(row) if 0 <= row < len(self.fleet) else NOT_ANYWHERE

    def nearest(
        self,
        goal: Place,
        most: int,
        within_s: float,
        must: int,
        any_of: int,
        also_any_of: int,
    ) -> Nearest:
        """Return the units that reach a place first, on the roads as they are now."""
        labels = self._labels.of(self.fleet)
        return nearest(
            self.roads, self.fleet, goal, most, within_s, must=must, any_of=any_of,
            also_any_of=also_any_of, labels=labels,
        )  # fmt: skip

    @property
    def searches_in_a_request(self) -> int:
        """How many searches of some minutes round a unit a request may wait for."""
        return max(1, NODES_IN_A_REQUEST // max(self.graph.node_count, 1))

    def lines_between(self, reached: NDArray[np.bool_]) -> tuple[Line, ...]:
        """Return the lines of all open streets that begin at a reached node, thinned.

        Each two-way street comes once. Lines are for a map of the city: 5 decimals,
        and no point less than some metres off the line of its neighbours. Of more
        than `MOST_LINES` streets the slowest are left out, that is, back streets.
        """
        graph = self.graph
        driven = reached[graph.tails] & ~self.roads.closed
        back = graph.twins
        again = (back >= 0) & (back < np.arange(len(back)))
        again &= driven[np.maximum(back, 0)]
        edges = np.flatnonzero(driven & ~again)
        if len(edges) > MOST_LINES:
            slow = graph.seconds[edges] / np.maximum(graph.length_m[edges], 1.0)
            edges = np.sort(edges[np.argsort(slow, kind="stable")[:MOST_LINES]])
        return self._thin.of(edges)

    @cached_property
    def _thin(self) -> ThinLines:
        return ThinLines(self.graph)

    def reached_from(
        self, starts: Sequence[Place], within_s: float
    ) -> NDArray[np.bool_]:
        """Return which nodes are reached from any of these places in time."""
        reached = np.zeros(self.graph.node_count, np.bool_)
        known = {(s.edge, s.fraction): s for s in starts if s.known}
        if len(known) > self.searches_in_a_request:
            found = cover(self.roads, Places.of(list(known.values())), within_s)
            reached[found.nodes] = True
            return reached
        for nodes in self.nodes_from_each(list(known.values()), within_s):
            reached[nodes] = True
        return reached

    def _nodes_from(self, start: Place, within_s: float) -> NDArray[np.int32]:
        """Return the nodes reached from a place in time, each once.

        Answers are remembered: most units stand at posts, which many share and all
        come back to. The caller must not change them.
        """
        if not start.known:
            return np.zeros(0, np.int32)
        asked = (start.edge, start.fraction, within_s, self.roads.version)
        found = self._reaches.pop(asked, None)
        if found is None:
            nodes, _ = nodes_within(self.roads, start, within_s)
            found = nodes.copy()  # it is the beginning of a longer array
        self._reaches[asked] = found
        if len(self._reaches) > REACHES_KEPT:
            self._reaches.popitem(last=False)
        return found

    def nodes_from_each(
        self, starts: Sequence[Place], within_s: float
    ) -> list[NDArray[np.int32]]:
        """Return the nodes reached from each place, each of them once.

        Any thread may ask: a change of the roads waits for the search that runs.
        """
        found: list[NDArray[np.int32]] = []
        for start in starts:
            with self.changing:
                found.append(self._nodes_from(start, within_s))
        return found
