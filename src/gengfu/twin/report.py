"""What a run amounts to: response, workload, equity; and two runs compared."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .journal import CallRun, Journal

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
RESAMPLES = 1000
DAY_S = 86_400.0
SOON_S = 300.0
FEWEST_IN_AN_AREA = 10
"""Calls that were reached, from which the median of an area can be compared."""


def summarise(journal: Journal, units: int, days: float) -> dict[str, object]:
    """Return the figures of a run; the same journal gives the same figures."""
    calls = journal.calls
    return {
        "calls": len(calls),
        "closed": sum(c.closed_at is not None for c in calls),
        "reached": sum(c.first_arrival_at is not None for c in calls),
        "nobody_to_send": sum(c.outcome == "nobody" for c in calls),
        "waited_for_a_unit": sum(c.tries > 0 for c in calls),
        "needs_not_met": sum(c.unmet > 0 for c in calls),
        "unit_responses": sum(len(c.units) for c in calls),
        "agency_tasks": sum(c.tasks for c in calls),
        "response_s": quantiles(_response(calls)),
        "dispatch_s": quantiles(_seconds(calls, _to_dispatch)),
        "drive_s": quantiles(_seconds(calls, _drive)),
        "interval_coverage": _coverage(calls),
        "by_priority": _groups(calls, lambda c: str(c.priority)),
        "by_type": _groups(calls, lambda c: c.type),
        "equity": _equity(calls),
        "workload": _workload(calls, units, days),
    }


def quantiles(values: Sequence[float]) -> dict[str, object]:
    """Return count and quantiles, in seconds to a tenth."""
    found: dict[str, object] = {"count": len(values)}
    if values:
        cuts = np.quantile(np.array(values), SHARES)
        for share, cut in zip(SHARES, cuts, strict=True):
            found[f"p{share * 100:02.0f}"] = round(float(cut), 1)
    return found


def _seconds(
    calls: Iterable[CallRun], of: Callable[[CallRun], float | None]
) -> list[float]:
    return [s for c in calls if (s := of(c)) is not None]


def _response(calls: Iterable[CallRun]) -> list[float]:
    return _seconds(calls, lambda c: c.response_s)


def _to_dispatch(call: CallRun) -> float | None:
    if call.sent_at is None:
        return None
    return (call.sent_at - call.received_at).total_seconds()


def _drive(call: CallRun) -> float | None:
    """Return rolling to on scene of the first unit to arrive."""
    there = [u for u in call.units if u.arrived_at is not None and u.rolled_at]
    first = min(there, key=lambda u: (u.arrived_at, u.unit), default=None)
    if first is None or first.arrived_at is None or first.rolled_at is None:
        return None
    return (first.arrived_at - first.rolled_at).total_seconds()


def _coverage(calls: Iterable[CallRun]) -> float | None:
    """Return how often a drive took a time within the interval that was stated."""
    inside: list[bool] = []
    for call in calls:
        for unit in call.units:
            if unit.arrived_at is None or unit.rolled_at is None or not unit.high_s:
                continue
            took_s = (unit.arrived_at - unit.rolled_at).total_seconds()
            inside.append(unit.low_s <= took_s <= unit.high_s)
    return round(sum(inside) / len(inside), 4) if inside else None


def _groups(
    calls: Iterable[CallRun], key: Callable[[CallRun], str]
) -> dict[str, dict[str, object]]:
    groups: dict[str, list[CallRun]] = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return {name: quantiles(_response(groups[name])) for name in sorted(groups)}


def _equity(calls: Iterable[CallRun]) -> dict[str, object]:
    """Return response by area, and how far the worst areas are from the best.

    The ratio compares the 90th with the 10th percentile of area medians, over areas
    with at least ten calls that were reached.
    """
    groups: dict[str, list[CallRun]] = defaultdict(list)
    for call in calls:
        groups[call.area or "outside"].append(call)
    areas: dict[str, object] = {}
    medians: list[float] = []
    for name in sorted(groups):
        values = _response(groups[name])
        areas[name] = {
            "calls": len(groups[name]),
            "median_s": round(float(np.median(values)), 1) if values else None,
            "p90_s": round(float(np.quantile(values, 0.9)), 1) if values else None,
        }
        if len(values) >= FEWEST_IN_AN_AREA:
            medians.append(float(np.median(values)))
    ratio = None
    if medians:
        low, high = np.quantile(np.array(medians), [0.1, 0.9])
        ratio = round(float(high / low), 3) if low > 0 else None
    return {"ratio_p90_p10_of_area_medians": ratio, "areas": areas}


def _workload(calls: Iterable[CallRun], units: int, days: float) -> dict[str, object]:
    """Return share of time at work, over the roster and by kind of unit."""
    busy: dict[tuple[str, str], float] = defaultdict(float)
    jobs: dict[str, int] = defaultdict(int)
    for call in calls:
        for run in call.units:
            end = run.free_at or run.left_at
            if run.sent_at is not None and end is not None:
                busy[run.kind, run.unit] += (end - run.sent_at).total_seconds()
                jobs[run.kind] += 1
    span_s = max(days, 1e-9) * DAY_S
    by_kind: dict[str, dict[str, object]] = {}
    for kind in sorted(jobs):
        shares = [s / span_s for (k, _), s in sorted(busy.items()) if k == kind]
        by_kind[kind] = {
            "units_used": len(shares),
            "responses": jobs[kind],
            "busy_share_mean_of_used": round(float(np.mean(shares)), 4),
            "busy_share_most": round(max(shares), 4),
        }
    total = sum(busy.values())
    share = total / (span_s * units) if units else 0.0
    return {"units": units, "busy_share": round(share, 4), "by_kind": by_kind}


def compare(
    first: Sequence[CallRun], second: Sequence[CallRun], seed: int
) -> dict[str, object]:
    """Compare two policies call by call: second minus first, with 95 % intervals.

    Both runs saw the same calls and the same luck. Calls are resampled in pairs
    (bootstrap, 1,000 times), so what both share cancels out.
    """
    other = {c.key: c.response_s for c in second}
    pairs = [
        (c.response_s, after)
        for c in first
        if c.response_s is not None and (after := other.get(c.key)) is not None
    ]
    if not pairs:
        return {"pairs": 0}
    before, after = (np.array(column) for column in zip(*pairs, strict=True))
    rng = np.random.default_rng(seed)
    rows: dict[str, list[float]] = {name: [] for name in _MEASURES}
    for _ in range(RESAMPLES):
        at = rng.integers(0, len(pairs), len(pairs))
        for name, measure in _MEASURES.items():
            rows[name].append(measure(after[at]) - measure(before[at]))
    differences: dict[str, object] = {}
    for name, measure in _MEASURES.items():
        low, high = np.quantile(np.array(rows[name]), [0.025, 0.975])
        differences[name] = {
            "first": round(measure(before), 4),
            "second": round(measure(after), 4),
            "difference": round(measure(after) - measure(before), 4),
            "low": round(float(low), 4),
            "high": round(float(high), 4),
        }
    return {"pairs": len(pairs), "response_s": differences}


type _Column = "np.typing.NDArray[np.float64]"


def _mean(values: _Column) -> float:
    return float(values.mean())


def _median(values: _Column) -> float:
    return float(np.median(values))


def _p90(values: _Column) -> float:
    return float(np.quantile(values, 0.9))


def _within_300(values: _Column) -> float:
    return float((values <= SOON_S).mean())


_MEASURES: Mapping[str, Callable[[_Column], float]] = {
    "mean": _mean,
    "median": _median,
    "p90": _p90,
    "share_within_300": _within_300,
}
