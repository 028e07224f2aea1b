"""What holds for every answer: security headers, known hosts, and no traceback ever."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .bodies import in_time
from .doors import language
from .problems import answer, problem_of, refusal
from .templates import CONTENT_SECURITY_POLICY

_log = logging.getLogger("gengfu.web")

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self)"),
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Wraps the whole application.

    With `hosts`, requests for any other host are refused: a page elsewhere that makes
    its name resolve to this machine gets no session here.
    """

    app: ASGIApp
    hosts: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request behind the guard."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        connection = HTTPConnection(scope)
        if self.hosts and _host(connection) not in self.hosts:
            refused = refusal(
                "bad-input", 421, "this host is not served here", language(connection)
            )
            await answer(refused)(scope, receive, guarded)
            return
        try:
            await self.app(scope, in_time(receive), guarded)
        except Exception as error:
            if started:
                _log.exception("an answer broke off")
                raise
            problem = problem_of(error, language(connection))
            await answer(problem)(scope, receive, guarded)


def _host(connection: HTTPConnection) -> str:
    given = connection.headers.get("host", "")
    name = given.rpartition(":")[0] if ":" in given.rpartition("]")[2] else given
    return name.strip("[]").lower()
