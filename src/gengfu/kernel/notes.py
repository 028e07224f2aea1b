"""Signed notes: short texts with signatures, that anyone can keep and check.

Format: C2SP signed-note (text, blank line, signature lines) and its verifier keys.
Reading is strict: what has a second spelling is refused, so two parties who hold the
same statement hold the same bytes. `checkpoints` says what the ledger signs this way.

`BadInput` says that a text is not of the format, `Corrupt` that it is but does not
verify. Keys are behind `Signer` and `Verifier`; the cryptography is an adapter's.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from typing import Protocol, Self

from .errors import BadInput, Corrupt

MOST_SIGNATURES = 100
MOST_NOTE_BYTES = 1_000_000
PUBLIC_KEY_BYTES = 32

_EM_DASH = "\N{EM DASH}"
_KEY_ID_BYTES = 4
_FIRST_PRINTABLE = "\x20"
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_SHOWN_CHARACTERS = 60


class SignatureKind(IntEnum):
    """What a key signs; the number is part of its key id."""

    ED25519 = 1
    COSIGNATURE_V1 = 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under and the kind of its signatures."""

    name: str
    kind: SignatureKind
    public_key: bytes

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        if len(self.public_key) != PUBLIC_KEY_BYTES:
            raise BadInput(
                f"key {self.name}: {len(self.public_key)} bytes, not {PUBLIC_KEY_BYTES}"
            )

    @property
    def key_id(self) -> int:
        """Short name of the key: the first 32 bits of a hash over all of it."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return int.from_bytes(sha256(named).digest()[:_KEY_ID_BYTES])

    def __str__(self) -> str:
        body = encode_base64(bytes([self.kind]) + self.public_key)
        return f"{self.name}+{self.key_id:08x}+{body}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+key id+base64`; the id must be the key's own.

        Raises:
            BadInput: it is not a key, or of a kind that is not supported.

        """
        match text.split("+", 2):
            case [name, key_id, body] if _KEY_ID.fullmatch(key_id):
                pass
            case _:
                raise BadInput(f"verifier key: not name+id+key: {shown(text)}")
        key = cls(name, *read_key_body(body, f"verifier key {shown(name)}"))
        if int(key_id, 16) != key.key_id:
            raise BadInput(
                f"verifier key {name}: states id {key_id}, has {key.key_id:08x}"
            )
        return key


class Verifier(Protocol):
    """Checks the signatures of one key."""

    @property
    def key(self) -> VerifierKey:
        """Whose signatures."""
        ...

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether `signature` (without its key id) is this key's over a note."""
        ...


