"""A store in memory: for the twin and for tests, with the promises of the real ones.

One writer at a time; readers wait for it, so what they see is one consistent state.
"""

import threading
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from itertools import islice
from operator import itemgetter

from gengfu.kernel import (
    CaseId,
    Deadline,
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


type _Appointment = tuple[datetime, str, str, str, str]


def _appointment(key: Key, deadline: Deadline) -> _Appointment:
    return (deadline.at, *key, deadline.name, deadline.move)


class _Kept:
    """Everything committed, with the indexes that listing needs."""

    def __init__(self) -> None:
        self.cases: dict[Key, Row] = {}
        self.by_stage: dict[Key, dict[str, Row]] = defaultdict(dict)
        self.by_kind: dict[str, dict[str, Row]] = defaultdict(dict)
        self.by_about: dict[Key, dict[str, Row]] = defaultdict(dict)
        self.ledger: list[Pending] = []
        self.leaves: list[bytes] = []
        """Leaf hashes of the entries up to the last one that anybody has read: what an
        entry says is fixed when it is written; putting it into bytes and hashing them
        can wait until then."""
        self.of_case: dict[Key, list[int]] = defaultdict(list)
        self.deadlines: dict[Key, tuple[Deadline, ...]] = {}
        self.agenda: list[_Appointment] = []
        self.cursors: dict[str, int] = {}
        self.notes: list[str] = []
        self.nodes: dict[int, list[bytes]] = defaultdict(list)
        self.keys: dict[str, bytes] = {}
        self.attachments: dict[str, dict[str, bytes]] = defaultdict(dict)

    # -- writing -------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Make changes last; raises Stale and makes none if they clash."""
        for key, base in changes.bases.items():
            stored = self.cases.get(key)
            if (0 if stored is None else stored.version) != base:
                raise Stale(f"{key[0]} {key[1]} has moved on")
        for key, row in changes.rows.items():
            self._replace(key, row)
        for key in changes.erased:
            self._erase(key)
        for pending in changes.entries:
            self._append(pending)
        for key, deadlines in changes.deadlines.items():
            self._reschedule(key, deadlines)
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
        for seq in self.of_case[key]:
            self.ledger[seq].erase()

    def _append(self, pending: Pending) -> None:
        self.of_case[pending.key].append(len(self.ledger))
        self.ledger.append(pending)

    def _reschedule(self, key: Key, deadlines: tuple[Deadline, ...]) -> None:
        if self.deadlines.get(key, ()) == deadlines:
            return
        for deadline in self.deadlines.pop(key, ()):
            del self.agenda[bisect_left(self.agenda, _appointment(key, deadline))]
        for deadline in deadlines:
            insort(self.agenda, _appointment(key, deadline))
        if deadlines:
            self.deadlines[key] = deadlines

    def _replace(self, key: Key, row: Row) -> None:
        old = self.cases.get(key)
        if old is not None:
            if old.stage != row.stage:
                del self.by_stage[old.kind, old.stage][old.id]
            if old.about is not None and old.about != row.about:
                del self.by_about[old.kind, old.about][old.id]
        self.cases[key] = row
        self.by_kind[row.kind][row.id] = row
        self.by_stage[row.kind, row.stage][row.id] = row
        if row.about is not None:
            self.by_about[row.kind, row.about][row.id] = row

    # -- reading -------------------------------------------------------------------

    def find(self, kind: str, case: CaseId) -> Row | None:
        return self.cases.get((kind, case))

    lock = find

    def find_many(self, cases: Collection[Ref]) -> Sequence[Row]:
        found = (self.cases.get((case.kind, case.id)) for case in set(cases))
        return tuple(row for row in found if row is not None)

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
        found = [row for row in self._near(kind, stages, about) if wanted(row)]
        found.sort(key=opening_order)
        return found if limit is None else found[:limit]

    def _near(
        self, kind: str, stages: Collection[str] | None, about: CaseId | None
    ) -> Iterable[Row]:
        if about is not None:
            return self.by_about.get((kind, about), {}).values()
        if stages is None:
            return self.by_kind.get(kind, {}).values()
        return [
            row
            for stage in set(stages)
            for row in self.by_stage.get((kind, str(stage)), {}).values()
        ]

    def entries(self, after: int, limit: int) -> Sequence[Logged]:
        start = max(after + 1, 0)
        return self._logged(range(start, min(start + limit, len(self.ledger))))

    def entries_of(self, kind: str, case: CaseId) -> Sequence[Logged]:
        return self._logged(self.of_case.get((kind, case), ()))

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
        stop = bisect_right(self.agenda, now, key=itemgetter(0))
        wanted = (one for one in islice(self.agenda, stop) if one[1] != but)
        return [
            Due(kind, CaseId(case), Deadline(name, at, move))
            for at, kind, case, name, move in islice(wanted, limit)
        ]

    lock_due = due

    def subject_key(self, subject: str) -> bytes | None:
        return self.keys.get(subject)

    def attachment(self, subject: str, name: str) -> bytes | None:
        return self.attachments.get(subject, {}).get(name)
