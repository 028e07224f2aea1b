"""The control room as the twin needs it; the composition root binds the real one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .waiting import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinCall:
    """One call for help, recorded or drawn; `at` is when it comes in."""

    key: str
    at: datetime
    type: str
    priority: int
    words: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Sent:
    """One unit chosen for an incident, and when it was expected."""

    unit: str
    kind: str
    seconds: float
    low_s: float
    high_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """Whom the room recommended and sent; needs not met; tasks agencies must sign."""

    units: tuple[Sent, ...]
    unmet: int
    tasks: tuple[str, ...]


class TwinRoom(Protocol):
    """A running control room under the twin's clock. Every act is a real one."""

    def now_is(self, at: datetime) -> None:
        """Move the clock on; moves whose deadline has come are made."""
        ...

    def take(self, call: TwinCall) -> str:
        """Take and locate a call; return its incident."""
        ...

    def dispatch(self, incident: str) -> Dispatched | Wanted:
        """Recommend units, store that and send them; or say who could go."""
        ...

    def sign(self, task: str) -> None: ...
    def roll(self, unit: str) -> None: ...
    def arrive(self, unit: str) -> None: ...
    def transport(self, unit: str, destination: str) -> None: ...
    def reach(self, unit: str) -> None: ...
    def clear(self, unit: str) -> None: ...
    def free(self, unit: str) -> None: ...
    def put(self, unit: str, lon: float, lat: float) -> None:
        """Report where a unit is."""
        ...

    def close(self, incident: str, outcome: str, reason: str = "") -> None:
        """Close an incident; where nobody came, the reason says how it is over."""
        ...
