"""How safe is my street: the index, early signals, evaluation, what residents read."""

from zoneinfo import ZoneInfo

from gengfu.surface import Capability, Door, Screen

from .api import ROUTES
from .cases.escalations import escalation
from .cases.publications import publication
from .cases.roles import (
    COMMANDER,
    INDEX_AUDITOR,
    READERS,
    RESIDENT,
    ROLES,
    STAFF_READERS,
    STATION_OFFICER,
    STATISTICIAN,
    STATISTICS,
)
from .cases.signals import signal
from .cases.watches import watch
from .live.library import Library
from .screens import escalation_desk, portal, publishing_desk, signal_desk
from .screens.forecast import Outlook, forecast
from .screens.workbench import Bench, workbench
from .shelving import Shelves

_ANYBODY = ("call-taker", "dispatcher", "crew", "agency-officer", "caller", "alarm")
"""Accounts of others, who read what residents read."""


def _bench(door: Door) -> Bench:
    library = door.runtime(Library)
    return Bench(library.counts, library.jobs)


def _outlook(door: Door) -> Outlook:
    library = door.runtime(Library)
    clocks = ZoneInfo(library.site.town.timezone)
    today = library.site.office.clock().astimezone(clocks).date()
    return Outlook(library.calls, library.jobs, today, library.searching)


CAPABILITY = Capability(
    name="safety_index",
    machines=(publication, signal, escalation, watch),
    roles=ROLES,
    purposes=(STATISTICS,),
    routes=ROUTES,
    screens=(
        *portal(Shelves(), READERS, STATISTICS),
        Screen(
            path="/publications",
            template="publications.html",
            title="publications",
            roles=STAFF_READERS,
            purpose=STATISTICS,
            fill=publishing_desk.fill,
            take=publishing_desk.take,
        ),
        Screen(
            path="/publications/{case}/publication.json",
            title="publications",
            roles=STAFF_READERS,
            purpose=STATISTICS,
            document=publishing_desk.document,
        ),
        Screen(
            path="/escalations",
            template="escalations.html",
            title="escalations",
            roles=STAFF_READERS,
            purpose=STATISTICS,
            fill=escalation_desk.fill,
            take=escalation_desk.take,
        ),
        Screen(
            path="/signals",
            template="signals.html",
            title="signals",
            roles=(STATION_OFFICER, *STAFF_READERS),
            purpose=STATISTICS,
            fill=signal_desk.fill,
            take=signal_desk.take,
        ),
        workbench(_bench),
        forecast(_outlook),
    ),
    start=Library,
    demo_roles=(
        ("statistician", (STATISTICIAN, RESIDENT)),
        ("index-auditor", (INDEX_AUDITOR, RESIDENT)),
        ("commander", (COMMANDER, RESIDENT)),
        ("station-officer", (STATION_OFFICER, RESIDENT)),
        *((name, (RESIDENT,)) for name in _ANYBODY),
    ),
)

__all__ = ["CAPABILITY"]
