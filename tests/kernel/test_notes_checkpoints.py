"""Checkpoints, cosignatures and what a witness agrees to."""

import json
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.signing import Ed25519Verifier, SigningKey
from gengfu.kernel.checkpoints import (
    Checkpoint,
    Sighting,
    WitnessRequest,
    cosign_checkpoint,
    cosigned_message,
    open_checkpoint,
    posix_seconds,
    split_cosignature,
)
from gengfu.kernel.errors import BadInput, Corrupt, Stale
from gengfu.kernel.merkle import EMPTY_ROOT, MOST_ENTRIES, leaf_hash
from gengfu.kernel.notes import Note, NoteSignature, SignatureKind, sign_note
from gengfu.kernel.tiles import Tree

# The example of the published format.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)
ORIGIN = "gengfu.test/ledger"
LOG = SigningKey.from_seed(ORIGIN, SignatureKind.ED25519, b"l" * 32)
WITNESS = SigningKey.from_seed("audit.test", SignatureKind.COSIGNATURE_V1, b"w" * 32)
SECOND = SigningKey.from_seed("court.test", SignatureKind.COSIGNATURE_V1, b"c" * 32)
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def checkpoint(size: int, leaves: Sequence[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, Tree.over(leaves[:size]).root())


def signed(size: int, leaves: Sequence[bytes] = LEAVES) -> Note:
    return sign_note(str(checkpoint(size, leaves)), LOG)


def request(old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> WitnessRequest:
    proof = Tree.over(leaves[:size]).prove_consistency(old) if old else ()
    return WitnessRequest(old, proof, signed(size, leaves))


def cosign(
    asked: WitnessRequest, last: Checkpoint | None, by: SigningKey = WITNESS
) -> NoteSignature:
    return cosign_checkpoint(asked, log=LOG.verifier, last=last, by=by, at=NOON)


def test_the_published_checkpoint_reads_and_writes_back():
    read = Checkpoint.parse(EXAMPLE)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert read.root.hex().startswith("0ac5186a91863e8e")
    assert read.extensions == ()
    assert str(read) == EXAMPLE
    more = Checkpoint.parse(EXAMPLE + "one more\nand another\n")
    assert more.extensions == ("one more", "and another")
    assert str(more) == EXAMPLE + "one more\nand another\n"


def test_reference_checkpoint(shared: Path):
    text = json.loads(
        (shared / "reference/ledger/rfc6962_basics_c2sp.json").read_text()
    )["checkpoint"]
    note = Note.parse(text)
    assert str(note) == text
    assert str(Checkpoint.parse(note.text)) == note.text == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "origin\n5\n",
        EXAMPLE.removesuffix("\n"),
        EXAMPLE + "\n",
        EXAMPLE + "\nafter a blank\n",
        EXAMPLE.replace("example.com/behind-the-sofa", ""),
        EXAMPLE.replace("20852163", ""),
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", "+1"),
        EXAMPLE.replace("20852163", "1_000"),
        EXAMPLE.replace("20852163", "1 "),
        EXAMPLE.replace("20852163", "٣"),
        EXAMPLE.replace("20852163", "18446744073709551617"),
        EXAMPLE.replace("20852163", "9" * 5000),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE.replace("q2I=", "q2I"),
        EXAMPLE.replace("CsUY", ""),
        EXAMPLE.replace("CsUY", "CsUYCsUY"),
        EXAMPLE + "tab\there\n",
    ],
)
def test_unreadable_checkpoints_are_refused(text: str):
    with pytest.raises(BadInput):
        Checkpoint.parse(text)


@given(
    st.integers(0, MOST_ENTRIES),
    st.binary(min_size=32, max_size=32),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1),
)
def test_a_checkpoint_reads_back(size: int, root: bytes, origin: str):
    made = Checkpoint(origin, size, root, (origin,))
    assert Checkpoint.parse(str(made)) == made


