"""Is the forecast calibrated, and worth it? `python -m bench.demand [--calls FILE]`.

Years of three cities are drawn from a known truth; every week from the 17th on is
forecast from what came before it and scored, beside the plain baseline (mean of the
same hour of the week, Poisson) and the deviance that the true mean itself has. With
`--calls` the fortnight of San Francisco is forecast too, its second week from its
first. Ends with 1 where a bar is missed.
"""

import argparse
import csv
import json
import platform
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import scipy

from gengfu.science.demand import (
    LEVELS,
    CallCounts,
    Predicted,
    Rolled,
    count_calls,
    roll,
    score,
)

from .years import City, draw_year

FIRST_DAY, DAYS = 112, 364
CITIES = {
    "district": City(areas=10, calls_a_day=60.0, day_cv=0.08),
    "city": City(),
    "Shenzhen's size": City(areas=59, calls_a_day=20_000.0, day_cv=0.04, cell_cv=0.15),
}
COVERED = (0.77, 0.83)
RECEIVED = "%m/%d/%Y %I:%M:%S %p"
LOCAL = ZoneInfo("America/Los_Angeles")


def simulated(name: str, year: int, day_ahead: bool) -> dict[str, object]:
    """Draw one year, forecast and score it."""
    rng = np.random.default_rng([20261122, sorted(CITIES).index(name), year])
    record, mean = draw_year(CITIES[name], DAYS, rng)
    begin = time.process_time()
    rolled = roll(record, FIRST_DAY)
    seconds = time.process_time() - begin
    figures = table(rolled)
    for level in LEVELS:
        axes = {"area_hours": (), "city_hours": (2,), "area_days": (1,)}
        over = axes.get(level, (1, 2))
        days = slice(FIRST_DAY, FIRST_DAY + rolled.origins * 7)
        truth = mean[days].sum(axis=over)
        seen = record.calls[days].sum(axis=over).astype(np.float64)
        true = score(seen, Predicted(truth, np.zeros(truth.shape)))
        figures[level]["true_mean"] = true.deviance
    figures["mase"]["true_mean"] = true_mase(record, mean)
    if day_ahead:
        ahead = roll(record, FIRST_DAY, days=1, every=1)
        figures["mase"]["a_day_ahead"] = ahead.forecast_mase
    return {"seconds_a_forecast": seconds / rolled.origins, **figures}


def true_mase(record: CallCounts, mean) -> float:
    """Return the MASE of one who knows the level of each day but not its chance."""
    calls = record.calls.sum(axis=(1, 2))
    change = np.abs(calls[7:] - calls[:-7])
    error = np.abs(calls - mean.sum(axis=(1, 2)))
    return float(
        np.mean(
            [
                error[first : first + 7] / change[: first - 7].mean()
                for first in range(FIRST_DAY, DAYS - 6, 7)
            ]
        )
    )


def table(rolled: Rolled) -> dict:
    """Return the figures of both by level, and MASE."""
    figures = {
        level: {
            "deviance": rolled.forecast[level].deviance,
            "baseline": rolled.baseline[level].deviance,
            "pinball": sum(rolled.forecast[level].pinball),
            "pinball_baseline": sum(rolled.baseline[level].pinball),
            "covered": rolled.forecast[level].covered,
            "exactly": rolled.forecast[level].covered_exactly,
            "exactly_baseline": rolled.baseline[level].covered_exactly,
            "width": rolled.forecast[level].width,
        }
        for level in LEVELS
    }
    figures["mase"] = {
        "forecast": rolled.forecast_mase,
        "baseline": rolled.baseline_mase,
    }
    return figures


def san_francisco(path: Path) -> CallCounts:
    """Count a call once, however many units went, at the hour it was received.

    All are calls to the fire department; it records none that a crew started itself.
    """
    seen: dict[str, tuple[datetime, str]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            words = row["Received DtTm"]
            at = datetime.strptime(words, RECEIVED).replace(tzinfo=LOCAL)
            seen[row["Call Number"]] = (
                at,
                row["Neighborhooods - Analysis Boundaries"],
            )
    areas = sorted({area for _, area in seen.values()})
    first = min(at for at, _ in seen.values()).date()
    day = np.array([(at.date() - first).days for at, _ in seen.values()])
    hour = np.array([at.hour for at, _ in seen.values()])
    area = np.array([areas.index(name) for _, name in seen.values()])
    days = int(day.max()) + 1
    everyone = np.ones(len(day), np.bool_)
    return count_calls(areas, days, day=day, hour=hour, area=area, by_resident=everyone)


def show(name: str, figures: dict) -> None:
    """Print one table."""
    mase = figures["mase"]
    print(f"\n{name}: ", end="")
    if np.isnan(mase["forecast"]):
        print("no week before the first, so no MASE")
    else:
        print("MASE of city days", {k: round(v, 3) for k, v in mase.items()})
    for level in LEVELS:
        row = figures[level]
        true = f"  true mean {row['true_mean']:7.4f}" if "true_mean" in row else ""
        print(
            f"  {level:11} deviance {row['deviance']:7.4f}"
            f"  baseline {row['baseline']:7.4f}{true}"
            f"  pinball {row['pinball']:7.3f} / {row['pinball_baseline']:7.3f}"
            f"  80 % covers {row['exactly']:.3f} (as counted {row['covered']:.3f};"
            f" baseline {row['exactly_baseline']:.3f})  width {row['width']:.1f}"
        )


def middle(years: list[dict]) -> dict:
    """Return the mean of each figure over years."""
    return {
        key: {name: float(np.mean([y[key][name] for y in years])) for name in value}
        if isinstance(value, dict)
        else float(np.mean([y[key] for y in years]))
        for key, value in years[0].items()
    }


def main() -> None:
    """Run, print, and end with 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--day-ahead", action="store_true", help="MASE of that too")
    parser.add_argument("--calls", type=Path, help="San Francisco's record")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    figures: dict = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}"
    }
    print(figures["machine"])
    good = True
    for name in CITIES:
        years = [simulated(name, year, given.day_ahead) for year in range(given.years)]
        figures[name] = middle(years)
        show(f"{name}, {given.years} years", figures[name])
        print(f"  {figures[name]['seconds_a_forecast']:.3f} processor s a forecast")
        for level in LEVELS:
            row = figures[name][level]
            good &= COVERED[0] <= row["exactly"] <= COVERED[1]
            good &= all(y[level]["deviance"] < y[level]["baseline"] for y in years)
    if given.calls:
        record = san_francisco(given.calls)
        figures["San Francisco"] = table(roll(record, 7))
        print(f"\n{record.days} days, {int(record.calls.sum())} calls, ", end="")
        print(f"{len(record.areas)} areas, one forecast")
        show("San Francisco", figures["San Francisco"])
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
