"""Sessions that were signed out are over on every server of one database.

Who signs out is over here at once, and recorded; every server's tail reads the record
and ends the session there. One that starts reads those that could still be running.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gengfu.kernel import (
    OVERSIGHT,
    Case,
    GengfuError,
    Machine,
    Office,
    Reader,
    Row,
    SignOut,
    clockwork,
)
from gengfu.kernel.records import sign_out, signing_out
from gengfu.surface import Change, FeedEvent
from gengfu.web.feed import Hub
from gengfu.web.sessions import SESSION_LIFE, Session, Sessions

_log = logging.getLogger("gengfu.web")


@dataclass(frozen=True, slots=True)
class SignOuts:
    """Records sign-outs and follows those of other servers (a `Runtime`)."""

    office: Office
    sessions: Sessions
    hub: Hub

    async def record(self, session: Session) -> None:
        """End a session here, and on every other server.

        Where the ledger cannot be written the session is over on this server only.
        """
        self._end(session.id, session.until or self.office.clock())
        work = self.office.work(
            clockwork(OVERSIGHT),
            OVERSIGHT,
            lambda desk: desk.open(
                sign_out, session.actor.id, session.id, session.until or desk.now
            ),
        )
        try:
            await self.office.store.transact_async(work)
        except GengfuError as error:
            _log.warning("a sign-out counts on this server only: %s", error)

    async def load(self) -> None:
        """Learn which sessions were signed out before this server started."""
        since = self.office.clock() - SESSION_LIFE

        def recorded(reader: Reader) -> Sequence[Row]:
            return reader.rows(signing_out.kind, opened_from=since)

        loop = asyncio.get_running_loop()
        for row in await loop.run_in_executor(None, self.office.look, recorded):
            self._take(row)

    def foresee(self, written: Sequence[tuple[Machine[Any], Case]]) -> None:
        """Nothing: who signs out here is over already."""

    def observe(self, changes: Sequence[Change]) -> Sequence[FeedEvent]:
        """End what was signed out elsewhere; no screen hears of it."""
        for change in changes:
            if change.row is not None and change.row.kind == signing_out.kind:
                self._take(change.row)
        return ()

    def tick(self, now: datetime) -> Sequence[FeedEvent]:
        """Nothing: the sessions forget by themselves."""
        del now
        return ()

    def close(self) -> None:
        """Nothing runs beside."""

    def _take(self, row: Row) -> None:
        found = self.office.codec.decode(SignOut, row.body)
        self._end(found.session, found.until)

    def _end(self, session: str, until: datetime) -> None:
        self.sessions.end(session, until)
        self.hub.end(session)
