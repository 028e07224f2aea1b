"""Writes the smallest files that show a thing: a few streets, areas and posts."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyogrio.raw
import shapely

WEST, SOUTH = 10.0, 50.0
STEP = 0.001  # degrees: about 71 m east, 111 m north

type Tags = dict[str, str]


def at(x: float, y: float) -> tuple[float, float]:
    """A point of the small map's grid, degrees."""
    return round(WEST + x * STEP, 9), round(SOUTH + y * STEP, 9)


def write_osm(
    path: Path,
    nodes: dict[int, tuple[float, float]],
    ways: Sequence[tuple[int, Sequence[int], Tags]],
    named: dict[int, Tags] | None = None,
) -> Path:
    """An OSM file of nodes on the grid and ways through them."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (x, y) in nodes.items():
            tags = (named or {}).get(number, {})
            node = osmium.osm.mutable.Node(id=number, location=at(x, y), tags=tags)
            writer.add_node(node)
        for number, refs, tags in ways:
            way = osmium.osm.mutable.Way(id=number, nodes=list(refs), tags=tags)
            writer.add_way(way)
    return path


def write_layer(
    path: Path,
    geometry: Sequence[Any],
    columns: dict[str, Sequence[Any]],
    *,
    crs: str | None = "EPSG:4326",
    kind: str = "LineString",
    **options: Any,
) -> Path:
    """A vector file of one layer; its driver follows from the suffix."""
    blobs = np.array(
        [None if g is None else shapely.to_wkb(g) for g in geometry], dtype=object
    )
    fields = [np.array(list(values)) for values in columns.values()]
    texts = [f.astype(object) if f.dtype.kind == "U" else f for f in fields]
    pyogrio.raw.write(
        path,
        geometry=blobs,
        field_data=texts,
        fields=list(columns),
        crs=crs,
        geometry_type=kind,
        **options,
    )
    return path


def write_geojson(
    path: Path, features: Sequence[tuple[dict[str, Any], dict[str, Any] | None]]
) -> Path:
    """GeoJSON, written by hand so that it may hold anything."""
    whole = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for properties, geometry in features
        ],
    }
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def line(*points: tuple[float, float]) -> Any:
    """A line through points of the grid."""
    return shapely.LineString([at(x, y) for x, y in points])


def box(x: float, y: float, wide: float, high: float) -> Any:
    """A rectangle of the grid."""
    return shapely.box(*at(x, y), *at(x + wide, y + high))


def write_csv(path: Path, header: str, *rows: Sequence[object]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split())
        writer.writerows(rows)
    return path


def grid_roads(path: Path, *, size: int = 4, **more: Sequence[Any]) -> Path:
    """Two-way residential streets on a square grid, with names."""
    lines = [line(*[(x, y) for x in range(size)]) for y in range(size)] + [
        line(*[(x, y) for y in range(size)]) for x in range(size)
    ]
    names = [f"Row {y}" for y in range(size)] + [f"Column {x}" for x in range(size)]
    columns = {"highway": ["residential"] * len(lines), "name": names, **more}
    return write_layer(path, lines, columns)


def two_areas(path: Path) -> Path:
    """Two neighbours over the grid, 300 and 500 people."""
    return write_layer(
        path,
        [box(-1, -1, 2.5, 6), box(1.5, -1, 3.5, 6)],
        {"id": ["west", "east"], "name": ["West", "East"], "population": [300, 500]},
        kind="Polygon",
    )
