"""What a pack says about its sources when the builder of it says nothing."""

from pathlib import Path

from .city import Source
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
