"""The migrations make the schema that the code works with, on both databases."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool
from tests.postgres_server import Server, postgres_server

from gengfu.adapters.sql import SqlStore, head_revision, upgrade
from gengfu.adapters.sql.connecting import parse_address
from gengfu.adapters.sql.schema import metadata
from gengfu.kernel import BadInput, Corrupt, Unavailable

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is nothing."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'city.db'}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = server.create(template="template0")
    yield server.address(name)
    server.drop(name)


def looking(address: str) -> Any:
    return create_engine(parse_address(address), poolclass=NullPool).connect()


def triggers(connection: Connection) -> set[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        )
    else:
        found = connection.execute(
            text(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c"
                " ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            )
        )
    return {(table, name) for table, name in found}


def test_the_migrated_schema_is_the_one_in_the_code(empty: str) -> None:
    upgrade(empty)
    with looking(empty) as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True},
        )
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == head_revision()
        columns = {
            (table.name, column.name, column.nullable)
            for table in metadata.tables.values()
            for column in table.columns
        }
        inspector = inspect(connection)
        assert columns == {
            (table, column["name"], column["nullable"])
            for table in metadata.tables
            for column in inspector.get_columns(table)
        }
        for table in metadata.tables.values():
            keys = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key]


def test_evidence_is_guarded_and_nothing_cascades(empty: str) -> None:
    upgrade(empty)
    with looking(empty) as connection:
        assert {table for table, _ in triggers(connection)} == {"ledger", "checkpoints"}
        inspector = inspect(connection)
        for table in metadata.tables:
            for key in inspector.get_foreign_keys(table):
                options = key["options"]
                assert not {"ondelete", "onupdate"} & set(options)
                assert options["deferrable"]
                assert options["initially"] == "DEFERRED"
        (needs,) = inspector.get_foreign_keys("cases")
        assert needs["referred_table"] == "ledger"
        assert needs["referred_columns"] == ["kind", "case_id", "version"]


def test_upgrading_again_changes_nothing(empty: str) -> None:
    upgrade(empty)
    store = SqlStore(empty)
    store.transact(lambda tx: tx.set_cursor("a", 4))
    store.close()
    upgrade(empty)
    store = SqlStore(empty)
    assert store.read(lambda r: r.cursor("a")) == 4
    store.close()


def test_orders_of_before_are_listed_under_their_incident(empty: str) -> None:
    upgrade(empty, "0002")
    body = '{{"id": "{0}", "incident": {1}, "text": "go"}}'
    with looking(empty) as connection:
        for seq, (case, said) in enumerate((("o1", '"i7"'), ("o2", "null"))):
            facts = {
                "seq": seq,
                "case": case,
                "body": body.format(case, said).encode(),
                "bytes": b"x",
            }
            connection.execute(
                text(
                    "INSERT INTO ledger VALUES (:seq, 'order', :case, 1, 'send', 0,"
                    " 'a', 'r', 'p', NULL, :bytes, :bytes, :bytes)"
                ),
                facts,
            )
            connection.execute(
                text(
                    "INSERT INTO cases (kind, id, stage, version, opened_at, body)"
                    " VALUES ('order', :case, 'sent', 1, 0, :body)"
                ),
                facts,
            )
        connection.commit()
    upgrade(empty)
    store = SqlStore(empty)
    found = store.read(lambda r: [row.id for row in r.rows("order", about="i7")])
    store.close()
    assert found == ["o1"]


def test_servers_that_start_at_once_upgrade_once(empty: str) -> None:
    failed: list[Exception] = []

    def start() -> None:
        try:
            upgrade(empty)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    SqlStore(empty).close()


def test_a_database_that_was_not_upgraded_is_refused(empty: str) -> None:
    with pytest.raises(Unavailable, match="gengfu db upgrade"):
        SqlStore(empty)


def test_a_failing_upgrade_leaves_nothing_half_done(empty: str) -> None:
    with looking(empty) as connection:
        connection.execute(text("CREATE TABLE subject_keys (x INTEGER)"))
        connection.commit()
    with pytest.raises(Corrupt, match="subject_keys"):
        upgrade(empty)
    with looking(empty) as connection:
        assert set(inspect(connection).get_table_names()) == {"subject_keys"}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nothing",
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=ro",
        "oracle+x://a",
    ],
)
def test_an_address_of_nothing_usable_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        upgrade(address)
    with pytest.raises(BadInput):
        SqlStore(address)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(BadInput) as told:
        upgrade("mysql://me:secret@host/db")
    assert "secret" not in str(told.value)


def test_what_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'city.db'}"
    closed = "postgresql://x:secret@127.0.0.1:1/x"
    for address in (nowhere, closed):
        with pytest.raises(Unavailable) as told:
            upgrade(address)
        assert "secret" not in str(told.value)
        with pytest.raises(Unavailable):
            SqlStore(address)


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "city.db"
    path.write_bytes(b"this is no database " * 100)
    for attempt in (upgrade, SqlStore):
        with pytest.raises(Corrupt, match=r"damaged|not a database"):
            attempt(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"this is no database")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT 1 FROM cases")
