"""Every store there is, behind one fixture."""

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


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    """A new, upgraded SQLite file."""
    address = f"sqlite:///{tmp_path / 'city.db'}"
    upgrade(address)
    return address


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
