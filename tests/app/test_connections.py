"""Connections on which nobody asks for anything are closed; those at work are not."""

import resource
from dataclasses import dataclass, field

import pytest

from gengfu.app import connections
from gengfu.app.connections import HEAD_S, Silences, most_connections


@dataclass
class Cycle:
    response_complete: bool = False


@dataclass
class Transport:
    aborted: bool = False

    def abort(self) -> None:
        self.aborted = True


@dataclass(eq=False)
class Connection:
    cycle: Cycle | None = None
    transport: Transport = field(default_factory=Transport)


def test_who_never_asks_is_hung_up_on() -> None:
    silent, busy = Connection(), Connection(Cycle())
    silences = Silences()
    assert silences.look([silent, busy], 100.0) == 0
    assert silences.look([silent, busy], 100.0 + HEAD_S - 1) == 0
    assert silences.look([silent, busy], 100.0 + HEAD_S) == 1
    assert (silent.transport.aborted, busy.transport.aborted) == (True, False)


def test_a_second_request_that_never_ends_is_hung_up_on() -> None:
    one = Connection(Cycle(response_complete=True))
    silences = Silences()
    silences.look([one], 0.0)
    one.cycle = Cycle(response_complete=True)  # another was served meanwhile
    assert silences.look([one], HEAD_S) == 0
    assert silences.look([one], 2 * HEAD_S) == 1


def test_what_is_gone_is_forgotten() -> None:
    silences = Silences()
    silences.look([Connection()], 0.0)
    silences.look([], 1.0)
    assert not silences._since


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ((256, 4096), 4096 - connections.KEPT_FILES),
        ((1024, 1 << 20), connections.MOST_CONNECTIONS),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 10_000),
        ((64, 64), 1),
    ],
)
def test_as_many_as_this_process_may_have_files(
    limits: tuple[int, int], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: set_to.append(to))
    assert most_connections() == most
    assert all(soft <= hard for soft, hard in set_to)
