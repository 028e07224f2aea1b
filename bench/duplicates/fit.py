"""Fit the weights on simulated calls and say how well they do on others.

python -m bench.duplicates.fit            report, with the weights in the data file
python -m bench.duplicates.fit --write    fit on seed 1, write them, then report
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from bench.duplicates.calls import Labelled, simulate

from gengfu.capabilities.control_room.rules.catalogue import Catalogue
from gengfu.capabilities.control_room.rules.duplicates import (
    Matching,
    load_matching,
    suggest,
)
from gengfu.capabilities.control_room.rules.likeness import FEATURES, Report, compare
from gengfu.capabilities.control_room.rules.type_data import load_types

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src/gengfu/capabilities/control_room/data"
TRAIN_SEED = 1
TEST_SEEDS = (11, 12, 13, 14, 15)
OPEN_FOR_S = 3 * 3600.0


@dataclass(frozen=True, slots=True)
class Score:
    """How the offers of one run did; shares of 1."""

    calls: int
    repeats: int
    offers: int
    recall: float
    first: float
    precision: float
    first_precision: float
    disturbed: float
    auc: float
    open_mean: float
    p50_ms: float
    p99_ms: float


def moments(calls: Sequence[Labelled]) -> Iterator[tuple[Labelled, list[Labelled]]]:
    """Each call with the incidents open then: one per event, as last heard of."""
    live: dict[int, Labelled] = {}
    for call in calls:
        now = call.report.at
        live = {
            event: known
            for event, known in live.items()
            if (now - known.report.at).total_seconds() <= OPEN_FOR_S
        }
        yield call, list(live.values())
        known = live.get(call.event)
        # The incident keeps what its first caller said and when it was last heard of.
        live[call.event] = (
            call
            if known is None
            else replace(known, report=replace(known.report, at=now))
        )


def pairs(
    calls: Sequence[Labelled], matching: Matching
) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of all pairs that `suggest` would look at."""
    wide = replace(matching, offer_from=0.0, most=10_000)
    rows, labels = [], []
    for call, live in moments(calls):
        by_id = {known.report.id: known for known in live}
        for found in suggest(call.report, [k.report for k in live], wide):
            known = by_id[found.incident]
            rows.append(compare(call.report, known.report, matching.affinity).features)
            labels.append(known.event == call.event)
    return np.array(rows), np.array(labels, float)


def fit(x: np.ndarray, y: np.ndarray, ridge: float = 1.0) -> np.ndarray:
    """Logistic regression by Newton's method with a small ridge; bias in front."""
    design = np.column_stack((np.ones(len(x)), x))
    penalty = ridge * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    w = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (y - p) - penalty @ w
        curve = (design * (p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(curve, gradient)
        w += step
        if np.abs(step).max() < 1e-8:
            break
    return w


def area_under_curve(score: np.ndarray, y: np.ndarray) -> float:
    """Probability that a pair of one event scores above a pair of two (ties half)."""
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    values, inverse, counts = np.unique(
        score[order], return_inverse=True, return_counts=True
    )
    ends = np.cumsum(counts)
    rank[order] = (ends - (counts - 1) / 2)[inverse]
    del values
    ones = y.sum()
    return (rank[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones))


def measure(calls: Sequence[Labelled], matching: Matching) -> Score:
    """Offer candidates for each call in turn, as the form would, and count."""
    repeats = hits = firsts = offers = first_offers = right = fresh = disturbed = 0
    taken: list[float] = []
    sizes: list[int] = []
    for call, live in moments(calls):
        reports: list[Report] = [known.report for known in live]
        event_of = {known.report.id: known.event for known in live}
        begin = time.perf_counter()
        found = suggest(call.report, reports, matching)
        taken.append((time.perf_counter() - begin) * 1e3)
        sizes.append(len(live))
        events = [event_of[f.incident] for f in found]
        offers += len(events)
        first_offers += bool(events)
        right += events.count(call.event)
        if call.event in event_of.values():
            repeats += 1
            hits += call.event in events
            firsts += events[:1] == [call.event]
        else:
            fresh += 1
            disturbed += bool(events)
    x, y = pairs(calls, matching)
    w = np.array((matching.bias, *matching.weights))
    return Score(
        calls=len(calls),
        repeats=repeats,
        offers=offers,
        recall=hits / repeats,
        first=firsts / repeats,
        precision=right / max(offers, 1),
        first_precision=firsts / max(first_offers, 1),
        disturbed=disturbed / fresh,
        auc=area_under_curve(w[0] + x @ w[1:], y),
        open_mean=float(np.mean(sizes)),
        p50_ms=float(np.median(taken)),
        p99_ms=float(np.quantile(taken, 0.99)),
    )


def calibration(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> list[str]:
    """Stated probability against what came true, in ten classes."""
    p = 1 / (1 + np.exp(-(w[0] + x @ w[1:])))
    lines = []
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1 + (low >= 0.9))
        if inside.sum():
            lines.append(
                f"  {low:.1f}-{low + 0.1:.1f}  pairs {inside.sum():6d}"
                f"  stated {p[inside].mean():.3f}  came true {y[inside].mean():.3f}"
            )
    return lines


def _write(w: np.ndarray) -> None:
    path = DATA / "duplicates.toml"
    before, section, text = path.read_text(encoding="utf-8").partition("[weights]")
    for name, value in zip(("bias", *FEATURES), w, strict=True):
        text, found = re.subn(
            rf"(?m)^{name} = -?[0-9.]+$", f"{name} = {value:.3f}", text, count=1
        )
        if not found:
            raise SystemExit(f"{path.name}: no weight {name}")
    path.write_text(before + section + text, encoding="utf-8")


def _load() -> tuple[Catalogue, Matching]:
    catalogue = load_types((DATA / "types.toml").read_bytes())
    return catalogue, load_matching((DATA / "duplicates.toml").read_bytes(), catalogue)


def main() -> None:
    """Fit if asked, then report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="fit and write weights")
    parser.add_argument("--per-day", type=int, default=900, help="events a day")
    args = parser.parse_args()
    catalogue, matching = _load()
    if args.write:
        rng = np.random.default_rng(TRAIN_SEED)
        x, y = pairs(simulate(catalogue, rng, 3.0, args.per_day), matching)
        w = fit(x, y)
        print(f"fitted on {len(y)} pairs, {int(y.sum())} of one event")
        _write(w)
        catalogue, matching = _load()
    w = np.array((matching.bias, *matching.weights))
    for name, value in zip(("bias", *FEATURES), w, strict=True):
        print(f"  {name:13s} {value:8.3f}")
    for seed in TEST_SEEDS:
        calls = simulate(catalogue, np.random.default_rng(seed), 1.0, args.per_day)
        s = measure(calls, matching)
        print(
            f"seed {seed}: calls {s.calls} repeats {s.repeats} open {s.open_mean:.0f}"
            f" | recall {s.recall:.3f} first {s.first:.3f} precision {s.precision:.3f}"
            f" top-1 {s.first_precision:.3f} new calls with an offer {s.disturbed:.3f}"
            f" | AUC {s.auc:.4f} | ms p50 {s.p50_ms:.2f} p99 {s.p99_ms:.2f}"
        )
    calls = simulate(catalogue, np.random.default_rng(16), 2.0, args.per_day)
    x, y = pairs(calls, matching)
    print("calibration on seed 16")
    print("\n".join(calibration(x, y, w)))


if __name__ == "__main__":
    main()
