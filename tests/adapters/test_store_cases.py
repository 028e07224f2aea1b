"""What every store promises of cases and lists: in memory, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.adapters.stored import AT, entry_for, found, put, row, seqs, write

from gengfu.kernel import BadInput, CaseId, Ref, Row, Sealed, Stale, Store, Transaction


class TestCases:
    def test_nothing_is_there_at_first(self, store: Store) -> None:
        assert found(store, "a") is None
        assert seqs(store) == []
        assert store.read(lambda r: r.size()) == 0
        assert store.read(lambda r: r.cursor("anyone")) == -1
        assert store.read(lambda r: r.checkpoints()) in ([], ())
        assert store.read(lambda r: list(r.rows("report"))) == []

    def test_a_row_comes_back_as_it_was_written(self, store: Store) -> None:
        full = row(
            "a",
            area="南山",
            lon=113.93,
            lat=22.53,
            priority=-2,
            about=CaseId("b"),
        )
        bare = row("b")
        write(store, full, bare)
        assert found(store, "a") == full
        assert found(store, "b") == bare

    def test_an_instant_keeps_its_microsecond_and_its_zone(self, store: Store) -> None:
        far = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        write(store, row("a", opened_at=far))
        write(store, row("b", opened_at=datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)))
        assert found(store, "a").opened_at == far
        assert found(store, "b").opened_at.year == 1
        assert found(store, "b").opened_at.microsecond == 1

    def test_the_same_id_of_another_kind_is_another_case(self, store: Store) -> None:
        write(store, row("a"), row("a", kind="permit", stage="granted"))
        assert found(store, "a").stage == "new"
        assert found(store, "a", "permit").stage == "granted"

    def test_a_row_moves_to_its_next_version(self, store: Store) -> None:
        write(store, row("a"))
        write(store, row("a", 2, "done", area="x", priority=3))
        assert found(store, "a") == row("a", 2, "done", area="x", priority=3)

    @pytest.mark.parametrize("version", [2, 3, 7])
    def test_a_first_version_other_than_one_is_stale(
        self, store: Store, version: int
    ) -> None:
        with pytest.raises(Stale):
            write(store, row("a", version))
        assert found(store, "a") is None
        assert seqs(store) == []

    @pytest.mark.parametrize("version", [1, 2, 4])
    def test_a_version_that_skips_or_repeats_is_stale(
        self, store: Store, version: int
    ) -> None:
        write(store, row("a"))
        write(store, row("a", 2))
        with pytest.raises(Stale):
            write(store, row("a", version))
        assert found(store, "a") == row("a", 2)
        assert store.read(lambda r: r.size()) == 2

    @pytest.mark.parametrize("version", [1, 3])
    def test_a_wrong_version_is_stale_also_after_a_lock(
        self, store: Store, version: int
    ) -> None:
        write(store, row("a"))

        def work(tx: Transaction) -> None:
            assert tx.find_for_update("report", CaseId("a")) == row("a")
            put(tx, row("a", version))

        with pytest.raises(Stale):
            store.transact(work)
        assert found(store, "a") == row("a")

    def test_versions_may_follow_each_other_in_one_work(self, store: Store) -> None:
        write(store, row("a"), row("b"), row("a", 2), row("a", 3, "done"))
        assert found(store, "a") == row("a", 3, "done")
        assert seqs(store) == [(0, "a", 1), (1, "b", 1), (2, "a", 2), (3, "a", 3)]

    def test_many_are_found_at_once(self, store: Store) -> None:
        write(store, *(row(f"r{n:04}") for n in range(700)))
        write(store, row("p", kind="permit"))
        asked = [Ref("report", CaseId(f"r{n:04}")) for n in range(0, 900, 1)]
        asked += [Ref("permit", CaseId("p")), Ref("permit", CaseId("r0001"))]
        rows = store.read(lambda r: r.find_many(asked + asked[:3]))
        assert len(rows) == 701
        assert {r.id for r in rows} == {f"r{n:04}" for n in range(700)} | {"p"}
        assert store.read(lambda r: list(r.find_many([]))) == []

    @pytest.mark.parametrize("name", ["a\x00b", "\ud800", "", "'; DROP TABLE cases"])
    def test_names_that_no_case_can_have_are_not_found(
        self, store: Store, name: str
    ) -> None:
        assert found(store, name) is None
        assert found(store, "a", name) is None
        assert not store.read(lambda r: r.find_many([Ref("report", CaseId(name))]))
        assert not store.read(lambda r: r.rows("report", stages=[name]))
        assert not store.read(lambda r: r.rows("report", about=CaseId(name)))
        assert not store.read(lambda r: r.entries_of("report", CaseId(name)))
        assert store.read(lambda r: r.subject_key(name)) is None

    @pytest.mark.parametrize(
        "bad",
        [
            row("a\x00b"),
            row("\ud800"),
            row("a", area="x\x00"),
            row("a", stage="\udfff"),
            row("a", about=CaseId("\x00")),
            row("a", 0),
            row("a", 2**31),
            row("a", priority=2**31),
        ],
    )
    def test_what_no_database_can_hold_is_refused(self, store: Store, bad: Row) -> None:
        with pytest.raises(BadInput):
            write(store, row("good"), bad)
        assert seqs(store) == []
        write(store, row("good"))
        assert len(seqs(store)) == 1

    def test_an_entry_of_another_case_is_refused(self, store: Store) -> None:
        def work(tx: Transaction) -> None:
            tx.write(row("a"), entry_for(row("b")), Sealed(b"", b""), ())

        with pytest.raises(BadInput):
            store.transact(work)


class TestLists:
    def fill(self, store: Store) -> None:
        write(
            store,
            row("d", stage="new", opened_at=AT + timedelta(minutes=3)),
            row("c", stage="open", opened_at=AT + timedelta(minutes=1)),
            row("B", stage="done", opened_at=AT + timedelta(minutes=1)),
            row("a", stage="open", opened_at=AT + timedelta(minutes=2)),
            row("z", kind="permit", opened_at=AT, about=CaseId("a")),
            row("y", kind="permit", opened_at=AT, about=CaseId("d")),
        )

    def ids(self, store: Store, kind: str = "report", **wanted: Any) -> str:
        return "".join(r.id for r in store.read(lambda r: r.rows(kind, **wanted)))

    def test_rows_come_in_order_of_opening_then_id(self, store: Store) -> None:
        self.fill(store)
        assert self.ids(store) == "Bcad"
        assert self.ids(store, "permit") == "yz"
        assert self.ids(store, "nothing") == ""

    def test_rows_are_narrowed_down(self, store: Store) -> None:
        self.fill(store)
        minute = timedelta(minutes=1)
        assert self.ids(store, stages=["open"]) == "ca"
        assert self.ids(store, stages={"open", "new"}) == "cad"
        assert self.ids(store, stages=[]) == ""
        assert self.ids(store, limit=2) == "Bc"
        assert self.ids(store, stages=["open"], limit=1) == "c"
        assert self.ids(store, limit=0) == ""
        assert self.ids(store, "permit", about=CaseId("a")) == "z"
        assert self.ids(store, "permit", about=CaseId("q")) == ""
        assert self.ids(store, opened_from=AT + 2 * minute) == "ad"
        assert self.ids(store, opened_before=AT + 2 * minute) == "Bc"
        assert (
            self.ids(
                store,
                stages=["new", "open"],
                opened_from=AT + minute,
                opened_before=AT + 3 * minute,
                limit=5,
            )
            == "ca"
        )

    def test_a_work_lists_what_it_wrote(self, store: Store) -> None:
        self.fill(store)

        def work(tx: Transaction) -> list[str]:
            put(tx, row("a", 2, "done", opened_at=AT + timedelta(minutes=2)))
            put(tx, row("b", stage="open", opened_at=AT))
            put(tx, row("e", stage="open", opened_at=AT + timedelta(hours=1)))
            put(tx, row("x", kind="permit", opened_at=AT, about=CaseId("a")))
            asked: list[dict[str, Any]] = [
                {},
                {"stages": ["open"]},
                {"stages": ["open"], "limit": 2},
                {"limit": 1},
                {"opened_before": AT + timedelta(minutes=1)},
            ]
            seen = ["".join(r.id for r in tx.rows("report", **a)) for a in asked]
            about = tx.rows("permit", about=CaseId("a"))
            many = tx.find_many(
                [Ref("report", CaseId("a")), Ref("report", CaseId("d"))]
            )
            seen += ["".join(r.id for r in about)]
            return [*seen, "".join(sorted(f"{r.id}{r.version}" for r in many))]

        assert store.transact(work) == ["bBcade", "bce", "bc", "b", "b", "xz", "a2d1"]
