"""The data of the control room as a city finds it, read once."""

from pathlib import Path

import pytest

from gengfu.capabilities.control_room.rules.catalogue import Catalogue
from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.capabilities.control_room.rules.plans import RunCards
from gengfu.capabilities.control_room.rules.policy import load_policy
from gengfu.capabilities.control_room.rules.standards import Standards, load_standards
from gengfu.capabilities.control_room.rules.type_data import load_types

DATA = Path(__file__).parents[4] / "src/gengfu/capabilities/control_room/data"


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_types((DATA / "types.toml").read_bytes())


@pytest.fixture(scope="session")
def cards(catalogue: Catalogue) -> RunCards:
    return load_run_cards((DATA / "run_cards.toml").read_bytes(), catalogue)


@pytest.fixture(scope="session")
def standards() -> Standards:
    return load_standards((DATA / "standards.toml").read_bytes())


@pytest.fixture(scope="session")
def policy(data):
    return load_policy((data / "policy.toml").read_bytes())
