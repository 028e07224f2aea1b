"""What there is to know about the data behind a publication, in words."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from gengfu.kernel import Said

from .config import IndexConfig
from .document import (
    HIDDEN,
    HIDDEN_TO,
    WITHHELD,
    Made,
    Part,
    PlaceReport,
    Publication,
    Quality,
    SignalShare,
)
from .expecting import MONTHS, Base
from .geography import AreaFacts, Geography
from .periods import Month
from .silence import SILENT, is_silent
from .tally import LeftOut

NEW_MONTHS = 12

NO_PEOPLE = "no-people"
HIDDEN_COUNTS = "counts-hidden"
NEW_AREA = "new-area"
MERGED = "areas-merged"

WORDS = {
    NO_PEOPLE: Said(
        "Nobody has counted the people here, so nothing can be expected and there is"
        " no score.",
        "此地没有人口数，无法得出预期值，因此没有得分。",
    ),
    HIDDEN_COUNTS: Said(
        "Counts from 1 to {most} are shown as “<{next}”; some others are withheld so"
        " that these cannot be worked out. The score takes their likely values.",
        "1 至 {most} 的数字显示为“<{next}”；另有一些数字不予公布，以防推算。"
        "得分按其可能值计算。",
    ),
    NEW_AREA: Said(
        "This area is younger than a year; it is compared with areas of its kind, and"
        " its deaths are counted from its first month on.",
        "该地设立不足一年，与同类地区比较；死亡人数自设立当月起计。",
    ),
    MERGED: Said(
        "Areas that were merged into this one count here, also in the years before.",
        "并入此地的地区，其历年数字均计入此地。",
    ),
}


def place_quality(
    place: AreaFacts,
    month: Month,
    people: int | None,
    parts: Sequence[Part],
) -> tuple[str, ...]:
    """Return the codes of what there is to know about one place."""
    found: list[str] = []
    if people is None:
        found.append(NO_PEOPLE)
    if any(part.events in SILENT for part in parts):
        found.append(HIDDEN_COUNTS)
    if place.since and _recent(place.since, month):
        found.append(NEW_AREA)
    return tuple(found)


def quality_of(
    base: Base,
    months_of_deaths: int,
    month: Month,
    places: Geography,
    config: IndexConfig,
    made: Made,
    reports: Sequence[PlaceReport],
) -> tuple[Quality, ...]:
    """Return what there is to know of figures: the city's, then places' by code."""
    found = _base(base, month, config)
    if months_of_deaths < MONTHS:
        found.append(
            Quality(
                code="deaths-short",
                said=Said(
                    "Deaths are of {months} months, not twelve: there are no more.",
                    "死亡人数只有 {months} 个月的数据，不足十二个月。",
                ).fill(months=months_of_deaths),
            )
        )
    restated = [one.month for one in made.events if one.version > 1]
    if restated:
        found.append(
            Quality(
                code="restated",
                said=Said(
                    "Restated since they were first imported: {months}.",
                    "首次导入后作过更正的月份：{months}。",
                ).fill(months=", ".join(restated)),
            )
        )
    merged = sorted({a.successor for a in places.areas if a.successor})
    by_code: dict[str, list[str]] = {MERGED: merged} if merged else {}
    for report in reports:
        for code in report.quality:
            by_code.setdefault(code, []).append(report.id)
    for code, areas in by_code.items():
        words = WORDS[code].fill(most=HIDDEN_TO, next=HIDDEN_TO + 1)
        found.append(Quality(code=code, said=words, areas=tuple(areas)))
    return tuple(found)


def left_out(out: LeftOut, issued: Sequence[Publication]) -> list[Quality]:
    """Say how many events are in no figure; what an issue hid stays hidden."""
    hidden = {
        one.code for each in issued for one in each.quality if is_silent(one.said)
    }
    rows = (
        ("repeats", out.repeats, Said(
            "Repeated reports of the same event, counted once: {n}.",
            "同一事件的重复报警，只计一次：{n}。")),
        ("police-initiated", out.police, Said(
            "Events that police began themselves, not counted: {n}.",
            "警方主动发现的事件，不计入：{n}。")),
        ("other-kinds", out.no_domain, Said(
            "Events of kinds that are in no part of the index: {n}.",
            "不属于指数任何部分的事件：{n}。")),
        ("no-place", out.no_place, Said(
            "Events without a known place, in no area's figures: {n}.",
            "地点不明、未计入任何地区的事件：{n}。")),
        ("unknown-area", out.unknown_area, Said(
            "Events in areas that have no figures here, or that nobody knows: {n}.",
            "在此没有数据或不在名单中的地区的事件：{n}。")),
    )  # fmt: skip
    return [
        Quality(
            code=code,
            said=Said(
                said.en.format(n=_few(number, WITHHELD, hidden=code in hidden)),
                said.zh.format(n=_few(number, "不予公布", hidden=code in hidden)),
            ),
        )
        for code, number, said in rows
        if number or code in hidden
    ]


def _base(base: Base, month: Month, config: IndexConfig) -> list[Quality]:
    found: list[Quality] = []
    if base.years != base.wanted:
        found.append(
            Quality(
                code="base-short",
                said=Said(
                    "Compared with {years}: the other base years of {wanted} have no"
                    " data.",
                    "与 {years} 年比较：基期 {wanted} 的其余年份没有数据。",
                ).fill(
                    years=", ".join(map(str, base.years)),
                    wanted=f"{base.wanted[0]}–{base.wanted[-1]}",
                ),
            )
        )
    if base.unpublished:
        found.append(
            Quality(
                code="base-unpublished",
                said=Said(
                    "Months of the base years that were not published are left out of"
                    " what is expected: {months}.",
                    "基期中未发布的月份不计入预期值：{months}。",
                ).fill(months=", ".join(map(str, base.unpublished))),
            )
        )
    at = month.month - 1
    thin = sorted({domain for _, domain, when in base.thin if when == at})
    for domain in thin:
        said = config.domains[domain].said
        found.append(
            Quality(
                code="base-thin",
                said=Said(
                    f"{said.en}: too few events in this month of the base years; the"
                    " rate is that of whole years with the city's season.",
                    f"{said.zh}：基期同月事件太少，采用全年率并按全市季节调整。",
                ),
            )
        )
    if not np.allclose(base.link, 1.0):
        found.append(
            Quality(
                code="linked",
                said=Said(
                    "The base years were renewed; scores are linked to the earlier"
                    " base.",
                    "基期已更新，得分与原基期链接。",
                ),
            )
        )
    return found


def made_without(
    before: Sequence[Publication], share: SignalShare | None
) -> tuple[Quality, ...]:
    """Say what a month has not that the one before it had, or may have had.

    Args:
        before: newest issues of earlier months that are at hand, the newest last.
        share: how many early signals of the month were real, where anybody said so.

    """
    if not before:
        return (
            Quality(
                code="no-trend",
                said=Said(
                    "No publication of an earlier month was at hand when this was made:"
                    " there is no trend.",
                    "编制时没有更早月份的发布，因此没有走势。",
                ),
            ),
        )
    if share is not None or before[-1].signals is None:
        return ()
    return (
        Quality(
            code="no-signals",
            said=Said(
                "How many early signals were real is not said of this month; of {month}"
                " it was.",
                "本月未说明预警信号中属实的数量；{month} 曾有说明。",
            ).fill(month=before[-1].period),
        ),
    )


def other_rules(base: Base, made: Made, before: Sequence[Publication]) -> list[Quality]:
    """Say that a base was published by other rules: perhaps of other events."""
    other = [
        one.period
        for one in before
        if Month.read(one.period).year in base.wanted
        and one.made.config_sha256 != made.config_sha256
    ]
    if not other:
        return []
    return [
        Quality(
            code="base-other-rules",
            said=Said(
                "Months of the base years that were published by another version of"
                " the rules, and count as published: {months}.",
                "基期中按其他版本规则发布、按已发布数字计入的月份：{months}。",
            ).fill(months=", ".join(sorted(other))),
        )
    ]


def _few(number: int, withheld: str, *, hidden: bool) -> str:
    if 1 <= number <= HIDDEN_TO:
        return HIDDEN
    return withheld if hidden else str(number)


def _recent(since: str, month: Month) -> bool:
    try:
        begun = date.fromisoformat(since[:10])
    except ValueError:
        return False
    return Month(begun.year, begun.month) > month.later(-NEW_MONTHS)
