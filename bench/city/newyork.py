"""Build a pack the size of a great city from the DIMACS graph of New York, and time it.

    python bench/city/newyork.py DATA OUT [--units 5000]

DATA holds `USA-road-d.NY.co.gz` and `USA-road-t.NY.gr.gz`. The graph knows four
speeds, in the ratio 100 : 80 : 60 : 40; arc weights are decimetres divided by that
share of one, so at 100 km/h on the fastest class one unit is 3.6 ms. Areas are a grid;
their people are the road nodes in them, for want of a count. With `--units` agencies,
posts and that many units are composed, in the proportions of the demo city. Prints
build and load times.
"""

import argparse
import gzip
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from gengfu.adapters.city import (
    Agency,
    Draft,
    Network,
    Post,
    Source,
    Unit,
    build_network,
    load,
    write_city,
)
from gengfu.adapters.city.areas import Areas, make_areas
from gengfu.adapters.city.classes import road_classes
from gengfu.adapters.city.findings import Where
from gengfu.adapters.city.lines import RoadLines

GRID = 24
"""Areas a side."""
PER_POST = 20
AGENCIES = {"police": "警察", "fire": "消防", "ambulance": "急救"}


@dataclass(frozen=True)
class Kind:
    """A kind of unit and how many of a hundred are of it."""

    name: str
    agency: str
    share: int
    skills: tuple[str, ...] = ()


KINDS = (
    Kind("patrol-car", "police", 38),
    Kind("motorcycle", "police", 12),
    Kind("special-police", "police", 3, ("firearms", "bomb-disposal")),
    Kind("ambulance", "ambulance", 18, ("defibrillator",)),
    Kind("ambulance", "ambulance", 7, ("advanced-life-support", "defibrillator")),
    Kind("engine", "fire", 13, ("breathing-apparatus", "defibrillator")),
    Kind("ladder", "fire", 4, ("rope-rescue", "breathing-apparatus")),
    Kind("rescue-truck", "fire", 3, ("cutting", "rope-rescue")),
    Kind("fire-command", "fire", 2, ("breathing-apparatus",)),
)
_CLASS_BY_KMH = {100: "motorway", 80: "primary", 60: "secondary", 40: "residential"}


def _numbers(path: Path, letter: str) -> NDArray[np.int64]:
    def rows() -> Iterator[str]:
        with gzip.open(path, "rt", encoding="ascii") as file:
            for line in file:
                if line.startswith(letter):
                    yield line[2:]

    return np.loadtxt(rows(), dtype=np.int64)


def read_lines(data: Path) -> RoadLines:
    """One line for every street; arcs in both directions of one weight are a street."""
    places = _numbers(data / "USA-road-d.NY.co.gz", "v")
    arcs = _numbers(data / "USA-road-t.NY.gr.gz", "a")
    lon, lat = places[:, 1] / 1e6, places[:, 2] / 1e6
    tails, heads, weight = arcs[:, 0] - 1, arcs[:, 1] - 1, arcs[:, 2]
    lo, hi = np.minimum(tails, heads), np.maximum(tails, heads)
    street, row, count = np.unique(
        np.column_stack([lo, hi, weight]), axis=0, return_index=True, return_counts=True
    )
    a = np.where(count >= 2, street[:, 0], tails[row])
    b = np.where(count >= 2, street[:, 1], heads[row])
    dx = (lon[b] - lon[a]) * np.cos(np.radians(lat[a]))
    metres = np.hypot(dx, lat[b] - lat[a]) * 111_200.0
    share = metres * 10.0 / street[:, 2]
    kmh = np.select([share < 0.5, share < 0.7, share < 0.9], [40, 60, 80], 100)
    code = {k: road_classes().code(c) for k, c in _CLASS_BY_KMH.items()}
    ends = np.column_stack([a, b]).ravel()
    lines = len(a)
    seconds = street[:, 2] * 0.0036
    return RoadLines(
        where=Where("USA-road-t.NY.gr.gz"),
        rows=row,
        offsets=np.arange(0, 2 * lines + 1, 2),
        lon=lon[ends],
        lat=lat[ends],
        keys=ends,
        road_class=np.array([code[int(k)] for k in kmh], np.uint8),
        speed_forward_kmh=(metres / seconds * 3.6).astype(np.float32),
        speed_backward_kmh=(metres / seconds * 3.6).astype(np.float32),
        direction=np.where(count >= 2, 0, 1).astype(np.int8),
        oneway_origin=np.where(count >= 2, 0, 1).astype(np.uint8),
        emergency_only=np.zeros(lines, np.bool_),
        name=np.full(lines, -1, np.int32),
        alias=np.full(lines, -1, np.int32),
        names=(),
        names_zh=(),
        left_out={},
    )


