"""The tail: every entry is observed once, in order, and screens hear of it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.app.example import Watching, made, office

from gengfu.app.tail import BATCH, Tail, changes_after
from gengfu.kernel import Unavailable
from gengfu.web.feed import Hub, Sight

ALL = Sight(frozenset({"example"}), frozenset(), None)


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def tail(one, readers: ThreadPoolExecutor, watching: Watching) -> Tail:
    hub = Hub(one.codec)
    hub.start(-1)
    runtimes = [("example", watching)]
    return Tail(office=one, hub=hub, readers=readers, runtimes=runtimes)


def test_observes_all_once_in_order(readers: ThreadPoolExecutor) -> None:
    one, watching = office(), Watching()
    follows = tail(one, readers, watching)
    for n in range(BATCH + 20):
        made(one, f"{n}", 60)
    assert asyncio.run(follows.drain())
    assert watching.seen == list(range(BATCH + 20))
    assert asyncio.run(follows.drain())
    assert len(watching.seen) == BATCH + 20
    assert follows.hub.head == follows.after == BATCH + 19


def test_brings_each_case_as_it_is_now(readers: ThreadPoolExecutor) -> None:
    one = office()
    promise = made(one, "x", 60)
    (change,) = one.look(lambda r: changes_after(r, -1, 10))
    assert change.row is not None
    assert change.row.id == promise.id
    assert change.logged.entry.move == "make"


def test_a_commit_wakes_it(readers: ThreadPoolExecutor) -> None:
    one, watching = office(), Watching()
    follows = tail(one, readers, watching)

    async def play() -> None:
        client = follows.hub.join(ALL, None)
        client.taken()
        running = asyncio.create_task(follows.run())
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(readers, made, one, "x", 60)
        frames = b""
        while b"event: entry" not in frames:
            async with asyncio.timeout(10):
                await client.woken.wait()
            frames += client.taken()
        assert b"id: 0\n" in frames
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())
    assert watching.seen == [0]


def test_while_the_ledger_is_away_no_tick_pretends(
    readers: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    one, watching = office(), Watching()
    follows = tail(one, readers, watching)
    one.store.close()
    assert not asyncio.run(follows.drain())
    assert "cannot be read" in caplog.text
    with pytest.raises(Unavailable):
        one.look(lambda r: r.size())


def test_a_part_that_breaks_sends_screens_for_a_fresh_picture(
    readers: ThreadPoolExecutor,
) -> None:
    one, watching = office(), Watching()
    follows = tail(one, readers, watching)
    client = follows.hub.join(ALL, None)
    watching.broken = True
    made(one, "x", 60)
    assert asyncio.run(follows.drain())
    assert b"event: reset" in client.taken()
    assert client.over
    assert follows.after == 0
