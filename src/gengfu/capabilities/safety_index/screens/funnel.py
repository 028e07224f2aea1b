"""The funnel: all places against what chance alone does to places of their size.

The ratio of what happened to what was expected is drawn over what was expected, with
the exact Poisson limits of a place where exactly as much is due as expected. Only
published counts are drawn: a small one of the own place as the range that it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from gengfu.capabilities.safety_index.rules.document import (
    HIDDEN,
    Part,
    PlaceReport,
)
from gengfu.science.rates import funnel_limits

from .charts import WIDE, Tick

HIGH: Final = 210
WARN, ALARM = 0.95, 0.998
"""The usual inner and outer limits of a funnel."""
_LEFT, _RIGHT, _TOP, _FOOT = 26.0, 8.0, 8.0, 24.0
_STEPS = 40
_LEAST_TOP, _MOST_TOP = 2.0, 5.0
_FIGURES_FROM = 10


@dataclass(frozen=True, slots=True)
class Dot:
    """One place; `beyond` if it stands above what is drawn."""

    x: float
    y: float
    name: str
    beyond: bool


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One line of the table behind the funnel."""

    id: str
    name: str
    events: str
    expected: float
    ratio: float | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel of one domain with one place marked."""

    domain: str
    wide: int
    high: int
    left: float
    right: float
    bottom: float
    one_y: float
    inner: tuple[str, str]
    outer: tuple[str, str]
    dots: tuple[Dot, ...]
    mine: Dot | None
    mine_range: tuple[float, float, float] | None
    """x, and y of the least and most that a small count may be."""
    hidden: int
    """Places with a count that is not shown."""
    ratios: tuple[Tick, ...]
    expected: tuple[Tick, ...]
    rows: tuple[FunnelRow, ...]


@dataclass(frozen=True, slots=True)
class _Axes:
    most_expected: float
    top: float

    def x(self, expected: float) -> float:
        share = sqrt(expected / self.most_expected)
        return round(_LEFT + share * (WIDE - _RIGHT - _LEFT), 1)

    def y(self, ratio: float) -> float:
        bottom = HIGH - _FOOT
        return round(bottom - min(ratio, self.top) / self.top * (bottom - _TOP), 1)


def funnel(
    places: Sequence[tuple[PlaceReport, str]],
    domain: str,
    mine: str,
    hidden_to: int,
) -> Funnel | None:
    """Draw a domain's funnel with the place `mine`; None if nobody's can be drawn.

    Args:
        places: reports with their names in the page's language.
        domain: which part of each place.
        mine: the id of the place to mark.
        hidden_to: the largest count that is not shown.

    """
    parts = [
        (place, name, part)
        for place, name in places
        for part in place.parts
        if part.domain == domain and part.expected > 0
    ]
    if not parts:
        return None
    rows = tuple(
        FunnelRow(p.id, name, part.events, part.expected, _ratio(part), p.id == mine)
        for p, name, part in sorted(parts, key=lambda one: -one[2].expected)
    )
    highest = max((row.ratio for row in rows if row.ratio is not None), default=1.0)
    own = next((row for row in rows if row.mine), None)
    axes = _Axes(
        1.04 * max(row.expected for row in rows),
        min(_MOST_TOP, max(_LEAST_TOP, 1.08 * highest)),
    )
    inner, outer = _limits(axes, WARN), _limits(axes, ALARM)
    dots = tuple(
        _dot(axes, row) for row in rows if row.ratio is not None and not row.mine
    )
    shown = own is not None and own.ratio is not None
    return Funnel(
        domain,
        WIDE,
        HIGH,
        _LEFT,
        WIDE - _RIGHT,
        HIGH - _FOOT,
        axes.y(1.0),
        inner,
        outer,
        dots,
        _dot(axes, own) if own is not None and shown else None,
        None if own is None or shown else _range(axes, own, hidden_to),
        sum(1 for row in rows if row.ratio is None),
        _ratio_ticks(axes),
        _expected_ticks(axes),
        rows,
    )


def _ratio(part: Part) -> float | None:
    return int(part.events) / part.expected if part.events.isdecimal() else None


def _dot(axes: _Axes, row: FunnelRow) -> Dot:
    ratio = row.ratio or 0.0
    return Dot(axes.x(row.expected), axes.y(ratio), row.name, ratio > axes.top)


def _range(
    axes: _Axes, row: FunnelRow, hidden_to: int
) -> tuple[float, float, float] | None:
    if row.events != HIDDEN:
        return None
    low, high = 1 / row.expected, hidden_to / row.expected
    return axes.x(row.expected), axes.y(low), axes.y(high)


def _limits(axes: _Axes, level: float) -> tuple[str, str]:
    """Draw both limits as SVG points, from where the upper one comes into sight."""
    shares = np.linspace(0.05, 1.0, _STEPS)
    expected = axes.most_expected * shares**2
    low, high = funnel_limits(expected, level)
    below = [
        (axes.x(float(e)), axes.y(float(v))) for e, v in zip(expected, low, strict=True)
    ]
    above = [
        (axes.x(float(e)), axes.y(float(v)))
        for e, v in zip(expected, high, strict=True)
        if v <= axes.top
    ]
    return _points(below), _points(above)


def _points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def _ratio_ticks(axes: _Axes) -> tuple[Tick, ...]:
    step = 0.5 if axes.top <= _LEAST_TOP + 1 else 1.0
    count = int(axes.top / step)
    return tuple(
        Tick(axes.y(n * step), f"{n * step:g}", "end") for n in range(count + 1)
    )


def _expected_ticks(axes: _Axes) -> tuple[Tick, ...]:
    """Round numbers of expected events at a third, two thirds and the end."""
    wanted = [axes.most_expected * share**2 for share in (0.35, 0.67, 0.97)]
    rounded = [_round(one) for one in wanted]
    return tuple(
        Tick(axes.x(one), f"{one:g}")
        for one in dict.fromkeys(rounded)
        if 0 < one <= axes.most_expected
    )


def _round(number: float) -> float:
    if number < 1:
        return round(number, 2)
    if number < _FIGURES_FROM:
        return float(round(number))
    unit = 10 ** (len(str(int(number))) - 1)
    return float(int(number / unit * 2) * unit / 2)
