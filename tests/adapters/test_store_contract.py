"""What every store promises, on memory, SQLite and PostgreSQL alike."""

import asyncio
import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gengfu.kernel import (
    ActorId,
    BadInput,
    CaseId,
    Deadline,
    Entry,
    NotFound,
    Purpose,
    Reader,
    Ref,
    Role,
    Row,
    Sealed,
    Stale,
    Store,
    Transaction,
    Unavailable,
)
from gengfu.kernel.merkle import TileHash, leaf_hash

AT = datetime(2026, 3, 2, 8, 0, 0, 123457, tzinfo=UTC)


def row(case: str, version: int = 1, stage: str = "new", **more: Any) -> Row:
    values: dict[str, Any] = {"kind": "report", "opened_at": AT} | more
    body = f"{case} {version}".encode(errors="replace")
    return Row(id=CaseId(case), stage=stage, version=version, body=body, **values)


def entry_for(state: Row, move: str = "step") -> Entry:
    return Entry(
        kind=state.kind,
        case=state.id,
        version=state.version,
        move=move,
        at=AT + timedelta(seconds=state.version),
        actor=ActorId("lin"),
        role=Role("clerk"),
        purpose=Purpose("help"),
        represents=None,
        facts_commitment=b"f" * 32,
        state_commitment=b"s" * 32,
    )


def put(
    tx: Transaction,
    state: Row,
    deadlines: Collection[Deadline] = (),
    salt: bytes = b"salt",
) -> None:
    facts = b"facts of " + state.body
    tx.write(state, entry_for(state), Sealed(salt, facts), deadlines)


def write(store: Store, *states: Row, deadlines: Collection[Deadline] = ()) -> None:
    def work(tx: Transaction) -> None:
        for state in states:
            put(tx, state, deadlines)

    store.transact(work)


def found(store: Store, case: str, kind: str = "report") -> Row | None:
    return store.read(lambda reader: reader.find(kind, CaseId(case)))


def seqs(store: Store) -> list[tuple[int, str, int]]:
    logged = store.read(lambda reader: reader.entries(-1, 1000))
    return [(one.seq, one.entry.case, one.entry.version) for one in logged]


def due_in(store: Store, minutes: float) -> list[tuple[str, str]]:
    dues = store.read(lambda r: r.due(AT + timedelta(minutes=minutes), 100))
    return [(d.case, d.deadline.name) for d in dues]


