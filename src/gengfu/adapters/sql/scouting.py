"""Asks works which row they will lock first, so that all can be locked in one journey.

Most works begin by locking the case they move. Each is run up to its first request to
the transaction and no further; what it asks for is noted and it is abandoned there. A
work has no effect but on the transaction and may be run again, so this costs nothing
but the few microseconds it takes.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, cast

from gengfu.adapters.buffered import Key
from gengfu.kernel import CaseId, Transaction


class _Enough(BaseException):
    """The work has asked for something. No Exception, so that no work catches it."""


class _Scout:
    """A transaction that only listens."""

    def __init__(self) -> None:
        self.asked: Key | None = None

    def find_for_update(self, kind: str, case: CaseId) -> None:
        self.asked = (kind, case)
        raise _Enough

    def __getattr__(self, name: str) -> Any:
        raise _Enough


def keys_of(works: Iterable[Callable[[Transaction], Any]]) -> list[Key]:
    """Return the rows that works lock before they do anything else."""
    found: list[Key] = []
    for work in works:
        scout = _Scout()
        # A work that fails already will fail again when it is run in earnest.
        with suppress(_Enough, Exception):
            work(cast("Transaction", scout))
        if scout.asked is not None:
            found.append(scout.asked)
    return found