def grid_areas(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Areas:
    """A grid of areas over the nodes; cells without a node are left out."""
    west, east = lon.min() - 1e-4, lon.max() + 1e-4
    south, north = lat.min() - 1e-4, lat.max() + 1e-4
    x = ((lon - west) / (east - west) * GRID).astype(int)
    y = ((lat - south) / (north - south) * GRID).astype(int)
    cells, people = np.unique(y * GRID + x, return_counts=True)
    wide, high = (east - west) / GRID, (north - south) / GRID
    left, low = west + cells % GRID * wide, south + cells // GRID * high
    ids = [f"g{cell:03d}" for cell in cells]
    unknown = np.full(len(cells), np.nan)
    return make_areas(
        ids,
        [f"Cell {i}" for i in ids],
        [f"{i}格" for i in ids],
        ["grid"] * len(ids),
        np.full(len(ids), -1, np.int32),
        {
            "population": people.astype(np.float64),
            "households": unknown,
            "floating_population": unknown,
            "vehicles": unknown,
        },
        shapely.box(left, low, left + wide, low + high),
    )


def compose_units(
    network: Network, areas: Areas, count: int
) -> tuple[list[Agency], list[Post], list[Unit]]:
    """Posts of `PER_POST` units each, at nodes an even step apart in map order."""
    agencies = [Agency(a, a.title(), n, a, composed=True) for a, n in AGENCIES.items()]
    fit = np.flatnonzero(network.component == 0)
    where = fit[np.linspace(0, len(fit) - 1, -(-count // PER_POST)).astype(int)]
    lon, lat = network.lon[where], network.lat[where]
    inside = areas.locate(lon, lat)
    posts = [
        Post(
            id=f"S{n:04d}",
            name=f"Station {n}",
            name_zh=f"{n}号站",
            kind="station",
            agency="",
            area=areas.ids[inside[n]] if inside[n] >= 0 else "",
            lon=float(lon[n]),
            lat=float(lat[n]),
            off_road_m=0.0,
            reachable=True,
            composed=True,
        )
        for n in range(len(where))
    ]
    pattern = [kind for kind in KINDS for _ in range(kind.share)]
    units: list[Unit] = []
    for n in range(count):
        kind = pattern[(n * 37) % len(pattern)]
        units.append(
            Unit(
                id=f"u{n:04d}",
                call_sign=f"U{n:04d}",
                kind=kind.name,
                agency=kind.agency,
                post=posts[n // PER_POST].id,
                skills=kind.skills,
                capabilities=(),
                crew=2,
                composed=True,
            )
        )
    return agencies, posts, units


def build_newyork(data: Path, out: Path, units: int = 0) -> None:
    """Write the pack."""
    network, mended = build_network(read_lines(data))
    areas = grid_areas(network.lon, network.lat)
    agencies, posts, manned = compose_units(network, areas, units)
    write_city(
        out,
        Draft(
            name="New York (DIMACS)",
            name_zh="纽约（DIMACS）",
            timezone="America/New_York",
            network=network,
            mended=mended,
            areas=areas,
            agencies=agencies,
            posts=posts,
            units=manned,
            sources=[
                Source(
                    "roads",
                    "9th DIMACS Implementation Challenge, graph NY",
                    "public benchmark",
                    "Made from US Census TIGER/Line",
                ),
                Source("units", "Composed", "none", "", composed=True),
            ],
        ),
        basemap=False,
    )


def main() -> None:
    """Build once, load five times, print seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--units", type=int, default=0)
    given = parser.parse_args()
    begin = time.perf_counter()
    build_newyork(given.data, given.out, given.units)
    print(f"build {time.perf_counter() - begin:.2f} s")
    for _ in range(5):
        begin = time.perf_counter()
        city = load(given.out)
        loaded = time.perf_counter()
        graph = city.graph()
        done = time.perf_counter()
        print(f"load {loaded - begin:.3f} s, graph {done - loaded:.3f} s")
    print(f"{graph.node_count} nodes, {graph.edge_count} edges")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
