"""What every store promises of deadlines and of those who listen."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.adapters.stored import (
    AT,
    due_in,
    found,
    put,
    row,
    store_submit_behind,
    write,
)

from gengfu.kernel import Deadline, Stale, Store, Transaction


class TestDeadlines:
    def test_deadlines_are_due_earliest_first(self, store: Store) -> None:
        minute = timedelta(minutes=1)
        write(store, row("a"), deadlines=[Deadline("late", AT + 3 * minute, "m")])
        write(
            store,
            row("b"),
            deadlines=[
                Deadline("soon", AT + minute, "m"),
                Deadline("then", AT + 2 * minute, "m"),
            ],
        )
        assert due_in(store, 0) == []
        assert due_in(store, 1) == [("b", "soon")]
        assert due_in(store, 9) == [("b", "soon"), ("b", "then"), ("a", "late")]
        one = store.read(lambda r: r.due(AT + 9 * minute, 1))
        assert [(d.kind, d.case, d.deadline) for d in one] == [
            ("report", "b", Deadline("soon", AT + minute, "m"))
        ]

    def test_a_move_replaces_the_clocks_of_its_case(self, store: Store) -> None:
        write(store, row("a"), deadlines=[Deadline("x", AT, "m")])
        write(store, row("b"), deadlines=[Deadline("x", AT, "m")])
        write(store, row("a", 2), deadlines=[Deadline("y", AT, "m")])
        assert due_in(store, 1) == [("a", "y"), ("b", "x")]
        write(store, row("a", 3))
        assert due_in(store, 1) == [("b", "x")]

    def test_clocks_that_run_for_hours_and_years_come_round(self, store: Store) -> None:
        hour = timedelta(hours=1)
        for name, after in (("a", 0.5), ("b", 2), ("c", 9), ("d", 24 * 3650)):
            write(store, row(name), deadlines=[Deadline("x", AT + after * hour, "m")])

        def due(after: float) -> list[str]:
            return [name for name, _ in due_in(store, 60 * after)]

        assert due(0) == []
        assert due(1) == ["a"]
        write(store, row("c", 2), deadlines=[Deadline("x", AT + 3 * hour, "m")])
        assert due(1) == ["a"]
        assert due(2) == ["a", "b"]
        write(store, row("b", 2), deadlines=[Deadline("x", AT + 30 * hour, "m")])
        assert due(3) == ["a", "c"]
        assert due(0.1) == []
        write(store, row("d", 2))
        assert due(40) == ["a", "c", "b"]
        last = datetime.max.replace(tzinfo=UTC)
        assert len(store.read(lambda r: r.due(last, 9))) == 3

    def test_the_same_deadline_twice_is_one(self, store: Store) -> None:
        again = Deadline("x", AT, "m")
        write(store, row("a"), deadlines=[again, again, Deadline("x", AT, "other")])
        assert due_in(store, 1) == [("a", "x"), ("a", "x")]

    def test_claims_see_what_the_work_did(self, store: Store) -> None:
        for name in "abc":
            write(store, row(name), deadlines=[Deadline("x", AT, "m")])

        def work(tx: Transaction) -> list[str]:
            (first,) = tx.claim_due(AT, 1)
            put(tx, row(first.case, 2))
            put(tx, row("0"), [Deadline("own", AT - timedelta(minutes=1), "m")])
            rest = tx.claim_due(AT, 9)
            again = tx.claim_due(AT, 9)
            return [first.case, *(d.case for d in rest), *(d.case for d in again)]

        assert store.transact(work) == ["a", "0", "b", "c"]
        assert due_in(store, 0) == [("0", "own"), ("b", "x"), ("c", "x")]

    def test_one_kind_may_be_left_out(self, store: Store) -> None:
        for n in range(20):
            early = [Deadline("x", AT - timedelta(days=1), "m")]
            write(store, row(f"w{n:02}", kind="words"), deadlines=early)
        write(store, row("late"), deadlines=[Deadline("x", AT, "m")])

        def work(tx: Transaction) -> list[str]:
            own = [Deadline("own", AT - timedelta(days=2), "m")]
            put(tx, row("w99", kind="words"), own)
            urgent = [*tx.due(AT, 5, "words"), *tx.claim_due(AT, 5, "words")]
            rest = tx.claim_due(AT, 2)
            return [d.case for d in (*urgent, *rest)]

        assert store.transact(work) == ["late", "late", "w99", "w00"]
        seen = store.read(lambda r: r.due(AT, 5, "words"))
        assert [d.case for d in seen] == ["late"]

    def test_one_deadline_is_worked_off_once_in_a_rush(self, store: Store) -> None:
        write(store, *(row(f"r{n:02}") for n in range(30)), deadlines=[])
        for n in range(30):
            write(store, row(f"r{n:02}", 2), deadlines=[Deadline("x", AT, "m")])
        gate = threading.Event()
        first = store_submit_behind(store, gate)

        def work(tx: Transaction) -> list[str]:
            done = tx.claim_due(AT, 4)
            for due in done:
                now = tx.find_for_update("report", due.case)
                assert now is not None
                put(tx, row(due.case, now.version + 1))
            return [d.case for d in done]

        futures = [store.submit(work) for _ in range(10)]
        gate.set()
        first()
        claimed = [case for f in futures for case in f.result(10)]
        assert sorted(claimed) == [f"r{n:02}" for n in range(30)]
        assert {found(store, f"r{n:02}").version for n in range(30)} == {3}


class TestTold:
    def test_listeners_hear_of_entries_after_they_are_there(self, store: Store) -> None:
        heard: list[tuple[int, int]] = []
        arrived = threading.Event()

        def told(last: int) -> None:
            heard.append((last, store.read(lambda r: r.size())))
            if last == 3:
                arrived.set()

        end = store.on_commit(told)
        for n in range(4):
            write(store, row(f"r{n}"))
        assert arrived.wait(10)
        told_seqs = [last for last, _ in heard if last >= 0]
        assert told_seqs == sorted(set(told_seqs))
        assert all(size > last for last, size in heard)
        end()
        count = len(heard)
        write(store, row("late"))
        assert len(heard) == count

    def test_a_listener_that_fails_harms_nobody(self, store: Store) -> None:
        heard = threading.Event()

        def fail(_: int) -> None:
            raise RuntimeError("broken listener")

        def hear(last: int) -> None:
            if last == 1:
                heard.set()

        store.on_commit(fail)
        store.on_commit(hear)
        write(store, row("a"))
        write(store, row("b"))
        assert heard.wait(10)

    def test_nobody_is_told_when_nothing_was_added(self, store: Store) -> None:
        heard: list[int] = []
        store.on_commit(heard.append)
        heard.clear()
        store.transact(lambda tx: tx.set_cursor("a", 5))
        with pytest.raises(Stale):
            write(store, row("a", 7))
        assert [seq for seq in heard if seq >= 0] == []
