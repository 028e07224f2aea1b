"""The shelf of published issues: all that public pages may read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol, cast

from gengfu.capabilities.safety_index.rules.document import Correction, Publication
from gengfu.kernel import Said

from .outline import Outline, Polygons, outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A publication as it was published: `content` is its very bytes."""

    publication: Publication
    content: bytes
    sha256: str
    published_at: datetime
    calls: int = 0
    """Calls that the audit of recording looked at; 0 where there was none."""
    recorded: int = 0
    """How many of them had become records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueNote:
    """One line of the list of what was ever published."""

    period: str
    issue: int
    sha256: str
    published_at: datetime
    corrects: Correction | None


@dataclass(frozen=True)
class Atlas:
    """Names and shapes of areas by id; both are known to everybody.

    `names` has the areas above the published places too. A place without a shape is
    listed, and not drawn.
    """

    names: Mapping[str, Said]
    shapes: Mapping[str, Polygons]
    digest: str = ""
    """Of the names and shapes, where it was worked out."""

    @cached_property
    def outlines(self) -> dict[tuple[str, ...], Outline]:
        """Maps that were drawn before, by the places that they show."""
        return {}

    def map_of(self, places: Sequence[str]) -> Outline:
        """Draw these places; the same ones are drawn once."""
        key = tuple(places)
        if key not in self.outlines:
            self.outlines.clear()
            shown = {one: self.shapes[one] for one in places if one in self.shapes}
            self.outlines[key] = outline(shown)
        return self.outlines[key]


class Shelf(Protocol):
    """What the portal asks for; nothing on it is secret."""

    def issues(self) -> Sequence[IssueNote]:
        """List every issue, the newest month first, its newest issue first."""
        ...

    def latest(self) -> Issued | None:
        """Return the newest issue of the newest month; None before the first."""
        ...

    def publication(self, period: str, issue: int | None = None) -> Issued:
        """Return an issue of a month, the newest unless said; raises NotFound."""
        ...

    def atlas(self) -> Atlas:
        """Return names and shapes of the city's areas."""
        ...

    def site(self) -> str:
        """Return the public address before every path; empty where none is known."""
        ...

    def digest(self) -> str:
        """Return what changes with anything that the shelf can give."""
        ...


def periods(shelf: Shelf) -> tuple[str, ...]:
    """Return the months with a publication, newest first."""
    return tuple(dict.fromkeys(note.period for note in shelf.issues()))


def read_atlas(areas: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> Atlas:
    """Read the city's areas: GeoJSON features with an `id` property, and names.

    Args:
        areas: a FeatureCollection of Polygon and MultiPolygon features.
        names: name and Chinese name by area id.

    """
    shapes: dict[str, Polygons] = {}
    for feature in cast("Sequence[Mapping[str, Any]]", areas.get("features", ())):
        known = cast("Mapping[str, Any]", feature.get("properties") or {})
        area = str(known.get("id") or feature.get("id") or "")
        geometry = cast("Mapping[str, Any]", feature.get("geometry") or {})
        rings = cast("Any", geometry.get("coordinates") or ())
        if area and geometry.get("type") == "Polygon":
            shapes[area] = (rings,)
        elif area and geometry.get("type") == "MultiPolygon":
            shapes[area] = tuple(rings)
    said = {area: Said(name, zh or name) for area, (name, zh) in names.items()}
    known = json.dumps([sorted(names.items()), sorted(shapes.items())])
    return Atlas(said, shapes, sha256(known.encode()).hexdigest())
