"""Read one layer of a vector file (GeoPackage, Shapefile, GeoJSON, SpatiaLite).

The seam to pyogrio, pyproj and shapely, which carry no types: everything past this
module is arrays of WGS 84 degrees and Python strings. Faults are BadInput lines.
pyogrio and pyproj are loaded with the first file: a server reads a pack without them.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .findings import Where, bad, clean_name, printable

shapely = cast("Any", _shapely)

Geometries = NDArray[Any]
"""One shapely geometry a row."""
Column = Sequence[Any]

EAST_MOST, NORTH_MOST = 180.0, 90.0
SUFFIXES = frozenset({".gpkg", ".shp", ".geojson", ".json", ".sqlite", ".fgb"})
# GDAL tells of these while it repairs them without loss; anything else it
# mentions while reading means that rows may be missing, and stops the build.
_HARMLESS = ("Several features with id", "Measured (M) geometry", "driver does not")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a geometry and a value of every column for each row."""

    where: Where
    rows: NDArray[np.int64]  # the number by which the file itself calls the row
    geometry: Geometries
    columns: Mapping[str, Column]

    def find(self, *names: str) -> str | None:
        """Find the first of `names` that the layer has, in any letter case."""
        lower = {name.lower(): name for name in self.columns}
        return next((lower[n.lower()] for n in names if n.lower() in lower), None)

    def column(self, *names: str) -> Column | None:
        """Return the column that `find` finds."""
        found = self.find(*names)
        return None if found is None else self.columns[found]

    def need(self, *names: str) -> Column:
        """As `column`; BadInput when the layer has none of them."""
        found = self.column(*names)
        if found is None:
            has = ", ".join(sorted(self.columns)) or "none"
            raise bad(self.where, f"missing column {' or '.join(names)} (has: {has})")
        return found

    def texts(self, *names: str) -> list[str]:
        """Read a column as clean text, "" where empty or where there is none."""
        field = self.find(*names)
        if field is None:
            return [""] * len(self.rows)
        return [
            text_value(value, self.where.at(int(row), field))
            for row, value in zip(self.rows, self.columns[field], strict=True)
        ]


