"""What every store promises of works: alone, in a rush, failing, cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.adapters.stored import (
    AT,
    due_in,
    found,
    put,
    row,
    seqs,
    store_submit_behind,
    write,
)

from gengfu.kernel import (
    CaseId,
    Deadline,
    NotFound,
    Reader,
    Stale,
    Store,
    Transaction,
    Unavailable,
)


class TestWork:
    def test_a_work_sees_its_own_writes(self, store: Store) -> None:
        write(store, row("a"))

        def work(tx: Transaction) -> None:
            put(tx, row("a", 2, "done"))
            assert tx.find("report", CaseId("a")) == row("a", 2, "done")
            assert tx.find_for_update("report", CaseId("a")) == row("a", 2, "done")
            put(tx, row("b"))
            assert tx.find("report", CaseId("b")) == row("b")
            tx.set_cursor("tail", 7)
            assert tx.cursor("tail") == 7
            tx.put_subject_key("s", b"key")
            assert tx.subject_key("s") == b"key"
            tx.destroy_subject_key("s")
            assert tx.subject_key("s") is None

        store.transact(work)
        assert store.read(lambda r: r.cursor("tail")) == 7
        assert store.read(lambda r: r.subject_key("s")) is None

    def test_a_failed_work_leaves_nothing(self, store: Store) -> None:
        write(store, row("a"), deadlines=[Deadline("sign", AT, "escalate")])

        def work(tx: Transaction) -> None:
            put(tx, row("a", 2))
            put(tx, row("b"), [Deadline("x", AT, "y")])
            tx.set_cursor("tail", 3)
            tx.put_subject_key("s", b"key")
            tx.put_attachment("s", "full", b"locked")
            tx.add_checkpoint(1, "note", AT)
            tx.erase_facts("report", CaseId("a"))
            tx.claim_due(AT, 5)
            raise NotFound("no such thing")

        with pytest.raises(NotFound, match="no such thing"):
            store.transact(work)
        assert found(store, "a") == row("a")
        assert found(store, "b") is None
        assert seqs(store) == [(0, "a", 1)]
        assert store.read(lambda r: r.entries(-1, 1))[0].sealed is not None
        assert store.read(lambda r: r.cursor("tail")) == -1
        assert store.read(lambda r: r.subject_key("s")) is None
        assert store.read(lambda r: r.attachment("s", "full")) is None
        assert not store.read(lambda r: r.checkpoints())
        assert due_in(store, 0) == [("a", "sign")]

    def test_a_result_of_any_kind_is_handed_back(self, store: Store) -> None:
        assert store.transact(lambda _: None) is None
        assert store.transact(lambda _: [1, 2]) == [1, 2]
        assert store.read(lambda _: "x") == "x"

    def test_any_exception_reaches_its_own_caller(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError):
            store.transact(lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            store.read(lambda _: 1 // 0)
        assert store.transact(lambda _: 1) == 1

    def test_even_an_exit_reaches_its_own_caller_only(self, store: Store) -> None:
        def leave(_: Transaction) -> None:
            raise SystemExit(3)

        with pytest.raises(SystemExit):
            store.transact(leave)
        write(store, row("a"))
        assert found(store, "a") == row("a")

    def test_works_of_one_commit_do_not_mix(self, store: Store) -> None:
        """Half of many works fail; each takes only its own writes with it."""
        gate = threading.Event()
        first = store_submit_behind(store, gate)

        def work(n: int) -> Callable[[Transaction], int]:
            def one(tx: Transaction) -> int:
                seen = len(tx.rows("report"))
                put(tx, row(f"r{n:02}"), [Deadline("d", AT, "m")])
                tx.set_cursor("count", tx.cursor("count") + 1)
                if n % 2:
                    raise NotFound(str(n))
                return seen

            return one

        futures = [store.submit(work(n)) for n in range(40)]
        gate.set()
        first()
        for n, future in enumerate(futures):
            if n % 2:
                with pytest.raises(NotFound, match=f"^{n}$"):
                    future.result(10)
            else:
                assert future.result(10) == n // 2
        assert [c for _, c, _ in seqs(store)] == [f"r{n:02}" for n in range(0, 40, 2)]
        assert store.read(lambda r: r.cursor("count")) == 19
        assert len(due_in(store, 0)) == 20

    def test_moves_of_one_case_in_one_commit_follow_each_other(
        self, store: Store
    ) -> None:
        write(store, row("a"))
        gate = threading.Event()
        first = store_submit_behind(store, gate)

        def step(tx: Transaction) -> int:
            now = tx.find_for_update("report", CaseId("a"))
            assert now is not None
            put(tx, row("a", now.version + 1))
            return now.version + 1

        def blind(tx: Transaction) -> None:
            put(tx, row("a", 2))

        futures = [store.submit(step) for _ in range(20)]
        stale = store.submit(blind)
        futures.append(store.submit(step))
        gate.set()
        first()
        assert [f.result(10) for f in futures] == list(range(2, 23))
        with pytest.raises(Stale):
            stale.result(10)
        assert found(store, "a").version == 22

    def test_ledger_reads_see_earlier_works_of_the_same_rush(
        self, store: Store
    ) -> None:
        gate = threading.Event()
        first = store_submit_behind(store, gate)

        def count(tx: Transaction) -> int:
            return tx.size()

        def one(n: int) -> Callable[[Transaction], None]:
            return lambda tx: put(tx, row(f"r{n}"))

        futures: list[Any] = []
        for n in range(5):
            store.submit(one(n))
            futures.append(store.submit(count))
        gate.set()
        first()
        assert [f.result(10) for f in futures] == [1, 2, 3, 4, 5]

    def test_many_threads_lose_no_update(self, store: Store) -> None:
        write(store, *(row(f"r{n}") for n in range(4)))

        def client(n: int) -> None:
            for step in range(15):
                case = CaseId(f"r{(n + step) % 4}")

                def work(tx: Transaction, case: CaseId = case) -> None:
                    now = tx.find_for_update("report", case)
                    assert now is not None
                    put(tx, row(case, now.version + 1))

                store.transact(work)

        threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = [found(store, f"r{n}").version for n in range(4)]
        assert sum(versions) == 4 + 8 * 15
        assert [s for s, _, _ in seqs(store)] == list(range(4 + 8 * 15))

    def test_an_event_loop_is_served_without_being_blocked(self, store: Store) -> None:
        async def many() -> list[Any]:
            works = [
                store.transact_async(lambda tx, n=n: (put(tx, row(f"r{n}")), n)[1])
                for n in range(60)
            ]
            bad = store.transact_async(lambda tx: put(tx, row("a", 3)))
            return await asyncio.gather(*works, bad, return_exceptions=True)

        *numbers, stale = asyncio.run(many())
        assert numbers == list(range(60))
        assert isinstance(stale, Stale)
        assert store.read(lambda r: r.size()) == 60

    def test_a_cancelled_waiter_harms_nobody(self, store: Store) -> None:
        async def cancelled() -> None:
            lost = asyncio.ensure_future(
                store.transact_async(lambda tx: put(tx, row("a")))
            )
            await asyncio.sleep(0)
            lost.cancel()
            with pytest.raises(asyncio.CancelledError):
                await lost
            await store.transact_async(lambda tx: put(tx, row("b")))

        if type(store).__name__ != "MemoryStore":
            asyncio.run(cancelled())
            assert found(store, "b") == row("b")

    def test_a_reader_sees_one_state_from_first_to_last(self, store: Store) -> None:
        write(store, row("a"), row("b"))

        writer = threading.Thread(target=write, args=(store, row("a", 2), row("b", 2)))

        def look(reader: Reader) -> tuple[int, int]:
            before = reader.find("report", CaseId("a"))
            writer.start()
            if type(store).__name__ == "MemoryStore":
                assert writer.is_alive()  # it waits for this reader
            else:
                writer.join()
            after = reader.find("report", CaseId("b"))
            assert before is not None
            assert after is not None
            return before.version, after.version

        assert store.read(look) == (1, 1)
        writer.join()
        assert found(store, "b") == row("b", 2)

    def test_a_closed_store_says_so(self, store: Store) -> None:
        write(store, row("a"))
        store.close()
        with pytest.raises(Unavailable):
            write(store, row("b"))
        with pytest.raises(Unavailable):
            found(store, "a")
        store.close()
