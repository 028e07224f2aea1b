"""Doors as HTTP requests open them: session, purpose, language, desk."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.requests import HTTPConnection

from gengfu.kernel import (
    Actor,
    ActorId,
    Case,
    Codec,
    Desk,
    Forbidden,
    Machine,
    Office,
    Purpose,
    Reader,
    Refused,
    Role,
    SignInNeeded,
    Unavailable,
)

from .details import in_language
from .sessions import Session, Sessions
from .terms import language_of

PURPOSE_HEADER = "x-purpose"
CSRF_HEADER = "x-requested-with"
CSRF_VALUE = "gengfu"
LANGUAGE_COOKIE = "lang"
ANONYMOUS = ActorId("anonymous")
_log = logging.getLogger("gengfu.web")


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """One request at the platform (the surface's `Door`)."""

    actor: Actor | None
    purpose: Purpose
    language: str
    lobby: "Lobby"

    @property
    def codec(self) -> Codec:
        """What reads and writes bodies."""
        return self.lobby.office.codec

    async def do[T](self, job: Callable[[Desk], T]) -> T:
        """Run a job at a desk; durable when this returns.

        Raises:
            SignInNeeded: nobody acts here.

        """
        if self.actor is None:
            raise SignInNeeded("sign in first")
        work = self.lobby.office.work(self.actor, self.purpose, job)
        done = await self.lobby.office.store.transact_async(work)
        self.lobby.foresee(done.written)
        return done.result

    async def look[T](self, job: Callable[[Reader], T]) -> T:
        """Read what is committed, beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.lobby.readers, self.lobby.office.look, job
        )

    def words(self, refused: Refused) -> str:
        """Return what a refusal says, in the language of this request."""
        return in_language(str(refused), self.language)

    def runtime[T](self, kind: type[T]) -> T:
        """Return a capability's running part; raises Unavailable before its start."""
        found = self.lobby.runtimes.get(kind)
        if found is None:
            raise Unavailable("still starting; try again in a moment")
        return cast("T", found)


@dataclass(slots=True, kw_only=True)
class Lobby:
    """What all doors share. `public` roles are held by everybody who walks in."""

    office: Office
    readers: Executor
    sessions: Sessions
    public: Collection[tuple[Role, Purpose]] = ()
    runtimes: dict[type[Any], Any] = field(default_factory=dict[type[Any], Any])
    ready: bool = False

    def foresee(self, written: Sequence[tuple[Machine[Any], Case]]) -> None:
        """Show what was committed at once; it is done, whatever a picture makes of it.

        The tail brings it again, so a picture that fails here misses nothing.
        """
        for runtime in self.runtimes.values():
            try:
                runtime.foresee(written)
            except Exception:
                _log.exception("a picture could not take in what was committed")

    def session(self, request: HTTPConnection) -> Session | None:
        """Return who asks; raises SignInNeeded where what they show is not valid."""
        found = self.sessions.find(request)
        if found is None and request.headers.get("authorization"):
            raise SignInNeeded("this token is not valid here")
        return found

    def door(
        self,
        request: HTTPConnection,
        roles: Collection[Role] = (),
        *,
        unless_said: Purpose | None = None,
    ) -> OpenDoor:
        """Open a door; `unless_said` is the purpose of one who declares none.

        Who is not signed in acts as anybody may, on routes for such a role only.
        """
        session = self.session(request)
        actor = session.actor if session is not None else self._anybody(roles)
        if session is not None and session.by_cookie:
            require_own_page(request)
        said = request.headers.get(PURPOSE_HEADER, unless_said or "")
        return OpenDoor(actor, Purpose(said), language(request), self)

    def _anybody(self, roles: Collection[Role]) -> Actor | None:
        grants = frozenset(g for g in self.public if g[0] in roles)
        return Actor(ANONYMOUS, grants) if grants else None


def require_own_page(request: HTTPConnection) -> None:
    """Refuse a change by cookie that no page of ours has sent; raises Forbidden."""
    if request.scope.get("method") in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get(CSRF_HEADER) != CSRF_VALUE:
        raise Forbidden("changes by cookie come with X-Requested-With: gengfu")


def language(request: HTTPConnection) -> str:
    """Return the language of an answer: asked for, chosen before, or accepted."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return language_of(asked, request.headers.get("accept-language"))


def address(request: HTTPConnection) -> str:
    """Return the client's address, for throttling only."""
    return request.client.host if request.client else "?"
