"""The gazetteer of a city pack: its streets, places, areas and posts by name."""

from math import pi

import numpy as np

from gengfu.adapters.city.areas import Areas, ground_m2
from gengfu.adapters.city.city import City
from gengfu.adapters.city.gazetteer import Bounds, Gazetteer, Place
from gengfu.adapters.city.gazetteer_streets import StreetNetwork, Streets
from gengfu.adapters.city.network import Network

_LANDMARK_PRECISION_M = 40.0
_POST_PRECISION_M = 20.0


def gazetteer_of(city: City) -> Gazetteer:
    """Everything with a name in a city, ready to search."""
    streets = Streets(street_network(city.roads))
    areas = city.areas
    names = dict(zip(areas.ids, areas.names, strict=True)) | {"": ""}
    lon = np.array([street.lon for street in streets.streets])
    lat = np.array([street.lat for street in streets.streets])
    rows = areas.locate(lon, lat) if len(lon) else np.zeros(0, np.int64)
    west, south, east, north = city.bbox
    return Gazetteer(
        [*_landmarks(city, names), *_posts(city, names), *_areas(areas)],
        streets,
        Bounds(west, south, east, north),
        [areas.names[row] if row >= 0 else "" for row in rows.tolist()],
    )


def street_network(roads: Network) -> StreetNetwork:
    """Edges by name: one of each pair of directions, once more under its alias."""
    once = (roads.shape < 0) | ~roads.backward
    offsets, lon, lat = roads.edge_shapes()
    first = np.flatnonzero(once & (roads.name >= 0))
    second = np.flatnonzero(once & (roads.alias >= 0))
    edges = np.concatenate([first, second])
    counts = (offsets[1:] - offsets[:-1])[edges]
    starts = np.zeros(len(edges) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    within = np.arange(int(starts[-1])) - np.repeat(starts[:-1], counts)
    vertices = np.repeat(offsets[edges], counts) + within
    return StreetNetwork(
        names=roads.names,
        names_zh=roads.names_zh,
        edge_name=np.concatenate([roads.name[first], roads.alias[second]]).astype(
            np.int64
        ),
        tail=roads.tails[edges].astype(np.int64),
        head=roads.heads[edges].astype(np.int64),
        node_lon=roads.lon,
        node_lat=roads.lat,
        shape_offsets=starts,
        shape_lon=lon[vertices],
        shape_lat=lat[vertices],
    )


def _landmarks(city: City, names: dict[str, str]) -> list[Place]:
    return [
        Place(
            name=place.name,
            kind=place.kind,
            lon=place.lon,
            lat=place.lat,
            name_zh=place.name_zh,
            precision_m=_LANDMARK_PRECISION_M,
            area=names[place.area],
        )
        for place in city.places
    ]


def _posts(city: City, names: dict[str, str]) -> list[Place]:
    return [
        Place(
            name=post.name,
            kind=post.kind,
            lon=post.lon,
            lat=post.lat,
            name_zh=post.name_zh,
            precision_m=_POST_PRECISION_M,
            area=names[post.area],
        )
        for post in city.posts
    ]


def _areas(areas: Areas) -> list[Place]:
    """Areas at a point inside them; as precise as they are wide."""
    found: list[Place] = []
    sizes = ground_m2(areas.polygons)
    for row in range(len(areas)):
        inside = areas.polygons[row].representative_point()
        found.append(
            Place(
                name=areas.names[row],
                kind="area",
                lon=float(inside.x),
                lat=float(inside.y),
                name_zh=areas.names_zh[row],
                precision_m=round(float(np.sqrt(sizes[row] / pi)), 1),
            )
        )
    return [place for place in found if place.name]