class Signer(Protocol):
    """Signs notes with one key of kind `ED25519`."""

    @property
    def key(self) -> VerifierKey:
        """Whose signatures."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Signature over a note's text, without the key id."""
        ...


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; says nothing until it is verified."""

    name: str
    key_id: int
    signature: bytes

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        if not 0 <= self.key_id < 1 << (8 * _KEY_ID_BYTES):
            raise BadInput(f"signature of {self.name}: key id is out of range")
        if not self.signature:
            raise BadInput(f"signature of {self.name}: empty")

    def __str__(self) -> str:
        body = encode_base64(self.key_id.to_bytes(_KEY_ID_BYTES) + self.signature)
        return f"{_EM_DASH} {self.name} {body}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read one line without its newline."""
        match line.split(" "):
            case [dash, name, body] if dash == _EM_DASH:
                pass
            case _:
                raise BadInput(f"note: not a signature line: {shown(line)}")
        raw = decode_base64(body, f"signature of {shown(name)}")
        return cls(name, int.from_bytes(raw[:_KEY_ID_BYTES]), raw[_KEY_ID_BYTES:])

    def is_by(self, key: VerifierKey) -> bool:
        """Tell whether this claims to be a signature of `key`."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class Note:
    """Text (with its final newline) and the signature lines under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n"):
            raise BadInput("note: its text does not end with a newline")
        require_plain(self.text.replace("\n", ""), "note")
        if not 1 <= len(self.signatures) <= MOST_SIGNATURES:
            raise BadInput(f"note: {len(self.signatures)} signatures")

    def __str__(self) -> str:
        lines = "".join(f"{signature}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}"

    @classmethod
    def parse(cls, raw: str | bytes) -> Self:
        """Read a signed note; nothing in it is verified yet.

        Raises:
            BadInput: it is not a signed note.

        """
        whole = _decode_utf8(raw)
        text, gap, under = whole.rpartition("\n\n")
        if not gap or not under.endswith("\n"):
            raise BadInput("note: no signature lines under a blank line")
        lines = under.removesuffix("\n").split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise BadInput(f"note: {len(lines)} signatures")
        return cls(text + "\n", tuple(NoteSignature.parse(line) for line in lines))

    def cosigned(self, *more: NoteSignature) -> Self:
        """Copy of the note with further signature lines, none twice."""
        new = [line for line in dict.fromkeys(more) if line not in self.signatures]
        return replace(self, signatures=(*self.signatures, *new))

    def verify(self, verifiers: Collection[Verifier]) -> tuple[NoteSignature, ...]:
        """Signatures by known keys, all of which verified. Other lines are ignored.

        Raises:
            Corrupt: a known key's signature does not verify, or there is none.

        """
        known = {(by.key.name, by.key.key_id): by for by in verifiers}
        text = self.text.encode()
        verified: list[NoteSignature] = []
        for line in self.signatures:
            by = known.get((line.name, line.key_id))
            if by is None:
                continue
            if not by.verify(text, line.signature):
                raise Corrupt(f"note: the signature of {line.name} does not verify")
            verified.append(line)
        if not verified:
            names = ", ".join(sorted(by.key.name for by in verifiers)) or "nobody"
            raise Corrupt(f"note: not signed by any key we know ({names})")
        return tuple(verified)


def sign_note(text: str, *signers: Signer) -> Note:
    """Sign a text with each key, in order."""
    body = encode_utf8(text)
    return Note(
        text,
        tuple(
            NoteSignature(by.key.name, by.key.key_id, by.sign(body)) for by in signers
        ),
    )


def read_key_body(body: str, what: str) -> tuple[SignatureKind, bytes]:
    """Read the last part of a written key: its kind and the key itself."""
    raw = decode_base64(body, what)
    try:
        return SignatureKind(raw[0]), raw[1:]
    except ValueError:
        raise BadInput(f"{what}: unsupported kind of signature {raw[0]}") from None


def encode_base64(raw: bytes) -> str:
    """Write standard base64 (RFC 4648 section 4)."""
    return b64encode(raw).decode("ascii")


def decode_base64(text: str, what: str) -> bytes:
    """Read standard base64 in its one canonical spelling; `what` names it in errors."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if not raw or encode_base64(raw) != text:
        raise BadInput(f"{what}: not base64: {shown(text)}")
    return raw


def _decode_utf8(raw: str | bytes) -> str:
    body = encode_utf8(raw) if isinstance(raw, str) else raw
    if len(body) > MOST_NOTE_BYTES:
        raise BadInput(f"note: {len(body)} bytes are more than {MOST_NOTE_BYTES}")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"note: not UTF-8 at byte {error.start}") from None


def encode_utf8(text: str) -> bytes:
    """Bytes of a text; refuses half characters, which Python can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"note: not UTF-8 at character {error.start}") from None


def require_plain(line: str, what: str) -> None:
    """Refuse control characters (a newline among them) and broken Unicode."""
    if any(character < _FIRST_PRINTABLE for character in line):
        raise BadInput(f"{what}: a control character in {shown(line)}")
    encode_utf8(line)


def _require_key_name(name: str) -> None:
    require_plain(name, "key name")
    if not name or "+" in name or any(character.isspace() for character in name):
        raise BadInput(f"key name: empty, or with a space or plus: {shown(name)}")


def shown(text: str) -> str:
    """Quote the start of foreign text for an error message, safely."""
    cut = text[:_SHOWN_CHARACTERS]
    return ascii(cut) + ("..." if cut != text else "")
