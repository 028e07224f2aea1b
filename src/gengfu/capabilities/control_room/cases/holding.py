"""Cases that change together are held in one order.

Units by their ids, then incidents with the more urgent first, then tasks: so two
servers on one database wait for each other, and never both for the other.
"""

from collections.abc import Iterable
from typing import Any

from gengfu.kernel import CaseId, Desk, Machine

from .incidents import incident


def hold(desk: Desk, machine: Machine[Any], cases: Iterable[CaseId]) -> None:
    """Keep others from changing cases of a kind until this commits."""
    for one in sorted(set(cases)):
        desk.tx.find_for_update(machine.kind, one)


def hold_incidents(desk: Desk, cases: Iterable[CaseId]) -> None:
    """Keep others from changing incidents until this commits, more urgent first."""
    known = [desk.get(incident, one) for one in set(cases)]
    for case in sorted(known, key=lambda one: (one.priority, one.id)):
        desk.tx.find_for_update(incident.kind, case.id)
