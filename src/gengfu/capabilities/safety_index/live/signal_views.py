"""What staff and stations see of signals and escalations."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.capabilities.safety_index.cases.escalations import Escalation, Step
from gengfu.capabilities.safety_index.cases.signals import SignalCase
from gengfu.capabilities.safety_index.rules.escalating import BandOfMonth
from gengfu.capabilities.safety_index.rules.signal_values import Signal

from .views import AuditView, audit_view


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    """A signal with its baseline, and what its station says of it."""

    id: str
    version: int
    stage: str
    opened_at: datetime
    watched_on: str
    finding: Signal
    station: str
    outcome: str | None
    words: str
    checked_at: datetime | None
    checked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsView:
    """Signals, the newest first."""

    signals: tuple[SignalView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedView:
    """What was raised now, and how many findings their stations had already."""

    raised: tuple[SignalView, ...]
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationView:
    """An escalation with its steps and what was published when it last moved."""

    id: str
    version: int
    stage: str
    opened_at: datetime
    area: str
    history: tuple[BandOfMonth, ...]
    steps: tuple[Step, ...]
    audit: AuditView | None
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationsView:
    """Escalations, the newest first."""

    escalations: tuple[EscalationView, ...]


def signal_view(case: SignalCase) -> SignalView:
    """Show a signal."""
    return SignalView(
        id=case.id,
        version=case.version,
        stage=case.stage,
        opened_at=case.opened_at,
        watched_on=case.watched_on,
        finding=case.finding,
        station=case.station,
        outcome=case.outcome,
        words=case.words,
        checked_at=case.checked_at,
        checked_by=case.checked_by,
    )


def escalation_view(case: Escalation) -> EscalationView:
    """Show an escalation."""
    return EscalationView(
        id=case.id,
        version=case.version,
        stage=case.stage,
        opened_at=case.opened_at,
        area=case.area or "",
        history=case.history,
        steps=case.steps,
        audit=audit_view(case.audit),
        closed=case.closed,
    )
