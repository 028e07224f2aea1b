"""What is installed: machines, roles, purposes, subscriptions; checked at start."""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .access import AUDITOR, CLOCKWORK, OF_THE_CASE, OVERSIGHT, Purpose, Role
from .cases import Case, Machine, Move, Opening
from .errors import Malformed, NotFound
from .keeping import keeping
from .records import erasure, reading, signing_out
from .tasks import TaskSpec, task

KERNEL_MACHINES: tuple[Machine[Any], ...] = (
    task,
    reading,
    erasure,
    signing_out,
    keeping,
)
RESERVED = frozenset({"open", "find", "list", "get", "read_all", "view"})


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Which tasks a move asks for, as a function of the case before and after."""

    move: Move[Any, ...] | Opening[Any, ...]
    tasks: Callable[[Any, Any], Iterable[TaskSpec]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Work to do after a move is on the ledger, exactly once, in ledger order.

    `run` is called with the desk and the case at its present state.
    """

    name: str
    move: Move[Any, ...] | Opening[Any, ...]
    run: Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True)
class Referable:
    """An opening through which other capabilities may refer a case to this one."""

    to: str
    opening: Opening[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """How one kind of case lets go of what people said in it.

    `needs` is called with the desk and the case's id and says in words why its words
    are still needed, or nothing. `forget` gets the desk, the case, the rule and the
    reason: it has the keys and facts erased and wipes the rows of all that belongs to
    the case. `holders` may hold the words and release them, `officers` erase them
    before their time.
    """

    machine: Machine[Any]
    holders: tuple[Role, ...]
    officers: tuple[Role, ...]
    needs: Callable[[Any, Any], str]
    forget: Callable[[Any, Any, Any, str], None]


class Registry:
    """The installed machines by kind; refuses what cannot work, at start."""

    def __init__(
        self,
        machines: Iterable[Machine[Any]],
        *,
        roles: Collection[Role] = (),
        purposes: Collection[Purpose] = (),
        tasks: Sequence[TaskRule] = (),
        subscriptions: Sequence[Subscription] = (),
        referable: Sequence[Referable] = (),
        forgettings: Sequence[Forgetting] = (),
    ) -> None:
        self.roles = frozenset(roles) | {CLOCKWORK, AUDITOR}
        self.purposes = frozenset(purposes) | {OVERSIGHT}
        self.machines: dict[str, Machine[Any]] = {}
        for machine in (*KERNEL_MACHINES, *machines):
            if machine.kind in self.machines:
                raise Malformed(f"two machines are called {machine.kind}")
            self.machines[machine.kind] = machine
        for machine in self.machines.values():
            self._check(machine)
        self.subscriptions = tuple(subscriptions)
        _unique("subscription", [s.name for s in subscriptions])
        self.referable: Mapping[str, Opening[Any, ...]] = {
            r.to: r.opening for r in referable
        }
        _unique("referral target", [r.to for r in referable])
        self._forgettings = {f.machine.kind: f for f in forgettings}
        _unique("forgetting", [f.machine.kind for f in forgettings])
        for forgetting in forgettings:
            self._check_forgetting(forgetting)
        self._tasks: dict[tuple[str, str], list[TaskRule]] = {}
        for rule in tasks:
            key = (self._installed(rule.move), rule.move.name)
            self._tasks.setdefault(key, []).append(rule)
        for wired in (*subscriptions, *referable):
            way = wired.opening if isinstance(wired, Referable) else wired.move
            self._installed(way)

    def machine(self, kind: str) -> Machine[Any]:
        """Return the machine of a kind of case."""
        if kind not in self.machines:
            raise NotFound(f"no kind of case is called {kind}")
        return self.machines[kind]

    def forgetting(self, kind: str) -> Forgetting:
        """Return how a kind of case lets go of its words; raises NotFound."""
        if kind not in self._forgettings:
            raise NotFound(f"nothing of a {kind} is kept by a clock")
        return self._forgettings[kind]

    def tasks_for[C: Case](
        self, machine: Machine[C], name: str, before: C | None, after: C
    ) -> tuple[TaskSpec, ...]:
        """Return the tasks that this move asks for."""
        rules = self._tasks.get((machine.kind, name))
        if rules is None:
            return ()
        return tuple(spec for rule in rules for spec in rule.tasks(before, after))

    def _installed(self, way: Move[Any, ...] | Opening[Any, ...]) -> str:
        kind = way.machine.kind
        if self.machines.get(kind) is not way.machine:
            raise Malformed(f"{kind}.{way.name} belongs to no installed machine")
        return kind

    def _check_forgetting(self, forgetting: Forgetting) -> None:
        kind = forgetting.machine.kind
        if self.machines.get(kind) is not forgetting.machine:
            raise Malformed(f"{kind} forgets and is not installed")
        for who in (forgetting.holders, forgetting.officers):
            if not who or not set(who) <= self.roles:
                raise Malformed(f"{kind} forgets by the word of nobody known here")

    def _check(self, machine: Machine[Any]) -> None:
        kind = machine.kind
        if not kind.isidentifier() or not kind.islower():
            raise Malformed(f"{kind!r} is not a name for a kind of case")
        if machine.purpose not in {*self.purposes, OF_THE_CASE}:
            raise Malformed(f"{kind} serves undeclared purpose {machine.purpose!r}")
        if not machine.openings:
            raise Malformed(f"{kind} has no opening: no case can ever begin")
        for way in (*machine.openings.values(), *machine.moves.values()):
            self._check_way(machine, way)
        _check_stages(machine)

    def _check_way(
        self, machine: Machine[Any], way: Move[Any, ...] | Opening[Any, ...]
    ) -> None:
        name = f"{machine.kind}.{way.name}"
        if way.name in RESERVED or not way.name.isidentifier():
            raise Malformed(f"{name} is not a name for a move")
        if not inspect.getdoc(way.rule):
            raise Malformed(f"{name} does not say what it does")
        if not way.targets:
            raise Malformed(f"{name} leads nowhere")
        stages = frozenset(machine.stages)
        sources = way.sources if isinstance(way, Move) else way.targets
        if strays := (way.targets | sources) - stages:
            strange = ", ".join(sorted(map(str, strays)))
            raise Malformed(f"{name} names stages that {machine.kind} lacks: {strange}")
        if isinstance(way, Move) and not way.sources:
            raise Malformed(f"{name} starts nowhere")
        if not way.by and machine.purpose != OF_THE_CASE:
            raise Malformed(f"{name} may be made by nobody")
        unknown = set(way.by) - self.roles
        if unknown:
            raise Malformed(f"{name} names undeclared roles: {sorted(unknown)}")
        _ = way.facts  # raises Malformed where a fact has no type


def _check_stages(machine: Machine[Any]) -> None:
    reached = {s for o in machine.openings.values() for s in o.targets}
    grew = True
    while grew:
        step = {
            s for m in machine.moves.values() if m.sources & reached for s in m.targets
        }
        grew = not step <= reached
        reached |= step
    if unreached := sorted(set(machine.stages) - reached):
        raise Malformed(f"{machine.kind} can never reach {', '.join(unreached)}")
    left = {s for m in machine.moves.values() for s in m.sources}
    if stuck := sorted(set(machine.stages) - left - machine.ends):
        raise Malformed(
            f"{machine.kind} gets stuck at {', '.join(stuck)}: no move leaves,"
            " and it is not declared an end"
        )
    if strange := sorted(machine.ends - set(machine.stages)):
        raise Malformed(f"{machine.kind} ends at unknown {', '.join(strange)}")


def _unique(what: str, names: Sequence[str]) -> None:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Malformed(f"{what} declared twice: {', '.join(twice)}")
