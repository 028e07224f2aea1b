"""Roads from a vector layer: TIGER, Geofabrik-like extracts, AequilibraE, any GIS.

Columns understood (in any letter case): class `MTFCC`, `highway`, `fclass`, `link_type`
or `class`; name `FULLNAME`, `name` or `street`; Chinese name `name_zh`; speed
`speed_kmh` or `maxspeed` (km/h; per direction `speed_ab`, `speed_ba`); direction
`direction` (0, 1, -1) or `oneway` (yes/no/-1, B/F/T, FT/TF); levels `layer`,
`bridge`, `tunnel`; AequilibraE `a_node` and `b_node`.

Noding rule where the source states no nodes: lines meet at vertices they share (equal
to 1e-7 degree), be it the end of one touching a vertex of another or a vertex common to
both. Where lines cross without a common vertex they do not meet. A common vertex is no
junction when both lines pass through it on different levels. TIGER puts a vertex at
every crossing on the map, bridges too, so there:
a freeway (S1100) meets only ramps, other freeways, and secondary roads that end on it;
a ramp (S1630) meets what begins or ends at the vertex, or is met where it ends itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .classes import road_classes
from .findings import bad, printable
from .lines import NameTable, OnewayOrigin, RoadLines, check_speed, grid_keys
from .vector import Layer, number_value, read_layer

shapely = cast("Any", _shapely)

_FORWARD = frozenset({"yes", "true", "1", "f", "ft", "t_f", "from-to"})
_BACKWARD = frozenset({"-1", "reverse", "t", "tf"})
_BOTH = frozenset({"", "no", "false", "0", "b"})
_IMPLIED_ONEWAY = frozenset({"motorway", "motorway_link"})
_LINE_TYPES = frozenset({1, 5})  # shapely: LineString, MultiLineString


@dataclass(frozen=True, slots=True)
class _Kept:
    """The lines taken over: the row each came from and its class."""

    row: NDArray[np.intp]
    road_class: NDArray[np.uint8]
    left_out: dict[str, int]


def read_vector_roads(path: Path, layer: str | None = None) -> RoadLines:
    """Read a layer of road lines.

    Raises BadInput as :func:`read_layer` does, and for rows that are no lines, unknown
    classes or directions, and speeds that no road has.
    """
    source = read_layer(path, layer)
    types = shapely.get_type_id(source.geometry)
    for row, kind in zip(source.rows, types, strict=True):
        if int(kind) not in _LINE_TYPES:
            place = source.where.at(int(row), "geometry")
            raise bad(place, "not a line")
    kept = _classify(source)
    parts, index = shapely.get_parts(source.geometry[kept.row], return_index=True)
    drawn = ~shapely.is_empty(parts)
    parts, index = parts[drawn], index[drawn]
    row = kept.row[index]
    road_class = kept.road_class[index]
    counts = shapely.get_num_coordinates(parts)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    xy = shapely.get_coordinates(parts)
    lon, lat = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    keys = _keys(source, row, road_class, offsets, lon, lat)
    names = NameTable()
    texts = source.texts("FULLNAME", "name", "street")
    texts_zh = source.texts("name_zh", "name:zh")
    name_of_row = np.array(
        [names.add(a, b) for a, b in zip(texts, texts_zh, strict=True)], np.int32
    )
    direction, origin = _directions(source)
    forward, backward = _speeds(source)
    implied = _implied(source, direction, road_class, row)
    return RoadLines(
        where=source.where,
        rows=source.rows[row],
        offsets=offsets,
        lon=lon,
        lat=lat,
        keys=keys,
        road_class=road_class,
        speed_forward_kmh=forward[row],
        speed_backward_kmh=backward[row],
        direction=np.where(implied, 1, direction[row]).astype(np.int8),
        oneway_origin=np.where(implied, OnewayOrigin.IMPLIED, origin[row]).astype(
            np.uint8
        ),
        emergency_only=np.array(
            [c.emergency_only for c in road_classes().classes], np.bool_
        )[road_class],
        name=name_of_row[row],
        alias=np.full(row.size, -1, np.int32),
        names=names.names,
        names_zh=names.names_zh,
        left_out=kept.left_out,
    )


def _classify(source: Layer) -> _Kept:
    classes = road_classes()
    column_names = ("MTFCC", "highway", "fclass", "link_type", "class")
    source.need(*column_names)
    field = next(n for n in column_names if source.column(n) is not None)
    known = classes.mtfcc if field == "MTFCC" else classes.osm
    left_out: dict[str, int] = {}
    rows: list[int] = []
    codes: list[int] = []
    for i, text in enumerate(source.texts(field)):
        code = known.get(text)
        if code is not None:
            rows.append(i)
            codes.append(code)
        elif text in classes.excluded:
            reason = f"{field}={text}"
            left_out[reason] = left_out.get(reason, 0) + 1
        else:
            place = source.where.at(int(source.rows[i]), field)
            raise bad(place, f"unknown road class {printable(text)!r}")
    if not rows:
        raise bad(source.where, "has no road that a vehicle may use")
    return _Kept(np.array(rows, np.intp), np.array(codes, np.uint8), left_out)


def _directions(source: Layer) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    field = "direction" if source.column("direction") is not None else "oneway"
    direction = np.zeros(len(source.rows), np.int8)
    for i, text in enumerate(source.texts(field)):
        said = text.lower()
        if said in _FORWARD:
            direction[i] = 1
        elif said in _BACKWARD:
            direction[i] = -1
        elif said not in _BOTH:
            place = source.where.at(int(source.rows[i]), field)
            raise bad(place, f"unknown direction {printable(text)!r}")
    origin = np.where(direction != 0, OnewayOrigin.TAGGED, OnewayOrigin.BOTH)
    return direction, origin.astype(np.uint8)


def _implied(
    source: Layer,
    direction: NDArray[np.int8],
    road_class: NDArray[np.uint8],
    row: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Motorways are one-way where the layer follows OSM and leaves the word out.

    TIGER does not draw lines in the direction of traffic, so nothing is implied there.
    """
    silent = [text == "" for text in source.texts("oneway")]
    if source.column("oneway") is None or source.column("MTFCC") is not None:
        return np.zeros(row.size, np.bool_)
    classes = road_classes().classes
    implied = np.array([c.id in _IMPLIED_ONEWAY for c in classes], np.bool_)
    return implied[road_class] & np.array(silent)[row] & (direction[row] == 0)


