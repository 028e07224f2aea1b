"""Events by month: versions, merging, moves between months, crashes and two writers."""

import fcntl
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gengfu.adapters.events import (
    SCHEMA,
    Event,
    EventStore,
    events_table,
    month_range,
)
from gengfu.adapters.events import store as store_module
from gengfu.kernel import BadInput, Corrupt, NotFound, Unavailable

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
SANTIAGO = "America/Santiago"


def event(number, day, month=10, hour=12, **more):
    at = datetime(2026, month, day, hour, tzinfo=UTC)
    return Event(f"e{number}", at, **{"kind": "theft", "area": "a", **more})


@pytest.fixture
def store(tmp_path):
    return EventStore(tmp_path / "events", SANTIAGO)


def ids(store, month, version=None):
    return sorted(store.read(month, version)["event_id"].to_pylist())


def test_a_month_is_that_of_the_citys_clock(store):
    # 02:00 UTC on 1 November is still 31 October in Santiago (UTC-3).
    night = Event("e1", datetime(2026, 11, 1, 2, tzinfo=UTC), "theft")
    made = store.add(events_table([night, event(2, 5)]), "first", NOW)
    assert [(v.month, v.version, v.rows) for v in made] == [("2026-10", 1, 2)]
    assert store.months() == ("2026-10",)


def test_what_is_read_is_what_was_given(store):
    given = [
        event(1, 1, lon=-71.3, lat=-29.9, deaths=2, source="web"),
        event(2, 2, area=None, duplicate_of="e1", initiated_by="police"),
    ]
    store.add(events_table(given), "first", NOW)
    read = store.read("2026-10")
    assert read.schema.equals(SCHEMA)
    assert (
        sorted(read.to_pylist(), key=lambda r: r["event_id"])
        == events_table(given).to_pylist()
    )


def test_a_correction_is_a_new_version_and_the_old_one_stays(store):
    store.add(events_table([event(1, 1), event(2, 2)]), "first", NOW)
    changed = events_table([event(2, 2, kind="burglary"), event(3, 3)])
    made = store.add(changed, "the kind was wrong", NOW)
    assert [(v.version, v.why, v.rows) for v in made] == [(2, "the kind was wrong", 3)]
    assert ids(store, "2026-10") == ["e1", "e2", "e3"]
    assert ids(store, "2026-10", 1) == ["e1", "e2"]
    kinds = {r["event_id"]: r["kind"] for r in store.read("2026-10").to_pylist()}
    assert kinds == {"e1": "theft", "e2": "burglary", "e3": "theft"}
    assert [v.version for v in store.versions("2026-10")] == [1, 2]
    store.verify()


def test_an_event_that_moves_to_another_month_leaves_the_old_one(store):
    store.add(events_table([event(1, 1), event(2, 2)]), "first", NOW)
    made = store.add(events_table([event(2, 2, month=9)]), "date corrected", NOW)
    assert [(v.month, v.version) for v in made] == [("2026-09", 1), ("2026-10", 2)]
    assert ids(store, "2026-10") == ["e1"]
    assert ids(store, "2026-09") == ["e2"]


def test_the_same_again_makes_no_version_and_leaves_no_file(store):
    table = events_table([event(1, 1), event(2, 2)])
    store.add(table, "first", NOW)
    before = sorted(store.folder.rglob("*"))
    assert store.add(table, "again", NOW) == ()
    assert sorted(store.folder.rglob("*")) == before


def test_rows_in_any_order_give_the_same_bytes(tmp_path):
    rows = [
        event(n, 1 + n % 3, area=("a", "b", None)[n % 3], deaths=n % 2)
        for n in range(40)
    ]
    digests = {
        EventStore(tmp_path / str(n), "UTC")
        .add(events_table(order), "first", NOW)[0]
        .sha256
        for n, order in enumerate((rows, rows[::-1], rows[7:] + rows[:7]))
    }
    assert len(digests) == 1


def test_a_month_without_events_is_stated_and_one_never_stated_is_a_gap(store):
    table = events_table([event(1, 1), event(2, 2, month=7)])
    made = store.add(table, "a quarter", NOW, covers=("2026-07", "2026-08"))
    assert [(v.month, v.rows) for v in made] == [
        ("2026-07", 1),
        ("2026-08", 0),
        ("2026-10", 1),
    ]
    assert store.gaps() == ("2026-09",)
    assert store.read("2026-08").num_rows == 0


