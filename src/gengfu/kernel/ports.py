"""What the kernel needs from the world; adapters provide it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from .cases import CaseId, Deadline
from .ledger import Entry, Logged, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case as stored: common columns, and the whole value as `body`."""

    kind: str
    id: CaseId
    stage: str
    version: int
    opened_at: datetime
    body: bytes
    area: str | None = None
    lon: float | None = None
    lat: float | None = None
    priority: int | None = None
    about: CaseId | None = None
    """For a task: the case it is about."""


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


class Reader(Protocol):
    """A consistent view of what is committed."""

    def find(self, kind: str, case: CaseId) -> Row | None: ...
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

    def checkpoints(self, limit: int = 1) -> Sequence[str]:
        """Return signed checkpoint notes, newest first."""
        ...

    def cursor(self, subscriber: str) -> int:
        """Return the last seq a subscriber has seen, -1 at first."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """Return deadlines with `at` <= now, earliest first (for looking only)."""
        ...

    def subject_key(self, subject: str) -> bytes | None: ...


class Transaction(Reader, Protocol):
    """Reads that see its own writes, and writes that commit together or not at all."""

    def find_for_update(self, kind: str, case: CaseId) -> Row | None:
        """Find a row and keep others from changing it until this commits."""
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

    def claim_due(self, now: datetime, limit: int) -> Sequence[Due]:
        """Claim deadlines that nobody else is working on (SKIP LOCKED)."""
        ...

    def set_cursor(self, subscriber: str, seq: int) -> None: ...
    def add_checkpoint(self, size: int, note: str, at: datetime) -> None: ...
    def put_subject_key(self, subject: str, wrapped: bytes) -> None: ...
    def destroy_subject_key(self, subject: str) -> None: ...
    def erase_facts(self, kind: str, case: CaseId) -> None:
        """Erase salt and facts of every entry of a case; the entries stay."""
        ...


class Store(Protocol):
    """Where cases and the ledger live."""

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction; return once it is durable.

        Several works may share one commit, and a work may be run again after a
        conflict, so it must have no effect but on the transaction. An error raised by
        work undoes that work alone.
        """
        ...

    def read[T](self, work: Callable[[Reader], T]) -> T: ...
    def close(self) -> None: ...


class Vault(Protocol):
    """Seals personal facts under a key per subject, kept in the store."""

    def seal(self, tx: Transaction, subject: str, words: str) -> str: ...
    def reveal(self, reader: Reader, subject: str, token: str) -> str | None:
        """Return the words, or None once the subject's key is destroyed."""
        ...


Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""
Entropy = Callable[[int], bytes]
"""Returns that many unpredictable bytes (predictable ones in the twin)."""
Facts = dict[str, Any]
