"""A made-up city of towns and years of events, by a fixed seed."""

from pathlib import Path

import numpy as np

from gengfu.capabilities.safety_index import rules
from gengfu.capabilities.safety_index.rules.config import IndexConfig, read_config
from gengfu.capabilities.safety_index.rules.geography import AreaFacts
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally

CONFIG_FILE = Path(rules.__file__).parents[1] / "data" / "index.toml"
KINDS = ("burglary", "theft", "structure-fire", "collision-injury", "noise")
PER_YEAR = (0.004, 0.02, 0.001, 0.006, 0.01)


def config(**other: str) -> IndexConfig:
    """Return the shipped configuration, with words of it replaced."""
    text = CONFIG_FILE.read_text("utf-8")
    for old, new in other.items():
        assert old in text
        text = text.replace(old, new)
    return read_config(text.encode(), "index.toml")


def areas(towns: int = 24, *, seed: int = 5) -> tuple[AreaFacts, ...]:
    """Return towns of very unequal size in four districts."""
    rng = np.random.default_rng(seed)
    people = np.round(np.exp(rng.normal(8.5, 1.0, towns)))
    nan = float("nan")
    districts = tuple(
        AreaFacts(
            id=f"d{n}", name=f"District {n}", name_zh=f"第{n}区", kind="district",
            parent="", present=nan, households=nan, vehicles=nan,
        )
        for n in range(4)
    )  # fmt: skip
    return districts + tuple(
        AreaFacts(
            id=f"t{n:03}", name=f"Town {n}", name_zh=f"第{n}镇", kind="town",
            parent=f"d{n % 4}", present=float(people[n]),
            households=float(people[n] // 3), vehicles=float(people[n] // 4),
        )
        for n in range(towns)
    )  # fmt: skip


def tally(
    month: Month,
    places: tuple[AreaFacts, ...],
    *,
    risk: dict[str, float] | None = None,
    seed: int = 1,
) -> MonthTally:
    """Draw a month's events; `risk` multiplies the rates of some areas."""
    rng = np.random.default_rng([seed, month.year, month.month])
    rows: list[tuple[str, str, str, int, int, int]] = []
    for area in places:
        if not area.present > 0:
            continue
        for kind, rate in zip(KINDS, PER_YEAR, strict=True):
            mean = area.present * rate * month.days / 365.0
            mean *= (risk or {}).get(area.id, 1.0)
            events = int(rng.poisson(mean))
            deaths = int(rng.binomial(events, 0.01)) if kind != "noise" else 0
            rows.append((area.id, kind, "resident", events, int(events * 0.1), deaths))
            rows.append((area.id, kind, "police", int(rng.poisson(mean / 4)), 0, 0))
    rows.append(("", "theft", "resident", 3, 0, 0))
    rows.append(("nowhere", "theft", "resident", 2, 0, 0))
    area_ids, kinds, who, events_, repeats, deaths_ = zip(*rows, strict=True)
    return MonthTally(
        month=month,
        version=1,
        sha256=f"{month}".ljust(64, "0"),
        area=area_ids,
        kind=kinds,
        initiated_by=who,
        events=np.array(events_, np.int64),
        repeats=np.array(repeats, np.int64),
        deaths=np.array(deaths_, np.int64),
    )


def years(first: int, last: Month) -> list[Month]:
    """Return all months from January of a year to a month."""
    start = Month(first, 1)
    months = (last.year - first) * 12 + last.month
    return [start.later(n) for n in range(months)]
