"""Clocks that run on cases, in memory: which of them have come."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from gengfu.kernel import CaseId, Deadline, Due

from .buffered import Key, due_order

AHEAD = timedelta(hours=1)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class RunningClocks:
    """The deadlines of each case.

    Almost every move sets some and stops others, and what is due is asked for once a
    minute or a second. Most that run are years off (how long words are kept) and wait
    apart, looked at once in a while; those of the next hour are looked through.
    """

    def __init__(self) -> None:
        self._just_set: dict[Key, tuple[Deadline, ...]] = {}
        self._soon: dict[Key, tuple[Deadline, ...]] = {}
        """Of cases with a deadline up to `_until`."""
        self._later: dict[Key, tuple[Deadline, ...]] = {}
        self._until = _EARLIEST

    def set(self, case: Key, deadlines: tuple[Deadline, ...]) -> None:
        """Let these clocks run on a case, and none of before."""
        self._just_set[case] = deadlines

    def due(self, now: datetime, limit: int, but: str) -> Sequence[Due]:
        """Return what is due on cases of all kinds but one, the first in front."""
        if now > self._until:
            self._until = now + min(AHEAD, _LATEST - now)
            self._just_set = self._later | self._just_set
            self._later = {}
        self._sort_in()
        found = [
            Due(kind, CaseId(case), deadline)
            for (kind, case), deadlines in self._soon.items()
            if kind != but
            for deadline in deadlines
            if deadline.at <= now
        ]
        return sorted(found, key=due_order)[:limit]

    def _sort_in(self) -> None:
        for case, deadlines in self._just_set.items():
            self._soon.pop(case, None)
            self._later.pop(case, None)
            if deadlines:
                soon = any(deadline.at <= self._until for deadline in deadlines)
                (self._soon if soon else self._later)[case] = deadlines
        self._just_set = {}
