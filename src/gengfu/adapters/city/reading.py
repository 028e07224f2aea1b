"""Read a city pack. Shapes and references are checked; digests are for `check`."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from .areas import PEOPLE, Areas, make_areas
from .city import (
    FORMAT,
    FORMAT_VERSION,
    WGS84,
    Agency,
    City,
    Device,
    Place,
    Post,
    Source,
    Unit,
    services_of,
)
from .classes import road_classes
from .columns import Columns
from .findings import bad, printable
from .first_response import load_first_response
from .network import Network
from .writing import MANIFEST, ORDER


def load(folder: Path | str) -> City:
    """Read a pack whole: 260,000 nodes in well under a second.

    Raises BadInput naming the file (and field) that is missing, truncated, of another
    version, or refers to rows that are not there.
    """
    home = Path(folder)
    facts = read_manifest(home)
    areas = _areas(home)
    agencies = _agencies(home)
    posts = _posts(home)
    units = _units(home)
    _refuse_loose_ends(agencies, posts, units)
    bbox, counts, sources = _described(facts)
    return City(
        folder=home,
        name=str(facts["name"]),
        name_zh=str(facts["name_zh"]),
        timezone=check_timezone(str(facts["timezone"]), MANIFEST),
        bbox=bbox,
        srid=WGS84,
        class_table=str(facts["class_table"]),
        counts=counts,
        sources=sources,
        roads=_roads(home),
        areas=areas,
        places=tuple(Place(**row) for row in _named_points(home, "places.parquet")),
        agencies=agencies,
        posts=posts,
        units=units,
        devices=tuple(Device(**row) for row in _named_points(home, "devices.parquet")),
        sea=_sea(home),
        first_due=load_first_response(home, services_of(posts)),
    )


def read_manifest(home: Path) -> dict[str, Any]:
    """Read the facts of `city.toml`; BadInput unless it is a pack of this version."""
    manifest = home / MANIFEST
    try:
        facts = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise bad(str(home), f"is no city pack: it has no {MANIFEST}") from None
    except NotADirectoryError:
        raise bad(str(home), "is no folder") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise bad(MANIFEST, f"cannot be read: {fault}") from None
    if facts.get("format") != FORMAT:
        raise bad(MANIFEST, f"format is not {FORMAT!r}")
    if facts.get("version") != FORMAT_VERSION:
        have = printable(str(facts.get("version")))
        raise bad(MANIFEST, f"version {have}; this Gengfu reads {FORMAT_VERSION}")
    needed = (
        "name", "name_zh", "timezone", "bbox", "srid", "class_table", "counts",
        "source", "files",
    )  # fmt: skip
    for key in needed:
        if key not in facts:
            raise bad(f"{MANIFEST}, field {key}", "is missing")
    return facts


def _described(
    facts: dict[str, Any],
) -> tuple[tuple[float, float, float, float], dict[str, int], tuple[Source, ...]]:
    """Bounds, counts and sources of a manifest; BadInput when they are none."""
    field = "bbox"
    try:
        west, south, east, north = (float(v) for v in facts["bbox"])
        field = "counts"
        counts = {str(k): int(v) for k, v in facts["counts"].items()}
        field = "source"
        sources = tuple(Source(**source) for source in facts["source"])
    except (TypeError, ValueError, AttributeError):
        raise bad(f"{MANIFEST}, field {field}", "is not as it was built") from None
    if facts["srid"] != WGS84:
        raise bad(f"{MANIFEST}, field srid", f"is not {WGS84}")
    return (west, south, east, north), counts, sources


def check_timezone(name: str, where: str) -> str:
    """`name` when it is a time zone of the IANA database, else BadInput."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f"{printable(name)!r} is no IANA time zone"
        raise bad(f"{where}, field timezone", what) from None
    return name


def _roads(home: Path) -> Network:
    nodes = Columns(home / "roads/nodes.parquet", "roads/nodes.parquet")
    edges = Columns(home / "roads/edges.parquet", "roads/edges.parquet")
    shapes = Columns(home / "roads/shapes.parquet", "roads/shapes.parquet")
    names = Columns(home / "roads/names.parquet", "roads/names.parquet")
    place, drawn = nodes.points(), shapes.lines()
    network = Network(
        lon=place.lon,
        lat=place.lat,
        component=nodes.numbers("component", np.int32),
        tails=edges.numbers("tail", np.int32),
        heads=edges.numbers("head", np.int32),
        length_m=edges.numbers("length_m", np.float64),
        speed_kmh=edges.numbers("speed_kmh", np.float32),
        speed_origin=edges.numbers("speed_origin", np.uint8),
        road_class=edges.numbers("road_class", np.uint8),
        oneway_origin=edges.numbers("oneway_origin", np.uint8),
        emergency_only=edges.numbers("emergency_only", np.bool_),
        name=edges.numbers("name", np.int32),
        alias=edges.numbers("alias", np.int32),
        shape=edges.numbers("shape", np.int32),
        backward=edges.numbers("backward", np.bool_),
        shape_offsets=drawn.offsets,
        shape_lon=drawn.lon,
        shape_lat=drawn.lat,
        names=names.texts("name"),
        names_zh=names.texts("name_zh"),
        order=_order(home, place.lon.size),
    )
    _refuse_bad_roads(network)
    return network


