"""The running platform of one process: office, capabilities, tail and worker."""

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gengfu.adapters.clock import SystemClock, system_entropy
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import Clock, Entropy, Office, Purpose, Registry, Role, Store
from gengfu.surface import Capability, Runtime, Site, Town
from gengfu.web.doors import Lobby
from gengfu.web.feed import Hub
from gengfu.web.metrics import Metrics
from gengfu.web.sessions import Account, Sessions, device_token

from .accounts import accounts
from .config import ORIGIN, derived
from .evidence import ledger_key
from .sign_outs import SignOuts
from .tail import Tail
from .worker import Worker

READERS = 8
_log = logging.getLogger("gengfu")


def registry_of(installed: Sequence[Capability]) -> Registry:
    """Return the registry of everything installed; raises Malformed."""
    return Registry(
        [m for c in installed for m in c.machines],
        roles={r for c in installed for r in c.roles},
        purposes={p for c in installed for p in c.purposes},
        tasks=[t for c in installed for t in c.tasks],
        subscriptions=[s for c in installed for s in c.subscriptions],
        referable=[r for c in installed for r in c.referable],
        forgettings=[f for c in installed for f in c.forgettings],
    )


def office_of(
    store: Store,
    master: MasterKey,
    installed: Sequence[Capability],
    *,
    clock: Clock | None = None,
    entropy: Entropy = system_entropy,
) -> Office:
    """Return the office over a store."""
    return Office(
        store=store,
        registry=registry_of(installed),
        codec=JsonCodec(),
        vault=SealingVault(master, entropy),
        clock=clock or SystemClock(),
        entropy=entropy,
    )


@dataclass(slots=True)
class Platform:
    """Starts and stops everything that runs beside the routes."""

    office: Office
    town: Town
    master: MasterKey
    installed: Sequence[Capability]
    simulated: bool = False
    keeps_roster: bool = False
    public_url: str = ""
    page_sign_in: bool = True
    public: Sequence[tuple[Role, Purpose]] = ()
    warm: Callable[[], None] | None = None
    """Called on another thread, once, before the server is ready."""
    later: "Callable[[Platform], None] | None" = None
    """Called on another thread, once, after that."""
    metrics: Metrics = field(default_factory=Metrics)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None
    lobby: Lobby = field(init=False)
    hub: Hub = field(init=False)
    sign_outs: SignOuts = field(init=False)
    tail: Tail = field(init=False)
    worker: Worker = field(init=False)
    readers: ThreadPoolExecutor = field(init=False)
    on_ready: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def __post_init__(self) -> None:
        self.readers = ThreadPoolExecutor(READERS, "gengfu-reader")
        self.hub = Hub(self.office.codec)
        self.lobby = Lobby(
            office=self.office,
            readers=self.readers,
            sessions=Sessions.of(
                derived(self.master, "sessions"),
                self.office.clock,
                self.accounts,
                page_sign_in=self.page_sign_in,
            ),
            public=self.public,
        )
        self.sign_outs = SignOuts(self.office, self.lobby.sessions, self.hub)
        self.tail = Tail(
            office=self.office, hub=self.hub, readers=self.readers, runtimes=()
        )
        key = ledger_key(self.master)
        self.worker = Worker(
            office=self.office,
            readers=self.readers,
            signer=key,
            trusted=key.verifier,
            origin=ORIGIN,
        )
        self._add_gauges()

    @property
    def accounts(self) -> Sequence[Account]:
        """Who may sign in here."""
        return accounts(self.installed)

    def runtime[T](self, kind: type[T]) -> T:
        """Return a capability's running part, once it is started."""
        found: T = self.lobby.runtimes[kind]
        return found

    async def start(self) -> None:
        """Start capabilities, then follow the ledger; sets `started` when level."""
        loop = asyncio.get_running_loop()
        try:
            head = await loop.run_in_executor(self.readers, self._head)
            site = Site(
                town=self.town,
                office=self.office,
                key=derived(self.master, "site"),
                device_token=partial(device_token, derived(self.master, "devices")),
                simulated=self.simulated,
                keeps_roster=self.keeps_roster,
                public_url=self.public_url,
            )
            if self.warm is not None:
                await loop.run_in_executor(None, self.warm)
            await self.sign_outs.load()
            runtimes: list[tuple[str, Runtime]] = [("sessions", self.sign_outs)]
            for capability in self.installed:
                runtime = await loop.run_in_executor(None, capability.start, site)
                runtimes.append((capability.name, runtime))
                self.lobby.runtimes[type(runtime)] = runtime
            self.tail.runtimes, self.tail.after = runtimes, head
            await self.tail.drain()
            self.hub.start(self.tail.after)
            self._tasks += [
                _kept(self.tail.run(), "tail"),
                _kept(self.worker.run(), "worker"),
            ]
            self.lobby.ready = True
            for told in self.on_ready:
                told()
            # what lives as long as the server is never searched for garbage again,
            # which would take a tenth of a second each time in a large city
            gc.freeze()
            if self.later is not None:
                later = loop.run_in_executor(None, self.later, self)
                later.add_done_callback(_say_failure)
        except BaseException as error:
            self.failure = error
            raise
        finally:
            gc.enable()
            self.started.set()

    def keep(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something beside the rest until the platform stops."""
        self._tasks.append(_kept(work, name))

    async def stop(self) -> None:
        """Stop in order, sign a last checkpoint, and close the store."""
        self.lobby.ready = False
        self.hub.reset_all("closing")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            await self.worker.sign_checkpoint()
        for _, runtime in self.tail.runtimes:
            runtime.close()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.office.store.close)
        self.readers.shutdown(wait=False, cancel_futures=True)

    @property
    def level(self) -> bool:
        """Whether the picture is as new as the ledger, give or take a few seconds."""
        if not self.lobby.ready:
            return False
        return self.tail.age_s(asyncio.get_running_loop().time()) < OLD_PICTURE_S

    def _head(self) -> int:
        return self.office.look(lambda reader: reader.size()) - 1

    def _add_gauges(self) -> None:
        gauge = self.metrics.gauge
        gauge("ledger_entries", "Entries seen on the ledger", lambda: self.hub.head + 1)
        gauge("feed_clients", "Open live feeds", lambda: len(self.hub.clients))
        gauge("feed_events", "Events published so far", lambda: self.hub.sent)
        gauge("deadline_moves", "Moves made by clocks here", lambda: self.worker.moved)
        gauge("ready", "1 when this server is ready", lambda: self.lobby.ready)
        gauge(
            "picture_age_seconds",
            "Time since the picture was level with the ledger",
            lambda: self.tail.age_s(asyncio.get_running_loop().time()),
        )


OLD_PICTURE_S = 10.0


def _say_failure(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.error("could not make ready ahead of time: %s", error, exc_info=error)


def _kept(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Run something for as long as the server lives, and say if it ends early."""
    task = asyncio.create_task(work, name=f"gengfu-{name}")

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.critical("the %s has stopped: %s", name, error, exc_info=error)

    task.add_done_callback(ended)
    return task
