"""A store in memory: for the twin and for tests, with the promises of the real ones.

One writer at a time; readers wait for it, so what they see is one consistent state.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from gengfu.kernel import (
    CaseId,
    Due,
    Logged,
    Reader,
    Ref,
    Row,
    Stale,
    Transaction,
    Unavailable,
)
from gengfu.kernel.merkle import leaf_hash

from .buffered import (
    BufferedTransaction,
    Changes,
    Filter,
    Key,
    Pending,
    opening_order,
)
from .listeners import Listeners
from .running_clocks import RunningClocks


class MemoryStore:
    """The kernel's Store port without a disk: gone when the process ends."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._no_batch = Changes()
        """Stays empty: each work here commits alone."""
        self._turn = threading.RLock()
        self._listeners = Listeners()
        self._closed = False

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Run work; its writes show to others once it returned."""
        with self._turn:
            self._require_open()
            tx = BufferedTransaction(self._kept, self._no_batch, keeps_values=True)
            result = work(tx)
            changes = tx.changes()
            self._kept.take(changes)
            last = len(self._kept.ledger) - 1
        if changes.entries:
            self._listeners.tell(last)
        return result

    def submit[T](self, work: Callable[[Transaction], T]) -> Future[T]:
        """Run work at once and return its outcome as a future."""
        future: Future[T] = Future()
        try:
            future.set_result(self.transact(work))
        except Exception as error:
            future.set_exception(error)
        return future

    async def transact_async[T](self, work: Callable[[Transaction], T]) -> T:
        """Run work at once: nothing here ever waits."""
        return self.transact(work)

    def read[T](self, work: Callable[[Reader], T]) -> T:
        """Run work on what is committed."""
        with self._turn:
            self._require_open()
            return work(self._kept)

    def on_commit(self, told: Callable[[int], None]) -> Callable[[], None]:
        """Call `told` with the last seq after entries were added."""
        return self._listeners.add(told)

    def close(self) -> None:
        """Refuse everything from here on."""
        with self._turn:
            self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("this store is closed")


@dataclass(slots=True)
class _Held:
    """A case as it stands, and its places on the ledger."""

    key: Key
    row: Row
    seqs: list[int] = field(default_factory=list[int])


type _Listed = defaultdict[str, dict[str, _Held]]


def _listed() -> _Listed:
    return defaultdict(dict)


def _relist(
    listed: _Listed, held: _Held, before: str | None, after: str | None
) -> None:
    """List a case under another name than before."""
    case = held.row.id
    if before is not None:
        del listed[before][case]
    if after is not None:
        listed[after][case] = held


def _of(listed: _Listed | None, names: Iterable[str] | None) -> Iterable[_Held]:
    """Return what is listed under these names."""
    if listed is None or names is None:
        return ()
    found = (listed.get(name) for name in names)
    return chain.from_iterable(one.values() for one in found if one is not None)


class _Kept:
    """Everything committed, with the indexes that listing needs.

    They lead to what is held of a case, so that a move that leaves its stage as it was
    touches none of them.
    """

    def __init__(self) -> None:
        self.cases: dict[Key, _Held] = {}
        self.by_stage: dict[str, _Listed] = defaultdict(_listed)
        """By kind, stage and id."""
        self.by_about: dict[str, _Listed] = defaultdict(_listed)
        """By kind, the case they are about, and id."""
        self.ledger: list[Pending] = []
        self.leaves: list[bytes] = []
        """Leaf hashes of the entries up to the last one that anybody has read: what an
        entry says is fixed when it is written; putting it into bytes and hashing them
        can wait until then."""
        self.clocks = RunningClocks()
        self.cursors: dict[str, int] = {}
        self.notes: list[str] = []
        self.nodes: dict[int, list[bytes]] = defaultdict(list)
        self.keys: dict[str, bytes] = {}
        self.attachments: dict[str, dict[str, bytes]] = defaultdict(dict)

    # -- writing -------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Make changes last; raises Stale and makes none if they clash."""
        for key, base in changes.bases.items():
            held = self.cases.get(key)
            if (0 if held is None else held.row.version) != base:
                raise Stale(f"{key[0]} {key[1]} has moved on")
        for key, row in changes.rows.items():
            self._put(key, row)
        for key in changes.erased:
            self._erase(key)
        for pending in changes.entries:
            self._append(pending)
        for key, deadlines in changes.deadlines.items():
            self.clocks.set(self.cases[key].key, deadlines)
        if changes.beside_cases:
            self._take_beside(changes)

    def _take_beside(self, changes: Changes) -> None:
        self.cursors |= changes.cursors
        self.notes += [note for _, note, _ in changes.checkpoints]
        for node in changes.nodes:
            self.nodes[node.level].append(node.hash)
        for subject in changes.destroyed_keys:
            self.keys.pop(subject, None)
            self.attachments.pop(subject, None)
        self.keys |= changes.fresh_keys
        for (subject, name), locked in changes.attachments.items():
            self.attachments[subject][name] = locked

    def _erase(self, key: Key) -> None:
        held = self.cases.get(key)
        for seq in () if held is None else held.seqs:
            self.ledger[seq].erase()

    def _append(self, pending: Pending) -> None:
        held = self.cases[pending.key]
        pending.key = held.key  # all entries of a case share one, to save memory
        held.seqs.append(len(self.ledger))
        self.ledger.append(pending)

    def _put(self, key: Key, row: Row) -> None:
        held = self.cases.get(key)
        if held is None:
            held, stage, about = _Held(key, row), None, None
            self.cases[key] = held
        else:
            stage, about = held.row.stage, held.row.about
            held.row = row
        if row.stage != stage:
            _relist(self.by_stage[row.kind], held, stage, row.stage)
        if row.about != about:
            _relist(self.by_about[row.kind], held, about, row.about)

    # -- reading -------------------------------------------------------------------

    def find(self, kind: str, case: CaseId) -> Row | None:
        held = self.cases.get((kind, case))
        return None if held is None else held.row

    lock = find

    def find_many(self, cases: Collection[Ref]) -> Sequence[Row]:
        found = (self.cases.get((case.kind, case.id)) for case in set(cases))
        return tuple(held.row for held in found if held is not None)

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
        wanted = Filter(stages, about, opened_from, opened_before)
        near = self._near(kind, stages, about)
        found = [held.row for held in near if wanted(held.row)]
        found.sort(key=opening_order)
        return found if limit is None else found[:limit]

    def _near(
        self, kind: str, stages: Collection[str] | None, about: CaseId | None
    ) -> Iterable[_Held]:
        if about is not None:
            return _of(self.by_about.get(kind), (about,))
        listed = self.by_stage.get(kind)
        return _of(listed, listed if stages is None else {*map(str, stages)})

    def entries(self, after: int, limit: int) -> Sequence[Logged]:
        start = max(after + 1, 0)
        return self._logged(range(start, min(start + limit, len(self.ledger))))

    def entries_of(self, kind: str, case: CaseId) -> Sequence[Logged]:
        held = self.cases.get((kind, case))
        return () if held is None else self._logged(held.seqs)

    def _logged(self, wanted: Sequence[int]) -> Sequence[Logged]:
        if not wanted:
            return ()
        leaves = self._hashed(wanted[-1] + 1)
        found = [self.ledger[seq] for seq in wanted]
        return [
            Logged(seq, pending.entry, leaves[seq], pending.sealed)
            for seq, pending in zip(wanted, found, strict=True)
        ]

    def _hashed(self, stop: int) -> list[bytes]:
        fresh = self.ledger[len(self.leaves) : stop]
        self.leaves += [leaf_hash(pending.entry.leaf_bytes()) for pending in fresh]
        return self.leaves

    def size(self) -> int:
        return len(self.ledger)

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        stop = max(stop, 0)
        return self._hashed(stop)[max(start, 0) : stop]

    def tree_nodes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        return self.nodes.get(level, [])[max(start, 0) : max(stop, 0)]

    def checkpoints(self, limit: int = 1) -> Sequence[str]:
        return self.notes[::-1][:limit]

    def cursor(self, subscriber: str) -> int:
        return self.cursors.get(subscriber, -1)

    lock_cursor = cursor

    def due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        return self.clocks.due(now, limit, but)

    lock_due = due

    def subject_key(self, subject: str) -> bytes | None:
        return self.keys.get(subject)

    def attachment(self, subject: str, name: str) -> bytes | None:
        return self.attachments.get(subject, {}).get(name)
