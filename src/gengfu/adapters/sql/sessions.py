"""One connection as the store uses it; all that differs between the databases."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec
import psycopg
from psycopg import errors as postgres_errors
from sqlalchemy import URL

from gengfu.kernel import BadInput, Corrupt, GengfuError, Unavailable

from .connecting import connect_postgres, connect_sqlite, sqlite_file
from .records import Record
from .statements import CHANNEL, LEDGER_LOCK, Statement, Statements

DRIVER_ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, psycopg.Error)


class Clash(Exception):
    """What is stored is not what the changes were made on; run the work again."""


class Session(Protocol):
    """A connection with its transaction."""

    statements: Statements
    far: bool
    """Whether each statement costs a journey to a server."""

    def begin_reading(self) -> None:
        """Begin to read one consistent state."""
        ...

    def begin_writing(self) -> None:
        """Begin to write, as the only writer where the database knows but one."""
        ...

    def commit(self) -> None: ...
    def rollback(self) -> None:
        """End the transaction, whatever state it is in; never raises."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Send what is said within at once, where the database takes it so.

        Raises Clash at the end where a statement changed fewer rows than it should.
        """
        ...

    def fetch(self, statement: Statement, args: Sequence[Any]) -> list[Record]: ...
    def fetch_each(
        self, statement: Statement, args: Sequence[Record]
    ) -> list[Record]: ...
    def run_each(
        self, statement: Statement, args: Sequence[Record], *, all_change: bool = False
    ) -> None:
        """Run a statement for each set of parameters.

        Raises Clash, now or at the end of `together`, where all should change a row
        and some do not.
        """
        ...

    def lock_ledger(self) -> None:
        """From here to the commit, let nobody else take a seq."""
        ...

    def announce(self, last_seq: int) -> None:
        """Tell other servers, at commit, that there are entries up to this one."""
        ...

    def lock_name(self, name: str) -> None:
        """Wait until nobody else holds this name, then hold it to the commit."""
        ...

    def forget_erased(self) -> None:
        """Leave no trace of what was deleted in the database's own logs."""
        ...

    def usable(self) -> bool:
        """Tell whether this connection can still be used."""
        ...

    def close(self) -> None: ...


class SqliteSession:
    """A connection to a SQLite file in WAL mode."""

    far = False

    def __init__(self, path: Path, statements: Statements) -> None:
        self.statements = statements
        self._connection = connect_sqlite(path)
        self._execute = self._connection.execute
        self._executemany = self._connection.executemany

    def begin_reading(self) -> None:
        self._execute("BEGIN")

    def begin_writing(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._execute("ROLLBACK")

    def fetch(self, statement: Statement, args: Sequence[Any]) -> list[Record]:
        return self._execute(statement.sql, args).fetchall()

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def fetch_each(self, statement: Statement, args: Sequence[Record]) -> list[Record]:
        return [record for each in args for record in self.fetch(statement, each)]

    def run_each(
        self, statement: Statement, args: Sequence[Record], *, all_change: bool = False
    ) -> None:
        changed = self._executemany(statement.sql, args).rowcount
        if all_change and changed != len(args):
            raise Clash

    def lock_ledger(self) -> None:
        """There is but one writer already."""

    def announce(self, last_seq: int) -> None:
        """There is no other server to tell."""

    def lock_name(self, name: str) -> None:
        """There is but one writer already."""

    def forget_erased(self) -> None:
        with suppress(sqlite3.Error):
            self._execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def usable(self) -> bool:
        return True

    def close(self) -> None:
        self._connection.close()


class PostgresSession:
    """A connection to a PostgreSQL server.

    Sets of parameters travel as one JSON array and one statement takes them apart:
    measured against a statement for each, that costs a fraction on either side.
    """

    far = True

    def __init__(self, url: URL, statements: Statements) -> None:
        self.statements = statements
        self._connection = connect_postgres(url)
        self._execute = self._connection.execute
        self._expected: list[tuple[psycopg.Cursor[Record], int]] = []

    def begin_reading(self) -> None:
        self._execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_writing(self) -> None:
        # Each statement sees the latest commits: rows are guarded by their locks and
        # versions, and the last seq must be read after the ledger lock is held.
        self._execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        with suppress(psycopg.Error):
            self._connection.rollback()

    def fetch(self, statement: Statement, args: Sequence[Any]) -> list[Record]:
        return self._execute(statement.sql.encode(), args).fetchall()

    @contextmanager
    def together(self) -> Generator[None]:
        self._expected.clear()
        with self._connection.pipeline():
            yield
        if any(cursor.rowcount != wanted for cursor, wanted in self._expected):
            raise Clash

    def fetch_each(self, statement: Statement, args: Sequence[Record]) -> list[Record]:
        return self.fetch(statement, (_as_json(args),))

    def run_each(
        self, statement: Statement, args: Sequence[Record], *, all_change: bool = False
    ) -> None:
        done = self._execute(statement.bulk.encode(), (_as_json(args),), prepare=True)
        if all_change:
            self._expected.append((done, len(args)))

    def lock_ledger(self) -> None:
        self._execute(b"SELECT pg_advisory_xact_lock(%s)", (LEDGER_LOCK,))

    def announce(self, last_seq: int) -> None:
        self._execute(b"SELECT pg_notify(%s, %s)", (CHANNEL, str(last_seq)))

    def lock_name(self, name: str) -> None:
        self._execute(
            b"SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
            (name, LEDGER_LOCK),
        )

    def forget_erased(self) -> None:
        """Vacuum is the server's; what it keeps of its logs is the operator's."""

    def usable(self) -> bool:
        return not self._connection.closed

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()


def _as_json(args: Sequence[Record]) -> str:
    return msgspec.json.encode(args).decode()


def open_session(url: URL, statements: Statements) -> Session:
    """Connect to the database of an address."""
    if statements.database == "sqlite":
        return SqliteSession(sqlite_file(url), statements)
    return PostgresSession(url, statements)


_CONFLICTS = (
    postgres_errors.UniqueViolation,
    postgres_errors.SerializationFailure,
    postgres_errors.DeadlockDetected,
    postgres_errors.InFailedSqlTransaction,
    psycopg.errors.PipelineAborted,
)
_SQLITE_CONFLICTS = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
)


def is_conflict(error: Exception) -> bool:
    """Tell whether the same work may succeed when it is run again."""
    if isinstance(error, sqlite3.IntegrityError):
        return error.sqlite_errorcode in _SQLITE_CONFLICTS or "UNIQUE" in str(error)
    return isinstance(error, _CONFLICTS)


def as_ours(error: Exception) -> GengfuError:
    """Say in our own errors what a driver reports.

    The driver's words name servers, files, tables and values: they are the cause of
    the error, for the log and the terminal, and never part of what it says.
    """
    ours = _ours(error)
    ours.__cause__ = error
    return ours


def _ours(error: Exception) -> GengfuError:
    if isinstance(error, psycopg.DataError):
        return BadInput("the database cannot hold this")
    if isinstance(error, (sqlite3.IntegrityError, psycopg.IntegrityError)):
        return Corrupt("the database refuses this")
    broken = isinstance(error, sqlite3.DatabaseError) and getattr(
        error, "sqlite_errorcode", 0
    ) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    if broken or isinstance(error, psycopg.errors.DataCorrupted):
        return Corrupt("the database is damaged")
    return Unavailable("the database does not answer")
