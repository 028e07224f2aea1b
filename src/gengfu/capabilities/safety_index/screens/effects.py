"""Geometry of an effect: its interval, and its path since the measure began.

Ratios stand on an axis on which half and double lie equally far from "no change".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from gengfu.capabilities.safety_index.rules.evaluation_values import Interval, PathPoint

from .charts import WIDE, Tick

_REACHES: Final = (1.5, 2.0, 4.0, 8.0)
"""How far an axis goes to both sides: the first that holds all, else the last."""
_TICKS: Final = {
    1.5: (1 / 1.5, 0.8, 1.0, 1.25, 1.5),
    2.0: (0.5, 0.7, 1.0, 1.4, 2.0),
    4.0: (0.25, 0.5, 1.0, 2.0, 4.0),
    8.0: (0.125, 0.35, 1.0, 2.8, 8.0),
}
BAR_LEFT, BAR_RIGHT = 12.0, WIDE - 12.0
PATH_WIDE, PATH_HIGH = 480, 220
_PATH_LEFT, _PATH_RIGHT, _PATH_TOP, _PATH_BOTTOM = 58.0, PATH_WIDE - 8.0, 10.0, 184.0
_MOST_MONTHS_NAMED = 9


@dataclass(frozen=True, slots=True)
class EffectBar:
    """An interval between `BAR_LEFT` and `BAR_RIGHT`; an open side goes on beyond."""

    low: float
    at: float
    high: float
    none_at: float
    open_low: bool
    open_high: bool
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class PathMark:
    """One point of a path: where it lies, and how far chance reaches."""

    x: float
    y: float
    low_y: float
    high_y: float
    reference: bool


@dataclass(frozen=True, slots=True)
class EffectPath:
    """The points of a path in order; the measure begins at `began_x`."""

    wide: int
    high: int
    left: float
    right: float
    top: float
    bottom: float
    none_y: float
    began_x: float
    marks: tuple[PathMark, ...]
    months: tuple[Tick, ...]
    changes: tuple[Tick, ...]


def effect_bar(found: Interval) -> EffectBar:
    """Put an interval on its axis."""
    reach = _reach([found])

    def put(ratio: float | None, without: float) -> float:
        share = without if ratio is None else _share(ratio, reach)
        return round(BAR_LEFT + share * (BAR_RIGHT - BAR_LEFT), 1)

    return EffectBar(
        low=put(found.low, 0.0),
        at=put(found.ratio, 1.0),
        high=put(found.high, 1.0),
        none_at=put(1.0, 0.5),
        open_low=found.low is None or found.low < 1 / reach,
        open_high=found.high is None or found.high > reach,
        ticks=tuple(Tick(put(one, 0.5), percent(one)) for one in _TICKS[reach]),
    )


def effect_path(points: Sequence[PathPoint]) -> EffectPath | None:
    """Draw the points that tell something; None where none but the reference does."""
    drawn = [
        (one, one.interval)
        for one in points
        if one.interval is not None and not one.interval.untold
    ]
    if all(one.reference for one, _ in drawn):
        return None
    reach = _reach(interval for _, interval in drawn)
    first, last = points[0].first, points[-1].last + 1
    across = (_PATH_RIGHT - _PATH_LEFT) / (last - first)

    def x(month: float) -> float:
        return round(_PATH_LEFT + (month - first) * across, 1)

    def y(ratio: float | None, without: float) -> float:
        share = without if ratio is None else _share(ratio, reach)
        return round(_PATH_BOTTOM - share * (_PATH_BOTTOM - _PATH_TOP), 1)

    marks = tuple(
        PathMark(
            x((one.first + one.last + 1) / 2),
            y(interval.ratio, 1.0),
            y(interval.low, 0.0),
            y(interval.high, 1.0),
            one.reference,
        )
        for one, interval in drawn
    )
    step = -(-len(points) // _MOST_MONTHS_NAMED)
    named = [one for one in points if (one.first // _width(one)) % step == 0]
    return EffectPath(
        wide=PATH_WIDE,
        high=PATH_HIGH,
        left=_PATH_LEFT,
        right=_PATH_RIGHT,
        top=_PATH_TOP,
        bottom=_PATH_BOTTOM,
        none_y=y(1.0, 0.5),
        began_x=x(0),
        marks=marks,
        months=tuple(
            Tick(x((one.first + one.last + 1) / 2), signed(one.first)) for one in named
        ),
        changes=tuple(Tick(y(one, 0.5), percent(one), "end") for one in _TICKS[reach]),
    )


def percent(ratio: float) -> str:
    """Write a ratio as a change in per cent with its sign."""
    return f"{signed(round(100 * (ratio - 1)))} %"


def signed(number: int) -> str:
    """Write a whole number with its sign, 0 without."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


def _width(point: PathPoint) -> int:
    return point.last - point.first + 1


def _reach(found: Iterable[Interval]) -> float:
    """Return how far an axis must go to hold all ratios and limits."""
    far = 1.0
    for one in found:
        for ratio in (one.ratio, one.low, one.high):
            if ratio is not None and ratio > 0:
                far = max(far, ratio, 1 / ratio)
    return next((reach for reach in _REACHES if far <= reach), _REACHES[-1])


def _share(ratio: float, reach: float) -> float:
    """Return where a ratio lies on an axis, from 0 to 1; beyond its ends at them."""
    if ratio <= 0:
        return 0.0
    return min(1.0, max(0.0, 0.5 + 0.5 * log(ratio) / log(reach)))
