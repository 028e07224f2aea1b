"""The whole installed platform over a store in memory and the committed city."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from tests.app.serving import served
from tests.contracts.whole import CITY, Whole

from gengfu.adapters.clock import SeededEntropy
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.installed import INSTALLED, MACHINES, PUBLIC, take_positions
from gengfu.app.platform import Platform, office_of
from gengfu.app.server import build
from gengfu.app.town import open_town
from gengfu.kernel import Clock
from gengfu.web.throttle import Throttle


@contextmanager
def running(clock: Clock | None = None) -> Iterator[Whole]:
    """Run a platform of one's own, by the system's clock unless another is given."""
    master = MasterKey(bytes(range(32)))
    office = office_of(
        MemoryStore(), master, INSTALLED, clock=clock, entropy=SeededEntropy(7)
    )
    platform = Platform(
        office, open_town(CITY), master, INSTALLED, simulated=True, public=PUBLIC
    )
    # Hundreds of requests come from one address here.
    fast = Throttle(1e9, 1e9)
    built = build(
        platform, take=take_positions, wait=True, throttle=fast, machines=MACHINES
    )
    with served(built.app) as address, httpx.Client(base_url=address) as client:
        yield Whole(built, client)


@pytest.fixture(scope="session")
def whole() -> Iterator[Whole]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def nobody_is_signed_in(whole: Whole) -> None:
    """Let no test inherit another's session."""
    whole.client.cookies.clear()
