"""Incidents that are one: merged, and unmerged again."""

from gengfu.capabilities.control_room.cases.holding import hold, hold_incidents
from gengfu.capabilities.control_room.cases.incidents import Incident, incident
from gengfu.capabilities.control_room.cases.merging import (
    absorb,
    let_go,
    merge,
    unmerge,
)
from gengfu.capabilities.control_room.cases.responses import note_status, take_over
from gengfu.capabilities.control_room.cases.units import UnitStage, go_over, unit
from gengfu.kernel import CaseId, Desk, Ref, RuleBroken, Seen
from gengfu.kernel.both import both
from gengfu.kernel.erasing import pass_hold, share_hold

from .names import id_of

LONGEST_CHAIN = 32
MERGED = both("merged", "警情已合并")
"""Why a unit is off an incident that turned out to be another."""


def resolve(desk: Desk, wanted: CaseId) -> Incident:
    """Follow merges to the one incident they end at."""
    found = desk.get(incident, wanted)
    for _ in range(LONGEST_CHAIN):
        if found.merged_into is None:
            return found
        found = desk.get(incident, found.merged_into)
    raise RuleBroken(f"the merges of {wanted} run in a circle")


def merge_into(
    desk: Desk, duplicate: CaseId | Seen, into: CaseId, reason: str
) -> Incident:
    """Say that one incident is another; chains end at one incident.

    Units that are on it already go over with their status and clocks.
    """
    main = resolve(desk, into)
    other = id_of(duplicate)
    if main.id == other:
        raise RuleBroken("an incident cannot be merged into itself")
    hold(desk, unit, (one.unit for one in desk.get(incident, other).running()))
    hold_incidents(desk, (other, main.id))
    if running := desk.get(incident, other).running():
        for one in running:
            desk.apply(other, note_status, one.unit, UnitStage.AVAILABLE, MERGED)
            desk.apply(one.unit, go_over, main.id)
        desk.apply(main.id, take_over, running)
        duplicate = other
    merged = desk.apply(duplicate, merge, main.id, reason)
    desk.apply(main.id, absorb, other)
    pass_hold(desk, Ref(incident.kind, other), Ref(incident.kind, main.id))
    return merged


def undo_merge(desk: Desk, duplicate: CaseId, reason: str) -> Incident:
    """Take a merge back: the incident waits for help again."""
    main = desk.get(incident, duplicate).merged_into
    if main is not None:
        hold_incidents(desk, (main, duplicate))
        desk.apply(main, let_go, duplicate)
        share_hold(desk, Ref(incident.kind, main), Ref(incident.kind, duplicate))
    return desk.apply(duplicate, unmerge, reason)
