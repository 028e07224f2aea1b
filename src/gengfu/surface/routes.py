"""Routes as declarations: what each takes and gives, for whom and for what purpose.

The web turns them into HTTP. Bodies and answers are frozen dataclasses read and
written by the codec, so what the domain accepts, what the web accepts and what the
documentation says are one thing.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from typing import Any, cast

from gengfu.kernel import (
    Case,
    CaseId,
    Machine,
    Move,
    Purpose,
    Role,
    Seen,
)

from .doors import Door

REFUSALS = {
    "400": "The request cannot be read; the detail names the place",
    "401": "Nobody is signed in",
    "403": "Role or purpose does not allow it",
    "404": "No such thing, or none that you may know of",
    "409": "Wrong stage, stale version, or a rule forbids it now",
    "413": "The body is too large",
    "503": "Something the platform depends on is down",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as the whole body: what kinds of file, and how large at most."""

    media: tuple[str, ...]
    most_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One declared way in: what it takes and gives, and who may use it for what.

    No roles means public. `handle` gets the door, then the path parameters by name,
    and `data` where a body, an upload (its bytes) or a query is declared.
    """

    method: str
    path: str
    name: str
    words: str
    roles: tuple[Role, ...]
    purpose: Purpose
    handle: Callable[..., Awaitable[object]]
    body: type[Any] | None = None
    upload: Upload | None = None
    query: type[Any] | None = None
    answers: Any = object
    status: int = 200


type Handler = Callable[..., Awaitable[object]]


class Routes:
    """The routes of one kind of thing, under one prefix."""

    def __init__(self, prefix: str, *, tag: str, purpose: Purpose) -> None:
        self.prefix = prefix
        self.tag = tag
        self.purpose = purpose
        self.declared: list[Route] = []

    def reads(
        self,
        path: str,
        *,
        roles: Iterable[Role],
        answers: Any,
        query: type[Any] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a route that changes nothing."""
        return self._declare(
            "GET", path, roles=tuple(roles), answers=answers, query=query
        )

    def writes(
        self,
        path: str,
        *,
        roles: Iterable[Role],
        answers: Any,
        body: type[Any] | None = None,
        upload: Upload | None = None,
        status: int = 200,
    ) -> Callable[[Handler], Handler]:
        """Declare a route that changes something."""
        return self._declare(
            "POST",
            path,
            roles=tuple(roles),
            answers=answers,
            body=body,
            upload=upload,
            status=status,
        )

    def _declare(
        self, method: str, path: str, **rest: Any
    ) -> Callable[[Handler], Handler]:
        def declare(handle: Handler) -> Handler:
            name = cast("str", getattr(handle, "__name__", ""))
            self.declared.append(
                Route(
                    method=method,
                    path=self.prefix + path,
                    name=name.strip("_"),
                    words=handle.__doc__ or "",
                    purpose=self.purpose,
                    handle=handle,
                    **rest,
                )
            )
            return handle

        return declare


class CaseRoutes[C: Case](Routes):
    """Routes for one kind of case: `GET /{id}` and `POST /{id}/{move}`.

    `view` turns a case into what this kind shows of itself.
    """

    def __init__(
        self,
        machine: Machine[C],
        prefix: str,
        *,
        readers: Iterable[Role],
        view: Callable[[C], object],
        shows: type[Any],
    ) -> None:
        super().__init__(prefix, tag=machine.kind, purpose=machine.purpose)
        self.machine = machine
        self.view = view
        self.shows = shows
        self.readers = tuple(readers)

    def expose(self, *moves: Move[C, ...]) -> None:
        """Expose each move, its body derived from the move's own signature."""
        for move in moves:
            self._expose(move)

    def show_each(self) -> None:
        """Expose one case by its id."""

        async def show(door: Door, case: CaseId) -> object:
            return self.view(await door.do(lambda desk: desk.get(self.machine, case)))

        show.__doc__ = f"Show one {self.machine.kind}."
        self.reads("/{case}", roles=self.readers, answers=self.shows)(show)

    def _expose(self, move: Move[C, ...]) -> None:
        roles = move.by or self.readers

        async def make(door: Door, case: CaseId, data: Any) -> object:
            facts, seen = facts_and_version(case, data)
            after = await door.do(lambda desk: desk.apply(seen, move, **facts))
            return self.view(after)

        make.__name__ = move.name
        make.__doc__ = move.rule.__doc__
        body = body_of(move)
        path = f"/{{case}}/{move.name}"
        self.writes(path, roles=roles, answers=self.shows, body=body)(make)


def body_of(move: Move[Any, ...]) -> type[Any]:
    """Return the body of a move: its facts, and the version last seen, if given."""
    facts: list[tuple[str, Any, Any]] = []
    for fact in fields(move.facts):
        default = field() if fact.default is MISSING else field(default=fact.default)
        facts.append((fact.name, fact.type, default))
    facts.append(("version", int | None, field(default=None)))
    title = f"{move.machine.kind}_{move.name}".title().replace("_", "")
    return make_dataclass(title, facts, frozen=True, slots=True, kw_only=True)


def facts_and_version(case: CaseId, data: Any) -> tuple[dict[str, Any], CaseId | Seen]:
    """Split a body into the facts of the move and the case as last seen."""
    facts = {f.name: getattr(data, f.name) for f in fields(data)}
    version = cast("int | None", facts.pop("version", None))
    return facts, as_seen(case, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """The version last seen, if the move is to be refused when it is stale."""

    version: int | None = None


def as_seen(case: CaseId, version: int | None) -> CaseId | Seen:
    """Name a case as the person asking last saw it, where they say so."""
    return case if version is None else Seen(case, version)
