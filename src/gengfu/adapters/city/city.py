"""A city as loaded: frozen values, ready for the road kernels and the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gengfu.science.roads import RoadGraph

from .areas import Areas
from .first_response import FirstResponse
from .network import Network

FORMAT = "gengfu-city"
FORMAT_VERSION = 1
WGS84 = 4326
BASEMAP = "basemap.pmtiles"
LARGE_NODES = 50_000
"""From here on a pack keeps a contraction order for shortcuts."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part of a city comes from and on what terms."""

    covers: str  # roads, areas, population, posts, units, places, agencies ...
    title: str
    licence: str
    notice: str  # the words the licence asks us to show
    url: str = ""
    composed: bool = False  # made up for demonstration, not the real city's


@dataclass(frozen=True, slots=True)
class Place:
    """A landmark or other named point."""

    id: str
    name: str
    name_zh: str
    kind: str
    lon: float
    lat: float
    area: str  # id of the area, "" outside all
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Agency:
    """A service that sends units or signs for tasks."""

    id: str
    name: str
    name_zh: str
    kind: str
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """Where units stand: a station, a base, a quay, an office.

    `off_road_m` is the distance to the nearest road of the largest component;
    `reachable` is False where that road is not the one the post stands on.
    """

    id: str
    name: str
    name_zh: str
    kind: str
    agency: str
    area: str
    lon: float
    lat: float
    off_road_m: float
    reachable: bool
    composed: bool = False


def services_of(posts: Iterable[Post]) -> dict[str, tuple[str, str]]:
    """Return agency and kind of each post, by its id."""
    return {post.id: (post.agency, post.kind) for post in posts}


@dataclass(frozen=True, slots=True)
class Unit:
    """What is sent: a car, an engine, a boat, a volunteer."""

    id: str
    call_sign: str
    kind: str
    agency: str
    post: str
    skills: tuple[str, ...]
    capabilities: tuple[str, ...]
    crew: int
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A fixed device that reports alarms."""

    id: str
    name: str
    name_zh: str
    kind: str
    lon: float
    lat: float
    area: str
    composed: bool = False


@dataclass(frozen=True, slots=True)
class City:
    """One city pack, read and checked for shape. Nothing in it changes."""

    folder: Path
    name: str
    name_zh: str
    timezone: str  # IANA name
    bbox: tuple[float, float, float, float]  # west, south, east, north, degrees
    srid: int  # always 4326: longitude and latitude, WGS 84
    class_table: str  # version of the road class table
    counts: dict[str, int]
    sources: tuple[Source, ...]
    roads: Network
    areas: Areas
    places: tuple[Place, ...]
    agencies: tuple[Agency, ...]
    posts: tuple[Post, ...]
    units: tuple[Unit, ...]
    devices: tuple[Device, ...]
    sea: Any | None  # shapely polygon of navigable water
    first_due: FirstResponse | None = None

    @property
    def basemap(self) -> Path | None:
        """The base map as PMTiles, None where the pack has none."""
        return self.data_file(BASEMAP)

    @property
    def composed(self) -> bool:
        """True when posts or units are made up, so screens must say "simulated"."""
        return any(source.composed for source in self.sources)

    def data_file(self, name: str) -> Path | None:
        """Find a further file of the pack (`run_cards.toml`); None without it.

        Names stay inside the pack: ValueError for absolute ones and for `..`.
        """
        wanted = PurePosixPath(name)
        if wanted.is_absolute() or ".." in wanted.parts or not wanted.parts:
            raise ValueError(f"not a name inside a city pack: {name!r}")
        path = self.folder.joinpath(*wanted.parts)
        return path if path.is_file() else None

    def graph(self) -> RoadGraph:
        """Build the graph to search; anew on each call, so keep it."""
        return road_graph(self.roads)


def road_graph(roads: Network) -> RoadGraph:
    """Give the network to the road kernels, edge for edge and node for node."""
    return RoadGraph.build(
        roads.tails,
        roads.heads,
        roads.seconds,
        roads.length_m,
        roads.lon,
        roads.lat,
        road_class=roads.road_class,
        twins=roads.twins(),
        shape=roads.edge_shapes(),
        order=roads.order,
    )
