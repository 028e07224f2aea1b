"""What the driver is told at its start: where the server is, who may act, addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A place people call from."""

    words: str
    street: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a driver needs; tokens are those of the demonstration's accounts.

    `speed` is how many times faster than life everything goes. `languages` are those
    in which callers speak, with their weights.
    """

    url: str
    caller: str
    desk: str
    crews: dict[str, str]
    phones: dict[str, str]
    agencies: dict[str, str]
    addresses: tuple[Address, ...]
    languages: dict[str, float]
    speed: float = 1.0
    seed: int = 1
    calls_per_hour: float = 60.0
    patience_s: float = 60.0


type Clock = Callable[[], datetime]
"""The wall clock, aware, in UTC."""