def _speeds(source: Layer) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    both = _speed_column(source, "speed_kmh", "maxspeed")
    forward = _speed_column(source, "speed_ab")
    backward = _speed_column(source, "speed_ba")
    return (
        np.where(np.isnan(forward), both, forward).astype(np.float32),
        np.where(np.isnan(backward), both, backward).astype(np.float32),
    )


def _speed_column(source: Layer, *names: str) -> NDArray[np.float64]:
    speeds = np.full(len(source.rows), np.nan)
    for name in names:
        column = source.column(name)
        if column is None:
            continue
        for i, value in enumerate(column):
            place = source.where.at(int(source.rows[i]), name)
            speed = number_value(value, place, least=-np.inf)
            if not np.isnan(speed) and not (name == "maxspeed" and speed == 0):
                speeds[i] = check_speed(speed, place)
        break
    return speeds


def _keys(
    source: Layer,
    row: NDArray[np.intp],
    road_class: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> NDArray[np.int64]:
    first, last = offsets[:-1], offsets[1:] - 1
    a_node, b_node = source.column("a_node"), source.column("b_node")
    private = -1 - np.arange(lon.size, dtype=np.int64)
    if a_node is not None and b_node is not None:
        keys = private
        keys[first] = _node_numbers(source, "a_node", a_node)[row]
        keys[last] = _node_numbers(source, "b_node", b_node)[row]
        return keys
    keys = grid_keys(lon, lat)
    line = np.repeat(np.arange(row.size), np.diff(offsets))
    through = np.ones(lon.size, np.bool_)
    through[first] = through[last] = False
    if source.column("MTFCC") is not None:
        apart = _tiger_apart(keys, through, road_class[line])
    else:
        apart = _level_apart(keys, through, _levels(source)[row][line])
    return np.where(apart, private, keys)


def _node_numbers(source: Layer, field: str, column: Any) -> NDArray[np.int64]:
    numbers = np.zeros(len(source.rows), np.int64)
    for i, value in enumerate(column):
        place = source.where.at(int(source.rows[i]), field)
        number = number_value(value, place)
        if np.isnan(number):
            raise bad(place, "is empty")
        numbers[i] = int(number)
    return numbers


def _levels(source: Layer) -> NDArray[np.int64]:
    """Read levels: `layer` where given, else 1 on bridges, -1 in tunnels."""
    levels = np.zeros(len(source.rows), np.int64)
    yes = {"yes", "true", "1", "t", "viaduct"}
    for field, level in (("bridge", 1), ("tunnel", -1)):
        said = np.array([text.lower() in yes for text in source.texts(field)])
        levels[said] = level
    column = source.column("layer")
    if column is not None:
        for i, value in enumerate(column):
            place = source.where.at(int(source.rows[i]), "layer")
            number = number_value(value, place, least=-50)
            if not np.isnan(number) and number != 0:
                levels[i] = int(number)
    return levels


def _level_apart(
    keys: NDArray[np.int64], through: NDArray[np.bool_], level: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Vertices passed on a level other than 0; those that end there still meet."""
    _, place = np.unique(keys, return_inverse=True)
    ends_here = np.zeros(place.max() + 1, np.bool_)
    ends_here[place[~through]] = True
    return through & (level != 0) & ~ends_here[place]


def _tiger_apart(
    keys: NDArray[np.int64],
    through: NDArray[np.bool_],
    road_class: NDArray[np.uint8],
) -> NDArray[np.bool_]:
    """Vertices that a freeway or ramp passes over or under without meeting."""
    mtfcc = road_classes().mtfcc
    freeway = road_class == mtfcc["S1100"]
    ramp = road_class == mtfcc["S1630"]
    secondary = road_class == mtfcc["S1200"]
    _, place = np.unique(keys, return_inverse=True)

    def some(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found = np.zeros(place.max() + 1, np.bool_)
        found[place[mask]] = True
        return found[place]

    ordinary = ~freeway & ~ramp
    joins_freeway = some((ramp | secondary) & ~through) | some(freeway & ~through)
    freeway_apart = freeway & through & ~joins_freeway
    # A street that is cut in two by a change of name below a ramp does not meet it.
    goes_on = some(ordinary & through) | _twice(place, ordinary & ~through)
    joins_ramp = some(ramp & ~through) | (some(ordinary & ~through) & ~goes_on)
    ramp_apart = ramp & through & ~joins_ramp
    # Where a ramp leaves a freeway, streets passing on the map below stay out.
    freeway_here = some(freeway & ~freeway_apart)
    street_apart = ordinary & ~secondary & freeway_here & some(freeway & through)
    return freeway_apart | ramp_apart | street_apart


def _twice(place: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count = np.bincount(place[mask], minlength=int(place.max()) + 1)
    return (count > 1)[place]
