"""Checkpoints grow out of each other; every entry is proved; rewriting is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kernel.mediation import LIN, MEDIATION, START, consent, offer, office

from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.signing import SigningKey
from gengfu.kernel import CaseId, Corrupt, NotFound, Store
from gengfu.kernel.checkpoints import Checkpoint, cosign_checkpoint
from gengfu.kernel.merkle import root_of, verify_consistency
from gengfu.kernel.notes import Note, SignatureKind
from gengfu.kernel.transparency import checkpoint, prove_entry, prove_growth, tree

KEY = SigningKey.from_seed("ledger.example/1", SignatureKind.ED25519, b"1" * 32)
OTHER = SigningKey.from_seed("ledger.example/1", SignatureKind.ED25519, b"2" * 32)
WITNESS = SigningKey.from_seed(
    "witness.example", SignatureKind.COSIGNATURE_V1, b"3" * 32
)
TRUSTED = (KEY.verifier,)


def grow(store: Store, entries: int) -> None:
    """Add this many entries by real moves."""
    desks = office(store, seed=entries)

    def work(desk: object) -> None:
        case = desk.open_as(
            CaseId(f"m{desk.tx.size()}"), offer, frozenset({"a", "b", "c"})
        )
        for _ in range(entries - 1):
            desk.apply(case.id, consent, "a")

    desks.serve(LIN, MEDIATION, work)


def sign(store: Store) -> Note:
    return checkpoint(store, KEY, START, trusted=TRUSTED)


def leaves(store: Store) -> list[bytes]:
    return list(store.read(lambda r: r.leaf_hashes(0, r.size())))


def stated(note: Note) -> Checkpoint:
    note.verify(TRUSTED)
    return Checkpoint.parse(note.text)


def test_a_checkpoint_states_size_and_root() -> None:
    store = MemoryStore()
    grow(store, 7)
    note = sign(store)
    assert stated(note) == Checkpoint("ledger.example/1", 7, root_of(leaves(store)))
    assert store.read(lambda r: list(r.checkpoints(9))) == [str(note)]


def test_nothing_is_signed_twice() -> None:
    store = MemoryStore()
    grow(store, 3)
    assert str(sign(store)) == str(sign(store))
    assert len(store.read(lambda r: r.checkpoints(9))) == 1


def test_an_empty_ledger_has_a_checkpoint_too() -> None:
    store = MemoryStore()
    assert stated(sign(store)).size == 0
    grow(store, 1)
    assert stated(sign(store)).size == 1
    with pytest.raises(NotFound):
        store.read(lambda r: prove_entry(r, 1))


def test_every_entry_is_proved_across_many_checkpoints() -> None:
    store = MemoryStore()
    last = None
    for more in (1, 2, 60, 193, 1, 300, 30):
        grow(store, more)
        note = sign(store)
        now = stated(note)
        assert now.root == root_of(leaves(store))
        if last is not None:
            request = store.read(lambda r, size=last.size: prove_growth(r, size))
            verify_consistency(
                old_size=last.size,
                old_root=last.root,
                size=now.size,
                root=now.root,
                proof=request.proof,
            )
        last = now
    assert last is not None
    assert last.size == 587
    assert len(store.read(lambda r: r.tree_nodes(1, 0, 9))) == 2
    for seq in (0, 1, 255, 256, 257, 511, 512, 586):
        proof = store.read(lambda r, seq=seq: prove_entry(r, seq))
        assert proof.verify(TRUSTED) == last
        with pytest.raises(Corrupt):
            replace(proof, seq=(seq + 1) % 587).verify(TRUSTED)
        with pytest.raises(Corrupt):
            replace(proof, entry=replace(proof.entry, version=99)).verify(TRUSTED)
        with pytest.raises(Corrupt):
            proof.verify((OTHER.verifier,))


def test_few_leaves_are_read_for_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    for _ in range(3):
        grow(store, 1100)
    sign(store)
    read: list[int] = []
    kept = store._kept
    genuine = kept.leaf_hashes

    def counted(start: int, stop: int) -> object:
        read.append(stop - start)
        return genuine(start, stop)

    monkeypatch.setattr(kept, "leaf_hashes", counted)
    store.read(lambda r: prove_entry(r, 1234)).verify(TRUSTED)
    assert sum(read) <= 2 * 256
    read.clear()
    store.read(lambda r: tree(r, 3300).frontier())
    assert sum(read) <= 256


def test_proofs_hold_also_where_no_hashes_were_kept() -> None:
    store = MemoryStore()
    grow(store, 700)
    sign(store)
    store._kept.nodes.clear()
    store.read(lambda r: prove_entry(r, 300)).verify(TRUSTED)


def test_what_is_not_signed_yet_is_not_proved() -> None:
    store = MemoryStore()
    grow(store, 2)
    with pytest.raises(NotFound, match="no checkpoint"):
        store.read(lambda r: prove_entry(r, 0))
    sign(store)
    grow(store, 2)
    with pytest.raises(NotFound, match="not under a checkpoint yet"):
        store.read(lambda r: prove_entry(r, 3))
    for seq in (-1, 4, 10**9):
        with pytest.raises(NotFound, match="has no entry"):
            store.read(lambda r, seq=seq: prove_entry(r, seq))
    for size in (-1, 3):
        with pytest.raises(NotFound):
            store.read(lambda r, size=size: prove_growth(r, size))


def test_rewritten_history_is_never_signed_over() -> None:
    store = MemoryStore()
    grow(store, 9)
    sign(store)
    grow(store, 1)
    ledger, leaves = store._kept.ledger, store._kept.leaves
    genuine = leaves[4]
    leaves[4] = bytes(32)
    with pytest.raises(Corrupt, match="not those signed"):
        sign(store)
    leaves[4] = genuine
    last = ledger[8:]
    del ledger[8:], leaves[8:]
    with pytest.raises(Corrupt, match="9 entries were signed, 8 are stored"):
        sign(store)
    ledger += last
    assert stated(sign(store)).size == 10


def test_a_changed_entry_is_not_proved() -> None:
    store = MemoryStore()
    grow(store, 9)
    sign(store)
    ledger = store._kept.ledger
    ledger[4]._entry = replace(ledger[4].entry, move="nothing")
    with pytest.raises(Corrupt):
        store.read(lambda r: prove_entry(r, 4))


def test_a_checkpoint_that_others_signed_is_not_built_on() -> None:
    store = MemoryStore()
    grow(store, 3)
    checkpoint(store, OTHER, START, trusted=(OTHER.verifier,))
    grow(store, 1)
    with pytest.raises(Corrupt, match=r"not signed by any key|not verify"):
        sign(store)
    both = (OTHER.verifier, *TRUSTED)
    renewed = checkpoint(store, KEY, START, trusted=both)
    assert stated(renewed).size == 4
    with pytest.raises(Corrupt, match=r"not another\.example"):
        checkpoint(store, KEY, START, trusted=TRUSTED, origin="another.example")


def test_a_witness_follows_what_is_proved_to_it() -> None:
    store = MemoryStore()
    log = KEY.verifier
    seen: Checkpoint | None = None
    for more in (5, 1, 300):
        grow(store, more)
        sign(store)
        size = 0 if seen is None else seen.size
        request = store.read(lambda r, size=size: prove_growth(r, size))
        vouched = cosign_checkpoint(
            request, log=log, last=seen, by=WITNESS, at=START + timedelta(days=more)
        )
        assert request.note.cosigned(vouched).verify((WITNESS.verifier,))
        seen = Checkpoint.parse(request.note.text)
