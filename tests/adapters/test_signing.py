"""Key files and the witness that remembers."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gengfu.adapters.signing import (
    Ed25519Verifier,
    FileWitness,
    SigningKey,
    load_or_create,
)
from gengfu.kernel.checkpoints import Checkpoint, WitnessRequest, open_checkpoint
from gengfu.kernel.errors import BadInput, Corrupt, NotFound, Refused, Stale
from gengfu.kernel.merkle import leaf_hash
from gengfu.kernel.notes import SignatureKind, sign_note
from gengfu.kernel.tiles import Tree

# The example pair published with the Go note package: a secret known to all.
SECRET = (
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
)
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
ORIGIN = "gengfu.test/ledger"
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]
LOG = SigningKey.from_seed(ORIGIN, SignatureKind.ED25519, b"l" * 32)


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_published_key_file_signs_as_published(tmp_path: Path):
    key = SigningKey.load(written(tmp_path / "key", SECRET))
    assert str(key.key) == PUBLIC
    text = NOTE.split("\n\n", maxsplit=1)[0] + "\n"
    assert str(sign_note(text, key)) == NOTE
    key.save(tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == SECRET


@pytest.mark.parametrize("kind", list(SignatureKind))
def test_a_key_is_kept_for_its_owner_alone(tmp_path: Path, kind: SignatureKind):
    path = tmp_path / "keys" / "ledger.key"
    old_mask = os.umask(0)
    try:
        made = load_or_create(path, "gengfu.test/ledger", kind)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["ledger.key"]
    again = load_or_create(path, "gengfu.test/ledger", kind)
    assert again == made
    secret = path.read_text().strip().split("+", 4)[-1]
    assert len(secret) > 32
    assert secret not in repr(made)


def test_a_key_is_never_overwritten(tmp_path: Path):
    path = written(tmp_path / "key", SECRET)
    with pytest.raises(Refused, match="there is one already"):
        SigningKey.generate("another", SignatureKind.ED25519).save(path)
    assert path.read_text() == SECRET
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    path = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(
            pool.map(
                lambda _: str(
                    load_or_create(path, "gengfu.test", SignatureKind.ED25519).key
                ),
                range(16),
            )
        )
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_key_of_another_name_or_kind_is_not_used(tmp_path: Path):
    path = written(tmp_path / "key", SECRET)
    with pytest.raises(BadInput, match="holds a key of PeterNeumann"):
        load_or_create(path, "gengfu.test", SignatureKind.ED25519)
    with pytest.raises(BadInput, match=r"not of PeterNeumann \(COSIGNATURE_V1\)"):
        load_or_create(path, "PeterNeumann", SignatureKind.COSIGNATURE_V1)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int):
    with pytest.raises(BadInput, match="chmod 600"):
        SigningKey.load(written(tmp_path / "key", SECRET, mode))


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC,
        SECRET.replace("PRIVATE+", ""),
        SECRET.replace("c74f20a3", "c74f20a4"),
        SECRET.replace("PeterNeumann", "JohnNeumann"),
        SECRET.replace("+AYEK", "+CYEK"),
        SECRET.replace("HKDFz", "HKDF"),
        SECRET.replace("HKDFz", "H"),
        SECRET + "\n",
        SECRET * 2,
        "更夫",
        "x" * 10_000,
    ],
)
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str):
    with pytest.raises(BadInput, match="not a signing key") as caught:
        SigningKey.load(written(tmp_path / "key", text))
    assert "YEKFALVFGyNhPJ" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_no_key_file_is_said_so(tmp_path: Path):
    with pytest.raises(NotFound, match="there is none"):
        SigningKey.load(tmp_path / "key")


def test_a_key_makes_only_its_own_kind_of_signature():
    witness = SigningKey.generate("audit.test", SignatureKind.COSIGNATURE_V1)
    with pytest.raises(BadInput, match="makes COSIGNATURE_V1 signatures"):
        sign_note("text\n", witness)
    with pytest.raises(BadInput, match="makes ED25519 signatures"):
        LOG.cosign(b"text\n", NOON)
    with pytest.raises(BadInput, match="not 32 bytes"):
        SigningKey.from_seed("a", SignatureKind.ED25519, b"short")


def test_a_public_key_verifies_nothing_else():
    verifier = Ed25519Verifier(LOG.key)
    signature = LOG.sign(b"text\n")
    assert verifier.verify(b"text\n", signature)
    assert not verifier.verify(b"texT\n", signature)
    assert not verifier.verify(b"text\n", signature[:-1])
    assert not verifier.verify(b"text\n", b"")


@pytest.fixture
def witness(tmp_path: Path) -> FileWitness:
    key = SigningKey.from_seed("audit.test", SignatureKind.COSIGNATURE_V1, b"w" * 32)
    return FileWitness(tmp_path / "seen", key, {ORIGIN: LOG.verifier})


def request(old: int, size: int, by: SigningKey = LOG) -> WitnessRequest:
    tree = Tree.over(LEAVES[:size])
    proof = tree.prove_consistency(old) if old else ()
    note = sign_note(str(Checkpoint(ORIGIN, size, tree.root())), by)
    return WitnessRequest(old, proof, note)


def test_a_witness_follows_a_log_across_restarts(witness: FileWitness):
    assert witness.last(ORIGIN) is None
    for old, size in ((0, 3), (3, 9), (9, 9), (9, 40)):
        again = FileWitness(witness.folder, witness.key, witness.logs)
        asked = request(old, size)
        line = again.add_checkpoint(asked, NOON)
        opened = open_checkpoint(
            asked.note.cosigned(line), LOG.verifier, [witness.key.verifier], quorum=1
        )
        assert witness.last(ORIGIN) == opened.checkpoint


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (lambda: request(0, 9), Stale),
        (lambda: request(3, 9), Stale),
        (lambda: WitnessRequest(5, (), request(0, 9).note), Corrupt),
        (lambda: request(5, 9, SigningKey.generate(ORIGIN, LOG.key.kind)), Corrupt),
    ],
)
def test_a_refused_checkpoint_is_not_remembered(
    witness: FileWitness, asked: Callable[[], WitnessRequest], error: type[Exception]
):
    witness.add_checkpoint(request(0, 5), NOON)
    files = {file: file.read_bytes() for file in witness.folder.iterdir()}
    with pytest.raises(error):
        witness.add_checkpoint(asked(), NOON)
    assert {file: file.read_bytes() for file in witness.folder.iterdir()} == files


def test_a_log_that_shows_two_histories_gets_one_of_them_cosigned(
    witness: FileWitness,
):
    """Many at once, all from size 0, on different trees of different logs' making."""
    requests: list[WitnessRequest] = []
    for number in range(12):
        tree = Tree.over([leaf_hash(b"%d" % number), *LEAVES[: number + 1]])
        text = str(Checkpoint(ORIGIN, tree.size, tree.root()))
        requests.append(WitnessRequest(0, (), sign_note(text, LOG)))

    def try_one(asked: WitnessRequest) -> bool:
        try:
            witness.add_checkpoint(asked, NOON)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_one, requests)) == 1


def test_an_unknown_log_is_not_found(witness: FileWitness):
    note = sign_note(str(Checkpoint("other", 1, LEAVES[0])), LOG)
    with pytest.raises(NotFound, match="does not know the log 'other'"):
        witness.add_checkpoint(WitnessRequest(0, (), note), NOON)
    assert not witness.folder.exists()


def test_a_tampered_memory_is_noticed(witness: FileWitness):
    witness.add_checkpoint(request(0, 5), NOON)
    (path,) = witness.folder.glob("*.checkpoint")
    path.write_text(path.read_text().replace("\n5\n", "\n3\n"))
    with pytest.raises(Corrupt, match="does not verify"):
        witness.add_checkpoint(request(3, 9), NOON)
