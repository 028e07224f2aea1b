"""The picture: every live case in memory, kept up by the ledger's tail.

The picture may trail the ledger by a moment. It is for looking and for ranking; what
a move may do is decided at the desk, on what is stored.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gengfu.capabilities.control_room.cases.calls import Call, call
from gengfu.capabilities.control_room.cases.closures import Closure, closure
from gengfu.capabilities.control_room.cases.incidents import Incident, incident
from gengfu.capabilities.control_room.cases.orders import Order, order
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import Unit, unit
from gengfu.kernel import Case, CaseId, Codec, Machine, Reader, Row, Task
from gengfu.kernel.tasks import task

MOST_ENDED = 10_000
LIVE: tuple[Machine[Any], ...] = (call, incident, unit, task, order, closure)
BY_KIND = {machine.kind: machine for machine in LIVE}


@dataclass(slots=True)
class Picture:
    """Live cases by kind and id. `seq` is the ledger entry it is up to."""

    codec: Codec
    seq: int = -1
    at: datetime | None = None
    calls: dict[CaseId, Call] = field(default_factory=dict)
    incidents: dict[CaseId, Incident] = field(default_factory=dict)
    units: dict[CaseId, Unit] = field(default_factory=dict)
    tasks: dict[CaseId, Task] = field(default_factory=dict)
    orders: dict[CaseId, Order] = field(default_factory=dict)
    closures: dict[CaseId, Closure] = field(default_factory=dict)
    _ended: OrderedDict[CaseId, int] = field(default_factory=OrderedDict)
    """Versions at which cases ended, so that what comes late does not revive them."""
    tasks_about: dict[CaseId, set[CaseId]] = field(
        default_factory=lambda: defaultdict[CaseId, set[CaseId]](set)
    )
    _shelves: dict[str, dict[CaseId, Any]] = field(init=False)
    watchers: list[Callable[[Case | None, Case], None]] = field(default_factory=list)
    """Called with a case before (None where new) and after each change."""

    def __post_init__(self) -> None:
        self._shelves = {
            call.kind: self.calls,
            incident.kind: self.incidents,
            unit.kind: self.units,
            task.kind: self.tasks,
            order.kind: self.orders,
            closure.kind: self.closures,
        }

    def load(self, reader: Reader) -> None:
        """Fill the picture from what is stored."""
        self.seq = reader.size() - 1
        for machine in LIVE:
            stages = {str(s) for s in machine.stages if s not in machine.ends}
            if machine is unit:
                stages = {str(s) for s in machine.stages}
            for row in reader.rows(machine.kind, stages=stages):
                self.put(row)

    def put(self, row: Row) -> Case | None:
        """Take in a row; return the case, or None where its kind is not shown."""
        machine = BY_KIND.get(row.kind)
        if machine is None:
            return None
        held = self._shelves[row.kind].get(row.id)
        if held is not None and held.version >= row.version:
            return held
        case: Case = row.value or self.codec.decode(machine.case, row.body)
        return self.put_case(machine, case)

    def put_case(self, machine: Machine[Any], case: Case) -> Case | None:
        """Take in a case unless a newer version is here already.

        Tasks of other capabilities, which serve another purpose, are not shown here.
        """
        if isinstance(case, Task) and case.purpose != RESPONSE:
            return None
        shelf = self._shelves[machine.kind]
        if case.version <= self._ended.get(case.id, 0):
            return case
        before = shelf.get(case.id)
        if before is not None and before.version >= case.version:
            return before
        over = case.stage in machine.ends and not isinstance(case, Unit)
        if over:
            shelf.pop(case.id, None)
            self._ended[case.id] = case.version
            while len(self._ended) > MOST_ENDED:
                self._ended.popitem(last=False)
        else:
            shelf[case.id] = case
        if isinstance(case, Task):
            about = self.tasks_about[case.about.id]
            about.discard(case.id) if over else about.add(case.id)
            if not about:
                del self.tasks_about[case.about.id]
        for watch in self.watchers:
            watch(before, case)
        return case

    def tasks_of(self, case: CaseId) -> Sequence[Task]:
        """Return the open tasks about a case."""
        found = self.tasks_about.get(case, ())
        return tuple(self.tasks[t] for t in sorted(found) if t in self.tasks)

    def orders_of(self, unit_id: CaseId) -> Iterable[Order]:
        """Return the open orders to a unit."""
        return (o for o in self.orders.values() if o.unit == unit_id)
