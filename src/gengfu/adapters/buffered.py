"""Writes kept back until commit, and the transaction that reads through them.

Memory and SQL share this: what one work writes is seen by itself at once, by later
works of the same commit once it succeeded, and by nobody if it fails.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from gengfu.kernel import (
    BadInput,
    CaseId,
    Deadline,
    Due,
    Entry,
    Logged,
    Made,
    Reader,
    Ref,
    Row,
    Sealed,
    Stale,
)
from gengfu.kernel.merkle import TileHash

type Key = tuple[str, str]

MOST_VERSION = 2**31 - 1


class NeedsCommit(BaseException):
    """Work asks for something that only shows once earlier works are committed.

    Not an error: whoever runs the batch commits what it has and runs the work again.
    It is no Exception so that no work takes it for one.
    """


class Committed(Reader, Protocol):
    """What is committed, read from inside a write transaction."""

    def lock(self, kind: str, case: CaseId) -> Row | None:
        """Find a row and keep other writers from it until the commit."""
        ...

    def lock_due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Find deadlines on cases nobody else is writing, and keep others away."""
        ...

    def lock_cursor(self, subscriber: str) -> int:
        """Find a cursor and keep other writers from it until the commit."""
        ...


@dataclass(slots=True)
class Pending:
    """An entry that waits for its seq, or to be put together when it is read."""

    key: Key
    _made: Made | None
    _entry: Entry | None = None
    _sealed: Sealed | None = None

    @property
    def entry(self) -> Entry:
        """The entry."""
        self._put_together()
        return cast("Entry", self._entry)

    @property
    def sealed(self) -> Sealed | None:
        """What stands beside it; None once erased."""
        self._put_together()
        return self._sealed

    def erase(self) -> None:
        """Forget what stands beside it, and the values it was put together from."""
        self._put_together()
        self._sealed = None

    def _put_together(self) -> None:
        if self._made is not None:
            self._entry, self._sealed = self._made.sealed()
            self._made = None


@dataclass(slots=True)
class Changes:
    """Buffered writes, in the form in which they are flushed."""

    rows: dict[Key, Row] = field(default_factory=dict)
    bases: dict[Key, int] = field(default_factory=dict)
    """The version that must be stored now for `rows` to be written; 0 for none."""
    entries: list[Pending] = field(default_factory=list)
    deadlines: dict[Key, tuple[Deadline, ...]] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    checkpoints: list[tuple[int, str, datetime]] = field(default_factory=list)
    nodes: list[TileHash] = field(default_factory=list)
    fresh_keys: dict[str, bytes] = field(default_factory=dict)
    destroyed_keys: set[str] = field(default_factory=set)
    attachments: dict[Key, bytes] = field(default_factory=dict)
    """Locked bytes by subject and name; destroyed keys take earlier ones along."""
    erased: set[Key] = field(default_factory=set)
    claimed: set[tuple[Key, Deadline]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.rows or self.erased or self.beside_cases)

    @property
    def beside_cases(self) -> bool:
        """Whether anything is written that is no case and no entry."""
        return bool(
            self.cursors
            or self.checkpoints
            or self.nodes
            or self.fresh_keys
            or self.destroyed_keys
            or self.attachments
        )

    def take(self, later: "Changes") -> None:
        """Add a succeeded work's changes; raises Stale and takes none if they clash."""
        for key, base in later.bases.items():
            held = self.rows.get(key)
            if held is not None and held.version != base:
                raise Stale(f"{key[0]} {key[1]} is at version {held.version}")
        for subject in later.fresh_keys:
            if subject in self.fresh_keys and subject not in later.destroyed_keys:
                raise Stale(f"{subject} has a key already")
        for key, base in later.bases.items():
            self.bases.setdefault(key, base)
        self.rows.update(later.rows)
        self._erase(later.erased)
        self.entries += later.entries
        self.deadlines.update(later.deadlines)
        self.cursors.update(later.cursors)
        self.checkpoints += later.checkpoints
        self.nodes += later.nodes
        for subject in later.destroyed_keys:
            self.destroy(subject)
        self.fresh_keys.update(later.fresh_keys)
        self.attachments.update(later.attachments)
        self.claimed |= later.claimed

    def destroy(self, subject: str) -> None:
        """Destroy a subject's key, and what was locked for the subject so far."""
        self.fresh_keys.pop(subject, None)
        for key in [key for key in self.attachments if key[0] == subject]:
            del self.attachments[key]
        self.destroyed_keys.add(subject)

    def erase(self, key: Key) -> None:
        """Forget the facts of a case: those written here, and those stored."""
        self._erase({key})

    def _erase(self, keys: set[Key]) -> None:
        if keys:
            for pending in self.entries:
                if pending.key in keys:
                    pending.erase()
            self.erased |= keys


