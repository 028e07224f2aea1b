"""Parquet and GeoParquet files: the seam to pyarrow, which carries no types.

Files are written so that the same rows give the same bytes. Points and lines use the
native encodings of GeoParquet 1.1 (read as flat arrays, nothing to parse), polygons
WKB.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as _pyarrow
import pyarrow.parquet as _parquet
import shapely as _shapely
from numpy.typing import NDArray

from .findings import bad

pyarrow = cast("Any", _pyarrow)
parquet = cast("Any", _parquet)
shapely = cast("Any", _shapely)

type Values = NDArray[Any] | Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Points:
    """A geometry column of points."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lines:
    """A geometry column of lines: line i has points offsets[i]:offsets[i+1]."""

    offsets: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Polygons:
    """A geometry column of shapely polygons."""

    shapes: NDArray[Any]


type Geometry = Points | Lines | Polygons


def write_columns(
    path: Path, columns: Mapping[str, Values], geometry: Geometry | None = None
) -> None:
    """Write columns of one length as Parquet, as GeoParquet with a geometry."""
    arrays = {name: _array(values) for name, values in columns.items()}
    metadata: dict[str, str] = {}
    if geometry is not None:
        arrays["geometry"], encoding, kinds, bbox = _geometry(geometry)
        described = {"encoding": encoding, "geometry_types": kinds, "bbox": bbox}
        metadata["geo"] = json.dumps(
            {
                "version": "1.1.0",
                "primary_column": "geometry",
                "columns": {"geometry": described},
            }
        )
    table = pyarrow.table(arrays)
    if metadata:
        table = table.replace_schema_metadata(metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(
        table,
        path,
        compression="zstd",
        compression_level=12,
        row_group_size=max(1, table.num_rows),
        use_dictionary=[
            name for name, a in arrays.items() if pyarrow.types.is_string(a.type)
        ],
        write_statistics=False,
    )


def _array(values: Values) -> Any:
    if isinstance(values, np.ndarray):
        return pyarrow.array(values)
    rows = list(values)
    if rows and not isinstance(rows[0], str):
        return pyarrow.array([list(r) for r in rows], pyarrow.list_(pyarrow.string()))
    return pyarrow.array(rows, pyarrow.string())


def _pairs(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
    fields = [
        pyarrow.field("x", pyarrow.float64(), nullable=False),
        pyarrow.field("y", pyarrow.float64(), nullable=False),
    ]
    return pyarrow.StructArray.from_arrays(
        [pyarrow.array(lon), pyarrow.array(lat)], fields=fields
    )


def _geometry(geometry: Geometry) -> tuple[Any, str, list[str], list[float]]:
    match geometry:
        case Points(lon, lat):
            return _pairs(lon, lat), "point", ["Point"], _bbox(lon, lat)
        case Lines(offsets, lon, lat):
            pairs = _pairs(lon, lat)
            kind = pyarrow.list_(pyarrow.field("vertices", pairs.type, nullable=False))
            starts = pyarrow.array(offsets.astype(np.int32))
            lines = pyarrow.ListArray.from_arrays(starts, pairs, type=kind)
            return lines, "linestring", ["LineString"], _bbox(lon, lat)
        case Polygons(shapes):
            xy = shapely.get_coordinates(shapes)
            kinds = sorted({str(shape.geom_type) for shape in shapes})
            blobs = pyarrow.array(shapely.to_wkb(shapes).tolist(), pyarrow.binary())
            return blobs, "WKB", kinds, _bbox(xy[:, 0], xy[:, 1])


def _bbox(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[float]:
    if lon.size == 0:
        return []
    return [float(v) for v in (lon.min(), lat.min(), lon.max(), lat.max())]


class Columns:
    """A Parquet file read back; every method is BadInput when the column is not so."""

    def __init__(self, path: Path, label: str) -> None:
        try:
            file = parquet.ParquetFile(path, memory_map=True)
            self._table = file.read(use_threads=False).combine_chunks()
        except FileNotFoundError:
            raise bad(label, "is missing") from None
        except (pyarrow.ArrowException, ValueError, OSError) as fault:
            reason = str(fault).splitlines()[0]
            raise bad(label, f"truncated or no Parquet: {reason}") from None
        self._label = label

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def has(self, name: str) -> bool:
        return name in self._table.column_names

    def _column(self, name: str) -> Any:
        if not self.has(name):
            raise bad(self._label, f"missing column {name}")
        column = self._table.column(name)
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

    def _values(self, name: str) -> list[Any]:
        try:
            return self._column(name).to_pylist()
        except (ValueError, pyarrow.ArrowException) as fault:
            where = f"{self._label}, field {name}"
            raise bad(where, f"wrong encoding: {fault}") from None

    def numbers[T: np.generic](self, name: str, kind: type[T]) -> NDArray[T]:
        """Read a column of numbers as a read-only array."""
        column = self._column(name)
        if column.null_count:
            raise bad(f"{self._label}, field {name}", "has empty cells")
        values = column.to_numpy(zero_copy_only=False)
        try:
            found = np.ascontiguousarray(values, dtype=kind)
        except (TypeError, ValueError):
            raise bad(f"{self._label}, field {name}", "is not numeric") from None
        return frozen(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a column of texts."""
        return tuple(str(v or "") for v in self._values(name))

    def lists(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Read a column of lists of texts."""
        return tuple(tuple(map(str, v or ())) for v in self._values(name))

    def points(self) -> Points:
        """Read the geometry column as points."""
        return Points(*self._pairs(self._column("geometry")))

    def lines(self) -> Lines:
        """Read the geometry column as lines."""
        column = self._column("geometry")
        if not pyarrow.types.is_list(column.type):
            raise bad(f"{self._label}, field geometry", "is not a line column")
        lon, lat = self._pairs(column.values)
        offsets = column.offsets.to_numpy().astype(np.int64)
        return Lines(frozen(offsets), lon, lat)

    def polygons(self) -> NDArray[Any]:
        """Read the geometry column as shapely polygons."""
        blobs = self._column("geometry").to_pylist()
        try:
            return np.asarray(shapely.from_wkb(blobs), dtype=object)
        except (shapely.errors.GEOSException, TypeError):
            raise bad(f"{self._label}, field geometry", "is not WKB") from None

    def _pairs(self, column: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not pyarrow.types.is_struct(column.type):
            raise bad(f"{self._label}, field geometry", "is not a column of points")
        lon = column.field("x").to_numpy(zero_copy_only=False)
        lat = column.field("y").to_numpy(zero_copy_only=False)
        return frozen(lon), frozen(lat)


def frozen[T: np.generic](array: NDArray[T]) -> NDArray[T]:
    """Make the array read-only from here on."""
    if array.flags.writeable:
        array.flags.writeable = False
    return array
