"""One tail of the ledger per process: pictures follow it, live screens hear of it."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from gengfu.kernel import Logged, Office, Reader, Ref
from gengfu.surface import Change, Runtime
from gengfu.web.feed import Hub

BATCH = 500
POLL_S = 1.0
GATHER_S = 0.015
"""Commits closer together than this reach the screens together."""
_log = logging.getLogger("gengfu.tail")


@dataclass(slots=True, kw_only=True)
class Tail:
    """Reads what is new after every commit, by whomever it was made.

    A notice only wakes; once a second the tail looks by itself. While the ledger cannot
    be read no tick is sent, so every screen sees its picture age.
    """

    office: Office
    hub: Hub
    readers: Executor
    runtimes: Sequence[tuple[str, Runtime]]
    after: int = -1
    """The last seq that all runtimes have observed."""
    caught_up_at: float = -1.0
    """When it last was level with the ledger, by the loop's clock."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Follow the ledger until cancelled."""
        loop = asyncio.get_running_loop()

        def told(_last_seq: int) -> None:
            loop.call_soon_threadsafe(self._woken.set)

        forget = self.office.store.on_commit(told)
        ticked = loop.time()
        try:
            while True:
                level = await self.drain()
                if level and loop.time() - ticked >= POLL_S:
                    ticked = loop.time()
                    await self.tick()
                await asyncio.sleep(GATHER_S)
                rest = max(0.0, POLL_S - (loop.time() - ticked))
                try:
                    async with asyncio.timeout(rest if level else POLL_S):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                self._woken.clear()
        finally:
            forget()

    async def drain(self) -> bool:
        """Observe everything new; False where the ledger could not be read."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                changes = await loop.run_in_executor(self.readers, self._read)
            except Exception:
                _log.exception("the ledger cannot be read; trying again")
                return False
            if changes:
                self._observed(changes)
            if len(changes) < BATCH:
                self.caught_up_at = loop.time()
                return True

    async def tick(self) -> None:
        """Send what is not on the ledger, and the time.

        Each event is written for the screens in a turn of its own: positions of
        thousands of units must not keep everybody waiting.
        """
        now = self.office.clock()
        for name, runtime in self.runtimes:
            try:
                for event in runtime.tick(now):
                    await asyncio.sleep(0)
                    self.hub.publish(name, (event,))
            except Exception:
                _log.exception("%s could not tick", name)
        self.hub.tick(now)

    def age_s(self, now_s: float) -> float:
        """Return how old the picture is, by the loop's clock."""
        return max(0.0, now_s - self.caught_up_at) if self.caught_up_at >= 0 else 1e9

    def _observed(self, changes: Sequence[Change]) -> None:
        last = changes[-1].logged.seq
        for name, runtime in self.runtimes:
            try:
                self.hub.publish(name, runtime.observe(changes))
            except Exception:
                _log.exception("%s missed entries up to %d", name, last)
                self.hub.reset_all("error")
        self.after = last
        self.hub.reached(last)

    def _read(self) -> Sequence[Change]:
        return self.office.look(lambda reader: changes_after(reader, self.after, BATCH))


def changes_after(reader: Reader, after: int, limit: int) -> Sequence[Change]:
    """Return entries after a seq, each with its case's present row."""
    entries: Sequence[Logged] = reader.entries(after, limit)
    if not entries:
        return ()
    cases = {Ref(e.entry.kind, e.entry.case) for e in entries}
    rows = {Ref(row.kind, row.id): row for row in reader.find_many(cases)}
    return tuple(Change(e, rows.get(Ref(e.entry.kind, e.entry.case))) for e in entries)
