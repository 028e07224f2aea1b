"""Database addresses, and connections that leave transactions to their caller."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from gengfu.kernel import BadInput, Unavailable

BUSY_TIMEOUT_MS = 5000
CONNECT_TIMEOUT_S = 5
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)
_POSTGRES_LIMITS = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
"""A server that hangs in a transaction holds up the others for so long at most."""


def parse_address(address: str) -> URL:
    """Read a database address such as `sqlite:////var/lib/gengfu/city.db`.

    Raises:
        BadInput: it names no SQLite file and no PostgreSQL database.

    """
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadInput("this is not the address of a database") from error
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise BadInput(f"{backend} is not supported; use SQLite or PostgreSQL")
    if not url.database or url.database == ":memory:" or url.query:
        raise BadInput("SQLite needs a file: sqlite:////path/to/city.db")
    return url


def sqlite_file(url: URL) -> Path:
    """Return the file of a SQLite address; raises Unavailable without its folder."""
    path = Path(url.database or "")
    if not path.resolve().parent.is_dir():
        raise Unavailable(f"{path}: no such folder for a database")
    return path


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """Connect to a file, durable at every commit."""
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


def connect_postgres(url: URL) -> psycopg.Connection:
    """Connect to a server; every statement is its own transaction until BEGIN."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(
        address,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="gengfu",
        options=str(url.query.get("options", _POSTGRES_LIMITS)),
        # A line that died without a word is given up in seconds, not hours.
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )


type Connect[C] = Callable[[], C]
