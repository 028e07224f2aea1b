"""What live screens get: the whole picture once, then changes, then positions."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.cases.orders import Order
from gengfu.capabilities.control_room.cases.units import Unit
from gengfu.kernel import Case, Entry, Task
from gengfu.kernel.tasks import hand_over

from .views import (
    CallView,
    ClosureView,
    IncidentView,
    OrderView,
    TaskView,
    UnitView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """Every live case, as of a ledger entry."""

    seq: int
    at: datetime
    calls: tuple[CallView, ...]
    incidents: tuple[IncidentView, ...]
    units: tuple[UnitView, ...]
    tasks: tuple[TaskView, ...]
    orders: tuple[OrderView, ...]
    closures: tuple[ClosureView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One ledger entry on the live feed, with the case as it now is."""

    seq: int
    kind: str
    case: str
    move: str
    at: datetime
    actor: str
    role: str
    area: str | None
    patch: object


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsView:
    """Positions that changed in the last second."""

    at: datetime
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def audience(case: Case, entry: Entry) -> frozenset[str]:
    """Name the units and agencies that hear of an entry besides the desk.

    Whoever handed a task over, or had it taken away, hears of that and of nothing
    after it. Where more has happened since, all who ever held it hear it once more.
    """
    match case:
        case Unit():
            return frozenset({case.id})
        case Order():
            return frozenset({case.unit})
        case Incident():
            return frozenset(a.unit for a in case.running())
        case Task():
            holders = set[str]() if case.agency is None else {case.agency}
            if entry.move == hand_over.name:
                just_this = case.version == entry.version
                holders |= set(case.held_before[-1:] if just_this else case.held_before)
            return frozenset(holders)
        case _:
            return frozenset()
