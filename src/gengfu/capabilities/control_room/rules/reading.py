"""How long a crew reads of an incident once it is free of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewReads:
    """Who was there writes up what they did; who was called off learns why."""

    after_scene: timedelta
    after_called_off: timedelta


CREW_READS = CrewReads(
    after_scene=timedelta(hours=24), after_called_off=timedelta(minutes=15)
)
"""What holds where a city's policy says nothing."""


class Sent(Protocol):
    """A unit on an incident, as a case or as screens see it."""

    @property
    def unit(self) -> str: ...
    @property
    def on_scene_at(self) -> datetime | None: ...
    @property
    def cleared_at(self) -> datetime | None: ...


def may_read(
    sent: Iterable[Sent], unit: str | None, now: datetime, reads: CrewReads
) -> bool:
    """Tell whether a crew reads of an incident: while it is on it, and for a while."""
    for one in sent:
        if one.unit != unit:
            continue
        if one.cleared_at is None:
            return True
        there = one.on_scene_at is not None
        for_how_long = reads.after_scene if there else reads.after_called_off
        if now < one.cleared_at + for_how_long:
            return True
    return False
