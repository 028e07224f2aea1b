"""What a calibration tells: how well it does on days not seen, and why.

Every term of the model stands in it with its size, and every setting with the error on
held-out days that it was chosen by.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from math import isfinite, sqrt
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gengfu.science.roads import Arrival, RoadGraph, TravelModel
from gengfu.science.traveltime import (
    Fit,
    Settings,
    Tried,
    Trips,
    covered,
    predict,
    score,
)

from .arrivals import Week, trips_of
from .first_units import Agreement, Disagreement, FirstUnits
from .whereabouts import Habit

LEVEL = 0.90
_FEWEST_IN_A_ROW = 5
_KMH = 3.6
_LATER_S = (15, 30, 60)

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Settings that were tried; `same` says at which calls they send the right unit."""

    tried: Tried
    same: Flags | None

    def as_often_as(self, plain: "Choice") -> bool:
        """Whether the right unit is sent about as often as with the plain settings."""
        if self.same is None or plain.same is None or len(self.same) == 0:
            return True
        gap = self.same.astype(np.float64) - plain.same
        return bool(gap.mean() >= -gap.std() / sqrt(len(gap)))


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen on held-out days of the fit, and from what."""

    habit: Habit
    habits: tuple[tuple[Habit, float], ...]
    settings: Settings
    tried: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """Arrivals with what a model says of them."""

    predicted_s: Floats
    trips: Trips
    keep: Flags

    def error_s(self) -> Floats:
        """Predicted minus observed; not a number where it is left out."""
        return np.where(self.keep, self.predicted_s - self.trips.observed_s, np.nan)


def report_of(
    graph: RoadGraph,
    fitting: Week,
    scoring: Week,
    choices: Choices,
    fitted: Fit,
    zone: ZoneInfo,
    engine: str,
) -> dict[str, object]:
    """Score the fitted and the untuned model on the same arrivals, and say so."""
    model, habit = fitted.model, choices.habit
    trips = trips_of(scoring, habit, zone)
    predicted = predict(graph, model, trips)
    untuned, at_post = TravelModel(), Habit()
    free_flow = predict(graph, untuned, trips_of(scoring, at_post, zone))
    both = np.isfinite(predicted) & np.isfinite(free_flow)
    ours, theirs = Scoring(predicted, trips, both), Scoring(free_flow, trips, both)
    areas = [a.response.area for a in scoring.arrivals]
    asked = FirstUnits(scoring, habit, engine, zone)
    same = asked.agreement(graph, model)
    by_time = asked.agreement(graph, replace(model, first_due=None))
    due = FirstUnits(fitting, habit, engine, zone).first_due()
    behind = asked.disagreement(graph, model, due)
    before = FirstUnits(scoring, at_post, engine, zone).agreement(graph, untuned)
    return {
        "calls": scoring.calls,
        "unit_responses": len(scoring.responses),
        "days_scored": _days(scoring, zone),
        **_scored(ours),
        **_intervals(ours, model),
        **_where_it_errs(ours, areas),
        **_agreement(same),
        "sent_although_busy": same.really_sent_was_busy,
        "really_sent": {
            "first_unit_agreement_by_time_alone": _share(by_time.same),
            **_really_sent(behind),
        },
        "baseline": {
            "what": "free-flow speeds of the road classes, from the unit's post",
            **_scored(theirs),
            "interval_level": None,
            "interval_coverage": None,
            **_where_it_errs(theirs, areas),
            **_agreement(before),
            "by_days_and_kind": {
                "scored days": _free_flow_by_kind(scoring, theirs),
                "fitted days": _free_flow_by_kind(
                    fitting, _at_post(graph, fitting, zone)
                ),
            },
        },
        "definition": (
            f"rolling to on scene of the first unit of kind {engine} to arrive at each"
            " call; errors are predicted minus observed seconds; bias at the median"
        ),
        "left_out_of_scoring": {
            **scoring.left_out,
            "no way by road": int(np.count_nonzero(~both)),
        },
        "terms": terms_of(model, fitting, fitted),
        "fit": _fit(fitting, choices, fitted, zone),
        "rows": {
            week.record.name: {
                "read": week.record.rows,
                "used": len(week.record.responses),
                "left_out": week.record.trouble_report(),
            }
            for week in (fitting, scoring)
        },
    }


def terms_of(model: TravelModel, week: Week, fitted: Fit) -> dict[str, object]:
    """Return every term of a model by name, with its size and the drives behind it."""
    shaping = [a.response for a, u in zip(week.arrivals, fitted.used, strict=True) if u]
    kinds = [(week.meanings.type_of(r), week.meanings.priority_of(r)) for r in shaping]
    drives: dict[str, int] = {}
    for kind, priority in kinds:
        for key in (kind, f"{kind}/{priority}"):
            drives[key] = drives.get(key, 0) + 1
    local = (1.0,) if model.local is None else model.local.factor
    return {
        "start_s": _round(model.start_s),
        "hour_start_s": {
            f"{h:02d}": _round(s) for h, s in enumerate(model.hour_start_s)
        },
        "kind_start_s": {
            name: {"seconds": _round(s), "arrivals": drives.get(name, 0)}
            for name, s in model.kind_start_s.items()
        },
        "class_speed_kmh": [_round(_KMH * v) for v in model.class_speed_mps],
        "crossing_s": [_round(s) for s in model.crossing_s],
        "local_factor": {
            "least": min(local),
            "most": max(local),
            "cells_off_1": sum(f != 1.0 for f in local),
        },
        "first_due": _first_due(model),
    }


def _first_due(model: TravelModel) -> dict[str, object] | None:
    areas = model.first_due
    if areas is None:
        return None
    return {
        "posts": len(areas.posts),
        "cells": sum(post >= 0 for post in areas.cell),
        "margin_s": areas.margin_s,
    }


def _fit(
    week: Week, choices: Choices, fitted: Fit, zone: ZoneInfo
) -> dict[str, object]:
    trips = trips_of(week, choices.habit, zone)
    seen = fitted.used & np.isfinite(fitted.held_out_s)
    return {
        "calls": week.calls,
        "days": _days(week, zone),
        "arrivals": len(week.arrivals),
        "arrivals_shaping_speeds": int(np.count_nonzero(fitted.used)),
        "trimming": "under 10 s or over 1800 s does not shape speeds; it counts in"
        " the interval",
        "left_out": dict(week.left_out),
        "rounds": fitted.rounds,
        "held_out_by_day": _scored(Scoring(fitted.held_out_s, trips, seen)),
        "origin_habit": asdict(choices.habit),
        "habits_tried": [
            {**asdict(h), "held_out_error_s": _round(e)} for h, e in choices.habits
        ],
        "settings": _settings(choices.settings),
        "settings_tried": [
            {
                **_settings(one.tried.settings),
                "held_out_error_s": _round(one.tried.error_s),
                "first_unit_agreement": None if one.same is None else _share(one.same),
            }
            for one in choices.tried
        ],
        "settings_rule": "least error on held-out days of the fit; only cells that"
        " send the unit really sent about as often as none do; scored days are not"
        " looked at",
    }


def _settings(settings: Settings) -> dict[str, object]:
    """Return what was chosen; null is a belief so strong that the term is left out."""
    return {
        "cell_m": settings.cell_m if isfinite(settings.cell_belief) else None,
        "cell_belief": _or_none(settings.cell_belief),
        "hour_trips": _or_none(settings.hour_trips),
        "kind_trips": _or_none(settings.kind_trips),
    }


def _or_none(belief: float) -> float | None:
    return belief if isfinite(belief) else None


def _scored(of: Scoring) -> dict[str, object]:
    found = score(of.predicted_s[of.keep], of.trips.observed_s[of.keep])
    return {
        "arrivals_scored": found.scored,
        "median_absolute_error_s": _round(found.median_absolute_error_s),
        "mean_absolute_error_s": _round(found.mean_absolute_error_s),
        "bias_s": _round(found.bias_s),
        "spearman": round(found.spearman, 4),
    }


def _agreement(found: Agreement) -> dict[str, object]:
    return {
        "first_unit_agreement": _share(found.same),
        "first_unit_among_sent": _share(found.among_sent),
        "first_unit_calls": found.calls,
    }


def _really_sent(found: Disagreement) -> dict[str, object]:
    """Say by how much the unit really sent is behind the first, and what explains it.

    Areas are those of the record; who is first due in one is the unit that was most
    often sent there first on the fitted days.
    """
    other = found.slower_s > 0
    return {
        "not_the_first_to_arrive": int(np.count_nonzero(other)),
        "of_these_later_by_at_most_s": {
            str(limit): int(np.count_nonzero(other & (found.slower_s <= limit)))
            for limit in _LATER_S
        },
        "of_these_not_free": int(np.count_nonzero(np.isinf(found.slower_s))),
        "of_these_first_due": int(np.count_nonzero(other & found.due_sent)),
        "first_due_was_sent": _share(found.due_sent),
        "first_due_was_free": _share(found.due_free),
    }


def held_out_error_s(fitted: Fit, trips: Trips) -> float:
    """Return the median error on held-out days: nearer arrivals are not told apart."""
    seen = fitted.used & np.isfinite(fitted.held_out_s)
    found = score(fitted.held_out_s[seen], trips.observed_s[seen])
    return _round(found.median_absolute_error_s)


def _where_it_errs(of: Scoring, areas: Sequence[str]) -> dict[str, object]:
    gap = of.error_s()
    kinds = _names(of.trips)
    return {
        "bias_by_hour_s": _bias_by([f"{h:02d}" for h in of.trips.hour.tolist()], gap),
        "bias_by_area_s": _bias_by(areas, gap),
        "bias_by_kind_s": _bias_by(kinds, gap),
    }


def _names(trips: Trips) -> list[str]:
    return [
        f"{kind}/{priority}" if priority else kind
        for kind, priority in zip(
            trips.kind.tolist(), trips.priority.tolist(), strict=True
        )
    ]


def _at_post(graph: RoadGraph, week: Week, zone: ZoneInfo) -> Scoring:
    trips = trips_of(week, Habit(), zone)
    free_flow = predict(graph, TravelModel(), trips)
    return Scoring(free_flow, trips, np.isfinite(free_flow))


def _free_flow_by_kind(week: Week, of: Scoring) -> dict[str, object]:
    """Score untuned free flow on parts of a week: its figures depend on the part."""
    sequence = np.array([a.response.sequence for a in week.arrivals])
    every = np.ones(len(week.arrivals), np.bool_)
    parts: Mapping[str, Flags] = {
        "all": every,
        "first in the order of sending": sequence == 1,
        **{
            f"priority {p}": of.trips.priority == p
            for p in np.unique(of.trips.priority).tolist()
        },
    }
    found: dict[str, object] = {}
    for name, part in parts.items():
        keep = of.keep & part
        if np.count_nonzero(keep) >= _FEWEST_IN_A_ROW:
            found[name] = _scored(Scoring(of.predicted_s, of.trips, keep))
    return found


def _intervals(of: Scoring, model: TravelModel) -> dict[str, object]:
    trips, keep = of.trips, of.keep
    stated: list[Arrival] = []
    of_trip = zip(
        of.predicted_s.tolist(),
        trips.hour.tolist(),
        trips.kind.tolist(),
        trips.priority.tolist(),
        strict=True,
    )
    for seconds, hour, kind, priority in of_trip:
        network_s = seconds - model.lost_s(hour, kind, priority)
        stated.append(model.arrival(network_s, LEVEL, hour, kind, priority))
    low = np.array([a.low_s for a in stated])
    high = np.array([a.high_s for a in stated])
    inside = covered(low, high, trips.observed_s)
    days = [date.fromordinal(day).isoformat() for day in trips.day.tolist()]
    return {
        "interval_level": LEVEL,
        "interval_coverage": round(float(inside[keep].mean()), 4),
        "interval_median_width_s": _round(float(np.median((high - low)[keep]))),
        "interval_coverage_by_day": _by(
            days, keep, lambda part: round(float(inside[part].mean()), 4)
        ),
        "interval_coverage_by_kind": _by(
            _names(trips), keep, lambda part: round(float(inside[part].mean()), 4)
        ),
    }


def _bias_by(keys: Sequence[str], gap: Floats) -> dict[str, dict[str, object]]:
    """Median error of each group; small groups are counted, not judged."""
    keep = np.isfinite(gap)
    named = np.array(keys)
    bias = _by(keys, keep, lambda part: _round(float(np.median(gap[part]))))
    return {
        key or "unknown": {
            "arrivals": int(np.count_nonzero(keep & (named == key))),
            "bias_s": bias.get(key),
        }
        for key in sorted(set(keys))
    }


def _by(
    keys: Sequence[str], keep: Flags, figure: Callable[[Flags], float]
) -> dict[str, float]:
    """Work a figure out for each group that is large enough."""
    named = np.array(keys)
    found: dict[str, float] = {}
    for key in sorted(set(keys)):
        part = keep & (named == key)
        if np.count_nonzero(part) >= _FEWEST_IN_A_ROW:
            found[key] = figure(part)
    return found


def _days(week: Week, zone: ZoneInfo) -> list[str]:
    dates = [r.received.astimezone(zone).date() for r in week.responses]
    return [min(dates).isoformat(), max(dates).isoformat()]


def _share(flags: Flags) -> float | None:
    return round(float(flags.mean()), 4) if len(flags) else None


def _round(value: float) -> float:
    return round(value, 2)
