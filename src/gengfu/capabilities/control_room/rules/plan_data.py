"""Reads run cards from their data file and proves that they decide every incident."""

from collections.abc import Sequence
from itertools import combinations
from typing import cast

from gengfu.kernel import BadInput
from gengfu.kernel.tables import Table, read_table

from .catalogue import Catalogue
from .plans import AREA_KINDS, AgencyTask, AreaKind, Card, Need, Plan, RunCards
from .types import DOMAINS, LEAST_URGENT, MOST_URGENT, Domain

_DAY_S = 86_400
_MOST_UNITS = 50


def load_run_cards(
    toml: str | bytes, catalogue: Catalogue, name: str = "run_cards.toml"
) -> RunCards:
    """Read the cards; types, domains and agencies must be those of the catalogue.

    Raises:
        BadInput: one line naming card and field, or two cards that clash.

    """
    file = read_table(toml, name)
    file.only("version", "kinds", "skills", "defaults", "card")
    version = file.text("version")
    kinds = {code: t.said("name") for code, t in file.named("kinds").items()}
    skills = {code: t.said("name") for code, t in file.named("skills").items()}
    defaults = file.table("defaults")
    if defaults is None:
        file.refuse("defaults", "is missing")
    reader = _Reader(version, catalogue, tuple(kinds), tuple(skills), defaults)
    cards = [reader.card(table) for table in file.tables("card", "code")]
    _check_decides(name, cards)
    return RunCards(version, tuple(cards), kinds, skills)


class _Reader:
    def __init__(
        self,
        version: str,
        catalogue: Catalogue,
        kinds: tuple[str, ...],
        skills: tuple[str, ...],
        defaults: Table,
    ) -> None:
        self.version = version
        self.catalogue = catalogue
        self.kinds = kinds
        self.skills = skills
        defaults.only("role", "ladder", "supervisors")
        self.role = defaults.text("role")
        self.ladder = _ladder(defaults)
        self.supervisors = defaults.texts("supervisors")

    def card(self, table: Table) -> Card:
        table.only(
            "code", "types", "domains", "areas", "area_kinds", "priorities",
            "need", "task", "warning",
        )  # fmt: skip
        types = table.choices("types", self.catalogue.by_code)
        domains = cast("tuple[Domain, ...]", table.choices("domains", DOMAINS))
        kinds = cast("tuple[AreaKind, ...]", table.choices("area_kinds", AREA_KINDS))
        if types and domains:
            table.refuse("domains", "and types exclude each other")
        areas = table.texts("areas")
        if areas and kinds:
            table.refuse("area_kinds", "and areas exclude each other")
        warnings: list[Table] = list(table.tables("warning"))
        for warning in warnings:
            warning.only("text", "text_zh")
        plan = Plan(
            code=table.text("code"),
            version=self.version,
            needs=tuple(self.need(entry) for entry in table.tables("need")),
            tasks=tuple(self.task(entry) for entry in table.tables("task", "agency")),
            warnings=tuple(warning.said("text") for warning in warnings),
        )
        if not plan.needs and not plan.tasks:
            table.refuse("need", "or task is missing: the card asks for nothing")
        return Card(
            plan,
            types,
            domains,
            areas,
            kinds,
            table.wholes("priorities", MOST_URGENT, LEAST_URGENT),
        )

    def need(self, table: Table) -> Need:
        table.only("kinds", "count", "skills", "within_s")
        kinds = table.choices("kinds", self.kinds)
        if not kinds:
            table.refuse("kinds", "is missing")
        return Need(
            kinds,
            table.whole("count", 1, _MOST_UNITS, 1),
            frozenset(table.choices("skills", self.skills)),
            table.whole("within_s", 1, _DAY_S) if table.has("within_s") else None,
        )

    def task(self, table: Table) -> AgencyTask:
        table.only(
            "agency", "name", "text", "text_zh", "role", "sign_within_s",
            "due_within_s", "ladder", "supervisors",
        )  # fmt: skip
        sign = table.whole("sign_within_s", 1, _DAY_S)
        due = table.whole("due_within_s", 1, 30 * _DAY_S)
        if due < sign:
            table.refuse("due_within_s", "is shorter than sign_within_s")
        own = table.texts("supervisors")
        return AgencyTask(
            agency=table.choice("agency", self.catalogue.agencies),
            name=table.text("name"),
            said=table.said("text"),
            role=table.text("role", self.role),
            sign_within_s=sign,
            due_within_s=due,
            ladder=_ladder(table) if table.has("ladder") else self.ladder,
            supervisors=own or self.supervisors,
        )


def _ladder(table: Table) -> tuple[tuple[int, str], ...]:
    rungs: list[tuple[int, str]] = []
    for rung in table.tables("ladder"):
        rung.only("after_s", "tell")
        rungs.append((rung.whole("after_s", 0, 30 * _DAY_S), rung.text("tell")))
    if not rungs:
        table.refuse("ladder", "is missing")
    if rungs != sorted(rungs, key=lambda r: r[0]):
        table.refuse("ladder", "must climb: each rung after the one before")
    return tuple(rungs)


def _check_decides(name: str, cards: Sequence[Card]) -> None:
    codes = [card.plan.code for card in cards]
    for code in codes:
        if codes.count(code) > 1:
            raise BadInput(f"{name}: card {code}: code is used twice")
    if not any(card.rank == (0, 0, 0) for card in cards):
        raise BadInput(f"{name}: no card fits anything: one without limits is needed")
    for a, b in combinations(cards, 2):
        if a.rank == b.rank and _overlap(a, b):
            raise BadInput(
                f"{name}: card {b.plan.code}: stands for the same incidents"
                f" as card {a.plan.code}"
            )


def _overlap(a: Card, b: Card) -> bool:
    """Say whether one incident could fit both of two equally specific cards."""
    pairs = (
        (a.types, b.types),
        (a.domains, b.domains),
        (a.areas, b.areas),
        (a.area_kinds, b.area_kinds),
        (a.priorities, b.priorities),
    )
    return all(not left or bool(set(left) & set(right)) for left, right in pairs)
