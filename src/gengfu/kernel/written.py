"""What a move leaves behind: the row of its case, and what its entry will say.

A store in memory keeps both as values and puts them into bytes when somebody reads
those; other stores write bytes at once. They are the same bytes either way: whatever
is kept as a value is known to be writable and cannot be changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .access import Purpose
from .cases import CaseId, Stamp
from .ledger import Entry, Sealed, commit_facts, commit_state
from .values import quickly

type Write = Callable[[Any], bytes]
"""Puts a value into bytes."""


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
    write: Write | None = field(default=None, compare=False, repr=False)
    """What writes `body` when it is first read, of an `unwritten_row`."""

    def __getattr__(self, name: str) -> bytes:
        """Write the body; Python asks here for what a row does not have (yet)."""
        if name != "body" or self.write is None:
            raise AttributeError(f"a row has no {name}")
        body = self.write(self.value)
        object.__setattr__(self, "body", body)
        return body


written_row = quickly(Row)
unwritten_row = quickly(Row, unset="body")
"""Makes a row that writes its body itself when somebody reads it."""
_entry = quickly(Entry)


@dataclass(slots=True)
class Made:
    """A move as it was made: all that its entry and what stands beside it say.

    `facts` are a value that `write` can put into bytes, or those bytes.
    """

    row: Row
    move: str
    purpose: Purpose
    stamp: Stamp
    salt: bytes
    facts: object
    write: Write

    def sealed(self) -> tuple[Entry, Sealed]:
        """Put together the entry, and what is kept beside it until it is erased."""
        row, stamp, facts = self.row, self.stamp, self.facts
        plain = facts if isinstance(facts, bytes) else self.write(facts)
        entry = _entry(
            kind=row.kind,
            case=row.id,
            version=row.version,
            move=self.move,
            at=stamp.at,
            actor=stamp.actor,
            role=stamp.role,
            purpose=self.purpose,
            represents=stamp.represents,
            facts_commitment=commit_facts(self.salt, plain),
            state_commitment=commit_state(self.salt, row.body),
        )
        return entry, Sealed(self.salt, plain)
