"""What a pack says about its sources when the builder of it says nothing."""

import tomllib
from pathlib import Path
from typing import Any, cast

from .city import Source
from .findings import Where, bad
from .lines import RoadLines
from .osm import SUFFIXES

OSM_NOTICE = "© OpenStreetMap contributors"
_STATED_NOWHERE = "not stated"


def osm_source(covers: str, title: str) -> Source:
    """Say the words that OpenStreetMap asks for."""
    return Source(
        covers=covers,
        title=title,
        licence="ODbL-1.0",
        notice=OSM_NOTICE,
        url="https://www.openstreetmap.org/copyright",
    )


def tiger_source(covers: str, title: str) -> Source:
    """Works of the US Census Bureau carry no copyright."""
    return Source(
        covers=covers,
        title=title,
        licence="public domain",
        notice="US Census Bureau, TIGER/Line",
        url="https://www.census.gov/geographies/mapping-files.html",
    )


def default_sources(roads: Path, areas: Path, lines: RoadLines) -> tuple[Source, ...]:
    """One for the roads and one for the areas, as far as the files tell."""
    if roads.name.lower().endswith(SUFFIXES):
        first = osm_source("roads, places", roads.name)
    elif any(reason.startswith("MTFCC") for reason in lines.left_out):
        first = tiger_source("roads", roads.name)
    else:
        first = Source("roads", roads.name, _STATED_NOWHERE, "")
    return first, Source("areas", areas.name, _STATED_NOWHERE, "")


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read who made a city's data and on what terms, written as in a `city.toml`.

    A `[[source]]` has `covers`, `title`, `licence` and may have `notice` (the words the
    licence asks us to show), `url` and `composed`. Raises BadInput naming the entry.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise bad(path, error.strerror or "cannot be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad(path, str(error)) from None
    entries = found.pop("source", None)
    if found or not isinstance(entries, list) or not entries:
        raise bad(path, "holds [[source]] entries and nothing else")
    return tuple(
        _source(Where(path.name, row=at), entry)
        for at, entry in enumerate(cast("list[Any]", entries), 1)
    )


_NEEDED = ("covers", "title", "licence")
_FIELDS = dict.fromkeys((*_NEEDED, "notice", "url"), str) | {"composed": bool}


def _source(where: Where, entry: Any) -> Source:
    given = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if missing := [name for name in _NEEDED if not given.get(name)]:
        raise bad(where.at(where.row, missing[0]), "is missing")
    for name, value in given.items():
        if name not in _FIELDS:
            raise bad(where.at(where.row, name), "is no field of a source")
        if not isinstance(value, _FIELDS[name]):
            raise bad(where.at(where.row, name), f"is not a {_FIELDS[name].__name__}")
    given.setdefault("notice", "")
    return Source(**given)
