"""Four years of made-up events for a demonstration city, the same at every start.

Most areas are about as risky as expected, a few are not. Where street lights were made
better, thefts and burglaries become a quarter fewer: the workbench can be asked. In the
last week one area has many stolen vehicles, which the watch finds.
"""

import csv
import json
import sys
from calendar import SATURDAY, monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from math import prod
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.adapters.city.area_rows import AreaFile, AreaRow, read_area_rows
from gengfu.adapters.events import SIMULATED, Event, EventStore, events_table

FIRST_YEAR, LAST = 2023, (2026, 10)
MADE_AT = datetime(2026, 11, 10, 9, tzinfo=UTC)
WHY = "made up for the demonstration"
SEED = 20261122
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
"""Coefficient of variation of the areas' true risks."""
RISKS = {17: 3.2, 58: 2.4, 31: 0.35, 90: 0.35}
"""Areas whose true risk is known beforehand: by their number, times the expected."""
LAST_DAY = date(*LAST, 31)
"""The last day that has events: days beyond are not in every month."""
OUTBREAK, OUTBREAK_KIND, OUTBREAK_EVENTS = 40, "vehicle-theft", 14
"""What the watch of the last day finds: so many in one area within a week."""
DEADLY, BY_POLICE = 0.0015, 0.08
BY_HOUR = (
    5, 4, 3, 3, 3, 3, 4, 6, 8, 9, 9, 10, 10, 10, 10, 10, 11, 12, 13, 13, 13, 12, 10, 8,
)  # fmt: skip
STEPS = (28, 14, 60)
"""A moment is drawn as a share of its month, in so many steps of steps of steps."""
WEEKEND = 1.25
"""How many times as much happens on a Saturday or Sunday."""
LIT_EVERY, LIT_SINCE, LIT_LESS = 4, (2025, 6), 0.25
LIT_KINDS = frozenset({"burglary", "theft"})
LIGHTS = "street-lights.csv"


def make_store(folder: Path, city: Path) -> EventStore:
    """Fill a new store of events for a city pack, and lay the list of lights beside it.

    Raises:
        BadInput: the pack cannot be read.

    """
    areas = read_area_rows(city)
    zones = _zones(areas)
    store = EventStore(folder, areas.timezone)
    store.add(events_table(_events(zones, ZoneInfo(areas.timezone))), WHY, MADE_AT)
    with (folder / LIGHTS).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("area", "month"))
        since = f"{LIT_SINCE[0]}-{LIT_SINCE[1]:02}"
        out.writerows((zone.id, since) for zone in zones[::LIT_EVERY])
    return store


def _zones(areas: AreaFile) -> list[AreaRow]:
    """Return the areas that are published and that people live in."""
    parents = {row.parent for row in areas.rows}
    return [r for r in areas.rows if r.present > 0 and r.id not in parents]


def _events(zones: Sequence[AreaRow], clocks: ZoneInfo) -> Iterator[Event]:
    rng = np.random.default_rng(SEED)
    shape = SPREAD**-2
    risks = rng.gamma(shape, 1 / shape, len(zones))
    for place, risk in RISKS.items():
        risks[place % len(zones)] = risk
    months = [
        (year, month)
        for year in range(FIRST_YEAR, LAST[0] + 1)
        for month in range(1, 13)
        if (year, month) <= LAST
    ]
    for number in range(OUTBREAK_EVENTS):
        ago = timedelta(days=number % 7, hours=number % 3)
        yield Event(
            event_id=f"outbreak{number}",
            at=datetime(*LAST, LAST_DAY.day, 22, tzinfo=clocks) - ago,
            kind=OUTBREAK_KIND,
            area=zones[OUTBREAK % len(zones)].id,
            source=f"{SIMULATED}call",
        )
    number = 0
    for when in months:
        moments = _Moments(*when, clocks)
        for at, (zone, risk) in enumerate(zip(zones, risks, strict=True)):
            lit = at % LIT_EVERY == 0 and when >= LIT_SINCE
            for kind, rate in PER_PERSON_AND_YEAR.items():
                less = 1 - LIT_LESS * (lit and kind in LIT_KINDS)
                for _ in range(rng.poisson(zone.present * rate / 12 * risk * less)):
                    number += 1
                    yield Event(
                        event_id=f"e{number}",
                        at=moments.of(rng.integers(0, STEPS).tolist()),
                        kind=kind,
                        area=zone.id,
                        source=f"{SIMULATED}call",
                        deaths=int(rng.random() < DEADLY),
                        initiated_by=(
                            "police" if rng.random() < BY_POLICE else "resident"
                        ),
                    )


class _Moments:
    """When things happen in a month: by the hour of the day and the day of the week."""

    def __init__(self, year: int, month: int, clocks: ZoneInfo) -> None:
        self._first = datetime(year, month, 1, tzinfo=clocks)
        days = monthrange(year, month)[1]
        weekday = (self._first.weekday() + np.arange(days)) % 7
        weights = np.outer(np.where(weekday >= SATURDAY, WEEKEND, 1.0), BY_HOUR)
        self._until = np.cumsum(weights) / weights.sum()

    def of(self, drawn: Sequence[int]) -> datetime:
        """Return the moment by which the share drawn of the month has happened."""
        first, second, third = drawn
        share = ((first * STEPS[1] + second) * STEPS[2] + third) / prod(STEPS)
        hour = int(np.searchsorted(self._until, share, side="right"))
        begun = float(self._until[hour - 1]) if hour else 0.0
        minute = int(60 * (share - begun) / (float(self._until[hour]) - begun))
        day = self._first + timedelta(days=hour // 24)
        return day.replace(hour=hour % 24, minute=min(minute, 59))


def main() -> None:
    """Make the store; standard input names its folder and the city's, as JSON."""
    folder, city = json.load(sys.stdin)
    make_store(Path(folder), Path(city))


if __name__ == "__main__":
    main()
