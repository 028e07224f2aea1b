"""Build a city pack from files, or from values already at hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely

from . import areas as area_files
from . import writing
from .areas import Areas
from .areas_reading import read_areas
from .city import Place, Post, Source, Unit, services_of
from .draft import Draft, fill
from .findings import Progress, Report, bad
from .first_response import read_first_response
from .lines import RoadLines
from .network import Network, build_network
from .osm import SUFFIXES as OSM_SUFFIXES
from .osm import read_osm
from .osm_places import read_osm_places
from .reading import check_timezone
from .sources import default_sources
from .standing import (
    agencies_of,
    read_agencies,
    read_devices,
    read_places,
    read_posts,
    read_units,
    refuse_strange_agencies,
    refuse_unreachable,
)
from .tables import read_csv, read_table
from .vector import SUFFIXES as VECTOR_SUFFIXES
from .vector import layer_names, read_layer
from .vector_roads import read_vector_roads

shapely = cast("Any", _shapely)

LEAST_INSIDE = 0.1
"""At least this share of the road nodes must lie in the areas: else wrong files."""

_LAYER_NAMES: dict[str, tuple[str, ...]] = {
    "roads": ("roads", "links", "edges", "lines"),
    "areas": ("areas", "zones", "districts"),
}


def _quiet(_stage: str, _share: float) -> None:
    """Tell nobody."""


def build(
    out: Path | str,
    *,
    roads: Path | str,
    areas: Path | str,
    posts: Path | str | None = None,
    units: Path | str | None = None,
    agencies: Path | str | None = None,
    places: Path | str | None = None,
    devices: Path | str | None = None,
    sea: Path | str | None = None,
    population: Path | str | None = None,
    first_due: Path | str | None = None,
    name: str | None = None,
    name_zh: str = "",
    timezone: str = "UTC",
    roads_layer: str | None = None,
    areas_layer: str | None = None,
    sources: Sequence[Source] | None = None,
    extra: Mapping[str, Path] | None = None,
    keep_unreachable: bool = False,
    basemap: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Build a pack in the folder `out` and return what was counted and noticed.

    roads: OSM PBF, or a vector file of lines; areas: a vector file of polygons, or a
    CSV of centres with population; posts, places, devices: CSV or a vector file of
    points; units, agencies: CSV; sea: a vector file of polygons; population: CSV of
    points whose people are counted into the areas they lie in; first_due: a vector
    file of polygons with the post that goes first there. `extra` puts further files
    into the pack by name. Unreachable posts are refused unless
    `keep_unreachable`, which keeps and marks them.

    Raises BadInput with one line that names file, layer, row and field. Nothing is
    left behind in that case: the pack takes its place only when it is whole.
    """
    tell = progress or _quiet
    out = Path(out)
    check_timezone(timezone, "--timezone")
    with writing.all_or_nothing(out) as folder:
        tell("roads", 0.0)
        lines = read_roads(Path(roads), roads_layer)
        tell("graph", 0.3)
        network, mended = build_network(lines)
        tell("areas", 0.4)
        city_areas = read_areas(
            Path(areas), areas_layer or _usual_layer(Path(areas), "areas")
        )
        if population is not None:
            city_areas = _with_population(city_areas, Path(population))
        _refuse_strangers(network, city_areas, Path(roads), Path(areas))
        tell("posts", 0.5)
        listed = None if agencies is None else read_agencies(read_csv(Path(agencies)))
        standing: tuple[Post, ...] = ()
        if posts is not None:
            table = read_table(Path(posts))
            standing = read_posts(table, network, city_areas)
            if listed is not None:
                refuse_strange_agencies(standing, listed, table)
            if not keep_unreachable:
                refuse_unreachable(standing, table)
        manned: tuple[Unit, ...] = ()
        if units is not None:
            manned = read_units(read_csv(Path(units)), standing, listed)
        due = None
        if first_due is not None:
            due = read_first_response(Path(first_due), services_of(standing))
        tell("places", 0.6)
        draft = Draft(
            name=name or out.name,
            name_zh=name_zh,
            timezone=timezone,
            network=network,
            mended=mended,
            left_out=lines.left_out,
            areas=city_areas,
            agencies=agencies_of(standing, manned) if listed is None else listed,
            posts=standing,
            units=manned,
            first_due=due,
            places=_places(Path(roads), places, city_areas),
            devices=()
            if devices is None
            else read_devices(read_table(Path(devices)), city_areas),
            sea=None if sea is None else _sea(Path(sea)),
            sources=default_sources(Path(roads), Path(areas), lines)
            if sources is None
            else sources,
            extra=extra or {},
        )
        report = fill(folder, draft, basemap=basemap, tell=tell)
    tell("done", 1.0)
    return report


