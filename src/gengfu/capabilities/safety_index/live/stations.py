"""Which station checks a signal: one of the right agency, in the area or nearest."""

from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Any, cast

from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.signal_values import Signal
from gengfu.kernel import BadInput, RuleBroken
from gengfu.surface import Town, TownPost

FIRE = "fire"
POLICE = "police"


def station_of(town: Town, config: IndexConfig, finding: Signal) -> str:
    """Return the station of a signal; raises BadInput or RuleBroken like the next."""
    at = config.domain_of(finding.kind)
    domain = finding.kind if at < 0 else config.domains[at].code
    return station_for(town, finding.area, domain)


def station_for(town: Town, area: str, domain: str) -> str:
    """Return the station for a domain's signals in an area.

    Fire signals go to fire stations, all others to the police's.

    Raises:
        BadInput: there is no such area here.
        RuleBroken: the city has no station of that kind.

    """
    if area not in town.area_names():
        raise BadInput(f"signals: no area {area} here")
    wanted = FIRE if domain == FIRE else POLICE
    agencies = {one.id for one in town.agencies if one.kind == wanted}
    posts = sorted((p for p in town.posts if p.agency in agencies), key=_named)
    if not posts:
        raise RuleBroken(f"this city has no {wanted} station")
    for post in posts:
        if town.area_of(post.lon, post.lat) == area:
            return post.id
    lon, lat = _middle(town, area)
    east = cos(radians(lat))
    return min(posts, key=lambda p: hypot((p.lon - lon) * east, p.lat - lat)).id


def _named(post: TownPost) -> str:
    return post.id


def _middle(town: Town, area: str) -> tuple[float, float]:
    """Return the middle of the corners of an area."""
    for feature in cast("list[Mapping[str, Any]]", town.areas_geojson()["features"]):
        if feature.get("id") == area:
            corners = list(_corners(feature["geometry"]["coordinates"]))
            return (
                sum(x for x, _ in corners) / len(corners),
                sum(y for _, y in corners) / len(corners),
            )
    raise BadInput(f"signals: no area {area} here")


def _corners(rings: Any) -> list[tuple[float, float]]:
    if rings and isinstance(rings[0], (int, float)):
        return [(float(rings[0]), float(rings[1]))]
    return [corner for ring in rings for corner in _corners(ring)]
