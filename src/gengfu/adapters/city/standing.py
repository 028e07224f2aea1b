"""Posts, units, agencies, places and devices, from tables to frozen rows.

Columns understood (first one found counts; lists are separated by `;`):
posts: id, name, name_zh, kind, agency, lon, lat, composed.
units: id, call_sign, kind, agency, post, skills, capabilities, crew, composed.
agencies: id, name, name_zh, kind, composed. places, devices: as posts, id optional.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import RoadIndex

from .areas import Areas, slug
from .city import Agency, Device, Place, Post, Unit, road_graph
from .findings import bad, printable
from .network import Network
from .tables import Table

FAR_FROM_ROAD_M = 500.0
"""A post farther than this from every road is taken to stand elsewhere."""
OTHER_ROAD_M = 50.0
"""A post may be this much nearer to a road that leads nowhere than to the network."""
_NAME = ("name", "common_name", "label", "nombre")
_ID = ("id", "post_id", "unit_id", "unit id", "facility_id", "place_id", "device_id")
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"", "no", "false", "0"})
_LARGEST_CREW = 1000
_COMMON_AGENCY = Agency("service", "City service", "市级服务队", "service")


@dataclass(frozen=True, slots=True)
class Snapped:
    """How points stand to the roads."""

    off_road_m: NDArray[np.float64]  # to the largest component; 1e9 where out of reach
    reachable: NDArray[np.bool_]


def snap_to_network(
    roads: Network, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> Snapped:
    """Distance to the nearest road of the largest component, and if that is the road.

    A point is reachable when that road is within 500 m and no road outside the
    component is nearer by more than 50 m.
    """
    graph = road_graph(roads)
    main = (roads.component[roads.tails] == 0) & (roads.component[roads.heads] == 0)
    to_main = RoadIndex.build(graph, main).snap(lon, lat, FAR_FROM_ROAD_M)
    off_road = np.where(to_main.known, to_main.off_road_m, 1e9)
    reachable = to_main.known.copy()
    if not main.all():
        to_any = RoadIndex.build(graph, ~main).snap(lon, lat, FAR_FROM_ROAD_M)
        reachable &= ~to_any.known | (off_road - to_any.off_road_m <= OTHER_ROAD_M)
    return Snapped(off_road, reachable)


def read_posts(table: Table, roads: Network, areas: Areas) -> tuple[Post, ...]:
    """Read posts with their area and their way onto the road network."""
    lon, lat = table.points()
    ids = table.ids(*_ID)
    names = table.texts(*_NAME)
    snapped = snap_to_network(roads, lon, lat)
    rows = zip(
        ids,
        names,
        table.texts("name_zh", "name:zh"),
        table.texts("kind", "type"),
        table.texts("agency"),
        _composed(table),
        strict=True,
    )
    return tuple(
        Post(
            id=post_id,
            name=name or post_id,
            name_zh=name_zh,
            kind=kind or "post",
            agency=agency,
            area=_area_id(areas, float(lon[i]), float(lat[i])),
            lon=float(lon[i]),
            lat=float(lat[i]),
            off_road_m=round(float(snapped.off_road_m[i]), 2),
            reachable=bool(snapped.reachable[i]),
            composed=composed,
        )
        for i, (post_id, name, name_zh, kind, agency, composed) in enumerate(rows)
    )


def refuse_strange_agencies(
    posts: Sequence[Post], agencies: Sequence[Agency], table: Table
) -> None:
    """BadInput naming the first post of an agency that is not listed."""
    known = {agency.id for agency in agencies}
    for i, post in enumerate(posts):
        if post.agency and post.agency not in known:
            what = f"no agency {printable(post.agency)!r}"
            raise bad(table.at(i, "agency"), what)


def refuse_unreachable(posts: Sequence[Post], table: Table) -> None:
    """BadInput naming the first post that no road of the network leads to."""
    for i, post in enumerate(posts):
        if post.reachable:
            continue
        away = "no road within 500 m"
        if post.off_road_m < FAR_FROM_ROAD_M:
            away = f"the road network is {post.off_road_m:.0f} m away"
        raise bad(table.at(i), f"unreachable post {printable(post.id)!r}: {away}")


def _area_id(areas: Areas, lon: float, lat: float) -> str:
    row = areas.nearest(lon, lat, within_m=FAR_FROM_ROAD_M)
    return areas.ids[row] if row >= 0 else ""


def read_units(
    table: Table, posts: Sequence[Post], agencies: Sequence[Agency] | None
) -> tuple[Unit, ...]:
    """Read units; each names a post, and an agency if the pack lists agencies."""
    standing = {post.id: post for post in posts}
    known = None if agencies is None else {agency.id for agency in agencies}
    post_field = table.need("post", "station", "home")
    ids = table.ids(*_ID)
    call_signs = table.texts("call_sign", "callsign", "name")
    kinds = table.texts(table.need("kind", "type", "unit type"))
    homes, services = table.texts(post_field), table.texts("agency")
    skills, abilities = table.texts("skills"), table.texts("capabilities")
    crews = table.numbers("crew", "crew_size")
    composed = _composed(table)
    units: list[Unit] = []
    for i, unit_id in enumerate(ids):
        if homes[i] not in standing:
            raise bad(table.at(i, post_field), f"no post {printable(homes[i])!r}")
        agency = services[i] or standing[homes[i]].agency or _COMMON_AGENCY.id
        if known is not None and agency not in known:
            raise bad(table.at(i, "agency"), f"no agency {printable(agency)!r}")
        if not kinds[i]:
            raise bad(table.at(i, "kind"), "is empty")
        units.append(
            Unit(
                id=unit_id,
                call_sign=call_signs[i] or unit_id,
                kind=kinds[i],
                agency=agency,
                post=homes[i],
                skills=_words(skills[i]),
                capabilities=_words(abilities[i]),
                crew=_crew(float(crews[i]), table, i),
                composed=composed[i],
            )
        )
    return tuple(units)


def _crew(number: float, table: Table, i: int) -> int:
    if np.isnan(number):
        return 2
    if number != int(number) or number > _LARGEST_CREW:
        raise bad(table.at(i, "crew"), f"{number:g} is no number of people")
    return int(number)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(";") if word.strip())


def read_agencies(table: Table) -> tuple[Agency, ...]:
    """Read agencies as listed."""
    ids, names = table.ids("id", "agency_id"), table.texts(*_NAME)
    rows = zip(
        ids,
        names,
        table.texts("name_zh", "name:zh"),
        table.texts("kind", "type"),
        _composed(table),
        strict=True,
    )
    return tuple(Agency(i, n or i, z, k or "service", c) for i, n, z, k, c in rows)


def agencies_of(posts: Sequence[Post], units: Sequence[Unit]) -> tuple[Agency, ...]:
    """List the agencies that posts and units name, where nobody lists them."""
    ids = sorted({p.agency for p in posts} | {u.agency for u in units})
    return tuple(
        _COMMON_AGENCY if i == _COMMON_AGENCY.id else Agency(i, i, "", "service")
        for i in ids
        if i
    )


def read_places(table: Table, areas: Areas) -> tuple[Place, ...]:
    """Read named points for the gazetteer; those outside every area are kept."""
    return tuple(Place(**row) for row in _named_points(table, areas, "place"))


def read_devices(table: Table, areas: Areas) -> tuple[Device, ...]:
    """Read fixed devices."""
    return tuple(Device(**row) for row in _named_points(table, areas, "device"))


def _named_points(table: Table, areas: Areas, kind: str) -> list[dict[str, Any]]:
    lon, lat = table.points()
    names = table.texts(table.need(*_NAME))
    area = areas.locate(lon, lat)
    if table.find(*_ID) is not None:
        ids = table.ids(*_ID)
    else:
        ids = [f"{slug(n) or kind}-{table.rows[i]}" for i, n in enumerate(names)]
    kinds, zh = table.texts("kind", "type"), table.texts("name_zh", "name:zh")
    composed = _composed(table)
    for i, name in enumerate(names):
        if not name:
            raise bad(table.at(i, "name"), "is empty")
    return [
        {
            "id": ids[i],
            "name": names[i],
            "name_zh": zh[i],
            "kind": kinds[i] or kind,
            "lon": float(lon[i]),
            "lat": float(lat[i]),
            "area": areas.ids[area[i]] if area[i] >= 0 else "",
            "composed": composed[i],
        }
        for i in range(len(table))
    ]


def _composed(table: Table) -> list[bool]:
    said = [text.lower() for text in table.texts("composed")]
    for i, text in enumerate(said):
        if text not in _YES | _NO:
            what = f"{printable(text)!r} is neither true nor false"
            raise bad(table.at(i, "composed"), what)
    return [text in _YES for text in said]
