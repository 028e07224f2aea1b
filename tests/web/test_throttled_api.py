"""Those who are not signed in are slowed, whether they look or change."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from gengfu.adapters.clock import VirtualClock
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.platform import office_of
from gengfu.kernel import Purpose, Role
from gengfu.surface import Routes
from gengfu.web.doors import Lobby
from gengfu.web.http import Api
from gengfu.web.metrics import Metrics
from gengfu.web.problems import Problem, answer
from gengfu.web.sessions import Account, Sessions
from gengfu.web.throttle import Throttle

ANYBODY, HELP = Role("anybody"), Purpose("help")
GRANTS = frozenset({(ANYBODY, HELP)})
ENDLESS = Throttle(1e9, 1e9)

routes = Routes("/places", tag="places", purpose=HELP)


def no_page(_request: Request, problem: Problem) -> Response:
    """Answer as to a program: this test has no pages."""
    return answer(problem)


@routes.reads("", roles=(ANYBODY,), answers=str)
async def look(door) -> str:
    """Look."""
    return "here"


@routes.writes("", roles=(ANYBODY,), answers=str)
async def change(door) -> str:
    """Change."""
    return "done"


@pytest.mark.parametrize(
    ("method", "throttle", "looking"),
    [("GET", ENDLESS, Throttle(3, 1e-9)), ("POST", Throttle(3, 1e-9), ENDLESS)],
)
def test_strangers_are_slowed_and_colleagues_are_not(
    method: str, throttle: Throttle, looking: Throttle
) -> None:
    clock = VirtualClock(datetime(2026, 11, 21, tzinfo=UTC))
    office = office_of(MemoryStore(), MasterKey(b"\x07" * 32), (), clock=clock)
    sessions = Sessions.of(b"s" * 32, clock, [Account(name="ada", grants=GRANTS)])
    lobby = Lobby(
        office=office,
        readers=ThreadPoolExecutor(1),
        sessions=sessions,
        public=tuple(GRANTS),
    )
    app = Api(lobby, "0", Metrics(), throttle, looking, no_page).app([routes])
    purpose = {"X-Purpose": HELP}
    token = {"Authorization": f"Bearer {sessions.token('ada')}"}

    async def ask() -> tuple[list[int], list[int]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as to:

            async def status(headers: dict[str, str]) -> int:
                answer = await to.request(method, "/api/v1/places", headers=headers)
                return answer.status_code

            strangers = [await status(purpose) for _ in range(5)]
            return strangers, [await status(purpose | token) for _ in range(5)]

    strangers, colleagues = asyncio.run(ask())
    assert strangers == [200, 200, 200, 429, 429]
    assert colleagues == [200] * 5
