"""The evaluation workbench: which places got a measure when, and whether it helped.

A page for staff: what it shows holds exact totals. The table is pasted, or a file put
into its field by script; the form works without.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from gengfu.capabilities.safety_index.cases.roles import STAFF_READERS, STATISTICS
from gengfu.capabilities.safety_index.live.jobs import Job, Jobs, settled
from gengfu.capabilities.safety_index.rules.adopting import read_adopted
from gengfu.capabilities.safety_index.rules.evaluating import evaluate
from gengfu.capabilities.safety_index.rules.evaluation_values import (
    THE_MEASURE,
    Counts,
    Evaluation,
    Interval,
    Question,
)
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import BadInput, Refused, Said, Told
from gengfu.surface import Door, Screen

from .bands import pick
from .effects import effect_bar, effect_path, percent, signed


@dataclass(frozen=True, slots=True)
class Bench:
    """What the page works with; no counts where no setting names a store of events."""

    counts: Counts | None
    jobs: Jobs


type OpenBench = Callable[[Door], Bench]

PATH = "/workbench"
KIND = "evaluation"
PATIENCE_S = 0.8
_MOST_WORDS = 80
_MOST_LISTED = 1000
_MOST_RING_M = 20_000.0
_FIELDS = ("table", "what", "first", "last", "measure", "ring")


def workbench(opened: OpenBench, patience_s: float = PATIENCE_S) -> Screen:
    """Return the screen; `opened` brings the counts that it compares.

    An answer that takes longer than `patience_s` is waited for by the page, which
    shows how far the work has come.
    """
    bench = _Workbench(opened, patience_s)
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

    def __init__(self, opened: OpenBench, patience_s: float) -> None:
        self._opened, self._patience_s = opened, patience_s

    async def fill(self, door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Show the empty form, or the question of one's own that `job` names."""
        bench = self._opened(door)
        job = bench.jobs.find(query.get("job", ""), _owner(door), KIND)
        if job is not None:
            return await self._shown(door, bench, job)
        gone = "job" in query and bench.counts is not None
        return await _page(door, bench, {}, gone=gone)

    async def take(self, door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Answer what the form asks; what is wrong leaves it as it was."""
        bench = self._opened(door)
        counts = bench.counts
        if counts is None:
            return await _page(door, bench, form)
        table = "表格" if door.language == "zh" else "table"
        try:
            job = bench.jobs.start(
                _owner(door),
                KIND,
                form,
                lambda told: _answer(counts, form, table, told),
            )
        except Refused as refused:
            return await _page(door, bench, form, problem=door.words(refused))
        await settled(job, self._patience_s)
        return await self._shown(door, bench, job)

    async def _shown(self, door: Door, bench: Bench, job: Job) -> Mapping[str, Any]:
        if not job.over:
            return await _page(door, bench, job.form, job=job)
        try:
            found: Evaluation = job.result
        except Refused as refused:
            return await _page(door, bench, job.form, problem=door.words(refused))
        return await _page(door, bench, job.form, found=found)


def _owner(door: Door) -> str:
    return "" if door.actor is None else str(door.actor.id)


async def _page(
    door: Door,
    bench: Bench,
    form: Mapping[str, str],
    *,
    job: Job | None = None,
    found: Evaluation | None = None,
    problem: str = "",
    gone: bool = False,
) -> Mapping[str, Any]:
    zh, counts = door.language == "zh", bench.counts
    return {
        "ready": counts is not None,
        "choices": [] if counts is None else _choices(counts, zh=zh),
        "areas": []
        if counts is None
        else await asyncio.to_thread(_areas, counts, zh=zh),
        "form": {name: form.get(name, "") for name in _FIELDS},
        "job": job,
        "gone": gone,
        "problem": problem,
        "view": None if found is None else _view(found, zh=zh),
        "found": found,
    }


def _choices(counts: Counts, *, zh: bool) -> list[tuple[str, str]]:
    """Return what can be counted: domains, then kinds told of compounds."""
    config = counts.config
    return [
        (one.code, pick(one.said, zh=zh))
        for one in (*config.domains, *config.compound_kinds)
    ]


def _areas(counts: Counts, *, zh: bool) -> list[tuple[str, str]]:
    """Return the areas that can be asked of, by name: their ids and names."""
    places = counts.city().geography.places
    named = [(one.id, (zh and one.name_zh) or one.name or one.id) for one in places]
    return sorted(named, key=itemgetter(1))[:_MOST_LISTED]


def _answer(
    counts: Counts, form: Mapping[str, str], table: str, told: Told
) -> Evaluation:
    told("read", 0.0)
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
    city, months = counts.city(), counts.months(first, last, told)
    told("evaluate", 1.0)
    return evaluate(question, city, months)


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
                one.interval is not None and one.interval.untold,
            )
            for one in found.path
        ],
        "warnings": [(one.grave, pick(one.said, zh=zh)) for one in found.warnings],
        "places": [
            ((zh and one.name_zh) or one.name or one.id, one.since)
            for one in found.places
        ],
        "untold": any(one.interval and one.interval.untold for one in found.path),
        "level": f"{100 * found.interval.level:g}" if found.interval else "",
    }


def _row(found: Interval) -> tuple[str, str, str]:
    low, high = _change(found.low), _change(found.high)
    return _change(found.ratio), low, high


def _change(ratio: float | None) -> str:
    return "∞" if ratio is None else percent(ratio)
