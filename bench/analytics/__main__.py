"""Counting events at 10, 100 and 400 million rows: `python -m bench.analytics FOLDER`.

One month has 3,333,333 rows whatever the size, so 10 M is a quarter of a large city and
400 M ten years of it (bench/analytics/generate.py says how they are made). For each
size, on the same files and in turn within one run:

- build: month x area x kind (and who initiated it, repeats, deaths) by our expression,
  against DuckDB alone in one plain GROUP BY that gives the same columns ("same"), one
  that only counts rows ("rows"), the month being the folder's name in both, and at 10 M
  one that counts rows with the month from the time stamp ("stamp");
- publish: one month is stale, count it again and read 37 months of counts, in turn
  with the same in a store of three months;
- query: (year, area, domain) at random, with nothing held and with all held;
- the greatest memory of a process that does nothing but our part.

Prints JSON. 400 M rows need 9 GB of disk; `--keep` leaves them there.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import duckdb
import ibis
import numpy as np
import pyarrow as pa
from bench.analytics.generate import DOMAINS, area_ids, generate

from gengfu.adapters.analytics import Engine, RollUp, count, engine
from gengfu.adapters.events import EventStore

MONTH_ROWS = 3_333_333
AREAS = 148
SIZES = {"10M": 3, "100M": 30, "400M": 120}
MEMORY, THREADS = "3GB", "2"
TURNS = 5
TURNS_OF_MANY = 3
PLAIN = {
    "same": "SELECT month, area, kind, initiated_by, count(*) - count(duplicate_of), "
    "count(duplicate_of), sum(deaths) FROM {files} GROUP BY ALL",
    "rows": "SELECT month, area, kind, count(*) FROM {files} GROUP BY ALL",
    "stamp": "SELECT date_trunc('month', \"at\" AT TIME ZONE 'UTC') AS month, area, "
    "kind, count(*) FROM {files} GROUP BY ALL",
}


def timed(work) -> dict[str, float]:
    """Return seconds by the clock and of the processors."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
    }


def best(turns: list[dict[str, float]]) -> dict[str, float]:
    """Return the least of each measure: other work on the machine only adds."""
    return {key: round(min(t[key] for t in turns), 4) for key in turns[0]}


def building(paths: list[Path]) -> dict:
    """Time our build and DuckDB's plain GROUP BY, turn by turn."""
    names = ", ".join(f"'{path}'" for path in paths)
    files = f"read_parquet([{names}], hive_partitioning = true)"
    peer = duckdb.connect(config={"memory_limit": MEMORY, "threads": THREADS})
    few = len(paths) <= SIZES["10M"]
    plain = {name: query for name, query in PLAIN.items() if few or name != "stamp"}
    turns: dict[str, list] = {"ours": [], **{name: [] for name in plain}}
    with engine("duckdb", {"memory_limit": MEMORY, "threads": THREADS}) as ours:
        for _ in range(TURNS if few else TURNS_OF_MANY):
            turns["ours"].append(timed(lambda: count(ours, paths)))
            for name, query in plain.items():
                words = query.format(files=files)
                turns[name].append(timed(lambda w=words: peer.sql(w).fetchall()))
        table = count(ours, paths)
    check = peer.sql(PLAIN["rows"].format(files=files)).fetchall()
    mine: dict[tuple, int] = {}
    for row in table.to_pylist():
        key = (row["month"], row["area"], row["kind"])
        mine[key] = mine.get(key, 0) + row["events"] + row["duplicates"]
    if mine != {row[:3]: row[3] for row in check}:
        sys.exit("our counts are not those of the plain GROUP BY")
    found = {name: best(some) for name, some in turns.items()}
    for name in plain:
        for key in ("wall_s", "cpu_s"):
            ratio = found[name][key] / found["ours"][key]
            found[f"{name} / ours, {key}"] = round(ratio, 2)
    return found | {"groups": table.num_rows}


def publishing(small: RollUp, large: RollUp) -> dict:
    """Time the publication of the last month in a small store and a large one, in turn.

    Each with all its other months counted.
    """
    turns: dict[str, list] = {"small": [], "ours": []}
    with engine("duckdb", {"memory_limit": MEMORY, "threads": THREADS}) as ours:
        for _ in range(3 * TURNS):
            for name, roll in (("small", small), ("ours", large)):
                turns[name].append(published(ours, roll))
    found = {
        f"{name}_{key}": round(median(turn[key] for turn in some), 4)
        for name, some in turns.items()
        for key in some[0]
    }
    for key in ("wall_s", "cpu_s"):
        found[f"ours / small, {key}"] = round(
            median(
                one[key] / other[key]
                for one, other in zip(turns["ours"], turns["small"], strict=True)
            ),
            2,
        )
    return found


