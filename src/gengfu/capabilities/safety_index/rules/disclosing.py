"""The disclosure step: the only place where a publication is made.

What comes in is exact; what goes out may be read by anybody for ever. Every figure is
either shown by `hiding`, made from figures that are shown, or about the whole city.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput, Said

from .comparing import comparisons
from .compiling import Compiled, compile_index, untold
from .compounds import compound_notes, compound_reports
from .config import Band, IndexConfig
from .document import (
    FORMAT,
    HIDDEN_TO,
    VERSION,
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
    TrendPoint,
)
from .expecting import MONTHS, Base, Expected, base_for, expect
from .geography import Geography
from .hiding import Issued, Shown, show
from .periods import Month
from .published_counts import SaidCounts, said_of
from .quality import left_out, other_rules, place_quality, quality_of
from .silence import SILENT
from .tally import MonthCounts

TREND_MONTHS = 24
ALIKE = 4
_PER = 10_000
_RATIO_STEP = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What an issue is called: the city, its number, and what it corrects and why.

    `corrects_sha256` is the digest of the issue before it, where there is one.
    """

    city: str
    city_zh: str
    timezone: str
    simulated: bool
    number: int = 1
    why: Said | None = None
    corrects_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a month's figures are made of, on the way to its publication."""

    month: Month
    counts: MonthCounts
    deaths: NDArray[np.int64]  # (P, D) of the months up to it
    months_of_deaths: int
    base: Base
    expected: Expected
    shown: Shown
    compiled: Compiled


def disclose(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    places: Geography,
    config: IndexConfig,
    issue: Issue,
    made: Made,
    *,
    before: Sequence[Publication] = (),
    issued: Sequence[Issued] = (),
    signals: SignalShare | None = None,
    notes: Sequence[Quality] = (),
) -> Publication:
    """Make the publication of a month.

    `before` are the newest issues of earlier months, for the trend and for what is
    expected: of all of them, as exact counts of what is public are not used; `issued`
    the earlier issues of this month; `notes` what else there is to know about the data.

    Raises:
        BadInput: the month has no data, no base year has, or no place has people.

    """
    before = [one for one in before if one.period < str(month)]
    said = said_of(before, places, config)
    found = _find(month, counts, said, places, config, issued)
    reports = tuple(
        _report(at, found, places, config, before) for at in range(len(places.places))
    )
    earlier = [one.publication for one in issued]
    compounds = compound_reports(month, counts, places, config, earlier)
    corrects = None
    if issue.why is not None:
        corrects = Correction(issue=issue.number - 1, why=issue.why)
    return Publication(
        format=FORMAT,
        version=VERSION,
        city=issue.city,
        city_zh=issue.city_zh,
        timezone=issue.timezone,
        simulated=issue.simulated,
        period=str(month),
        issue=issue.number,
        corrects=corrects,
        corrects_sha256=issue.corrects_sha256,
        made=made,
        method=_method(found, config),
        quality=(
            *left_out(found.counts.left_out, earlier),
            *quality_of(
                found.base,
                found.months_of_deaths,
                month,
                places,
                config,
                made,
                reports,
            ),
            *other_rules(found.base, made, before),
            *untold(found.compiled, config),
            *compound_notes(month, counts, compounds, places, config),
            *notes,
        ),
        places=reports,
        totals=tuple(
            (domain.code, text)
            for domain, text in zip(config.domains, found.shown.totals, strict=True)
        ),
        compounds=compounds,
        signals=signals,
        comparisons=comparisons(
            month, found.deaths, counts, said, places, config, reports, earlier
        ),
    )


def _find(
    month: Month,
    counts: Mapping[Month, MonthCounts],
    said: Mapping[Month, SaidCounts],
    places: Geography,
    config: IndexConfig,
    issued: Sequence[Issued],
) -> Found:
    if month not in counts:
        raise BadInput(f"there are no events of {month}")
    base = base_for(month, counts, places, config, said)
    held = [one for one in month.back(MONTHS) if one in counts]
    deaths = np.sum([counts[one].deaths for one in held], axis=0)
    expected = expect(month, base, places, of_deaths=held)
    shown = show(
        month,
        counts[month].events,
        deaths.sum(axis=1),
        places,
        config,
        issued,
    )
    compiled = compile_index(month, shown, expected, places, config)
    return Found(
        month=month,
        counts=counts[month],
        deaths=deaths,
        months_of_deaths=len(held),
        base=base,
        expected=expected,
        shown=shown,
        compiled=compiled,
    )


def _rated(at: int, compiled: Compiled) -> tuple[Score, str, RankInterval] | None:
    (rows,) = np.nonzero(compiled.rated == at)
    made = compiled.result
    if len(rows) == 0 or made is None:
        return None
    row = int(rows[0])
    ends = (made.score[row], made.low[row], made.high[row])
    value, low, high = (round(float(end)) for end in ends)
    first, last = int(made.rank_low[row]), int(made.rank_high[row])
    of = len(compiled.rated)
    if first == last:  # never a rank alone
        first, last = max(first - 1, 1), min(last + 1, of)
    rank = RankInterval(low=first, high=last, of=of)
    return Score(value=value, low=low, high=high), made.bands[row], rank


