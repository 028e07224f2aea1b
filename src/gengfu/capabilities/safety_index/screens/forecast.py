"""Calls to be expected: hours and areas of the seven days to come, for the roster.

A page for staff. Every count stands with its interval, and beside the forecast stands
how well last week's did. It holds residents' calls only, and is for staffing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gengfu.capabilities.safety_index.cases.roles import (
    STAFF_READERS,
    STATION_OFFICER,
    STATISTICS,
)
from gengfu.capabilities.safety_index.live.jobs import Job, Jobs, settled
from gengfu.capabilities.safety_index.rules.expected_values import (
    NOWHERE,
    Calls,
    Expected,
    ExpectedCalls,
    LastWeek,
    Place,
)
from gengfu.kernel import Refused
from gengfu.surface import Door, Screen

PATH = "/forecast"
KIND = "forecast"
PATIENCE_S = 0.8
EVERY = "all"
"""The day that stands for all days: for paper."""
_SHADES = 5
_ROUNDED_FROM = 9.95
_MOST_UNFOLDED = 30
"""A table of more areas than these is folded: the city and its districts come first."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the page works with; no calls where no setting names a store of events."""

    calls: Calls | None
    jobs: Jobs
    today: date
    searching: str = ""
    """The day that is being searched for signals: a forecast takes longer then."""


type OpenOutlook = Callable[[Door], Outlook]


def forecast(opened: OpenOutlook, patience_s: float = PATIENCE_S) -> Screen:
    """Return the screen; a forecast that takes longer is waited for by the page."""
    page = _Page(opened, patience_s)
    return Screen(
        path=PATH,
        template="forecast.html",
        title="forecast",
        roles=(STATION_OFFICER, *STAFF_READERS),
        purpose=STATISTICS,
        fill=page.fill,
    )


