"""Road classes as data: what each source calls them and how fast they are."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RoadClass:
    """One class; its place in :func:`road_classes` is its code and its rank."""

    id: str
    en: str
    zh: str
    speed_kmh: float
    emergency_only: bool = False


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The table of `classes.toml`, most important class first."""

    version: str
    source: str
    classes: tuple[RoadClass, ...]
    osm: dict[str, int]
    mtfcc: dict[str, int]
    excluded: frozenset[str]

    def code(self, class_id: str) -> int:
        """Return the code of a class by its id; KeyError when there is none."""
        return self.osm[class_id]

    def speeds_kmh(self) -> NDArray[np.float32]:
        """Speed by class code, km/h."""
        return np.array([c.speed_kmh for c in self.classes], dtype=np.float32)


@cache
def road_classes() -> ClassTable:
    """Read the table in force."""
    path = resources.files(__package__ or "").joinpath("classes.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    classes: list[RoadClass] = []
    osm: dict[str, int] = {}
    mtfcc: dict[str, int] = {}
    for code, entry in enumerate(data["class"]):
        classes.append(
            RoadClass(
                id=entry["id"],
                en=entry["en"],
                zh=entry["zh"],
                speed_kmh=float(entry["speed_kmh"]),
                emergency_only=bool(entry.get("emergency_only", False)),
            )
        )
        osm.update(dict.fromkeys(entry["osm"], code))
        mtfcc.update(dict.fromkeys(entry["mtfcc"], code))
    left_out = data["excluded"]
    return ClassTable(
        version=data["version"],
        source=data["source"],
        classes=tuple(classes),
        osm=osm,
        mtfcc=mtfcc,
        excluded=frozenset(
            [*left_out["osm"], *left_out["mtfcc"], *left_out["aequilibrae"]]
        ),
    )
