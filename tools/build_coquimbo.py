"""Build `cities/coquimbo`: real roads and zones, a composed service on top of them.

    python tools/build_coquimbo.py [--package FILE] [--out cities/coquimbo]

Roads and zones come from `aequilibrae` 1.7.2 on PyPI, fetched with pip unless a file
of it (the wheel, or `coquimbo.zip`) is given. Posts, units, agencies, landmarks,
sectors, hazard notes and the sea polygon are composed, for demonstration, and marked
so. Posts are placed where they serve people well: a k-median over the zones' people,
on named main streets.
"""

import argparse
import csv
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from gengfu.adapters.city import Network, Report, Source, build, build_network
from gengfu.adapters.city.areas import Areas
from gengfu.adapters.city.areas_reading import read_areas
from gengfu.adapters.city.building import read_roads
from gengfu.adapters.city.classes import road_classes
from gengfu.adapters.city.sources import osm_source

PACKAGE = "aequilibrae==1.7.2"
PYTHON_OF_WHEEL = "3.12"
ROOT = Path(__file__).resolve().parents[1]
LICENCE = "LICENSE-aequilibrae.txt"
HAZARDS = "hazards.toml"
TABLES = Path(__file__).resolve().parent / "coquimbo"

_SEA_BOX = (-71.48, -30.03, -71.268, -29.832)  # its west is water from end to end
_SMOOTH_M = 120.0  # the edges of the zones are small hexagons
_SHORE_M = 60.0  # land beside every road
_LOCAL_FROM = "unclassified"  # posts stand on streets above this class

type Row = dict[str, str]


@dataclass(frozen=True)
class Ground:
    """What is known of the city: its roads, its zones, and who lives near each node."""

    network: Network
    zones: Areas
    sector_of_zone: list[int]
    people: NDArray[np.float64]  # by node
    candidate: NDArray[np.intp]  # nodes where a post may stand


def fetch(package: Path | None, folder: Path) -> Path:
    """Unpack the project database of the package into `folder`; return its path."""
    if package is None:
        command = [_python_with_pip(), "-m", "pip", "download", "--no-deps", "--quiet",
                   "--only-binary=:all:", "--python-version", PYTHON_OF_WHEEL,
                   "--dest", str(folder), PACKAGE]  # fmt: skip
        subprocess.run(command, check=True)
        package = next(folder.glob("aequilibrae-*.whl"))
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            wheel.extract("aequilibrae/reference_files/coquimbo.zip", folder)
        package = folder / "aequilibrae/reference_files/coquimbo.zip"
    with zipfile.ZipFile(package) as archive:
        archive.extract("project_database.sqlite", folder)
    return folder / "project_database.sqlite"


def _python_with_pip() -> str:
    """Find a Python that has pip; environments made by uv have none of their own."""
    for name in (sys.executable, "python3", "python"):
        found = shutil.which(name)
        if found is None:
            continue
        has = subprocess.run(
            [found, "-m", "pip", "--version"], check=False, capture_output=True
        )
        if has.returncode == 0:
            return found
    raise SystemExit(f"no Python with pip found: give {PACKAGE} with --package")


def read_rows(name: str) -> list[Row]:
    """Read one of our tables."""
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def survey(database: Path, sectors: Sequence[Row]) -> Ground:
    """Read the city and spread the people of each zone over its road nodes."""
    network, _ = build_network(read_roads(database))
    zones = _with_exact_people(read_areas(database, "zones"), database)
    centre = shapely.centroid(zones.polygons)
    at = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    named = np.array([[float(s["lon"]), float(s["lat"])] for s in sectors])
    apart = ((at[:, None, :] - named[None, :, :]) * _degree_m()) ** 2
    main = network.component == 0
    zone = zones.locate(network.lon, network.lat)
    counted = main & (zone >= 0)
    nodes_in = np.bincount(zone[counted], minlength=len(zones))
    people = np.zeros(network.node_count)
    population = np.nan_to_num(zones.population)
    people[counted] = (population / np.maximum(nodes_in, 1))[zone[counted]]
    above = network.road_class < road_classes().code(_LOCAL_FROM)
    motorway = network.road_class <= road_classes().code("trunk_link")
    good = np.zeros(network.node_count, np.bool_)
    good[network.tails[above & ~motorway & (network.name >= 0)]] = True
    return Ground(
        network,
        zones,
        [int(i) for i in apart.sum(axis=2).argmin(axis=1)],
        people,
        np.flatnonzero(good & main & (zone >= 0)),
    )


def _with_exact_people(zones: Areas, database: Path) -> Areas:
    """Put back the fractions of people: the column says INTEGER, its values are not."""
    with closing(sqlite3.connect(database)) as connection:
        people = dict(connection.execute("select zone_id, population from zones"))
    exact = np.array([float(people[int(i)]) for i in zones.ids])
    return replace(zones, population=exact)


