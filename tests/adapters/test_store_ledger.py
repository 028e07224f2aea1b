"""What every store promises of the ledger, keys, attachments and cursors."""

import pytest
from tests.adapters.stored import AT, put, row, seqs, write

from gengfu.kernel import (
    ActorId,
    CaseId,
    Entry,
    Purpose,
    Role,
    Sealed,
    Stale,
    Store,
    Transaction,
)
from gengfu.kernel.merkle import TileHash, leaf_hash


class TestLedger:
    def test_entries_come_in_order_without_a_gap(self, store: Store) -> None:
        for n in range(5):
            write(store, row(f"r{n}"))
        write(store, row("r3", 2))
        assert [s for s, _, _ in seqs(store)] == list(range(6))
        assert store.read(lambda r: r.size()) == 6
        some = store.read(lambda r: r.entries(1, 2))
        assert [one.seq for one in some] == [2, 3]
        assert [o.seq for o in store.read(lambda r: r.entries(-5, 2))] == [0, 1]
        assert not store.read(lambda r: r.entries(5, 10))
        of = store.read(lambda r: r.entries_of("report", CaseId("r3")))
        assert [(one.seq, one.entry.version) for one in of] == [(3, 1), (5, 2)]

    def test_an_entry_comes_back_as_it_was_written(self, store: Store) -> None:
        state = row("a", area="区")
        written = Entry(
            kind="report",
            case=CaseId("a"),
            version=1,
            move="开案",
            at=AT,
            actor=ActorId("林"),
            role=Role("clerk"),
            purpose=Purpose("help"),
            represents="justice",
            facts_commitment=bytes(range(32)),
            state_commitment=bytes(range(32, 64)),
        )
        sealed = Sealed(b"\x00\xff", b"{}")
        store.transact(lambda tx: tx.write(state, written, sealed, ()))
        (logged,) = store.read(lambda r: r.entries(-1, 9))
        assert logged.entry == written
        assert logged.sealed == sealed
        assert logged.leaf == leaf_hash(written.leaf_bytes())
        assert list(store.read(lambda r: r.leaf_hashes(0, 9))) == [logged.leaf]

    def test_leaf_hashes_are_cut_as_asked(self, store: Store) -> None:
        write(store, *(row(f"r{n}") for n in range(9)))
        leaves = [one.leaf for one in store.read(lambda r: r.entries(-1, 99))]
        for start, stop in [(0, 9), (3, 5), (8, 20), (9, 12), (5, 5), (6, 2)]:
            got = store.read(lambda r, a=start, b=stop: r.leaf_hashes(a, b))
            assert list(got) == leaves[start:stop]

    def test_a_work_sees_only_committed_entries(self, store: Store) -> None:
        write(store, row("a"))

        def work(tx: Transaction) -> tuple[int, int, int]:
            put(tx, row("b"))
            return (
                tx.size(),
                len(tx.entries(-1, 9)),
                len(tx.entries_of("report", CaseId("b"))),
            )

        assert store.transact(work) == (1, 1, 0)
        assert store.read(lambda r: r.size()) == 2

    def test_facts_are_erased_and_entries_stay(self, store: Store) -> None:
        write(store, row("a"), row("b"))
        write(store, row("a", 2))
        before = store.read(lambda r: r.leaf_hashes(0, 9))

        def work(tx: Transaction) -> None:
            put(tx, row("a", 3))
            tx.erase_facts("report", CaseId("a"))
            put(tx, row("a", 4))

        store.transact(work)
        kept = {
            (one.entry.case, one.entry.version): one.sealed is not None
            for one in store.read(lambda r: r.entries(-1, 99))
        }
        assert kept == {
            ("a", 1): False,
            ("b", 1): True,
            ("a", 2): False,
            ("a", 3): False,
            ("a", 4): True,
        }
        assert list(store.read(lambda r: r.leaf_hashes(0, 3))) == list(before)

    def test_checkpoints_come_newest_first(self, store: Store) -> None:
        for n in range(4):
            store.transact(lambda tx, n=n: tx.add_checkpoint(n, f"note {n}\n", AT))
        assert list(store.read(lambda r: r.checkpoints())) == ["note 3\n"]
        assert list(store.read(lambda r: r.checkpoints(limit=3))) == [
            "note 3\n",
            "note 2\n",
            "note 1\n",
        ]

    def test_tree_nodes_are_kept_by_level(self, store: Store) -> None:
        nodes = [TileHash(1, n, bytes([n]) * 32) for n in range(5)]
        store.transact(lambda tx: tx.keep_tree_nodes(nodes[:3]))
        store.transact(
            lambda tx: tx.keep_tree_nodes([*nodes[3:], TileHash(2, 0, b"z" * 32)])
        )
        got = store.read(lambda r: r.tree_nodes(1, 1, 4))
        assert list(got) == [nodes[1].hash, nodes[2].hash, nodes[3].hash]
        assert list(store.read(lambda r: r.tree_nodes(2, 0, 9))) == [b"z" * 32]
        assert list(store.read(lambda r: r.tree_nodes(3, 0, 9))) == []


