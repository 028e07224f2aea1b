"""Serving a city: from an address and a folder to a server that takes requests."""

import asyncio
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from sqlalchemy import make_url

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.kernel import BadInput, GengfuError, Refused, Store, Unavailable
from gengfu.science.roads import warm_up_searches
from gengfu.surface import Capability, Town

from .config import LOOPBACK, Settings
from .connections import Silences, most_connections
from .installed import (
    INSTALLED,
    MACHINES,
    PUBLIC,
    provide,
    take_positions,
    warm_later,
    watch_nightly,
)
from .platform import Platform, office_of
from .server import Built, build
from .town import open_town

GRACE_S = 10
BACKLOG = 2048


def assemble(
    settings: Settings,
    town: Town,
    store: Store,
    installed: Sequence[Capability],
    warm: Callable[[], None] = warm_up_searches,
) -> Built:
    """Return the application of this release over an open store.

    It is ready only when `warm` has returned.
    """
    master = settings.master()
    office = office_of(store, master, installed)
    platform = Platform(
        office,
        town,
        master,
        installed,
        simulated=settings.simulated,
        keeps_roster=settings.roster,
        public_url=settings.public_url,
        page_sign_in=settings.loopback,
        public=PUBLIC,
        warm=warm,
        later=warm_later,
    )
    platform.on_ready.append(lambda: provide(platform, settings))
    platform.on_ready.append(lambda: watch_nightly(platform, settings))
    hosts = (*sorted(LOOPBACK), settings.host) if settings.loopback else ()
    return build(
        platform,
        take=take_positions,
        machines=MACHINES,
        hosts=hosts,
        metrics_for_all=settings.metrics_open,
    )


def open_store(address: str) -> Store:
    """Bring a database to this release and open it."""
    upgrade(address)
    return SqlStore(address)


@contextmanager
def sole_user(address: str) -> Generator[None]:
    """Hold a SQLite file for one server; raises Refused where another has it."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    path = Path(f"{url.database}.lock")
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"another server runs on {url.database}; several need PostgreSQL"
            ) from None
        yield
    finally:
        os.close(held)


class Server(uvicorn.Server):
    """Lets live feeds go first when it stops, and silent clients at any time."""

    def __init__(self, config: uvicorn.Config, platform: Platform) -> None:
        super().__init__(config)
        self.platform = platform

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; stop again if the platform cannot start."""
        await super().startup(sockets)

        async def watch() -> None:
            await self.platform.started.wait()
            if self.platform.failure is not None:
                self.should_exit = True

        silences = Silences().keep_looking(self.server_state.connections)
        self._watching = (asyncio.create_task(watch()), asyncio.create_task(silences))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End feeds, then connections."""
        for watching in self._watching:
            watching.cancel()
        self.platform.lobby.ready = False
        self.platform.hub.reset_all("closing")
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises Unavailable where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise Unavailable(
            f"cannot listen on {host}:{port}: {error.strerror}"
        ) from error
    return listening


def _stop_is_no_failure() -> None:
    """Let a signal that uvicorn has obeyed, and then raises anew, end nothing more."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)


def serve(
    settings: Settings, told: Callable[[str, Built], None] = lambda _url, _built: None
) -> None:
    """Serve a city until stopped; `told` gets the address when it listens.

    Requests are answered once the platform is ready (`Platform.on_ready`).

    Raises:
        GengfuError: one clear line says what stands in the way.

    """
    if settings.city is None:
        raise BadInput("--city: name the folder of a city pack")
    address = settings.database()
    if settings.workers > 1:
        raise BadInput(
            "--workers: one process serves a city for now; start more servers on one"
            " PostgreSQL, each on a port of its own"
        )
    with sole_user(address), ThreadPoolExecutor(1, "gengfu-warm") as beside:
        warming = beside.submit(warm_up_searches)
        town = open_town(settings.city)
        store = open_store(address)
        listening = listen(settings.host, settings.port)
        try:
            built = assemble(settings, town, store, INSTALLED, warming.result)
            config = uvicorn.Config(
                built.app,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=GRACE_S,
                limit_concurrency=most_connections(),
                ws="none",
            )
            server = Server(config, built.platform)
            host, port = listening.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            told(f"http://{shown}:{port}/", built)
            _stop_is_no_failure()
            server.run(sockets=[listening])
        finally:
            listening.close()
            store.close()
        failure = built.platform.failure
        if failure is not None and not isinstance(failure, asyncio.CancelledError):
            if isinstance(failure, GengfuError):
                raise failure
            raise Unavailable(f"could not start: {failure}") from failure
