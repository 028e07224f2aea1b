"""What the platform does by itself: clocks that ran out, subscriptions, checkpoints.

Several servers may run this on one database: a deadline is claimed by one of them, a
subscription's cursor is held while its entries are worked on, and moves with their
effects or not at all.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from gengfu.kernel import (
    Desk,
    Due,
    Office,
    Reader,
    Stale,
    Subscription,
    Transaction,
    clockwork,
)
from gengfu.kernel.erasing import make_due_move
from gengfu.kernel.keeping import keeping
from gengfu.kernel.notes import Signer, Verifier
from gengfu.kernel.transparency import checkpoint

PACE_S = 0.5
CHECKPOINT_EVERY_S = 60.0
LONGEST_WAIT_S = 60.0
CLAIMED = 8
ERASED_A_TURN = 32
"""Words whose time is over are many after a standstill and take 10 ms each: so many are
erased before subscriptions and checkpoints have their turn again."""
ENTRIES = 256
_log = logging.getLogger("gengfu.worker")

type Job = Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class Backoff:
    """When something that failed is tried again: later each time, up to a minute."""

    failures: int = 0
    not_before: float = 0.0

    def failed(self, now: float) -> None:
        """Wait twice as long as before."""
        self.failures += 1
        self.not_before = now + min(LONGEST_WAIT_S, PACE_S * 2**self.failures)

    def worked(self) -> None:
        """Start afresh."""
        self.failures, self.not_before = 0, 0.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs beside the web server, on its event loop."""

    office: Office
    readers: Executor
    signer: Signer
    trusted: Verifier
    """What checks the signature of the last checkpoint before one is put upon it."""
    origin: str
    moved: int = 0
    """Deadlines whose move was made here."""
    _seen: dict[str, int] = field(default_factory=dict[str, int])
    _failing: dict[tuple[str, str, str], Backoff] = field(
        default_factory=dict[tuple[str, str, str], Backoff]
    )
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Work until cancelled; then sign a last checkpoint."""
        loop = asyncio.get_running_loop()

        def told(_last_seq: int) -> None:
            loop.call_soon_threadsafe(self._woken.set)

        forget = self.office.store.on_commit(told)
        rests = {"deadlines": Backoff(), "subscriptions": Backoff(), "sign": Backoff()}
        signed = loop.time()
        try:
            while True:
                await self._attempt("deadlines", self.make_due_moves, rests)
                await self._attempt("subscriptions", self.run_subscriptions, rests)
                if loop.time() - signed >= CHECKPOINT_EVERY_S and await self._attempt(
                    "sign", self.sign_checkpoint, rests
                ):
                    signed = loop.time()
                try:
                    async with asyncio.timeout(PACE_S):
                        await self._woken.wait()
                    await asyncio.sleep(PACE_S / 10)
                except TimeoutError:
                    pass
                self._woken.clear()
        finally:
            forget()

    async def _attempt(self, name: str, job: Job, rests: dict[str, Backoff]) -> bool:
        loop = asyncio.get_running_loop()
        rest = rests[name]
        if loop.time() < rest.not_before:
            return False
        try:
            await job()
        except Exception as error:
            rest.failed(loop.time())
            _log.warning(
                "%s: %s; trying again", name, error, exc_info=rest.failures == 1
            )
            return False
        rest.worked()
        return True

    async def _look[T](self, job: Callable[[Reader], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.readers, self.office.look, job)

    # -- clocks ----------------------------------------------------------------------

    async def make_due_moves(self) -> bool:
        """Make the moves of deadlines that have passed; True if there were any.

        Before each erasure the clocks that somebody waits for are looked at: words
        whose time was over earlier do not hold them up.
        """
        now = self.office.clock()
        if not await self._look(lambda reader: reader.due(now, 1)):
            self._failing.clear()
            return False
        made = erased = 0
        while erased < ERASED_A_TURN:
            if await self._make_one(but=keeping.kind):
                made += 1
            elif await self._make_one():
                erased += 1
            else:
                break
        self.moved += made + erased
        if self._failing:
            await self._forget_settled()
        return made + erased > 0

    async def _forget_settled(self) -> None:
        """Forget failures of deadlines that somebody's move has done away with."""
        now, most = self.office.clock(), CLAIMED + len(self._failing)
        due = await self._look(lambda reader: reader.due(now, most))
        if len(due) < most:
            still = {_key(one) for one in due}
            for settled in self._failing.keys() - still:
                del self._failing[settled]

    async def _make_one(self, but: str = "") -> bool:
        """Claim a deadline and make its move, both or neither; False if none is left.

        What a rule refuses, or fails at, is left for later and does not hold up what
        comes after.
        """
        while True:
            claimed: list[Due] = []
            try:
                return await self.office.store.transact_async(
                    lambda tx, claimed=claimed: self._claim_and_move(tx, claimed, but)
                )
            except Exception as error:
                if not claimed:
                    raise
                self._note(claimed[-1], error)

    def _claim_and_move(self, tx: Transaction, claimed: list[Due], but: str) -> bool:
        now = self.office.clock()
        for due in tx.claim_due(now, CLAIMED + len(self._failing), but):
            rest = self._failing.get(_key(due))
            if rest is None or now.timestamp() >= rest.not_before:
                claimed.append(due)
                self._move(tx, due)
                self._failing.pop(_key(due), None)
                return True
        return False

    def _move(self, tx: Transaction, due: Due) -> None:
        office = self.office
        purpose = office.registry.machine(due.kind).purpose
        desk = Desk(
            tx,
            office.registry,
            office.codec,
            office.vault,
            clockwork(purpose),
            purpose,
            office.clock(),
            office.entropy,
        )
        make_due_move(desk, due)

    def _note(self, due: Due, error: Exception) -> None:
        key = _key(due)
        rest = self._failing.setdefault(key, Backoff())
        rest.failed(self.office.clock().timestamp())
        if rest.failures == 1:
            _log.warning("%s %s: %s is due and refused: %s", *key, error)

    # -- subscriptions -----------------------------------------------------------------

    async def run_subscriptions(self) -> bool:
        """Run every subscription up to the head of the ledger."""
        subscriptions = self.office.registry.subscriptions
        if not subscriptions:
            return False
        size = await self._look(lambda reader: reader.size())
        first_error: Exception | None = None
        for subscription in subscriptions:
            try:
                await self._caught_up(subscription, size - 1)
            except Exception as error:  # one that fails holds up no other
                first_error = first_error or error
        if first_error is not None:
            raise first_error
        return True

    async def _caught_up(self, subscription: Subscription, head: int) -> None:
        name = subscription.name
        while self._seen.get(name, -1) < head:
            purpose = subscription.move.machine.purpose
            work = self.office.work(
                clockwork(purpose), purpose, lambda desk: self._step(desk, subscription)
            )
            done = await self.office.store.transact_async(work)
            self._seen[name] = done.result

    def _step(self, desk: Desk, subscription: Subscription) -> int:
        """Work on the next entries and move the cursor, in one transaction."""
        after = desk.tx.cursor(subscription.name)
        entries = desk.tx.entries(after, ENTRIES)
        if not entries:
            return after
        wanted: Any = subscription.move
        for logged in entries:
            entry = logged.entry
            if (entry.kind, entry.move) == (wanted.machine.kind, wanted.name):
                case = desk.get(wanted.machine, entry.case)
                purpose = wanted.machine.purpose_of(case)
                subscription.run(desk.as_clockwork(purpose), case)
        last = entries[-1].seq
        desk.tx.set_cursor(subscription.name, last)
        return last

    # -- checkpoints -------------------------------------------------------------------

    async def sign_checkpoint(self) -> bool:
        """Sign what the ledger now is; False where that was signed already.

        Raises:
            Corrupt: what was signed before no longer holds; nothing more is signed.

        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.readers, self._sign)

    def _sign(self) -> bool:
        store = self.office.store
        size, before = store.read(lambda r: (r.size(), tuple(r.checkpoints(1))))
        if not size:
            return False
        try:
            note = checkpoint(
                store,
                self.signer,
                self.office.clock(),
                trusted=(self.trusted,),
                origin=self.origin,
            )
        except Stale:  # another server was first
            return False
        return (str(note),) != before


def _key(due: Due) -> tuple[str, str, str]:
    return due.kind, due.case, due.deadline.move
