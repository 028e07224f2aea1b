"""The live feed's hub: who sees what, what is missed, and who is too slow."""

from datetime import UTC, datetime, timedelta

import pytest

from gengfu.adapters.codec import JsonCodec
from gengfu.kernel import Unavailable
from gengfu.surface import FeedEvent
from gengfu.web.feed import (
    MOST_CLIENTS,
    MOST_KEPT,
    MOST_OF_ONE,
    MOST_PENDING_BYTES,
    Hub,
    Sight,
    Viewer,
)
from gengfu.web.problems import TooMany

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
DESK = Sight(frozenset({"room"}), frozenset(), None)
CREW = Sight(frozenset(), frozenset({"room"}), "u1")
OTHER = Sight(frozenset({"elsewhere"}), frozenset({"room"}), "u2")


def hub(head: int = -1) -> Hub:
    made = Hub(JsonCodec())
    made.start(head)
    return made


def entry(seq: int, *audience: str) -> FeedEvent:
    return FeedEvent("entry", {"seq": seq}, seq, frozenset(audience))


def seqs(frames: bytes) -> list[int]:
    return [
        int(line.removeprefix("id: "))
        for line in frames.decode().split("\n")
        if line.startswith("id: ")
    ]


def test_the_desk_sees_all_and_a_crew_its_own() -> None:
    one = hub()
    desk, crew, other = (one.join(sight, None) for sight in (DESK, CREW, OTHER))
    one.publish("room", [entry(0, "u1"), entry(1, "u2"), entry(2)])
    assert seqs(desk.taken()) == [0, 1, 2]
    assert seqs(crew.taken()) == [0]
    assert seqs(other.taken()) == [1]


def test_events_off_the_ledger_have_no_place() -> None:
    one = hub()
    desk = one.join(DESK, None)
    desk.taken()
    one.publish("room", [FeedEvent("positions", {"rows": []})])
    assert desk.taken() == b'event: positions\ndata: {"rows":[]}\n\n'


def test_who_returns_gets_what_was_missed() -> None:
    one = hub(9)
    one.publish("room", [entry(n, "u1") for n in range(10, 20)])
    one.reached(19)
    assert seqs(one.join(DESK, 14).taken()) == [15, 16, 17, 18, 19]
    assert seqs(one.join(DESK, 9).taken()) == list(range(10, 20))
    assert seqs(one.join(DESK, 19).taken()) == []
    assert seqs(one.join(OTHER, 9).taken()) == []


def test_too_far_behind_is_a_reset() -> None:
    one = hub(9)
    late = one.join(DESK, 3)
    assert b"event: reset" in late.taken()
    assert late.over
    strange = one.join(DESK, 10_000_000)
    assert strange.over


def test_what_is_kept_is_bounded() -> None:
    one = hub()
    one.publish("room", [entry(n) for n in range(MOST_KEPT + 10)])
    one.reached(MOST_KEPT + 9)
    assert len(one.kept) == MOST_KEPT
    assert one.join(DESK, 3).over
    assert not one.join(DESK, 20).over


def test_a_slow_client_is_reset_and_holds_up_nobody() -> None:
    one = hub()
    slow, quick = one.join(DESK, None), one.join(DESK, None)
    big = FeedEvent("positions", {"rows": "x" * 1_000_000})
    for _ in range(MOST_PENDING_BYTES // 1_000_000 + 2):
        one.publish("room", [big])
        quick.taken()
    assert slow.over
    assert b'event: reset\ndata: {"why":"slow"}' in slow.taken()
    assert not quick.over
    one.leave(slow)
    assert one.clients == {quick}


def test_ticks_say_how_far_everybody_has_heard() -> None:
    one = hub(4)
    crew = one.join(CREW, None)
    crew.taken()
    one.publish("room", [entry(5, "u2")])
    one.reached(5)
    one.tick(NOW)
    frames = crew.taken()
    assert b"event: tick\nid: 5\n" in frames
    assert b'"at":"2026-05-01T08:00:00Z"' in frames


def test_nothing_is_written_that_nobody_wants() -> None:
    class Counting(JsonCodec):
        written = 0

        def encode(self, value: object) -> bytes:
            Counting.written += 1
            return super().encode(value)

    one = Hub(Counting())
    one.start(-1)
    one.publish("room", [entry(0), entry(1)])
    assert Counting.written == 0
    one.join(DESK, -1)
    one.join(DESK, -1)
    assert Counting.written == 2


def test_a_feed_ends_when_its_session_runs_out() -> None:
    one = hub()
    page = one.join(DESK, None, Viewer("bo", "s1", NOW + timedelta(minutes=1)))
    service = one.join(DESK, None, Viewer("twin"))
    one.tick(NOW + timedelta(minutes=1))
    assert not page.over
    one.tick(NOW + timedelta(seconds=61))
    assert b'event: reset\ndata: {"why":"session"}' in page.taken()
    assert (page.over, service.over) == (True, False)


def test_signing_out_ends_the_feeds_of_that_session_only() -> None:
    one = hub()
    here, also, other, service = (
        one.join(DESK, None, Viewer("bo", session)) for session in ("a", "a", "b", "")
    )
    one.end("a")
    assert [c.over for c in (here, also, other, service)] == [True, True, False, False]


def test_no_account_takes_every_feed() -> None:
    one = hub()
    bo, chen = Viewer("bo", "s1"), Viewer("chen", "s2")
    for _ in range(MOST_OF_ONE):
        one.admit(bo)
        last = one.join(DESK, None, bo)
    with pytest.raises(TooMany, match="200 live screens"):
        one.admit(bo)
    one.admit(chen)
    one.leave(last)
    one.admit(bo)
    for n in range(MOST_CLIENTS - len(one.clients)):
        one.join(DESK, None, Viewer(f"u{n}"))
    with pytest.raises(Unavailable):
        one.admit(chen)


def test_words_that_were_erased_are_not_kept_for_those_who_return() -> None:
    one = hub(9)
    desk = one.join(DESK, None)
    forgets = FeedEvent("entry", {"seq": 13}, 13, frozenset(), forgets=True)
    one.publish("room", [entry(10), entry(11), entry(12), forgets, entry(14)])
    one.reached(14)
    assert seqs(desk.taken()) == [10, 11, 12, 13, 14]
    assert [sent.event.seq for sent in one.kept] == [13, 14]
    assert seqs(one.join(DESK, 12).taken()) == [13, 14]
    assert one.join(DESK, 11).over, "who is further behind takes a fresh picture"
