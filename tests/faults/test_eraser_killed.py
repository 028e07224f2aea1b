"""Killed while it erases: an event is whole or gone, keys and rows and facts alike."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import erasing
from tests.postgres_server import Server, start, stop

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.kernel import Office, Ref
from gengfu.kernel.keeping import keeping_id

ROOT = Path(__file__).resolve().parents[2]
EVENTS = 60

pytestmark = pytest.mark.slow


def fill(address: str) -> list[tuple[erasing.Event, list[str]]]:
    """Close events that are full of words; return them with their callers' keys."""
    store = SqlStore(address)
    one = erasing.office(store)
    made: list[tuple[erasing.Event, list[str]]] = []
    for _ in range(EVENTS):
        event = erasing.happen(one)
        erasing.close(one, event)
        callers = [c.caller.subject for c in erasing.calls_of(one, event) if c.caller]
        made.append((event, callers))
    store.close()
    return made


def erase_and_kill(address: str, after: int) -> bool:
    """Start the eraser and kill it after so many commits; True if it came to its end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.eraser", address],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdout=subprocess.PIPE,
    ) as eraser:
        assert eraser.stdout is not None
        for heard, _ in enumerate(eraser.stdout, 1):
            if heard == after:
                eraser.kill()
        return eraser.wait() == 0


def traces(one: Office, event: erasing.Event, callers: list[str]) -> set[str]:
    """Say what is left of an event: in rows, beside the ledger, in the vault, no end."""
    found = set[str]()

    def look(reader) -> None:
        refs = [
            Ref("incident", event.incident),
            *(Ref("call", known) for known in event.calls),
        ]
        rows = reader.find_many(refs)
        if any(erasing.found_in(row.body) for row in rows):
            found.add("rows")
        if any(row.stage != "erased" for row in rows):
            found.add("stages")
        for ref in refs:
            for logged in reader.entries_of(ref.kind, ref.id):
                if logged.sealed and erasing.found_in(logged.sealed.facts):
                    found.add("facts")
        if any(reader.subject_key(subject) for subject in callers):
            found.add("keys")
        kept = reader.find("keeping", keeping_id(refs[0]))
        if kept is None or kept.stage != "erased":
            found.add("keeping")

    one.look(look)
    return found


ALL = {"rows", "stages", "facts", "keys", "keeping"}


def kill_until_erased(address: str) -> None:
    upgrade(address)
    made = fill(address)
    chance = random.Random(address)
    gone_before, kills, done = 0, 0, False
    while not done:
        done = erase_and_kill(address, chance.randrange(2, 16))
        kills += not done
        store = SqlStore(address)
        one = erasing.office(store)
        left = [traces(one, event, callers) for event, callers in made]
        assert all(each in (ALL, set()) for each in left), "nothing is half done"
        gone = left.count(set())
        assert gone >= gone_before, "what is gone stays gone"
        gone_before = gone
        erasing.audited(one)
        store.close()
    assert gone_before == EVENTS
    assert kills >= 3


def test_on_sqlite(tmp_path: Path) -> None:
    kill_until_erased(f"sqlite:///{tmp_path / 'city.db'}")
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("city.db*"))
    assert erasing.found_in(raw) == set()


@pytest.fixture(scope="module")
def durable_server() -> Iterator[Server]:
    server = start(durable=True)
    yield server
    stop(server)


def test_on_postgres(durable_server: Server) -> None:
    kill_until_erased(durable_server.address(durable_server.create()))
