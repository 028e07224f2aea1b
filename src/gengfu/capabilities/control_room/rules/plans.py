"""Run cards: which units, skills and agencies an incident needs, as data.

A card says for which types (or whole domains), areas (or kinds of area) and
priorities it stands, and what it asks for. Of all cards that fit an incident the most
specific wins, judged in this order:

1. a card that names the type, then one that names the domain, then one for anything;
2. a card that names the area, then one that names the kind of area, then anywhere;
3. a card for named priorities before one for every priority.

Two cards that are equally specific and could fit the same incident are refused when
the file is read, and one card must fit anything: there is always exactly one plan.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from gengfu.kernel import Role, Rung, Said, TaskSpec
from gengfu.kernel.both import both

from .types import Domain, IncidentType

type AreaKind = Literal["urban", "suburban", "rural", "sea"]
AREA_KINDS: tuple[AreaKind, ...] = ("urban", "suburban", "rural", "sea")


@dataclass(frozen=True, slots=True)
class Need:
    """So many units of any of these kinds, each with all of these skills.

    `within_s` is the travel time asked for; a slower unit still meets the need, late.
    """

    kinds: tuple[str, ...]
    count: int = 1
    skills: frozenset[str] = frozenset()
    within_s: int | None = None

    def met_by(self, kind: str, skills: frozenset[str]) -> bool:
        """Say whether a unit of this kind and these skills meets the need."""
        return kind in self.kinds and self.skills <= skills


@dataclass(frozen=True, slots=True)
class AgencyTask:
    """What another agency is asked to do, with its two clocks and its ladder.

    The ladder holds (seconds after a clock ran out, role to tell).
    """

    agency: str
    name: str
    said: Said
    role: str
    sign_within_s: int
    due_within_s: int
    ladder: tuple[tuple[int, str], ...]
    supervisors: tuple[str, ...]

    def spec(self) -> TaskSpec:
        """Turn the task into what the kernel asks."""
        return TaskSpec(
            name=self.name,
            role=Role(self.role),
            sign_within=timedelta(seconds=self.sign_within_s),
            due_within=timedelta(seconds=self.due_within_s),
            agency=self.agency,
            ladder=tuple(
                Rung(timedelta(seconds=after), Role(tell))
                for after, tell in self.ladder
            ),
            supervisors=tuple(Role(role) for role in self.supervisors),
            words=both(self.said.en, self.said.zh),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The response to one incident: the card it came from and what it asks for."""

    code: str
    version: str
    needs: tuple[Need, ...]
    tasks: tuple[AgencyTask, ...]
    warnings: tuple[Said, ...]

    @property
    def units(self) -> int:
        """How many units the plan asks for."""
        return sum(need.count for need in self.needs)

    def among(self, agencies: Collection[str]) -> "Plan":
        """Return the plan in a city that has only these agencies.

        What any other would be asked to do becomes a warning: units go all the same,
        and whoever sends them sees to it in another way.
        """
        here = tuple(task for task in self.tasks if task.agency in agencies)
        if len(here) == len(self.tasks):
            return self
        others = (task for task in self.tasks if task.agency not in agencies)
        return replace(
            self, tasks=here, warnings=(*self.warnings, *map(_nobody_asked, others))
        )


def _nobody_asked(task: AgencyTask) -> Said:
    return Said(
        f"{task.said.en}: no agency {task.agency!r} in this city is asked",
        f"{task.said.zh}：本市没有机构{task.agency!r}，系统不会通知",
    )


@dataclass(frozen=True, slots=True)
class Card:
    """One run card; an empty tuple stands for any."""

    plan: Plan
    types: tuple[str, ...] = ()
    domains: tuple[Domain, ...] = ()
    areas: tuple[str, ...] = ()
    area_kinds: tuple[AreaKind, ...] = ()
    priorities: tuple[int, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int]:
        """How specific the card is; the greatest wins."""
        return (
            2 if self.types else 1 if self.domains else 0,
            2 if self.areas else 1 if self.area_kinds else 0,
            1 if self.priorities else 0,
        )

    def is_for(self, kind: IncidentType) -> bool:
        """Say whether the card stands for such incidents somewhere."""
        return (not self.types or kind.code in self.types) and (
            not self.domains or kind.domain in self.domains
        )

    def fits(self, kind: IncidentType, setting: "Setting") -> bool:
        """Say whether the card stands for such an incident."""
        return (
            self.is_for(kind)
            and (not self.areas or setting.area in self.areas)
            and (not self.area_kinds or setting.area_kind in self.area_kinds)
            and (not self.priorities or setting.priority in self.priorities)
        )


