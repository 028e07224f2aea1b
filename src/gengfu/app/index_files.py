"""The files of a publication: open data, shapes of areas, the bulletin for print."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from zoneinfo import ZoneInfo

import shapely as _shapely

from gengfu.adapters.city.area_rows import AreaFile
from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.screens import Atlas, Issued, read_atlas
from gengfu.capabilities.safety_index.screens.bulletin import bulletin
from gengfu.capabilities.safety_index.screens.opendata import (
    as_csv,
    as_dictionary,
    as_parquet,
    compounds_csv,
)
from gengfu.web.i18n import LANGUAGES, Words

shapely = cast("Any", _shapely)

DOCUMENT = "publication.json"
_DEGREES = 1e-5
"""About a metre: borders are drawn no finer."""


def files_of(publication: Publication, areas: AreaFile) -> Mapping[str, bytes]:
    """Return every file of a publication by name; the same one gives the same bytes."""
    content = JsonCodec().encode(publication)
    found = {
        DOCUMENT: content,
        "places.csv": as_csv(publication),
        "places.parquet": as_parquet(publication),
        "dictionary.json": as_dictionary(),
    }
    if publication.compounds:
        found["compounds.csv"] = compounds_csv(publication)
    shapes = _shapes(areas)
    if shapes["features"]:
        text = json.dumps(shapes, ensure_ascii=False, sort_keys=True)
        found["areas.geojson"] = text.encode()
    issued = Issued(
        publication=publication,
        content=content,
        sha256=sha256(content).hexdigest(),
        published_at=_over(Month.read(publication.period)),
    )
    zone = ZoneInfo(publication.timezone or "UTC")
    atlas = _atlas(areas, shapes)
    for language in LANGUAGES:
        paper = bulletin(issued, atlas, Words(language, zone))
        found[f"bulletin-{language}.pdf"] = paper
    return found


def _atlas(areas: AreaFile, shapes: Mapping[str, Any]) -> Atlas:
    return read_atlas(shapes, {row.id: (row.name, row.name_zh) for row in areas.rows})


def _shapes(areas: AreaFile) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    if areas.has_polygons:
        drawn = shapely.set_precision(areas.areas.polygons, _DEGREES)
        for row, shape in zip(areas.rows, drawn, strict=True):
            features.append(
                {
                    "type": "Feature",
                    "id": row.id,
                    "properties": {
                        "id": row.id,
                        "name": row.name,
                        "name_zh": row.name_zh,
                        "kind": row.kind,
                        "parent": row.parent,
                    },
                    "geometry": json.loads(shapely.to_geojson(shape)),
                }
            )
    return {"type": "FeatureCollection", "features": features}


def _over(month: Month) -> datetime:
    """Return when a month is over: nothing of it can be published before."""
    begins = month.later(1).first
    return datetime(begins.year, begins.month, 1, tzinfo=UTC)
