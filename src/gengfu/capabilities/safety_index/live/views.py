"""What staff see of publications."""

from dataclasses import dataclass
from datetime import datetime

from gengfu.capabilities.safety_index.cases.publications import (
    PublicationCase,
    RecordingAudit,
)
from gengfu.kernel import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """A recording audit, with its ratio."""

    by: str
    at: datetime
    calls: int
    recorded: int
    calls_per_record: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationView:
    """An issue and how far it has come."""

    id: str
    version: int
    stage: str
    period: str
    issue: int
    sha256: str
    letters: int
    simulated: bool
    why: Said | None
    """Why it corrects the issue before it."""
    opened_at: datetime
    compiled_by: str
    audit: AuditView | None
    approved_by: str
    published_at: datetime | None
    replaced_by: int | None
    withdrawn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationsView:
    """All issues, the newest month first, its newest issue first."""

    publications: tuple[PublicationView, ...]


def audit_view(audit: RecordingAudit | None) -> AuditView | None:
    """Show a recording audit."""
    if audit is None:
        return None
    return AuditView(
        by=audit.by,
        at=audit.at,
        calls=audit.calls,
        recorded=audit.recorded,
        calls_per_record=round(audit.calls_per_record, 3),
        note=audit.note,
    )


def publication_view(case: PublicationCase) -> PublicationView:
    """Show an issue."""
    return PublicationView(
        id=case.id,
        version=case.version,
        stage=case.stage,
        period=case.period,
        issue=case.issue,
        sha256=case.sha256,
        letters=case.letters,
        simulated=case.simulated,
        why=None if case.corrects is None else case.corrects.why,
        opened_at=case.opened_at,
        compiled_by=case.compiled_by,
        audit=audit_view(case.audit),
        approved_by=case.approved_by,
        published_at=case.published_at,
        replaced_by=case.replaced_by,
        withdrawn=case.withdrawn,
    )
