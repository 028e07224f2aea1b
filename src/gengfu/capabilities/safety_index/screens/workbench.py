"""The evaluation workbench: which places got a measure when, and whether it helped.

A page for staff: what it shows holds exact totals. The table is pasted, or a file put
into its field by script; the form works without.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS, STATISTICS
from gengfu.capabilities.safety_index.rules.adopting import read_adopted
from gengfu.capabilities.safety_index.rules.evaluating import (
    THE_MEASURE,
    Counts,
    Evaluation,
    Interval,
    Question,
    evaluate,
)
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import BadInput, Said
from gengfu.surface import Door, Screen

from .bands import pick
from .effects import effect_bar, effect_path, percent, signed

type OpenCounts = Callable[[Door], Awaitable[Counts | None]]
"""Returns where a request's counts come from; None where this server has none."""

PATH = "/workbench"
_MOST_WORDS = 80
_MOST_RING_M = 20_000.0
_FIELDS = ("table", "what", "first", "last", "measure", "ring")


def workbench(opened: OpenCounts) -> Screen:
    """Return the screen; `opened` brings the counts that it compares."""
    bench = _Workbench(opened)
    return Screen(
        path=PATH,
        template="workbench.html",
        title="workbench",
        roles=STAFF_READERS,
        purpose=STATISTICS,
        fill=bench.fill,
        take=bench.take,
    )


class _Workbench:
    """Fills the page, and answers its form."""

    def __init__(self, opened: OpenCounts) -> None:
        self._opened = opened

    async def fill(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Show the empty form."""
        del query
        return await self._page(door, {}, None, "")

    async def take(self, door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Answer what the form asks; what is wrong leaves it as it was."""
        counts = await self._opened(door)
        if counts is None:
            return await self._page(door, form, None, "")
        try:
            table = "表格" if door.language == "zh" else "table"
            found = await asyncio.to_thread(_answer, counts, form, table)
        except BadInput as refused:
            return await self._page(door, form, None, door.words(refused))
        return await self._page(door, form, found, "")

    async def _page(
        self,
        door: Door,
        form: Mapping[str, str],
        found: Evaluation | None,
        problem: str,
    ) -> Mapping[str, Any]:
        counts = await self._opened(door)
        zh = door.language == "zh"
        return {
            "ready": counts is not None,
            "choices": [] if counts is None else _choices(counts, zh=zh),
            "form": {name: form.get(name, "") for name in _FIELDS},
            "problem": problem,
            "view": None if found is None else _view(found, zh=zh),
            "found": found,
        }


def _choices(counts: Counts, *, zh: bool) -> list[tuple[str, str]]:
    """Return what can be counted: domains, then kinds told of compounds."""
    config = counts.city().config
    return [
        (one.code, pick(one.said, zh=zh))
        for one in (*config.domains, *config.compound_kinds)
    ]


def _answer(counts: Counts, form: Mapping[str, str], table: str) -> Evaluation:
    first, last = Month.read(form.get("first", "")), Month.read(form.get("last", ""))
    name = form.get("measure", "").strip()[:_MOST_WORDS]
    question = Question(
        adopted=read_adopted(form.get("table", ""), table),
        table=table,
        what=form.get("what", ""),
        first=first,
        last=last,
        measure=Said(name, name) if name else THE_MEASURE,
        ring_m=_ring(form.get("ring", "").strip()),
    )
    return evaluate(question, counts.city(), counts.months(first, last))


def _ring(words: str) -> float | None:
    if not words:
        return None
    try:
        ring_m = float(words)
    except ValueError:
        raise BadInput("ring: not a number of metres") from None
    if not 1 <= ring_m <= _MOST_RING_M:
        raise BadInput(f"ring: 1 to {_MOST_RING_M:g} metres")
    return ring_m


def _view(found: Evaluation, *, zh: bool) -> Mapping[str, Any]:
    """Return what the template draws and lists."""
    return {
        "sentence": pick(found.sentence, zh=zh),
        "design": pick(found.design_said, zh=zh),
        "what": pick(found.what_said, zh=zh),
        "bar": None if found.interval is None else effect_bar(found.interval),
        "rows": [
            (code, _row(interval))
            for code, interval in (
                ("effect", found.interval),
                ("raw", found.raw),
                ("nearby", found.displacement),
            )
            if interval is not None
        ],
        "path": effect_path(found.path),
        "points": [
            (
                f"{signed(one.first)} … {signed(one.last)}",
                one.reference,
                None if one.interval is None else _row(one.interval),
            )
            for one in found.path
        ],
        "warnings": [(one.grave, pick(one.said, zh=zh)) for one in found.warnings],
        "places": [
            ((zh and one.name_zh) or one.name or one.id, one.since)
            for one in found.places
        ],
        "level": f"{100 * found.interval.level:g}" if found.interval else "",
    }


def _row(found: Interval) -> tuple[str, str, str]:
    low, high = _change(found.low), _change(found.high)
    return _change(found.ratio), low, high


def _change(ratio: float | None) -> str:
    return "∞" if ratio is None else percent(ratio)
