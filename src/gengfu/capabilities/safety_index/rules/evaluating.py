"""Whether a measure changed what happened: a city's counts, asked and answered.

"The rate fell by 30 % after installation" is a claim. Here it is compared with places
that did not get the measure (`gengfu.science.evaluation`), and told in one sentence
with its interval and with what speaks against it. What this makes holds exact totals:
it is for staff, not for publication.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput, Said
from gengfu.science.evaluation import (
    NEVER,
    Estimate,
    EventPoint,
    Finding,
    Panel,
    assess,
)

from .config import IndexConfig
from .evaluation_values import (
    FORMAT,
    VERSION,
    Evaluation,
    Interval,
    MeasuredCity,
    PathPoint,
    Place,
    Question,
    Warned,
)
from .evaluation_words import (
    AREAS,
    COMPOUNDS,
    DESIGNS,
    Doubt,
    Subject,
    sentence,
    words_of,
)
from .geography import AreaFacts, Geography
from .periods import Month
from .recording import Sides, recording_changed
from .tally import POLICE, MonthTally

_DIGITS = 6
_LEAST_MONTHS, _MOST_MONTHS = 4, 240


def evaluate(
    question: Question, city: MeasuredCity, months: Mapping[Month, MonthTally]
) -> Evaluation:
    """Answer a question about a measure.

    Raises:
        BadInput: an area, kind or month that is not known, by row and column; months
            without counts; nothing that could be compared.

    """
    span = _span(question.first, question.last)
    for month in span:
        if month not in months:
            raise BadInput(f"no events of {month} are known")
    what, kinds = _subject(question.what, city.config, months)
    unit, places, place_of = _units(question, city.geography)
    counted = _count([months[month] for month in span], kinds, place_of, len(places))
    adoption = _adoption(question, places, span)
    exposure = _exposure(question, places, unit, adoption, span)
    known = exposure.any(1)
    kept = [place for place, one in zip(places, known, strict=True) if one]
    try:
        finding = assess(
            Panel.of(counted.events[known], exposure[known]),
            adoption[known],
            points_m=_points(question.ring_m, kept, city.points_m),
            ring_m=question.ring_m or 0.0,
        )
    except ValueError as error:
        raise BadInput(
            f"{question.table}: nothing can be compared before and after"
        ) from error
    later = sum(one.month > question.last for one in question.adopted)
    doubts = [Doubt(one.code, one.grave, one.facts) for one in finding.cautions]
    doubts += _unseen(counted, adoption, len(places) - len(kept), later)
    doubts.sort(key=lambda one: not one.grave)
    about = Subject(
        measure=question.measure,
        what=what,
        unit=unit,
        places=int(finding.facts["treated_places"]),
        comparison=int(finding.facts["comparison_places"]),
    )
    return _told(finding, doubts, question, about, places)


def _span(first: Month, last: Month) -> list[Month]:
    months = first.through(last)
    if not _LEAST_MONTHS <= len(months) <= _MOST_MONTHS:
        raise BadInput(
            f"from {first} to {last} are {len(months)} months; an evaluation takes"
            f" {_LEAST_MONTHS} to {_MOST_MONTHS}"
        )
    return months


def _subject(
    what: str, config: IndexConfig, months: Mapping[Month, MonthTally]
) -> tuple[Said, frozenset[str]]:
    """Return what is counted in words, and the kinds of events that belong to it."""
    seen = {kind for tally in months.values() for kind in tally.kind}
    for at, domain in enumerate(config.domains):
        if domain.code == what:
            return domain.said, frozenset(k for k in seen if config.domain_of(k) == at)
    for at, one in enumerate(config.compound_kinds):
        if one.code == what:
            found = frozenset(k for k in seen if config.compound_kind_of(k) == at)
            return one.said, found
    if what in seen:
        return Said(what, what), frozenset({what})
    known = [one.code for one in (*config.domains, *config.compound_kinds)]
    raise BadInput(
        f"{what[:60]!r} is no domain or kind of these events; there are"
        f" {', '.join(known)} and kinds of events"
    )


def _units(
    question: Question, geography: Geography
) -> tuple[str, tuple[AreaFacts, ...], Mapping[str, int]]:
    """Return whether areas or compounds are asked about, and all of those."""
    places = {one.id for one in geography.places}
    compounds = {one.id for one in geography.compounds}
    first = question.adopted[0]
    unit = COMPOUNDS if first.area in compounds else AREAS
    for one in question.adopted:
        where = f"{question.table}: row {one.row}, column area: {one.area[:60]!r}"
        if one.area not in places and one.area not in compounds:
            raise BadInput(f"{where} is no published area and no compound of the city")
        if (one.area in compounds) != (unit == COMPOUNDS):
            raise BadInput(
                f"{where} and {first.area!r} of row {first.row} are not both"
                " compounds or both areas"
            )
    if unit == COMPOUNDS:
        return unit, geography.compounds, geography.compound_of
    return unit, geography.places, geography.place_of


@dataclass(frozen=True, slots=True)
class _Counted:
    """Tables of P places by T months: distinct events, and those set aside."""

    events: NDArray[np.int64]
    aside: NDArray[np.int64]


def _count(
    tallies: Sequence[MonthTally],
    kinds: frozenset[str],
    place_of: Mapping[str, int],
    places: int,
) -> _Counted:
    """Count as the index does: repeats and those begun by police are set aside."""
    events = np.zeros((places, len(tallies)), np.int64)
    aside = np.zeros_like(events)
    for at, tally in enumerate(tallies):
        rows = zip(tally.area, tally.kind, tally.initiated_by, strict=True)
        for row, (area, kind, who) in enumerate(rows):
            place = place_of.get(area)
            if place is None or kind not in kinds:
                continue
            aside[place, at] += tally.repeats[row]
            table = aside if who == POLICE else events
            table[place, at] += tally.events[row]
    return _Counted(events, aside)


def _adoption(
    question: Question, places: Sequence[AreaFacts], span: Sequence[Month]
) -> NDArray[np.int64]:
    number = {place.id: at for at, place in enumerate(places)}
    columns = {month: at for at, month in enumerate(span)}
    adoption = np.full(len(places), NEVER, np.int64)
    for one in question.adopted:
        if one.month < span[0]:
            adoption[number[one.area]] = 0
        elif one.month in columns:
            adoption[number[one.area]] = columns[one.month]
    if (adoption == NEVER).all():
        raise BadInput(
            f"{question.table}: no area got the measure from {span[0]} to {span[-1]}"
        )
    return adoption


def _exposure(
    question: Question,
    places: Sequence[AreaFacts],
    unit: str,
    adoption: NDArray[np.int64],
    span: Sequence[Month],
) -> NDArray[np.float64]:
    """Return person-days (or household-days) [P, T], 0 where there was no such area.

    Where nobody counted any people, days alone.
    """
    people = [one.households if unit == COMPOUNDS else one.present for one in places]
    present = np.nan_to_num(np.array(people, np.float64))
    if not present.any():
        present = np.ones(len(places))
    rows = {one.area: one.row for one in question.adopted}
    for place, size, began in zip(places, present, adoption, strict=True):
        if size == 0 and began != NEVER:
            raise BadInput(
                f"{question.table}: row {rows[place.id]}, column area: nobody counted"
                f" who lives in {place.id!r}, so it cannot be compared"
            )
    days = np.array([month.days for month in span], np.float64)
    there = np.array(
        [[_existed(place, month) for month in span] for place in places], np.bool_
    )
    return np.where(there, present[:, None] * days[None], 0.0)


def _existed(place: AreaFacts, month: Month) -> bool:
    """Return whether an area was one for all of a month; dates are written ISO."""
    last = month.first.replace(day=month.days).isoformat()
    return place.since <= month.first.isoformat() and (
        not place.until or place.until >= last
    )


def _points(
    ring_m: float | None,
    places: Sequence[AreaFacts],
    points_m: Mapping[str, tuple[float, float]],
) -> NDArray[np.float64] | None:
    if ring_m is None or any(place.id not in points_m for place in places):
        return None
    return np.array([points_m[place.id] for place in places], np.float64)


def _unseen(
    counted: _Counted, adoption: NDArray[np.int64], unpeopled: int, later: int
) -> list[Doubt]:
    """Return what the estimators cannot know."""
    found: list[Doubt] = []
    changed = recording_changed(Sides(counted.events, counted.aside, adoption))
    if changed is not None:
        facts = {"before": changed[0], "after": changed[1]}
        found.append(Doubt("recording", grave=True, facts=facts))
    else:
        found.append(Doubt("recorded_only", grave=False, facts={}))
    if unpeopled:
        found.append(
            Doubt("uncounted_people", grave=False, facts={"places": unpeopled})
        )
    if later:
        found.append(Doubt("later_places", grave=False, facts={"places": later}))
    return found


def _told(
    finding: Finding,
    doubts: Sequence[Doubt],
    question: Question,
    about: Subject,
    places: Sequence[AreaFacts],
) -> Evaluation:
    by_id = {place.id: place for place in places}
    ordered = sorted(question.adopted, key=lambda one: (one.month, one.area))
    check = finding.pretrend
    p_values = [] if check is None else [check.per_year.p, check.joint_p]
    return Evaluation(
        format=FORMAT,
        version=VERSION,
        sentence=sentence(finding, doubts, about),
        verdict=finding.verdict,
        sound=not any(one.grave for one in doubts),
        design=finding.design,
        design_said=DESIGNS[finding.design],
        measure=question.measure,
        what=question.what,
        what_said=about.what,
        unit=about.unit,
        first=str(question.first),
        last=str(question.last),
        places=tuple(
            Place(
                id=one.area,
                name=by_id[one.area].name,
                name_zh=by_id[one.area].name_zh,
                since=str(one.month),
            )
            for one in ordered
        ),
        comparison=about.comparison,
        interval=_interval(finding.adjusted or finding.effect),
        raw=None if finding.adjusted is None else _interval(finding.effect),
        displacement=_interval(finding.displacement),
        observed=round(float(finding.facts["observed"])),
        expected=_figure(float(finding.facts.get("expected", math.nan))),
        path=tuple(_point(point) for point in finding.study),
        pretrend_p=min(
            (p for p in map(_figure, p_values) if p is not None), default=None
        ),
        warnings=tuple(_warned(one) for one in doubts),
    )


def _warned(doubt: Doubt) -> Warned:
    words = words_of(doubt)
    said = Said(f"{words.so.en}. {words.then.en}", f"{words.so.zh}。{words.then.zh}")
    return Warned(
        code=doubt.code,
        grave=doubt.grave,
        said=Said(said.en[:1].upper() + said.en[1:], said.zh),
    )


def _point(point: EventPoint) -> PathPoint:
    return PathPoint(
        first=point.first,
        last=point.last,
        reference=point.reference,
        interval=_interval(point.estimate),
    )


def _interval(found: Estimate | None) -> Interval | None:
    """Return an estimate without NaN and infinities; None where nothing is known."""
    if found is None or not found.known:
        return None
    return Interval(
        ratio=_figure(found.ratio),
        low=_figure(found.low),
        high=_figure(found.high),
        level=found.level,
    )


def _figure(number: float) -> float | None:
    """Round to what is meant; the last digits differ between machines."""
    return round(number, _DIGITS) + 0.0 if math.isfinite(number) else None
