"""How safe is my street: the index, early signals, evaluation, what residents read."""

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
from .screens import portal, signal_desk
from .screens.workbench import Bench, workbench
from .shelving import Shelves

_ANYBODY = ("call-taker", "dispatcher", "crew", "agency-officer", "caller", "alarm")
"""Accounts of others, who read what residents read."""


def _bench(door: Door) -> Bench:
    library = door.runtime(Library)
    return Bench(library.counts, library.jobs)


CAPABILITY = Capability(
    name="safety_index",
    machines=(publication, signal, escalation, watch),
    roles=ROLES,
    purposes=(STATISTICS,),
    routes=ROUTES,
    screens=(
        *portal(Shelves(), READERS, STATISTICS),
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
