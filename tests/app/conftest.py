"""A database of the demo city with people at work on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import erasing

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.app.config import Settings
from gengfu.kernel import Office

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.given(
        db=f"sqlite:///{tmp_path / 'city.db'}",
        city=CITY,
        data_dir=tmp_path,
        master_key="00" * 32,
    )


@pytest.fixture
def one(settings: Settings) -> Iterator[Office]:
    upgrade(settings.database())
    store = SqlStore(settings.database())
    yield erasing.office(store)
    store.close()
