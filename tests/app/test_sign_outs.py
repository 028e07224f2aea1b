"""A session that is signed out is over on every server of one database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.app.serving import served

from gengfu.adapters.clock import SeededEntropy
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.evidence import ledger_key, opener
from gengfu.app.installed import INSTALLED, PUBLIC
from gengfu.app.platform import Platform, office_of
from gengfu.app.server import build
from gengfu.app.town import open_town
from gengfu.kernel import SignOut, Unavailable
from gengfu.kernel.audit import audit
from gengfu.kernel.records import signing_out
from gengfu.web.sessions import COOKIE
from gengfu.web.throttle import Throttle

CITY = Path(__file__).parents[2] / "cities" / "coquimbo"
MASTER = MasterKey(bytes(range(32)))
type Serve = Callable[[], str]


class Kept(MemoryStore):
    """A store that outlives the server that is done with it."""

    broken = False

    def close(self) -> None:
        pass

    async def transact_async(self, work):
        if self.broken:
            raise Unavailable("the database does not answer")
        return await super().transact_async(work)


@pytest.fixture
def store() -> Kept:
    return Kept()


@pytest.fixture
def serve(store: Kept) -> Iterator[Serve]:
    """Start one more server on the store; returns its address."""
    town = open_town(CITY)
    with ExitStack() as open_servers:

        def one_more() -> str:
            office = office_of(store, MASTER, INSTALLED, entropy=SeededEntropy(7))
            platform = Platform(office, town, MASTER, INSTALLED, public=PUBLIC)
            built = build(platform, wait=True, throttle=Throttle(1e9, 1e9))
            return open_servers.enter_context(served(built.app))

        yield one_more


# The servers speak plain HTTP: `verify=False` only spares reading certificates, which
# takes longer than the requests.
def signed_in(address: str) -> dict[str, str]:
    with httpx.Client(base_url=address, verify=False) as page:
        page.post("/sign-in", data={"account": "dispatcher"})
        return {"Cookie": f"{COOKIE}={page.cookies[COOKIE]}"}


def status(address: str, cookie: dict[str, str]) -> int:
    return httpx.get(f"{address}/api/v1/me", headers=cookie, verify=False).status_code


def test_it_is_over_on_the_other_server_its_feed_too(store: Kept, serve: Serve) -> None:
    here, there = serve(), serve()
    cookie, other = signed_in(here), signed_in(here)
    assert [status(one, cookie) for one in (here, there)] == [200, 200]
    with httpx.stream(
        "GET", f"{there}/api/v1/feed", headers=cookie, timeout=20
    ) as feed:
        lines = feed.iter_lines()
        assert any(line.startswith("event: tick") for line in lines)
        assert httpx.post(f"{here}/sign-out", headers=cookie, verify=False).is_redirect
        assert "event: reset" in list(lines), "ended by the other server's record"
    assert [status(one, cookie) for one in (here, there)] == [401, 401]
    assert [status(one, other) for one in (here, there)] == [200, 200]
    third = serve()
    assert [status(third, one) for one in (cookie, other)] == [401, 200]
    office = office_of(store, MASTER, INSTALLED)
    (row,) = store.read(lambda reader: reader.rows(signing_out.kind))
    assert office.codec.decode(SignOut, row.body).account == "dispatcher"
    trust = opener(ledger_key(MASTER))
    found = store.read(lambda r: audit(r, office.registry, office.codec, trust))
    assert found.intact.holds


def test_where_nothing_can_be_written_it_is_over_here_at_least(
    store: Kept, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    here = serve()
    cookie = signed_in(here)
    store.broken = True
    assert httpx.post(f"{here}/sign-out", headers=cookie, verify=False).is_redirect
    store.broken = False
    assert status(here, cookie) == 401
    assert "counts on this server only: the database does not answer" in caplog.text
