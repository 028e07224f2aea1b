"""Hears of entries that other servers commit, by PostgreSQL's LISTEN."""

import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg import sql
from sqlalchemy import URL

from gengfu.kernel import GengfuError

from .connecting import connect_postgres
from .statements import CHANNEL

LOOK_UP_S = 0.25
RETRY_S = 1.0


class PostgresListener:
    """A thread with a connection of its own that passes on what it hears.

    A notice only wakes. After a lost connection it asks how far the ledger is, so
    that what was committed meanwhile is told as well.
    """

    def __init__(
        self, url: URL, told: Callable[[int], None], size: Callable[[], int]
    ) -> None:
        self._url = url
        self._told = told
        self._size = size
        self._stopped = threading.Event()
        self._heard = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="gengfu-listener", daemon=True
        )
        self._thread.start()
        # Whoever registers now must not miss the next commit.
        self._heard.wait(RETRY_S)

    def stop(self) -> None:
        """End the thread and its connection."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            with suppress(psycopg.Error, GengfuError):
                self._listen()
            self._stopped.wait(RETRY_S)

    def _listen(self) -> None:
        with connect_postgres(self._url) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._heard.set()
            self._told(self._size() - 1)
            while not self._stopped.is_set():
                for notice in connection.notifies(timeout=LOOK_UP_S):
                    self._told(int(notice.payload))
