"""A city pack as capabilities see it, with what takes long made once."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from gengfu.adapters.city.areas import ground_m2
from gengfu.adapters.city.city import City
from gengfu.adapters.city.reading import load
from gengfu.adapters.travel_model import load_travel_model
from gengfu.science.roads import RoadGraph, TravelModel
from gengfu.surface import (
    Found,
    Town,
    TownAgency,
    TownDevice,
    TownPost,
    TownUnit,
)

if TYPE_CHECKING:
    from gengfu.adapters.city.gazetteer import Gazetteer

shapely = cast("Any", _shapely)
_PLACES_AFTER_POINT = 6
_URBAN_PER_KM2, _SUBURBAN_PER_KM2 = 1500.0, 300.0
_SAID_KINDS = ("urban", "suburban", "rural", "sea")


class CityTown:
    """The surface's `Town` over a loaded city pack."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.graph: RoadGraph = city.graph()
        self.travel_model: TravelModel | None = load_travel_model(
            city.folder, class_table=city.class_table
        )

    @property
    def name(self) -> str:
        return self.city.name

    @property
    def name_zh(self) -> str:
        return self.city.name_zh

    @property
    def timezone(self) -> str:
        return self.city.timezone

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        return self.city.bbox

    @property
    def agencies(self) -> Sequence[TownAgency]:
        return self.city.agencies

    @property
    def posts(self) -> Sequence[TownPost]:
        return self.city.posts

    @property
    def units(self) -> Sequence[TownUnit]:
        return self.city.units

    @property
    def basemap(self) -> Path | None:
        return self.city.basemap

    @property
    def notices(self) -> Sequence[str]:
        return tuple(dict.fromkeys(s.notice for s in self.city.sources if s.notice))

    @cached_property
    def gazetteer(self) -> "Gazetteer":
        """Everything with a name; made when it is first asked for."""
        module = import_module("gengfu.adapters.city.gazetteer_city")
        return cast("Gazetteer", module.gazetteer_of(self.city))

    def area_of(self, lon: float, lat: float) -> str | None:
        """Return the area that holds a point."""
        row = self.city.areas.at(lon, lat)
        return None if row < 0 else self.city.areas.ids[row]

    def area_names(self) -> Mapping[str, tuple[str, str]]:
        """Return (name, Chinese name) by area id."""
        areas = self.city.areas
        rows = zip(areas.ids, areas.names, areas.names_zh, strict=True)
        return {area: (name, name_zh) for area, name, name_zh in rows}

    def area_kind(self, area: str) -> str:
        """Return urban, suburban, rural or sea.

        Where the pack does not say, by people present per square kilometre, with the
        limits of the degree of urbanisation (Eurostat and others 2021: 1,500 for an
        urban centre, 300 for an urban cluster).
        """
        return self._area_kinds.get(area, "")

    @cached_property
    def _area_kinds(self) -> Mapping[str, str]:
        areas = self.city.areas
        present = np.nansum((areas.population, areas.floating_population), axis=0)
        density = present / np.maximum(ground_m2(areas.polygons) / 1e6, 1e-6)
        by_density = np.select(
            [density >= _URBAN_PER_KM2, density >= _SUBURBAN_PER_KM2],
            ["urban", "suburban"],
            "rural",
        )
        return {
            area: said if said in _SAID_KINDS else str(counted)
            for area, said, counted in zip(
                areas.ids, areas.kinds, by_density, strict=True
            )
        }

    def areas_geojson(self) -> Mapping[str, Any]:
        """Return area boundaries as a GeoJSON FeatureCollection."""
        return self._areas_geojson

    @cached_property
    def _areas_geojson(self) -> Mapping[str, Any]:
        areas = self.city.areas
        shapes = shapely.to_geojson(
            shapely.set_precision(areas.polygons, 10.0**-_PLACES_AFTER_POINT)
        )
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": areas.ids[row],
                    "properties": {
                        "name": areas.names[row],
                        "name_zh": areas.names_zh[row],
                        "kind": areas.kinds[row],
                    },
                    "geometry": json.loads(shapes[row]),
                }
                for row in range(len(areas))
            ],
        }

    def device(self, device: str) -> TownDevice | None:
        """Return a device by its id."""
        return self._devices.get(device)

    @cached_property
    def _devices(self) -> Mapping[str, TownDevice]:
        return {device.id: device for device in self.city.devices}

    def first_due(self, lon: float, lat: float) -> Mapping[str, float] | None:
        """Return the posts first due at a point; None without areas of that kind."""
        areas = self.city.first_due
        return None if areas is None else areas.at(lon, lat)

    def node_demand(self) -> NDArray[np.float64]:
        """Return how many people stand for each road node (its share of its area)."""
        return self._node_demand

    @cached_property
    def _node_demand(self) -> NDArray[np.float64]:
        areas, roads = self.city.areas, self.city.roads
        row = areas.locate(roads.lon, roads.lat)
        inside = row >= 0
        nodes = np.bincount(row[inside], minlength=len(areas))
        people = np.nan_to_num(areas.population, nan=0.0)
        if not people.any():
            people = nodes.astype(np.float64)  # uncounted: every node weighs the same
        share = np.divide(people, nodes, out=np.zeros(len(areas)), where=nodes > 0)
        return np.where(inside, share[np.where(inside, row, 0)], 0.0)

    def streets_at(self, node: int) -> Sequence[str]:
        """Return the names of the streets that meet at a road node."""
        roads = self.city.roads
        edges = np.flatnonzero((self.graph.tails == node) | (self.graph.heads == node))
        known = np.unique(roads.name[edges])
        return tuple(roads.names[int(n)] for n in known[known >= 0])

    def search(
        self, words: str, near: tuple[float, float] | None, limit: int
    ) -> Sequence[Found]:
        """Find places by what was typed so far, best first."""
        return self.gazetteer.search(words, limit=limit, near=near)

    def data_file(self, name: str) -> Path | None:
        """Return a further file of the pack."""
        return self.city.data_file(name)


def open_town(folder: Path) -> Town:
    """Load a city pack; raises BadInput naming what is wrong with it."""
    return CityTown(load(folder))