def _degree_m() -> NDArray[np.float64]:
    return np.array([96_400.0, 110_850.0])  # at 29.95 degrees south


def place_posts(ground: Ground, count: int) -> list[int]:
    """Nodes for `count` posts that make the sum of people x distance small.

    Greedy choice, then exchanges of one post at a time until none helps.
    """
    network = ground.network
    xy = np.column_stack([network.lon, network.lat]) * _degree_m()
    lived = np.flatnonzero(ground.people > 0)[::4]
    weight = ground.people[lived]
    candidate = ground.candidate[:: max(1, ground.candidate.size // 700)]
    far = np.hypot(*(xy[lived][None] - xy[candidate][:, None]).transpose(2, 0, 1))
    chosen: list[int] = []
    best = np.full(lived.size, np.inf)
    for _ in range(count):
        cost = np.minimum(far, np.minimum(best, 1e6)[None]) @ weight
        chosen.append(int(np.argmin(cost)))
        best = np.minimum(best, far[chosen[-1]])
    better = True
    while better:
        better = False
        for i in range(count):
            others = far[chosen[:i] + chosen[i + 1 :]].min(axis=0)
            cost = np.minimum(far, others[None]) @ weight
            pick = int(np.argmin(cost))
            if cost[pick] < cost[chosen[i]] - 1e-6:
                chosen[i], better = pick, True
    return [int(candidate[i]) for i in sorted(chosen, key=lambda i: -far[i, 0])]


def zone_features(ground: Ground, sectors: Sequence[Row]) -> list[dict[str, object]]:
    """Sectors and the zones in them, zones named after their longest main street."""
    zones, features = ground.zones, []
    for i, sector in enumerate(sectors):
        own = [z for z, s in enumerate(ground.sector_of_zone) if s == i]
        if own:
            whole = shapely.set_precision(shapely.union_all(zones.polygons[own]), 1e-7)
            features.append(_feature(whole, id=sector["id"], name=sector["name"],
                            name_zh=sector["name_zh"], kind="sector"))  # fmt: skip
    used: Counter[str] = Counter()
    for z, street in enumerate(_main_streets(ground)):
        sector = sectors[ground.sector_of_zone[z]]
        label = street or zones.ids[z]
        used[sector["id"] + label] += 1
        nth = used[sector["id"] + label]
        again = f" {nth}" if nth > 1 else ""
        features.append(
            _feature(
                zones.polygons[z],
                id=f"z{zones.ids[z]}",
                name=f"{sector['name']}: {label}{again}",
                name_zh=f"{sector['name_zh']}：{label}{again}",
                kind="zone",
                parent=sector["id"],
                population=round(float(zones.population[z]), 2),
            )
        )
    return features


def _feature(shape: object, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": json.loads(shapely.to_geojson(shape)),
    }


def _main_streets(ground: Ground) -> list[str]:
    network, zones = ground.network, ground.zones
    tails, main = network.tails, road_classes().code("tertiary_link")
    zone = zones.locate(network.lon[tails], network.lat[tails])
    weight = network.length_m * np.where(network.road_class < main, 4.0, 1.0)
    length: list[Counter[str]] = [Counter() for _ in zones.ids]
    for edge in np.flatnonzero((network.name >= 0) & (zone >= 0)):
        name = network.names[network.name[edge]]
        if not name.startswith(("Ruta", "Caletera")):
            length[zone[edge]][name] += float(weight[edge])
    return [max(c.items(), key=lambda i: (i[1], i[0]))[0] if c else "" for c in length]


def sea_of(ground: Ground) -> object:
    """Draw the bay and the sea west of the zones, clear of every road."""

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points * _degree_m()

    def round_again(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(points / _degree_m(), 6)

    land = shapely.transform(shapely.union_all(ground.zones.polygons), flat)
    land = land.buffer(_SMOOTH_M).buffer(-2 * _SMOOTH_M).buffer(_SMOOTH_M)
    offsets, lon, lat = ground.network.edge_shapes()
    edge = np.repeat(np.arange(ground.network.edge_count), np.diff(offsets))
    streets = shapely.linestrings(flat(np.column_stack([lon, lat])), indices=edge)
    verges = shapely.union_all(shapely.buffer(streets, _SHORE_M, quad_segs=3))
    window = shapely.transform(shapely.box(*_SEA_BOX), flat)
    free = shapely.get_parts(window.difference(land.union(verges)))
    water = max(free, key=lambda part: part.area).simplify(_SMOOTH_M / 8)
    return shapely.transform(water, round_again)


def compose(ground: Ground, sectors: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Make posts and units after `posts.csv` and `fleet.csv`."""
    posts: list[Row] = []
    units: list[Row] = []
    fleet = read_rows("fleet.csv")
    for kind in read_rows("posts.csv"):
        if kind["lon"]:
            places = [(float(kind["lon"]), float(kind["lat"]))]
        else:
            network = ground.network
            nodes = place_posts(ground, int(kind["count"]))
            places = [(float(network.lon[n]), float(network.lat[n])) for n in nodes]
        own = [r for r in fleet if r["post_kind"] == kind["kind"]]
        here = _posts_of(kind, places, ground, sectors)
        posts += here
        for number, post in enumerate(here, start=1):
            units += _units_of(own, number, post)
    return posts, units


def _posts_of(
    kind: Row,
    places: Sequence[tuple[float, float]],
    ground: Ground,
    sectors: Sequence[Row],
) -> list[Row]:
    used: Counter[str] = Counter()
    posts: list[Row] = []
    for number, (lon, lat) in enumerate(places, start=1):
        zone = ground.zones.nearest(lon, lat, within_m=2000)
        sector = sectors[ground.sector_of_zone[zone]]
        used[sector["id"]] += 1
        again = used[sector["id"]]
        nth, nth_zh = (f" {again}", f"第{again}") if again > 1 else ("", "")
        posts.append(
            {
                "id": f"{kind['prefix']}{number:02d}",
                "name": f"{sector['name']} {kind['name']}{nth}",
                "name_zh": f"{sector['name_zh']}{nth_zh}{kind['name_zh']}",
                "kind": kind["kind"],
                "agency": kind["agency"],
                "lon": f"{lon:.6f}",
                "lat": f"{lat:.6f}",
                "composed": "true",
            }
        )
    return posts


def _units_of(fleet: Iterable[Row], number: int, post: Row) -> list[Row]:
    units: list[Row] = []
    for row in fleet:
        if row["at"] != "all" and str(number) not in row["at"].split(";"):
            continue
        for nth in range(1, int(row["count"]) + 1):
            call_sign = f"{row['prefix']}{number}{nth}"
            if int(row["count"]) == 1:
                call_sign = f"{row['prefix']}{number}"
            units.append(
                {
                    "id": call_sign.lower(),
                    "call_sign": call_sign,
                    "kind": row["kind"],
                    "agency": row["agency"] or post["agency"],
                    "post": post["id"],
                    "skills": row["skills"],
                    "capabilities": row["capabilities"],
                    "crew": row["crew"],
                    "composed": "true",
                }
            )
    return units


def sources() -> list[Source]:
    """Whom to thank, and what is made up."""
    ours = "Composed for Gengfu's demonstration."
    package = "https://www.aequilibrae.com/"
    return [
        osm_source("roads", "OpenStreetMap, as contained in AequilibraE 1.7.2"),
        Source(
            "areas",
            "Zones and population of the Coquimbo example of AequilibraE 1.7.2",
            "MIT",
            "Made with the example data of AequilibraE (c) 2014 AequilibraE Developers;"
            f" www.aequilibrae.com. Full text: {LICENCE}",
            package,
        ),
        *(
            Source(covers, title, "Apache-2.0", ours, composed=True)
            for covers, title in (
                ("sectors", "Sectors, as groups of zones"),
                ("posts, units, agencies", "A service as such a city might have"),
                ("places", "Landmarks, at approximate positions"),
                ("sea", "Bay, from the outline of the zones"),
                ("hazards", "Hazard notes at real places"),
            )
        ),
    ]


def build_coquimbo(database: Path, out: Path) -> Report:
    """Compose the tables and build the pack."""
    sectors = read_rows("sectors.csv")
    ground = survey(database, sectors)
    posts, units = compose(ground, sectors)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _collection(folder / "areas.geojson", zone_features(ground, sectors))
        _collection(folder / "sea.geojson", [_feature(sea_of(ground))])
        _table(folder / "posts.csv", posts)
        _table(folder / "units.csv", units)
        return build(
            out,
            roads=database,
            areas=folder / "areas.geojson",
            posts=folder / "posts.csv",
            units=folder / "units.csv",
            agencies=TABLES / "agencies.csv",
            places=TABLES / "places.csv",
            sea=folder / "sea.geojson",
            name="La Serena-Coquimbo",
            name_zh="拉塞雷纳-科金博",
            timezone="America/Santiago",
            sources=sources(),
            extra={name: TABLES / name for name in (LICENCE, HAZARDS)},
        )


def _collection(path: Path, features: Sequence[dict[str, object]]) -> None:
    whole = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")


def _table(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path, help="the wheel or coquimbo.zip")
    parser.add_argument("--out", type=Path, default=ROOT / "cities" / "coquimbo")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report = build_coquimbo(fetch(given.package, Path(scratch)), given.out)
    for finding in report.findings:
        print(finding.line())
    print(report.counts)


if __name__ == "__main__":
    main()
