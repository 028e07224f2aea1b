"""Roads from an OpenStreetMap PBF (or .osm) extract.

Lines meet only where they share an OSM node, so a bridge stays apart from what it
crosses. One-way follows `oneway` (yes, true, 1, -1, reverse), and motorways, their
ramps and roundabouts are one-way unless `oneway=no`. Private roads and ways closed to
motor vehicles are left out. Kept but marked for emergency vehicles alone: pedestrian
streets, busways, ways with `emergency=yes` or `service=emergency_access`, and ways that
are closed (`access=no`) save to emergency vehicles. A fire engine is not taken to drive
against a one-way street; a crew may, the planned times do not count on it.
"""

import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import osmium as _osmium
from numpy.typing import NDArray

from .classes import road_classes
from .findings import Where, bad, clean_name
from .lines import NameTable, OnewayOrigin, RoadLines, check_speed
from .vector import off_globe

osmium = cast("Any", _osmium)

UNREADABLE: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    OSError,
    osmium.InvalidLocationError,
)
"""What the reader raises for bytes that are no OSM."""

SUFFIXES = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_SPEED = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?$")
_MPH = 1.609344
_YES = frozenset({"yes", "true", "1", "designated", "permissive", "destination"})
_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "delivery"})
_IMPLIED_ONEWAY = frozenset({"motorway", "motorway_link"})


