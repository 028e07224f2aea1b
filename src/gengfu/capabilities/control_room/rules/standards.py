"""Clock standards: which apply to an incident, and which of its clocks runs out next.

A standard says: from one clock to another, this share within this limit, with the
source it is taken from. Cities choose among sets of standards. How well a standard is
kept is in `attainment`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gengfu.kernel import NotFound, Said
from gengfu.kernel.tables import Table, read_table

from .plans import AREA_KINDS, AreaKind
from .types import DOMAINS, LEAST_URGENT, MOST_URGENT

CLOCKS = (
    "received", "answered", "located", "created", "dispatched", "signed",
    "en_route", "on_scene", "controlled", "closed",
)  # fmt: skip
"""The clocks of an incident in the order in which they are meant to stop."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard; an empty tuple in what it applies to stands for any."""

    id: str
    set: str
    name: Said
    from_clock: str
    to_clock: str
    share: float
    limit_s: float
    citation: str
    edition: str
    version: str
    remark: Said | None = None
    domains: tuple[str, ...] = ()
    area_kinds: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    unit_kinds: tuple[str, ...] = ()

    def applies(self, to: "Judged") -> bool:
        """Say whether the standard speaks of such an incident."""
        return (
            (not self.domains or to.domain in self.domains)
            and (not self.area_kinds or to.area_kind in self.area_kinds)
            and (not self.priorities or to.priority in self.priorities)
            and (not self.unit_kinds or not to.unit_kinds.isdisjoint(self.unit_kinds))
        )


class Judged(Protocol):
    """What decides which standards apply."""

    @property
    def domain(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def area_kind(self) -> AreaKind | None: ...
    @property
    def unit_kinds(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What decides which standards apply: the incident and the units sent so far."""

    domain: str
    priority: int
    area_kind: AreaKind | None = None
    unit_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs now against a standard."""

    standard: Standard
    started_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Standards:
    """All standards in one version of the data, and the names of their sets."""

    version: str
    standards: tuple[Standard, ...]
    sets: Mapping[str, Said]

    def chosen(self, *sets: str) -> "Standards":
        """Return only the standards of these sets.

        Raises:
            NotFound: there is no such set.

        """
        for name in sets:
            if name not in self.sets:
                raise NotFound(f"no set of standards {name!r}")
        kept = tuple(s for s in self.standards if s.set in sets)
        return Standards(self.version, kept, {n: self.sets[n] for n in sets})

    def get(self, name: str) -> Standard:
        """Return the standard with this id.

        Raises:
            NotFound: there is none.

        """
        for standard in self.standards:
            if standard.id == name:
                return standard
        raise NotFound(f"no standard {name!r}")

    def running(
        self, clocks: Mapping[str, datetime | None], subject: Subject
    ) -> tuple[Running, ...]:
        """List the clocks that run now, the one that runs out first in front.

        A clock that has run out stays in the list until it is stopped: late is not
        done. A clock that was skipped, because a later one has stopped already, no
        longer runs.
        """
        found: list[Running] = []
        for standard in self.standards:
            started = clocks.get(standard.from_clock)
            if started is None or not standard.applies(subject):
                continue
            if has_passed(standard.to_clock, clocks):
                continue
            due = started + timedelta(seconds=standard.limit_s)
            found.append(Running(standard, started, due))
        return tuple(sorted(found, key=lambda r: (r.due_at, r.standard.id)))

    def next_due(
        self, clocks: Mapping[str, datetime | None], subject: Subject
    ) -> Running | None:
        """Return the running clock that runs out first."""
        return next(iter(self.running(clocks, subject)), None)


def has_passed(clock: str, clocks: Mapping[str, datetime | None]) -> bool:
    """Say whether this clock or any later one has stopped."""
    later = CLOCKS[CLOCKS.index(clock) :]
    return any(clocks.get(name) is not None for name in later)


def load_standards(toml: str | bytes, name: str = "standards.toml") -> Standards:
    """Read the standards; `name` is what errors call the file.

    Raises:
        BadInput: one line naming standard and field.

    """
    file = read_table(toml, name)
    file.only("version", "sets", "standard")
    version = file.text("version")
    sets = {code: table.said("name") for code, table in file.named("sets").items()}
    found: dict[str, Standard] = {}
    for table in file.tables("standard", "id"):
        standard = _standard(table, version, sets)
        if standard.id in found:
            table.refuse("id", "is used twice")
        found[standard.id] = standard
    return Standards(version, tuple(found.values()), sets)


def _standard(table: Table, version: str, sets: Mapping[str, Said]) -> Standard:
    table.only(
        "id", "set", "name", "name_zh", "from", "to", "share", "limit_s", "domains",
        "area_kinds", "priorities", "unit_kinds", "citation", "edition", "remark",
        "remark_zh",
    )  # fmt: skip
    start, end = table.choice("from", CLOCKS), table.choice("to", CLOCKS)
    if CLOCKS.index(end) <= CLOCKS.index(start):
        table.refuse("to", f"{end} does not come after {start}")
    return Standard(
        id=table.text("id"),
        set=table.choice("set", sets),
        name=table.said("name"),
        from_clock=start,
        to_clock=end,
        share=table.number("share", 0.01, 1.0),
        limit_s=table.number("limit_s", 1, 30 * _DAY_S),
        citation=table.text("citation"),
        edition=table.text("edition"),
        version=version,
        remark=table.said("remark") if table.has("remark") else None,
        domains=table.choices("domains", DOMAINS),
        area_kinds=table.choices("area_kinds", AREA_KINDS),
        priorities=table.wholes("priorities", MOST_URGENT, LEAST_URGENT),
        unit_kinds=table.texts("unit_kinds"),
    )
