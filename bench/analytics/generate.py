"""Events made up for tests and benchmarks: N rows over areas and months, by a seed.

    python -m bench.analytics.generate FOLDER --rows 10_000_000 --months 3

How they are made. Every month has the same number of rows (the rest goes to the first
months). A row's area is drawn by Zipf's law with exponent .9 over the areas, its kind
by fixed shares over twelve kinds of three domains, its time evenly over the month in
UTC, its place normally within 500 m of its area's centre on a grid of 3 km. 85 % are
initiated by residents, 10 % by the police, 5 % by agencies. 3 % repeat an earlier row;
1 % have no area, 2 % no coordinates; one in 2,000 cost a life, one in 40,000 two.
Each month has its own generator, PCG64 seeded with (seed, year, month): a month does
not depend on how many there are.
"""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from gengfu.adapters.events import SCHEMA, EventStore, Table, month_range

DOMAINS = {
    "burglary": "crime",
    "theft": "crime",
    "motorcycle_theft": "crime",
    "car_theft": "crime",
    "robbery": "crime",
    "assault": "crime",
    "fraud": "crime",
    "structure_fire": "fire",
    "vehicle_fire": "fire",
    "vegetation_fire": "fire",
    "collision": "traffic",
    "injury_collision": "traffic",
}
SHARES = np.array([8, 18, 9, 4, 3, 12, 10, 2, 2, 3, 22, 7]) / 100
FIRST = "2016-01"
MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)


def area_ids(areas: int) -> list[str]:
    """Return the ids of the areas."""
    return [f"town-{number:04d}" for number in range(1, areas + 1)]


def months_from(first: str, months: int) -> tuple[str, ...]:
    """Return so many months, the first included."""
    last = int(first[:4]) * 12 + int(first[5:]) - 1 + months - 1
    return month_range(first, f"{last // 12:04d}-{last % 12 + 1:02d}")


def month_table(month: str, rows: int, areas: int, seed: int) -> Table:
    """Return the events of one month."""
    year, number = int(month[:4]), int(month[5:])
    rng = np.random.default_rng((seed, year, number))
    weights = 1 / np.arange(1, areas + 1) ** 0.9
    area = _drawn(rng, weights / weights.sum(), rows)
    kind = _drawn(rng, SHARES, rows)
    begin, end = (
        int(np.datetime64(m, "us").astype(np.int64)) for m in months_from(month, 2)
    )
    at = rng.integers(begin, end, rows)
    across = int(np.ceil(np.sqrt(areas)))
    lon = -71.4 + 0.03 * (area % across) + rng.normal(0, 0.0045, rows)
    lat = -30.1 + 0.027 * (area // across) + rng.normal(0, 0.0045, rows)
    nowhere = rng.random(rows) < 0.02
    initiator = _drawn(rng, np.array([0.85, 0.10, 0.05]), rows)
    fate = rng.random(rows)
    deaths = (fate < 1 / 2000).astype(np.int32) + (fate < 1 / 40000)
    number_of = (year * 100 + number) * 1_000_000_000 + np.arange(rows)
    repeats = rng.random(rows) < 0.03
    repeats[:1] = False
    earlier = (np.arange(rows) * rng.random(rows)).astype(np.int64)
    columns = {
        "event_id": pa.array(number_of).cast(pa.string()),
        "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
        "kind": _words(kind, list(DOMAINS)),
        "area": _words(area, area_ids(areas), rng.random(rows) < 0.01),
        "lon": pa.array(lon, mask=nowhere),
        "lat": pa.array(lat, mask=nowhere),
        "source": _words(np.zeros(rows, np.int32), ["call"]),
        "deaths": pa.array(deaths, pa.int32()),
        "duplicate_of": pa.array(number_of[earlier], mask=~repeats).cast(pa.string()),
        "initiated_by": _words(initiator, ["resident", "police", "agency"]),
    }
    return pa.table(columns).cast(SCHEMA)


def _drawn(rng: np.random.Generator, shares: np.ndarray, rows: int) -> np.ndarray:
    """Draw by shares, to one part in 65,536, from a table: quick for many rows."""
    ends = np.cumsum(shares)[:-1] * (1 << 16)
    table = np.searchsorted(ends, np.arange(1 << 16), "right").astype(np.int32)
    return table[rng.integers(0, 1 << 16, rows, np.uint16)]


def _words(codes: np.ndarray, words: list[str], none: np.ndarray | None = None):
    indices = pa.array(codes, mask=none)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words))


def generate(
    folder: Path,
    rows: int,
    *,
    areas: int = 148,
    months: int = 3,
    seed: int = 1,
    first: str = FIRST,
    timezone: str = "UTC",
) -> EventStore:
    """Fill a store of events, one version a month; months that are there stay."""
    store = EventStore(folder, timezone)
    there = set(store.months())
    for place, month in enumerate(months_from(first, months)):
        if month in there:
            continue
        size = rows // months + (place < rows % months)
        table = month_table(month, size, areas, seed)
        store.restate(month, table, "made up for a benchmark", MADE_AT)
    return store


def main() -> None:
    """Generate by the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--areas", type=int, default=148)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    store = generate(
        given.folder,
        given.rows,
        areas=given.areas,
        months=given.months,
        seed=given.seed,
    )
    size = sum(path.stat().st_size for path in store.paths())
    print(f"{given.rows} rows, {size} bytes, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
