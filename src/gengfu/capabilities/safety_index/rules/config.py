"""The index's weights, bands, base years and disclosure rules: data with a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Literal

from gengfu.kernel import BadInput, Said
from gengfu.kernel.tables import Table, read_table

type BandCode = Literal["blue", "green", "yellow", "orange", "red"]

_WEIGHTS_OFF = 1e-9
_BANDS: Mapping[str, BandCode] = {
    "blue": "blue", "green": "green", "yellow": "yellow", "orange": "orange",
    "red": "red",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Domain:
    """One part of the index and which kinds of events belong to it."""

    code: str
    said: Said
    weight: float
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A band: how sure (`probability`) the ratio must be on which side of a bound.

    The band without a bound is every other place's.
    """

    code: BandCode
    said: Said
    above: float | None
    below: float | None
    probability: float


@dataclass(frozen=True, slots=True)
class CompoundKind:
    """A kind of event that is told of residential compounds."""

    code: str
    said: Said
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    """Everything of the index that a city may choose; `sha256` is of the file."""

    name: str
    version: str
    source: str
    sha256: str
    expected_score: float
    points_per_doubling: float
    death_points_per_doubling: float
    death_points_most: float
    interval: float
    false_discovery: float
    draws: int
    base_first_year: int
    base_years: int
    base_least_events: int
    published_areas: str
    compound_areas: str
    strata: bool
    people_rounded_to: int
    deaths_rounded_to: int
    least_households: int
    compound_months: int
    compound_kinds: tuple[CompoundKind, ...]
    domains: tuple[Domain, ...]
    bands: tuple[Band, ...]
    red: int
    red_of: int

    @property
    def open_from(self) -> int:
        """The first year that can be published: counts before it stay inside."""
        return self.base_first_year + self.base_years

    def domain_of(self, kind: str) -> int:
        """Return which domain a kind of event belongs to; -1 where to none."""
        return _first(kind, [domain.kinds for domain in self.domains])

    def compound_kind_of(self, kind: str) -> int:
        """Return which of the compounds' kinds an event is; -1 where none."""
        return _first(kind, [one.kinds for one in self.compound_kinds])

    def band(self, code: str) -> Band:
        """Return a band by its code; KeyError where there is none."""
        return {band.code: band for band in self.bands}[code]

    def base_of(self, year: int) -> range:
        """Return the base years of a year: the last full block before it."""
        blocks = (year - self.base_first_year) // self.base_years
        if blocks < 1:
            raise BadInput(
                f"{self.name}: the base begins in {self.base_first_year} and takes"
                f" {self.base_years} years; {year} has none"
            )
        first = self.base_first_year + (blocks - 1) * self.base_years
        return range(first, first + self.base_years)


def read_config(toml: bytes, name: str) -> IndexConfig:
    """Read an index.toml; `name` is what errors call it.

    Raises:
        BadInput: what is wrong, by table and field.

    """
    top = read_table(toml, name)
    top.only(
        "name", "version", "source", "expected_score", "points_per_doubling",
        "death_points_per_doubling", "death_points_most", "interval",
        "false_discovery", "draws", "base", "areas", "disclosure", "compounds",
        "domain", "band", "escalation",
    )  # fmt: skip
    base, areas = _table(top, "base"), _table(top, "areas")
    hiding, compounds = _table(top, "disclosure"), _table(top, "compounds")
    steps = _table(top, "escalation")
    base.only("first_year", "years", "least_events")
    areas.only("published", "compound", "strata")
    hiding.only("people_rounded_to", "deaths_rounded_to")
    compounds.only("least_households", "months", "kind")
    steps.only("red", "of")
    of = steps.whole("of", 1, 12, 3)
    return IndexConfig(
        name=top.text("name"),
        version=top.text("version"),
        source=top.text("source", ""),
        sha256=sha256(toml).hexdigest(),
        expected_score=top.number("expected_score", 0, 100, 80),
        points_per_doubling=top.number("points_per_doubling", 0.1, 100, 20),
        death_points_per_doubling=top.number("death_points_per_doubling", 0, 100, 5),
        death_points_most=top.number("death_points_most", 0, 100, 10),
        interval=top.number("interval", 0.5, 0.999, 0.9),
        false_discovery=top.number("false_discovery", 0.001, 0.5, 0.1),
        draws=top.whole("draws", 1000, 100_000, 4000),
        base_first_year=base.whole("first_year", 1970, 2200),
        base_years=base.whole("years", 1, 10, 3),
        base_least_events=base.whole("least_events", 1, 100_000, 20),
        published_areas=areas.text("published", ""),
        compound_areas=areas.text("compound", "compound"),
        strata=_flag(areas, "strata"),
        people_rounded_to=hiding.whole("people_rounded_to", 1, 100_000, 100),
        deaths_rounded_to=hiding.whole("deaths_rounded_to", 1, 100, 5),
        least_households=compounds.whole("least_households", 1, 100_000, 50),
        compound_months=compounds.whole("months", 1, 120, 12),
        compound_kinds=tuple(map(_compound_kind, compounds.tables("kind", "code"))),
        domains=_domains(top),
        bands=_bands(top),
        red=steps.whole("red", 1, of, min(2, of)),
        red_of=of,
    )


def _first(kind: str, lists: Sequence[Sequence[str]]) -> int:
    for at, patterns in enumerate(lists):
        if any(fnmatchcase(kind, pattern) for pattern in patterns):
            return at
    return -1


def _table(top: Table, name: str) -> Table:
    found = top.table(name)
    if found is None:
        top.refuse(name, "is missing")
    return found


def _flag(table: Table, field: str) -> bool:
    value = table.values.get(field, True)
    if not isinstance(value, bool):
        table.refuse(field, f"must be true or false, not {value!r}")
    return value


def _compound_kind(table: Table) -> CompoundKind:
    table.only("code", "label", "label_zh", "kinds")
    return CompoundKind(
        table.text("code"), table.said("label"), table.texts("kinds", needed=True)
    )


def _domains(top: Table) -> tuple[Domain, ...]:
    found: list[Domain] = []
    for code, table in top.named("domain").items():
        table.only("label", "label_zh", "weight", "kinds")
        kinds = table.texts("kinds", needed=True)
        weight = table.number("weight", 0.0, 1.0)
        found.append(Domain(code, table.said("label"), weight, kinds))
    if abs(sum(domain.weight for domain in found) - 1.0) > _WEIGHTS_OFF:
        top.refuse("domain", "weights must sum to 1")
    return tuple(found)


def _bands(top: Table) -> tuple[Band, ...]:
    found: list[Band] = []
    for table in top.tables("band", "code"):
        table.only("code", "label", "label_zh", "above", "below", "probability")
        above = table.number("above", 0.1, 10) if table.has("above") else None
        below = table.number("below", 0.1, 10) if table.has("below") else None
        if above is not None and below is not None:
            table.refuse("below", "and above exclude each other")
        bound = above is not None or below is not None
        sure = table.number("probability", 0.5, 0.9999) if bound else 0.0
        code = _BANDS[table.choice("code", _BANDS)]
        found.append(Band(code, table.said("label"), above, below, sure))
    plain = [band for band in found if band.above is None and band.below is None]
    if len(plain) != 1 or len({band.code for band in found}) < len(found):
        top.refuse("band", "must each have a code of its own, one of them no bound")
    return tuple(found)
