"""The night's search ends with its server, even where that was killed."""

import os
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gengfu.adapters.events import Event, EventStore, events_table

SERVER = """
import asyncio, sys
from pathlib import Path
from types import SimpleNamespace
from gengfu.app.nightly import searching

town = SimpleNamespace(data_file=lambda _name: None)
library = SimpleNamespace(site=SimpleNamespace(town=town))
search = searching(Path(sys.argv[1]), Path(sys.argv[2]), library)
asyncio.run(search("2026-10-31"))
"""
PATIENCE_S = 60


@pytest.mark.lasting
def test_the_search_does_not_outlive_a_server_that_was_killed(tmp_path: Path) -> None:
    noon = datetime(2026, 10, 31, 12, tzinfo=UTC)
    store, city = tmp_path / "events", tmp_path / "city"
    event = Event("e1", noon, "theft", "z1")
    EventStore(store, "UTC").add(events_table([event]), "made up", noon)
    city.mkdir()
    slow = city / "city.toml"  # what is read of it never ends: a search that lasts
    os.mkfifo(slow)
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(store), str(city)])
    held = os.open(slow, os.O_RDWR | os.O_NONBLOCK)
    try:
        while _filled(held):
            pass
        begun = select.poll()
        begun.register(held, select.POLLOUT)
        assert begun.poll(1000 * PATIENCE_S), "the search has not begun to read"
        assert server.poll() is None
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        only_writing = os.open(slow, os.O_WRONLY)
        os.close(held)
        held = only_writing
        ended = select.poll()
        ended.register(held, select.POLLERR)
        assert ended.poll(1000 * PATIENCE_S) == [(held, select.POLLERR)]
    finally:
        server.kill()
        server.wait()
        os.close(held)


def _filled(pipe: int) -> bool:
    """Write into a pipe; False where no more goes in."""
    try:
        return os.write(pipe, b"#" * 4096) > 0
    except BlockingIOError:
        return False
