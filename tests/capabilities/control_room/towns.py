"""A small town on a square grid, for behaviour that needs no real city.

Streets run every 400 m; a block takes 40 s. Posts stand at the corners named.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gengfu.science.roads import RoadGraph

SIDE = 6
STEP_LON, STEP_LAT = 0.0036, 0.0036
WEST, SOUTH = 10.0, 0.0
BLOCK_S, BLOCK_M = 40.0, 400.0


@dataclass(frozen=True)
class Agency:
    id: str
    name: str
    name_zh: str
    kind: str


@dataclass(frozen=True)
class Post:
    id: str
    name: str
    name_zh: str
    kind: str
    agency: str
    lon: float
    lat: float


@dataclass(frozen=True)
class RosterUnit:
    id: str
    call_sign: str
    kind: str
    agency: str
    post: str
    skills: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    crew: int = 2


@dataclass(frozen=True)
class Corner:
    name: str
    lon: float
    lat: float
    name_zh: str = ""
    kind: str = "crossing"
    precision_m: float = 10.0
    reason: str = "name"


def corner(column, row):
    return WEST + column * STEP_LON, SOUTH + row * STEP_LAT


def grid():
    tails, heads = [], []
    for row in range(SIDE):
        for column in range(SIDE):
            here = row * SIDE + column
            if column + 1 < SIDE:
                tails += [here, here + 1]
                heads += [here + 1, here]
            if row + 1 < SIDE:
                tails += [here, here + SIDE]
                heads += [here + SIDE, here]
    places = [corner(c, r) for r in range(SIDE) for c in range(SIDE)]
    lon, lat = np.array(places).T
    n = len(tails)
    return RoadGraph.build(tails, heads, [BLOCK_S] * n, [BLOCK_M] * n, lon, lat)


@dataclass
class GridTown:
    units: tuple[RosterUnit, ...] = ()
    posts: tuple[Post, ...] = ()
    name: str = "Gridton"
    name_zh: str = "方格镇"
    timezone: str = "UTC"
    bbox: tuple[float, float, float, float] = (9.9, -0.1, 10.1, 0.1)
    basemap: Path | None = None
    notices: tuple[str, ...] = ()
    travel_model: object = None
    due: dict[str, float] | None = None
    """Posts first due everywhere, with their margins."""
    files: dict[str, Path] = field(default_factory=dict)
    graph: RoadGraph = field(default_factory=grid)
    agencies: tuple[Agency, ...] = (
        Agency("police", "Police", "警察", "police"),
        Agency("fire", "Fire", "消防", "fire"),
        Agency("ambulance", "Ambulance", "急救", "ambulance"),
        Agency("gas", "Gas", "燃气", "utility"),
        Agency("power", "Power", "供电", "utility"),
        Agency("traffic-police", "Traffic police", "交警", "police"),
    )

    def area_of(self, lon, lat):
        if not (
            WEST <= lon <= corner(SIDE, 0)[0] and SOUTH <= lat <= corner(0, SIDE)[1]
        ):
            return None
        return "west" if lon < corner(SIDE / 2, 0)[0] else "east"

    def area_names(self):
        return {"west": ("West", "西"), "east": ("East", "东")}

    def area_kind(self, area):
        return "urban"

    def areas_geojson(self):
        return {"type": "FeatureCollection", "features": []}

    def device(self, device):
        return None

    def first_due(self, lon, lat):
        return self.due

    def node_demand(self):
        return np.ones(SIDE * SIDE)

    def search(self, words, near, limit):
        places = [
            Corner(f"corner {c} {r}", *corner(c, r))
            for c in range(SIDE)
            for r in range(SIDE)
        ]
        return [p for p in places if p.name == words.strip()][:limit]

    def streets_at(self, node):
        return (f"Row {node // SIDE}", f"Column {node % SIDE}")

    def data_file(self, name):
        return self.files.get(name)


def town(*units):
    """A town with one post per unit: `("P1", "patrol-car", (column, row))`."""
    posts, roster = [], []
    for spec in units:
        name, kind, at, *skills = spec
        agency = {
            "engine": "fire",
            "ladder": "fire",
            "rescue-truck": "fire",
            "ambulance": "ambulance",
        }.get(kind, "police")
        posts.append(
            Post(
                f"post-{name}",
                f"Post {name}",
                f"{name}站",
                "post",
                agency,
                *corner(*at),
            )
        )
        roster.append(
            RosterUnit(name.lower(), name, kind, agency, f"post-{name}", tuple(skills))
        )
    return GridTown(units=tuple(roster), posts=tuple(posts))
