"""Files whole or not at all: what is on disk before anything points to it."""

import os
import threading
from pathlib import Path

import pytest

from gengfu.adapters import durable
from gengfu.adapters.durable import alone, put_in_place, settle, written
from gengfu.kernel import Unavailable


@pytest.fixture
def steps(monkeypatch):
    """What was brought to disk and what was named, in order."""
    seen: list[tuple[str, str]] = []
    guard = threading.Lock()
    fsync, replace = os.fsync, Path.replace

    def synced(held):
        fsync(held)
        with guard:
            seen.append(("disk", Path(f"/proc/self/fd/{held}").readlink().name))

    def renamed(self, target):
        seen.append(("name", Path(target).name))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    return seen


def test_all_files_are_on_disk_before_the_first_has_its_name(tmp_path, steps):
    places = {}
    for number in range(40):
        home = tmp_path / f"month={number}"
        home.mkdir()
        (home / "v1.part").write_text(str(number))
        places[home / "v1.part"] = home / "v1.parquet"
    put_in_place(places)
    assert [kind for kind, _ in steps] == ["disk"] * 40 + ["name"] * 40 + ["disk"] * 40
    assert {name for kind, name in steps[80:]} == {f"month={n}" for n in range(40)}
    assert (tmp_path / "month=7" / "v1.parquet").read_text() == "7"


def test_a_file_that_cannot_be_brought_to_disk_names_nothing(tmp_path, monkeypatch):
    places = {tmp_path / f"{n}.part": tmp_path / f"{n}" for n in range(20)}
    for part in places:
        part.write_text("x")
    fsync = os.fsync

    def fails(held):
        if str(Path(f"/proc/self/fd/{held}").readlink()).endswith("13.part"):
            raise OSError(28, "No space left on device")
        fsync(held)

    monkeypatch.setattr(os, "fsync", fails)
    with (
        pytest.raises(Unavailable, match="here: cannot be written: No space left"),
        written(Path("here")),
    ):
        put_in_place(places)
    assert not any(place.exists() for place in places.values())


def test_one_at_a_time_and_a_second_waits_or_is_told(tmp_path):
    folder = tmp_path / "new"
    order: list[str] = []

    def second():
        with alone(folder, None):
            order.append("second")

    with alone(folder, "busy"):
        with pytest.raises(Unavailable, match="new: somebody is at it"):
            alone(folder, "somebody is at it").__enter__()
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join(timeout=60)
    assert order == ["first", "second"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    refused = pytest.raises(Unavailable, match="store: cannot be written: Not a dir")
    with refused, alone(tmp_path / "file" / "store", "busy"):
        raise AssertionError("never held")


def test_nothing_to_settle_is_settled(tmp_path):
    settle(())
    assert durable.put_in_place({}) is None
