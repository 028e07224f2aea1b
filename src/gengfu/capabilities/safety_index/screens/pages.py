"""The pages of the portal: each takes what was published and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gengfu.surface import Door

from .area import (
    MOST_COMPARED,
    AreaView,
    area_funnel,
    area_view,
    chosen,
    clearly_apart,
)
from .bands import NO_SCORE, pick
from .citations import CITATIONS
from .dictionary import COMPOUNDS, DICTIONARY
from .frame import OpenShelf, open_shelf
from .overview import grouped, natural, overview, quality_lines, recording

type Fill = Callable[..., Awaitable[Mapping[str, Any]]]
_ASKED = ("a", "b", "c", "d")
_LEAST_FIELDS = 2


@dataclass(frozen=True, slots=True)
class Pages:
    """The fills of the portal's screens over one shelf."""

    opened: OpenShelf

    async def home(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Fill the first screen."""
        found = await open_shelf(self.opened, door, query, "/portal")
        if found.reading is None:
            return found.page(view=None)
        publication = found.reading.publication
        return found.page(
            view=overview(found.reading, query.get("q", "")),
            expected=publication.method.expected_score,
            signals=publication.signals,
            recording=None if found.issued is None else recording(found.issued),
        )

    async def area(
        self, door: Door, area: str, query: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """Fill one place's page; raises NotFound."""
        path = f"/portal/areas/{quote(area)}"
        found = await open_shelf(self.opened, door, query, path)
        if found.reading is None:
            return found.page(view=None)
        method = found.reading.publication.method
        funnel = area_funnel(found.reading, area, query.get("domain", ""))
        zh = found.reading.zh
        return found.page(
            view=area_view(found.reading, area),
            funnel=funnel,
            domains=[(one.code, pick(one.said, zh=zh)) for one in method.domains],
            method=method,
            of=len(found.reading.publication.places),
        )

    async def map(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Fill the map."""
        found = await open_shelf(self.opened, door, query, "/portal/map")
        if found.reading is None:
            return found.page(view=None)
        reading = found.reading
        lines = {place.id: reading.line(place) for place in reading.publication.places}
        bands = [*reading.bands.values(), NO_SCORE]
        by_band = [
            (
                band,
                sorted(
                    (line for line in lines.values() if line.band == band),
                    key=lambda line: natural(line.name),
                ),
            )
            for band in bands
        ]
        # The first look at a city's map draws it.
        view = await asyncio.to_thread(found.shelf.atlas().map_of, sorted(lines))
        return found.page(
            view=view,
            lines=lines,
            by_band=by_band,
        )

    async def compare(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Fill the comparison of up to four places."""
        found = await open_shelf(self.opened, door, query, "/portal/compare")
        if found.reading is None:
            return found.page(view=None)
        reading = found.reading
        asked = [query[name] for name in _ASKED if query.get(name)]
        places = chosen(reading, asked)
        fields = min(MOST_COMPARED, max(_LEAST_FIELDS, len(places) + 1))
        lines = [reading.line(place) for place in reading.publication.places]
        return found.page(
            view=places,
            unknown=len(set(asked)) > len(places),
            notes=_notes(places),
            apart=clearly_apart(places),
            fields=list(zip(_ASKED[:fields], _padded(places, fields), strict=True)),
            groups=grouped(lines),
            expected=reading.publication.method.expected_score,
            interval=reading.publication.method.interval,
        )

    async def method(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Fill the method in plain words."""
        found = await open_shelf(self.opened, door, query, "/portal/method")
        if found.reading is None:
            return found.page(view=None, citations=CITATIONS)
        reading = found.reading
        method = reading.publication.method
        return found.page(
            view=method,
            domains=[(pick(d.said, zh=reading.zh), d.weight) for d in method.domains],
            bands=list(reading.bands.values()),
            made=reading.publication.made,
            comparisons=[
                (pick(one.said, zh=reading.zh), one.value, bool(one.of_area))
                for one in reading.publication.comparisons
            ],
            signals=reading.publication.signals,
            citations=CITATIONS,
        )

    async def data(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Fill the page of open data: files, dictionary, months and corrections."""
        found = await open_shelf(self.opened, door, query, "/portal/data")
        zh = door.language == "zh"
        issues = [
            (note, "" if note.corrects is None else pick(note.corrects.why, zh=zh))
            for note in found.shelf.issues()
        ]
        dictionary, of_compounds = (
            [(name, kind, pick(said, zh=zh)) for name, kind, said in table]
            for table in (DICTIONARY, COMPOUNDS)
        )
        reading = found.reading
        return found.page(
            view=issues,
            dictionary=dictionary,
            made=None if reading is None else reading.publication.made,
            quality=() if reading is None else quality_lines(reading),
            recording=None if found.issued is None else recording(found.issued),
            compounds=reading is not None and bool(reading.publication.compounds),
            of_compounds=of_compounds,
        )


def _notes(places: Sequence[AreaView]) -> list[tuple[str, list[str]]]:
    """Return what there is to know about data, each with the places it is about."""
    found: dict[str, list[str]] = {}
    for one in places:
        for said in one.quality:
            found.setdefault(said, []).append(one.line.name)
    return list(found.items())


def _padded(places: Sequence[AreaView], fields: int) -> list[str]:
    found = [one.line.id for one in places]
    return [*found, *[""] * fields][:fields]
