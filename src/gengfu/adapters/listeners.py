"""Who wants to hear of new ledger entries; each commit is told once, in order."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Listeners:
    """Callbacks with the last seq; a seq already told is not told again."""

    def __init__(self) -> None:
        self._told: list[Callable[[int], None]] = []
        self._latest = -1
        self._turn = threading.Lock()

    def add(self, told: Callable[[int], None]) -> Callable[[], None]:
        """Add a callback; returns what removes it."""

        def only_this(seq: int) -> None:
            told(seq)

        with self._turn:
            self._told = [*self._told, only_this]

        def remove() -> None:
            with self._turn:
                self._told = [t for t in self._told if t is not only_this]

        return remove

    def tell(self, last_seq: int) -> None:
        """Tell everyone, unless they know."""
        with self._turn:
            if last_seq <= self._latest:
                return
            self._latest = last_seq
            told = self._told
        for callback in told:
            try:
                callback(last_seq)
            except Exception:  # what is committed stays so, and others want to know
                _log.exception("a listener failed at entry %d", last_seq)
