"""Geometry of the charts: numbers that templates put into inline SVG.

Charts are `WIDE` units wide, which is about what a cheap phone shows, so that their
words stay readable there. Every chart has its table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from gengfu.capabilities.safety_index.rules.document import Ratio, TrendPoint
from gengfu.capabilities.safety_index.rules.periods import Month

from .bands import BandView

WIDE: Final = 320
_LEFT, _RIGHT = 26.0, 8.0
_TOP, _FOOT = 8.0, 22.0
TREND_HIGH: Final = 170
_FARTHEST: Final = 2.0
"""Ratios are drawn from a quarter to four times, each doubling as wide as the next."""
_MOST_TICKS = 4
_LEAST_MONTHS = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval on an axis from 0 to 100; `cut` where it goes on beyond an end."""

    low: float
    middle: float
    high: float
    mark: float
    """Where "as expected" stands."""
    cut: bool = False

    @property
    def width(self) -> float:
        """How wide the interval is, at least wide enough to be seen."""
        return max(self.high - self.low, 0.8)


def ratio_bar(ratio: Ratio) -> Bar:
    """Put a ratio on its axis: a quarter at 0, one in the middle, four at 100."""
    put = [_on_axis(one) for one in (ratio.low, ratio.value, ratio.high)]
    low, middle, high = (min(100.0, max(0.0, x)) for x in put)
    return Bar(low, middle, high, 50.0, cut=put != [low, middle, high])


def _on_axis(ratio: float) -> float:
    if ratio <= 0:
        return -1.0
    return 50.0 + 50.0 * log2(ratio) / _FARTHEST


@dataclass(frozen=True, slots=True)
class TrendMark:
    """One month of a trend."""

    x: float
    y: float
    period: str
    value: int
    low: int
    high: int
    band: BandView


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on an axis; `anchor` is how the word lies to it."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Trend:
    """Scores of months with their intervals; months without one leave a gap."""

    wide: int
    high: int
    left: float
    right: float
    bottom: float
    expected_y: float
    intervals: tuple[str, ...]
    """Polygons: "x,y x,y ..."."""
    lines: tuple[str, ...]
    marks: tuple[TrendMark, ...]
    months: tuple[Tick, ...]
    scores: tuple[Tick, ...]


def trend(
    points: Sequence[tuple[TrendPoint, BandView]], expected_score: float
) -> Trend | None:
    """Draw months in order of time; None for fewer than two: a point is no trend."""
    known = sorted(points, key=lambda p: p[0].period)
    if len(known) < _LEAST_MONTHS:
        return None
    numbers = [_number(point.period) for point, _ in known]
    first, span = numbers[0], max(1, numbers[-1] - numbers[0])
    right, bottom = WIDE - _RIGHT, TREND_HIGH - _FOOT
    marks = tuple(
        TrendMark(
            round(_LEFT + 6 + (number - first) / span * (right - _LEFT - 12), 1),
            _score_y(point.value, bottom),
            point.period,
            point.value,
            point.low,
            point.high,
            band,
        )
        for number, (point, band) in zip(numbers, known, strict=True)
    )
    runs: list[list[TrendMark]] = []
    for at, mark in enumerate(marks):
        if at and numbers[at] - numbers[at - 1] == 1:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    return Trend(
        WIDE,
        TREND_HIGH,
        _LEFT,
        right,
        bottom,
        _score_y(expected_score, bottom),
        tuple(_interval(run, bottom) for run in runs),
        tuple(_joined([(m.x, m.y) for m in run]) for run in runs if len(run) > 1),
        marks,
        _months(marks),
        tuple(
            Tick(_score_y(v, bottom), str(v), "end") for v in (0, 20, 40, 60, 80, 100)
        ),
    )


def _number(period: str) -> int:
    month = Month.read(period)
    return month.year * 12 + month.month


def _score_y(score: float, bottom: float) -> float:
    return round(bottom - score / 100 * (bottom - _TOP), 1)


def _interval(run: Sequence[TrendMark], bottom: float) -> str:
    if len(run) == 1:
        one = run[0]
        low, high = _score_y(one.low, bottom), _score_y(one.high, bottom)
        x = one.x
        return _joined([(x - 2, low), (x - 2, high), (x + 2, high), (x + 2, low)])
    above = [(m.x, _score_y(m.high, bottom)) for m in run]
    below = [(m.x, _score_y(m.low, bottom)) for m in reversed(run)]
    return _joined(above + below)


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _months(marks: Sequence[TrendMark]) -> tuple[Tick, ...]:
    """Name the first and last month, and some between as far as there is room."""
    count = len(marks)
    wanted = min(_MOST_TICKS, count)
    chosen = sorted({round(n * (count - 1) / (wanted - 1)) for n in range(wanted)})
    ends = {chosen[0]: "start", chosen[-1]: "end"}
    return tuple(
        Tick(
            marks[at].x + {"start": -6, "end": 6}.get(ends.get(at, ""), 0),
            marks[at].period,
            ends.get(at, "middle"),
        )
        for at in chosen
    )
