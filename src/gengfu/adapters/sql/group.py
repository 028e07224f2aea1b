"""Group commit: one writer thread runs many works and commits them together.

While one batch is being made durable the next gathers, so the cost of a commit is
shared by all who came meanwhile and nobody waits for company. A work that fails takes
only its own writes with it. When a batch clashes with another server's writes its
works are run again one by one, a few times, before one is told that it is Stale.
"""

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from gengfu.adapters.buffered import BufferedTransaction, Changes, Key, NeedsCommit
from gengfu.kernel import Stale, Transaction, Unavailable

from .flushing import commit
from .reading import SqlReader
from .scouting import keys_of
from .sessions import DRIVER_ERRORS, Clash, Session, as_ours, is_conflict

MOST_WORKS_AT_ONCE = 256
MOST_RUNS = 6
FIRST_PAUSE_S = 0.002


@dataclass(slots=True)
class Job:
    """A work in the queue, and who waits for it."""

    work: Callable[[Transaction], Any]
    waiting: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """The writer thread of a store."""

    def __init__(
        self,
        open_session: Callable[[], Session],
        committed: Callable[[int], None],
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_session = open_session
        self._committed = committed
        self._closed = closed
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._session: Session | None = None
        self._stopped = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(
            target=self._run, name="gengfu-writer", daemon=True
        )
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue a job; raises Unavailable once stopped."""
        with self._turn:
            if self._stopped:
                raise Unavailable("this store is closed")
            self._queue.put(job)

    def is_writer(self) -> bool:
        """Tell whether the caller runs inside a work."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Commit what is queued, then end the thread and its connection."""
        with self._turn:
            if not self._stopped:
                self._stopped = True
                self._queue.put(None)
        self._thread.join()

    # -- on the writer thread ------------------------------------------------------

    def _run(self) -> None:
        ended = False
        while not ended:
            first = self._queue.get()
            jobs: deque[Job] = deque()
            ended = first is None
            if first is not None:
                jobs.append(first)
                ended = self._gather(jobs)
            while jobs:
                self._settle(self._commit_some(jobs))
        if self._session is not None:
            self._session.close()
        self._closed()

    def _gather(self, jobs: deque[Job]) -> bool:
        with suppress(Empty):
            while len(jobs) < MOST_WORKS_AT_ONCE:
                job = self._queue.get_nowait()
                if job is None:
                    return True
                jobs.append(job)
        return False

    def _commit_some(self, jobs: deque[Job]) -> list[Job]:
        """Commit as many of the first jobs as can go together; returns those done."""
        taken: list[Job] = []
        try:
            return self._commit_together(jobs, taken)
        except (Clash, *DRIVER_ERRORS) as error:
            if _is_lost(error):
                self._drop_session()
                return _failed(taken or [jobs.popleft()], as_ours(error))
        except Exception as error:  # no session, or a fault: leave nobody waiting
            self._drop_session()
            return _failed(taken or [jobs.popleft()], error)
        alone = taken or list(jobs)
        if not taken:
            jobs.clear()
        for job in alone:
            self._commit_alone(job)
        return alone

    def _commit_together(self, jobs: deque[Job], taken: list[Job]) -> list[Job]:
        session = self._ready_session()
        committed = SqlReader(session)
        ahead = _rows_ahead(session, jobs)
        last: int | None = None
        try:
            with session.together():
                session.begin_writing()
                if ahead:
                    committed.lock_ahead(ahead)
            batch = Changes()
            while jobs:
                job = jobs.popleft()
                taken.append(job)
                try:
                    _attempt(job, BufferedTransaction(committed, batch))
                except NeedsCommit:
                    jobs.appendleft(taken.pop())
                    break
            if batch:
                last = commit(session, batch)
        finally:
            session.rollback()
        if batch.destroyed_keys or batch.erased:
            session.forget_erased()
        if last is not None:
            self._committed(last)
        return taken

    def _commit_alone(self, job: Job) -> None:
        pause = FIRST_PAUSE_S
        for run in range(MOST_RUNS):
            if run:
                time.sleep(pause)
                pause *= 2
            job.result = job.error = None
            try:
                self._commit_together(deque([job]), [])
            except (Clash, *DRIVER_ERRORS) as error:
                if isinstance(error, Clash) or is_conflict(error):
                    continue
                job.error = as_ours(error)
                if _is_lost(error):
                    self._drop_session()
            except Exception as error:
                job.error = error
            return
        job.error = Stale("others keep changing the same case; look again")

    def _ready_session(self) -> Session:
        if self._session is not None and not self._session.usable():
            self._drop_session()
        if self._session is None:
            try:
                self._session = self._open_session()
            except DRIVER_ERRORS as error:
                raise as_ours(error) from error
        return self._session

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _settle(self, done: list[Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = defaultdict(list)
        for job in done:
            if job.loop is not None:
                by_loop[job.loop].append(job)
            else:
                _resolve(job)
        for loop, jobs in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_resolve_all, jobs)


def _rows_ahead(session: Session, jobs: deque[Job]) -> list[Key]:
    """Return the rows that works will lock, where asking for them saves journeys."""
    if not session.far or len(jobs) == 1:
        return []
    return keys_of(job.work for job in jobs)


def _attempt(job: Job, tx: BufferedTransaction) -> None:
    try:
        job.result = job.work(tx)
        tx.finish()
        job.error = None
    except (NeedsCommit, *DRIVER_ERRORS):
        raise
    except BaseException as error:  # whatever it is, it is for its caller
        job.result, job.error = None, error


def _is_lost(error: Exception) -> bool:
    """Tell whether no work could be done now, whichever it is."""
    if isinstance(error, Clash) or is_conflict(error):
        return False
    return isinstance(as_ours(error), Unavailable)


def _failed(jobs: list[Job], error: Exception) -> list[Job]:
    for job in jobs:
        job.result, job.error = None, error
    return jobs


def _resolve(job: Job) -> None:
    waiting = job.waiting
    if waiting.done():
        return
    if job.error is not None:
        waiting.set_exception(job.error)
    else:
        waiting.set_result(job.result)


def _resolve_all(jobs: list[Job]) -> None:
    for job in jobs:
        _resolve(job)
