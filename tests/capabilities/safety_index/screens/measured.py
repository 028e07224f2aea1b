"""A made-up city of 30 towns for the workbench, and its page as the web makes it."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from tests.capabilities.safety_index.sample import areas, config, tally

from gengfu.capabilities.safety_index.live.jobs import Jobs
from gengfu.capabilities.safety_index.rules.evaluation_values import MeasuredCity
from gengfu.capabilities.safety_index.rules.geography import lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.capabilities.safety_index.screens.workbench import Bench, workbench
from gengfu.kernel import Refused
from gengfu.surface import Door, Screen
from gengfu.web.i18n import words
from gengfu.web.templates import render

CITY = {
    "name": "Sample",
    "name_zh": "样本市",
    "timezone": "Asia/Shanghai",
    "simulated": True,
}
TOWNS, TREATED = 30, 12
START = Month(2025, 6)
FORM = {
    "measure": "better street lights",
    "table": "area,month\n" + "".join(f"t{n:03},2025-06\n" for n in range(TREATED)),
    "what": "crime",
    "first": "2024-01",
    "last": "2026-06",
    "ring": "",
}


@cache
def month_of(month: Month) -> MonthTally:
    risk = {f"t{n:03}": 0.8 for n in range(TREATED)} if month >= START else {}
    return tally(month, areas(TOWNS), risk=risk)


class SampleCounts:
    """Counts drawn by a seed: a fifth less where the measure is."""

    config = config()

    def city(self) -> MeasuredCity:
        chosen = self.config
        return MeasuredCity(
            geography=lay_out(areas(TOWNS), chosen, "areas"), config=chosen
        )

    def months(
        self, first: Month, last: Month, told: Callable[[str, float], None]
    ) -> Mapping[Month, MonthTally]:
        told("read", 1.0)
        span = (last.year - first.year) * 12 + last.month - first.month + 1
        return {(m := first.later(n)): month_of(m) for n in range(span)}


SAMPLE = SampleCounts()


@dataclass(frozen=True)
class Visitor:
    """Somebody of the staff."""

    language: str
    actor: None = None

    def words(self, refused: Refused) -> str:
        return str(refused)


def show(
    form: Mapping[str, str] | None = None,
    language: str = "en",
    theme: str = "auto",
    counts: SampleCounts | None = SAMPLE,
    *,
    screen: Screen | None = None,
    query: Mapping[str, str] | None = None,
) -> str:
    """Return the page: empty, or as it answers a form; `screen` is one that lasts."""
    jobs = Jobs()
    if screen is None:
        screen = workbench(lambda _door: Bench(counts, jobs), patience_s=60)
    door = cast("Door", Visitor(language))
    assert screen.fill is not None
    assert screen.take is not None
    asked: Any = (
        screen.fill(door, query=query or {})
        if form is None
        else screen.take(door, form=form)
    )
    with ThreadPoolExecutor(1) as beside:
        context = dict(beside.submit(asyncio.run, asked).result())
    jobs.close()
    every = {"city": CITY, "me": None, "page": screen.title, "unit_id": ""}
    return render(
        screen.template,
        words(language, CITY["timezone"]),
        theme=theme,
        **(every | context),
    )
