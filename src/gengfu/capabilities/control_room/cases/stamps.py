"""The clocks of an incident, and how one that is wrong is put right."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.kernel import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """When each thing first happened; nothing sets a clock twice.

    What a sending stamped goes when it is taken back: then it did not happen.
    """

    received: datetime
    answered: datetime | None = None
    located: datetime | None = None
    created: datetime | None = None
    dispatched: datetime | None = None
    signed: datetime | None = None
    en_route: datetime | None = None
    on_scene: datetime | None = None
    controlled: datetime | None = None
    closed: datetime | None = None

    def stamped(self, clock: str, at: datetime) -> "Clocks":
        """Set a clock unless it is set already."""
        return self if getattr(self, clock) else changed(self, **{clock: at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A clock put right: what it said, what is true, who says so."""

    clock: str
    was: datetime | None
    now: datetime
    reason: str
    by: str
    at: datetime
