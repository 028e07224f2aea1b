"""Clocks against standards, and what a supervisor must see now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Protocol

from gengfu.capabilities.control_room.cases.calls import CallStage
from gengfu.capabilities.control_room.cases.incidents import Clocks, Incident, incident
from gengfu.capabilities.control_room.cases.sendings import Assignment
from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.rules.attainment import (
    Attainment,
    GroupBy,
    Run,
    attainment,
)
from gengfu.capabilities.control_room.rules.honesty import (
    Chain,
    Records,
    Signature,
    examine,
)
from gengfu.capabilities.control_room.rules.standards import CLOCKS, Standard
from gengfu.kernel import BadInput, Codec, Reader, Task, TaskStage
from gengfu.kernel.tasks import task
from gengfu.surface import Town

from .picture import Picture
from .positions import Positions
from .rulebook import Rulebook, as_area_kind
from .views import (
    IncidentView,
    ReasonView,
    TaskView,
    UnitView,
    reason_view,
    task_view,
    time_limit,
)

GROUPS: tuple[GroupBy, ...] = ("all", "area", "hour", "type")
SILENT_AFTER = timedelta(minutes=5)
_READ_CLOCKS = attrgetter(*CLOCKS)
ANSWER_WITHIN = timedelta(seconds=20)
"""A call must be answered within this; after it, it is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardView:
    """A standard with where it comes from."""

    id: str
    name: str
    name_zh: str
    from_clock: str
    to_clock: str
    percentile: float
    limit_s: float
    citation: str
    edition: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainmentView:
    """How one group kept one standard."""

    group: str
    standard: str
    n: int
    met: int
    pending: int
    disordered: int
    share: float | None
    low: float | None
    high: float | None
    p50_s: float | None
    p90_s: float | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReport:
    """Every standard, every group, and warnings about the figures themselves."""

    by: str
    at: datetime
    incidents: int
    standards: tuple[StandardView, ...]
    rows: tuple[AttainmentView, ...]
    warnings: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentUnit:
    """A unit that should be heard of and is not."""

    unit: UnitView
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCall:
    """A call that has rung for too long; none of its words."""

    id: str
    channel: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionView:
    """The supervisor's board; its words mean what they mean at the console.

    Late are calls not answered in time, incidents over their time, and tasks that were
    not signed or not done in time. Unsigned is every task that waits for a signature.
    """

    at: datetime
    late: tuple[IncidentView, ...]
    late_calls: tuple[LateCall, ...]
    unsigned: tuple[TaskView, ...]
    refused: tuple[TaskView, ...]
    overdue: tuple[TaskView, ...]
    silent_units: tuple[SilentUnit, ...]
    waiting_calls: int
    oldest_call_s: float | None


class Supervised(Protocol):
    """What the reports need of the room."""

    @property
    def codec(self) -> Codec: ...
    @property
    def town(self) -> Town: ...
    @property
    def rulebook(self) -> Rulebook: ...
    @property
    def picture(self) -> Picture: ...
    @property
    def positions(self) -> Positions: ...
    def now(self) -> datetime: ...
    def incident_view(self, case: Incident) -> IncidentView: ...
    def unit_view(self, case: Unit) -> UnitView: ...


def run_of(room: Supervised, case: Incident) -> Run:
    """Return an incident as the standards see it."""
    kind = room.rulebook.catalogue.by_code.get(case.type)
    ended = case.clocks.closed
    return Run(
        incident=case.id,
        type=case.type,
        domain="" if kind is None else kind.domain,
        priority=case.priority,
        clocks=clocks_by_name(case.clocks),
        area=case.area or "",
        area_kind=as_area_kind(room.town.area_kind(case.area)) if case.area else None,
        unit_kinds=frozenset(a.kind for a in case.assignments),
        ended_at=ended,
    )


def clocks_by_name(clocks: Clocks) -> dict[str, datetime | None]:
    """Return the clocks as the standards name them."""
    return dict(zip(CLOCKS, _READ_CLOCKS(clocks), strict=True))


def clock_report(
    room: Supervised,
    reader: Reader,
    by: str,
    opened_from: datetime | None,
    opened_before: datetime | None,
) -> ClockReport:
    """Judge all incidents of a period, closed and open."""
    if by not in GROUPS:
        raise BadInput(f"by: must be one of {', '.join(GROUPS)}")
    now = room.now()
    rows = reader.rows(
        incident.kind, opened_from=opened_from, opened_before=opened_before
    )
    cases = [room.codec.decode(Incident, row.body) for row in rows]
    runs = [run_of(room, c) for c in cases if c.merged_into is None]
    standards = room.rulebook.standards.standards
    warnings = examine(_records(room, reader, cases, runs))
    found = [
        row
        for standard in standards
        for row in attainment(runs, standard, now, by=by, zone=room.town.timezone)
    ]
    return ClockReport(
        by=by,
        at=now,
        incidents=len(runs),
        standards=tuple(
            StandardView(
                id=s.id,
                name=s.name.en,
                name_zh=s.name.zh,
                from_clock=s.from_clock,
                to_clock=s.to_clock,
                percentile=100 * s.share,
                limit_s=s.limit_s,
                citation=s.citation,
                edition=s.edition,
                version=s.version,
            )
            for s in standards
        ),
        rows=tuple(_attainment_view(row) for row in found if row.runs or row.pending),
        warnings=tuple(reason_view(w.reason) for w in warnings),
    )


