"""A database that cannot be written is said to be so, read on, and written again."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.stored import (
    found,
    put,
    row,
    seqs,
    store_submit_behind,
    write,
)
from tests.postgres_server import Server, start_again

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.adapters.sql.sessions import SqliteSession
from gengfu.kernel import Corrupt, Store, Transaction, Unavailable


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "city.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def on_sqlite(database: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{database}")
    yield store
    store.close()


@contextmanager
def unavailable(because: str) -> Iterator[None]:
    """Expect a refusal that keeps what the driver said to itself."""
    with pytest.raises(Unavailable) as refused:
        yield
    assert str(refused.value) == "the database does not answer"
    assert because in str(refused.value.__cause__)


def writer_of(store: SqlStore) -> Any:
    """Reach the store's own writing connection, to break it."""
    store.transact(lambda _: None)
    return store._writer._session


class TestSqlite:
    def test_a_full_disk(self, on_sqlite: SqlStore) -> None:
        write(on_sqlite, row("a"))
        session = writer_of(on_sqlite)
        (pages,) = session._execute("PRAGMA page_count").fetchone()
        session._execute(f"PRAGMA max_page_count = {pages}")
        with unavailable("full"):
            write(on_sqlite, *(row(f"r{n}", area="x" * 500) for n in range(300)))
        assert found(on_sqlite, "a") == row("a")
        assert seqs(on_sqlite) == [(0, "a", 1)]
        # A new connection knows no such limit: it works again by itself.
        write(on_sqlite, row("b"))
        assert seqs(on_sqlite) == [(0, "a", 1), (1, "b", 1)]

    def test_a_full_disk_fails_only_who_needs_it(self, on_sqlite: SqlStore) -> None:
        """All who share the commit are told, none is left waiting."""
        session = writer_of(on_sqlite)
        (pages,) = session._execute("PRAGMA page_count").fetchone()
        session._execute(f"PRAGMA max_page_count = {pages}")
        gate = threading.Event()
        first = store_submit_behind(on_sqlite, gate)
        futures = [
            on_sqlite.submit(lambda tx, n=n: put(tx, row(f"r{n}", area="x" * 4000)))
            for n in range(50)
        ]
        gate.set()
        first()
        errors = [future.exception(10) for future in futures]
        assert all(isinstance(e, Unavailable) for e in errors if e is not None)
        assert any(errors)
        stored = {case for _, case, _ in seqs(on_sqlite)}
        assert stored == {f"r{n}" for n, e in enumerate(errors) if e is None}

    def test_a_read_only_database(self, on_sqlite: SqlStore) -> None:
        write(on_sqlite, row("a"))
        writer_of(on_sqlite)._execute("PRAGMA query_only = ON")
        with unavailable("readonly"):
            write(on_sqlite, row("b"))
        assert found(on_sqlite, "a") == row("a")
        write(on_sqlite, row("b"))

    def test_another_program_that_holds_the_database(
        self, on_sqlite: SqlStore, database: Path
    ) -> None:
        writer_of(on_sqlite)._execute("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with unavailable("locked"):
            write(on_sqlite, row("a"))
        assert found(on_sqlite, "a") is None
        other.execute("ROLLBACK")
        other.close()
        write(on_sqlite, row("a"))

    def test_what_another_program_wrote_is_seen_at_once(
        self, on_sqlite: SqlStore, database: Path
    ) -> None:
        write(on_sqlite, row("a"))
        other = SqlStore(f"sqlite:///{database}")
        write(other, row("a", 2), row("b"))
        assert found(on_sqlite, "a") == row("a", 2)

        def step(tx: Transaction) -> int:
            now = tx.find_for_update("report", row("a").id)
            assert now is not None
            put(tx, row("a", now.version + 1))
            return now.version

        assert on_sqlite.transact(step) == 2
        assert other.transact(step) == 3
        assert [s for s, _, _ in seqs(other)] == list(range(5))
        other.close()

    def test_a_damaged_file(self, on_sqlite: SqlStore, database: Path) -> None:
        write(on_sqlite, *(row(f"r{n}", area="x" * 900) for n in range(200)))
        on_sqlite.close()
        raw = bytearray(database.read_bytes())
        raw[8192:-4096] = b"\xff" * (len(raw) - 12288)
        database.write_bytes(raw)
        with pytest.raises((Corrupt, Unavailable)):
            self.read_all(database)

    def read_all(self, database: Path) -> None:
        store = SqlStore(f"sqlite:///{database}")
        try:
            store.read(lambda r: r.rows("report"))
        finally:
            store.close()

    def test_erased_keys_leave_no_trace_in_the_files(
        self, on_sqlite: SqlStore, database: Path
    ) -> None:
        secret = b"wrapped-key-that-must-not-stay"
        on_sqlite.transact(lambda tx: tx.put_subject_key("s", secret))
        write(on_sqlite, row("a"))
        files = [database, database.with_name("city.db-wal")]
        assert any(secret in f.read_bytes() for f in files if f.exists())

        def erase(tx: Transaction) -> None:
            tx.destroy_subject_key("s")
            tx.erase_facts("report", row("a").id)

        on_sqlite.transact(erase)
        for file in files:
            if file.exists():
                assert secret not in file.read_bytes()
                assert b"facts of a 1" not in file.read_bytes()


def test_no_connection_can_be_made(
    on_sqlite: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(on_sqlite, row("a"))
    assert found(on_sqlite, "a") == row("a")

    def refuse(self: object, *_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as broken:
        broken.setattr(SqliteSession, "__init__", refuse)
        on_sqlite._writer._drop_session()
        with unavailable("unable to open"):
            write(on_sqlite, row("b"))
        assert found(on_sqlite, "a") == row("a")
    write(on_sqlite, row("b"))


class TestPostgres:
    @pytest.fixture
    def on_postgres(self, postgres_address: str) -> Iterator[SqlStore]:
        store = SqlStore(postgres_address)
        yield store
        store.close()

    def test_connections_that_are_cut(
        self, on_postgres: SqlStore, postgres_server: Server, postgres_database: str
    ) -> None:
        write(on_postgres, row("a"))
        assert found(on_postgres, "a") == row("a")
        postgres_server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{postgres_database}'"
        )
        assert found(on_postgres, "a") == row("a")
        with pytest.raises(Unavailable):
            write(on_postgres, row("b"))
        write(on_postgres, row("b"))
        assert seqs(on_postgres) == [(0, "a", 1), (1, "b", 1)]

    def test_a_database_made_read_only(
        self, on_postgres: SqlStore, postgres_server: Server, postgres_database: str
    ) -> None:
        write(on_postgres, row("a"))
        session = writer_of(on_postgres)
        session._connection.execute("SET transaction_read_only = on")
        genuine = session.begin_writing
        session.begin_writing = session.begin_reading
        with unavailable("read-only"):
            write(on_postgres, row("b"))
        session.begin_writing = genuine
        assert found(on_postgres, "a") == row("a")
        write(on_postgres, row("b"))


@pytest.mark.slow
def test_a_server_that_stops_and_comes_back() -> None:
    from tests.postgres_server import start, stop

    server = start(durable=False)
    try:
        store: Store = SqlStore(server.address(server.create()))
        heard: list[int] = []
        store.on_commit(heard.append)
        write(store, row("a"))
        server.control("-m", "fast", "-w", "-s", "stop")
        with pytest.raises(Unavailable):
            write(store, row("b"))
        with pytest.raises(Unavailable):
            found(store, "a")
        start_again(server)
        assert found(store, "a") == row("a")
        write(store, row("b"))
        assert seqs(store) == [(0, "a", 1), (1, "b", 1)]
        assert heard[-1] == 1
        store.close()
    finally:
        stop(server)