def test_the_log_must_have_signed():
    opened = open_checkpoint(str(signed(9)), LOG.verifier)
    assert opened.checkpoint == checkpoint(9)
    assert opened.sightings == ()
    stranger = SigningKey.from_seed(ORIGIN, SignatureKind.ED25519, b"x" * 32)
    with pytest.raises(Corrupt, match="not signed by"):
        open_checkpoint(signed(9), stranger.verifier)
    with pytest.raises(Corrupt, match=f"of '{ORIGIN}', not another"):
        open_checkpoint(signed(9), LOG.verifier, origin="another")


def test_a_witness_alone_does_not_make_a_checkpoint():
    only = Note(signed(9).text, (cosign(request(0, 9), None),))
    with pytest.raises(Corrupt, match=f"not signed by its log, {ORIGIN}"):
        open_checkpoint(only, LOG.verifier, [WITNESS.verifier])


@pytest.mark.parametrize("other", [0, 8, 10, 90])
def test_another_size_or_root_under_the_signature_fails(other: int):
    altered = Checkpoint(ORIGIN, other, checkpoint(9).root)
    with pytest.raises(Corrupt, match="does not verify"):
        open_checkpoint(Note(str(altered), signed(9).signatures), LOG.verifier)


def test_enough_witnesses_must_have_signed():
    both = [WITNESS.verifier, SECOND.verifier]
    one = signed(9).cosigned(cosign(request(0, 9), None))
    opened = open_checkpoint(str(one), LOG.verifier, both, quorum=1)
    assert opened.sightings == (Sighting("audit.test", int(NOON.timestamp())),)
    later = NoteSignature(
        "audit.test",
        WITNESS.key.key_id,
        WITNESS.cosign(one.text.encode(), NOON + timedelta(hours=1)),
    )
    with pytest.raises(Corrupt, match="1 of 2 witnesses"):
        open_checkpoint(one.cosigned(later), LOG.verifier, both, quorum=2)
    two = one.cosigned(cosign(request(0, 9), None, SECOND))
    assert len(open_checkpoint(two, LOG.verifier, both, quorum=2).sightings) == 2
    with pytest.raises(BadInput, match="not the key of a witness"):
        open_checkpoint(two, LOG.verifier, [LOG.verifier])


def test_a_cosignature_is_the_published_layout():
    """Built here from the format's words, with the library alone."""
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    message = b"cosignature/v1\ntime 1679315147\n" + EXAMPLE.encode()
    packed = (1679315147).to_bytes(8, "big") + private.sign(message)
    assert cosigned_message(EXAMPLE.encode(), 1679315147) == message
    at = datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
    assert WITNESS.cosign(EXAMPLE.encode(), at) == packed
    assert WITNESS.verifier.verify(EXAMPLE.encode(), packed)
    assert split_cosignature(packed) == (1679315147, packed[8:])
    later = (1679315148).to_bytes(8, "big") + packed[8:]
    assert not WITNESS.verifier.verify(EXAMPLE.encode(), later)


def test_times_of_published_cosignatures():
    """Two published lines: one of a format's example, one of its test data."""
    example = NoteSignature.parse(
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXE"
        "hZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    assert split_cosignature(example.signature)[0] == 1679315147
    packed = b64decode(
        "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWW"
        "OworDcFiEBYJXORmnFBOBA=="
    )
    assert split_cosignature(packed[4:])[0] == 1727964367


@pytest.mark.parametrize("size", [0, 8, 71, 73])
def test_a_cosignature_of_another_length_is_refused(size: int):
    with pytest.raises(BadInput, match=f"{size} bytes"):
        split_cosignature(b"\0" * size)
    assert not WITNESS.verifier.verify(b"text\n", b"\0" * size)


def test_times_must_be_ones_a_cosignature_can_hold():
    with pytest.raises(BadInput, match="out of range"):
        split_cosignature(b"\xff" * 72)
    with pytest.raises(BadInput, match="without a zone"):
        posix_seconds(NOON.replace(tzinfo=None))
    with pytest.raises(BadInput, match="before 1970"):
        posix_seconds(datetime(1969, 12, 31, tzinfo=UTC))
    beijing = timezone(timedelta(hours=8))
    assert posix_seconds(datetime(1970, 1, 1, 8, 0, 1, 999, tzinfo=beijing)) == 1


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 9), (5, 9), (9, 9), (8, 40)])
def test_a_witness_cosigns_what_only_adds(old: int, size: int):
    cosignature = cosign(request(old, size), checkpoint(old) if old else None)
    opened = open_checkpoint(
        signed(size).cosigned(cosignature), LOG.verifier, [WITNESS.verifier], quorum=1
    )
    assert opened.checkpoint.size == size