class TestCases:
    def test_nothing_is_there_at_first(self, store: Store) -> None:
        assert found(store, "a") is None
        assert seqs(store) == []
        assert store.read(lambda r: r.size()) == 0
        assert store.read(lambda r: r.cursor("anyone")) == -1
        assert store.read(lambda r: r.checkpoints()) in ([], ())
        assert store.read(lambda r: list(r.rows("report"))) == []

    def test_a_row_comes_back_as_it_was_written(self, store: Store) -> None:
        full = row(
            "a",
            area="南山",
            lon=113.93,
            lat=22.53,
            priority=-2,
            about=CaseId("b"),
        )
        bare = row("b")
        write(store, full, bare)
        assert found(store, "a") == full
        assert found(store, "b") == bare

    def test_an_instant_keeps_its_microsecond_and_its_zone(self, store: Store) -> None:
        far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        write(store, row("a", opened_at=far))
        write(store, row("b", opened_at=datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)))
        assert found(store, "a").opened_at == far
        assert found(store, "b").opened_at.year == 1
        assert found(store, "b").opened_at.microsecond == 1

    def test_the_same_id_of_another_kind_is_another_case(self, store: Store) -> None:
        write(store, row("a"), row("a", kind="permit", stage="granted"))
        assert found(store, "a").stage == "new"
        assert found(store, "a", "permit").stage == "granted"

    def test_a_row_moves_to_its_next_version(self, store: Store) -> None:
        write(store, row("a"))
        write(store, row("a", 2, "done", area="x", priority=3))
        assert found(store, "a") == row("a", 2, "done", area="x", priority=3)

    @pytest.mark.parametrize("version", [2, 3, 7])
    def test_a_first_version_other_than_one_is_stale(
        self, store: Store, version: int
    ) -> None:
        with pytest.raises(Stale):
            write(store, row("a", version))
        assert found(store, "a") is None
        assert seqs(store) == []

    @pytest.mark.parametrize("version", [1, 2, 4])
    def test_a_version_that_skips_or_repeats_is_stale(
        self, store: Store, version: int
    ) -> None:
        write(store, row("a"))
        write(store, row("a", 2))
        with pytest.raises(Stale):
            write(store, row("a", version))
        assert found(store, "a") == row("a", 2)
        assert store.read(lambda r: r.size()) == 2

    @pytest.mark.parametrize("version", [1, 3])
    def test_a_wrong_version_is_stale_also_after_a_lock(
        self, store: Store, version: int
    ) -> None:
        write(store, row("a"))

        def work(tx: Transaction) -> None:
            assert tx.find_for_update("report", CaseId("a")) == row("a")
            put(tx, row("a", version))

        with pytest.raises(Stale):
            store.transact(work)
        assert found(store, "a") == row("a")

    def test_versions_may_follow_each_other_in_one_work(self, store: Store) -> None:
        write(store, row("a"), row("b"), row("a", 2), row("a", 3, "done"))
        assert found(store, "a") == row("a", 3, "done")
        assert seqs(store) == [(0, "a", 1), (1, "b", 1), (2, "a", 2), (3, "a", 3)]

    def test_many_are_found_at_once(self, store: Store) -> None:
        write(store, *(row(f"r{n:04}") for n in range(700)))
        write(store, row("p", kind="permit"))
        asked = [Ref("report", CaseId(f"r{n:04}")) for n in range(0, 900, 1)]
        asked += [Ref("permit", CaseId("p")), Ref("permit", CaseId("r0001"))]
        rows = store.read(lambda r: r.find_many(asked + asked[:3]))
        assert len(rows) == 701
        assert {r.id for r in rows} == {f"r{n:04}" for n in range(700)} | {"p"}
        assert store.read(lambda r: list(r.find_many([]))) == []

    @pytest.mark.parametrize("name", ["a\x00b", "\ud800", "", "'; DROP TABLE cases"])
    def test_names_that_no_case_can_have_are_not_found(
        self, store: Store, name: str
    ) -> None:
        assert found(store, name) is None
        assert found(store, "a", name) is None
        assert not store.read(lambda r: r.find_many([Ref("report", CaseId(name))]))
        assert not store.read(lambda r: r.rows("report", stages=[name]))
        assert not store.read(lambda r: r.rows("report", about=CaseId(name)))
        assert not store.read(lambda r: r.entries_of("report", CaseId(name)))
        assert store.read(lambda r: r.subject_key(name)) is None

    @pytest.mark.parametrize(
        "bad",
        [
            row("a\x00b"),
            row("\ud800"),
            row("a", area="x\x00"),
            row("a", stage="\udfff"),
            row("a", about=CaseId("\x00")),
            row("a", 0),
            row("a", 2**31),
            row("a", priority=2**31),
        ],
    )
    def test_what_no_database_can_hold_is_refused(self, store: Store, bad: Row) -> None:
        with pytest.raises(BadInput):
            write(store, row("good"), bad)
        assert seqs(store) == []
        write(store, row("good"))
        assert len(seqs(store)) == 1

    def test_an_entry_of_another_case_is_refused(self, store: Store) -> None:
        def work(tx: Transaction) -> None:
            tx.write(row("a"), entry_for(row("b")), Sealed(b"", b""), ())

        with pytest.raises(BadInput):
            store.transact(work)


