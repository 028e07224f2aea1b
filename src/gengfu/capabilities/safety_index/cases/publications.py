"""A publication: compiled, audited by another person, approved, published, corrected.

The document itself is a fact of its opening, so that the ledger proves to anybody what
was published; the case keeps its digest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from gengfu.capabilities.safety_index.rules.document import Correction
from gengfu.kernel import (
    Between,
    Case,
    CaseId,
    Length,
    Line,
    Machine,
    RuleBroken,
    Said,
    Stamp,
    onward,
)

from .documents import MOST_BYTES
from .roles import COMMANDER, INDEX_AUDITOR, STAFF, STATISTICIAN, STATISTICS

Period = Annotated[str, Length(7, 7)]
Count = Annotated[int, Between(0, 1_000_000_000)]
Some = Annotated[int, Between(1, 1_000_000_000)]


class PublicationStage(StrEnum):
    COMPILED = "compiled"
    AUDITED = "audited"
    APPROVED = "approved"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


PUBLIC_STAGES = (PublicationStage.PUBLISHED, PublicationStage.CORRECTED)
"""What anybody may read: also what a later issue has replaced."""
DRAFTS = (
    PublicationStage.COMPILED,
    PublicationStage.AUDITED,
    PublicationStage.APPROVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAudit:
    """How calls for help became records: `calls` were heard again or looked up.

    A target on recorded events invites recording fewer; many calls for each record is
    what that looks like.
    """

    by: str
    at: datetime
    calls: int
    recorded: int
    note: str = ""

    @property
    def calls_per_record(self) -> float:
        """Calls for each of those that were recorded; 1 where every call was."""
        return self.calls / self.recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationCase(Case):
    """One issue of one month on its way to the public; `sha256` is the document's."""

    period: str
    issue: int
    sha256: str
    letters: int
    simulated: bool
    corrects: Correction | None
    compiled_by: str
    stage: PublicationStage = PublicationStage.COMPILED
    audit: RecordingAudit | None = None
    approved_by: str = ""
    published_at: datetime | None = None
    replaced_by: int | None = None
    withdrawn: str = ""


publication = Machine(
    PublicationCase,
    stages=PublicationStage,
    ends=(*PUBLIC_STAGES, PublicationStage.WITHDRAWN),
    purpose=STATISTICS,
    kind="publication",
    about=lambda case: CaseId(case.period),
)


@publication.opening(to=(PublicationStage.COMPILED,), by=(STATISTICIAN,))
def compile(
    stamp: Stamp,
    period: Period,
    issue: Some,
    document: Annotated[str, Length(2, MOST_BYTES)],
    digest: Annotated[str, Length(64, 64)],
    corrects: Correction | None = None,
    simulated: bool = False,
) -> PublicationCase:
    """Lay down the document that is to be published."""
    if sha256(document.encode()).hexdigest() != digest:
        raise RuleBroken("the digest is not that of the document")
    return PublicationCase(
        id=stamp.case,
        opened_at=stamp.at,
        period=period,
        issue=issue,
        sha256=digest,
        letters=len(document),
        simulated=simulated,
        corrects=corrects,
        compiled_by=stamp.actor,
    )


@publication.move(
    PublicationStage.COMPILED, to=(PublicationStage.AUDITED,), by=(INDEX_AUDITOR,)
)
def audit(
    case: PublicationCase,
    stamp: Stamp,
    calls: Some,
    recorded: Some,
    note: Annotated[str, Length(0, 500)] = "",
) -> PublicationCase:
    """Record how many of the calls that were looked at had become records."""
    if stamp.actor == case.compiled_by:
        raise RuleBroken("whoever compiled a publication does not audit it")
    return onward(
        case,
        stage=PublicationStage.AUDITED,
        audit=recording_audit(stamp, calls, recorded, note),
    )


def recording_audit(
    stamp: Stamp, calls: int, recorded: int, note: str
) -> RecordingAudit:
    """Return what an audit of recording found; raises RuleBroken."""
    if recorded > calls:
        raise RuleBroken("no more calls can be recorded than were looked at")
    return RecordingAudit(
        by=stamp.actor, at=stamp.at, calls=calls, recorded=recorded, note=note
    )


@publication.move(
    PublicationStage.AUDITED, to=(PublicationStage.APPROVED,), by=(COMMANDER,)
)
def approve(case: PublicationCase, stamp: Stamp) -> PublicationCase:
    """Answer for the figures as they are."""
    if stamp.actor == case.compiled_by:
        raise RuleBroken("whoever compiled a publication does not approve it")
    return onward(case, stage=PublicationStage.APPROVED, approved_by=stamp.actor)


@publication.move(
    PublicationStage.APPROVED,
    to=(PublicationStage.PUBLISHED,),
    by=(COMMANDER, STATISTICIAN),
)
def publish(case: PublicationCase, stamp: Stamp) -> PublicationCase:
    """Put it before the public; from here on it can be corrected, never taken back."""
    return onward(case, stage=PublicationStage.PUBLISHED, published_at=stamp.at)


@publication.move(
    PublicationStage.PUBLISHED,
    to=(PublicationStage.CORRECTED,),
    by=(COMMANDER, STATISTICIAN),
)
def correct(
    case: PublicationCase, stamp: Stamp, issue: Some, why: Said
) -> PublicationCase:
    """Say that a later issue replaces this one, and why; both stay readable."""
    if issue != case.issue + 1:
        raise RuleBroken("an issue is replaced by the next one")
    return onward(case, stage=PublicationStage.CORRECTED, replaced_by=issue)


@publication.move(*DRAFTS, to=(PublicationStage.WITHDRAWN,), by=STAFF)
def withdraw(case: PublicationCase, stamp: Stamp, reason: Line) -> PublicationCase:
    """Take a draft back before it is published."""
    return onward(case, stage=PublicationStage.WITHDRAWN, withdrawn=reason)