def write_city(
    out: Path | str,
    draft: Draft,
    *,
    basemap: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Write a pack from values at hand; the same promises as `build`."""
    tell = progress or _quiet
    with writing.all_or_nothing(Path(out)) as folder:
        report = fill(folder, draft, basemap=basemap, tell=tell)
    tell("done", 1.0)
    return report


def read_roads(path: Path, layer: str | None = None) -> RoadLines:
    """Road lines of any file we read."""
    if path.name.lower().endswith(OSM_SUFFIXES):
        return read_osm(path)
    if path.suffix.lower() in VECTOR_SUFFIXES:
        return read_vector_roads(path, layer or _usual_layer(path, "roads"))
    raise bad(path, "roads must be .osm.pbf, .gpkg, .shp, .geojson or .sqlite")


def _usual_layer(path: Path, what: str) -> str | None:
    """Choose the layer of the usual name in a file of several layers."""
    if path.suffix.lower() not in {".gpkg", ".sqlite"} or not path.is_file():
        return None
    names = layer_names(path)
    if len(names) <= 1:
        return None
    return next((n for n in _LAYER_NAMES[what] if n in names), None)


def _with_population(areas: Areas, path: Path) -> Areas:
    table = read_csv(path)
    lon, lat = table.points()
    inside = areas.locate(lon, lat)
    counted = {f: getattr(areas, f) for f in area_files.PEOPLE}
    wanted = {
        "population": ("population", "pop", "pop2000"),
        "households": ("households",),
        "floating_population": ("floating_population",),
        "vehicles": ("vehicles",),
    }
    table.need(*wanted["population"])
    for people, names in wanted.items():
        if table.find(*names) is None:
            continue
        numbers = np.nan_to_num(table.numbers(*names))
        counted[people] = np.bincount(
            inside[inside >= 0], numbers[inside >= 0], minlength=len(areas)
        )
    return area_files.make_areas(
        areas.ids,
        areas.names,
        areas.names_zh,
        areas.kinds,
        areas.parent,
        counted,
        areas.polygons,
    )


def _refuse_strangers(network: Network, areas: Areas, roads: Path, where: Path) -> None:
    step = max(1, network.node_count // 5000)
    inside = areas.locate(network.lon[::step], network.lat[::step]) >= 0
    if inside.mean() < LEAST_INSIDE:
        share = f"{inside.mean():.0%}"
        raise bad(where, f"only {share} of the roads of {roads.name} lie in its areas")


def _places(roads: Path, places: Path | str | None, areas: Areas) -> tuple[Place, ...]:
    found: tuple[Place, ...] = ()
    if roads.name.lower().endswith(OSM_SUFFIXES):
        found = read_osm_places(roads, areas)
    if places is not None:
        found += read_places(read_table(Path(places)), areas)
    seen: set[str] = set()
    for place in found:
        if place.id in seen:
            raise bad(Path(str(places)), f"place {place.id!r} is there twice")
        seen.add(place.id)
    return found


def _sea(path: Path) -> Any:
    source = read_layer(path)
    for row, shape in zip(source.rows, source.geometry, strict=True):
        if "Polygon" not in str(shape.geom_type):
            raise bad(source.where.at(int(row), "geometry"), "not a polygon")
        if not shape.is_valid:
            reason = str(shapely.is_valid_reason(shape))
            place = source.where.at(int(row), "geometry")
            raise bad(place, f"self-crossing geometry: {reason}")
    return shapely.union_all(source.geometry)
