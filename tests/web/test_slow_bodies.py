"""Bodies that never end: whoever sends one is told so, and holds up nobody."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gengfu.adapters.clock import VirtualClock
from gengfu.web import bodies
from gengfu.web.bodies import in_time
from gengfu.web.guard import Guard
from gengfu.web.ingest import Ingest
from gengfu.web.problems import TooSlow, problem_of
from gengfu.web.sessions import device_token

SECRET = b"s" * 32


class Sender:
    """Sends parts of a body, then nothing more."""

    def __init__(self, *parts: bytes, ends: bool) -> None:
        self.messages = [
            {
                "type": "http.request",
                "body": part,
                "more_body": not ends or at < len(parts) - 1,
            }
            for at, part in enumerate(parts)
        ]

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await asyncio.get_running_loop().create_future()  # for ever
        raise AssertionError


def test_a_whole_body_is_followed_by_waiting_without_end() -> None:
    async def ask() -> None:
        receive = in_time(Sender(b"a", b"b", ends=True).receive, 0.01)
        assert (await receive())["more_body"]
        assert not (await receive())["more_body"]
        waiting = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        waiting.cancel()
        assert not done

    asyncio.run(ask())


def test_half_a_body_is_waited_for_so_long() -> None:
    async def ask() -> None:
        receive = in_time(Sender(b"a", ends=False).receive, 0.01)
        await receive()
        with pytest.raises(TooSlow):
            await receive()

    asyncio.run(ask())
    problem = problem_of(TooSlow("late"), "zh")
    assert (problem.status, problem.title) == (408, "请求传输超时")


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass


def guarded() -> Callable[..., Any]:
    return Guard(reads_all)


def ingest() -> Callable[..., Any]:
    made = Ingest(reads_all, SECRET, VirtualClock(datetime(2026, 5, 1, tzinfo=UTC)))
    made.take = lambda *_: True
    return made


@pytest.mark.parametrize(
    ("app", "path"), [(guarded, "/api/v1/calls"), (ingest, "/ingest/osmand")]
)
def test_both_doors_wait_no_longer(
    app: Callable[[], Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies.in_time, "__defaults__", (0.01,))
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": "POST",
        "query_string": f"id=p1&token={device_token(SECRET, 'p1')}".encode(),
        "headers": [],
    }
    asyncio.run(app()(scope, Sender(b"lat=1&", ends=False).receive, send))
    assert answers[0]["status"] == 408
