"""The application: everything installed behind one ASGI callable."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from gengfu.kernel import Forbidden
from gengfu.web.doors import address, language
from gengfu.web.feed import Feed
from gengfu.web.guard import Guard
from gengfu.web.http import PREFIX, Api
from gengfu.web.ingest import Ingest, Take
from gengfu.web.machines import Forward, Machines
from gengfu.web.pages import CityCard, Pages
from gengfu.web.problems import answer, problem_of
from gengfu.web.throttle import Throttle

from .accounts import standing
from .config import derived
from .own import own_routes
from .platform import Platform
from .release import code_version, release

ANONYMOUS_BURST, ANONYMOUS_PER_S = 20, 0.5
LOOKING_BURST, LOOKING_PER_S = 60, 5.0
"""Enough to type a place's name, too little to keep a server busy."""


@dataclass(frozen=True, slots=True)
class Built:
    """An application and the platform that runs behind it."""

    app: ASGIApp
    platform: Platform
    ingest: Ingest


def build(
    platform: Platform,
    *,
    take: Callable[[Platform], Take] | None = None,
    hosts: Sequence[str] = (),
    wait: bool = False,
    emergency_number: str = "",
    metrics_for_all: bool = False,
    throttle: Throttle | None = None,
    machines: Mapping[str, Forward] | None = None,
) -> Built:
    """Return the application.

    `take` gives the function that keeps positions, once capabilities run. With `wait`
    the application takes requests only when everything is ready. `machines` are short
    addresses of routes, whose paths they name as their capability declares them.
    """
    lobby, town = platform.lobby, platform.town

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        starting = asyncio.create_task(platform.start())
        starting.add_done_callback(lambda done: done.cancelled() or done.exception())
        if wait:
            await starting
        try:
            yield
        finally:
            starting.cancel()
            await platform.stop()

    slow = throttle or Throttle(ANONYMOUS_BURST, ANONYMOUS_PER_S)
    looking = throttle or Throttle(LOOKING_BURST, LOOKING_PER_S)
    city = CityCard(
        town.name, town.name_zh, town.timezone, platform.simulated, emergency_number
    )
    screens = [s for c in platform.installed for s in c.screens]
    stands = standing(town)
    end = platform.sign_outs.record
    pages = Pages(
        lobby, city, town, screens, stands, slow, looking, end, code_version()
    )
    api = Api(lobby, release(), platform.metrics, slow, looking, pages.refused)
    groups = [own_routes(platform), *(r for c in platform.installed for r in c.routes)]
    feed = Feed(platform.hub, lobby, platform.installed)
    more: list[BaseRoute] = [
        Route(f"{PREFIX}/feed", feed.open, methods=["GET"]),
        *_probes(platform, metrics_for_all=metrics_for_all),
        *pages.routes(),
    ]
    app = api.app(groups, more, lifespan=lifespan)
    secret, clock = derived(platform.master, "devices"), platform.office.clock
    ways = {
        short: Forward(PREFIX + way.path, way.purpose)
        for short, way in (machines or {}).items()
    }
    guarded = Guard(Machines(app, ways), tuple(hosts))
    ingest = Ingest(guarded, secret, clock)
    platform.metrics.gauge("positions_taken", "Positions kept", lambda: ingest.taken)
    platform.metrics.gauge(
        "positions_refused", "Positions refused", lambda: ingest.refused
    )

    def ready() -> None:
        ingest.take = None if take is None else take(platform)

    platform.on_ready.append(ready)
    return Built(ingest, platform, ingest)


def _probes(platform: Platform, *, metrics_for_all: bool) -> list[Route]:
    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    async def ready(_request: Request) -> Response:
        level = platform.level
        status = {"status": "ready" if level else "starting"}
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(status, 200 if level else 503, headers)

    async def metrics(request: Request) -> Response:
        if not (metrics_for_all or _from_here(request)):
            words = "figures are for this machine only; see GENGFU_METRICS_OPEN"
            return answer(problem_of(Forbidden(words), language(request)))
        text = platform.metrics.text()
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _from_here(request: Request) -> bool:
    """Tell whether a request came over the loopback interface."""
    try:
        return ip_address(address(request)).is_loopback
    except ValueError:
        return False
