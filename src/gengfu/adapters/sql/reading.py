"""What is committed, read over one session."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from gengfu.adapters.buffered import Key, due_order, is_storable
from gengfu.kernel import CaseId, Due, Logged, Ref, Row

from .records import read_due, read_logged, read_row, to_microseconds
from .sessions import Session

MOST_IDS_AT_ONCE = 512
_NEVER = 2**62


class SqlReader:
    """The kernel's Reader, and the locking reads that a writer needs besides."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._statements = session.statements
        self._locked: dict[Key, Row | None] = {}

    def find(self, kind: str, case: CaseId) -> Row | None:
        """Find a row."""
        if not (is_storable(kind) and is_storable(case)):
            return None
        found = self._session.fetch(self._statements.find, (kind, case))
        return read_row(found[0]) if found else None

    def lock(self, kind: str, case: CaseId) -> Row | None:
        """Find a row and keep other writers from it until the commit."""
        key = (kind, case)
        if key in self._locked:
            return self._locked[key]
        if not (is_storable(kind) and is_storable(case)):
            return None
        found = self._session.fetch(self._statements.lock, key)
        row = read_row(found[0]) if found else None
        if row is not None:
            self._locked[key] = row
        return row

    def lock_ahead(self, keys: Collection[Key]) -> None:
        """Lock rows that will be asked for, all at once.

        Nobody else can change them before the commit, so what is remembered here
        cannot become old.
        """
        wanted = [k for k in sorted(set(keys)) if is_storable("".join(k))]
        found = self._session.fetch_each(self._statements.lock_many, wanted)
        self._locked |= {(r.kind, r.id): r for r in map(read_row, found)}

    def find_many(self, cases: Collection[Ref]) -> Sequence[Row]:
        """Find many rows with few statements."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for case in dict.fromkeys(cases):
            if is_storable(case.kind) and is_storable(case.id):
                wanted[case.kind].append(case.id)
        found: list[Row] = []
        for kind, ids in wanted.items():
            for start in range(0, len(ids), MOST_IDS_AT_ONCE):
                found += self._find_some(kind, ids[start : start + MOST_IDS_AT_ONCE])
        return found

    def _find_some(self, kind: str, ids: list[str]) -> list[Row]:
        # Padded to a power of two: a handful of statements that stay prepared.
        count = 1 << (len(ids) - 1).bit_length()
        padded = ids + ids[-1:] * (count - len(ids))
        statement = self._statements.find_many(count)
        return [read_row(r) for r in self._session.fetch(statement, (kind, *padded))]

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
        names = None if stages is None else sorted(map(str, set(stages)))
        asked = [kind, about or "", *(names or ())]
        if names == [] or not all(map(is_storable, asked)):
            return []
        statement = self._statements.rows(
            None if names is None else len(names),
            about=about is not None,
            opened_from=opened_from is not None,
            opened_before=opened_before is not None,
            limit=limit is not None,
        )
        args = statement.args(
            kind=kind,
            about=about,
            opened_from=opened_from and to_microseconds(opened_from),
            opened_before=opened_before and to_microseconds(opened_before),
            limit=limit,
            **{f"stage_{n}": name for n, name in enumerate(names or ())},
        )
        return [read_row(r) for r in self._session.fetch(statement, args)]

    def entries(self, after: int, limit: int) -> Sequence[Logged]:
        """Return entries with seq > `after`, in order."""
        statement = self._statements.entries
        args = statement.args(after=max(after, -1), limit=limit)
        return [read_logged(r) for r in self._session.fetch(statement, args)]

    def entries_of(self, kind: str, case: CaseId) -> Sequence[Logged]:
        """Return the entries of one case, oldest first."""
        if not (is_storable(kind) and is_storable(case)):
            return []
        found = self._session.fetch(self._statements.entries_of, (kind, case))
        return [read_logged(r) for r in found]

    def size(self) -> int:
        """Return the number of entries."""
        return int(self._session.fetch(self._statements.last_seq, ())[0][0]) + 1

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        """Return leaf hashes of entries start <= seq < stop."""
        found = self._session.fetch(self._statements.leaves, (start, stop))
        return [record[0] for record in found]

    def tree_nodes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return kept inner hashes of one level."""
        found = self._session.fetch(self._statements.tree_nodes, (level, start, stop))
        return [record[0] for record in found]

    def checkpoints(self, limit: int = 1) -> Sequence[str]:
        """Return signed checkpoint notes, newest first."""
        statement = self._statements.checkpoints
        return [
            r[0] for r in self._session.fetch(statement, statement.args(limit=limit))
        ]

    def cursor(self, subscriber: str) -> int:
        """Return the last seq a subscriber has seen, -1 at first."""
        found = self._session.fetch(self._statements.cursor, (subscriber,))
        return found[0][0] if found else -1

    def lock_cursor(self, subscriber: str) -> int:
        """Return a cursor that nobody else can move until the commit."""
        self._session.lock_name(f"cursor {subscriber}")
        return self.cursor(subscriber)

    def due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Return deadlines with `at` <= now, earliest first."""
        statement = self._statements.due
        args = statement.args(now=to_microseconds(now), but=but, limit=limit)
        return [read_due(r) for r in self._session.fetch(statement, args)]

    def lock_due(self, now: datetime, limit: int, but: str = "") -> Sequence[Due]:
        """Return due deadlines of cases that nobody else is writing, locked."""
        if self._statements.database == "sqlite":
            return self.due(now, limit, but)
        at = to_microseconds(now)
        statement = self._statements.lock_due_cases
        args = statement.args(now=at, but=but, limit=limit)
        locked = self._session.fetch(statement, args)
        due_of = self._statements.due_of
        # Read again now that the locks are held: a clock may have stopped meanwhile.
        found = [
            read_due(record)
            for kind, case in dict.fromkeys(locked)
            for record in self._session.fetch(
                due_of, due_of.args(now=at, kind=kind, case_id=case)
            )
        ]
        return sorted(found, key=due_order)[:limit]

    def subject_key(self, subject: str) -> bytes | None:
        """Return a subject's wrapped key."""
        if not is_storable(subject):
            return None
        found = self._session.fetch(self._statements.subject_key, (subject,))
        return found[0][0] if found else None

    def attachment(self, subject: str, name: str) -> bytes | None:
        """Return locked bytes kept beside a subject's key."""
        if not (is_storable(subject) and is_storable(name)):
            return None
        found = self._session.fetch(self._statements.attachment, (subject, name))
        return found[0][0] if found else None
