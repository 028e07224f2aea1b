"""The store on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, LifoQueue

from gengfu.adapters.listeners import Listeners
from gengfu.kernel import Reader, Transaction, Unavailable

from .connecting import parse_address
from .group import GroupCommit, Job
from .listening import PostgresListener
from .reading import SqlReader
from .sessions import DRIVER_ERRORS, Session, as_ours, open_session
from .statements import statements_for
from .upgrading import head_revision

MOST_IDLE_READERS = 16


class SqlStore:
    """The kernel's Store port on a database that `upgrade` has prepared.

    Any number of threads may use it. Writes go through one thread and are committed
    in groups; each reader has a connection of its own and waits for nobody.
    """

    def __init__(self, address: str) -> None:
        """Open the database.

        Raises:
            BadInput: the address names no database this can use.
            Unavailable: it does not answer, or `upgrade` has not been run on it.

        """
        self._url = parse_address(address)
        self._statements = statements_for(self._url.get_backend_name())
        self._idle: LifoQueue[Session] = LifoQueue(MOST_IDLE_READERS)
        self._closed = False
        self._require_revision()
        self._listeners = Listeners()
        self._listener: PostgresListener | None = None
        self._writer = GroupCommit(self._open, self._listeners.tell)

    # -- writing -------------------------------------------------------------------

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction; return once it is durable.

        Raises:
            Stale: others kept changing the same cases.
            Unavailable: the database cannot be written now. Where the connection was
                lost during the commit itself the work may have been done.

        """
        return self.submit(work).result()

    def submit[T](self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue work as `transact` does, without waiting for it."""
        if self._writer.is_writer():
            raise RuntimeError("a work cannot wait for another work")
        future: Future[T] = Future()
        self._writer.put(Job(work, future))
        return future

    async def transact_async[T](self, work: Callable[[Transaction], T]) -> T:
        """Do as `transact` does, without blocking the event loop.

        All works of one commit wake their loop together.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()
        self._writer.put(Job(work, waiting, loop))
        return await waiting

    # -- reading ---------------------------------------------------------------------

    def read[T](self, work: Callable[[Reader], T]) -> T:
        """Run work on one consistent state of what is committed.

        Raises:
            Unavailable: the database does not answer.

        """
        if self._closed:
            raise Unavailable("this store is closed")
        try:
            session, fresh = self._take_session()
            try:
                return self._read_over(session, work)
            except DRIVER_ERRORS:
                if fresh or session.usable():
                    raise
            # It had been lost while it lay idle, as after a restart of the server.
            self._drop_idle()
            return self._read_over(self._open(), work)
        except DRIVER_ERRORS as error:
            raise as_ours(error) from error

    def _read_over[T](self, session: Session, work: Callable[[Reader], T]) -> T:
        try:
            session.begin_reading()
            return work(SqlReader(session))
        finally:
            session.rollback()
            self._give_back(session)

    def _take_session(self) -> tuple[Session, bool]:
        try:
            return self._idle.get_nowait(), False
        except Empty:
            return self._open(), True

    def _give_back(self, session: Session) -> None:
        if self._closed or not session.usable() or self._idle.full():
            session.close()
        else:
            self._idle.put(session)

    def _drop_idle(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    # -- hearing of commits ------------------------------------------------------------

    def on_commit(self, told: Callable[[int], None]) -> Callable[[], None]:
        """Call `told` with the last seq after entries were added.

        On PostgreSQL it hears of other servers' commits too.
        """
        if self._listener is None and self._statements.database == "postgresql":
            self._listener = PostgresListener(
                self._url, self._listeners.tell, lambda: self.read(lambda r: r.size())
            )
        return self._listeners.add(told)

    def close(self) -> None:
        """Commit what is queued and disconnect."""
        self._closed = True
        self._writer.stop()
        if self._listener is not None:
            self._listener.stop()
        self._drop_idle()

    # -- inside ----------------------------------------------------------------------

    def _open(self) -> Session:
        return open_session(self._url, self._statements)

    def _require_revision(self) -> None:
        try:
            session = self._open()
            try:
                found = session.fetch(self._statements.revision, ())
            finally:
                session.close()
        except DRIVER_ERRORS as error:
            ours = as_ours(error)
            if "alembic_version" not in str(error):
                raise ours from error
            found = []
        if not found or found[0][0] != head_revision():
            raise Unavailable("this database needs `gengfu db upgrade` first")