class BufferedTransaction:
    """The kernel's Transaction over what is committed and what waits."""

    def __init__(
        self, committed: Committed, batch: Changes, *, keeps_values: bool = False
    ) -> None:
        self.keeps_values = keeps_values
        self._committed = committed
        self._batch = batch
        self.own = Changes()
        self.locked: dict[Key, int] = {}
        """Versions found under a lock in this work."""
        self.clash = ""
        """Why this work cannot commit although it did not fail."""
        self._keys: dict[str, bytes | None] = {}
        """Committed keys as first read: a work that looks before it keeps a key must
        not meet another server's in between; the database then has it run again."""

    # -- reading -----------------------------------------------------------------

    def find(self, kind: str, case: CaseId) -> Row | None:
        """Find a row as it will be if this work succeeds."""
        key = (kind, case)
        found = self.own.rows.get(key) or self._batch.rows.get(key)
        return self._committed.find(kind, case) if found is None else found

    def find_for_update(self, kind: str, case: CaseId) -> Row | None:
        """Find a row and keep others from changing it until this commits."""
        key = (kind, case)
        found = self.own.rows.get(key) or self._batch.rows.get(key)
        if found is None:
            found = self._committed.lock(kind, case)
            self.locked[key] = 0 if found is None else found.version
        return found

    def find_many(self, cases: Collection[Ref]) -> Sequence[Row]:
        """Find many rows as they will be if this work succeeds."""
        waiting = {c: self._waiting((c.kind, c.id)) for c in cases}
        stored = self._committed.find_many([c for c, row in waiting.items() if not row])
        return (*stored, *(row for row in waiting.values() if row))

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
        """Return rows as they will be, in order of opening, then id."""
        waiting = {
            row.id: row
            for changes in (self._batch, self.own)
            for row in changes.rows.values()
            if row.kind == kind
        }
        stored = self._committed.rows(
            kind,
            stages=stages,
            about=about,
            opened_from=opened_from,
            opened_before=opened_before,
            limit=None if limit is None else limit + len(waiting),
        )
        if not waiting:
            return stored
        wanted = Filter(stages, about, opened_from, opened_before)
        found = [row for row in stored if row.id not in waiting]
        found += [row for row in waiting.values() if wanted(row)]
        found.sort(key=opening_order)
        return found if limit is None else found[:limit]

    def entries(self, after: int, limit: int) -> Sequence[Logged]:
        """Return committed entries with seq > `after`, in order."""
        return self._ledger().entries(after, limit)

    def entries_of(self, kind: str, case: CaseId) -> Sequence[Logged]:
        """Return the committed entries of one case, oldest first."""
        return self._ledger().entries_of(kind, case)

    def size(self) -> int:
        """Return the number of committed entries."""
        return self._ledger().size()

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        """Return leaf hashes of committed entries."""
        return self._ledger().leaf_hashes(start, stop)

    def tree_nodes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return kept inner hashes."""
        return self._ledger().tree_nodes(level, start, stop)

    def checkpoints(self, limit: int = 1) -> Sequence[str]:
        """Return committed checkpoint notes, newest first."""
        return self._ledger().checkpoints(limit)

    def cursor(self, subscriber: str) -> int:
        """Return a cursor and keep others from moving it until this commits."""
        for changes in (self.own, self._batch):
            if subscriber in changes.cursors:
                return changes.cursors[subscriber]
        return self._committed.lock_cursor(subscriber)

    def due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Return deadlines that are due, for looking only."""
        return self._merged_due(now, limit, but, self._ledger().due)

    def subject_key(self, subject: str) -> bytes | None:
        """Return a subject's wrapped key."""
        for changes in (self.own, self._batch):
            if subject in changes.fresh_keys:
                return changes.fresh_keys[subject]
            if subject in changes.destroyed_keys:
                return None
        if subject not in self._keys:
            self._keys[subject] = self._committed.subject_key(subject)
        return self._keys[subject]

    def attachment(self, subject: str, name: str) -> bytes | None:
        """Return locked bytes kept beside a subject's key."""
        for changes in (self.own, self._batch):
            if (subject, name) in changes.attachments:
                return changes.attachments[subject, name]
            if subject in changes.destroyed_keys:
                return None
        return self._committed.attachment(subject, name)

    # -- writing -------------------------------------------------------------------

    def write(
        self,
        row: Row,
        entry: Entry,
        sealed: Sealed,
        deadlines: Collection[Deadline],
    ) -> None:
        """Store a state, its entry and its clocks once this work commits."""
        key = (row.kind, row.id)
        if (*key, row.version) != (entry.kind, entry.case, entry.version):
            raise BadInput(f"{row.kind} {row.id}: row and entry do not belong together")
        who = (entry.actor, entry.role, entry.purpose, entry.represents or "")
        _require_storable(row, (entry.move, *who), deadlines)
        self._put(row, Pending(key, None, entry, sealed), deadlines)

    def record(self, row: Row, made: Made, deadlines: Collection[Deadline]) -> None:
        """Do as `write` does with what a move made."""
        stamp = made.stamp
        who = (stamp.actor, stamp.role, made.purpose, stamp.represents or "")
        _require_storable(row, (made.move, *who), deadlines)
        key = (row.kind, row.id)
        if self.keeps_values:
            pending = Pending(key, made)
        else:
            pending = Pending(key, None, *made.sealed())
        self._put(row, pending, deadlines)

    def _put(self, row: Row, pending: Pending, deadlines: Collection[Deadline]) -> None:
        key = pending.key
        before = self.own.rows.get(key)
        base = row.version - 1
        if before is None:
            self.own.bases[key] = base
        stored = self.locked.get(key) if before is None else before.version
        if stored is not None and stored != base:
            self.clash = f"{row.kind} {row.id} is at version {stored}"
        self.own.rows[key] = row
        self.own.entries.append(pending)
        self.own.deadlines[key] = tuple(dict.fromkeys(deadlines)) if deadlines else ()

    def claim_due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Claim due deadlines that nobody else is working on, each once."""
        found = self._merged_due(now, limit, but, self._ledger().lock_due)
        self.own.claimed |= {((d.kind, d.case), d.deadline) for d in found}
        return found

    def set_cursor(self, subscriber: str, seq: int) -> None:
        """Remember how far a subscriber has come."""
        self.own.cursors[subscriber] = seq

    def add_checkpoint(self, size: int, note: str, at: datetime) -> None:
        """Keep a signed checkpoint."""
        self.own.checkpoints.append((size, note, at))

    def keep_tree_nodes(self, nodes: Collection[TileHash]) -> None:
        """Keep inner hashes of the tree."""
        self.own.nodes += nodes

    def put_subject_key(self, subject: str, wrapped: bytes) -> None:
        """Keep a fresh key of a subject that has none."""
        if self.subject_key(subject) is not None:
            self.clash = f"{subject} has a key already"
        self.own.fresh_keys[subject] = wrapped

    def destroy_subject_key(self, subject: str) -> None:
        """Destroy a subject's key for good."""
        self.own.destroy(subject)

    def put_attachment(self, subject: str, name: str, locked: bytes) -> None:
        """Keep locked bytes under a name that is not taken."""
        if self.attachment(subject, name) is not None:
            self.clash = f"{subject} has {name} already"
        self.own.attachments[subject, name] = locked

    def erase_facts(self, kind: str, case: CaseId) -> None:
        """Erase salt and facts of every entry of a case written so far."""
        self.own.erase((kind, case))

    # -- inside ----------------------------------------------------------------------

    def finish(self) -> None:
        """Hand this work's changes to the batch; raises Stale if they clash."""
        self._batch.take(self.changes())

    def changes(self) -> Changes:
        """Return this work's changes; raises Stale if they clash with each other."""
        if self.clash:
            raise Stale(self.clash)
        return self.own

    def _waiting(self, key: Key) -> Row | None:
        return self.own.rows.get(key) or self._batch.rows.get(key)

    def _ledger(self) -> Committed:
        if self._batch or self._batch.claimed:
            raise NeedsCommit
        return self._committed

    def _merged_due(
        self,
        now: datetime,
        limit: int,
        but: str,
        look: Callable[[datetime, int, str], Sequence[Due]],
    ) -> Sequence[Due]:
        running = [
            Due(kind, CaseId(case), deadline)
            for (kind, case), deadlines in self.own.deadlines.items()
            for deadline in deadlines
            if deadline.at <= now and kind != but
        ]
        reach = limit + len(self.own.claimed)
        while True:
            stored = look(now, reach, but)
            found = [d for d in stored if (d.kind, d.case) not in self.own.deadlines]
            found = [d for d in (*found, *running) if not self._is_claimed(d)]
            if len(found) >= limit or len(stored) < reach:
                return sorted(found, key=due_order)[:limit]
            reach *= 2

    def _is_claimed(self, due: Due) -> bool:
        return ((due.kind, due.case), due.deadline) in self.own.claimed


