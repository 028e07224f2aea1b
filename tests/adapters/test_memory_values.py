"""The store in memory keeps cases beside their bytes; nobody can tell, or change them."""

import gc
import weakref
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import (
    Actor,
    ActorId,
    BadInput,
    Case,
    FrozenDict,
    Machine,
    Office,
    Purpose,
    Registry,
    Role,
    Stamp,
)
from gengfu.kernel.merkle import leaf_hash

POST = Purpose("post")
CLERK = Role("clerk")
ANN = Actor(ActorId("ann"), frozenset({(CLERK, POST)}))


class Stage(StrEnum):
    HELD = "held"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Parcel(Case):
    labels: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=FrozenDict)
    stage: Stage = Stage.HELD


parcel = Machine(Parcel, stages=Stage, ends=(Stage.SENT,), purpose=POST)


@parcel.opening(to=(Stage.HELD,), by=(CLERK,))
def take(stamp: Stamp, said: dict[str, str]) -> Parcel:
    """Take a parcel."""
    return Parcel(id=stamp.case, opened_at=stamp.at, said=said)


@parcel.move(Stage.HELD, to=(Stage.HELD,), by=(CLERK,))
def label(case: Parcel, stamp: Stamp, words: list[str]) -> Parcel:
    """Label it, carelessly: the list stays the caller's."""
    return replace(case, labels=words)


@parcel.move(Stage.HELD, to=(Stage.HELD,), by=(CLERK,))
def freeze(case: Parcel, stamp: Stamp) -> Parcel:
    """Make what was said unchangeable."""
    return replace(case, labels=tuple(case.labels), said=FrozenDict(case.said))


@parcel.move(Stage.HELD, to=(Stage.SENT,), by=(CLERK,))
def send(case: Parcel, stamp: Stamp) -> Parcel:
    """Send it, naming the stage by a plain text."""
    return replace(case, stage="sent")


@pytest.fixture
def office():
    return office_over(MemoryStore())


def office_over(store):
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    registry = Registry((parcel,), roles=(CLERK,), purposes=(POST,))
    vault = SealingVault(MasterKey(b"m" * 32))
    entropy = SeededEntropy(1)
    return Office(store, registry, JsonCodec(), vault, clock, entropy)


def do(office, job):
    return office.serve(ANN, POST, job)


def stored(office, case):
    return do(office, lambda desk: desk.get(parcel, case.id))


def kept(office, case):
    return office.look(lambda reader: reader.find(parcel.kind, case.id)).value


def test_a_case_that_nobody_can_change_is_handed_out_as_it_is(office):
    case = do(office, lambda desk: desk.open(take, FrozenDict(a="b")))
    assert kept(office, case) is case
    assert stored(office, case) is case
    with pytest.raises(TypeError):
        stored(office, case).said["a"] = "c"


def test_what_a_caller_can_change_is_his_alone(office):
    said = {"a": "b"}
    case = do(office, lambda desk: desk.open(take, said))
    said["a"] = case.said["c"] = stored(office, case).said["d"] = "changed"
    assert stored(office, case).said == {"a": "b"}
    words = ["fragile"]
    do(office, lambda desk: desk.apply(case.id, label, words))
    words.append("changed")
    assert stored(office, case).labels == ("fragile",)
    frozen = do(office, lambda desk: desk.apply(case.id, freeze))
    assert kept(office, case) is frozen


def test_a_stage_named_by_a_text_is_read_back_as_a_stage(office):
    case = do(office, lambda desk: desk.open(take, FrozenDict()))
    do(office, lambda desk: desk.apply(case.id, send))
    assert kept(office, case) is None
    assert stored(office, case).stage is Stage.SENT


def test_a_move_after_one_that_failed_starts_from_what_is_stored(office):
    case = do(office, lambda desk: desk.open(take, FrozenDict()))

    def half(desk):
        desk.apply(case.id, freeze)
        raise RuntimeError("the rest went wrong")

    with pytest.raises(RuntimeError, match="went wrong"):
        do(office, half)
    assert stored(office, case) is case
    assert do(office, lambda desk: desk.apply(case.id, freeze)).version == 2


class AtOnce(MemoryStore):
    """Keeps no values: everything is put into bytes when it is written."""

    def transact(self, work):
        def plainly(tx):
            tx.keeps_values = False
            return work(tx)

        return super().transact(plainly)


def a_day(office):
    """Make moves of every sort; return all that can be read of them."""
    first = do(office, lambda desk: desk.open(take, FrozenDict(a="号")))
    second = do(office, lambda desk: desk.open(take, {"plain": "dict"}))
    words = ["a list", "of the caller's"]
    do(office, lambda desk: desk.apply(second.id, label, words))
    words.append("changed after")
    do(office, lambda desk: desk.apply(first.id, freeze))

    def several(desk):
        desk.apply(second.id, freeze)
        desk.tx.erase_facts(parcel.kind, second.id)
        desk.apply(first.id, send)
        return desk.apply(second.id, send)

    do(office, several)
    with pytest.raises(BadInput):
        do(office, lambda desk: desk.open(take, FrozenDict(a="\ud800")))
    rows = office.look(lambda reader: reader.rows(parcel.kind))
    return [
        [(row, row.body) for row in rows],
        office.look(lambda reader: reader.entries(-1, 99)),
    ]


def test_bytes_that_waited_are_those_that_were_written_at_once():
    late, at_once = office_over(MemoryStore()), office_over(AtOnce())
    assert a_day(late) == a_day(at_once)
    assert late.store._kept.cases == at_once.store._kept.cases


def test_what_nobody_reads_is_never_put_into_bytes(office, monkeypatch):
    plain, wrote = JsonCodec.encode, []

    def noted(codec, value):
        wrote.append(value)
        return plain(codec, value)

    monkeypatch.setattr(JsonCodec, "encode", noted)
    case = do(office, lambda desk: desk.open(take, FrozenDict(a="b")))
    frozen = do(office, lambda desk: desk.apply(case.id, freeze))
    assert not wrote
    row = office.look(lambda reader: reader.find(parcel.kind, case.id))
    assert b'"a":"b"' in row.body
    assert row.body is row.body
    assert wrote == [frozen]


def test_erasing_keeps_no_value_from_which_facts_could_be_read(office):
    case = do(office, lambda desk: desk.open(take, FrozenDict(secret="b")))
    known, seen = case.id, weakref.ref(case)
    del case
    do(office, lambda desk: desk.apply(known, freeze))
    assert seen() is not None
    do(office, lambda desk: desk.tx.erase_facts(parcel.kind, known))
    gc.collect()
    assert seen() is None


def test_entries_are_hashed_when_somebody_reads_them_and_say_what_was_written(office):
    case = do(office, lambda desk: desk.open(take, FrozenDict()))
    do(office, lambda desk: desk.apply(case.id, freeze))
    assert not office.store._kept.leaves
    (second,) = office.look(lambda reader: reader.entries(0, 9))
    assert second.leaf == leaf_hash(second.entry.leaf_bytes())
    do(office, lambda desk: desk.apply(case.id, send))
    hashes = office.look(lambda reader: reader.leaf_hashes(0, 9))
    entries = office.look(lambda reader: reader.entries_of(parcel.kind, case.id))
    assert list(hashes) == [one.leaf for one in entries]
    assert hashes == [leaf_hash(one.entry.leaf_bytes()) for one in entries]
    do(office, lambda desk: desk.tx.erase_facts(parcel.kind, case.id))
    erased = office.look(lambda reader: reader.entries(-1, 9))
    assert [one.sealed for one in erased] == [None] * 3
    assert [one.leaf for one in erased] == hashes
