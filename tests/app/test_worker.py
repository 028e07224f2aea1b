"""The worker: clocks fire once, subscriptions run once, checkpoints verify."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.app.example import (
    HELP,
    SOMEONE,
    PromiseStage,
    advance,
    made,
    office,
    promises,
    relent,
)

from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.config import ORIGIN
from gengfu.app.evidence import ledger_key, opener
from gengfu.app.worker import Worker
from gengfu.kernel import Corrupt, Office
from gengfu.kernel.audit import audit
from gengfu.kernel.transparency import prove_entry

KEY = ledger_key(MasterKey(bytes(32)))


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def worker(one: Office, readers: ThreadPoolExecutor) -> Worker:
    return Worker(
        office=one, readers=readers, signer=KEY, trusted=KEY.verifier, origin=ORIGIN
    )


def stages(one: Office) -> dict[str, PromiseStage]:
    return {p.words: p.stage for p in promises(one)}


def test_clocks_fire_when_due_and_not_before(readers: ThreadPoolExecutor) -> None:
    one = office()
    for minutes in (1, 2, 30):
        made(one, f"in {minutes}", minutes)
    works = worker(one, readers)
    assert not asyncio.run(works.make_due_moves())
    advance(one, timedelta(minutes=5))
    assert asyncio.run(works.make_due_moves())
    assert stages(one) == {
        "in 1": PromiseStage.LAPSED,
        "in 2": PromiseStage.LAPSED,
        "in 30": PromiseStage.MADE,
    }
    assert not asyncio.run(works.make_due_moves())
    assert works.moved == 2


def test_a_rule_with_a_fault_holds_up_no_other_clock(
    readers: ThreadPoolExecutor,
) -> None:
    one = office()
    made(one, "broken", 1)
    made(one, "sound", 2)
    advance(one, timedelta(minutes=5))
    assert asyncio.run(worker(one, readers).make_due_moves())
    assert stages(one)["sound"] is PromiseStage.LAPSED


def test_two_workers_on_one_store_fire_once(readers: ThreadPoolExecutor) -> None:
    store = MemoryStore()
    one = office(store)
    for n in range(20):
        made(one, f"{n}", 1)
    advance(one, timedelta(minutes=5))
    both = [worker(one, readers), worker(one, readers)]

    async def together() -> None:
        await asyncio.gather(*(w.make_due_moves() for w in both))

    asyncio.run(together())
    assert set(stages(one).values()) == {PromiseStage.LAPSED}
    assert sum(w.moved for w in both) == 20
    assert store.read(lambda r: r.size()) == 40


def test_one_that_refuses_holds_up_nothing(
    readers: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    one = office()
    for n in range(30):
        made(one, f"stubborn {n}", 1, stubborn=True)
    made(one, "late", 2)
    advance(one, timedelta(minutes=5))
    works = worker(one, readers)
    assert asyncio.run(works.make_due_moves())
    assert stages(one)["late"] is PromiseStage.LAPSED
    assert "never lapses" in caplog.text
    size = one.look(lambda r: r.size())
    assert not asyncio.run(works.make_due_moves())
    assert one.look(lambda r: r.size()) == size


def test_failures_are_remembered_only_while_they_are_due(
    readers: ThreadPoolExecutor,
) -> None:
    one = office()
    cases = [made(one, f"stubborn {n}", 1, stubborn=True) for n in range(30)]
    advance(one, timedelta(minutes=5))
    works = worker(one, readers)
    asyncio.run(works.make_due_moves())
    assert len(works._failing) == 30
    for case in cases[1:]:  # somebody gives them more time
        one.serve(SOMEONE, HELP, lambda d, case=case: d.apply(case.id, relent))
    made(one, "late", -1)
    assert asyncio.run(works.make_due_moves())
    assert [case for _, case, _ in works._failing] == [cases[0].id]
    one.serve(SOMEONE, HELP, lambda d: d.apply(cases[0].id, relent))
    assert not asyncio.run(works.make_due_moves())
    assert not works._failing


def test_subscriptions_run_exactly_once(readers: ThreadPoolExecutor) -> None:
    one = office(follow=True)
    for n in range(5):
        made(one, f"{n}", 60)
    both = [worker(one, readers), worker(one, readers)]

    async def together() -> None:
        for _ in range(3):
            await asyncio.gather(*(w.run_subscriptions() for w in both))

    asyncio.run(together())
    words = sorted(p.words for p in promises(one))
    assert words == sorted(
        [f"{n}" for n in range(5)] + [f"again {n}" for n in range(5)]
    )
    asyncio.run(worker(one, readers).run_subscriptions())
    assert len(promises(one)) == 10


def test_checkpoints_verify_and_go_on_after_a_restart(
    readers: ThreadPoolExecutor,
) -> None:
    one = office()
    first = worker(one, readers)
    assert not asyncio.run(first.sign_checkpoint())
    for n in range(300):
        made(one, f"{n}", 60)
    assert asyncio.run(first.sign_checkpoint())
    assert not asyncio.run(first.sign_checkpoint())
    for n in range(300):
        made(one, f"more {n}", 60)
    second = worker(one, readers)
    assert asyncio.run(second.sign_checkpoint())
    assert opener(KEY)(one.look(lambda r: r.checkpoints(1))[0]).size == 600
    assert len(one.look(lambda r: r.tree_nodes(1, 0, 9))) == 2
    verdict = one.look(lambda r: audit(r, one.registry, one.codec, opener(KEY)))
    assert verdict.intact.holds, verdict.intact.findings
    assert verdict.complete.holds, verdict.complete.findings

    def proven(reader) -> None:
        for seq in (0, 255, 256, 599):
            signed = prove_entry(reader, seq).verify((KEY.verifier,))
            assert (signed.size, signed.root) == (600, verdict.root)

    one.look(proven)


def test_a_checkpoint_of_another_key_is_no_checkpoint(
    readers: ThreadPoolExecutor,
) -> None:
    one = office()
    made(one, "x", 60)
    asyncio.run(worker(one, readers).sign_checkpoint())
    note = one.look(lambda r: r.checkpoints(1))[0]
    opener(KEY)(note)
    with pytest.raises(Corrupt):
        opener(ledger_key(MasterKey(b"\x01" * 32)))(note)


def test_nothing_is_signed_on_a_history_that_was_rewritten(
    readers: ThreadPoolExecutor,
) -> None:
    one, other = office(), office()
    for each, words in ((one, "as it was"), (other, "as it never was")):
        made(each, words, 60)
    asyncio.run(worker(one, readers).sign_checkpoint())
    (note,) = one.look(lambda r: r.checkpoints(1))
    at = one.clock()
    other.store.transact(lambda tx: tx.add_checkpoint(1, note, at))
    made(other, "and more", 60)
    with pytest.raises(Corrupt, match="not those signed"):
        asyncio.run(worker(other, readers).sign_checkpoint())
    assert other.look(lambda r: r.checkpoints(9)) == [note]
