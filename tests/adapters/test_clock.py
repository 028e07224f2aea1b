"""Time that never goes back, and chance that can be repeated."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gengfu.adapters.clock import (
    SeededEntropy,
    SystemClock,
    VirtualClock,
    system_entropy,
)
from gengfu.kernel import BadInput

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_system_clock_tells_the_time_in_utc() -> None:
    before = time.time()
    now = SystemClock()()
    after = time.time()
    assert now.tzinfo is UTC
    assert before - 1e-5 <= now.timestamp() <= after + 1e-5


def test_the_system_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([5_000_000_000, 3_000_000_000, 5_000_000_999, 6_000_001_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(told))
    clock = SystemClock()
    seen = [clock() for _ in range(4)]
    assert [s.timestamp() for s in seen] == [5.0, 5.0, 5.0, 6.000001]


def test_a_virtual_clock_moves_only_when_told() -> None:
    clock = VirtualClock(NOON.astimezone(timezone(timedelta(hours=8))))
    assert clock() == clock() == NOON
    assert clock().tzinfo is UTC
    assert clock.advance(timedelta(seconds=3)) == NOON + timedelta(seconds=3)
    clock.set(NOON + timedelta(hours=1))
    assert clock() == NOON + timedelta(hours=1)
    with pytest.raises(BadInput):
        clock.advance(timedelta(microseconds=-1))
    with pytest.raises(BadInput):
        clock.set(NOON)
    with pytest.raises(BadInput):
        VirtualClock(datetime(2026, 1, 1))  # noqa: DTZ001
    assert clock() == NOON + timedelta(hours=1)


def test_seeded_entropy_repeats_and_does_not_run_in_circles() -> None:
    one, other, third = SeededEntropy(7), SeededEntropy(7), SeededEntropy(8)
    drawn = [one(16) for _ in range(3000)]
    assert drawn == [other(16) for _ in range(3000)]
    assert len({*drawn, *(third(16) for _ in range(3000))}) == 6000
    assert [len(one(n)) for n in (0, 1, 5, 1000)] == [0, 1, 5, 1000]


def test_seeded_entropy_gives_no_bytes_twice_to_threads() -> None:
    entropy = SeededEntropy(1)
    drawn: list[bytes] = []

    def draw() -> None:
        drawn.extend(entropy(16) for _ in range(300))

    threads = [threading.Thread(target=draw) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(drawn)) == 1800


def test_system_entropy_is_as_long_as_asked_and_not_repeated() -> None:
    assert len(system_entropy(32)) == 32
    assert system_entropy(32) != system_entropy(32)
