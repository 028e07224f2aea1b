"""Residents who call: what happened, where, in whose words, and who calls again."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from gengfu.twin.phrases import MANNERS, MARKS

from .scene import Address, Scene

CHANNELS = {"phone": 0.82, "web": 0.08, "text": 0.06, "alarm": 0.04}
REMEMBERED = 12
AGAIN = 0.18
"""Share of calls about something that somebody has called about already."""
STRAY_M = 60.0
METRES_PER_DEGREE = 111_195.0
NAMES = (
    "Ana Rojas",
    "Luis Soto",
    "Marta Díaz",
    "Pedro Vera",
    "王芳",
    "李强",
    "Eva Moya",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, which several people may report."""

    type: str
    detail: int
    mark: int
    address: Address


class Callers:
    """Makes one call after another, each from the same seed the same."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._scene = scene
        self._rng = rng
        self._types = tuple(MANNERS)
        often = np.array([MANNERS[t].often for t in self._types])
        self._often = often / often.sum()
        self._recent: deque[Event] = deque(maxlen=REMEMBERED)

    def pause_s(self) -> float:
        """Return how long until the next call (exponential)."""
        per_second = self._scene.calls_per_hour / 3600.0 * self._scene.speed
        return float(self._rng.exponential(1.0 / per_second))

    def next_call(self) -> dict[str, Any]:
        """Return the next call as the API takes it."""
        rng = self._rng
        if self._recent and rng.random() < AGAIN:
            event = self._recent[int(rng.integers(len(self._recent)))]
        else:
            event = self._new_event()
            self._recent.append(event)
        return self._said(event)

    def _new_event(self) -> Event:
        rng = self._rng
        kind = self._types[int(rng.choice(len(self._types), p=self._often))]
        addresses = self._scene.addresses
        return Event(
            type=kind,
            detail=int(rng.integers(1000)),
            mark=int(rng.integers(1000)),
            address=addresses[int(rng.integers(len(addresses)))],
        )

    def _said(self, event: Event) -> dict[str, Any]:
        rng = self._rng
        manner = MANNERS[event.type]
        spoken = tuple(self._scene.languages)
        weights = np.array([self._scene.languages[name] for name in spoken])
        language = spoken[int(rng.choice(len(spoken), p=weights / weights.sum()))]
        phrases = manner.phrases[language]
        details = manner.details[language]
        text = phrases[int(rng.integers(len(phrases)))].format(
            street=event.address.street,
            mark=MARKS[language][event.mark % len(MARKS[language])],
            detail=details[event.detail % len(details)],
        )
        lon, lat = self._strayed(event.address)
        channels = tuple(CHANNELS)
        chosen = int(rng.choice(len(channels), p=tuple(CHANNELS.values())))
        return {
            "channel": channels[chosen],
            "type": event.type,
            "text": text,
            "place": event.address.words,
            "lon": lon,
            "lat": lat,
            "caller_name": NAMES[int(rng.integers(len(NAMES)))],
            "callback": f"+56 51 {int(rng.integers(2_000_000, 2_999_999))}",
            "simulated": True,
        }

    def _strayed(self, address: Address) -> tuple[float, float]:
        """People say where they stand, not where it happens."""
        east, north = self._rng.normal(0.0, STRAY_M / 2, 2)
        scale = METRES_PER_DEGREE * float(np.cos(np.radians(address.lat)))
        lon = address.lon + float(east) / scale
        return round(lon, 6), round(address.lat + float(north) / METRES_PER_DEGREE, 6)