class TestLists:
    def fill(self, store: Store) -> None:
        write(
            store,
            row("d", stage="new", opened_at=AT + timedelta(minutes=3)),
            row("c", stage="open", opened_at=AT + timedelta(minutes=1)),
            row("B", stage="done", opened_at=AT + timedelta(minutes=1)),
            row("a", stage="open", opened_at=AT + timedelta(minutes=2)),
            row("z", kind="permit", opened_at=AT, about=CaseId("a")),
            row("y", kind="permit", opened_at=AT, about=CaseId("d")),
        )

    def ids(self, store: Store, kind: str = "report", **wanted: Any) -> str:
        return "".join(r.id for r in store.read(lambda r: r.rows(kind, **wanted)))

    def test_rows_come_in_order_of_opening_then_id(self, store: Store) -> None:
        self.fill(store)
        assert self.ids(store) == "Bcad"
        assert self.ids(store, "permit") == "yz"
        assert self.ids(store, "nothing") == ""

    def test_rows_are_narrowed_down(self, store: Store) -> None:
        self.fill(store)
        minute = timedelta(minutes=1)
        assert self.ids(store, stages=["open"]) == "ca"
        assert self.ids(store, stages={"open", "new"}) == "cad"
        assert self.ids(store, stages=[]) == ""
        assert self.ids(store, limit=2) == "Bc"
        assert self.ids(store, stages=["open"], limit=1) == "c"
        assert self.ids(store, limit=0) == ""
        assert self.ids(store, "permit", about=CaseId("a")) == "z"
        assert self.ids(store, "permit", about=CaseId("q")) == ""
        assert self.ids(store, opened_from=AT + 2 * minute) == "ad"
        assert self.ids(store, opened_before=AT + 2 * minute) == "Bc"
        assert (
            self.ids(
                store,
                stages=["new", "open"],
                opened_from=AT + minute,
                opened_before=AT + 3 * minute,
                limit=5,
            )
            == "ca"
        )

    def test_a_work_lists_what_it_wrote(self, store: Store) -> None:
        self.fill(store)

        def work(tx: Transaction) -> list[str]:
            put(tx, row("a", 2, "done", opened_at=AT + timedelta(minutes=2)))
            put(tx, row("b", stage="open", opened_at=AT))
            put(tx, row("e", stage="open", opened_at=AT + timedelta(hours=1)))
            put(tx, row("x", kind="permit", opened_at=AT, about=CaseId("a")))
            asked: list[dict[str, Any]] = [
                {},
                {"stages": ["open"]},
                {"stages": ["open"], "limit": 2},
                {"limit": 1},
                {"opened_before": AT + timedelta(minutes=1)},
            ]
            seen = ["".join(r.id for r in tx.rows("report", **a)) for a in asked]
            about = tx.rows("permit", about=CaseId("a"))
            many = tx.find_many(
                [Ref("report", CaseId("a")), Ref("report", CaseId("d"))]
            )
            seen += ["".join(r.id for r in about)]
            return [*seen, "".join(sorted(f"{r.id}{r.version}" for r in many))]

        assert store.transact(work) == ["bBcade", "bce", "bc", "b", "b", "xz", "a2d1"]


