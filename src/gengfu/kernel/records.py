"""Cases that the kernel itself keeps: what was read, erased, who signed out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .access import CLOCKWORK, OVERSIGHT, ActorId, Purpose
from .cases import Case, Machine, Ref, Stamp


class RecordStage(StrEnum):
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Case):
    """Personal facts were read: by whom, whose, in which cases, for what purpose."""

    reader: ActorId
    purpose: Purpose
    cases: tuple[Ref, ...]
    subjects: tuple[str, ...]
    stage: RecordStage = RecordStage.RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure(Case):
    """Personal facts were erased for good: whose, of which cases, by whom and why."""

    ordered_by: ActorId
    subjects: tuple[str, ...]
    because: str
    cases: tuple[Ref, ...]
    stage: RecordStage = RecordStage.RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Case):
    """A session was ended before its time: by whom, which, until when it had held."""

    account: ActorId
    session: str
    until: datetime
    stage: RecordStage = RecordStage.RECORDED


reading = Machine(
    Reading,
    stages=RecordStage,
    ends=(RecordStage.RECORDED,),
    purpose=OVERSIGHT,
)
erasure = Machine(
    Erasure,
    stages=RecordStage,
    ends=(RecordStage.RECORDED,),
    purpose=OVERSIGHT,
)

signing_out = Machine(
    SignOut,
    stages=RecordStage,
    ends=(RecordStage.RECORDED,),
    purpose=OVERSIGHT,
)


@reading.opening(to=(RecordStage.RECORDED,), by=(CLOCKWORK,))
def read(
    stamp: Stamp,
    reader: ActorId,
    purpose: Purpose,
    cases: tuple[Ref, ...],
    subjects: tuple[str, ...],
) -> Reading:
    """Record one request's readings of personal facts together."""
    return Reading(
        id=stamp.case,
        opened_at=stamp.at,
        reader=reader,
        purpose=purpose,
        cases=cases,
        subjects=subjects,
    )


@erasure.opening(to=(RecordStage.RECORDED,), by=(CLOCKWORK,))
def erase(
    stamp: Stamp,
    ordered_by: ActorId,
    subjects: tuple[str, ...],
    because: str,
    cases: tuple[Ref, ...],
) -> Erasure:
    """Record that personal facts can never be read again."""
    return Erasure(
        id=stamp.case,
        opened_at=stamp.at,
        ordered_by=ordered_by,
        subjects=subjects,
        because=because,
        cases=cases,
    )


@signing_out.opening(to=(RecordStage.RECORDED,), by=(CLOCKWORK,))
def sign_out(stamp: Stamp, account: ActorId, session: str, until: datetime) -> SignOut:
    """Record that a session is over, so that it is over on every server."""
    return SignOut(
        id=stamp.case,
        opened_at=stamp.at,
        account=account,
        session=session,
        until=until,
    )
