"""Kilometres along a road: from known posts, or from either end and saying so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gengfu.adapters.city.gazetteer_reasons import Reason
from gengfu.adapters.city.gazetteer_streets import Chain, Streets
from gengfu.adapters.city.gazetteer_text import folded, tokens

_POST = re.compile(r"(.+?)\s*km\.?\s*(\d+(?:[.,]\d+)?)\Z", re.IGNORECASE)
_ON_ROAD_M = 300.0
_METRES_PER_KM = 1_000.0
_POST_PRECISION_M = 50.0
_DRIFT = 0.03
_END_PRECISION_M = 250.0
_SIDES_ZH = {"north": "北", "south": "南", "east": "东", "west": "西"}
_BEYOND_POSTS_KM = 5.0
_POSTS_TO_SCALE = 2


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on a road, how sure it is (`trust` 0..1) and why."""

    lon: float
    lat: float
    precision_m: float
    trust: float
    code: Reason
    words: dict[str, str] = field(default_factory=dict[str, str])


def kilometres(
    streets: Streets,
    names: Sequence[int],
    title: str,
    km: float,
    posts: Sequence[tuple[str, float, float]],
) -> list[Spot]:
    """Where kilometre `km` of a road may be.

    Args:
        streets: the city's streets.
        names: names that together are the road.
        title: the road's name, to match posts by.
        km: as on the sign.
        posts: known kilometre posts: name ("Ruta 5 km 468"), longitude, latitude.

    Returns:
        One spot when two or more posts fix the scale; one from each end when none
        does; the middle of the road, imprecise, when the kilometre is not on it.

    """
    chain = streets.chain(names)
    if chain is None or chain.length_m <= 0:
        return []
    fixed = _from_posts(chain, title, km, posts)
    if fixed is not None:
        return [fixed]
    metres = km * _METRES_PER_KM
    if metres > chain.length_m:
        lon, lat = chain.at(chain.length_m / 2)
        length = f"{chain.length_m / _METRES_PER_KM:.1f}"
        words = {"length": length}
        half = chain.length_m / 2
        return [Spot(lon, lat, half, 0.8, Reason.KILOMETRE_BEYOND, words)]
    spots: list[Spot] = []
    for last in (False, True):
        lon, lat = chain.at(chain.length_m - metres if last else metres)
        end = chain.end_name(last=last)
        words = {"end": end, "end_zh": _SIDES_ZH[end]}
        spots.append(
            Spot(lon, lat, _END_PRECISION_M, 0.95, Reason.KILOMETRE_FROM_END, words)
        )
    return sorted(spots, key=lambda spot: (spot.words["end"], spot.lon))


def _from_posts(
    chain: Chain, title: str, km: float, posts: Sequence[tuple[str, float, float]]
) -> Spot | None:
    known: list[tuple[float, float]] = []
    road = set(tokens(folded(title)))
    for name, lon, lat in posts:
        match = _POST.match(name)
        if match is None or not set(tokens(folded(match[1]))) <= road:
            continue
        along, off = chain.nearest(lon, lat)
        if off <= _ON_ROAD_M:
            known.append((float(match[2].replace(",", ".")), along))
    known.sort()
    if len({at for at, _ in known}) < _POSTS_TO_SCALE:
        return None
    at_km = np.array([at for at, _ in known])
    along = np.array([metres for _, metres in known])
    beyond = max(float(at_km[0]) - km, km - float(at_km[-1]), 0.0)
    rising = 1.0 if along[-1] >= along[0] else -1.0
    metres = float(np.interp(km, at_km, along))
    metres += rising * beyond * _METRES_PER_KM * (1.0 if km > at_km[-1] else -1.0)
    if beyond > _BEYOND_POSTS_KM or not 0 <= metres <= chain.length_m:
        return None
    lon, lat = chain.at(metres)
    nearest = float(np.abs(at_km - km).min()) * _METRES_PER_KM
    precision = _POST_PRECISION_M + _DRIFT * nearest
    return Spot(lon, lat, precision, 1.0, Reason.KILOMETRE_POST)
