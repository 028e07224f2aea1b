"""A real PostgreSQL server for tests and benchmarks, alone in a temporary folder.

One server serves a whole test session, also when several processes share its tests:
the first to come starts it, the last to leave stops it.
"""

import contextlib
import fcntl
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gengfu.adapters.sql import upgrade
from gengfu.adapters.sql.schema import metadata

UNPRIVILEGED = ("postgres", "nobody")
TEMPLATE = "gengfu_template"
INITDB_OPTIONS = [
    "-U",
    "gengfu",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
]


@dataclass(frozen=True)
class Server:
    """A running server; it listens on a socket in its folder and on loopback."""

    folder: Path
    port: int
    owner: str

    def address(self, database: str = "postgres") -> str:
        return (
            f"postgresql:///{database}?host={self.folder}&port={self.port}&user=gengfu"
        )

    def loopback_address(self, database: str) -> str:
        return f"postgresql://gengfu@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, template: str = TEMPLATE) -> str:
        """Create an upgraded database; returns its name."""
        name = f"t_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def wipe(self, database: str) -> None:
        """Empty every table, which takes switching off the ledger's guards."""
        tables = [table.name for table in metadata.sorted_tables]
        self.execute(
            "SET session_replication_role = replica",
            *(f"DELETE FROM {table}" for table in tables),
            database=database,
        )

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def control(self, *words: str) -> None:
        """Run pg_ctl on this server as its owner."""
        run_as(self.owner, [binary("pg_ctl"), "-D", str(self.folder / "data"), *words])


def binary(name: str) -> str:
    """Find one of PostgreSQL's programs; skips the test where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        told = subprocess.run(
            ["pg_config", "--bindir"], check=True, capture_output=True, text=True
        )
        folders.append(Path(told.stdout.strip()))
    if found := shutil.which(name):
        return str(Path(found).resolve())
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    pytest.skip(f"no PostgreSQL server installed: {name} not found")


def run_as(owner: str, command: list[str]) -> None:
    """Run a command as this user and fail with what it said."""
    entry = pwd.getpwnam(owner)
    change: dict[str, Any] = {}
    if os.geteuid() == 0:
        change = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
        **change,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}")


def unprivileged_user() -> str:
    """Name who the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip("no unprivileged user to run PostgreSQL as")


def start(*, durable: bool) -> Server:
    """Start a server; `durable` decides whether its commits reach the disk."""
    initdb = binary("initdb")
    owner = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="gengfu-pg-"))
    entry = pwd.getpwnam(owner)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(folder, port, owner)
    try:
        run_as(
            owner,
            [initdb, "-D", str(data), *INITDB_OPTIONS],
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": 200,
            "fsync": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            "logging_collector": "off",
        }
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{k} = '{v}'\n" for k, v in settings.items())
        start_again(server)
        server.execute(f"CREATE DATABASE {TEMPLATE}")
        upgrade(server.address(TEMPLATE))
    except BaseException:
        stop(server)
        raise
    return server


def start_again(server: Server) -> None:
    """Start a server that was stopped, with its data."""
    log = server.folder / "log"
    server.control("-l", str(log), "-w", "-s", "start")


def stop(server: Server) -> None:
    """Stop a server and remove its folder."""
    with contextlib.suppress(RuntimeError):
        server.control("-m", "immediate", "-w", "-s", "stop")
    shutil.rmtree(server.folder, ignore_errors=True)


@contextlib.contextmanager
def shared_server(meeting: Path) -> Iterator[Server]:
    """Share one server among processes that name the same meeting folder."""
    state = meeting / "postgres.json"
    with _alone(meeting):
        known = json.loads(state.read_text()) if state.exists() else None
        if known is None:
            server, users = start(durable=False), 0
        else:
            folder, port, owner, users = known
            server = Server(Path(folder), port, owner)
        _remember(state, server, users + 1)
    try:
        yield server
    finally:
        with _alone(meeting):
            users = json.loads(state.read_text())[3] - 1
            if users:
                _remember(state, server, users)
            else:
                state.unlink()
                stop(server)


@contextlib.contextmanager
def _alone(meeting: Path) -> Iterator[None]:
    with (meeting / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remember(state: Path, server: Server, users: int) -> None:
    state.write_text(json.dumps([str(server.folder), server.port, server.owner, users]))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The session's PostgreSQL server; skips where none is installed."""
    base = tmp_path_factory.getbasetemp()
    meeting = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with shared_server(meeting) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: Server) -> str:
    """One upgraded database for this process's tests, wiped after each."""
    return postgres_server.create()


@pytest.fixture
def postgres_address(postgres_server: Server, postgres_database: str) -> Iterator[str]:
    """An empty, upgraded PostgreSQL database of the test's own."""
    yield postgres_server.address(postgres_database)
    postgres_server.wipe(postgres_database)
