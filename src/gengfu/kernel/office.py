"""The office: gives each request its desk, in a transaction of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .access import Actor, Purpose
from .cases import Case, Machine
from .desk import Desk
from .ports import Clock, Codec, Entropy, Reader, Store, Transaction, Vault
from .registry import Registry


@dataclass(slots=True)
class Done[T]:
    """What a job gave, and every case as it stood after each move it made."""

    result: T
    written: tuple[tuple[Machine[Any], Case], ...]


@dataclass(frozen=True, slots=True)
class Office:
    """What every desk needs: store, registry, codec, vault, time and chance."""

    store: Store
    registry: Registry
    codec: Codec
    vault: Vault
    clock: Clock
    entropy: Entropy

    def serve[T](self, actor: Actor, purpose: Purpose, job: Callable[[Desk], T]) -> T:
        """Do a job at a desk; durable when this returns, nothing if it raises."""
        return self.store.transact(self.work(actor, purpose, job)).result

    def work[T](
        self, actor: Actor, purpose: Purpose, job: Callable[[Desk], T]
    ) -> Callable[[Transaction], Done[T]]:
        """Return the job as work for the store; its time is now, its desk its own."""
        now = self.clock()
        return lambda tx: self._at_desk(tx, actor, purpose, now, job)

    def _at_desk[T](
        self,
        tx: Transaction,
        actor: Actor,
        purpose: Purpose,
        now: datetime,
        job: Callable[[Desk], T],
    ) -> Done[T]:
        desk = Desk(
            tx,
            self.registry,
            self.codec,
            self.vault,
            actor,
            purpose,
            now,
            self.entropy,
        )
        result = job(desk)
        desk.leave()
        return Done(result, tuple(desk.written))

    def look[T](self, job: Callable[[Reader], T]) -> T:
        """Read what is committed, without a transaction of one's own."""
        return self.store.read(job)
