"""A small machine that uses all a capability may use; the tests' own example."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import (
    CLOCKWORK,
    OVERSIGHT,
    Actor,
    ActorId,
    AreaId,
    Case,
    Deadline,
    Length,
    Line,
    Machine,
    Office,
    Place,
    Purpose,
    Ref,
    Referable,
    Registry,
    Role,
    RuleBroken,
    Rung,
    SealedWords,
    Stamp,
    Store,
    TaskRule,
    TaskSpec,
)

MEDIATION = Purpose("mediation")
CLERK = Role("clerk")
MEDIATOR = Role("mediator")
CHIEF = Role("chief")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Stage(StrEnum):
    OFFERED = "offered"
    CONVENED = "convened"
    DRAFTED = "drafted"
    SETTLED = "settled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mediation(Case):
    parties: frozenset[str]
    stage: Stage = Stage.OFFERED
    consents: frozenset[str] = frozenset()
    terms: str = ""
    signatures: tuple[tuple[str, datetime], ...] = ()
    phone: SealedWords | None = None
    origin: Ref | None = None
    silent_since: datetime | None = None


mediation = Machine(
    Mediation,
    stages=Stage,
    ends=(Stage.SETTLED, Stage.CLOSED),
    purpose=MEDIATION,
)


@mediation.clock
def running(case: Mediation) -> tuple[Deadline, ...]:
    since = case.silent_since or case.opened_at
    if case.stage is Stage.OFFERED:
        return (Deadline("answer", since + timedelta(days=3), "close"),)
    return (
        Deadline("answer", since + timedelta(days=3), "close"),
        Deadline("remind", since + timedelta(days=1), "nudge"),
    )


@mediation.opening(to=(Stage.OFFERED,), by=(CLERK,))
def offer(
    stamp: Stamp,
    parties: Annotated[frozenset[str], Length(2, 9)],
    place: Place | None = None,
    area: AreaId | None = None,
    priority: int | None = None,
    phone: SealedWords | None = None,
) -> Mediation:
    """Offer a mediation to people in dispute."""
    return Mediation(
        id=stamp.case,
        opened_at=stamp.at,
        parties=parties,
        place=place,
        area=area,
        priority=priority,
        phone=phone,
    )


@mediation.opening(to=(Stage.OFFERED,), by=(CLOCKWORK,))
def take_referral(stamp: Stamp, origin: Ref, note: Line) -> Mediation:
    """Take a dispute that others came across."""
    return Mediation(
        id=stamp.case,
        opened_at=stamp.at,
        parties=frozenset({note}),
        origin=origin,
    )


@mediation.move(Stage.OFFERED, to=(Stage.OFFERED, Stage.CONVENED), by=(CLERK,))
def consent(case: Mediation, stamp: Stamp, party: Line) -> Mediation:
    """Record a party's consent; the last one convenes the session."""
    if party not in case.parties:
        raise RuleBroken(f"{party} is no party to this")
    consents = case.consents | {party}
    stage = Stage.CONVENED if consents == case.parties else case.stage
    return replace(case, consents=consents, stage=stage, silent_since=stamp.at)


@mediation.move(Stage.CONVENED, Stage.DRAFTED, to=(Stage.DRAFTED,), by=(MEDIATOR,))
def draft(
    case: Mediation, stamp: Stamp, terms: Annotated[str, Length(1, 400)]
) -> Mediation:
    """Put terms on the table; new terms void every earlier signature."""
    return replace(
        case,
        stage=Stage.DRAFTED,
        terms=terms,
        signatures=(),
        silent_since=stamp.at,
    )


@mediation.move(Stage.DRAFTED, to=(Stage.DRAFTED, Stage.SETTLED), by=(CLERK, MEDIATOR))
def sign_terms(case: Mediation, stamp: Stamp, party: Line) -> Mediation:
    """Sign for one party; the last signature settles the dispute."""
    if party not in case.parties:
        raise RuleBroken(f"{party} is no party to this")
    signatures = (*case.signatures, (party, stamp.at))
    signed = {name for name, _ in signatures}
    stage = Stage.SETTLED if signed == case.parties else case.stage
    return replace(case, signatures=signatures, stage=stage, silent_since=stamp.at)


@mediation.move(
    Stage.CONVENED,
    Stage.DRAFTED,
    to=(Stage.CONVENED, Stage.DRAFTED),
    by=(CLOCKWORK, CLERK),
)
def nudge(case: Mediation, stamp: Stamp) -> Mediation:
    """Remind everybody that the other side waits."""
    return replace(case, silent_since=stamp.at)


@mediation.move(
    Stage.OFFERED, Stage.CONVENED, Stage.DRAFTED, to=(Stage.CLOSED,), by=(CLOCKWORK,)
)
def close(case: Mediation, stamp: Stamp) -> Mediation:
    """Close a mediation that nobody answers."""
    return replace(case, stage=Stage.CLOSED)


HEAR = TaskSpec(
    name="hear",
    role=MEDIATOR,
    sign_within=timedelta(hours=1),
    due_within=timedelta(days=1),
    agency="justice-office",
    supervisors=(CHIEF,),
    ladder=(
        Rung(timedelta(0), MEDIATOR),
        Rung(timedelta(minutes=30), CHIEF),
    ),
)


def tasks_when_convened(_before: Mediation, after: Mediation) -> tuple[TaskSpec, ...]:
    return (HEAR,) if after.stage is Stage.CONVENED else ()


def registry() -> Registry:
    return Registry(
        (mediation,),
        roles=(CLERK, MEDIATOR, CHIEF),
        purposes=(MEDIATION,),
        tasks=(TaskRule(consent, tasks_when_convened),),
        referable=(Referable("mediation", take_referral),),
    )


def person(
    name: str, *roles: Role, purpose: Purpose = MEDIATION, of: str | None = None
) -> Actor:
    return Actor(ActorId(name), frozenset((role, purpose) for role in roles), of)


LIN = person("lin", CLERK)
WU = person("wu", MEDIATOR, of="justice-office")
FANG = person("fang", CHIEF)
AUDIT_DESK = person("auditor", Role("auditor"), purpose=OVERSIGHT)


def office(
    store: Store | None = None,
    clock: VirtualClock | None = None,
    seed: int = 1,
) -> Office:
    return Office(
        store or MemoryStore(),
        registry(),
        JsonCodec(),
        SealingVault(MasterKey(b"k" * 32), SeededEntropy(seed + 1000)),
        clock or VirtualClock(START),
        SeededEntropy(seed),
    )
