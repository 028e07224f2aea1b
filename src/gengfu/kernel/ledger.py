"""Ledger entries: who made which move on what, bound to facts it does not reveal.

An entry is what the Merkle tree hashes. It carries a salted commitment to the facts
of the move and one to the state after it. Salt and facts are kept beside the entry,
not in it: once they are erased nobody can test a guess against the commitment, and
every proof still verifies.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring

from .access import ActorId, Purpose, Role
from .cases import CaseId, Stamp

SALT_BYTES = 16
_quoted = encode_basestring


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One move as the ledger keeps it; its place in the tree is its `seq`."""

    kind: str
    case: CaseId
    version: int
    move: str
    at: datetime
    actor: ActorId
    role: Role
    purpose: Purpose
    represents: str | None
    facts_commitment: bytes
    state_commitment: bytes

    @property
    def stamp(self) -> Stamp:
        """Who made the move, as the rule saw it."""
        return Stamp(self.case, self.at, self.actor, self.role, self.represents)

    def leaf_bytes(self) -> bytes:
        """Return the canonical bytes that the tree hashes."""
        # Canonical JSON with sorted keys, put together by hand: every move pays for it.
        represents = "null" if self.represents is None else _quoted(self.represents)
        return (
            f'{{"actor":{_quoted(self.actor)}'
            f',"at":"{instant(self.at)}"'
            f',"case":{_quoted(self.case)}'
            f',"facts":"{self.facts_commitment.hex()}"'
            f',"kind":{_quoted(self.kind)}'
            f',"move":{_quoted(self.move)}'
            f',"purpose":{_quoted(self.purpose)}'
            f',"represents":{represents}'
            f',"role":{_quoted(self.role)}'
            f',"state":"{self.state_commitment.hex()}"'
            f',"version":{self.version}}}'
        ).encode()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept beside an entry and may be erased: salt, facts, as bytes."""

    salt: bytes
    facts: bytes


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry at its place on the ledger; `sealed` is None once erased."""

    seq: int
    entry: Entry
    leaf: bytes
    sealed: Sealed | None


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """Write an instant in the one form the ledger knows: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def commit_facts(salt: bytes, facts: bytes) -> bytes:
    """Commit to the facts of a move."""
    return hashlib.sha256(b"facts\x00" + salt + facts).digest()


def commit_state(salt: bytes, state: bytes) -> bytes:
    """Commit to the state after a move."""
    return hashlib.sha256(b"state\x00" + salt + state).digest()
