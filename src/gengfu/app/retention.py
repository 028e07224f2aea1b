"""What the command line asks of retention: what is due, held and erased; new rules."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from gengfu.adapters.city import load
from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.control_room.cases.calls import Call, CallStage, call
from gengfu.capabilities.control_room.cases.closures import (
    Closure,
    ClosureStage,
    closure,
)
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    IncidentStage,
    incident,
)
from gengfu.capabilities.control_room.cases.orders import OrderStage, order
from gengfu.capabilities.control_room.live.keepings import (
    ErasureView,
    KeepingView,
    due_keepings,
    erasure_view,
    held_keepings,
    keeping_view,
)
from gengfu.capabilities.control_room.live.rulebook import read_retention
from gengfu.capabilities.control_room.rules.retention import Retention
from gengfu.kernel import (
    BadInput,
    Codec,
    Desk,
    Erasure,
    Keeping,
    KeepingRule,
    KeepingStage,
    Office,
    Reader,
    Ref,
    Row,
    Told,
    clockwork,
)
from gengfu.kernel.erasing import find_keeping, start_clock
from gengfu.kernel.keeping import keeping, keeping_id
from gengfu.kernel.records import erasure

from .auditing import existing
from .config import Settings
from .installed import INSTALLED
from .listing import BATCH, listed
from .platform import office_of
from .serving import sole_user

APART = timedelta(milliseconds=100)
"""What should be gone already goes at this pace, so that other clocks wait for none."""
OVER = (
    (incident, IncidentStage.CLOSED),
    (call, CallStage.DISMISSED),
    *((order, stage) for stage in OrderStage),
    (closure, ClosureStage.LIFTED),
)
"""Cases whose words wait for the clock by themselves, where they are about no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How the words of a city stand."""

    at: datetime
    kept: int
    without_clock: int
    """Cases that are over and have no clock, as from before this release."""
    due: tuple[KeepingView, ...]
    held: tuple[KeepingView, ...]
    erased: tuple[ErasureView, ...]

    def json(self) -> str:
        """Write the report for other programs."""
        return json.dumps(asdict(self), default=_plain, ensure_ascii=False, indent=2)


def report(settings: Settings, days: int) -> Report:
    """Say what is erased in the next days, what is held, what was erased in the last.

    Raises what opening the database raises.
    """
    store, codec = existing(settings), JsonCodec()
    office = office_of(store, settings.master(), INSTALLED)
    try:
        span = timedelta(days=days)
        return office.look(lambda reader: _report(reader, codec, office.clock(), span))
    finally:
        store.close()


def apply_rules(settings: Settings, progress: Told) -> tuple[int, int]:
    """Put the city's present rules on everything that is over and not yet erased.

    Returns how many clocks were started and how many were changed. A hold stays.

    Raises:
        BadInput: no city is named, or its rules cannot be read.
        Refused: a server runs on this SQLite file.

    """
    if settings.city is None:
        raise BadInput("--city: name the city pack whose rules apply")
    rules = read_retention(load(settings.city).data_file)
    with sole_user(settings.database()):
        store = existing(settings)
        office = office_of(store, settings.master(), INSTALLED)
        try:
            return _apply(office, rules, progress)
        finally:
            store.close()


def _report(reader: Reader, codec: Codec, now: datetime, span: timedelta) -> Report:
    kept = sum(1 for _ in listed(reader, keeping.kind, (KeepingStage.KEPT,)))
    bare = 0
    for machine, stage in OVER:
        for row in listed(reader, machine.kind, (stage,)):
            if row.about is not None:
                continue
            about = Ref(machine.kind, row.id)
            bare += reader.find(keeping.kind, keeping_id(about)) is None
    lately = reader.rows(erasure.kind, opened_from=now - span)
    return Report(
        at=now,
        kept=kept,
        without_clock=bare,
        due=tuple(map(keeping_view, due_keepings(codec, reader, now + span))),
        held=tuple(map(keeping_view, held_keepings(codec, reader))),
        erased=tuple(erasure_view(codec.decode(Erasure, r.body)) for r in lately),
    )


def _apply(office: Office, rules: Retention, progress: Told) -> tuple[int, int]:
    started, changed = 0, 0
    pace = _Pace(office.clock())
    for machine, stage in OVER:
        over = office.look(
            lambda reader, m=machine, s=stage: [
                _wanted(row, rules)
                for row in listed(reader, m.kind, (s,))
                if row.about is None
            ]
        )
        for first in range(0, len(over), BATCH):
            part = over[first : first + BATCH]
            purpose = machine.purpose
            new, other = office.serve(
                clockwork(purpose), purpose, lambda desk, p=part: _put_on(desk, p, pace)
            )
            started, changed = started + new, changed + other
            progress(machine.kind, (first + len(part)) / len(over))
    return started, changed


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A case that is over, since when, and the rule for its words."""

    about: Ref
    since: datetime
    rule: KeepingRule


def _wanted(row: Row, rules: Retention) -> _Wanted:
    codec = JsonCodec()
    if row.kind == call.kind:
        ended = codec.decode(Call, row.body).ended_at
        return _Wanted(Ref(row.kind, row.id), ended or row.opened_at, rules.dismissed)
    if row.kind == order.kind:
        return _Wanted(Ref(row.kind, row.id), row.opened_at, rules.routine)
    if row.kind == closure.kind:
        until = codec.decode(Closure, row.body).until
        return _Wanted(Ref(row.kind, row.id), until, rules.routine)
    case = codec.decode(Incident, row.body)
    since = case.clocks.closed or row.opened_at
    return _Wanted(Ref(row.kind, row.id), since, rules.rule_for(case.type))


@dataclass(slots=True)
class _Pace:
    """When the next of those whose time is over may go."""

    at: datetime

    def since(self, one: _Wanted) -> datetime:
        """Return from when a clock counts: from the end, or so that it is next."""
        if one.since + one.rule.keep > self.at:
            return one.since
        self.at += APART
        return self.at - one.rule.keep


def _put_on(desk: Desk, wanted: list[_Wanted], pace: _Pace) -> tuple[int, int]:
    started, changed = 0, 0
    for one in wanted:
        found: Keeping | None = find_keeping(desk, one.about)
        if found is not None and found.stage is KeepingStage.ERASED:
            continue
        if found is None or found.rule is None:
            started += 1
        elif found.rule != one.rule:
            changed += 1
        else:
            continue
        start_clock(desk, one.about, one.rule, pace.since(one))
    return started, changed


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