class TestLedger:
    def test_entries_come_in_order_without_a_gap(self, store: Store) -> None:
        for n in range(5):
            write(store, row(f"r{n}"))
        write(store, row("r3", 2))
        assert [s for s, _, _ in seqs(store)] == list(range(6))
        assert store.read(lambda r: r.size()) == 6
        some = store.read(lambda r: r.entries(1, 2))
        assert [one.seq for one in some] == [2, 3]
        assert [o.seq for o in store.read(lambda r: r.entries(-5, 2))] == [0, 1]
        assert not store.read(lambda r: r.entries(5, 10))
        of = store.read(lambda r: r.entries_of("report", CaseId("r3")))
        assert [(one.seq, one.entry.version) for one in of] == [(3, 1), (5, 2)]

    def test_an_entry_comes_back_as_it_was_written(self, store: Store) -> None:
        state = row("a", area="区")
        written = Entry(
            kind="report",
            case=CaseId("a"),
            version=1,
            move="开案",
            at=AT,
            actor=ActorId("林"),
            role=Role("clerk"),
            purpose=Purpose("help"),
            represents="justice",
            facts_commitment=bytes(range(32)),
            state_commitment=bytes(range(32, 64)),
        )
        sealed = Sealed(b"\x00\xff", b"{}")
        store.transact(lambda tx: tx.write(state, written, sealed, ()))
        (logged,) = store.read(lambda r: r.entries(-1, 9))
        assert logged.entry == written
        assert logged.sealed == sealed
        assert logged.leaf == leaf_hash(written.leaf_bytes())
        assert list(store.read(lambda r: r.leaf_hashes(0, 9))) == [logged.leaf]

    def test_leaf_hashes_are_cut_as_asked(self, store: Store) -> None:
        write(store, *(row(f"r{n}") for n in range(9)))
        leaves = [one.leaf for one in store.read(lambda r: r.entries(-1, 99))]
        for start, stop in [(0, 9), (3, 5), (8, 20), (9, 12), (5, 5), (6, 2)]:
            got = store.read(lambda r, a=start, b=stop: r.leaf_hashes(a, b))
            assert list(got) == leaves[start:stop]

    def test_a_work_sees_only_committed_entries(self, store: Store) -> None:
        write(store, row("a"))

        def work(tx: Transaction) -> tuple[int, int, int]:
            put(tx, row("b"))
            return (
                tx.size(),
                len(tx.entries(-1, 9)),
                len(tx.entries_of("report", CaseId("b"))),
            )

        assert store.transact(work) == (1, 1, 0)
        assert store.read(lambda r: r.size()) == 2

    def test_facts_are_erased_and_entries_stay(self, store: Store) -> None:
        write(store, row("a"), row("b"))
        write(store, row("a", 2))
        before = store.read(lambda r: r.leaf_hashes(0, 9))

        def work(tx: Transaction) -> None:
            put(tx, row("a", 3))
            tx.erase_facts("report", CaseId("a"))
            put(tx, row("a", 4))

        store.transact(work)
        kept = {
            (one.entry.case, one.entry.version): one.sealed is not None
            for one in store.read(lambda r: r.entries(-1, 99))
        }
        assert kept == {
            ("a", 1): False,
            ("b", 1): True,
            ("a", 2): False,
            ("a", 3): False,
            ("a", 4): True,
        }
        assert list(store.read(lambda r: r.leaf_hashes(0, 3))) == list(before)

    def test_checkpoints_come_newest_first(self, store: Store) -> None:
        for n in range(4):
            store.transact(lambda tx, n=n: tx.add_checkpoint(n, f"note {n}\n", AT))
        assert list(store.read(lambda r: r.checkpoints())) == ["note 3\n"]
        assert list(store.read(lambda r: r.checkpoints(limit=3))) == [
            "note 3\n",
            "note 2\n",
            "note 1\n",
        ]

    def test_tree_nodes_are_kept_by_level(self, store: Store) -> None:
        nodes = [TileHash(1, n, bytes([n]) * 32) for n in range(5)]
        store.transact(lambda tx: tx.keep_tree_nodes(nodes[:3]))
        store.transact(
            lambda tx: tx.keep_tree_nodes([*nodes[3:], TileHash(2, 0, b"z" * 32)])
        )
        got = store.read(lambda r: r.tree_nodes(1, 1, 4))
        assert list(got) == [nodes[1].hash, nodes[2].hash, nodes[3].hash]
        assert list(store.read(lambda r: r.tree_nodes(2, 0, 9))) == [b"z" * 32]
        assert list(store.read(lambda r: r.tree_nodes(3, 0, 9))) == []


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