def _report(
    at: int,
    found: Found,
    places: Geography,
    config: IndexConfig,
    before: Sequence[Publication],
) -> PlaceReport:
    place = places.places[at]
    step = config.people_rounded_to
    people = None
    if np.isfinite(place.present) and place.present > 0:
        people = max(round(place.present / step), 1) * step
    score, band, rank = _rated(at, found.compiled) or (None, "", None)
    parts = _parts(at, found, config, people)
    return PlaceReport(
        id=place.id,
        name=place.name,
        name_zh=place.name_zh,
        kind=place.kind,
        parent=place.parent,
        people=people,
        score=score,
        band=band,
        rank=rank,
        parts=parts,
        deaths_12m=found.shown.deaths[at],
        trend=_trend(place.id, str(found.month), score, band, before),
        like=_alike(at, places),
        quality=place_quality(place, found.month, people, parts),
    )


def _parts(
    at: int, found: Found, config: IndexConfig, people: int | None
) -> tuple[Part, ...]:
    rated = np.flatnonzero(found.compiled.rated == at).tolist()
    parts: list[Part] = []
    for d, domain in enumerate(config.domains):
        events = found.shown.events[at][d]
        open_count = events not in SILENT
        ratio, risk = None, found.compiled.risks[d]
        if open_count and rated and risk is not None:
            one = risk.only(rated)
            low, high = one.interval(config.interval)
            ends = (float(one.quantile(0.5)[0]), float(low[0]), float(high[0]))
            value, low_end, high_end = (_to_step(end) for end in ends)
            ratio = Ratio(value=value, low=low_end, high=high_end)
        rate = None
        if open_count and people:
            rate = round(int(events) * _PER / people, 2)
        expected = found.expected.events[at, d]
        parts.append(
            Part(
                domain=domain.code,
                events=events,
                expected=round(float(expected), 1) if np.isfinite(expected) else 0.0,
                per_10_000=rate,
                ratio=ratio,
            )
        )
    return tuple(parts)


def _to_step(value: float) -> float:
    return round(round(value / _RATIO_STEP) * _RATIO_STEP, 2)


def _trend(
    place: str,
    period: str,
    score: Score | None,
    band: str,
    before: Sequence[Publication],
) -> tuple[TrendPoint, ...]:
    """Return what was published of the months up to this one, oldest first."""
    points: dict[str, TrendPoint] = {}
    for publication in before:
        for report in publication.places:
            if report.id == place and report.score is not None:
                points[publication.period] = _point(
                    publication.period, report.score, report.band
                )
    if score is not None:
        points[period] = _point(period, score, band)
    return tuple(points[each] for each in sorted(points)[-TREND_MONTHS:])


def _point(period: str, score: Score, band: str) -> TrendPoint:
    return TrendPoint(
        period=period, value=score.value, low=score.low, high=score.high, band=band
    )


def _alike(at: int, places: Geography) -> tuple[str, ...]:
    """Return the places of the same kind nearest in people."""
    own = places.places[at]
    if not own.present > 0:
        return ()
    others = [
        other
        for other in places.places
        if other.id != own.id and other.kind == own.kind and other.present > 0
    ]
    others.sort(key=lambda o: (abs(np.log(o.present / own.present)), o.id))
    return tuple(other.id for other in others[:ALIKE])


def _method(found: Found, config: IndexConfig) -> Method:
    return Method(
        expected_score=config.expected_score,
        points_per_doubling=config.points_per_doubling,
        interval=config.interval,
        false_discovery=config.false_discovery,
        base_years=found.base.years,
        domains=tuple(
            NamedPart(code=d.code, said=d.said, weight=d.weight) for d in config.domains
        ),
        bands=tuple(
            NamedBand(code=band.code, said=band.said, rule=_rule(band))
            for band in config.bands
        ),
        compound_kinds=tuple(
            NamedPart(code=k.code, said=k.said, weight=0.0)
            for k in config.compound_kinds
        ),
        hidden_to=HIDDEN_TO,
        red=config.red,
        red_of=config.red_of,
        death_points_per_doubling=config.death_points_per_doubling,
        death_points_most=config.death_points_most,
    )


def _rule(band: Band) -> Said:
    bound = band.below if band.above is None else band.above
    if bound is None:
        return Said("every other place", "其余各地")
    sure = f"{band.probability:.1%}".replace(".0%", "%")
    side, side_zh = ("below", "低于") if band.above is None else ("above", "高于")
    as_expected = bound == 1.0
    times = "" if as_expected else f"{bound:g} times "
    times_zh = "" if as_expected else f"的 {bound:g} 倍"
    return Said(
        f"at least {sure} sure that the risk is {side} {times}what was expected",
        f"风险{side_zh}预期{times_zh}的把握不低于 {sure}",
    )
