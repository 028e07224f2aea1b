"""Checkpoints: what the ledger states about itself, and witnesses vouch for.

Formats: C2SP tlog-checkpoint (origin, size, root), tlog-cosignature v1 (a witness
states when it saw a checkpoint consistent with all it saw before) and the request body
of tlog-witness. A log that shows different histories to different people needs every
witness to take part; an outside witness is what makes the ledger tamper-evident to
those who do not run it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, Self

from .errors import BadInput, Corrupt, Stale
from .merkle import EMPTY_ROOT, HASH_BYTES, MOST_ENTRIES, verify_consistency
from .notes import (
    MOST_NOTE_BYTES,
    Note,
    NoteSignature,
    SignatureKind,
    Verifier,
    VerifierKey,
    decode_base64,
    encode_base64,
    require_plain,
    shown,
)

ED25519_SIGNATURE_BYTES = 64
MOST_PROOF_HASHES = 63

_TIME_BYTES = 8
_LAST_TIME_S = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZE = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)


class Cosigner(Protocol):
    """Cosigns checkpoints with one key of kind `COSIGNATURE_V1`."""

    @property
    def key(self) -> VerifierKey:
        """Whose signatures."""
        ...

    def cosign(self, text: bytes, at: datetime) -> bytes:
        """Timestamped signature over a checkpoint's text, without the key id."""
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states: under this origin, so many entries have this root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line:
                raise BadInput("checkpoint: an empty line")
            require_plain(line, "checkpoint")
        if not 0 <= self.size <= MOST_ENTRIES:
            raise BadInput(f"checkpoint: size {self.size} is out of range")
        if len(self.root) != HASH_BYTES:
            raise BadInput(
                f"checkpoint: a root of {len(self.root)} bytes, not {HASH_BYTES}"
            )

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), encode_base64(self.root))
        return "".join(f"{line}\n" for line in (*lines, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note as a checkpoint.

        Raises:
            BadInput: it is not one.

        """
        match text.split("\n"):
            case [origin, size, root, *extensions, ""]:
                body = decode_base64(root, "checkpoint root")
                return cls(origin, _parse_size(size), body, tuple(extensions))
            case _:
                raise BadInput("checkpoint: fewer than three lines")


class Sighting(NamedTuple):
    """A witness vouched for a checkpoint, this many seconds after 1970 began (UTC)."""

    witness: str
    at_s: int


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose log's signature verified, and who else vouched for it."""

    checkpoint: Checkpoint
    note: Note
    sightings: tuple[Sighting, ...]


def open_checkpoint(
    raw: str | bytes | Note,
    log: Verifier,
    witnesses: Collection[Verifier] = (),
    *,
    quorum: int = 0,
    origin: str | None = None,
) -> SignedCheckpoint:
    """Read a checkpoint and believe it only if its log and enough witnesses signed.

    `origin` is the log expected, by default the name of its key. `quorum` counts
    witnesses by name, so that one witness with two keys counts once.

    Raises:
        BadInput: it is not a signed checkpoint, or a witness has no cosigning key.
        Corrupt: it does not verify, is another log's, or lacks witnesses.

    """
    for witness in witnesses:
        if witness.key.kind is not SignatureKind.COSIGNATURE_V1:
            raise BadInput(f"{witness.key.name}: not the key of a witness")
    note = raw if isinstance(raw, Note) else Note.parse(raw)
    checkpoint = Checkpoint.parse(note.text)
    verified = note.verify((log, *witnesses))
    if not any(line.is_by(log.key) for line in verified):
        raise Corrupt(f"checkpoint: not signed by its log, {log.key.name}")
    expected = log.key.name if origin is None else origin
    if checkpoint.origin != expected:
        raise Corrupt(f"checkpoint: of {shown(checkpoint.origin)}, not {expected}")
    sightings = tuple(
        Sighting(line.name, split_cosignature(line.signature)[0])
        for line in verified
        if any(line.is_by(witness.key) for witness in witnesses)
    )
    seen_by = len({sighting.witness for sighting in sightings})
    if seen_by < quorum:
        raise Corrupt(f"checkpoint: {seen_by} of {quorum} witnesses signed it")
    return SignedCheckpoint(checkpoint, note, sightings)


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """What a log sends a witness: a checkpoint, and a proof from the last it saw."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def __post_init__(self) -> None:
        if not 0 <= self.old_size <= MOST_ENTRIES:
            raise BadInput(f"witness request: size {self.old_size} is out of range")
        if len(self.proof) > MOST_PROOF_HASHES:
            raise BadInput(f"witness request: {len(self.proof)} hashes of proof")

    def __str__(self) -> str:
        proof = "".join(f"{encode_base64(node)}\n" for node in self.proof)
        return f"old {self.old_size}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read the body of a request; nothing in it is verified yet.

        Raises:
            BadInput: it is not one.

        """
        if len(raw) > 2 * MOST_NOTE_BYTES:
            raise BadInput(f"witness request: {len(raw)} bytes")
        head, _, note = raw.partition(b"\n\n")
        try:
            old, *proof = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise BadInput("witness request: not ASCII above the checkpoint") from None
        if not old.startswith("old "):
            raise BadInput(f"witness request: not an old size: {shown(old)}")
        if len(proof) > MOST_PROOF_HASHES:
            raise BadInput(f"witness request: {len(proof)} hashes of proof")
        hashes = tuple(decode_base64(line, "witness request: proof") for line in proof)
        return cls(_parse_size(old.removeprefix("old ")), hashes, Note.parse(note))


def cosign_checkpoint(
    request: WitnessRequest,
    *,
    log: Verifier,
    last: Checkpoint | None,
    by: Cosigner,
    at: datetime,
    origin: str | None = None,
) -> NoteSignature:
    """Vouch for a checkpoint that only adds to the last one seen of its log.

    The caller keeps the new checkpoint as `last` before it hands the signature out.

    Raises:
        Stale: the request does not start at the last checkpoint seen.
        Corrupt: the log did not sign it, or it rewrites what was seen.

    """
    new = open_checkpoint(request.note, log, origin=origin).checkpoint
    seen = 0 if last is None else last.size
    if request.old_size != seen or new.size < seen:
        raise Stale(f"the witness last saw {new.origin} at size {seen}")
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise Corrupt("checkpoint: an empty tree has another root")
    if last is None or last.size == 0:
        if request.proof:
            raise Corrupt("consistency proof: none goes from size 0")
    else:
        verify_consistency(
            old_size=last.size,
            old_root=last.root,
            size=new.size,
            root=new.root,
            proof=request.proof,
        )
    signature = by.cosign(request.note.text.encode(), at)
    return NoteSignature(by.key.name, by.key.key_id, signature)


def cosigned_message(text: bytes, at_s: int) -> bytes:
    """Bytes a witness signs: a fixed header, the time, the checkpoint's text."""
    return b"cosignature/v1\ntime %d\n%b" % (at_s, text)


def pack_cosignature(at_s: int, signature: bytes) -> bytes:
    """Bytes of a cosignature: seconds since 1970, then the signature."""
    return at_s.to_bytes(_TIME_BYTES) + signature


def split_cosignature(packed: bytes) -> tuple[int, bytes]:
    """Time (seconds since 1970) and signature of a cosignature.

    Raises:
        BadInput: it is not one.

    """
    if len(packed) != _TIME_BYTES + ED25519_SIGNATURE_BYTES:
        raise BadInput(f"cosignature: {len(packed)} bytes")
    at_s = int.from_bytes(packed[:_TIME_BYTES])
    if at_s > _LAST_TIME_S:
        raise BadInput("cosignature: its time is out of range")
    return at_s, packed[_TIME_BYTES:]


def posix_seconds(at: datetime) -> int:
    """Whole seconds since 1970; the time must name its zone."""
    if at.utcoffset() is None:
        raise BadInput(f"time without a zone: {at.isoformat()}")
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    if seconds < 0:
        raise BadInput(f"time before 1970: {at.isoformat()}")
    return seconds


def _parse_size(text: str) -> int:
    if not _SIZE.fullmatch(text):
        raise BadInput(f"checkpoint: not a size: {shown(text)}")
    return int(text)