def text_value(value: Any, where: Where) -> str:
    """Read a cell as clean text; whole numbers without a decimal point, none as ""."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bytes):
        raise bad(where, "holds bytes, not text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean_name(str(value), where)


def number_value(value: Any, where: Where, *, least: float = 0.0) -> float:
    """Read a cell, NaN where empty; BadInput when unreadable or below least."""
    if value is None or value == "":
        return float("nan")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise bad(where, f"not a number: {printable(str(value))!r}") from None
    if np.isnan(number):
        if isinstance(value, str):
            raise bad(where, "not a number: 'nan'")
        return number
    if not np.isfinite(number):
        raise bad(where, f"not a finite number: {number}")
    if number < least:
        raise bad(where, f"{number:g} is below {least:g}")
    return number


def read_layer(path: Path, layer: str | None = None) -> Layer:
    """Read a layer, reprojected to longitude and latitude of WGS 84.

    `layer` may be left out where the file has one. Raises BadInput, naming the row,
    for a missing CRS, an empty geometry, text in a wrong encoding, a coordinate that
    is not finite or not on the globe, or a file that cannot be read to its end.
    """
    if not path.is_file():
        raise bad(path, "no such file")
    chosen = _choose_layer(path, layer)
    where = Where(path.name, chosen)
    meta, fids, blobs, values = _read(path, chosen, where)
    if blobs is None:
        raise bad(where, "has no geometry")
    geometry = _decode(blobs, where, fids)
    _refuse_holes(geometry, where, fids)
    geometry = shapely.force_2d(geometry)
    geometry = _to_wgs84(geometry, meta["crs"], where)
    _refuse_far(geometry, where, fids)
    columns = {
        str(name): cast("Column", column)
        for name, column in zip(meta["fields"], values, strict=True)
    }
    return Layer(where, fids.astype(np.int64), geometry, columns)


def _choose_layer(path: Path, layer: str | None) -> str:
    names = layer_names(path)
    if layer is None and len(names) == 1:
        return names[0]
    if layer is not None and layer in names:
        return layer
    listed = ", ".join(names) or "none"
    if layer is None:
        raise bad(path, f"name one of its layers: {listed}")
    raise bad(path, f"no layer {printable(layer)!r} (has: {listed})")


def _read(
    path: Path, layer: str, where: Where
) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[Any] | None, list[Any]]:
    pyogrio = _loaded("pyogrio")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            expected = int(
                pyogrio.read_info(path, layer=layer, force_feature_count=True)[
                    "features"
                ]
            )
            meta, fids, blobs, values = pyogrio.raw.read(
                path, layer=layer, return_fids=True, force_2d=True
            )
        except UnicodeDecodeError as fault:
            text = fault.object[max(0, fault.start - 20) : fault.end + 20]
            raise bad(where, f"wrong encoding: {text!r} is not {fault.encoding}") from (
                None
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as fault:
            raise bad(where, f"cannot be read: {_first_line(fault)}") from None
        except (pyogrio.errors.FeatureError, ValueError, OSError) as fault:
            raise bad(where, f"cannot be read: {_first_line(fault)}") from None
    for warning in told:
        text = _first_line(warning.message)
        if "encod" in text.lower() or "UTF-8" in text:
            raise bad(where, f"wrong encoding: {text}")
        if not any(known in text for known in _HARMLESS):
            raise bad(where, f"cannot be read in full: {text}")
    if len(fids) < expected:
        raise bad(where, f"truncated: {expected} rows announced, {len(fids)} readable")
    if len(fids) == 0:
        raise bad(where, "has no rows")
    return meta, fids, blobs, values


def _first_line(fault: object) -> str:
    lines = str(fault).strip().splitlines()
    return lines[0] if lines else type(fault).__name__


def _decode(blobs: NDArray[Any], where: Where, rows: NDArray[np.int64]) -> NDArray[Any]:
    try:
        return shapely.from_wkb(blobs)
    except (shapely.errors.GEOSException, ValueError, TypeError):
        for row, blob in zip(rows, blobs, strict=True):
            try:
                shapely.from_wkb(blob)
            except (shapely.errors.GEOSException, ValueError, TypeError) as fault:
                place = where.at(int(row), "geometry")
                raise bad(place, f"unreadable: {_first_line(fault)}") from None
        raise


def _refuse_holes(geometry: Geometries, where: Where, rows: NDArray[np.int64]) -> None:
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if missing.any():
        row = int(rows[int(np.argmax(missing))])
        raise bad(where.at(row, "geometry"), "empty geometry")


def _to_wgs84(geometry: Geometries, crs: str | None, where: Where) -> Geometries:
    """Longitude and latitude for whatever system the file states; there must be one."""
    pyproj = _loaded("pyproj")
    if not crs:
        raise bad(where, "missing CRS: add a .prj or set the layer's reference system")
    try:
        source = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as fault:
        raise bad(where, f"unknown CRS: {_first_line(fault)}") from None
    if not (source.is_geographic or source.is_projected) or "ndefined" in source.name:
        raise bad(where, f"missing CRS: {printable(str(source.name))!r} is no place")
    target = pyproj.CRS.from_epsg(4326)
    if source.equals(target, ignore_axis_order=True):
        return geometry
    change = pyproj.Transformer.from_crs(source, target, always_xy=True)

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = change.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    return shapely.transform(geometry, moved)


def _refuse_far(geometry: Geometries, where: Where, rows: NDArray[np.int64]) -> None:
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    fault = off_globe(xy[:, 0], xy[:, 1])
    if fault is not None:
        place = where.at(int(rows[index[fault]]), "geometry")
        raise bad(place, f"not on the globe: {xy[fault, 0]:g}, {xy[fault, 1]:g}")


def off_globe(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> int | None:
    """Find the first point that is not finite or not on the globe."""
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(lon) <= EAST_MOST) & (np.abs(lat) <= NORTH_MOST))
    return int(np.argmax(wrong)) if wrong.any() else None


def layer_names(path: Path) -> list[str]:
    """List the layers of a file; BadInput when it cannot be opened."""
    pyogrio = _loaded("pyogrio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said again, and minded, when it is read
        try:
            return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        except (pyogrio.errors.DataSourceError, UnicodeDecodeError, OSError) as fault:
            raise bad(path, f"cannot be read: {_first_line(fault)}") from None


def _loaded(name: str) -> Any:
    return cast("Any", import_module(name))
