"""Build the San Francisco pack from TIGER roads, DataSF layers and recorded calls.

    python tools/build_sanfrancisco.py DATA OUT [--population CSV]

DATA holds `tl_*_roads.shp`, `sf_analysis_neighborhoods.geojson`,
`sf_current_fire_stations.geojson` and `calls_*.csv`. Posts are the stations; units are
those that answered calls. An engine or truck stands at the station of its number (E32
at 32); any other unit at the station in whose area it was sent most often. A station
area with calls but without a station in the layer gets a post at the middle (median) of
its calls, marked composed.
"""

import argparse
import csv
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gengfu.adapters.city import Report, Source, build

_KINDS = {
    "ENGINE": ("engine", "fire", "breathing-apparatus", 4),
    "TRUCK": ("ladder", "fire", "breathing-apparatus;rope-rescue", 5),
    "RESCUE SQUAD": ("rescue-truck", "fire", "cutting;rope-rescue", 4),
    "CHIEF": ("fire-command", "fire", "", 1),
    "RESCUE CAPTAIN": ("ems-captain", "ambulance", "advanced-life-support", 1),
    "MEDIC": ("ambulance", "ambulance", "defibrillator", 2),
    "PRIVATE": ("ambulance", "ambulance-companies", "defibrillator", 2),
    "SUPPORT": ("support", "fire", "", 1),
    "INVESTIGATION": ("investigation", "fire", "", 1),
}
_AGENCIES = [
    ("fire", "San Francisco Fire Department", "旧金山消防局", "fire"),
    ("ambulance", "SFFD ambulances", "消防局救护队", "ambulance"),
    ("ambulance-companies", "Private ambulance companies", "民营救护公司", "ambulance"),
]
_NUMBER = re.compile(r"#(\d+)")
_HOME = re.compile(r"^[ET](\d+)$")
_PLACE = re.compile(r"\((-?[\d.]+), (-?[\d.]+)\)")
_DATASF = "DataSF; Open Data Commons Public Domain Dedication and License"

type Row = dict[str, str]


@dataclass(frozen=True)
class Standing:
    """Posts and units as rows of the CSV files that `gengfu city build` reads."""

    posts: list[list[object]]
    units: list[list[object]]


def standing_from_calls(stations: Path, calls: Path) -> Standing:
    """Derive posts and units from the station layer and the recorded calls."""
    with calls.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    posts = _stations(stations)
    for number, area_rows in sorted(_by_area(rows).items()):
        if number not in posts:
            lon, lat = _middle(area_rows)
            name, name_zh = f"Station area {number}", f"{number}号消防站区"
            posts[number] = [f"S{number}", name, name_zh, "fire-station", "fire",
                             lon, lat, True]  # fmt: skip
    units = [_unit(unit_id, unit_rows, posts) for unit_id, unit_rows in _by_unit(rows)]
    return Standing([posts[n] for n in sorted(posts, key=int)], units)


def _stations(path: Path) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        match = _NUMBER.search(feature["properties"]["common_name"])
        if match is None:
            continue
        number = str(int(match.group(1)))
        lon, lat = feature["geometry"]["coordinates"][:2]
        found[number] = [f"S{number}", f"Fire Station {number}", f"{number}号消防站",
                         "fire-station", "fire", lon, lat, False]  # fmt: skip
    return found


def _by_area(rows: Sequence[Row]) -> dict[str, list[Row]]:
    areas: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["Station Area"].isdigit() and _PLACE.search(row["Location"]):
            areas[str(int(row["Station Area"]))].append(row)
    return areas


def _by_unit(rows: Sequence[Row]) -> Iterable[tuple[str, list[Row]]]:
    units: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        units[row["Unit ID"]].append(row)
    return sorted(units.items())


def _middle(rows: Sequence[Row]) -> tuple[float, float]:
    points = [m.groups() for r in rows if (m := _PLACE.search(r["Location"]))]
    return (
        round(median(float(lon) for _, lon in points), 6),
        round(median(float(lat) for lat, _ in points), 6),
    )


def _unit(
    unit_id: str, rows: Sequence[Row], posts: dict[str, list[object]]
) -> list[object]:
    kind, agency, skills, crew = _KINDS[rows[0]["Unit Type"]]
    numbered = _HOME.match(unit_id)
    home = str(int(numbered.group(1))) if numbered else ""
    if home not in posts:
        sent = Counter(
            str(int(r["Station Area"])) for r in rows if r["Station Area"].isdigit()
        )
        known = [(n, c) for n, c in sorted(sent.items()) if n in posts]
        home = max(known, key=lambda pair: pair[1])[0] if known else min(posts, key=int)
    advanced = any(row["ALS Unit"] == "true" for row in rows)
    if advanced and "advanced-life-support" not in skills:
        skills = (
            f"{skills};advanced-life-support" if skills else "advanced-life-support"
        )
    carries = "transport" if kind == "ambulance" else ""
    return [unit_id, unit_id, kind, agency, posts[home][0], skills, carries, crew]


def build_sanfrancisco(
    data: Path, out: Path, population: Path | None = None, *, basemap: bool = True
) -> Report:
    """Build the pack; `population` is a CSV of points with a population column."""
    calls = min(data.glob("calls_*.csv"))
    stations = data / "sf_current_fire_stations.geojson"
    standing = standing_from_calls(stations, calls)
    sources = [
        Source("roads", "TIGER/Line 2017, roads of county 06075", "public domain",
               "US Census Bureau, TIGER/Line"),
        Source("areas", "Analysis Neighborhoods", "PDDL-1.0", _DATASF),
        Source("posts", "San Francisco fire stations", "MIT", "Beside the data"),
        Source("units", "Units seen in Fire Department Calls for Service", "PDDL-1.0",
               _DATASF),
    ]  # fmt: skip
    if population is not None:
        sources.append(
            Source("population", "Census tracts of 2000, from spopt 0.7.0",
                   "BSD-3-Clause", "US Census Bureau; PySAL developers")
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        tables = Path(scratch)
        _write(tables / "posts.csv", "id name name_zh kind agency lon lat composed",
               standing.posts)  # fmt: skip
        _write(tables / "units.csv", "id call_sign kind agency post skills "
               "capabilities crew", standing.units)  # fmt: skip
        _write(tables / "agencies.csv", "id name name_zh kind", _AGENCIES)
        return build(
            out,
            roads=next(data.glob("tl_*_roads.shp")),
            areas=data / "sf_analysis_neighborhoods.geojson",
            posts=tables / "posts.csv",
            units=tables / "units.csv",
            agencies=tables / "agencies.csv",
            population=population,
            name="San Francisco",
            name_zh="旧金山",
            timezone="America/Los_Angeles",
            sources=sources,
            basemap=basemap,
        )


def _write(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split())
        writer.writerows(rows)


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--population", type=Path)
    given = parser.parse_args()
    report = build_sanfrancisco(given.data, given.out, given.population)
    for finding in report.findings:
        print(finding.line())
    print(report.counts)


if __name__ == "__main__":
    main()
