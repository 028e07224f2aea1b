"""What is installed: one line for each capability."""

import gc
from datetime import datetime, time

from gengfu.capabilities import control_room, safety_index
from gengfu.capabilities.control_room.cases.roles import CALLER, RESPONSE
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.safety_index.cases.roles import RESIDENT, STATISTICS
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.web.ingest import ALARM, Take
from gengfu.web.machines import Forward

from .config import NEVER, Settings
from .counts import FolderBuilder, FolderCalls, FolderCounts
from .nightly import Nightly, searching
from .platform import Platform

INSTALLED = (control_room.CAPABILITY, safety_index.CAPABILITY)

PLACED_TOGETHER = 500
"""So many units are put on the roads at once at most: a millisecond or two."""

PUBLIC = ((CALLER, RESPONSE), (RESIDENT, STATISTICS))
"""What anybody may do without signing in: report, and read what residents may read."""


MACHINES = {ALARM: Forward("/alarms", RESPONSE)}
"""Short addresses for machines, each with its route of the API."""


def take_positions(platform: Platform) -> Take:
    """Return the control room's way to keep a unit's position."""
    room, clock = platform.runtime(Room), platform.office.clock
    positions = room.positions

    def take(
        unit: str,
        lon: float,
        lat: float,
        at: datetime,
        heading: float | None,
        speed_kmh: float | None,
        accuracy_m: float | None,
    ) -> bool:
        kept = positions.take(
            unit, lon, lat, at, clock(), heading, speed_kmh, accuracy_m
        )
        if positions.waiting >= PLACED_TOGETHER:
            room.place_units()
        return kept

    return take


def provide(platform: Platform, settings: Settings) -> None:
    """Hand capabilities what settings and each other have for them, once started."""
    library = platform.runtime(Library)
    library.kinds = {
        one.code: one.name for one in platform.runtime(Room).rulebook.catalogue.kinds
    }
    if settings.events is not None and settings.city is not None:
        made_of = settings.events, settings.city, library.config
        library.counts = FolderCounts(*made_of)
        library.calls = FolderCalls(*made_of)
        simulated = library.site.simulated
        library.builder = FolderBuilder(*made_of, simulated=simulated)


def watch_nightly(platform: Platform, settings: Settings) -> None:
    """Watch for signals each night where there is a store of events to look at."""
    events, city = settings.events, settings.city
    if events is None or city is None or settings.watch_at == NEVER:
        return
    library = platform.runtime(Library)
    search = searching(events, city, library)
    begins = time.fromisoformat(settings.watch_at)
    nightly = Nightly(library=library, begins=begins, search=search)
    platform.keep(nightly.run(), "nightly watch")


def warm_later(platform: Platform) -> None:
    """Make what the first search for a place or type would otherwise wait for."""
    room = platform.runtime(Room)
    for area in platform.town.area_names():
        platform.town.area_kind(area)
        break
    room.rulebook.catalogue.search("fire")
    room.town.search("a", None, 1)
    gc.freeze()
