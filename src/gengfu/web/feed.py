"""The live feed: each event is written once and handed to every screen that may see it.

Server-sent events. `Last-Event-ID` is a ledger seq: a screen that lost its connection
gets what it missed from the last events kept here, in order. One that is too far
behind, or too slow, gets a `reset` and is let go: it takes a fresh picture and starts
again. A feed that was opened by a page ends when its session does.
Nothing here ever waits for a client.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gengfu.kernel import BadInput, Codec, Forbidden, Role, SignInNeeded, Unavailable
from gengfu.surface import Capability, FeedEvent

from .doors import Lobby, language
from .problems import TooMany, answer, problem_of
from .sessions import Session

MOST_KEPT = 20_000
MOST_CLIENTS = 2_000
MOST_OF_ONE = 200
"""Feeds of one account: more screens than any room has, and a tenth of all."""
MOST_AHEAD = 10_000
MOST_PENDING_BYTES = 4_000_000
SEND_TIMEOUT_S = 20.0
RETRY_MS = 2_000
LONGEST_SEQ = 15
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a client may see: all of some capabilities, of others what concerns it."""

    all_of: frozenset[str]
    own_of: frozenset[str]
    stands_for: str | None

    def sees(self, source: str, audience: Collection[str]) -> bool:
        """Tell whether an event of a capability is for this client."""
        if source in self.all_of:
            return True
        return source in self.own_of and self.stands_for in audience


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose feed it is: the account it counts for, and the session it ends with."""

    account: str = ""
    session: str = ""
    until: datetime | None = None

    @classmethod
    def of(cls, session: Session) -> "Viewer":
        """Return the viewer of a session."""
        return cls(session.actor.id, session.id, session.until)


NOBODY = Viewer()


@dataclass(slots=True)
class Sent:
    """An event and, once somebody wants it, its form on the wire."""

    source: str
    event: FeedEvent
    _frame: bytes | None = None

    def frame(self, codec: Codec) -> bytes:
        """Return the event as a frame; written at most once."""
        if self._frame is None:
            event = self.event
            self._frame = written(event.name, codec.encode(event.data), event.seq)
        return self._frame


@dataclass(slots=True, eq=False)
class Client:
    """One open feed and what is waiting to be sent on it."""

    sight: Sight
    viewer: Viewer = NOBODY
    pending: list[bytes] = field(default_factory=list[bytes])
    size: int = 0
    over: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, frame: bytes) -> None:
        """Queue a frame; too slow a client is reset instead."""
        if self.over:
            return
        self.pending.append(frame)
        self.size += len(frame)
        if self.size > MOST_PENDING_BYTES:
            self.reset("slow")
        self.woken.set()

    def reset(self, why: str) -> None:
        """Tell the client to take a fresh picture, and end its feed."""
        self.pending = [written("reset", f'{{"why":"{why}"}}'.encode(), None)]
        self.size = 0
        self.over = True
        self.woken.set()

    def taken(self) -> bytes:
        """Return all that waits."""
        frames = b"".join(self.pending)
        self.pending.clear()
        self.size = 0
        self.woken.clear()
        return frames


def written(name: str, data: bytes, seq: int | None) -> bytes:
    """Return an event as a frame of the event stream."""
    place = b"" if seq is None else b"id: %d\n" % seq
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), place, data)


@dataclass(slots=True)
class Hub:
    """All open feeds of this process, and the last events for those who return."""

    codec: Codec
    kept: deque[Sent] = field(default_factory=deque[Sent])
    since: int = -1
    """Everything on the ledger after this seq is kept."""
    head: int = -1
    clients: set[Client] = field(default_factory=set[Client])
    sent: int = 0

    def start(self, head: int) -> None:
        """Begin after this seq: what came before is in every picture."""
        self.since = self.head = head
        self.kept.clear()

    def publish(self, source: str, events: Iterable[FeedEvent]) -> None:
        """Hand events of a capability to all who may see them."""
        for event in events:
            one = Sent(source, event)
            self.sent += 1
            if event.seq is not None:
                if event.forgets:
                    self.kept.clear()
                    self.since = event.seq - 1
                self._keep(one)
            for client in self.clients:
                if client.sight.sees(source, event.audience):
                    client.give(one.frame(self.codec))

    def reached(self, seq: int) -> None:
        """Note that everything up to this seq has been published."""
        self.head = max(self.head, seq)

    def tick(self, now: datetime) -> None:
        """Tell every client the time, and how far it has heard."""
        data = self.codec.encode({"at": now, "seq": self.head})
        frame = written("tick", data, self.head if self.head >= 0 else None)
        for client in self.clients:
            if client.viewer.until is not None and client.viewer.until < now:
                client.reset("session")
            else:
                client.give(frame)

    def reset_all(self, why: str) -> None:
        """Send everybody for a fresh picture."""
        for client in self.clients:
            client.reset(why)

    def end(self, session: str) -> None:
        """End every feed of a session that was signed out."""
        for client in self.clients:
            if client.viewer.session == session:
                client.reset("session")

    def join(self, sight: Sight, after: int | None, viewer: Viewer = NOBODY) -> Client:
        """Open a feed that continues after a seq.

        A picture may be a little ahead of what has been published; one that is far
        ahead is of another ledger.
        """
        client = Client(sight, viewer)
        client.give(b"retry: %d\n\n" % RETRY_MS)
        if after is not None and not self.since <= after <= self.head + MOST_AHEAD:
            client.reset("behind")
        elif after is not None:
            for one in self._after(after):
                if sight.sees(one.source, one.event.audience):
                    client.give(one.frame(self.codec))
        self.clients.add(client)
        return client

    def admit(self, viewer: Viewer) -> None:
        """Check that one more feed may open; raises Unavailable or TooMany."""
        if len(self.clients) >= MOST_CLIENTS:
            raise Unavailable("too many live screens here; try again in a moment")
        own = sum(client.viewer.account == viewer.account for client in self.clients)
        if own >= MOST_OF_ONE:
            raise TooMany(
                f"this account has {MOST_OF_ONE} live screens open here; close some"
            )

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self.clients.discard(client)
        client.pending.clear()

    def _keep(self, one: Sent) -> None:
        self.kept.append(one)
        while len(self.kept) > MOST_KEPT:
            dropped = self.kept.popleft().event.seq
            self.since = self.since if dropped is None else dropped

    def _after(self, seq: int) -> Sequence[Sent]:
        missed: list[Sent] = []
        for one in reversed(self.kept):
            if one.event.seq is not None and one.event.seq <= seq:
                break
            missed.append(one)
        return missed[::-1]


@dataclass(frozen=True, slots=True)
class Feed:
    """`GET /api/v1/feed`, for all roles that watch or follow a capability."""

    hub: Hub
    lobby: Lobby
    capabilities: Sequence[Capability]

    async def open(self, request: Request) -> Response:
        """Open a feed, or answer with the reason why not."""
        try:
            return self._opened(request)
        except Exception as error:  # every refusal leaves as a problem
            return answer(problem_of(error, language(request)))

    def _opened(self, request: Request) -> Response:
        session = self.lobby.session(request)
        if session is None:
            raise SignInNeeded("sign in first")
        sight = self.sight(request, session)
        after = _last_seen(request)
        if not self.lobby.ready:
            raise Unavailable("still starting; try again in a moment")
        viewer = Viewer.of(session)
        self.hub.admit(viewer)
        return FeedResponse(self.hub, sight, after, viewer)

    def sight(self, request: Request, session: Session) -> Sight:
        """Return what a session may see; raises Forbidden.

        An EventSource cannot send headers, so a page's feed serves the purpose of the
        capabilities that its session may watch.
        """
        said = request.headers.get("x-purpose")
        actor = session.actor
        held = {role for role, purpose in actor.grants if said in (None, purpose)}
        every = frozenset(c.name for c in self.capabilities if held & _set(c.watchers))
        own = frozenset(c.name for c in self.capabilities if held & _set(c.followers))
        if not every | own:
            raise Forbidden("this account has no live picture")
        return Sight(every, own, actor.represents)


def _set(roles: Sequence[Role]) -> frozenset[Role]:
    return frozenset(roles)


def _last_seen(request: Request) -> int | None:
    given = request.headers.get("last-event-id") or request.query_params.get("from")
    if not given:
        return None
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_SEQ):
        raise BadInput("from: is not a place on the ledger")
    return int(given)


class FeedResponse(Response):
    """Streams a client's events until either side goes."""

    def __init__(
        self, hub: Hub, sight: Sight, after: int | None, viewer: Viewer
    ) -> None:
        super().__init__()
        self.hub = hub
        self.sight = sight
        self.after = after
        self.viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; whatever happens, the client is forgotten at the end."""
        del scope
        client = self.hub.join(self.sight, self.after, self.viewer)
        gone = asyncio.ensure_future(_disconnected(receive))
        gone.add_done_callback(lambda _: client.woken.set())
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": _HEADERS}
            )
            while not gone.done():
                await client.woken.wait()
                frames, more = client.taken(), not client.over
                body = {
                    "type": "http.response.body",
                    "body": frames,
                    "more_body": more,
                }
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await send(body)
                if not more:
                    return
        except (OSError, TimeoutError):
            return  # the other end is gone
        finally:
            gone.cancel()
            self.hub.leave(client)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