def test_covering_a_month_again_does_not_empty_it(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    assert store.add(events_table([]), "none", NOW, covers=("2026-10",) * 2) == ()
    assert ids(store, "2026-10") == ["e1"]


def test_a_whole_table_is_all_there_is_of_its_months(store):
    given = [event(1, 5), event(2, 6), event(3, 5, month=9)]
    store.add(events_table(given), "first", NOW)
    kept = events_table([event(2, 6)])
    (made,) = store.add(kept, "errors taken out", NOW, whole=True)
    assert (made.month, made.version, made.rows) == ("2026-10", 2, 1)
    assert (ids(store, "2026-10"), ids(store, "2026-09")) == (["e2"], ["e3"])
    assert (made.taken_out, made.taken_first) == (1, ("e1",))
    assert EventStore(store.folder).versions("2026-10")[-1] == made
    assert store.add(kept, "the same again", NOW, whole=True) == ()


def test_restating_a_month_keeps_nothing_of_it(store):
    store.add(events_table([event(1, 1), event(2, 2)]), "first", NOW)
    store.restate("2026-10", events_table([event(3, 3)]), "a new extract", NOW)
    assert ids(store, "2026-10") == ["e3"]
    with pytest.raises(BadInput, match="2026-09"):
        store.restate("2026-10", events_table([event(4, 4, month=9)]), "why", NOW)


def test_quality_of_a_month_is_counted(store):
    rows = [
        event(1, 1, area=None),
        event(2, 2, initiated_by="police"),
        event(3, 3, duplicate_of="e1"),
        event(4, 4),
    ]
    (made,) = store.add(events_table(rows), "first", NOW)
    assert dict(made.quality) == {
        "police-initiated": 1,
        "repeats": 1,
        "without-area": 1,
    }
    (made,) = store.add(events_table([event(1, 1, area="a")]), "found", NOW)
    assert "without-area" not in made.quality


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.drop_columns(["area"]), "missing column area"),
        (lambda t: pa.concat_tables([t, t]), "event e1 is there twice"),
        (
            lambda t: t.set_column(7, "deaths", pa.array([-1], pa.int32())),
            "column deaths: negative, row 1",
        ),
        (
            lambda t: t.set_column(9, "initiated_by", pa.array(["dog"])),
            "column initiated_by: unknown initiator, row 1",
        ),
        (
            lambda t: t.set_column(0, "event_id", pa.array([None], pa.string())),
            "row 1, column event_id: is empty",
        ),
        (lambda t: t.set_column(3, "area", pa.array([""])), "column area: is empty"),
        (
            lambda t: t.set_column(2, "kind", pa.array(["a\x1fb"])),
            "column kind: holds the control character",
        ),
    ],
)
def test_what_is_no_event_is_refused_and_nothing_written(store, change, says):
    with pytest.raises(BadInput, match=says):
        store.add(change(events_table([event(1, 1)])), "first", NOW)
    assert not store.folder.exists() or store.months() == ()


def test_a_version_needs_a_reason_and_a_moment(store):
    table = events_table([event(1, 1)])
    with pytest.raises(BadInput, match="why"):
        store.add(table, " ", NOW)
    with pytest.raises(BadInput, match="time zone"):
        store.add(table, "first", NOW.replace(tzinfo=None))
    with pytest.raises(BadInput, match="time zone"):
        events_table([Event("e", NOW.replace(tzinfo=None), "theft")])
    assert store.months() == ()


