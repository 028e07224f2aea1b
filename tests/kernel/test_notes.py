"""Signed notes and verifier keys: published examples, and strict reading."""

import json
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.signing import Ed25519Verifier, SigningKey
from gengfu.kernel.errors import BadInput, Corrupt
from gengfu.kernel.notes import (
    MOST_NOTE_BYTES,
    MOST_SIGNATURES,
    Note,
    NoteSignature,
    SignatureKind,
    VerifierKey,
    sign_note,
)

# Examples published with the format and with the first implementation of it.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6"
    "TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
NEUMANN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
    "qfqdngotpRZb6KE6RyyBwJnAM=\n"
)
COSIGNER_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

SIGNER = SigningKey.from_seed("gengfu.test/log", SignatureKind.ED25519, b"s" * 32)
OTHER = SigningKey.from_seed("gengfu.test/other", SignatureKind.ED25519, b"o" * 32)


@pytest.mark.parametrize(
    ("key", "text"), [(EXAMPLE_KEY, EXAMPLE_NOTE), (NEUMANN_KEY, NEUMANN_NOTE)]
)
def test_published_notes_verify_and_write_back(key: str, text: str):
    note = Note.parse(text.encode())
    (verified,) = note.verify([Ed25519Verifier.parse(key)])
    assert str(note) == text
    assert str(VerifierKey.parse(key)) == key
    assert verified.is_by(VerifierKey.parse(key))
    assert note.text == text.split("\n\n", maxsplit=1)[0] + "\n"


def test_reference_note(shared: Path):
    case = json.loads(
        (shared / "reference/ledger/rfc6962_basics_c2sp.json").read_text()
    )["signed_note"]
    note = Note.parse(case["note"])
    assert note.verify([Ed25519Verifier.parse(case["vkey"])]) == note.signatures
    assert str(note) == case["note"]


def test_a_published_cosigner_key_reads_as_one():
    key = VerifierKey.parse(COSIGNER_KEY)
    assert (key.name, key.kind) == ("remora.n621.de", SignatureKind.COSIGNATURE_V1)
    assert key.key_id == 0xDA77ADE7
    assert str(key) == COSIGNER_KEY


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not name"),
        ("example.com/foo", "not name"),
        ("example.com/foo+530d903a", "not name"),
        (EXAMPLE_KEY.replace("530d903a", "530D903A"), "not name"),
        (EXAMPLE_KEY.replace("530d903a", "30d903a"), "not name"),
        (EXAMPLE_KEY.replace("530d903a", "530d903b"), "states id"),
        (EXAMPLE_KEY.replace("foo", "bar"), "states id"),
        (EXAMPLE_KEY.replace("foo", "f oo"), "space"),
        ("+530d903a+" + EXAMPLE_KEY.split("+", 2)[2], "empty"),
        (EXAMPLE_KEY + "\n", "not base64"),
        (EXAMPLE_KEY[:-1], "not base64"),
        (EXAMPLE_KEY[:-4], "31 bytes|30 bytes|29 bytes"),
        ("example.com/foo+530d903a+AwEB", "unsupported kind of signature 3"),
        ("example.com/foo+530d903a+THIS_IS_NOT_BASE64!", "not base64"),
        ("example.com/foo+530d903a+", "not base64"),
    ],
)
def test_unreadable_verifier_keys_are_refused(text: str, complaint: str):
    with pytest.raises(BadInput, match=complaint):
        VerifierKey.parse(text)


def test_text_may_hold_blank_lines_and_any_language():
    text = "更夫\n\n三更，平安。\n\n"
    note = sign_note(text, SIGNER)
    again = Note.parse(str(note).encode())
    assert again == note
    assert again.text == text
    assert again.verify([SIGNER.verifier]) == note.signatures


@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])), min_size=1
    )
)
def test_any_plain_text_is_signed_and_read_back(lines: list[str]):
    note = sign_note("\n".join(lines) + "\n", SIGNER, OTHER)
    again = Note.parse(str(note).encode())
    assert again == note
    both = again.verify([OTHER.verifier, SIGNER.verifier])
    assert [line.name for line in both] == [SIGNER.key.name, OTHER.key.name]


