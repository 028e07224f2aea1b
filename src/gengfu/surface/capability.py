"""What the composition root needs to install a capability."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gengfu.kernel import (
    Case,
    Forgetting,
    Logged,
    Machine,
    Office,
    Purpose,
    Referable,
    Role,
    Row,
    Subscription,
    TaskRule,
)

from .documents import Document
from .doors import Door
from .routes import Routes
from .town import Town


@dataclass(frozen=True, slots=True)
class Site:
    """Where a capability runs: the city, the office, and a key of the server's own.

    The key is for digests that nobody outside can test a guess against.
    """

    town: Town
    office: Office
    key: bytes
    device_token: Callable[[str], str]
    """Returns the token with which a unit's phone reports its position."""
    simulated: bool = False
    keeps_roster: bool = False
    """Whether the roster's crews relieve each other without being asked."""
    public_url: str = ""
    """The address before every public path, as residents type it; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One ledger entry as the live feed meets it, with the case's present row."""

    logged: Logged
    row: Row | None


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """Something for live screens; `seq` is None where it is not on the ledger.

    Watchers of the capability see every event. Its followers (a crew, an agency's
    officer) see those whose `audience` names the unit or agency they stand for. After
    one that `forgets`, no earlier event is kept for those who come back: it may hold
    words that were just erased.
    """

    name: str
    data: object
    seq: int | None = None
    audience: frozenset[str] = frozenset()
    forgets: bool = False


class Runtime(Protocol):
    """A capability's running part. All methods are called on one event loop.

    The composition root tails the ledger once for everybody: after every commit it
    calls `observe` with what is new, and sends the events it returns to live screens.
    Once a second it calls `tick` for what is not on the ledger, such as positions.
    """

    def foresee(self, written: Sequence[tuple[Machine[Any], Case]]) -> None:
        """Take in what a request of this process has just committed.

        The tail brings the same a moment later; whoever made a change sees it at once.
        """
        ...

    def observe(self, changes: Sequence[Change]) -> Sequence[FeedEvent]: ...
    def tick(self, now: datetime) -> Sequence[FeedEvent]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A page: its path, template, title in the dictionary, and who may open it.

    No roles means public. `fill` gets the door, the path parameters by name and the
    query as `query`, and returns what the template needs beside what every page has.
    `take` is the same for a form that this page posts to its own path: it gets `form`.

    A screen without a template is a file: `document` gets the door, `speech` and the
    path parameters, and returns the file.

    A public screen with `made_of` may be kept by browsers and by caches that many
    share. It returns words that change whenever an answer would, for any path, query
    and language. Every other screen is kept by nobody.
    """

    path: str
    template: str = ""
    title: str
    roles: tuple[Role, ...]
    purpose: Purpose
    fill: Callable[..., Awaitable[Mapping[str, Any]]] | None = None
    take: Callable[..., Awaitable[Mapping[str, Any]]] | None = None
    document: Callable[..., Awaitable[Document]] | None = None
    made_of: Callable[[Door], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Everything about a capability that the rest of the platform may know."""

    name: str
    machines: Sequence[Machine[Any]]
    roles: Sequence[Role]
    purposes: Sequence[Purpose]
    routes: Sequence[Routes]
    start: Callable[[Site], Runtime]
    tasks: Sequence[TaskRule] = ()
    subscriptions: Sequence[Subscription] = ()
    referable: Sequence[Referable] = ()
    forgettings: Sequence[Forgetting] = ()
    screens: Sequence[Screen] = ()
    templates: Path | None = None
    watchers: Sequence[Role] = ()
    followers: Sequence[Role] = ()
    demo_roles: Sequence[tuple[str, tuple[Role, ...]]] = field(default=())
