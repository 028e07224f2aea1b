"""What happened in a run, call by call and unit by unit."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class UnitRun:
    """One unit on one call."""

    unit: str
    kind: str
    expected_s: float
    low_s: float
    high_s: float | None
    sent_at: datetime | None = None
    rolled_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    free_at: datetime | None = None


@dataclass(slots=True)
class CallRun:
    """One call from ringing to closed."""

    key: str
    type: str
    priority: int
    received_at: datetime
    area: str = ""
    sent_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    unmet: int = 0
    tasks: int = 0
    tries: int = 0
    units: list[UnitRun] = field(default_factory=list[UnitRun])

    @property
    def first_arrival_at(self) -> datetime | None:
        """When the first unit arrived."""
        arrived = [u.arrived_at for u in self.units if u.arrived_at is not None]
        return min(arrived) if arrived else None

    @property
    def response_s(self) -> float | None:
        """Seconds from the call to the first arrival."""
        first = self.first_arrival_at
        return None if first is None else (first - self.received_at).total_seconds()


@dataclass(slots=True)
class Journal:
    """All calls of a run, in order of coming in."""

    start: datetime
    calls: list[CallRun] = field(default_factory=list[CallRun])
