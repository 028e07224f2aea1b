"""Named places of an OpenStreetMap extract, for the gazetteer."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import osmium as _osmium

from .areas import Areas
from .city import Place
from .findings import Where, bad, clean_name
from .osm import UNREADABLE

osmium = cast("Any", _osmium)

KINDS = (
    "amenity",
    "healthcare",
    "emergency",
    "shop",
    "tourism",
    "leisure",
    "public_transport",
    "railway",
    "office",
    "historic",
    "place",
    "man_made",
    "highway",
)
"""Keys that make a named node a place; the first one found gives its kind."""


def read_osm_places(path: Path, areas: Areas) -> tuple[Place, ...]:
    """Named nodes that are something; `kind` is `key=value` of OSM, as `amenity=bank`.

    Raises BadInput for hostile names and truncated files.
    """
    where = Where(path.name)
    found: list[tuple[str, str, str, str, float, float]] = []
    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("name")
    )
    try:
        for node in nodes:
            tags: dict[str, str] = {tag.k: tag.v for tag in node.tags}
            key = next((k for k in KINDS if k in tags), None)
            if key is None or not node.location.valid():
                continue
            place = where.at(f"node {node.id}", "name")
            name = clean_name(tags["name"], place)
            name_zh = clean_name(tags.get("name:zh", ""), place)
            kind = clean_name(f"{key}={tags[key]}", place)
            lon, lat = float(node.location.lon), float(node.location.lat)
            found.append((f"n{node.id}", name, name_zh, kind, lon, lat))
    except UNREADABLE as fault:
        raise bad(where, f"truncated or not an OSM file: {fault}") from None
    if not found:
        return ()
    lon, lat = np.array([f[4] for f in found]), np.array([f[5] for f in found])
    area = areas.locate(lon, lat)
    return tuple(
        Place(i, n, z, k, x, y, areas.ids[int(a)] if a >= 0 else "")
        for (i, n, z, k, x, y), a in zip(found, area, strict=True)
        if n
    )
