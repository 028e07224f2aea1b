"""Brings a database to the schema of this release."""

import sqlite3
from functools import cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from gengfu.kernel import Corrupt, GengfuError, Unavailable

from .connecting import (
    CONNECT_TIMEOUT_S,
    connect_sqlite,
    parse_address,
    sqlite_file,
)
from .statements import UPGRADE_LOCK

_SCRIPTS = Path(__file__).with_name("migrations")


@cache
def head_revision() -> str:
    """Return the revision that this release works with."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head() or ""


def upgrade(address: str, revision: str = "head") -> None:
    """Bring a database to a revision, all or nothing; makes a SQLite file.

    Raises:
        BadInput: the address names no database this can use.
        Unavailable: the database cannot be reached or written.
        Corrupt: it is in a state that no revision made.

    """
    url = parse_address(address)
    if url.get_backend_name() == "sqlite":
        path = sqlite_file(url)
        engine = create_engine(
            url, poolclass=NullPool, creator=lambda: connect_sqlite(path)
        )
        event.listen(engine, "begin", _begin_at_once)
    else:
        engine = create_engine(
            url,
            poolclass=NullPool,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        )
        event.listen(engine, "begin", _one_at_a_time)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except DBAPIError as error:
        raise _reason(error.orig or error) from error
    except sqlite3.Error as error:
        raise _reason(error) from error
    finally:
        engine.dispose()


def _reason(error: BaseException) -> GengfuError:
    words = str(error).strip().partition("\n")[0]
    said = f"the database cannot be upgraded: {words}"
    if isinstance(error, (sqlite3.OperationalError, psycopg.OperationalError)):
        # A statement that makes no sense to SQLite found tables it did not expect.
        nonsense = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        return Corrupt(said) if nonsense else Unavailable(said)
    return Corrupt(said)


def _begin_at_once(connection: Connection) -> None:
    """Take SQLite's write lock first: the tables and the revision change together."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _one_at_a_time(connection: Connection) -> None:
    """Let servers that start at once upgrade one after the other."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
