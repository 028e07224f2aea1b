"""What is published of a month: everything that a public page may know, and no more.

A `Publication` is made by the disclosure step (`disclosing`) alone. Public pages, open
data, feeds and the bulletin are written from it and from nothing else.
"""

from dataclasses import dataclass, field

from gengfu.kernel import Said
from gengfu.kernel.values import LATER

FORMAT = "gengfu-publication"
VERSION = 1
HIDDEN = "<5"
HIDDEN_TO = 4
"""Counts from 1 to this are not shown but said to be HIDDEN."""
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The index of a place with its interval, 0 to 100."""

    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankInterval:
    """Ranks that the place may well have among `of`; 1 is the safest."""

    low: int
    high: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What happened over what was expected (1 = as expected), with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One domain of a place's index.

    `events` is a number, "<5" for a small one, or "withheld" where showing it would
    give a small one away; hidden events have no ratio.
    """

    domain: str
    events: str
    expected: float
    per_10_000: float | None
    ratio: Ratio | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """What was published of an earlier month."""

    period: str
    value: int
    low: int
    high: int
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReport:
    """All that is published of one place.

    `people` is rounded, None where nobody counted them: then there is no score.
    `deaths_12m` is text like `Part.events`. `like` are places most like this one.
    """

    id: str
    name: str
    name_zh: str
    kind: str
    parent: str
    people: int | None
    score: Score | None
    band: str
    rank: RankInterval | None
    parts: tuple[Part, ...]
    deaths_12m: str
    trend: tuple[TrendPoint, ...]
    like: tuple[str, ...]
    quality: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundFigure:
    """Events of one kind in a compound over the months before, per 1,000 households."""

    kind: str
    events: str
    per_1_000: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundReport:
    """What is published of a residential compound."""

    id: str
    name: str
    name_zh: str
    area: str
    households: int
    figures: tuple[CompoundFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Something to know about the data, for the whole city or for some places."""

    code: str
    said: Said
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One month of events that figures were made from: which version, which bytes.

    `rows` is for staff. It is 0 in what is published: the domains that are shown and
    the events that were left out, taken from it, leave those that are hidden.
    """

    month: str
    version: int
    sha256: str
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the publication was made from and with."""

    code: str
    config_name: str
    config_version: str
    config_sha256: str
    areas_sha256: str
    events: tuple[Source, ...]
    earlier: tuple[tuple[str, str], ...]
    """Earlier publications that were read, each with its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A domain: its code, its words, its weight."""

    code: str
    said: Said
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBand:
    """A band: its code, its words, and its rule in words."""

    code: str
    said: Said
    rule: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How figures were made, as data; the page of the method says it in words.

    A warning needs the worst band in `red` of `red_of` months. What is 0 by default
    was not yet said by the first publications.
    """

    expected_score: float
    points_per_doubling: float
    interval: float
    false_discovery: float
    base_years: tuple[int, ...]
    domains: tuple[NamedPart, ...]
    bands: tuple[NamedBand, ...]
    compound_kinds: tuple[NamedPart, ...]
    hidden_to: int
    red: int = 0
    red_of: int = 0
    death_points_per_doubling: float = 0.0
    death_points_most: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Which issue this one replaces, and why."""

    issue: int
    why: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalShare:
    """Early signals checked in the month, and how many were real."""

    raised: int
    checked: int
    real: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A figure published for comparison alone, with a label that says so."""

    code: str
    said: Said
    value: float | None
    of_area: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One issue of one month, disclosed.

    `corrects_sha256` is the digest of the issue that this one corrects. First issues
    have none, nor have the first corrections that were published: it was not yet said.
    """

    format: str
    version: int
    city: str
    city_zh: str
    timezone: str
    simulated: bool
    period: str
    issue: int
    corrects: Correction | None
    made: Made
    method: Method
    quality: tuple[Quality, ...]
    places: tuple[PlaceReport, ...]
    totals: tuple[tuple[str, str], ...]
    """Events of the whole city by domain."""
    compounds: tuple[CompoundReport, ...]
    signals: SignalShare | None
    comparisons: tuple[Comparison, ...]
    corrects_sha256: str = field(default="", metadata=LATER)