def test_a_witness_refuses_rewritten_history():
    """One early entry is altered and the whole tree rebuilt and signed again."""
    rewritten = [*LEAVES[:2], leaf_hash(b"altered"), *LEAVES[3:]]
    for old, size in ((5, 9), (8, 40), (9, 9)):
        with pytest.raises(Corrupt, match="consistency proof"):
            cosign(request(old, size, rewritten), checkpoint(old))
    # The prefix before the altered entry is the same, and so is consistent.
    assert cosign(request(2, 9, rewritten), checkpoint(2)).name == "audit.test"


def test_a_witness_refuses_a_proof_that_is_not_one():
    good = request(5, 9)
    for proof in (good.proof[:-1], (*good.proof, LEAVES[0]), (b"short",), ()):
        with pytest.raises(Corrupt, match=r"consistency proof|proof 0"):
            cosign(WitnessRequest(5, proof, good.note), checkpoint(5))
    with pytest.raises(Corrupt, match="size 0"):
        cosign(WitnessRequest(0, good.proof, good.note), None)
    empty = sign_note(str(Checkpoint(ORIGIN, 0, LEAVES[0])), LOG)
    with pytest.raises(Corrupt, match="empty tree"):
        cosign(WitnessRequest(0, (), empty), None)


def test_a_witness_says_where_it_stands():
    for old, size in ((0, 9), (4, 9), (6, 9), (0, 3)):
        with pytest.raises(Stale, match=f"last saw {ORIGIN} at size 5"):
            cosign(request(old, size), checkpoint(5))
    with pytest.raises(Stale, match="at size 5"):
        cosign(WitnessRequest(5, (), signed(3)), checkpoint(5))
    with pytest.raises(Stale, match="at size 0"):
        cosign(request(5, 9), None)
    start = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert cosign(request(0, 9), start).name == "audit.test"


def test_a_witness_refuses_what_the_log_did_not_sign():
    forged = sign_note(str(checkpoint(9)), SigningKey.generate(ORIGIN, LOG.key.kind))
    with pytest.raises(Corrupt, match="not signed by"):
        cosign(WitnessRequest(0, (), forged), None)


@pytest.mark.parametrize(("old", "size"), [(0, 9), (5, 9), (8, 40), (9, 9)])
def test_a_request_reads_back(old: int, size: int):
    made = request(old, size)
    assert WitnessRequest.parse(str(made).encode()) == made
    assert str(made).startswith(f"old {old}\n")


NOTE = str(signed(9)).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 5\n" + NOTE,
        b"old 05\n\n" + NOTE,
        b"old -5\n\n" + NOTE,
        b"5\n\n" + NOTE,
        b"old 5\nnot base64\n\n" + NOTE,
        b"old 5\r\n\r\n" + NOTE,
        b"old \xff\n\n" + NOTE,
        b"old 18446744073709551617\n\n" + NOTE,
        b"old 5\n" + b"AAAA\n" * 64 + b"\n" + NOTE,
        b"old 5\n\n",
        b"x" * 3_000_000,
    ],
)
def test_unreadable_requests_are_refused(raw: bytes):
    with pytest.raises(BadInput):
        WitnessRequest.parse(raw)


def test_a_verifier_of_the_wrong_kind_does_not_pass_a_cosignature():
    """The same secret under both kinds: neither signature passes for the other."""
    plain = SigningKey.from_seed("audit.test", SignatureKind.ED25519, b"w" * 32)
    text = signed(9).text.encode()
    assert plain.key.key_id != WITNESS.key.key_id
    assert not Ed25519Verifier(plain.key).verify(text, WITNESS.cosign(text, NOON))
    assert not WITNESS.verifier.verify(text, plain.sign(text))
