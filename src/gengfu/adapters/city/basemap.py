"""The base map of a city pack: vector tiles in one PMTiles file, drawn from the pack.

Layers: land, water, shore, districts (areas made of areas), areas, area_labels, roads
(class, rank, ramp, oneway, name, name_zh), places, posts. Zooms 8 to 15; a viewer draws
deeper zooms from 15. The same city gives the same bytes.
"""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import mapbox_vector_tile as _mapbox_vector_tile
import numpy as np
import pmtiles.tile as _pmtiles_tile
import pmtiles.writer as _pmtiles_writer
import shapely as _shapely
from numpy.typing import NDArray

from gengfu.adapters.city.basemap_layers import (
    EXTENT,
    LEAST_ZOOM,
    MOST_ZOOM,
    Content,
    Drawing,
    Layer,
)

shapely = cast("Any", _shapely)
vector_tile = cast("Any", _mapbox_vector_tile)
pmtiles_tile = cast("Any", _pmtiles_tile)
pmtiles_writer = cast("Any", _pmtiles_writer)

_E7 = 10_000_000
_AREA = {"id": "String", "name": "String", "name_zh": "String", "level": "Number"}
_FIELDS: dict[str, dict[str, str]] = {
    "land": {},
    "water": {},
    "shore": {},
    "districts": _AREA,
    "areas": _AREA,
    "area_labels": _AREA,
    "roads": {
        "class": "String",
        "rank": "Number",
        "ramp": "Boolean",
        "oneway": "Boolean",
        "name": "String",
        "name_zh": "String",
    },
    "places": {"id": "String", "name": "String", "name_zh": "String", "kind": "String"},
    "posts": {"id": "String", "name": "String", "name_zh": "String", "kind": "String"},
}


def _quiet(_share: float) -> None:
    """Tell nobody."""


def draw_basemap(
    target: Path,
    content: Content,
    *,
    notice: str = "",
    progress: Callable[[float], None] = _quiet,
) -> int:
    """Write the base map of a city to `target` and return the number of tiles.

    Args:
        target: the PMTiles file; replaced whole or, on failure, left as it was.
        content: what to draw.
        notice: attribution that the map must show.
        progress: called with the share done, 0 to 1.

    """
    unfinished = target.with_name(target.name + ".part")
    try:
        with unfinished.open("wb") as file:
            tiles = _write(file, content, notice, progress)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return tiles


def _write(
    file: Any, content: Content, notice: str, progress: Callable[[float], None]
) -> int:
    writer = pmtiles_writer.Writer(file)
    try:
        return _fill(writer, content, notice, progress)
    finally:
        writer.tile_f.close()


def _fill(
    writer: Any, content: Content, notice: str, progress: Callable[[float], None]
) -> int:
    drawing = Drawing(content)
    tiles = 0
    shown: dict[str, int] = {}
    for zoom in range(LEAST_ZOOM, MOST_ZOOM + 1):
        layers = drawing.layers(zoom)
        for layer in layers:
            shown.setdefault(layer.name, zoom)
        drawn = {
            pmtiles_tile.zxy_to_tileid(zoom, x, y): data
            for x, y, data in _tiles(layers)
        }
        for tile_id, data in sorted(drawn.items()):
            writer.write_tile(tile_id, data)
        tiles += len(drawn)
        progress(4.0 ** (zoom - MOST_ZOOM))
    writer.finalize(_header(content), _metadata(shown, notice))
    return tiles


def _header(content: Content) -> dict[str, Any]:
    roads = content.roads
    west, south, east, north = shapely.total_bounds(content.areas.polygons).tolist()
    west, east = min(west, float(roads.lon.min())), max(east, float(roads.lon.max()))
    south, north = (
        min(south, float(roads.lat.min())),
        max(north, float(roads.lat.max())),
    )
    return {
        "tile_type": pmtiles_tile.TileType.MVT,
        "tile_compression": pmtiles_tile.Compression.GZIP,
        "min_lon_e7": round(west * _E7),
        "min_lat_e7": round(south * _E7),
        "max_lon_e7": round(east * _E7),
        "max_lat_e7": round(north * _E7),
        "center_zoom": 12,
        "center_lon_e7": round(float(np.median(roads.lon)) * _E7),
        "center_lat_e7": round(float(np.median(roads.lat)) * _E7),
    }


