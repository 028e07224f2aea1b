"""An import killed at each of its steps on disk leaves the old months or the new."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gengfu.adapters.events import EventStore

MONTHS = 2
NOW = datetime(2026, 12, 2, tzinfo=UTC)
WRITER = '''
import os, shutil, signal, sys
from datetime import UTC, datetime
from pathlib import Path

import pandas  # PyArrow looks for it at its first table: once here, not in each child

from gengfu.adapters.events import Event, EventStore, events_table

home = Path(sys.argv[1])
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def add(folder, first, why):
    some = [
        Event(f"e{n}", datetime(2026, n % 2 + 1, 9, tzinfo=UTC), "theft", "a")
        for n in range(first, first + 30)
    ]
    EventStore(folder, "UTC").add(events_table(some), why, NOW)


def in_a_child(job):
    child = os.fork()
    if not child:
        job()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying_at(step):
    """Die by SIGKILL before the step-th time that anything is settled or named."""
    left = [step]

    def counted(real):
        def call(*args):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args)

        return call

    os.fsync = counted(os.fsync)
    Path.replace = counted(Path.replace)


def second(folder, step):
    dying_at(step)
    add(folder, 20, "second")


before = home / "before"
assert in_a_child(lambda: add(before, 0, "first")) == 0
step, how = 0, -9
while how == -9:
    folder = home / f"step-{step}"
    shutil.copytree(before, folder)
    how = in_a_child(lambda: second(folder, step))
    step += 1
assert how == 0, how
print(step)
'''


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Stores after an import that died before its first step, its second, and so on.

    A process of its own forks them: nothing there has started a thread by then.
    """
    home = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(home)],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [home / f"step-{n}" for n in range(int(done.stdout))]


def test_every_step_leaves_all_of_the_old_or_all_of_the_new(killed):
    # Two files, two names, two folders; the manifest, its name, its folder.
    assert len(killed) == 3 * MONTHS + 3 + 1
    old = 0
    for folder in killed:
        store = EventStore(folder)
        store.verify()
        assert {one.version for one in store.current()} in ({1}, {2})
        ids = {i for m in store.months() for i in store.read(m)["event_id"].to_pylist()}
        stated = store.current()[0].version
        assert len(ids) == (30 if stated == 1 else 50)
        old += stated == 1
    assert old == 3 * MONTHS + 2  # until the manifest has its name


def test_what_was_cut_off_is_done_by_the_next_import(killed):
    done = killed[-1]
    expected = {
        path.parent.name: path.read_bytes() for path in done.glob("*/v0002.parquet")
    }
    for folder in killed:
        store = EventStore(folder)
        for month in store.months():
            whole = EventStore(done).read(month)
            store.add(whole, "again", NOW)
        store.verify()
        found = {
            path.parent.name: path.read_bytes()
            for path in folder.glob("*/v0002.parquet")
        }
        assert found == expected
        assert not list(folder.rglob("*.part"))
