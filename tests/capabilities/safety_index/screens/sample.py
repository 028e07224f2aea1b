"""Publications as a city might have them, for the portal's tests: all made up."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from gengfu.capabilities.safety_index.rules.document import (
    HIDDEN,
    WITHHELD,
    Comparison,
    CompoundFigure,
    CompoundReport,
    Correction,
    Made,
    Method,
    NamedBand,
    NamedPart,
    Part,
    PlaceReport,
    Publication,
    Quality,
    RankInterval,
    Ratio,
    Score,
    SignalShare,
    Source,
    TrendPoint,
)
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.screens import Atlas, Issued, IssueNote
from gengfu.kernel import NotFound, Said

PERIOD = "2026-10"
LONG = "Conjunto Habitacional Presidente Gabriel González Videla Sector Oriente Alto"
HOSTILE = '<script>alert("x")</script>&'
DOMAINS = (
    NamedPart(
        code="crime", said=Said("Crime and public order", "治安与刑事"), weight=0.6
    ),
    NamedPart(code="fire", said=Said("Fire", "火灾"), weight=0.2),
    NamedPart(code="traffic", said=Said("Traffic", "交通"), weight=0.2),
)
BANDS = (
    ("red", "Far more than expected", "远高于预期"),
    ("orange", "Clearly more than expected", "明显高于预期"),
    ("yellow", "More than expected", "高于预期"),
    ("blue", "Less than expected", "低于预期"),
    ("green", "As expected", "与预期相符"),
)
METHOD = Method(
    expected_score=80,
    points_per_doubling=20,
    interval=0.9,
    false_discovery=0.1,
    base_years=(2023, 2024, 2025),
    domains=DOMAINS,
    bands=tuple(
        NamedBand(
            code=code, said=Said(en, zh), rule=Said(f"Rule of {code}", f"{zh}的规则")
        )
        for code, en, zh in BANDS
    ),
    compound_kinds=(
        NamedPart(code="burglary", said=Said("Burglary", "入室盗窃"), weight=0.0),
        NamedPart(
            code="cycle-theft",
            said=Said("Theft of e-bikes", "电动自行车被盗"),
            weight=0.0,
        ),
    ),
    hidden_to=4,
)
SPECIAL = {
    "odd-nobody": {"name": "Parque Industrial", "name_zh": "工业园"},
    "odd-long": {"name": LONG, "name_zh": "总统冈萨雷斯·魏地拉住宅区东部高地分区"},
    "odd-hostile": {"name": HOSTILE, "name_zh": ""},
    "odd-hidden": {"name": "Caleta Peñuelas", "name_zh": "佩纽埃拉斯渔港"},
    "odd-red": {"name": "Tierras Blancas 16", "name_zh": "白土地 16"},
    "odd-new": {"name": "Barrio Nuevo", "name_zh": "新区"},
}


def places(count: int, seed: int, months: int) -> tuple[PlaceReport, ...]:
    chance = Random(seed)
    ids = [*SPECIAL, *(f"zone-{n:03}" for n in range(1, count + 1 - len(SPECIAL)))]
    return tuple(place(one, chance, months, ids) for one in sorted(ids[:count]))


def place(one: str, chance: Random, months: int, ids: Sequence[str]) -> PlaceReport:
    people = None if one == "odd-nobody" else 100 * chance.randint(3, 400)
    theta = 2.2 if one == "odd-red" else chance.gammavariate(20, 1 / 20)
    parts = tuple(
        part(domain.code, people or 8000, theta, chance, one) for domain in DOMAINS
    )
    score = None if people is None else scored(theta, people, chance)
    band = banded(score)
    number = one.rpartition("-")[2]
    names = SPECIAL.get(
        one,
        {"name": f"Zone {int(number)}", "name_zh": f"第 {int(number)} 片区"}
        if number.isdecimal()
        else {},
    )
    history = () if one == "odd-new" else trend(theta, people or 100, months, chance)
    best = chance.randint(1, 90)
    return PlaceReport(
        id=one,
        kind="zone",
        parent=f"sector-{chance.randint(1, 9)}",
        people=people,
        score=score,
        band=band,
        rank=None if score is None else RankInterval(low=best, high=best + 50, of=147),
        parts=parts,
        deaths_12m=chance.choice(["0", HIDDEN, "5", "10", WITHHELD]),
        trend=history if people else (),
        like=tuple(chance.sample([i for i in ids if i != one], min(5, len(ids) - 1))),
        quality=("no-people",) if people is None else (),
        **names,
    )


def part(domain: str, people: int, theta: float, chance: Random, one: str) -> Part:
    rate = {"crime": 30.0, "fire": 3.0, "traffic": 8.0}[domain]
    expected = round(people / 10_000 * rate, 2)
    spread = (expected * theta) ** 0.5
    count = max(0, round(chance.gauss(expected * theta, spread)))
    hidden = 1 <= count <= 4
    withheld = one == "odd-hidden" and domain != "crime"
    events = WITHHELD if withheld else HIDDEN if hidden else str(count)
    ratio = (count + 6) / (expected + 6)
    unknown = one == "odd-nobody"
    wide = 1 + 1.6 / (count + 6) ** 0.5
    return Part(
        domain=domain,
        events=events,
        expected=0.0 if unknown else expected,
        per_10_000=None
        if hidden or withheld or unknown
        else round(count / people * 1e4, 1),
        ratio=None
        if withheld or hidden or unknown
        else Ratio(
            value=round(ratio, 2),
            low=round(ratio / wide, 2),
            high=round(ratio * wide, 2),
        ),
    )


def scored(theta: float, people: int, chance: Random) -> Score:
    value = max(0, min(100, round(100 - 20 * theta + chance.gauss(0, 2))))
    wide = max(3, round(1400 / people**0.6))
    return Score(
        value=value,
        low=max(0, value - wide),
        high=min(100, value + wide),
    )


def banded(score: Score | None) -> str:
    if score is None:
        return ""
    if score.high < 65:
        return "red"
    if score.high < 74:
        return "orange"
    if score.high < 78:
        return "yellow"
    return "blue" if score.low > 81 else "green"


def trend(
    theta: float, people: int, months: int, chance: Random
) -> tuple[TrendPoint, ...]:
    found: list[TrendPoint] = []
    for month in Month.read(PERIOD).later(-1).back(months):
        score = scored(theta * chance.uniform(0.9, 1.1), people, chance)
        found.append(
            TrendPoint(
                period=str(month),
                value=score.value,
                low=score.low,
                high=score.high,
                band=banded(score),
            )
        )
    return tuple(found)


def publication(
    count: int = 148, *, seed: int = 7, months: int = 23, period: str = PERIOD
) -> Publication:
    """Return a month of a city with so many places, none of them real."""
    found = places(count, seed, months)
    ids = [one.id for one in found]
    return Publication(
        format="gengfu-publication",
        version=1,
        city="La Serena – Coquimbo",
        city_zh="拉塞雷纳－科金博",
        timezone="America/Santiago",
        simulated=True,
        period=period,
        issue=1,
        corrects=None,
        made=Made(
            code="0.1.0",
            config_name="gengfu-index",
            config_version="2026-1",
            config_sha256="ab" * 32,
            areas_sha256="cd" * 32,
            events=(Source(month=period, version=2, sha256="ef" * 32, rows=2214),),
            earlier=(),
        ),
        method=METHOD,
        quality=(
            Quality(
                code="no-people",
                said=Said(
                    "Nobody counted the people there, so there is no score.",
                    "没有人口统计，因此没有得分。",
                ),
                areas=tuple(one for one in ids if one == "odd-nobody"),
            ),
            Quality(
                code="no-place",
                said=Said(
                    "12 events could not be placed.", "有 12 起事件无法确定地点。"
                ),
            ),
        ),
        places=found,
        totals=(("crime", "1204"), ("fire", "87"), ("traffic", "251")),
        compounds=(
            CompoundReport(
                id="compound-1",
                name="Jardines del Valle",
                name_zh="山谷花园",
                area="odd-red",
                households=420,
                figures=(
                    CompoundFigure(
                        kind="burglary", events="9", per_1_000=18.4, low=11.0, high=27.5
                    ),
                    CompoundFigure(
                        kind="cycle-theft",
                        events=HIDDEN,
                        per_1_000=None,
                        low=None,
                        high=None,
                    ),
                ),
            ),
        ),
        signals=SignalShare(raised=14, checked=11, real=5),
        comparisons=(
            Comparison(
                code="huizhou",
                said=Said(
                    "60/20/20 of rates against the mean of the year before, as Huizhou counts",
                    "按惠州方法：60/20/20，与上年平均比较",
                ),
                value=None,
                of_area=(("odd-red", 61.5),),
            ),
        ),
    )


def square(column: int, row: int, side: float = 0.01) -> tuple[Any, ...]:
    west, south = -71.4 + column * side, -30.0 + row * side
    ring = [
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
        (west, south),
    ]
    return ((tuple(ring),),)


def atlas(ids: Sequence[str]) -> Atlas:
    names = {f"sector-{n}": Said(f"Sector {n}", f"第 {n} 区") for n in range(1, 10)}
    shapes = {one: square(at % 12, at // 12) for at, one in enumerate(ids)}
    return Atlas(names, shapes)


def issued(made: Publication, at: datetime) -> Issued:
    content = json.dumps(asdict(made), ensure_ascii=False, sort_keys=True).encode()
    return Issued(
        publication=made,
        content=content,
        sha256=sha256(content).hexdigest(),
        published_at=at,
    )


@dataclass
class SampleShelf:
    """A shelf in memory."""

    found: list[Issued] = field(default_factory=list)
    map: Atlas = field(default_factory=lambda: Atlas({}, {}))
    url: str = ""

    def issues(self) -> Sequence[IssueNote]:
        notes = [
            IssueNote(
                period=one.publication.period,
                issue=one.publication.issue,
                sha256=one.sha256,
                published_at=one.published_at,
                corrects=one.publication.corrects,
            )
            for one in self.found
        ]
        return sorted(notes, key=lambda note: (note.period, note.issue), reverse=True)

    def latest(self) -> Issued | None:
        notes = self.issues()
        return self.publication(notes[0].period) if notes else None

    def publication(self, period: str, issue: int | None = None) -> Issued:
        fit = [
            one
            for one in self.found
            if one.publication.period == period
            and issue in (None, one.publication.issue)
        ]
        if not fit:
            raise NotFound(f"nothing is at /portal/data/{period}")
        return max(fit, key=lambda one: one.publication.issue)

    def atlas(self) -> Atlas:
        return self.map

    def site(self) -> str:
        return self.url

    def digest(self) -> str:
        return sha256(repr(self.issues()).encode()).hexdigest()


AT = datetime(2026, 11, 6, 9, 0, tzinfo=UTC)


def shelf(count: int = 148, **wanted: Any) -> SampleShelf:
    """Return two months, the older one corrected."""
    new = publication(count, **wanted)
    before = publication(count, seed=8, period="2026-09")
    why = Said("Nine events came in late.", "有九起事件补报。")
    again = replace(before, issue=2, corrects=Correction(issue=1, why=why))
    return SampleShelf(
        [
            issued(before, AT - timedelta(days=31)),
            issued(again, AT - timedelta(days=20)),
            issued(new, AT),
        ],
        atlas([one.id for one in new.places]),
    )


type Edit = Callable[[PlaceReport], PlaceReport]


def edited(made: Publication, edits: Mapping[str, Edit]) -> Publication:
    """Return a publication with some places changed."""
    return replace(
        made,
        places=tuple(
            edits[one.id](one) if one.id in edits else one for one in made.places
        ),
    )
