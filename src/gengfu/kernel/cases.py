"""Cases as values, machines as the only way from one value to the next."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, make_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Concatenate, NewType, cast, get_type_hints

from .access import ActorId, Purpose, Role
from .errors import Malformed, WrongStage
from .limits import Latitude, Longitude
from .values import changed, quickly

CaseId = NewType("CaseId", str)
AreaId = NewType("AreaId", str)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: WGS 84 degrees, and the words people use for it."""

    lon: Longitude
    lat: Latitude
    words: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A case named by its kind and id."""

    kind: str
    id: CaseId


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as the person asking last saw it; the desk refuses it when stale."""

    id: CaseId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Base of every case: an immutable value with a stage and a version."""

    id: CaseId
    stage: StrEnum
    opened_at: datetime
    version: int = 0
    area: AreaId | None = None
    place: Place | None = None
    priority: int | None = None


def onward[C: Case](case: C, /, **changes: Any) -> C:
    """Return the case one move on, with these fields changed.

    A move numbers what its rule returns; a rule that begins with this, and goes on
    with `changed`, saves it a copy.
    """
    return changed(case, version=case.version + 1, **changes)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who makes a move, in which role, for whom, and when."""

    case: CaseId
    at: datetime
    actor: ActorId
    role: Role
    represents: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock that runs on a case: at this instant this move is due."""

    name: str
    at: datetime
    move: str


def _facts_type(name: str, rule: Callable[..., Any], skip: int) -> type[Any]:
    """Derive the value that holds a rule's facts from the rule's own signature."""
    hints = get_type_hints(rule, include_extras=True)
    fields: list[tuple[str, Any, Any]] = []
    for parameter in list(inspect.signature(rule).parameters.values())[skip:]:
        if parameter.name not in hints:
            raise Malformed(f"{name}: parameter {parameter.name} has no type")
        absent = parameter.default is inspect.Parameter.empty
        default = MISSING if absent else parameter.default
        fields.append((parameter.name, hints[parameter.name], field(default=default)))
    title = "".join(part.title() for part in name.replace(".", "_").split("_"))
    return make_dataclass(title, fields, frozen=True, slots=True, kw_only=True)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a rule takes as facts: their names in order, the defaults of some."""

    names: tuple[str, ...]
    defaults: Mapping[str, Any]

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Name positional facts; an omitted fact takes the rule's default."""
        if not args:
            return {**self.defaults, **kwargs}
        named = zip(self.names, args, strict=False)
        return {**self.defaults, **dict(named), **kwargs}


def _taken(rule: Callable[..., Any], skip: int) -> _Taken:
    parameters = list(inspect.signature(rule).parameters.values())[skip:]
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return _Taken(tuple(p.name for p in parameters), defaults)


@dataclass(frozen=True)
class Opening[C: Case, **P]:
    """The legal way into a machine: calling it is pure and returns a new case."""

    name: str
    machine: "Machine[C]"
    targets: frozenset[StrEnum]
    by: tuple[Role, ...]
    rule: Callable[Concatenate[Stamp, P], C]

    def __call__(self, stamp: Stamp, *args: P.args, **kwargs: P.kwargs) -> C:
        """Make the case, at version 1 and at a declared stage."""
        case = self.rule(stamp, *args, **kwargs)
        if case.stage not in self.targets or case.id != stamp.case:
            raise Malformed(f"{self.name} made {case.id} at undeclared {case.stage}")
        return case if case.version == 1 else changed(case, version=1)

    @cached_property
    def facts(self) -> type[Any]:
        """The dataclass of this opening's facts."""
        return _facts_type(f"{self.machine.kind}.{self.name}", self.rule, 1)

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """Return the facts by name."""
        return self._taken.bind(args, kwargs)

    @cached_property
    def noted(self) -> Callable[..., object]:
        """Makes the value of this opening's facts, by name."""
        return quickly(self.facts)

    @cached_property
    def _taken(self) -> _Taken:
        return _taken(self.rule, 1)


