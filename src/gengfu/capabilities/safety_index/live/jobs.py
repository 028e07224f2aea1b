"""Long work behind a page: done beside the event loop, one piece after another.

A page starts it and looks again until it is done. What came of it is kept in memory
for the one who asked, on the server that was asked, and for a short while only: it can
be asked for again, and pages say so.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Event
from typing import Any

from gengfu.kernel import GengfuError, RuleBroken, Told, Unavailable

MOST_KEPT, MOST_WAITING = 32, 4
WAITING, BEGUN = "waiting", "begun"
_log = logging.getLogger("gengfu.jobs")


@dataclass(slots=True, kw_only=True)
class Job:
    """One piece of work; `form` is what was asked, as it was typed."""

    id: str
    owner: str
    kind: str
    form: Mapping[str, str]
    stage: str = WAITING
    share: float = 0.0
    future: Future[Any] = field(default_factory=Future[Any])

    @property
    def over(self) -> bool:
        """Whether it ended, one way or the other."""
        return self.future.done()

    @property
    def result(self) -> Any:
        """What came of it; raises what the work raised."""
        return self.future.result(0)


class Jobs:
    """The long work of one server. Its methods are called on the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "gengfu-long")
        self._jobs: dict[str, Job] = {}
        self._closing = Event()

    def start(
        self,
        owner: str,
        kind: str,
        form: Mapping[str, str],
        work: Callable[[Told], Any],
    ) -> Job:
        """Start work, or let it wait for what is being done.

        Raises:
            RuleBroken: the same person's last question is not answered yet, or too
                many wait.

        """
        under_way = [job for job in self._jobs.values() if not job.over]
        if any((job.owner, job.kind) == (owner, kind) for job in under_way):
            raise RuleBroken("your last question is still being worked on")
        if len(under_way) >= MOST_WAITING:
            raise RuleBroken("too much is being worked on; ask again in a minute")
        job = Job(id=token_hex(8), owner=owner, kind=kind, form=dict(form))

        def told(stage: str, share: float) -> None:
            if self._closing.is_set():
                raise Unavailable("the server stops")
            job.stage, job.share = stage, min(max(share, 0.0), 1.0)

        job.future = self._thread.submit(_said, work, told)
        while len(self._jobs) >= MOST_KEPT:
            self._jobs.pop(next(one for one, old in self._jobs.items() if old.over))
        self._jobs[job.id] = job
        return job

    def find(self, job: str, owner: str, kind: str) -> Job | None:
        """Return somebody's own work of a kind; None where it is forgotten, or else."""
        found = self._jobs.get(job)
        if found is None or (found.owner, found.kind) != (owner, kind):
            return None
        return found

    def newest(self, owner: str, kind: str) -> Job | None:
        """Return the last work of a kind that somebody asked for."""
        mine = (j for j in self._jobs.values() if (j.owner, j.kind) == (owner, kind))
        return next(reversed(list(mine)), None)

    def close(self) -> None:
        """Let nothing more begin; what runs ends where it next tells its progress."""
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)


async def settled(job: Job, within_s: float) -> bool:
    """Wait a moment for work to end; short answers need no second look."""
    if not job.over:
        ended = asyncio.wrap_future(job.future)
        ended.add_done_callback(_seen)
        await asyncio.wait([ended], timeout=within_s)
    return job.over


def _seen(ended: "asyncio.Future[Any]") -> None:
    """Look at what work raised: asyncio would log it, and the page shows it anyway."""
    if not ended.cancelled():
        ended.exception()


def _said(work: Callable[[Told], Any], told: Told) -> Any:
    """Do the work; what is nobody's mistake is told in the log."""
    told(BEGUN, 0.0)
    try:
        return work(told)
    except GengfuError:
        raise
    except Exception as error:
        _log.exception("long work failed")
        raise Unavailable("this work failed; the server's log says why") from error
