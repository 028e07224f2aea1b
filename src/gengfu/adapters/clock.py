"""The only place that reads the time of day and draws chance from the machine."""

import hashlib
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

from gengfu.kernel import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS_PER_MICROSECOND = 1000
_BLOCK_BYTES = 16_384


class SystemClock:
    """The machine's time in UTC, never going back while this process lives.

    Where the machine's clock is set back, this one stands still until it is caught up
    with, so that what happened later never carries an earlier time.
    """

    def __init__(self) -> None:
        self._latest = 0
        self._turn = threading.Lock()

    def __call__(self) -> datetime:
        """Return the present instant, to the microsecond."""
        microseconds = time.time_ns() // _NANOSECONDS_PER_MICROSECOND
        with self._turn:
            self._latest = max(self._latest, microseconds)
            return _EPOCH + timedelta(microseconds=self._latest)


class VirtualClock:
    """A clock that moves only when told: for the twin, for replay and for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def __call__(self) -> datetime:
        """Return the instant it stands at."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to an instant; raises BadInput if that lies behind."""
        instant = _aware(now)
        if instant < self._now:
            raise BadInput(f"a clock at {self._now} cannot go back to {instant}")
        self._now = instant

    def advance(self, by: timedelta) -> datetime:
        """Move on by a duration and return the new instant."""
        self.set(self._now + by)
        return self._now


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise BadInput(f"{instant} has no time zone")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


system_entropy = secrets.token_bytes
"""Unpredictable bytes from the machine."""


class SeededEntropy:
    """The same bytes for the same seed: for the twin and for tests, never for secrets.

    A stream of SHAKE-256 over the seed and a counter, made a block at a time: a move
    of the twin draws twice, and a hash of its own for each would cost it more than
    the draws are worth. Threads may share it; no two are ever given the same bytes.
    """

    def __init__(self, seed: int) -> None:
        self._seed = str(seed).encode()
        self._blocks = count(1)
        self._stream = BytesIO()

    def __call__(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        drawn = self._stream.read(length)
        if len(drawn) == length:
            return drawn
        block = b"%b/%d" % (self._seed, next(self._blocks))
        fresh = BytesIO(hashlib.shake_256(block).digest(length + _BLOCK_BYTES))
        drawn = fresh.read(length)
        self._stream = fresh
        return drawn
