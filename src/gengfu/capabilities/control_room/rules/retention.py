"""How long words are kept: a rule for every type of incident, calls, the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gengfu.kernel import BadInput, KeepingRule, Said
from gengfu.kernel.tables import Table, read_table

from .catalogue import Catalogue
from .types import IncidentType

DEFAULT = "default"
LONGEST_DAYS = 36_525
STREET_DECIMALS = 3
"""Decimal places of a degree for a street: about 100 m."""
EXACT_DECIMALS = 5
PLACES = ("published", "area")


@dataclass(frozen=True, slots=True)
class Source:
    """A law or standard that a period rests on."""

    id: str
    citation: str
    edition: str


@dataclass(frozen=True, slots=True)
class Period:
    """How long words are kept, why, and by which law."""

    code: str
    days: int
    published: bool
    """Whether the place stays as precisely as the type is ever published."""
    reason: Said
    sources: tuple[Source, ...]
    domains: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """The periods of one version; there is exactly one for every type."""

    version: str
    periods: Mapping[str, Period]
    dismissed: KeepingRule
    """For calls that ended without an incident."""
    routine: KeepingRule
    """For what belongs to none: orders, and why roads were closed."""
    by_type: Mapping[str, KeepingRule]
    other: KeepingRule
    """For a type that the catalogue no longer has."""

    def rule_for(self, type_code: str) -> KeepingRule:
        """Return the rule for incidents of a type."""
        return self.by_type.get(type_code, self.other)


def load_retention(
    toml: str | bytes, catalogue: Catalogue, name: str = "retention.toml"
) -> Retention:
    """Read the periods; `name` is what errors call the file.

    Raises:
        BadInput: one line naming rule and field.

    """
    file = read_table(toml, name)
    file.only("version", "source", "rule")
    version = file.text("version")
    sources = {
        code: _source(code, table) for code, table in file.named("source").items()
    }
    tables = file.named("rule")
    periods = {
        code: _period(code, table, catalogue, sources) for code, table in tables.items()
    }
    if DEFAULT not in periods:
        raise BadInput(f"{name}: rule {DEFAULT} is missing")
    dismissed = [code for code, table in tables.items() if _says(table, "dismissed")]
    if len(dismissed) != 1:
        raise BadInput(f"{name}: one rule says dismissed = true, not {len(dismissed)}")
    routine = [code for code, table in tables.items() if _says(table, "routine")]
    if len(routine) > 1 or routine == dismissed:
        raise BadInput(f"{name}: one rule at most says routine = true, and only that")
    _refuse_rivals(name, periods, {*dismissed, *routine})
    return Retention(
        version=version,
        periods=periods,
        dismissed=_rule(periods[dismissed[0]], version, None),
        routine=_rule(periods[(routine or dismissed)[0]], version, None),
        by_type={
            kind.code: _rule(_period_of(kind, periods), version, kind)
            for kind in catalogue.kinds
        },
        other=_rule(periods[DEFAULT], version, None),
    )


def _source(code: str, table: Table) -> Source:
    table.only("citation", "edition")
    return Source(code, table.text("citation"), table.text("edition"))


def _period(
    code: str, table: Table, catalogue: Catalogue, sources: Mapping[str, Source]
) -> Period:
    table.only(
        "days", "place", "reason", "reason_zh", "sources", "domains", "types",
        "dismissed", "routine",
    )  # fmt: skip
    cited = table.choices("sources", sources)
    if not cited:
        table.refuse("sources", "must name at least one source")
    return Period(
        code=code,
        days=table.whole("days", 1, LONGEST_DAYS),
        published=table.choice("place", PLACES) == "published",
        reason=table.said("reason"),
        sources=tuple(sources[one] for one in cited),
        domains=table.choices("domains", catalogue.domains),
        types=table.choices("types", catalogue.by_code),
    )


def _says(table: Table, field: str) -> bool:
    said = table.values.get(field, False)
    if not isinstance(said, bool):
        table.refuse(field, "must be true or false")
    return said


def _refuse_rivals(
    name: str, periods: Mapping[str, Period], marked: Collection[str]
) -> None:
    """Refuse two rules that are as specific as each other, and one for nothing."""
    taken: dict[str, str] = {}
    for code, period in periods.items():
        named = [f"type {t}" for t in period.types]
        named += [f"domain {d}" for d in period.domains]
        if code in (DEFAULT, *marked) and named:
            raise BadInput(f"{name}: rule {code}: takes neither types nor domains")
        if code not in (DEFAULT, *marked) and not named:
            raise BadInput(f"{name}: rule {code}: names no types and no domains")
        for one in named:
            if one in taken:
                raise BadInput(f"{name}: rule {code}: {one} has rule {taken[one]}")
            taken[one] = code


def _period_of(kind: IncidentType, periods: Mapping[str, Period]) -> Period:
    by_type = (p for p in periods.values() if kind.code in p.types)
    by_domain = (p for p in periods.values() if kind.domain in p.domains)
    return next(by_type, None) or next(by_domain, None) or periods[DEFAULT]


def _rule(period: Period, version: str, kind: IncidentType | None) -> KeepingRule:
    return KeepingRule(
        code=period.code,
        version=version,
        keep=timedelta(days=period.days),
        decimals=_decimals(period, kind),
    )


def _decimals(period: Period, kind: IncidentType | None) -> int | None:
    if kind is None or kind.board is None or not period.published:
        return None
    kept = {"exact": EXACT_DECIMALS, "street": STREET_DECIMALS, "area": None}
    return kept[kind.board.precision]
