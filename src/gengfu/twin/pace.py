"""How long things take in the twin: medians and spread by step and kind of unit.

Lognormal throughout (Ingolfsson, Budge & Erkut 2008 find it fits ambulance delays and
travel). Recorded days give their own medians; without a record the defaults hold, which
are assumptions for demonstration and comparison, not measurements of any city.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log
from statistics import median

from .records import Response

_FEWEST = 20
_LONGEST_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Spread:
    """A lognormal: its median in seconds and the deviation of its logarithm."""

    median_s: float
    sigma: float

    def at(self, normal: float) -> float:
        """Return the duration at a standard normal draw; at most twelve hours."""
        return min(self.median_s * exp(self.sigma * normal), _LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """Durations of every step but the drive; `scene` is by kind of unit."""

    processing: Spread = Spread(75.0, 0.6)
    turnout: Spread = Spread(76.0, 0.45)
    drive_sigma: float = 0.35
    scene: Mapping[str, Spread] = field(default_factory=dict[str, Spread])
    scene_else: Spread = Spread(1080.0, 0.6)
    transported: Mapping[str, float] = field(
        default_factory=lambda: {"ambulance": 0.55}
    )
    transport: Spread = Spread(900.0, 0.5)
    handing_over: Spread = Spread(1500.0, 0.5)
    clearing: Spread = Spread(60.0, 0.5)
    signing: Spread = Spread(90.0, 0.8)

    def scene_of(self, kind: str) -> Spread:
        """Return the time on scene of a kind of unit."""
        return self.scene.get(kind, self.scene_else)


def paces_of(responses: Iterable[Response], kinds: Mapping[str, str]) -> Paces:
    """Take durations from a record; `kinds` gives our kind of unit by unit.

    A step with fewer than 20 recorded durations keeps its default.
    """
    rows = tuple(responses)
    scene: dict[str, list[float]] = defaultdict(list)
    carried: dict[str, list[bool]] = defaultdict(list)
    for r in rows:
        kind = kinds.get(r.unit, "")
        end = r.transport or r.available
        if r.on_scene is not None and end is not None:
            scene[kind].append((end - r.on_scene).total_seconds())
            carried[kind].append(r.transport is not None)
    usual = Paces()
    return Paces(
        processing=_spread(
            ((r.dispatched - r.received).total_seconds() for r in rows),
            usual.processing,
        ),
        turnout=_spread(
            (
                (r.rolling - r.dispatched).total_seconds()
                for r in rows
                if r.rolling is not None
            ),
            usual.turnout,
        ),
        scene={k: _spread(v, usual.scene_else) for k, v in sorted(scene.items())},
        transported={k: sum(v) / len(v) for k, v in sorted(carried.items()) if any(v)},
        transport=_spread(
            (
                (r.hospital - r.transport).total_seconds()
                for r in rows
                if r.hospital is not None and r.transport is not None
            ),
            usual.transport,
        ),
        handing_over=_spread(
            (
                (r.available - r.hospital).total_seconds()
                for r in rows
                if r.available is not None and r.hospital is not None
            ),
            usual.handing_over,
        ),
    )


def _spread(durations: Iterable[float], usual: Spread) -> Spread:
    """Median, and the spread of the middle half, which outliers do not move."""
    known = sorted(d for d in durations if 0.0 < d <= _LONGEST_S)
    if len(known) < _FEWEST:
        return usual
    low, high = known[len(known) // 4], known[3 * len(known) // 4]
    sigma = log(high / low) / 1.349 if low < high else 0.0
    return Spread(round(median(known), 3), round(min(sigma, 1.5), 4))