def _metadata(shown: dict[str, int], notice: str) -> dict[str, Any]:
    layers = [
        {"id": name, "fields": fields, "minzoom": shown[name], "maxzoom": MOST_ZOOM}
        for name, fields in _FIELDS.items()
        if name in shown
    ]
    return {
        "name": "basemap",
        "type": "baselayer",
        "attribution": notice,
        "vector_layers": layers,
    }


def _tiles(layers: list[Layer]) -> Iterator[tuple[int, int, bytes]]:
    """Tiles of one zoom that hold anything, encoded."""
    held: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for layer in layers:
        for at, features in _cut(layer):
            held.setdefault(at, []).append({"name": layer.name, "features": features})
    for (x, y), content in sorted(held.items()):
        data = vector_tile.encode(
            content, default_options={"y_coord_down": True, "extents": EXTENT}
        )
        yield x, y, gzip.compress(data, 9, mtime=0)


def _cut(layer: Layer) -> Iterator[tuple[tuple[int, int], list[dict[str, Any]]]]:
    """Cut a layer in pieces, by tile, in coordinates of the tile."""
    parts, owner = shapely.get_parts(layer.shapes, return_index=True)
    tree = shapely.STRtree(parts)
    low_x, low_y, high_x, high_y = (
        (shapely.total_bounds(parts) // EXTENT).astype(int).tolist()
    )
    for x in range(low_x, high_x + 1):
        for y in range(low_y, high_y + 1):
            west, north = x * EXTENT - layer.margin, y * EXTENT - layer.margin
            size = EXTENT + 2 * layer.margin
            box = shapely.box(west, north, west + size, north + size)
            near = np.sort(tree.query(box))
            if not len(near):
                continue
            pieces = _clipped(parts[near], box, solid=layer.solid)
            features = _features(layer, pieces, owner[near], (x, y))
            if features:
                yield (x, y), features


def _features(
    layer: Layer, pieces: Any, owner: Any, at: tuple[int, int]
) -> list[dict[str, Any]]:
    corner = np.array(at) * EXTENT
    by_owner: dict[int, list[Any]] = {}
    for piece, row in zip(_rounded(pieces, corner, layer), owner.tolist(), strict=True):
        if not piece.is_empty:
            by_owner.setdefault(row, []).append(piece)
    shapes = {row: _gathered(found, layer) for row, found in sorted(by_owner.items())}
    return [
        {"geometry": shape, "properties": layer.properties[row]}
        for row, shape in shapes.items()
        if shape is not None
    ]


def _clipped(parts: Any, box: Any, *, solid: bool) -> Any:
    """Cut by the tile; polygons the slow way, which never breaks them."""
    if solid:
        return shapely.intersection(parts, box)
    return shapely.clip_by_rect(parts, *box.bounds)


def _rounded(pieces: Any, corner: NDArray[np.int64], layer: Layer) -> Any:
    """Move to the tile and round to its grid; what vanishes there is empty."""

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points - corner

    local = shapely.transform(pieces, moved)
    if layer.solid:
        return shapely.set_precision(local, 1.0)
    # By point, so that lines keep their direction.
    return shapely.remove_repeated_points(shapely.transform(local, np.round))


def _gathered(found: list[Any], layer: Layer) -> Any | None:
    """One shape of all pieces of a feature in a tile; None when none is left."""
    parts: list[Any] = shapely.get_parts(found).tolist()
    if layer.solid:
        parts = [part for part in parts if part.geom_type == "Polygon"]
        return shapely.multipolygons(parts) if parts else None
    if parts[0].geom_type == "Point":
        return shapely.multipoints(parts)
    parts = [part for part in parts if part.length > 0]
    return shapely.multilinestrings(parts) if parts else None
