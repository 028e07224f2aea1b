"""Units on an incident: sent, on the way, there, and free again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from gengfu.kernel import CaseId, Length

from .units import UnitStage


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How far a unit's positions moved on its way: a sum, never a track."""

    moved_m: float
    fixes: int
    accuracy_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A unit to send, with the arrival it was chosen for (seconds from now).

    `away_m` is how far off it is in a straight line.
    """

    unit: CaseId
    callsign: Annotated[str, Length(1, 200)]
    kind: Annotated[str, Length(1, 64)]
    eta_s: float | None = None
    eta_low_s: float | None = None
    eta_high_s: float | None = None
    away_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One unit on this incident, from being sent to being free again."""

    unit: CaseId
    callsign: str
    kind: str
    status: UnitStage
    assigned_at: datetime
    eta_s: float | None = None
    eta_low_s: float | None = None
    eta_high_s: float | None = None
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    transporting_at: datetime | None = None
    destination: str = ""
    """Where somebody was taken, as the crew said it."""
    at_destination_at: datetime | None = None
    cleared_at: datetime | None = None
    stood_down: str = ""
    away_m: float | None = None
    movement: Movement | None = None

    @property
    def running(self) -> bool:
        return self.cleared_at is None