def test_a_crash_before_the_manifest_leaves_the_old_version(store, monkeypatch):
    store.add(events_table([event(1, 1)]), "first", NOW)
    replaced = Path.replace

    def dies(self, target):
        if Path(target).name == store_module.MANIFEST:
            raise KeyboardInterrupt
        return replaced(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            store.add(events_table([event(2, 2)]), "second", NOW)
    again = EventStore(store.folder)
    assert ids(again, "2026-10") == ["e1"]
    again.verify()
    assert len(list(store.folder.glob("*/v0002.parquet"))) == 1  # named by nothing
    again.add(events_table([event(3, 3)]), "third", NOW)
    assert ids(again, "2026-10") == ["e1", "e3"]
    again.verify()


def test_the_manifest_moves_once_and_after_all_months_are_on_disk(store, monkeypatch):
    moved: list[str] = []
    synced: list[str] = []
    replaced, fsync = Path.replace, os.fsync

    def moving(self, target):
        if Path(target).name == store_module.MANIFEST:
            on_disk = {name for name in synced if name.endswith("v0001.part")}
            assert len(on_disk) == 36
        moved.append(Path(target).name)
        return replaced(self, target)

    def syncing(held):
        fsync(held)
        synced.append(str(Path(f"/proc/self/fd/{held}").readlink()))

    monkeypatch.setattr(Path, "replace", moving)
    monkeypatch.setattr(os, "fsync", syncing)
    some = [
        Event(f"e{n}", datetime(2023 + n // 12, n % 12 + 1, 9, tzinfo=UTC), "theft")
        for n in range(36)
    ]
    store.add(events_table(some), "three years", NOW)
    assert moved == ["v0001.parquet"] * 36 + [store_module.MANIFEST]
    assert not list(store.folder.rglob("*.part"))


def test_a_full_disk_leaves_the_old_versions_and_no_half_of_the_new(store, monkeypatch):
    store.add(events_table([event(1, 1)]), "first", NOW)
    written = store_module.write_events
    calls: list[Path] = []

    def full(table, path):
        written(table, path)
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    more = [event(n, 2, month=n) for n in range(5, 10)]
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "write_events", full)
        with pytest.raises(Unavailable, match=r"events: cannot be written: No space"):
            store.add(events_table(more), "second", NOW)
    assert store.months() == ("2026-10",)
    assert [p.name for p in store.folder.rglob("v0*")] == ["v0001.parquet"]
    store.add(events_table(more), "second", NOW)
    assert len(store.months()) == 6


def test_a_writer_that_is_killed_lets_go_of_the_store(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    died = subprocess.run(
        [
            sys.executable,
            "-c",
            "import fcntl, os, sys\n"
            "held = os.open(sys.argv[1], os.O_RDWR)\n"
            "fcntl.flock(held, fcntl.LOCK_EX)\n"
            "os.kill(os.getpid(), 9)",
            str(store.folder / ".lock"),
        ],
        check=False,
    )
    assert died.returncode == -9
    store.add(events_table([event(2, 2)]), "second", NOW)
    assert ids(store, "2026-10") == ["e1", "e2"]


def test_a_second_writer_is_refused(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    held = os.open(store.folder / ".lock", os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="another import"):
            store.add(events_table([event(2, 2)]), "second", NOW)
    finally:
        os.close(held)
    assert ids(store, "2026-10") == ["e1"]


def test_a_changed_or_missing_file_is_found(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    path = store.path("2026-10")
    pq.write_table(events_table([event(1, 2)]), path)
    with pytest.raises(Corrupt, match="not what was written"):
        store.verify()
    path.unlink()
    with pytest.raises(Corrupt, match="missing"):
        store.verify()
    with pytest.raises(BadInput, match="missing"):
        store.read("2026-10")


def test_a_store_keeps_its_time_zone(store, tmp_path):
    store.add(events_table([event(1, 1)]), "first", NOW)
    assert EventStore(store.folder).timezone == SANTIAGO
    with pytest.raises(BadInput, match=SANTIAGO):
        EventStore(store.folder, "UTC")
    with pytest.raises(BadInput, match="zone"):
        EventStore(tmp_path / "none")
    with pytest.raises(BadInput, match="Mars/Base"):
        EventStore(tmp_path / "none", "Mars/Base")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"format": "gengfu-events", "versions": []}']
)
def test_a_manifest_that_is_none_is_refused(store, text):
    store.add(events_table([event(1, 1)]), "first", NOW)
    (store.folder / "versions.json").write_text(text)
    with pytest.raises(BadInput, match=r"versions\.json"):
        EventStore(store.folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("month", "../../x"),
        ("month", 7),
        ("version", "1"),
        ("version", -1),
        ("rows", None),
        ("sha256", 5),
        ("quality", {"repeats": "many"}),
        ("strange", 1),
    ],
)
def test_a_version_that_no_import_wrote_is_refused_in_one_line(store, field, value):
    store.add(events_table([event(1, 1)]), "first", NOW)
    path = store.folder / "versions.json"
    found = json.loads(path.read_text())
    found["versions"][0][field] = value
    path.write_text(json.dumps(found))
    with pytest.raises(BadInput, match=r"versions\.json: not as this") as refused:
        EventStore(store.folder)
    assert "\n" not in str(refused.value)


def test_what_is_asked_for_and_never_stated_is_not_found(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    with pytest.raises(NotFound, match="2026-11"):
        store.current(["2026-11"])
    with pytest.raises(NotFound, match="version 7"):
        store.path("2026-10", 7)


def test_the_manifest_can_be_read_by_anybody(store):
    store.add(events_table([event(1, 1)]), "first", NOW)
    found = json.loads((store.folder / "versions.json").read_text())
    (one,) = found["versions"]
    assert one["imported_at"] == "2026-11-03T08:00:00+00:00"
    assert (found["format"], found["timezone"]) == ("gengfu-events", SANTIAGO)
    assert (one["month"], one["version"], one["rows"]) == ("2026-10", 1, 1)


def test_ranges_of_months():
    assert month_range("2025-11", "2026-02") == (
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    )
    assert month_range("2026-02", "2026-01") == ()
    with pytest.raises(BadInput, match="2026-13"):
        month_range("2026-13", "2027-01")
