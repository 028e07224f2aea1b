"""Which areas are published, and which of them every event belongs to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .config import IndexConfig
from .periods import Month

_ID = re.compile(r"[\w.:~+@-]{1,200}")
ID_RULE = "an id has letters, figures and . : ~ + @ - _ only, at most 200"
"""Every published place has a page of its own, whose address ends with its id."""


def fits_a_path(area: str) -> bool:
    """Tell whether an id of an area can stand in an address."""
    return _ID.fullmatch(area) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFacts:
    """One area as its file has it; people are NaN where nobody counted them.

    `present` are all who stay there: registered, with a residence permit, others.
    What happens in an area with a `successor` counts for that one; `since` and `until`
    are dates from and to which it is an area, where that is known.
    """

    id: str
    name: str
    name_zh: str
    kind: str
    parent: str
    present: float
    households: float
    vehicles: float
    since: str = ""
    until: str = ""
    successor: str = ""

    def stood(self, month: Month) -> bool:
        """Tell whether it had begun by the end of a month."""
        return not self.since or self.since[: len(str(month))] <= str(month)


@dataclass(frozen=True)
class Geography:
    """The areas of a city, those of them that are published, and the compounds.

    `place_of` gives for every area of the file the published place that its events
    belong to, as an index into `places`; areas above the places have none.
    """

    areas: tuple[AreaFacts, ...]
    places: tuple[AreaFacts, ...]
    compounds: tuple[AreaFacts, ...]
    place_of: Mapping[str, int]
    compound_of: Mapping[str, int]

    @cached_property
    def strata(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Return the kinds of places, and which of them each place is."""
        kinds = tuple(sorted({place.kind for place in self.places}))
        return kinds, np.array([kinds.index(p.kind) for p in self.places], np.int64)

    @cached_property
    def ended(self) -> Mapping[str, int]:
        """Return the stratum of each area that was divided: no place has its events."""
        kinds, _ = self.strata
        return {
            area.id: kinds.index(area.kind)
            for area in self.areas
            if area.until and area.id not in self.place_of and area.kind in kinds
        }

    @cached_property
    def present(self) -> NDArray[np.float64]:
        """Return the present people of each place; NaN where nobody counted them."""
        return np.array([place.present for place in self.places], np.float64)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Return a number for each place that those of one parent share."""
        parents = sorted({place.parent for place in self.places})
        return np.array([parents.index(p.parent) for p in self.places], np.int64)


def lay_out(
    areas: Sequence[AreaFacts],
    config: IndexConfig,
    name: str,
    month: Month | None = None,
) -> Geography:
    """Choose the published places; `name` is what errors call the file.

    With a month, those that stand in it: an area that ended before or began after it
    has no figures of it. One that others were merged into stands for them before.

    Raises:
        BadInput: an id twice or one that no address can have, a parent nobody knows or
            that is its own child, people below 0, or no area of the kind that is to
            be published.

    """
    by_id: dict[str, AreaFacts] = {}
    for row, area in enumerate(areas, 1):
        if area.id in by_id:
            raise BadInput(f"{name}: row {row}: id {area.id!r} stands twice")
        if not fits_a_path(area.id):
            raise BadInput(f"{name}: row {row}: id {area.id[:60]!r}: {ID_RULE}")
        by_id[area.id] = area
        for column in ("present", "households", "vehicles"):
            if getattr(area, column) < 0:
                raise BadInput(f"{name}: row {row}: {column} of {area.id} is below 0")
    above = {area.id: _line(area, by_id, name) for area in areas}
    grown = {area.successor for area in areas}
    standing = (
        replace(area, since="") if area.id in grown else area
        for area in sorted(areas, key=_named)
        if not area.successor
    )
    present = [area for area in standing if _stands(area, month)]
    with_children = {
        area.parent for area in present if area.kind != config.compound_areas
    }
    places = tuple(
        area
        for area in present
        if area.kind != config.compound_areas
        and (
            area.kind == config.published_areas
            if config.published_areas
            else area.id not in with_children
        )
    )
    if not places:
        wanted = config.published_areas or "the lowest"
        raise BadInput(f"{name}: no area is of the kind to be published ({wanted})")
    number = {place.id: at for at, place in enumerate(places)}
    compounds = tuple(area for area in present if area.kind == config.compound_areas)
    known = {one.id: at for at, one in enumerate(compounds)}
    return Geography(
        areas=tuple(areas),
        places=places,
        compounds=compounds,
        place_of=_nearest_of(above, number),
        compound_of=_nearest_of(above, known),
    )


def _stands(area: AreaFacts, month: Month | None) -> bool:
    """Tell whether it is an area in a month; the month of its end is its last one."""
    if month is None:
        return True
    ended = area.until[: len(str(month))]
    return area.stood(month) and (not ended or str(month) <= ended)


def _named(area: AreaFacts) -> str:
    return area.id


def _line(
    area: AreaFacts, by_id: Mapping[str, AreaFacts], name: str
) -> tuple[str, ...]:
    """Return an area, or its successor, and those above it, lowest first."""
    line = [area.id]
    while area.successor or area.parent:
        onward = area.successor or area.parent
        if onward not in by_id:
            what = "successor" if area.successor else "parent"
            raise BadInput(
                f"{name}: area {area.id}: its {what} {onward!r} is not in the file"
            )
        area = by_id[onward]
        if area.id in line:
            raise BadInput(f"{name}: area {area.id} lies in itself")
        line.append(area.id)
    return tuple(line)


def _nearest_of(
    above: Mapping[str, Sequence[str]], wanted: Mapping[str, int]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for area, line in above.items():
        for one in line:
            if one in wanted:
                found[area] = wanted[one]
                break
    return found
