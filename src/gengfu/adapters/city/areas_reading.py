"""Areas of a city read from a layer of polygons or a table of centres.

Columns understood: id `id`, `area_id`, `zone_id`, `GEOID` (else made from the name);
name `name`, `nhood`, `NAME`; `name_zh`; `parent` (the id of another row); `kind`;
`population`, `households`, `floating_population`, `vehicles`.
A CSV has `lon` and `lat` instead of polygons: each row then gets the cell of all ground
nearer to it than to any other row (its Voronoi cell), which for a hexagonal grid of
centroids gives the hexagons back.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .areas import PEOPLE, Areas, make_areas, refuse_overlaps, slug
from .areas_cells import cells_around
from .findings import bad, printable
from .tables import Table, read_csv
from .vector import Layer, read_layer

shapely = cast("Any", _shapely)

_POLYGONS = frozenset({3, 6})  # shapely: Polygon, MultiPolygon
_NAME = ("name", "nhood", "neighborhood", "neighbourhood", "district")
_ID = ("id", "area_id", "zone_id", "geoid")


def read_areas(path: Path, layer: str | None = None) -> Areas:
    """Read areas from a vector layer of polygons or a CSV of centres.

    Raises BadInput for geometry that crosses itself or is no polygon, areas of one
    level that overlap, parents that do not exist, and what `read_layer` refuses.
    """
    if path.suffix.lower() in {".csv", ".txt"}:
        table = read_csv(path)
        lon, lat = table.points()
        _refuse_same_place(table, lon, lat)
        polygons = cells_around(lon, lat)
    else:
        source = read_layer(path, layer)
        refuse_bad_polygons(source)
        polygons = source.geometry
        table = Table(
            source.where, tuple(int(r) for r in source.rows), dict(source.columns)
        )
    areas = areas_of_table(table, polygons)
    refuse_overlaps(areas, table.where, table.rows)
    return areas


def _refuse_same_place(
    table: Table, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> None:
    seen: dict[tuple[int, int], int] = {}
    for i, (x, y) in enumerate(zip(lon, lat, strict=True)):
        key = (round(float(x) * 1e7), round(float(y) * 1e7))
        if key in seen:
            first = table.rows[seen[key]]
            raise bad(table.at(i, "lon"), f"is at the place of row {first}")
        seen[key] = i


def areas_of_table(table: Table, polygons: NDArray[Any]) -> Areas:
    """Take areas from a table and a column of polygons (None where there are none)."""
    names = table.texts(*_NAME)
    id_field = table.find(*_ID)
    ids = _ids_from_names(table, names) if id_field is None else table.ids(id_field)
    names = [name or area_id for name, area_id in zip(names, ids, strict=True)]
    kinds = [kind or "area" for kind in table.texts("kind", "level")]
    people = {field: table.numbers(field, _short(field)) for field in PEOPLE}
    return make_areas(
        ids,
        names,
        table.texts("name_zh", "name:zh"),
        kinds,
        _parents(table, ids),
        people,
        polygons,
    )


def _short(field: str) -> str:
    return {"population": "pop", "floating_population": "floating"}.get(field, field)


def _ids_from_names(table: Table, names: list[str]) -> list[str]:
    field = table.need(*_ID, *_NAME)
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        short = slug(name)
        if not short:
            raise bad(table.at(i, field), "is empty, and there is no id")
        if short in seen:
            first = table.rows[seen[short]]
            raise bad(table.at(i, field), f"{printable(name)!r} is also row {first}")
        seen[short] = i
    return list(seen)


def _parents(table: Table, ids: list[str]) -> NDArray[np.int32]:
    row = {area_id: i for i, area_id in enumerate(ids)}
    parent = np.full(len(ids), -1, np.int32)
    for i, text in enumerate(table.texts("parent")):
        if not text:
            continue
        if text not in row:
            raise bad(table.at(i, "parent"), f"no area has the id {printable(text)!r}")
        parent[i] = row[text]
    for i in range(len(ids)):
        above, steps = int(parent[i]), 0
        while above >= 0:
            above, steps = int(parent[above]), steps + 1
            if steps > len(ids):
                raise bad(table.at(i, "parent"), "is its own ancestor")
    return parent


def refuse_bad_polygons(source: Layer) -> None:
    """BadInput naming the first row that is no polygon or crosses itself."""
    types = shapely.get_type_id(source.geometry)
    valid = shapely.is_valid(source.geometry)
    for i, row in enumerate(source.rows):
        place = source.where.at(int(row), "geometry")
        if int(types[i]) not in _POLYGONS:
            raise bad(place, "not a polygon")
        if not valid[i]:
            reason = str(shapely.is_valid_reason(source.geometry[i]))
            crosses = "self-crossing geometry" if "elf-inter" in reason else "invalid"
            raise bad(place, f"{crosses}: {reason}")
