"""Measure the road kernels: python -m bench.roads."""

import argparse
import json
import os
import platform
import subprocess
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gengfu.science.roads import LiveRoads, warm_up

from . import jobs
from .measure import Bar, table
from .newyork import UNIT_S, load

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared"


def main() -> int:
    options = _options()
    folder = options.shared / "data" / "dimacs-ny"
    if not folder.is_dir():
        print(f"skipped: no New York graph at {folder}")
        return 0
    warm_up()
    city = load(folder)
    rng = np.random.default_rng(options.seed)
    count = 300 if options.quick else 2000
    source = options.shared / "reference" / "roads_ref.c"
    pandana = _pandana(options.pandana)
    bars: list[Bar] = []

    def roads() -> LiveRoads:
        return LiveRoads(city.graph)

    quick = options.quick
    work = {
        "dense": lambda: jobs.dense(city, roads(), source, rng, count),
        "within": lambda: jobs.within(city, roads(), source, rng, count),
        "sparse": lambda: jobs.sparse(city, roads(), rng, count),
        "posts": lambda: jobs.posts(city, roads(), rng, 1 if quick else 3, pandana),
        "live": lambda: jobs.live(city, roads(), rng, 5 if quick else 20),
    }
    for name, job in work.items():
        if options.only in (None, name):
            for bar in job():
                bars.append(bar)
                print(f"  {bar.job}: {bar.ratio:.2f} against {bar.peer}", flush=True)
    print(table(bars))
    _write(options.out, bars, pandana)
    return 0 if all(bar.met for bar in bars) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.roads")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--out", type=Path, default=HERE / "result.json")
    parser.add_argument("--pandana", help="Python of an environment with pandana")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument(
        "--only", choices=("dense", "within", "sparse", "posts", "live")
    )
    parser.add_argument("--quick", action="store_true", help="fewer questions")
    return parser.parse_args()


def _pandana(python: str | None) -> Path | None:
    """Return a Python that has pandana, or say why there is none."""
    if python is None:
        print("pandana skipped: name a Python that has it with --pandana")
        return None
    done = subprocess.run([python, "-c", "import pandana"], check=False)
    if done.returncode:
        print(f"pandana skipped: {python} cannot import it")
        return None
    return Path(python)


def _write(path: Path, bars: list[Bar], pandana: Path | None) -> None:
    packages = ("numpy", "scipy", "numba", "routingkit-cch")
    record = {
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "system": platform.platform(terse=True),
        },
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "seconds_per_unit": UNIT_S,
        "pandana": "run" if pandana else "skipped",
        "bars": [asdict(b) | {"ratio": b.ratio, "met": b.met} for b in bars],
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n")
    part.replace(path)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


raise SystemExit(main())
