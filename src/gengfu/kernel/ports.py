"""What the kernel needs from the world; adapters provide it."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from .cases import CaseId, Deadline, Ref
from .ledger import Entry, Logged, Sealed
from .merkle import TileHash
from .written import Made, Row


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline row whose time has come."""

    kind: str
    case: CaseId
    deadline: Deadline


class Codec(Protocol):
    """Typed values to canonical JSON bytes (sorted keys) and back.

    Knows frozen dataclasses, str enums, tuples, frozensets, dicts, datetimes (UTC),
    timedeltas, optional values and the new types of the kernel.
    """

    def encode(self, value: object) -> bytes: ...
    def decode[T](self, kind: type[T], data: bytes) -> T: ...
    def lasts(self, value: object, known: object = None) -> bool:
        """Tell whether a value may be kept in place of its bytes.

        It may where it can be written, reading that would give exactly this value, and
        nothing can change it. `known` is one of which that is known: what both share
        is not looked at again.
        """
        ...


class Reader(Protocol):
    """A consistent view of what is committed.

    What the ledger itself shows (`entries`, `size`, hashes, checkpoints) is what is
    committed, in a transaction too: an entry has no place before its commit.
    """

    def find(self, kind: str, case: CaseId) -> Row | None: ...
    def find_many(self, cases: Collection[Ref]) -> Sequence[Row]:
        """Return those of these cases that exist, in one go, in no order."""
        ...

    def rows(
        self,
        kind: str,
        *,
        stages: Collection[str] | None = None,
        about: CaseId | None = None,
        opened_from: datetime | None = None,
        opened_before: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[Row]:
        """Return rows in order of opening, then id."""
        ...

    def entries(self, after: int, limit: int) -> Sequence[Logged]:
        """Return ledger entries with seq > `after`, in order (seq starts at 0)."""
        ...

    def entries_of(self, kind: str, case: CaseId) -> Sequence[Logged]:
        """Return the entries of one case, oldest first."""
        ...

    def size(self) -> int:
        """Return the number of entries on the ledger."""
        ...

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        """Return RFC 9162 leaf hashes of entries start <= seq < stop."""
        ...

    def tree_nodes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return kept hashes of `256**level` entries each, start <= place < stop.

        Fewer than asked for where the checkpoint worker is not that far yet.
        """
        ...

    def checkpoints(self, limit: int = 1) -> Sequence[str]:
        """Return signed checkpoint notes, newest first."""
        ...

    def cursor(self, subscriber: str) -> int:
        """Return the last seq a subscriber has seen, -1 at first."""
        ...

    def due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Return deadlines with `at` <= now, earliest first (for looking only).

        Those of cases of the kind `but` are left out.
        """
        ...

    def subject_key(self, subject: str) -> bytes | None: ...
    def attachment(self, subject: str, name: str) -> bytes | None:
        """Return locked bytes kept beside a subject's key."""
        ...


class Transaction(Reader, Protocol):
    """Reads that see its own writes, and writes that commit together or not at all."""

    keeps_values: bool
    """Whether values stay with what is recorded here, and bytes can wait: rows are
    read again as they are, `value` and all, and entries put together when read."""

    def find_for_update(self, kind: str, case: CaseId) -> Row | None:
        """Find a row and keep others from changing it until this commits."""
        ...

    def record(self, row: Row, made: Made, deadlines: Collection[Deadline]) -> None:
        """Do as `write` does with what a move made."""
        ...

    def write(
        self,
        row: Row,
        entry: Entry,
        sealed: Sealed,
        deadlines: Collection[Deadline],
    ) -> None:
        """Store the state after a move, its entry, and the clocks that now run.

        The deadlines replace all earlier ones of the case. The entry gets its seq at
        commit, in the order of writes. A row whose version is not one more than what
        is stored makes the commit fail with Stale.
        """
        ...

    def claim_due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Claim deadlines that nobody else is working on, each once in this work.

        Those of cases of the kind `but` are left out.
        """
        ...

    def set_cursor(self, subscriber: str, seq: int) -> None: ...
    def add_checkpoint(self, size: int, note: str, at: datetime) -> None: ...
    def keep_tree_nodes(self, nodes: Collection[TileHash]) -> None:
        """Keep inner hashes of the tree, so that proofs read few of its leaves."""
        ...

    def put_subject_key(self, subject: str, wrapped: bytes) -> None:
        """Keep a fresh key; the commit fails with Stale where there is one already."""
        ...

    def put_attachment(self, subject: str, name: str, locked: bytes) -> None:
        """Keep locked bytes; the commit fails with Stale where the name is taken."""
        ...

    def destroy_subject_key(self, subject: str) -> None:
        """Destroy a key for good, and the attachments of its subject with it."""
        ...

    def erase_facts(self, kind: str, case: CaseId) -> None:
        """Erase salt and facts of every entry of a case; the entries stay."""
        ...


class Store(Protocol):
    """Where cases and the ledger live."""

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction; return once it is durable.

        Several works may share one commit, and a work may be run more than once: in
        part, to learn which row it locks, and again after a conflict. So it must have
        no effect but on the transaction. An error raised by work undoes that work
        alone.
        """
        ...

    def submit[T](self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue work as `transact` does, without waiting for it."""
        ...

    async def transact_async[T](self, work: Callable[[Transaction], T]) -> T:
        """Do as `transact` does, from an event loop and without blocking it."""
        ...

    def read[T](self, work: Callable[[Reader], T]) -> T: ...
    def on_commit(self, told: Callable[[int], None]) -> Callable[[], None]:
        """Call `told` with the last seq after entries were added, by anyone.

        It is called on another thread and must return at once; several commits may be
        told as one. Returns what ends it.
        """
        ...

    def close(self) -> None: ...


class Vault(Protocol):
    """Seals personal facts under a key per subject, kept in the store."""

    def seal(self, tx: Transaction, subject: str, words: str) -> str: ...
    def reveal(self, reader: Reader, subject: str, token: str) -> str | None:
        """Return the words, or None once the subject's key is destroyed."""
        ...

    def lock(self, secret: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt bytes that are too many for a token, under a secret of their own.

        The secret is sealed for a subject, so that erasing the subject erases them.
        """
        ...

    def unlock(self, secret: bytes, name: str, locked: bytes) -> bytes:
        """Return what was locked under this name; raises Corrupt where it was not."""
        ...


Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""
Entropy = Callable[[int], bytes]
"""Returns that many unpredictable bytes (predictable ones in the twin)."""
Told = Callable[[str, float], None]
"""Told the stage that long work has reached and how much of it is done, 0 to 1."""
Facts = dict[str, Any]
