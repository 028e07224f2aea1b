"""Two servers on one PostgreSQL database: nothing is lost, doubled or out of order."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.adapters.stored import AT, found, put, row, seqs, write

from gengfu.adapters.sql import SqlStore
from gengfu.kernel import CaseId, Deadline, Stale, Transaction

type Pair = tuple[SqlStore, SqlStore]


@pytest.fixture
def servers(postgres_address: str) -> Iterator[Pair]:
    pair = SqlStore(postgres_address), SqlStore(postgres_address)
    yield pair
    for store in pair:
        store.close()


def step(case: str) -> object:
    def work(tx: Transaction) -> int:
        now = tx.find_for_update("report", CaseId(case))
        assert now is not None
        put(tx, row(case, now.version + 1))
        return now.version + 1

    return work


def together(*jobs: object) -> None:
    failed: list[BaseException] = []

    def run(job: object) -> None:
        try:
            job()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_both_move_the_same_cases(servers: Pair) -> None:
    write(servers[0], row("a"), row("b"), row("c"))

    def client(store: SqlStore, order: str) -> object:
        def run() -> None:
            for _ in range(12):
                for case in order:
                    store.transact(step(case))

        return run

    together(
        *(client(store, order) for store in servers for order in ("abc", "cba", "bac"))
    )
    assert [found(servers[0], c).version for c in "abc"] == [73, 73, 73]
    logged = seqs(servers[1])
    assert [seq for seq, _, _ in logged] == list(range(3 + 216))
    for case in "abc":
        assert [v for _, c, v in logged if c == case] == list(range(1, 74))


def test_locks_taken_in_opposite_order_are_sorted_out(servers: Pair) -> None:
    """Each server's work locks two cases, in opposite order, many times over."""
    write(servers[0], row("a"), row("b"))

    def both(first: str, then: str) -> object:
        def work(tx: Transaction) -> None:
            for case in (first, then):
                now = tx.find_for_update("report", CaseId(case))
                assert now is not None
                put(tx, row(case, now.version + 1))

        return work

    def client(store: SqlStore, first: str, then: str) -> object:
        return lambda: [store.transact(both(first, then)) for _ in range(6)]

    together(client(servers[0], "a", "b"), client(servers[1], "b", "a"))
    assert found(servers[0], "a").version == found(servers[0], "b").version == 13


def test_one_id_is_opened_by_one_of_them(servers: Pair) -> None:
    outcomes: list[str] = []

    def opening(store: SqlStore, name: str, case: str) -> object:
        def work(tx: Transaction) -> None:
            if tx.find("report", CaseId(case)) is not None:
                raise Stale("open already")
            put(tx, row(case, area=name))

        def run() -> None:
            try:
                store.transact(work)
                outcomes.append(name)
            except Stale:
                outcomes.append("stale")

        return run

    for n in range(10):
        outcomes.clear()
        together(*(opening(store, str(i), f"r{n}") for i, store in enumerate(servers)))
        assert sorted(outcomes) in (["0", "stale"], ["1", "stale"])
        winner = min(outcomes)
        assert found(servers[0], f"r{n}").area == winner
    assert len(seqs(servers[0])) == 10


def test_a_blind_write_on_an_old_version_is_stale(servers: Pair) -> None:
    write(servers[0], row("a"))
    write(servers[1], row("a", 2))
    with pytest.raises(Stale):
        write(servers[0], row("a", 2))
    assert found(servers[0], "a").version == 2


def test_each_deadline_is_worked_off_by_one_of_them(servers: Pair) -> None:
    for n in range(40):
        write(servers[0], row(f"r{n:02}"), deadlines=[Deadline("x", AT, "m")])
    claimed: list[str] = []

    def work(tx: Transaction) -> list[str]:
        done = [due.case for due in tx.claim_due(AT, 5)]
        for case in done:
            now = tx.find_for_update("report", case)
            assert now is not None
            put(tx, row(case, now.version + 1))
        return done

    def worker(store: SqlStore) -> object:
        def run() -> None:
            idle = 0
            while idle < 3:
                done = store.transact(work)
                claimed.extend(done)
                idle = 0 if done else idle + 1

        return run

    together(*(worker(store) for store in servers for _ in range(2)))
    assert sorted(claimed) == [f"r{n:02}" for n in range(40)]
    assert {found(servers[0], f"r{n:02}").version for n in range(40)} == {2}


def test_a_claimed_deadline_is_passed_over_by_the_other(servers: Pair) -> None:
    for name in "abc":
        write(
            servers[0],
            row(name),
            deadlines=[Deadline("x", AT + timedelta(seconds=ord(name)), "m")],
        )
    late = AT + timedelta(days=1)

    def first(tx: Transaction) -> tuple[list[str], list[str]]:
        mine = [due.case for due in tx.claim_due(late, 2)]
        others = servers[1].transact(
            lambda other: [due.case for due in other.claim_due(late, 9)]
        )
        return mine, others

    assert servers[0].transact(first) == (["a", "b"], ["c"])


def test_a_subscriber_s_cursor_is_moved_by_one_at_a_time(servers: Pair) -> None:
    write(servers[0], *(row(f"r{n}") for n in range(30)))
    handled: list[int] = []

    def work(tx: Transaction) -> bool:
        seen = tx.entries(tx.cursor("mail"), 4)
        if not seen:
            return False
        tx.set_cursor("mail", seen[-1].seq)
        handled.extend(one.seq for one in seen)
        return True

    def worker(store: SqlStore) -> object:
        def run() -> None:
            while store.transact(work):
                pass

        return run

    together(*(worker(store) for store in servers))
    assert sorted(handled) == list(range(30))


def test_two_that_seal_for_one_subject_keep_one_key(servers: Pair) -> None:
    def sealing(store: SqlStore, key: bytes) -> object:
        def work(tx: Transaction) -> None:
            if tx.subject_key("s") is None:
                tx.put_subject_key("s", key)

        return lambda: store.transact(work)

    together(sealing(servers[0], b"one"), sealing(servers[1], b"two"))
    kept = {store.read(lambda r: r.subject_key("s")) for store in servers}
    assert kept in ({b"one"}, {b"two"})


def test_a_key_kept_between_looking_and_keeping_is_found(servers: Pair) -> None:
    runs: list[bytes | None] = []

    def work(tx: Transaction) -> None:
        runs.append(tx.subject_key("s"))
        if runs == [None]:
            servers[0].transact(lambda other: other.put_subject_key("s", b"one"))
        if runs[-1] is None:
            tx.put_subject_key("s", b"two")

    servers[1].transact(work)
    assert runs == [None, b"one"]
    assert servers[1].read(lambda r: r.subject_key("s")) == b"one"


def test_each_hears_of_the_other_s_commits(servers: Pair) -> None:
    heard: list[int] = []
    arrived = threading.Event()

    def told(last: int) -> None:
        heard.append(last)
        if last == 4:
            arrived.set()

    servers[1].on_commit(told)
    for n in range(5):
        write(servers[0], row(f"r{n}"))
    assert arrived.wait(10)
    assert heard == sorted(set(heard))
    assert servers[1].read(lambda r: r.size()) == 5
