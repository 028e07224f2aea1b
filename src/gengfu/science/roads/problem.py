"""Frozen values of the road kernels: places, answers, and their units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int32]
type Longs = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

type Direction = Literal["from", "to"]
"""`from`: driving away from the place; `to`: driving towards it."""

NOWHERE = -(2**31)
"""Edge code of a place that is not on the roads."""
UNREACHED = 2**31 - 1
"""Search key of a node that was not reached."""
CLOSED_MS = 2**30
"""Search key of an edge that may not be driven through; above every limit."""
ROW = 4
"""Ways in a row of edges; a crossing with more of them has several rows."""
ONWARD = -2
"""In a row of edges: the way to the next row of the same crossing."""
LONGEST_MS = 2**30 - 1
"""Longest trip the integer keys can hold: 12.4 days."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the roads.

    `edge` is the directed edge the point lies on and `fraction` the part of its
    length from its tail to the point (0 to 1). A point exactly at node `n` has edge
    `~n` (that is, -1 - n). `off_road_m` is how far the original point was from it.
    """

    edge: int
    fraction: float = 0.0
    off_road_m: float = 0.0

    @property
    def known(self) -> bool:
        """Whether the point is on the roads at all."""
        return self.edge != NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Many points on the roads, as arrays of one length (see `Place`)."""

    edges: Ints
    fractions: Floats
    off_road_m: Floats

    def __len__(self) -> int:
        return len(self.edges)

    def __getitem__(self, index: int) -> Place:
        return Place(
            int(self.edges[index]),
            float(self.fractions[index]),
            float(self.off_road_m[index]),
        )

    def __iter__(self) -> Iterator[Place]:
        return (self[i] for i in range(len(self)))

    @property
    def known(self) -> Flags:
        """Which points are on the roads."""
        return self.edges != NOWHERE

    @classmethod
    def at_nodes(cls, nodes: "Ints | Longs") -> "Places":
        """Points exactly at these nodes."""
        codes = np.asarray(-1 - np.asarray(nodes, np.int64), np.int32)
        return cls(codes, np.zeros(len(codes)), np.zeros(len(codes)))

    @classmethod
    def of(cls, places: "list[Place] | tuple[Place, ...]") -> "Places":
        """Gather single places."""
        return cls(
            np.array([p.edge for p in places], np.int32),
            np.array([p.fraction for p in places], np.float64),
            np.array([p.off_road_m for p in places], np.float64),
        )


def at_node(node: int) -> Place:
    """Return the place exactly at a node."""
    return Place(~node)


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Units in order of arrival: by time, units at the same time by index."""

    units: Ints
    seconds: Floats

    def __len__(self) -> int:
        return len(self.units)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Everything within a time of a place.

    `nodes` are in no promised order, but always the same. Row `i` of the edge arrays
    says that `edges[i]` can be driven from fraction `edge_start[i]` to `edge_end[i]`
    of its length. The street of a place in mid-block may appear twice: from the place
    on, and once more where a way round the block reaches its other end.
    """

    nodes: Ints
    node_seconds: Floats
    edges: Ints
    edge_start: Floats
    edge_end: Floats

    def node_pairs(self) -> tuple[Ints, Floats]:
        """Nodes and the seconds to each, like the answer of `nodes_within`."""
        return self.nodes, self.node_seconds


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Which nodes each post reaches, in compressed rows: one row per post.

    Row `p` is `nodes[start[p]:start[p + 1]]`, in no promised order, and `millis` has
    the travel times in milliseconds.
    """

    start: Longs
    nodes: Ints
    millis: Ints
    node_count: int

    @property
    def posts(self) -> int:
        """Number of posts."""
        return len(self.start) - 1

    def row(self, post: int) -> tuple[Ints, Floats]:
        """Nodes one post reaches and the seconds to each."""
        part = slice(int(self.start[post]), int(self.start[post + 1]))
        return self.nodes[part], self.millis[part] / 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A drive: its directed edges in order, what each takes, and its line on a map.

    First and last edge may be driven in part; `edge_seconds` and `edge_length_m` hold
    only the part driven. `lon` and `lat` run from the start to the end of the drive.
    """

    edges: Ints
    edge_seconds: Floats
    edge_length_m: Floats
    lon: Floats
    lat: Floats

    @property
    def seconds(self) -> float:
        """Driving time."""
        return float(self.edge_seconds.sum())

    @property
    def length_m(self) -> float:
        """Driven length."""
        return float(self.edge_length_m.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """How long a drive takes, and the directed edges it is on when it is seen.

    One edge for each time until the drive is over, in order of time.
    """

    seconds: float
    edges: Ints