class _Lines:
    """Grows while the file is read; becomes RoadLines at its end."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.rows: list[int] = []
        self.lengths: list[int] = []
        self.refs: list[int] = []
        self.road_class: list[int] = []
        self.forward: list[float] = []
        self.backward: list[float] = []
        self.direction: list[int] = []
        self.origin: list[int] = []
        self.emergency: list[bool] = []
        self.name: list[int] = []
        self.alias: list[int] = []
        self.names = NameTable()
        self.left_out: dict[str, int] = {}

    def leave_out(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def take(self, way_id: int, tags: dict[str, str], refs: list[int]) -> None:
        classes = road_classes()
        highway = tags["highway"]
        code = classes.osm.get(highway)
        if code is None:
            known = highway in classes.excluded
            self.leave_out(f"highway={highway}" if known else "highway: unknown value")
            return
        passes = _who_passes(tags, classes.classes[code].emergency_only)
        if passes is None:
            self.leave_out("private or closed to motor vehicles")
            return
        if tags.get("area") == "yes":
            self.leave_out("area=yes")
            return
        if len(refs) <= 1:
            self.leave_out("fewer than two nodes")
            return
        place = self.where.at(f"way {way_id}")
        direction, origin = _direction(tags)
        self.rows.append(way_id)
        self.lengths.append(len(refs))
        self.refs.extend(refs)
        self.road_class.append(code)
        self.forward.append(_speed(tags, "forward", place))
        self.backward.append(_speed(tags, "backward", place))
        self.direction.append(direction)
        self.origin.append(origin)
        self.emergency.append(passes == "emergency")
        name_place = self.where.at(f"way {way_id}", "name")
        name = clean_name(tags.get("name", ""), name_place)
        name_zh = clean_name(tags.get("name:zh", ""), name_place)
        other = tags.get("ref") or tags.get("alt_name") or ""
        other = clean_name(other.split(";")[0], self.where.at(f"way {way_id}", "ref"))
        self.name.append(self.names.add(name or other, name_zh))
        self.alias.append(self.names.add(other) if name and other else -1)


def _who_passes(tags: dict[str, str], emergency_only: bool) -> str | None:
    """`public`, `emergency`, or None for nobody we plan for."""
    emergency = tags.get("emergency") in _YES or (
        tags.get("service") == "emergency_access"
    )
    rule = tags.get("access", "")
    for key in ("vehicle", "motor_vehicle", "motorcar"):  # the nearer word wins
        rule = tags.get(key, rule)
    if emergency_only:
        closed = tags.get("access") in {"no", "private"}
        return "emergency" if emergency or not closed else None
    if rule in _CLOSED:
        return "emergency" if emergency else None
    return "emergency" if tags.get("service") == "emergency_access" else "public"


def _direction(tags: dict[str, str]) -> tuple[int, int]:
    said = tags.get("oneway:motor_vehicle") or tags.get("oneway", "")
    said = said.strip().lower()
    if said in {"yes", "true", "1"}:
        return 1, OnewayOrigin.TAGGED
    if said in {"-1", "reverse"}:
        return -1, OnewayOrigin.TAGGED
    if said in {"no", "false", "0", "reversible", "alternating"}:
        return 0, OnewayOrigin.BOTH
    round_about = tags.get("junction") in {"roundabout", "circular"}
    if round_about or tags["highway"] in _IMPLIED_ONEWAY:
        return 1, OnewayOrigin.IMPLIED
    return 0, OnewayOrigin.BOTH


def _speed(tags: dict[str, str], way: str, where: Where) -> float:
    """Read the posted limit, km/h; NaN when none or written in words (`RO:urban`)."""
    for key in (f"maxspeed:{way}", "maxspeed"):
        said = tags.get(key)
        if said is None:
            continue
        match = _SPEED.match(said.split(";")[0].strip().lower())
        if match is None:
            return float("nan")
        speed = float(match.group(1)) * (_MPH if match.group(2) == "mph" else 1.0)
        return check_speed(speed, where.at(where.row, key))
    return float("nan")


def read_osm(path: Path) -> RoadLines:
    """Read the drivable ways of an extract.

    Raises BadInput for a file that is truncated or no OSM, for a way whose nodes are
    not all in the file, for speeds no road has and for hostile names.
    """
    if not path.is_file():
        raise bad(path, "no such file")
    where = Where(path.name)
    lines = _Lines(where)
    try:
        _read_ways(path, lines)
        refs = np.array(lines.refs, dtype=np.int64)
        if refs.size == 0:
            raise bad(where, "has no road that a vehicle may use")
        lon, lat = _read_nodes(path, refs, where)
    except UNREADABLE as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise bad(where, f"truncated or not an OSM file: {reason}") from None
    return _finished(lines, refs, lon, lat)


def _read_ways(path: Path, lines: _Lines) -> None:
    ways = osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    )
    for way in ways:
        tags = {tag.k: tag.v for tag in way.tags}
        lines.take(int(way.id), tags, [int(node.ref) for node in way.nodes])


def _read_nodes(
    path: Path, refs: NDArray[np.int64], where: Where
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude for every reference."""
    wanted, place = np.unique(refs, return_inverse=True)
    lon = np.full(wanted.size, np.nan)
    lat = np.full(wanted.size, np.nan)
    row = {int(node_id): i for i, node_id in enumerate(wanted)}
    keep = osmium.filter.IdFilter(wanted.tolist())
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(keep):
        if node.location.valid():
            lon[row[int(node.id)]] = node.location.lon
            lat[row[int(node.id)]] = node.location.lat
    fault = off_globe(lon, lat)
    if fault is not None:
        raise bad(
            where.at(f"node {wanted[fault]}", "location"),
            "missing or not on the globe, though a road uses it",
        )
    return lon[place], lat[place]


def _finished(
    lines: _Lines,
    refs: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> RoadLines:
    return RoadLines(
        where=lines.where,
        rows=np.array(lines.rows, np.int64),
        offsets=np.concatenate([[0], np.cumsum(lines.lengths)]).astype(np.int64),
        lon=lon,
        lat=lat,
        keys=refs,
        road_class=np.array(lines.road_class, np.uint8),
        speed_forward_kmh=np.array(lines.forward, np.float32),
        speed_backward_kmh=np.array(lines.backward, np.float32),
        direction=np.array(lines.direction, np.int8),
        oneway_origin=np.array(lines.origin, np.uint8),
        emergency_only=np.array(lines.emergency, np.bool_),
        name=np.array(lines.name, np.int32),
        alias=np.array(lines.alias, np.int32),
        names=lines.names.names,
        names_zh=lines.names.names_zh,
        left_out=dict(sorted(lines.left_out.items())),
    )
