"""Open data: the publication itself, and its places and parts as CSV and Parquet."""

import csv
import json
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any, cast

from gengfu.capabilities.safety_index.rules.document import (
    Part,
    PlaceReport,
    Publication,
)

from .dictionary import DICTIONARY

type Cell = str | int | float | None
_TYPES = {"text": "string", "int": "int64", "float": "float64"}
_EXCEL_MARK = "\ufeff"


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
    out = StringIO()
    columns = [name for name, _, _ in DICTIONARY]
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(publication))
    return f"{_EXCEL_MARK}{out.getvalue()}".encode()


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


def as_dictionary() -> bytes:
    """Write the data dictionary as JSON."""
    columns = [
        {"name": name, "type": kind, "en": said.en, "zh": said.zh}
        for name, kind, said in DICTIONARY
    ]
    return json.dumps({"columns": columns}, ensure_ascii=False, indent=1).encode()
