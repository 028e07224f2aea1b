"""What was committed is done, whatever a picture makes of it."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from gengfu.adapters.clock import VirtualClock
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.platform import office_of
from gengfu.kernel import OVERSIGHT, clockwork
from gengfu.web.doors import Lobby, OpenDoor
from gengfu.web.sessions import Sessions


class Blind:
    """A picture that can take in nothing."""

    def foresee(self, written):
        raise ZeroDivisionError


def test_a_picture_that_fails_does_not_undo_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock(datetime(2026, 11, 21, tzinfo=UTC))
    office = office_of(MemoryStore(), MasterKey(b"\x07" * 32), (), clock=clock)
    sessions = Sessions.of(b"s" * 32, clock, [])
    lobby = Lobby(office=office, readers=ThreadPoolExecutor(1), sessions=sessions)
    lobby.runtimes[Blind] = Blind()
    door = OpenDoor(clockwork(OVERSIGHT), OVERSIGHT, "en", lobby)
    with caplog.at_level(logging.ERROR):
        asyncio.run(door.do(lambda desk: desk.erase(["somebody"], "asked for", ())))
    assert "could not take in" in caplog.text
    assert office.look(lambda reader: reader.size()) == 1