def _records(
    room: Supervised, reader: Reader, cases: Sequence[Incident], runs: Sequence[Run]
) -> Records:
    """Gather what the honesty tests look at: stopped clocks, signatures, chains."""
    durations: dict[str, tuple[float, Sequence[float]]] = {}
    for standard in room.rulebook.standards.standards:
        stopped = [
            s for s in (stopped_s(run, standard) for run in runs) if s is not None
        ]
        durations[standard.name.en] = (standard.limit_s, stopped)
    known = {case.id for case in cases}
    signatures = [
        Signature(t.signed_by or "", (t.signed_at - t.opened_at).total_seconds())
        for t in (
            room.codec.decode(Task, row.body)
            for row in reader.rows(task.kind, stages=(TaskStage.SIGNED, TaskStage.DONE))
        )
        if t.signed_at is not None and t.about.id in known and not t.held_before
    ]
    chains = [_chain(case, sent) for case in cases for sent in case.assignments]
    return Records(durations=durations, signatures=signatures, chains=chains)


def _chain(case: Incident, sent: Assignment) -> Chain:
    stamps = {
        "assigned": sent.assigned_at,
        "en_route": sent.en_route_at,
        "on_scene": sent.on_scene_at,
        "cleared": sent.cleared_at,
    }
    movement = sent.movement
    return Chain(
        unit=sent.callsign,
        incident=case.code,
        pressed={name: at for name, at in stamps.items() if at is not None},
        away_m=sent.away_m,
        moved_m=None if movement is None else movement.moved_m,
        fixes=0 if movement is None else movement.fixes,
        accuracy_m=0.0 if movement is None else movement.accuracy_m,
    )


def stopped_s(run: Run, standard: Standard) -> float | None:
    """Return the seconds of a clock that has stopped, None where it has not."""
    start, end = run.clocks.get(standard.from_clock), run.clocks.get(standard.to_clock)
    if start is None or end is None or not standard.applies(run):
        return None
    return (end - start).total_seconds()


def _attainment_view(row: Attainment) -> AttainmentView:
    interval = row.interval_95
    return AttainmentView(
        group=row.group,
        standard=row.standard,
        n=row.runs,
        met=row.kept,
        pending=row.pending,
        disordered=row.disordered,
        share=row.share,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        p50_s=row.p50_s,
        p90_s=row.p90_s,
        verdict=row.verdict,
    )


def supervision(room: Supervised) -> SupervisionView:
    """Gather what cannot wait, soonest first."""
    now = room.now()
    views = [room.incident_view(c) for c in room.picture.incidents.values()]
    late = [v for v in views if v.deadline is not None and v.deadline.due_at <= now]
    tasks = list(room.picture.tasks.values())
    calls = room.picture.calls.values()
    ringing = sorted(
        (c for c in calls if c.stage is CallStage.RINGING),
        key=lambda c: (c.opened_at, c.id),
    )
    return SupervisionView(
        at=now,
        late=tuple(sorted(late, key=_due)),
        late_calls=tuple(
            LateCall(id=c.id, channel=c.channel, opened_at=c.opened_at)
            for c in ringing
            if now - c.opened_at > ANSWER_WITHIN
        ),
        unsigned=_shown(t for t in tasks if t.stage is TaskStage.OPEN),
        refused=_shown(t for t in tasks if t.stage is TaskStage.REFUSED),
        overdue=_shown(t for t in tasks if _is_late(t, now)),
        silent_units=tuple(_silent(room, now)),
        waiting_calls=len(ringing),
        oldest_call_s=(now - ringing[0].opened_at).total_seconds() if ringing else None,
    )


def _due(view: IncidentView) -> tuple[datetime, str]:
    return (view.opened_at if view.deadline is None else view.deadline.due_at, view.id)


def _is_late(case: Task, now: datetime) -> bool:
    """Say whether a task is not signed, or not done after it was signed, in time."""
    return case.stage not in task.ends and time_limit(case) < now


def _shown(tasks: Iterable[Task]) -> tuple[TaskView, ...]:
    found = sorted(tasks, key=lambda t: (t.sign_by, t.id))
    return tuple(map(task_view, found))


def _silent(room: Supervised, now: datetime) -> list[SilentUnit]:
    found: list[SilentUnit] = []
    for crew in sorted(room.picture.units.values(), key=lambda u: u.id):
        if crew.missed_check_ins:
            found.append(SilentUnit(unit=room.unit_view(crew), why="check-in"))
        elif crew.stage is UnitStage.ASSIGNED and now - crew.since >= SILENT_AFTER:
            found.append(SilentUnit(unit=room.unit_view(crew), why="not-rolling"))
    return found