class TestKeysAndCursors:
    def test_a_key_is_kept_until_destroyed(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_subject_key("s", b"\x00key"))
        assert store.read(lambda r: r.subject_key("s")) == b"\x00key"
        store.transact(lambda tx: tx.destroy_subject_key("s"))
        assert store.read(lambda r: r.subject_key("s")) is None
        store.transact(lambda tx: tx.destroy_subject_key("s"))

    def test_a_key_is_never_replaced(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_subject_key("s", b"one"))
        with pytest.raises(Stale):
            store.transact(lambda tx: tx.put_subject_key("s", b"two"))
        assert store.read(lambda r: r.subject_key("s")) == b"one"

        def renew(tx: Transaction) -> None:
            tx.destroy_subject_key("s")
            tx.put_subject_key("s", b"three")

        store.transact(renew)
        assert store.read(lambda r: r.subject_key("s")) == b"three"

    def test_an_attachment_goes_with_its_subjects_key(self, store: Store) -> None:
        big = bytes(range(256)) * 4096

        def keep(tx: Transaction) -> None:
            for subject in ("s", "t"):
                tx.put_subject_key(subject, b"key")
                tx.put_attachment(subject, "full", big)
            tx.put_attachment("s", "small", b"")
            assert tx.attachment("s", "full") == big

        store.transact(keep)
        assert store.read(lambda r: r.attachment("s", "full")) == big
        assert store.read(lambda r: r.attachment("s", "small")) == b""
        assert store.read(lambda r: r.attachment("s", "none")) is None
        assert store.read(lambda r: r.attachment("\x00", "full")) is None

        def erase(tx: Transaction) -> None:
            tx.put_attachment("s", "late", b"late")
            tx.destroy_subject_key("s")
            assert tx.attachment("s", "full") is None

        store.transact(erase)
        for name in ("full", "small", "late"):
            assert store.read(lambda r, n=name: r.attachment("s", n)) is None
        assert store.read(lambda r: r.attachment("t", "full")) == big

    def test_an_attachment_is_never_replaced(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_attachment("s", "full", b"one"))
        with pytest.raises(Stale):
            store.transact(lambda tx: tx.put_attachment("s", "full", b"two"))
        assert store.read(lambda r: r.attachment("s", "full")) == b"one"

        def renew(tx: Transaction) -> None:
            tx.destroy_subject_key("s")
            tx.put_attachment("s", "full", b"three")

        store.transact(renew)
        assert store.read(lambda r: r.attachment("s", "full")) == b"three"

    def test_a_cursor_moves(self, store: Store) -> None:
        store.transact(lambda tx: tx.set_cursor("a", 5))
        store.transact(lambda tx: (tx.set_cursor("a", 9), tx.set_cursor("b", 1)))
        assert store.read(lambda r: (r.cursor("a"), r.cursor("b"))) == (9, 1)


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
        heard: list[int] = []

        def fail(_: int) -> None:
            raise RuntimeError("broken listener")

        store.on_commit(fail)
        store.on_commit(heard.append)
        write(store, row("a"))
        write(store, row("b"))
        assert heard[-1] == 1

    def test_nobody_is_told_when_nothing_was_added(self, store: Store) -> None:
        heard: list[int] = []
        store.on_commit(heard.append)
        heard.clear()
        store.transact(lambda tx: tx.set_cursor("a", 5))
        with pytest.raises(Stale):
            write(store, row("a", 7))
        assert [seq for seq in heard if seq >= 0] == []


def store_submit_behind(store: Store, gate: threading.Event) -> Callable[[], None]:
    """Hold the writer up so that what is submitted meanwhile forms one rush.

    In memory nothing ever waits, so there is nothing to hold up.
    """
    if type(store).__name__ == "MemoryStore":
        return lambda: None
    entered = threading.Event()

    def wait(_tx: Transaction) -> None:
        entered.set()
        assert gate.wait(10)

    future = store.submit(wait)
    assert entered.wait(10)
    return lambda: future.result(10)
