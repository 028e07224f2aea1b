"""Ed25519 keys for the ledger: key files, signers, verifiers, and a witness.

Key files hold one line in the form that the Go note tools use for signing keys
(`PRIVATE+KEY+name+id+base64`), so that a key can be used and checked with either.
"""

import fcntl
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from gengfu.kernel.checkpoints import (
    Checkpoint,
    WitnessRequest,
    cosign_checkpoint,
    cosigned_message,
    open_checkpoint,
    pack_cosignature,
    posix_seconds,
    split_cosignature,
)
from gengfu.kernel.errors import BadInput, NotFound, Refused, Unavailable
from gengfu.kernel.notes import (
    NoteSignature,
    SignatureKind,
    Verifier,
    VerifierKey,
    encode_base64,
    read_key_body,
)

_PREFIX = "PRIVATE+KEY+"
_MOST_KEY_FILE_BYTES = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Checks signatures of one key, of either kind."""

    key: VerifierKey
    _public: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        public = Ed25519PublicKey.from_public_bytes(self.key.public_key)
        object.__setattr__(self, "_public", public)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Make the verifier for a key as published (`name+id+base64`)."""
        return cls(VerifierKey.parse(text))

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key signed (or cosigned) the text."""
        message = text
        try:
            if self.key.kind is SignatureKind.COSIGNATURE_V1:
                at_s, signature = split_cosignature(signature)
                message = cosigned_message(text, at_s)
            self._public.verify(signature, message)
        except (BadInput, InvalidSignature):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half; never shown by `repr`."""

    key: VerifierKey
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, name: str, kind: SignatureKind, seed: bytes) -> Self:
        """Key of 32 secret bytes."""
        try:
            private = Ed25519PrivateKey.from_private_bytes(seed)
        except ValueError:
            raise BadInput(f"signing key {name}: not 32 bytes") from None
        public = private.public_key().public_bytes_raw()
        return cls(VerifierKey(name, kind, public), private)

    @classmethod
    def generate(cls, name: str, kind: SignatureKind) -> Self:
        """Fresh key from the system's randomness."""
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls.from_seed(name, kind, seed)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file.

        Raises:
            NotFound: there is none.
            BadInput: it is not a key, or others than its owner may open it.

        """
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                raw = file.read(_MOST_KEY_FILE_BYTES)
        except FileNotFoundError:
            raise NotFound(f"key file {path}: there is none") from None
        except OSError as error:
            raise Unavailable(f"key file {path}: {error.strerror}") from error
        if mode & _OTHERS:
            raise BadInput(f"key file {path}: open to others; run chmod 600 on it")
        try:
            return cls._parse(raw.decode("ascii").removesuffix("\n"))
        except (BadInput, UnicodeDecodeError):
            # The reason could quote the secret, so it is not passed on.
            raise BadInput(f"key file {path}: not a signing key") from None

    @classmethod
    def _parse(cls, text: str) -> Self:
        match text.removeprefix(_PREFIX).split("+", 2):
            case [name, key_id, body] if text.startswith(_PREFIX):
                kind, seed = read_key_body(body, "signing key")
            case _:
                raise BadInput("signing key: not PRIVATE+KEY+name+id+key")
        made = cls.from_seed(name, kind, seed)
        if key_id != f"{made.key.key_id:08x}":
            raise BadInput("signing key: its id is another key's")
        return made

    def save(self, path: Path) -> None:
        """Write a key file that only its owner can open; never over another one.

        Raises:
            Refused: there is a file already.

        """
        secret = bytes([self.key.kind]) + self._private.private_bytes_raw()
        name, key_id = self.key.name, self.key.key_id
        line = f"{_PREFIX}{name}+{key_id:08x}+{encode_base64(secret)}\n"
        with _written_aside(path, line.encode()) as aside:
            try:
                path.hardlink_to(aside)  # unlike a rename, this cannot replace a key
            except FileExistsError:
                raise Refused(f"key file {path}: there is one already") from None
            except OSError as error:
                raise Unavailable(f"key file {path}: {error.strerror}") from error

    @property
    def verifier(self) -> Ed25519Verifier:
        """Verifier for this key's signatures."""
        return Ed25519Verifier(self.key)

    def sign(self, text: bytes) -> bytes:
        """Sign a note's text (`Signer`)."""
        self._require(SignatureKind.ED25519)
        return self._private.sign(text)

    def cosign(self, text: bytes, at: datetime) -> bytes:
        """Cosign a checkpoint's text as seen at a time (`Cosigner`)."""
        self._require(SignatureKind.COSIGNATURE_V1)
        at_s = posix_seconds(at)
        return pack_cosignature(at_s, self._private.sign(cosigned_message(text, at_s)))

    def _require(self, kind: SignatureKind) -> None:
        if self.key.kind is not kind:
            raise BadInput(f"key {self.key.name} makes {self.key.kind.name} signatures")


def load_or_create(path: Path, name: str, kind: SignatureKind) -> SigningKey:
    """Key at `path`, made on the first run.

    Raises:
        BadInput: the key there has another name or kind.

    """
    try:
        found = SigningKey.load(path)
    except NotFound:
        fresh = SigningKey.generate(name, kind)
        with suppress(Refused):  # another process was first: its key is the key
            fresh.save(path)
        found = SigningKey.load(path)
    if (found.key.name, found.key.kind) != (name, kind):
        raise BadInput(
            f"key file {path}: holds a key of {found.key.name} ({found.key.kind.name}),"
            f" not of {name} ({kind.name})"
        )
    return found


@dataclass(frozen=True, slots=True)
class FileWitness:
    """A witness that remembers, in a folder, the last checkpoint of each log.

    Safe with several processes on one folder. The checkpoint is on disk before its
    cosignature is handed out, so a crash can only make the witness forget that it
    answered, never what it saw.
    """

    folder: Path
    key: SigningKey
    logs: Mapping[str, Verifier]
    """Known logs by origin."""

    def last(self, origin: str) -> Checkpoint | None:
        """Last checkpoint cosigned for a log, its signature checked again."""
        try:
            raw = self._path(origin).read_bytes()
        except FileNotFoundError:
            return None
        return open_checkpoint(raw, self._log(origin), origin=origin).checkpoint

    def add_checkpoint(self, request: WitnessRequest, at: datetime) -> NoteSignature:
        """Check a checkpoint against the last one seen, remember it, cosign it.

        Raises:
            NotFound: the log is not known.
            Stale: the request does not start at the last checkpoint seen.
            Corrupt: the log did not sign it, or it rewrites what was seen.

        """
        origin = Checkpoint.parse(request.note.text).origin
        log = self._log(origin)
        with self._locked():
            cosignature = cosign_checkpoint(
                request,
                log=log,
                last=self.last(origin),
                by=self.key,
                at=at,
                origin=origin,
            )
            path = self._path(origin)
            with _written_aside(path, str(request.note).encode()) as aside:
                aside.replace(path)
        return cosignature

    def _log(self, origin: str) -> Verifier:
        try:
            return self.logs[origin]
        except KeyError:
            raise NotFound(f"witness: does not know the log {origin!a}") from None

    def _path(self, origin: str) -> Path:
        return self.folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    @contextmanager
    def _locked(self) -> Generator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _written_aside(path: Path, body: bytes) -> Generator[Path]:
    """Write a private file beside `path` to disk; what is in the block moves it in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        yield aside
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