@given(st.data())
def test_no_altered_byte_goes_unnoticed(data: st.DataObject):
    """Whatever bit changes, the note is unreadable or does not verify."""
    raw = bytearray(EXAMPLE_NOTE.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((BadInput, Corrupt)):
        Note.parse(bytes(raw)).verify([Ed25519Verifier.parse(EXAMPLE_KEY)])


def test_unknown_signatures_are_ignored_and_known_ones_must_verify():
    note = sign_note("text\n", SIGNER)
    foreign = NoteSignature("example.com/foo", 7, b"anything")
    same_id = NoteSignature("example.com/foo", SIGNER.key.key_id, b"anything")
    same_name = NoteSignature(SIGNER.key.name, 7, b"anything")
    more = note.cosigned(foreign, same_id, same_name)
    assert more.verify([SIGNER.verifier]) == note.signatures
    forged = NoteSignature(SIGNER.key.name, SIGNER.key.key_id, b"x" * 64)
    with pytest.raises(Corrupt, match=r"of gengfu\.test/log does not verify"):
        note.cosigned(forged).verify([SIGNER.verifier])
    with pytest.raises(Corrupt, match=r"any key we know \(gengfu.test/other\)"):
        more.verify([OTHER.verifier])
    with pytest.raises(Corrupt, match="nobody"):
        more.verify([])


def test_a_signature_is_not_added_twice():
    note = sign_note("text\n", SIGNER)
    (own,) = note.signatures
    new = sign_note("text\n", OTHER).signatures[0]
    assert note.cosigned(own, new, new).signatures == (own, new)


def test_a_signature_of_another_text_does_not_pass():
    other = sign_note("another\n", SIGNER).signatures
    with pytest.raises(Corrupt):
        Note("text\n", other).verify([SIGNER.verifier])


LINE = EXAMPLE_NOTE.rstrip("\n").split("\n")[-1]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "no signature lines"),
        (b"text\n", "no signature lines"),
        (b"text\n\n", "no signature lines"),
        ("text\n" + LINE + "\n", "no signature lines"),
        ("text\n\n" + LINE, "no signature lines"),
        ("text\r\n\r\n" + LINE + "\r\n", "no signature lines"),
        ("te\txt\n\n" + LINE + "\n", "control character"),
        ("te\0xt\n\n" + LINE + "\n", "control character"),
        ("text\n\n" + LINE + "\n\n", "no signature lines"),
        ("text\n\n" + LINE + " \n", "not a signature line"),
        ("text\n\n" + LINE.replace("—", "-") + "\n", "not a signature line"),
        ("text\n\n" + LINE.replace(" ", "  ") + "\n", "not a signature line"),
        ("text\n\n" + LINE.replace("foo", "f\u00a0oo") + "\n", "key name"),
        ("text\n\n" + LINE.replace("foo", "f+oo") + "\n", "key name"),
        ("text\n\n— foo " + b64encode(b"four").decode() + "\n", "empty"),
        ("text\n\n— foo AAAA\n", "empty"),
        ("text\n\n— foo AAAAAAB=\n", "not base64"),
        ("text\n\n— foo AAAAAAA\n", "not base64"),
        ("text\n\n— foo \n", "not base64"),
        ("text\n\n— foo ÄÄÄÄ\n", "not base64"),
        (b"\xfftext\n\n", "not UTF-8 at byte 0"),
        ("\ud800text\n\n", "not UTF-8 at character 0"),
        (b"x" * (MOST_NOTE_BYTES + 1), "more than"),
        ("t\n\n" + (LINE + "\n") * (MOST_SIGNATURES + 1), "101 signatures"),
    ],
)
def test_unreadable_notes_are_refused(raw: str | bytes, complaint: str):
    with pytest.raises(BadInput, match=complaint):
        Note.parse(raw)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_reading_never_fails_in_another_way(raw: str | bytes):
    for read in (
        lambda: Note.parse(raw),
        lambda: VerifierKey.parse(str(raw)),
        lambda: NoteSignature.parse(str(raw)),
    ):
        with suppress(BadInput):
            read()


def test_what_could_not_be_read_back_is_not_made():
    with pytest.raises(BadInput, match="newline"):
        sign_note("no newline", SIGNER)
    with pytest.raises(BadInput, match="0 signatures"):
        sign_note("text\n")
    with pytest.raises(BadInput, match="not UTF-8"):
        sign_note("\udc00\n", SIGNER)
    with pytest.raises(BadInput, match="out of range"):
        NoteSignature("a", 2**32, b"x")
    with pytest.raises(BadInput, match="31 bytes"):
        VerifierKey("a", SignatureKind.ED25519, b"x" * 31)
