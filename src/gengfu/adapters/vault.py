"""Personal facts under one AES-256-GCM key per subject, each wrapped by a master key.

The store keeps a subject's key only wrapped; the master key lives outside it, in a
file that nobody but its owner may read. Destroying the wrapped key makes every token
of that subject unreadable for ever, while entries and proofs stay as they are.

Token and wrapped key say which key made them. So a token from before an erasure is
told from a forged one, and a store opened with the wrong master key says so.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gengfu.kernel import BadInput, Corrupt, Entropy, Reader, Transaction, Unavailable

from .clock import system_entropy

KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 8
_VERSION = b"\x01"
_TAG_BYTES = 16
_WRAPPED_BYTES = 1 + 2 * _NAME_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_LEAST_TOKEN_BYTES = 1 + _NAME_BYTES + _NONCE_BYTES + _TAG_BYTES


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps all others: 32 bytes that never enter the store."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise BadInput(
                f"a master key has {KEY_BYTES} bytes, not {len(self.secret)}"
            )

    @property
    def name(self) -> bytes:
        """What tells this key from another without revealing it."""
        return hashlib.sha256(b"gengfu master key\x00" + self.secret).digest()[
            :_NAME_BYTES
        ]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a key written as 64 hexadecimal digits, as in an environment variable.

        Raises:
            BadInput: it is not.

        """
        try:
            return cls(bytes.fromhex(text.strip()))
        except ValueError:
            raise BadInput("a master key is written as 64 hexadecimal digits") from None

    @classmethod
    def from_file(cls, path: Path, entropy: Entropy = system_entropy) -> Self:
        """Read the key kept in a file, or make the file with a fresh key.

        Raises:
            Unavailable: the file cannot be read or made, or others may read it.
            BadInput: it holds something else.

        """
        if path.exists():
            return cls._read(path)
        # Written whole under another name first: no reader ever meets half a key, and
        # of two processes that start at once one wins and both read its key.
        fresh = path.with_name(f".{path.name}.{system_entropy(_NAME_BYTES).hex()}")
        try:
            made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w", encoding="ascii") as file:
                file.write(entropy(KEY_BYTES).hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error
        finally:
            fresh.unlink(missing_ok=True)
        return cls._read(path)

    @classmethod
    def _read(cls, path: Path) -> Self:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            text = path.read_text("ascii", errors="replace")
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Unavailable(f"{path}: others may read this key (mode {mode:o})")
        try:
            return cls.from_text(text)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from None


@dataclass(frozen=True, slots=True)
class SealingVault:
    """The kernel's Vault port."""

    master: MasterKey
    entropy: Entropy = system_entropy

    def seal(self, tx: Transaction, subject: str, words: str) -> str:
        """Encrypt words under the subject's key, made when there is none yet.

        Raises:
            Unavailable: the subject's key was wrapped by another master key.
            BadInput: the words are no text that can be written.

        """
        wrapped = tx.subject_key(subject)
        if wrapped is None:
            name, key = self.entropy(_NAME_BYTES), self.entropy(KEY_BYTES)
            tx.put_subject_key(subject, self._wrap(subject, name, key))
        else:
            name, key = self._unwrap(subject, wrapped)
        try:
            plain = words.encode()
        except UnicodeEncodeError:
            raise BadInput("these words hold half a character") from None
        nonce = self.entropy(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, plain, _bound_to(subject, name))
        return base64.urlsafe_b64encode(_VERSION + name + nonce + sealed).decode()

    def reveal(self, reader: Reader, subject: str, token: str) -> str | None:
        """Return the words of a token, or None once its key is destroyed.

        Raises:
            Corrupt: the token is not one that was made for this subject.
            Unavailable: the subject's key was wrapped by another master key.

        """
        raw = _token_bytes(token)
        wrapped = reader.subject_key(subject)
        if wrapped is None:
            return None
        name, key = self._unwrap(subject, wrapped)
        made_by, rest = raw[1 : 1 + _NAME_BYTES], raw[1 + _NAME_BYTES :]
        if made_by != name:
            return None  # made under a key that was destroyed before this one
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, sealed, _bound_to(subject, name)).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise Corrupt(f"a sealed fact of {subject} was altered") from None

    def lock(self, secret: bytes, name: str, plain: bytes) -> bytes:
        """Encrypt bytes under a secret made for them alone and sealed elsewhere."""
        nonce = self.entropy(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(secret).encrypt(nonce, plain, name.encode())

    def unlock(self, secret: bytes, name: str, locked: bytes) -> bytes:
        """Return what was locked under this name.

        Raises:
            Corrupt: it was altered, or locked under another secret or name.

        """
        nonce, sealed = locked[1 : 1 + _NONCE_BYTES], locked[1 + _NONCE_BYTES :]
        try:
            if locked[:1] == _VERSION and len(sealed) >= _TAG_BYTES:
                return AESGCM(secret).decrypt(nonce, sealed, name.encode())
        except InvalidTag:
            pass
        raise Corrupt(f"the locked bytes of {name} were altered")

    def _wrap(self, subject: str, name: bytes, key: bytes) -> bytes:
        nonce = self.entropy(_NONCE_BYTES)
        head = _VERSION + self.master.name + name
        wrapped = AESGCM(self.master.secret).encrypt(
            nonce, key, _bound_to(subject, head)
        )
        return head + nonce + wrapped

    def _unwrap(self, subject: str, stored: bytes) -> tuple[bytes, bytes]:
        if len(stored) != _WRAPPED_BYTES or stored[:1] != _VERSION:
            raise Corrupt(f"the key of {subject} is damaged")
        head, rest = stored[: 1 + 2 * _NAME_BYTES], stored[1 + 2 * _NAME_BYTES :]
        wrapped_by, name = head[1 : 1 + _NAME_BYTES], head[1 + _NAME_BYTES :]
        if wrapped_by != self.master.name:
            raise Unavailable(
                f"the key of {subject} is under master key {wrapped_by.hex()};"
                f" this is {self.master.name.hex()}"
            )
        nonce, wrapped = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            key = AESGCM(self.master.secret).decrypt(
                nonce, wrapped, _bound_to(subject, head)
            )
        except InvalidTag:
            raise Corrupt(f"the key of {subject} was altered") from None
        return name, key


def _token_bytes(token: str) -> bytes:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Corrupt("this is no sealed fact") from None
    if len(raw) < _LEAST_TOKEN_BYTES or raw[:1] != _VERSION:
        raise Corrupt("this is no sealed fact")
    return raw


def _bound_to(subject: str, name: bytes) -> bytes:
    """Bind a ciphertext to its subject and key, so that neither can be swapped."""
    return name + subject.encode("utf-8", "surrogatepass")