def published(ours: Engine, roll: RollUp) -> dict[str, float]:
    """Count the last month again and read as many months as a publication does."""
    months = roll.store.months()
    first, last = months[-min(37, len(months))], months[-1]
    (roll.folder / f"month={last}.parquet").unlink()

    def publish() -> None:
        counted = roll.refresh(ours, [last])
        if counted != (last,):
            sys.exit(f"counted {counted} for {last}")

    def read() -> None:
        RollUp(roll.folder, roll.store, DOMAINS).counts(first, last)

    one, other = timed(publish), timed(read)
    return one | {"read_37_months_s": other["wall_s"]}


def querying(store: EventStore, folder: Path) -> dict:
    """Time queries for any (year, area, domain)."""
    rng = np.random.default_rng(5)
    years = sorted({int(month[:4]) for month in store.months()})
    areas, domains = area_ids(AREAS), sorted(set(DOMAINS.values()))
    cold, held = [], []
    roll = RollUp(folder, store, DOMAINS)
    for _ in range(60):
        ask = (
            int(rng.choice(years)),
            areas[rng.integers(AREAS)],
            domains[rng.integers(len(domains))],
        )
        fresh = RollUp(folder, store, DOMAINS)
        cold.append(timed(lambda f=fresh, a=ask: f.query(*a)))
        roll.query(*ask)
        held.append(timed(lambda a=ask: roll.query(*a)))
    return {
        f"{name}_{what}_{key[:-2]}_ms": round(1000 * value(t[key] for t in some), 2)
        for name, some in (("cold", cold), ("held", held))
        for what, value in (("median", median), ("worst", max))
        for key in ("wall_s", "cpu_s")
    }


def memory(folder: Path, rollup: Path) -> None:
    """Count everything and print the greatest memory of this process, in bytes."""
    shutil.rmtree(rollup, ignore_errors=True)
    with engine("duckdb", {"memory_limit": MEMORY, "threads": THREADS}) as ours:
        taken = timed(lambda: RollUp(rollup, EventStore(folder)).refresh(ours))
    print(json.dumps({"peak_bytes": peak_bytes(), **taken}))


def peak_bytes() -> int:
    """Return the most memory this program held; getrusage counts its parent's too."""
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def rolled_up(folder: Path, store: EventStore) -> RollUp:
    """Return the counts of a store, all months counted."""
    roll = RollUp(folder, store, DOMAINS)
    with engine("duckdb", {"memory_limit": MEMORY, "threads": THREADS}) as ours:
        roll.refresh(ours)
    return roll


def measure(folder: Path, months: int) -> dict:
    """Measure one size."""
    began = time.perf_counter()
    store = generate(folder / "events", MONTH_ROWS * months, areas=AREAS, months=months)
    made_s = time.perf_counter() - began
    few = SIZES["10M"]
    small = generate(folder / "small", MONTH_ROWS * few, areas=AREAS, months=few)
    rollup = folder / "rollup"
    own = [sys.executable, "-m", "bench.analytics", str(folder), "--memory"]
    alone = subprocess.run(own, check=True, capture_output=True, text=True)
    return {
        "rows": sum(v.rows for v in store.current()),
        "months": months,
        "bytes": sum(path.stat().st_size for path in store.paths()),
        "generated_s": round(made_s, 1),
        "first_roll_up": json.loads(alone.stdout),
        "build": building(list(store.paths())),
        "publish": publishing(
            rolled_up(folder / "small-rollup", small), rolled_up(rollup, store)
        ),
        "query": querying(store, rollup),
    }


def main() -> None:
    """Measure the sizes named and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory:
        memory(given.folder / "events", given.folder / "rollup")
        return
    found: dict = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": {
            "python": platform.python_version(),
            "duckdb": duckdb.__version__,
            "ibis": ibis.__version__,
            "pyarrow": pa.__version__,
        },
        "memory_limit": MEMORY,
        "threads": THREADS,
        "load_at_start": os.getloadavg()[0],
    }
    for size in given.sizes:
        found[size] = measure(given.folder, SIZES[size])
        print(f"{size} done", file=sys.stderr, flush=True)
    print(json.dumps(found, indent=1))
    if not given.keep:
        shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
