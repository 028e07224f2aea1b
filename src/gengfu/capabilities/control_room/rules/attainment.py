"""How well a clock standard is kept, without flattering and without small-number panic.

Clocks that have not stopped are censored, not forgotten. One that runs (or ran, until
the incident was closed without it) beyond the limit is a miss; one not yet beyond it
is neither kept nor missed: it is left out of the share and counted as `pending`.
Percentiles use all of them (Kaplan and Meier 1958, product-limit estimate), so that
leaving out the long-running ones cannot make the median look good.

The interval round a share is Wilson's (1927), which holds near 0 and 1 and for few
runs. A standard is called kept or missed only where the 95 % interval lies wholly on
one side of its share; otherwise the figures are said not to decide.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import NormalDist
from typing import Literal
from zoneinfo import ZoneInfo

from .plans import AreaKind
from .standards import Standard

type Verdict = Literal["kept", "missed", "undecided", "no-runs"]
type GroupBy = Literal["all", "area", "hour", "type"]
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Run:
    """One incident's clocks, and what it is grouped by.

    `ended_at` is when the incident left the room (closed or merged), if it has.
    """

    incident: str
    type: str
    domain: str
    priority: int
    clocks: Mapping[str, datetime | None]
    area: str = ""
    area_kind: AreaKind | None = None
    unit_kinds: frozenset[str] = frozenset()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A range for a share, both ends within 0 and 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Attainment:
    """How one group of runs kept one standard; a share of no runs is None.

    `disordered` counts runs whose second clock is before the first: they are left
    out, and somebody should look at them.
    """

    standard: str
    group: str
    runs: int
    kept: int
    pending: int
    disordered: int
    share: float | None
    interval_90: Interval | None
    interval_95: Interval | None
    p50_s: float | None
    p90_s: float | None
    verdict: Verdict


def wilson(kept: int, runs: int, confidence: float = 0.95) -> Interval:
    """Score interval of a share (Wilson 1927), `runs` at least 1."""
    if not 0 <= kept <= runs or runs < 1:
        raise ValueError(f"{kept} of {runs} is not a share")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = kept / runs, z * z / runs
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / runs + spread / (4 * runs)) / (1 + spread)
    return Interval(
        0.0 if kept == 0 else max(0.0, middle - half),
        1.0 if kept == runs else min(1.0, middle + half),
    )


def attainment(
    runs: Iterable[Run],
    standard: Standard,
    now: datetime,
    *,
    by: GroupBy = "all",
    zone: str = "UTC",
) -> tuple[Attainment, ...]:
    """Judge one standard over many runs, by group in the order of their names.

    `zone` is the city's time zone: hours are local hours of the first clock, "00" to
    "23". With no applicable run there is one group of none.
    """
    group_of = _grouping(by, standard, ZoneInfo(zone))
    groups: dict[str, list[_Timed]] = {}
    for run in runs:
        started = run.clocks.get(standard.from_clock)
        if started is not None and standard.applies(run):
            timed = _time(run, standard, started, now)
            groups.setdefault(group_of(run), []).append(timed)
    if not groups:
        groups[EVERYTHING] = []
    return tuple(_judge(standard, g, groups[g]) for g in sorted(groups))


@dataclass(frozen=True, slots=True)
class _Timed:
    seconds: float
    stopped: bool


def _grouping(by: GroupBy, standard: Standard, zone: ZoneInfo) -> Callable[[Run], str]:
    def hour(run: Run) -> str:
        started = run.clocks.get(standard.from_clock)
        return "" if started is None else f"{started.astimezone(zone):%H}"

    ways: dict[GroupBy, Callable[[Run], str]] = {
        "all": lambda _: EVERYTHING,
        "area": lambda run: run.area,
        "type": lambda run: run.type,
        "hour": hour,
    }
    return ways[by]


def _time(run: Run, standard: Standard, started: datetime, now: datetime) -> _Timed:
    stopped = run.clocks.get(standard.to_clock)
    until = stopped or run.ended_at or now
    return _Timed((until - started).total_seconds(), stopped is not None)


def _judge(standard: Standard, group: str, timed: Sequence[_Timed]) -> Attainment:
    ordered = [t for t in timed if t.seconds >= 0]
    judged = [t for t in ordered if t.stopped or t.seconds > standard.limit_s]
    kept = sum(t.seconds <= standard.limit_s for t in judged)
    runs = len(judged)
    return Attainment(
        standard=standard.id,
        group=group,
        runs=runs,
        kept=kept,
        pending=len(ordered) - runs,
        disordered=len(timed) - len(ordered),
        share=kept / runs if runs else None,
        interval_90=wilson(kept, runs, 0.90) if runs else None,
        interval_95=wilson(kept, runs, 0.95) if runs else None,
        p50_s=_percentile(ordered, 0.5),
        p90_s=_percentile(ordered, 0.9),
        verdict=_verdict(kept, runs, standard.share),
    )


def _verdict(kept: int, runs: int, share: float) -> Verdict:
    if not runs:
        return "no-runs"
    interval = wilson(kept, runs, 0.95)
    if interval.low >= share:
        return "kept"
    return "missed" if interval.high < share else "undecided"


def _percentile(timed: Sequence[_Timed], share: float) -> float | None:
    """Seconds within which this share of clocks stops (product-limit estimate).

    None where too many still run to say.
    """
    at_risk = len(timed)
    running_on = 1.0
    # At equal times clocks that stopped come before those that were cut off.
    for t in sorted(timed, key=lambda t: (t.seconds, not t.stopped)):
        if t.stopped:
            running_on *= 1.0 - 1.0 / at_risk
            if running_on <= 1.0 - share + 1e-12:
                return t.seconds
        at_risk -= 1
    return None