class Setting(NamedTuple):
    """What besides its type decides the response to an incident."""

    priority: int
    area: str | None = None
    area_kind: AreaKind | None = None


@dataclass(frozen=True)
class RunCards:
    """All run cards of a city in one version, and the words for what they name."""

    version: str
    cards: tuple[Card, ...]
    kinds: Mapping[str, Said]
    skills: Mapping[str, Said]

    def plan_for(self, kind: IncidentType, setting: Setting) -> Plan:
        """Return the plan of the most specific card that fits."""
        if setting.area not in self._named_areas:
            setting = Setting(setting.priority, None, setting.area_kind)
        known = self._plans.setdefault((kind.code, kind.domain), {})
        plan = known.get(setting)
        if plan is None:
            cards = self._specific_first
            plan = next(card.plan for card in cards if card.fits(kind, setting))
            known[setting] = plan
        return plan

    @cached_property
    def _plans(self) -> "dict[tuple[str, Domain], dict[Setting, Plan]]":
        """Plans by type and setting, as they are asked for: a city has few of both."""
        return {}

    @cached_property
    def _named_areas(self) -> frozenset[str | None]:
        """Areas that some card is for; any other is like one that nobody knows."""
        return frozenset(area for card in self.cards for area in card.areas)

    @cached_property
    def _specific_first(self) -> tuple[Card, ...]:
        return tuple(sorted(self.cards, key=lambda card: card.rank, reverse=True))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident of the past, as far as a run card sees it."""

    id: str
    kind: IncidentType
    setting: Setting


@dataclass(frozen=True, slots=True)
class Change:
    """An incident of the past that would get another response."""

    incident: str
    type: str
    was: Plan
    becomes: Plan


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a new version would have done with the recorded past.

    Demand is the number of unit dispatches by the kinds a need names (joined by `|`).
    """

    incidents: int
    changes: tuple[Change, ...]
    demand_now: Mapping[str, int]
    demand_then: Mapping[str, int]
    tasks_now: Mapping[str, int]
    tasks_then: Mapping[str, int]

    @property
    def units_now(self) -> int:
        """Unit dispatches under the present cards."""
        return sum(self.demand_now.values())

    @property
    def units_then(self) -> int:
        """Unit dispatches under the new cards."""
        return sum(self.demand_then.values())


def rehearse(now: RunCards, then: RunCards, past: Iterable[Recorded]) -> Rehearsal:
    """Try a new version of the cards on recorded incidents before it is switched on.

    Plans are compared by what they ask for; a new card code alone is no change.
    """
    changes: list[Change] = []
    before: list[Plan] = []
    after: list[Plan] = []
    for incident in past:
        was = now.plan_for(incident.kind, incident.setting)
        becomes = then.plan_for(incident.kind, incident.setting)
        before.append(was)
        after.append(becomes)
        if _asked(was) != _asked(becomes):
            changes.append(Change(incident.id, incident.kind.code, was, becomes))
    return Rehearsal(
        incidents=len(before),
        changes=tuple(changes),
        demand_now=_demand(before),
        demand_then=_demand(after),
        tasks_now=_tasks(before),
        tasks_then=_tasks(after),
    )


def _asked(plan: Plan) -> tuple[object, ...]:
    needs = frozenset((n.kinds, n.count, n.skills, n.within_s) for n in plan.needs)
    return needs, frozenset(plan.tasks), frozenset(plan.warnings)


def _demand(plans: Iterable[Plan]) -> dict[str, int]:
    total: dict[str, int] = {}
    for plan in plans:
        for need in plan.needs:
            name = "|".join(need.kinds)
            total[name] = total.get(name, 0) + need.count
    return dict(sorted(total.items()))


def _tasks(plans: Iterable[Plan]) -> dict[str, int]:
    total: dict[str, int] = {}
    for plan in plans:
        for task in plan.tasks:
            total[task.agency] = total.get(task.agency, 0) + 1
    return dict(sorted(total.items()))
