"""What a move leaves behind: the row of its case, and what its entry will say.

A store in memory keeps both as values and puts them into bytes when somebody reads
those; other stores write bytes at once. They are the same bytes either way: whatever
is kept as a value is known to be writable and cannot be changed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .access import Purpose
from .cases import CaseId, Stamp
from .ledger import Entry, Sealed, commit_facts, commit_state
from .values import quickly


class Writer(Protocol):
    """What puts values into bytes."""

    def encode(self, value: object) -> bytes:
        """Return the bytes of a value."""
        ...


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
    """The case it is about, such as that of a task or an order."""
    value: Any = field(default=None, compare=False, repr=False)
    """The case itself, where `body` reads back as exactly this and nothing can change
    it: stores in memory keep it, so that nobody needs to read what was just written."""
    writer: Writer | None = field(default=None, compare=False, repr=False)
    """What writes `body` when it is first read, of an `unwritten_row`."""

    def __getattr__(self, name: str) -> bytes:
        """Write the body; Python asks here for what a row does not have (yet)."""
        if name != "body" or self.writer is None:
            raise AttributeError(f"a row has no {name}")
        body = self.writer.encode(self.value)
        object.__setattr__(self, "body", body)
        return body


written_row = quickly(Row)
unwritten_row = quickly(Row, unset="body")
"""Makes a row that writes its body itself when somebody reads it."""
_entry = quickly(Entry)


@dataclass(slots=True)
class Made:
    """A move as it was made: all that its entry and what stands beside it say.

    `facts`, and the case they made of it, are values that `writer` can put into bytes,
    or those bytes. Rows are not kept here: a store has one of each case, but all moves.
    """

    kind: str
    case: CaseId
    version: int
    move: str
    purpose: Purpose
    stamp: Stamp
    salt: bytes
    facts: object
    state: object
    writer: Writer

    def sealed(self) -> tuple[Entry, Sealed]:
        """Put together the entry, and what is kept beside it until it is erased."""
        stamp, salt, facts = self.stamp, self.salt, self._written(self.facts)
        entry = _entry(
            kind=self.kind,
            case=self.case,
            version=self.version,
            move=self.move,
            at=stamp.at,
            actor=stamp.actor,
            role=stamp.role,
            purpose=self.purpose,
            represents=stamp.represents,
            facts_commitment=commit_facts(salt, facts),
            state_commitment=commit_state(salt, self._written(self.state)),
        )
        return entry, Sealed(salt, facts)

    def _written(self, what: object) -> bytes:
        return what if isinstance(what, bytes) else self.writer.encode(what)
