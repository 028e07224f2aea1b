"""Open data: the publication itself, and its places and parts as CSV and Parquet."""

import json
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any, cast

from gengfu.capabilities.safety_index.rules.document import (
    Part,
    PlaceReport,
    Publication,
)

from .dictionary import COMPOUNDS, DICTIONARY
from .shelf import Atlas
from .spreadsheet import Cell, as_spreadsheet

_TYPES = {"text": "string", "int": "int64", "float": "float64"}


def rows(publication: Publication) -> Iterator[dict[str, Cell]]:
    """Yield one row for each place and part; a place without parts has one row."""
    for place in publication.places:
        about = _about(publication, place)
        for part in place.parts or (None,):
            yield about | _told(part)


def _about(publication: Publication, place: PlaceReport) -> dict[str, Cell]:
    score, rank = place.score, place.rank
    return {
        "period": publication.period,
        "issue": publication.issue,
        "area": place.id,
        "name": place.name,
        "name_zh": place.name_zh,
        "kind": place.kind,
        "parent": place.parent,
        "people": place.people,
        "score": None if score is None else score.value,
        "score_low": None if score is None else score.low,
        "score_high": None if score is None else score.high,
        "band": None if score is None else place.band,
        "rank_low": None if rank is None else rank.low,
        "rank_high": None if rank is None else rank.high,
        "rank_of": None if rank is None else rank.of,
        "deaths_12m": place.deaths_12m,
        "quality": " ".join(place.quality),
    }


def _told(part: Part | None) -> dict[str, Cell]:
    if part is None:
        return {}
    ratio = part.ratio
    return {
        "domain": part.domain,
        "events": part.events,
        "expected": part.expected,
        "per_10k": part.per_10_000,
        "ratio": None if ratio is None else ratio.value,
        "ratio_low": None if ratio is None else ratio.low,
        "ratio_high": None if ratio is None else ratio.high,
    }


def as_csv(publication: Publication) -> bytes:
    """Write rows as CSV in UTF-8 with a mark that spreadsheets need for Chinese."""
    return as_spreadsheet([name for name, _, _ in DICTIONARY], rows(publication))


def as_parquet(publication: Publication) -> bytes:
    """Write rows as Parquet, with the words of every column in its metadata."""
    pyarrow = cast("Any", import_module("pyarrow"))
    parquet = cast("Any", import_module("pyarrow.parquet"))
    table: dict[str, list[Cell]] = {name: [] for name, _, _ in DICTIONARY}
    for row in rows(publication):
        for name, values in table.items():
            values.append(row.get(name))
    schema = pyarrow.schema(
        [
            pyarrow.field(
                name,
                getattr(pyarrow, _TYPES[kind])(),
                metadata={"en": said.en, "zh": said.zh},
            )
            for name, kind, said in DICTIONARY
        ]
    )
    out = BytesIO()
    made = pyarrow.table(
        {name: pyarrow.array(v, schema.field(name).type) for name, v in table.items()},
        schema=schema,
    )
    parquet.write_table(made, out, compression="zstd")
    return out.getvalue()


def compounds_csv(publication: Publication) -> bytes:
    """Write residential compounds as CSV, one row for each compound and kind."""
    found: list[dict[str, Cell]] = [
        {
            "period": publication.period,
            "issue": publication.issue,
            "compound": one.id,
            "name": one.name,
            "name_zh": one.name_zh,
            "area": one.area,
            "households": one.households,
            "kind": figure.kind,
            "events": figure.events,
            "per_1k": figure.per_1_000,
            "per_1k_low": figure.low,
            "per_1k_high": figure.high,
        }
        for one in publication.compounds
        for figure in one.figures
    ]
    return as_spreadsheet([name for name, _, _ in COMPOUNDS], found)


def as_dictionary() -> bytes:
    """Write the data dictionary as JSON: of places, and of compounds."""
    columns, compounds = (
        [
            {"name": name, "type": kind, "en": said.en, "zh": said.zh}
            for name, kind, said in table
        ]
        for table in (DICTIONARY, COMPOUNDS)
    )
    told = {"columns": columns, "compounds": compounds}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def as_geojson(atlas: Atlas) -> bytes:
    """Write the areas' shapes and names as GeoJSON."""
    features: list[dict[str, Any]] = []
    for area, polygons in sorted(atlas.shapes.items()):
        said = atlas.names.get(area)
        features.append(
            {
                "type": "Feature",
                "id": area,
                "properties": {
                    "id": area,
                    "name": area if said is None else said.en,
                    "name_zh": area if said is None else said.zh,
                },
                "geometry": {"type": "MultiPolygon", "coordinates": polygons},
            }
        )
    found = {"type": "FeatureCollection", "features": features}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