class _Page:
    """Fills the page."""

    def __init__(self, opened: OpenOutlook, patience_s: float) -> None:
        self._opened, self._patience_s = opened, patience_s

    async def fill(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Show the forecast that is kept; else make one, and say how far it is."""
        outlook = self._opened(door)
        calls, today = outlook.calls, outlook.today
        if calls is None:
            return _context(ready=False)
        kept = await asyncio.to_thread(calls.kept, today)
        if kept is not None:
            return _context(view=_view(kept, today, query, zh=door.language == "zh"))
        owner = "" if door.actor is None else str(door.actor.id)
        job = outlook.jobs.find(query.get("job", ""), owner, KIND)
        try:
            if job is None:
                job = _begun(outlook, calls, owner)
            await settled(job, self._patience_s)
            if not job.over:
                return _context(job=job, searching=outlook.searching)
            made: ExpectedCalls = job.result
        except Refused as refused:
            return _context(problem=door.words(refused))
        return _context(view=_view(made, today, query, zh=door.language == "zh"))


def _begun(outlook: Outlook, calls: Calls, owner: str) -> Job:
    """Return one's own work that is under way, else begin it; raises RuleBroken."""
    newest = outlook.jobs.newest(owner, KIND)
    if newest is not None and not newest.over:
        return newest
    today = outlook.today
    return outlook.jobs.start(owner, KIND, {}, lambda told: calls.expected(today, told))


def _context(
    *,
    ready: bool = True,
    job: Job | None = None,
    problem: str = "",
    searching: str = "",
    view: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    return {
        "ready": ready,
        "job": job,
        "problem": problem,
        "searching": searching,
        "view": view,
    }


@dataclass(frozen=True, slots=True)
class Cell:
    """A count as it is written; `shade` grows with it, from 0."""

    mean: str
    low: int
    high: int
    shade: int


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: the whole day, then its hours."""

    name: str
    whole: Cell
    hours: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day by its number in the week, 0 being Monday."""

    iso: str
    weekday: int


def _view(
    made: ExpectedCalls, today: date, query: Mapping[str, str], *, zh: bool
) -> Mapping[str, Any]:
    """Return what the template lays out: the city's week, and the areas of a day."""
    first = date.fromisoformat(made.first_day)
    days = [_day(first + timedelta(days=at)) for at in range(len(made.city.days))]
    asked = query.get("day", "")
    chosen = [at for at, day in enumerate(days) if asked in {day.iso, EVERY}] or [0]
    late = (first - date.fromisoformat(made.record_to)).days - 1
    return {
        "made": made,
        "percent": f"{100 * made.interval:g}",
        "days": days,
        "chosen": EVERY if len(chosen) > 1 else days[chosen[0]].iso,
        "late": late,
        "past": first < today,
        "week": _week(made.city, days),
        "tables": [
            (title, days[at], _areas(places, at, zh=zh))
            for at in chosen
            for title, places in _shown(made, all_days=len(chosen) > 1)
        ],
        "folded": len(chosen) == 1 and len(made.areas) > _MOST_UNFOLDED,
        "left_out": [_day(date.fromisoformat(day)) for day in made.left_out_days],
        "last_week": None if made.last_week is None else _passed(made.last_week),
        "hours": range(24),
    }


def _shown(made: ExpectedCalls, *, all_days: bool) -> list[tuple[str, Sequence[Place]]]:
    """Return what a day's tables are of: all days are of districts, if there are."""
    if not made.districts:
        return [("areas", made.areas)]
    if all_days:
        return [("districts", made.districts)]
    return [("districts", made.districts), ("areas", made.areas)]


def _day(day: date) -> Day:
    return Day(day.isoformat(), day.weekday())


def _week(city: Place, days: Sequence[Day]) -> list[tuple[Day, Line]]:
    most = max(hour.mean for day in city.hours for hour in day)
    peak = max(day.mean for day in city.days)
    return [
        (day, _line("", city.days[at], city.hours[at], peak, most))
        for at, day in enumerate(days)
    ]


def _areas(places: Sequence[Place], at: int, *, zh: bool) -> list[Line]:
    most = max(hour.mean for place in places for hour in place.hours[at])
    peak = max(place.days[at].mean for place in places)
    names = [
        (zh and one.area.name_zh) or one.area.name or one.area.id for one in places
    ]
    twice = {name for name, times in Counter(names).items() if times > 1}
    lines = [
        _line(
            f"{name} · {place.area.id}" if name in twice else name,
            place.days[at],
            place.hours[at],
            peak,
            most,
        )
        for name, place in zip(names, places, strict=True)
    ]
    nowhere = {names[n] for n, one in enumerate(places) if one.area.id == NOWHERE}
    return sorted(lines, key=lambda line: (line.name in nowhere, line.name.casefold()))


def _line(
    name: str, whole: Expected, hours: Sequence[Expected], peak: float, most: float
) -> Line:
    return Line(name, _cell(whole, peak), tuple(_cell(one, most) for one in hours))


def _cell(expected: Expected, most: float) -> Cell:
    mean = expected.mean
    shade = min(int(_SHADES * mean / most), _SHADES - 1) if most > 0 else 0
    text = f"{mean:.0f}" if mean >= _ROUNDED_FROM else f"{mean:.1f}"
    return Cell("·" if text == "0.0" else text, expected.low, expected.high, shade)


def _passed(week: LastWeek) -> Mapping[str, Any]:
    """Return last week's days, each with where what came lies, and the judgement."""
    days = [
        (
            _day(date.fromisoformat(one.day)),
            one,
            "below" if one.came < one.expected.low
            else "above" if one.came > one.expected.high else "within",
        )
        for one in week.days
    ]  # fmt: skip
    return {
        "days": days,
        "judged": [
            (
                one,
                round(one.covered * one.counts),
                f"{100 * one.covered:.0f}",
                f"{one.deviance:.2f}",
                f"{one.plain_deviance:.2f}",
            )
            for one in week.judged
        ],
    }