def _order(home: Path, nodes: int) -> NDArray[np.int32]:
    """Contraction order of the roads; empty where the pack has none."""
    if not (home / ORDER).exists():
        return np.zeros(0, np.int32)
    order = Columns(home / ORDER, ORDER).numbers("node", np.int32)
    listed = np.zeros(nodes, np.bool_)
    listed[order[(order >= 0) & (order < nodes)]] = True
    if order.size != nodes or not listed.all():
        raise bad(f"{ORDER}, field node", "does not list every node once")
    return order


def _refuse_bad_roads(roads: Network) -> None:
    label = "roads/edges.parquet"
    limits: tuple[tuple[str, NDArray[Any], int, int], ...] = (
        ("tail", roads.tails, 0, roads.node_count),
        ("head", roads.heads, 0, roads.node_count),
        ("name", roads.name, -1, len(roads.names)),
        ("alias", roads.alias, -1, len(roads.names)),
        ("shape", roads.shape, 0, roads.shape_offsets.size - 1),
        ("road_class", roads.road_class, 0, len(road_classes().classes)),
    )
    for field, values, least, end in limits:
        wrong = (values < least) | (values >= end)
        if wrong.any():
            row = int(np.argmax(wrong))
            what = f"{values[row]} is not in {least}-{end - 1}"
            raise bad(f"{label}, row {row}, field {field}", what)
    for field, numbers in (
        ("length_m", roads.length_m),
        ("speed_kmh", roads.speed_kmh),
    ):
        wrong = ~(np.isfinite(numbers) & (numbers > 0))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise bad(
                f"{label}, row {row}, field {field}", f"{numbers[row]} is not above 0"
            )


def _areas(home: Path) -> Areas:
    rows = Columns(home / "areas.parquet", "areas.parquet")
    ids = rows.texts("id")
    at = {area_id: i for i, area_id in enumerate(ids)}
    parent = np.full(len(ids), -1, np.int32)
    for i, text in enumerate(rows.texts("parent")):
        if text and text not in at:
            what = f"no area {printable(text)!r}"
            raise bad(f"areas.parquet, row {i}, field parent", what)
        if text:
            parent[i] = at[text]
    people = {field: rows.numbers(field, np.float64) for field in PEOPLE}
    return make_areas(
        ids,
        rows.texts("name"),
        rows.texts("name_zh"),
        rows.texts("kind"),
        parent,
        people,
        rows.polygons(),
    )


def _named_points(home: Path, file: str) -> list[dict[str, Any]]:
    if not (home / file).exists():
        return []
    rows = Columns(home / file, file)
    return _records(rows, ("id", "name", "name_zh", "kind", "area"), points=True)


def _records(
    rows: Columns, fields: tuple[str, ...], *, points: bool
) -> list[dict[str, Any]]:
    columns: dict[str, Any] = {field: rows.texts(field) for field in fields}
    columns["composed"] = rows.numbers("composed", np.bool_).tolist()
    if points:
        place = rows.points()
        columns["lon"], columns["lat"] = place.lon.tolist(), place.lat.tolist()
    keys = tuple(columns)
    return [
        dict(zip(keys, values, strict=True))
        for values in zip(*columns.values(), strict=True)
    ]


def _agencies(home: Path) -> tuple[Agency, ...]:
    rows = Columns(home / "agencies.parquet", "agencies.parquet")
    fields = ("id", "name", "name_zh", "kind")
    return tuple(Agency(**row) for row in _records(rows, fields, points=False))


def _posts(home: Path) -> tuple[Post, ...]:
    rows = Columns(home / "posts.parquet", "posts.parquet")
    fields = ("id", "name", "name_zh", "kind", "agency", "area")
    off_road = rows.numbers("off_road_m", np.float64).tolist()
    reachable = rows.numbers("reachable", np.bool_).tolist()
    return tuple(
        Post(**row, off_road_m=off, reachable=reach)
        for row, off, reach in zip(
            _records(rows, fields, points=True), off_road, reachable, strict=True
        )
    )


def _units(home: Path) -> tuple[Unit, ...]:
    rows = Columns(home / "units.parquet", "units.parquet")
    fields = ("id", "call_sign", "kind", "agency", "post")
    crews = rows.numbers("crew", np.int32).tolist()
    return tuple(
        Unit(**row, skills=skills, capabilities=capabilities, crew=crew)
        for row, skills, capabilities, crew in zip(
            _records(rows, fields, points=False),
            rows.lists("skills"),
            rows.lists("capabilities"),
            crews,
            strict=True,
        )
    )


def _refuse_loose_ends(
    agencies: tuple[Agency, ...], posts: tuple[Post, ...], units: tuple[Unit, ...]
) -> None:
    known = {agency.id for agency in agencies}
    standing = {post.id for post in posts}
    for unit in units:
        if unit.agency not in known:
            what = f"no agency {printable(unit.agency)!r}"
            raise bad(f"units.parquet, unit {unit.id}, field agency", what)
        if unit.post not in standing:
            what = f"no post {printable(unit.post)!r}"
            raise bad(f"units.parquet, unit {unit.id}, field post", what)


def _sea(home: Path) -> Any | None:
    if not (home / "sea.parquet").exists():
        return None
    shapes = Columns(home / "sea.parquet", "sea.parquet").polygons()
    return shapes[0] if shapes.size else None
