"""Where events are: by the name of an area, or by coordinates in its polygon."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .columns import compute, pyarrow

type Flags = NDArray[np.bool_]
type Locate = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int32]]

_EAST, _NORTH = 180, 90
_NUMBER = r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_PAIR = rf"^\(?\s*(?P<lat>{_NUMBER})\s*[,;]\s*(?P<lon>{_NUMBER})\s*\)?$"
_WKT = rf"^(?i:point)\s*\(\s*(?P<lon>{_NUMBER})\s+(?P<lat>{_NUMBER})\s*\)$"


@dataclass(frozen=True, slots=True)
class Places:
    """For each row its area and coordinates, null where there is none, and why."""

    area: Any
    lon: Any
    lat: Any
    written: Any
    impossible: Flags
    missing: Flags
    unknown: Flags
    outside: Flags


def read_places(
    area: Any,
    coordinates: tuple[Any, ...],
    ids: Sequence[str] | None,
    names: Mapping[str, str],
    locate: Locate | None,
) -> Places:
    """Return the places of rows.

    `coordinates` are the texts of lon, lat and of both in one cell ("(lat, lon)" or
    "POINT (lon lat)"). The name of a known area counts more than coordinates; with
    neither list nor polygons a name is taken as it is.
    """
    lon, lat, impossible, written = _coordinates(*coordinates)
    has_point = ~np.isnan(lon)
    named = _flags(compute.not_equal(area, ""))
    if ids is None:
        found = compute.if_else(pyarrow.array(named), area, None)
    else:
        by_name = {name.casefold(): of for name, of in names.items()}
        by_name |= {one.casefold(): one for one in ids}
        lower = compute.utf8_lower(area)
        place = compute.index_in(lower, value_set=pyarrow.array(list(by_name)))
        found = pyarrow.array(list(by_name.values()), pyarrow.string()).take(place)
    without = ~_flags(found.is_valid())
    if ids is not None and locate is not None:
        rows = np.flatnonzero(without & has_point)
        if rows.size:
            inside = locate(lon[rows], lat[rows])
            words = np.full(without.size, None, object)
            words[rows[inside >= 0]] = np.array(ids, object)[inside[inside >= 0]]
            located = pyarrow.array(words, pyarrow.string())
            found = compute.coalesce(found, located)
            without = ~_flags(found.is_valid())
    looked = has_point & (locate is not None)
    return Places(
        found,
        pyarrow.array(lon, mask=~has_point),
        pyarrow.array(lat, mask=~has_point),
        written,
        impossible,
        without & ~named & ~looked,
        without & named & ~looked,
        without & looked,
    )


def _coordinates(
    lon: Any, lat: Any, point: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], Flags, Any]:
    """Return lon and lat (NaN: none), which cannot be, and what was written."""
    for pattern in (_PAIR, _WKT):
        parts = compute.extract_regex(point, pattern)
        there = parts.is_valid()
        lon = compute.if_else(there, compute.struct_field(parts, "lon"), lon)
        lat = compute.if_else(there, compute.struct_field(parts, "lat"), lat)
    written = compute.utf8_trim_whitespace(
        compute.binary_join_element_wise(lon, lat, point, " ")
    )
    x, y = _number(lon), _number(lat)
    nowhere = ~((np.abs(x) <= _EAST) & (np.abs(y) <= _NORTH)) | ((x == 0) & (y == 0))
    given = _flags(compute.not_equal(written, ""))
    x[nowhere], y[nowhere] = np.nan, np.nan
    return x, y, given & nowhere, written


def _number(texts: Any) -> NDArray[np.float64]:
    good = compute.match_substring_regex(texts, f"^{_NUMBER}$")
    numbers = compute.if_else(good, texts, None).cast(pyarrow.float64())
    return np.array(numbers.to_numpy(zero_copy_only=False), np.float64)


def _flags(column: Any) -> Flags:
    return cast("Flags", column.fill_null(False).to_numpy(zero_copy_only=False))