@dataclass(frozen=True)
class Move[C: Case, **P]:
    """One legal transition: calling it is pure and returns the next case."""

    name: str
    machine: "Machine[C]"
    sources: frozenset[StrEnum]
    targets: frozenset[StrEnum]
    by: tuple[Role, ...]
    rule: Callable[Concatenate[C, Stamp, P], C]

    def __call__(self, case: C, stamp: Stamp, *args: P.args, **kwargs: P.kwargs) -> C:
        """Apply the rule, refusing a wrong stage before and after."""
        if case.stage not in self.sources:
            raise WrongStage(f"{self.name} does not start from {case.stage}")
        moved = self.rule(case, stamp, *args, **kwargs)
        if moved.stage not in self.targets or moved.id != case.id:
            raise Malformed(f"{self.name} reached undeclared {moved.stage}")
        due = case.version + 1
        return moved if moved.version == due else changed(moved, version=due)

    @cached_property
    def facts(self) -> type[Any]:
        """The dataclass of this move's facts."""
        return _facts_type(f"{self.machine.kind}.{self.name}", self.rule, 2)

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        """Return the facts by name."""
        return self._taken.bind(args, kwargs)

    @cached_property
    def noted(self) -> Callable[..., object]:
        """Makes the value of this move's facts, by name."""
        return quickly(self.facts)

    @cached_property
    def _taken(self) -> _Taken:
        return _taken(self.rule, 2)


class Machine[C: Case]:
    """The stages of one kind of case, every way in and every move between them.

    At a stage in `ends` nothing is promised any more: clocks stop there, tasks that
    are still open are withdrawn, and live pictures let the case go. A stage that no
    move leaves must be one of them.
    """

    def __init__(
        self,
        case: type[C],
        *,
        stages: type[StrEnum],
        ends: Iterable[StrEnum],
        purpose: Purpose,
        kind: str | None = None,
        about: "Callable[[C], CaseId | None] | None" = None,
    ) -> None:
        self.case = case
        self.stages = stages
        self.ends = frozenset(ends)
        self.purpose = purpose
        self.kind = kind or case.__name__.lower()
        self.about = about or _about_none
        """Returns the case that one is about, under which it can be listed."""
        self.openings: dict[str, Opening[C, ...]] = {}
        self.moves: dict[str, Move[C, ...]] = {}
        self.deadlines: Callable[[C], Iterable[Deadline]] = _no_deadlines

    def __repr__(self) -> str:
        return f"Machine({self.kind})"

    def opening[**P](
        self, *, to: Iterable[StrEnum], by: Iterable[Role]
    ) -> Callable[[Callable[Concatenate[Stamp, P], C]], Opening[C, P]]:
        """Declare a way in, ending at one of `to`, open to any of these roles."""

        def declare(rule: Callable[Concatenate[Stamp, P], C]) -> Opening[C, P]:
            opening = Opening(_name(rule), self, frozenset(to), tuple(by), rule)
            self._claim(opening.name)
            self.openings[opening.name] = opening
            return opening

        return declare

    def move[**P](
        self, *sources: StrEnum, to: Iterable[StrEnum], by: Iterable[Role]
    ) -> Callable[[Callable[Concatenate[C, Stamp, P], C]], Move[C, P]]:
        """Declare a move from any of `sources` to one of `to`."""

        def declare(rule: Callable[Concatenate[C, Stamp, P], C]) -> Move[C, P]:
            move = Move(
                _name(rule), self, frozenset(sources), frozenset(to), tuple(by), rule
            )
            self._claim(move.name)
            self.moves[move.name] = move
            return move

        return declare

    def clock(
        self, deadlines: Callable[[C], Iterable[Deadline]]
    ) -> Callable[[C], Iterable[Deadline]]:
        """Declare which clocks run on a case, as a function of its value."""
        self.deadlines = deadlines
        return deadlines

    def purpose_of(self, _case: C) -> Purpose:
        """Return the purpose for which this case may be touched."""
        return self.purpose

    def roles_for(self, move: Move[C, ...], _case: C) -> tuple[Role, ...]:
        """Return who may make the move on this case."""
        return move.by

    def replay(
        self, case: C | None, name: str, stamp: Stamp, facts: Mapping[str, Any]
    ) -> C:
        """Make the named move again, as the ledger says it was made."""
        if case is None:
            return self.openings[name](stamp, **facts)
        return self.moves[name](case, stamp, **facts)

    def _claim(self, name: str) -> None:
        if name in self.moves or name in self.openings:
            raise Malformed(f"{self.kind} declares {name} twice")


def _name(rule: Callable[..., object]) -> str:
    return cast("str", getattr(rule, "__name__", ""))


def _about_none(_: Case) -> CaseId | None:
    return None


def _no_deadlines(_: Case) -> Iterable[Deadline]:
    return ()
