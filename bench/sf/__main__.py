"""San Francisco: two recorded weeks replayed through the desk; travel times calibrated.

    python -m bench.sf PACK CALLS [--score CALLS] [--out FOLDER]

PACK is what tools/build_sanfrancisco.py writes. Prints two tables and writes
calibration.json, replay.json and summary.json into the folder.
"""

import argparse
import json
import platform
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengfu.app.twin_room import calibrate, run_twin

FIGURES = (
    "arrivals_scored",
    "median_absolute_error_s",
    "bias_s",
    "spearman",
    "interval_coverage",
    "first_unit_agreement",
)


def show_calibration(report: Mapping[str, Any]) -> None:
    """Print the fitted model beside the untuned one."""
    print(f"calibration, scored {' to '.join(report['days_scored'])}")
    print(f"  {'':28}{'fitted':>10}{'untuned':>10}")
    for name in FIGURES:
        fitted, untuned = report[name], report["baseline"][name]
        print(f"  {name:28}{fitted!s:>10}{'-' if untuned is None else untuned!s:>10}")
    for name, value in report["really_sent"].items():
        print(f"  {name}: {value}")


def show_replay(report: Mapping[str, Any], took_s: float) -> None:
    """Print what the replay amounts to."""
    run = report["run"]
    print(f"replay, {took_s:.1f} s")
    for name in ("calls", "closed", "reached", "nobody_to_send", "unit_responses",
                 "ledger_entries", "interval_coverage"):  # fmt: skip
        print(f"  {name:28}{run[name]!s:>10}")
    for name in ("response_s", "drive_s"):
        print(f"  {name + ' p50, p90':28}{run[name]['p50']:>10}{run[name]['p90']:>10}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--score", type=Path)
    parser.add_argument("--out", type=Path, default=Path("bench/results/sf"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        pack = Path(scratch) / "pack"
        shutil.copytree(given.pack, pack)
        began = time.perf_counter()
        fitted = calibrate(
            pack, given.calls, given.score, given.out / "calibration.json", _quiet
        )
        fitted_s = time.perf_counter() - began
        show_calibration(fitted)
        began = time.perf_counter()
        replayed = run_twin(
            pack, given.out / "replay.json", _quiet, calls_path=given.calls
        )
        took_s = time.perf_counter() - began
        show_replay(replayed, took_s)
    run: Any = replayed["run"]
    baseline: Any = fitted["baseline"]
    summary = {
        "calibration_s": round(fitted_s, 2),
        "replay_s": round(took_s, 2),
        "fitted": {name: fitted[name] for name in FIGURES},
        "really_sent": fitted["really_sent"],
        "untuned": {name: baseline[name] for name in FIGURES},
        "replay": {
            name: run[name]
            for name in ("calls", "closed", "reached", "unit_responses",
                         "ledger_entries", "response_s", "drive_s")
        },
        "machine": platform.platform(),
        "python": platform.python_version(),
    }  # fmt: skip
    text = json.dumps(summary, indent=2, sort_keys=True)
    (given.out / "summary.json").write_text(text + "\n", encoding="utf-8")


def _quiet(_stage: str, _share: float) -> None:
    return


if __name__ == "__main__":
    main()