@dataclass(slots=True)
class Filter:
    """Which rows of a kind are asked for."""

    stages: Collection[str] | None
    about: CaseId | None
    opened_from: datetime | None
    opened_before: datetime | None

    def __call__(self, row: Row) -> bool:
        """Tell whether a row is among them."""
        return (
            (self.stages is None or row.stage in self.stages)
            and (self.about is None or row.about == self.about)
            and (self.opened_from is None or row.opened_at >= self.opened_from)
            and (self.opened_before is None or row.opened_at < self.opened_before)
        )


def opening_order(row: Row) -> tuple[datetime, str]:
    """Order rows as they are listed."""
    return row.opened_at, row.id


def due_order(due: Due) -> tuple[datetime, str, str, str, str]:
    """Order deadlines as they are worked off."""
    deadline = due.deadline
    return deadline.at, due.kind, due.case, deadline.name, deadline.move


def is_storable(text: str) -> bool:
    """Tell whether a text can be a column's value on every database."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _require_storable(
    row: Row, said: tuple[str, ...], deadlines: Iterable[Deadline]
) -> None:
    """Refuse names that no database takes: of a row, its clocks, what an entry says."""
    texts = [row.kind, row.id, row.stage, row.area or "", row.about or "", *said]
    for clock in deadlines:
        texts += (clock.name, clock.move)
    if not is_storable("".join(texts)):
        raise BadInput(f"{row.kind} {row.id!r}: a name holds a character not allowed")
    if not 0 < row.version <= MOST_VERSION:
        raise BadInput(f"{row.kind} {row.id}: version {row.version} is out of range")
    if row.priority is not None and abs(row.priority) > MOST_VERSION:
        raise BadInput(f"{row.kind} {row.id}: priority {row.priority} is out of range")
