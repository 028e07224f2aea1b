"""Every store there is, behind one fixture."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres_server import (
    postgres_address,
    postgres_database,
    postgres_server,
)

from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.kernel import Store

__all__ = ["postgres_address", "postgres_database", "postgres_server"]


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, upgraded SQLite file to be copied."""
    path = tmp_path_factory.mktemp("upgraded") / "city.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_address(upgraded: Path, tmp_path: Path) -> str:
    """A new, upgraded SQLite file."""
    return f"sqlite:///{shutil.copy(upgraded, tmp_path / 'city.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """An upgraded database, once of each kind."""
    return request.getfixturevalue(f"{request.param}_address")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store, once of each kind."""
    if request.param == "memory":
        opened: Store = MemoryStore()
    else:
        opened = SqlStore(request.getfixturevalue(f"{request.param}_address"))
    yield opened
    opened.close()
