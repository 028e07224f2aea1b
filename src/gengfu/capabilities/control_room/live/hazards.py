"""Premise and hazard notes: what people who go there must know, near a place.

A city pack brings them in `hazards.toml`. They are about buildings and ground, never
about who lives there.
"""

from dataclasses import dataclass

from gengfu.capabilities.control_room.rules.distances import apart_m
from gengfu.kernel import Said
from gengfu.kernel.tables import read_table
from gengfu.surface import Town

FILE = "hazards.toml"
WIDEST_M = 5000.0
KINDS = ("access", "chemical", "electric", "gas", "height", "water", "crowd", "other")


@dataclass(frozen=True, slots=True)
class Hazard:
    """A note that counts within a radius of a point."""

    id: str
    kind: str
    lon: float
    lat: float
    radius_m: float
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardView:
    """A hazard note near a place, nearest first."""

    id: str
    kind: str
    text: str
    text_zh: str
    distance_m: float


def read_hazards(town: Town) -> tuple[Hazard, ...]:
    """Read the pack's notes; raises BadInput naming the note and the field."""
    path = town.data_file(FILE)
    if path is None:
        return ()
    file = read_table(path.read_bytes(), FILE)
    file.only("version", "hazard")
    file.text("version")
    found: list[Hazard] = []
    names: set[str] = set()
    for table in file.tables("hazard", "id"):
        table.only("id", "kind", "lon", "lat", "radius_m", "text", "text_zh")
        name = table.text("id")
        if name in names:
            table.refuse("id", "is used twice")
        names.add(name)
        found.append(
            Hazard(
                id=name,
                kind=table.choice("kind", KINDS),
                lon=table.number("lon", -180, 180),
                lat=table.number("lat", -90, 90),
                radius_m=table.number("radius_m", 1, WIDEST_M),
                said=table.said("text"),
            )
        )
    return tuple(found)


def near(
    hazards: tuple[Hazard, ...], lon: float | None, lat: float | None
) -> tuple[HazardView, ...]:
    """Return the notes that count at a place, nearest first."""
    if lon is None or lat is None:
        return ()
    found = [(apart_m((h.lon, h.lat), (lon, lat)), h) for h in hazards]
    there = sorted((d, h.id, h) for d, h in found if d <= h.radius_m)
    return tuple(
        HazardView(
            id=h.id,
            kind=h.kind,
            text=h.said.en,
            text_zh=h.said.zh,
            distance_m=round(d, 1),
        )
        for d, _, h in there
    )
