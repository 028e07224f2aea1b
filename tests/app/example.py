"""A small capability: a promise that lapses by its clock, and one that follows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import (
    CLOCKWORK,
    Actor,
    ActorId,
    Case,
    Deadline,
    Desk,
    Machine,
    Office,
    Purpose,
    Registry,
    Role,
    RuleBroken,
    Stamp,
    Store,
    Subscription,
)
from gengfu.surface import Change, FeedEvent

HELP = Purpose("help")
KEEPER = Role("keeper")
START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
SOMEONE = Actor(ActorId("ada"), frozenset({(KEEPER, HELP)}))


class PromiseStage(StrEnum):
    MADE = "made"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Case):
    words: str
    due: datetime
    stubborn: bool = False
    stage: PromiseStage = PromiseStage.MADE


promise = Machine(
    Promise, stages=PromiseStage, ends=(PromiseStage.LAPSED,), purpose=HELP
)


@promise.clock
def running(case: Promise) -> tuple[Deadline, ...]:
    return (Deadline("due", case.due, "lapse"),)


@promise.opening(to=(PromiseStage.MADE,), by=(KEEPER, CLOCKWORK))
def make(
    stamp: Stamp, words: str, within: timedelta, stubborn: bool = False
) -> Promise:
    """Make a promise."""
    return Promise(
        id=stamp.case,
        opened_at=stamp.at,
        words=words,
        due=stamp.at + within,
        stubborn=stubborn,
    )


@promise.move(PromiseStage.MADE, to=(PromiseStage.LAPSED,), by=(CLOCKWORK,))
def lapse(case: Promise, stamp: Stamp) -> Promise:
    """Let it lapse because its time is over."""
    if case.stubborn:
        raise RuleBroken("this one never lapses")
    if case.words == "broken":
        raise ZeroDivisionError
    return replace(case, stage=PromiseStage.LAPSED)


@promise.move(PromiseStage.MADE, to=(PromiseStage.MADE,), by=(KEEPER,))
def relent(case: Promise, stamp: Stamp) -> Promise:
    """Give it a year more."""
    return replace(case, due=stamp.at + timedelta(days=365))


def again(desk: Desk, case: Promise) -> None:
    """Follow each promise with one more, once."""
    if not case.words.startswith("again"):
        desk.open(make, f"again {case.words}", timedelta(days=300))


FOLLOW = Subscription("follow", make, again)


def office(store: Store | None = None, *, follow: bool = False) -> Office:
    return Office(
        store=store or MemoryStore(),
        registry=Registry(
            [promise],
            roles=[KEEPER],
            purposes=[HELP],
            subscriptions=[FOLLOW] if follow else [],
        ),
        codec=JsonCodec(),
        vault=SealingVault(MasterKey(bytes(32)), SeededEntropy(1)),
        clock=VirtualClock(START),
        entropy=SeededEntropy(2),
    )


def advance(one: Office, by: timedelta) -> None:
    clock = one.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(by)


def made(one: Office, words: str, minutes: float, *, stubborn: bool = False) -> Promise:
    within = timedelta(minutes=minutes)
    return one.serve(SOMEONE, HELP, lambda d: d.open(make, words, within, stubborn))


def promises(one: Office) -> Sequence[Promise]:
    return one.serve(SOMEONE, HELP, lambda desk: desk.list(promise))


class Watching:
    """A running part that passes on what it observes."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.ticks = 0
        self.broken = False

    def observe(self, changes: Sequence[Change]) -> Sequence[FeedEvent]:
        if self.broken:
            raise ValueError("broken")
        self.seen += [c.logged.seq for c in changes]
        return [
            FeedEvent("entry", {"seq": c.logged.seq}, c.logged.seq, frozenset({"u1"}))
            for c in changes
        ]

    def tick(self, now: datetime) -> Sequence[FeedEvent]:
        self.ticks += 1
        return [FeedEvent("positions", {"at": now})]

    def close(self) -> None:
        pass
