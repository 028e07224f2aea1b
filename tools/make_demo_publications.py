"""Make the simulated publications that the demonstration city's portal shows.

    .venv/bin/python tools/make_demo_publications.py

Draws four years of events for every zone of `cities/coquimbo` with a fixed seed, most
zones about as risky as expected, a few not, and builds three months with
`gengfu index build`. They are marked simulated wherever they are shown.
"""

import csv
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gengfu.adapters.city.area_rows import read_area_rows
from gengfu.app.index_build import Order, build_index
from gengfu.app.index_inputs import EngineChoice

CITY = Path(__file__).parents[1] / "cities" / "coquimbo"
OUT = CITY.with_name("coquimbo-publications")
PER_PERSON_AND_YEAR = {
    "burglary": 0.006,
    "theft": 0.026,
    "robbery": 0.004,
    "assault": 0.006,
    "vehicle-theft": 0.003,
    "structure-fire": 0.0012,
    "vegetation-fire": 0.0016,
    "collision-injury": 0.006,
    "collision-damage": 0.009,
    "noise": 0.02,
}
SPREAD = 0.25
"""Coefficient of variation of the zones' true risks."""
LAST = (2026, 10)
DEADLY = 0.0015
BY_POLICE = 0.08


def write_events(path: Path) -> None:
    """Draw all events and write them as a table of our own columns."""
    rng = np.random.default_rng(20261122)
    zones = [row for row in read_area_rows(CITY).rows if row.kind == "zone"]
    shape = SPREAD**-2
    risks = rng.gamma(shape, 1 / shape, len(zones))
    risks[[17, 58]] = 2.4
    risks[[31, 90]] = 0.35
    columns = "event_id,at,kind,area,lon,lat,source,deaths,duplicate_of,initiated_by"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns.split(","))
        number = 0
        for month in range((LAST[0] - 2023) * 12 + LAST[1]):
            year, of_year = 2023 + month // 12, month % 12 + 1
            for zone, risk in zip(zones, risks, strict=True):
                if not zone.present > 0:
                    continue
                for kind, rate in PER_PERSON_AND_YEAR.items():
                    for _ in range(rng.poisson(zone.present * rate / 12 * risk)):
                        number += 1
                        day, hour, minute = rng.integers((1, 10, 0), (29, 24, 60))
                        at = f"{year}-{of_year:02}-{day:02}T{hour:02}:{minute:02}:00"
                        deaths = int(rng.random() < DEADLY)
                        by = "police" if rng.random() < BY_POLICE else "resident"
                        row = (f"e{number}", at, kind, zone.id, "", "", "call", deaths)
                        out.writerow((*row, "", by))


def main() -> None:
    """Build three months and keep what is published of them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_events(home / "events.csv")
        order = Order(
            events=home / "events.csv",
            areas=CITY,
            period=f"{LAST[0]}-{LAST[1]:02}",
            since=f"{LAST[0]}-{LAST[1] - 2:02}",
            out=home / "out",
            now=datetime(2026, 11, 10, 9, tzinfo=UTC),
            engine=EngineChoice(options={}),
            simulated=True,
        )
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir()
        for built in build_index(order, lambda *_: None):
            period = built.publication.period
            document = (built.folder / "publication.json").read_bytes()
            (OUT / f"{period}.json").write_bytes(document)
            print(f"{OUT / period}.json")


if __name__ == "__main__":
    main()