class TestKeysAndCursors:
    def test_a_key_is_kept_until_destroyed(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_subject_key("s", b"\x00key"))
        assert store.read(lambda r: r.subject_key("s")) == b"\x00key"
        store.transact(lambda tx: tx.destroy_subject_key("s"))
        assert store.read(lambda r: r.subject_key("s")) is None
        store.transact(lambda tx: tx.destroy_subject_key("s"))

    def test_a_key_is_never_replaced(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_subject_key("s", b"one"))
        with pytest.raises(Stale):
            store.transact(lambda tx: tx.put_subject_key("s", b"two"))
        assert store.read(lambda r: r.subject_key("s")) == b"one"

        def renew(tx: Transaction) -> None:
            tx.destroy_subject_key("s")
            tx.put_subject_key("s", b"three")

        store.transact(renew)
        assert store.read(lambda r: r.subject_key("s")) == b"three"

    def test_an_attachment_goes_with_its_subjects_key(self, store: Store) -> None:
        big = bytes(range(256)) * 4096

        def keep(tx: Transaction) -> None:
            for subject in ("s", "t"):
                tx.put_subject_key(subject, b"key")
                tx.put_attachment(subject, "full", big)
            tx.put_attachment("s", "small", b"")
            assert tx.attachment("s", "full") == big

        store.transact(keep)
        assert store.read(lambda r: r.attachment("s", "full")) == big
        assert store.read(lambda r: r.attachment("s", "small")) == b""
        assert store.read(lambda r: r.attachment("s", "none")) is None
        assert store.read(lambda r: r.attachment("\x00", "full")) is None

        def erase(tx: Transaction) -> None:
            tx.put_attachment("s", "late", b"late")
            tx.destroy_subject_key("s")
            assert tx.attachment("s", "full") is None

        store.transact(erase)
        for name in ("full", "small", "late"):
            assert store.read(lambda r, n=name: r.attachment("s", n)) is None
        assert store.read(lambda r: r.attachment("t", "full")) == big

    def test_an_attachment_is_never_replaced(self, store: Store) -> None:
        store.transact(lambda tx: tx.put_attachment("s", "full", b"one"))
        with pytest.raises(Stale):
            store.transact(lambda tx: tx.put_attachment("s", "full", b"two"))
        assert store.read(lambda r: r.attachment("s", "full")) == b"one"

        def renew(tx: Transaction) -> None:
            tx.destroy_subject_key("s")
            tx.put_attachment("s", "full", b"three")

        store.transact(renew)
        assert store.read(lambda r: r.attachment("s", "full")) == b"three"

    def test_a_cursor_moves(self, store: Store) -> None:
        store.transact(lambda tx: tx.set_cursor("a", 5))
        store.transact(lambda tx: (tx.set_cursor("a", 9), tx.set_cursor("b", 1)))
        assert store.read(lambda r: (r.cursor("a"), r.cursor("b"))) == (9, 1)
