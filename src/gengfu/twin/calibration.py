"""Fit travel times to recorded responses, and score them on days not seen.

What is fitted: seconds from rolling to on scene of the first engine to arrive at each
call. Where the engine was is not recorded: it is taken to be at its post, or where its
last call was, or on its way back, whichever habit predicts held-out days best.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.kernel import BadInput
from gengfu.science.roads import Arrival, LiveRoads, RoadGraph, RoadIndex, TravelModel
from gengfu.science.traveltime import (
    Fit,
    Trips,
    covered,
    fit,
    held_out_error_s,
    predict,
    score,
)
from gengfu.surface import Town

from .arrivals import (
    Week,
    first_engines,
    first_unit_agreement,
    guess_homes,
    homes_of,
    trips_of,
)
from .records import Record, Response
from .whereabouts import HABITS, Habit, Whereabouts

LEVEL = 0.90
FIT_DAYS = 7
FEWEST_DAYS, FEWEST_ARRIVALS = 4, 2
_FEWEST_IN_A_ROW = 5

type Told = Callable[[str, float], None]
type Numbers = Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A fitted model and the report on it."""

    model: TravelModel
    habit: Habit
    report: Numbers


def split_by_day(
    record: Record, zone: ZoneInfo, days: int = FIT_DAYS
) -> tuple[tuple[Response, ...], tuple[Response, ...]]:
    """Return the first days to fit and the last ones to score; no day is in both."""
    dates = sorted({_date(r, zone) for r in record.responses})
    if len(dates) < FEWEST_DAYS:
        raise BadInput(
            f"{record.name}: {len(dates)} days of calls cannot be split into days to"
            " fit and days to score; give the others with --score"
        )
    size = days if len(dates) >= 2 * days else len(dates) // 2
    first, last = set(dates[:size]), set(dates[-size:])
    return (
        tuple(r for r in record.responses if _date(r, zone) in first),
        tuple(r for r in record.responses if _date(r, zone) in last),
    )


def _date(r: Response, zone: ZoneInfo) -> int:
    return r.received.astimezone(zone).toordinal()


def calibrate_town(
    town: Town,
    record: Record,
    to_score: Record | None,
    engine: str,
    told: Told,
) -> Calibration:
    """Fit to a record and score on another, or on its own last days.

    Raises BadInput where too few engines arrive to fit or to score.
    """
    zone = ZoneInfo(town.timezone)
    ground = CityGround.of(town)
    told("place", 0.0)
    if to_score is None:
        first, last = split_by_day(record, zone)
        fitting = ground.week(record, first, record.responses, engine)
        scoring = ground.week(record, last, record.responses, engine)
    else:
        fitting = ground.week(record, record.responses, record.responses, engine)
        scoring = ground.week(to_score, to_score.responses, to_score.responses, engine)
    for week, name in ((fitting, record.name), (scoring, scoring.record.name)):
        if len(week.arrivals) < FEWEST_ARRIVALS:
            raise BadInput(f"{name}: under two arrivals of {engine} can be used")
    told("origin", 0.1)
    errors = [
        held_out_error_s(ground.graph, trips_of(fitting, habit, zone))
        for habit in HABITS
    ]
    habit = HABITS[int(np.argmin(errors))]
    told("fit", 0.4)
    trips = trips_of(fitting, habit, zone)
    try:
        fitted = fit(ground.graph, trips, told=lambda s: told("fit", 0.4 + 0.4 * s))
    except ValueError as fault:
        raise BadInput(f"{record.name}: {fault}") from None
    told("score", 0.8)
    report = _report(ground, fitting, scoring, habit, fitted, zone, engine, told)
    told("done", 1.0)
    habits = [
        {**asdict(h), "held_out_error_s": _round(e)}
        for h, e in zip(HABITS, errors, strict=True)
    ]
    return Calibration(fitted.model, habit, {**report, "habits_tried": habits})


@dataclass(frozen=True, slots=True, eq=False)
class CityGround:
    """The town's roads, made ready once."""

    town: Town
    graph: RoadGraph
    free_flow: LiveRoads
    index: RoadIndex

    @classmethod
    def of(cls, town: Town) -> "CityGround":
        graph = town.graph
        return cls(town, graph, LiveRoads(graph), RoadIndex.build(graph))

    def week(
        self,
        record: Record,
        responses: tuple[Response, ...],
        known: Sequence[Response],
        engine: str,
    ) -> Week:
        """Place calls on the roads; `known` is what is known of where units were."""
        lon, lat = [r.lon for r in known], [r.lat for r in known]
        snapped = self.index.snap(lon, lat)
        places = {r.line: snapped[i] for i, r in enumerate(known)}
        homes = homes_of(self.town.posts, self.town.units, self.index)
        homes |= guess_homes(self.town.posts, homes, known, self.index)
        whereabouts = Whereabouts(self.free_flow, homes, known, places)
        arrivals, left_out = first_engines(responses, engine)
        placed = [a for a in arrivals if a.response.unit in homes]
        left_out["its post is not known"] = len(arrivals) - len(placed)
        return Week(record, responses, places, whereabouts, tuple(placed), left_out)


def _report(
    ground: CityGround,
    fitting: Week,
    scoring: Week,
    habit: Habit,
    fitted: Fit,
    zone: ZoneInfo,
    engine: str,
    told: Told,
) -> dict[str, object]:
    model = fitted.model
    trips = trips_of(scoring, habit, zone)
    predicted = predict(ground.graph, model, trips)
    told("score", 0.87)
    roads = LiveRoads(ground.graph)
    same = first_unit_agreement(roads, scoring, habit, engine, model, zone)
    told("score", 0.93)
    untuned, plain = TravelModel(), Habit()
    at_home = trips_of(scoring, plain, zone)
    free_flow = predict(ground.graph, untuned, at_home)
    before = first_unit_agreement(
        LiveRoads(ground.graph), scoring, plain, engine, untuned, zone
    )
    both = np.isfinite(predicted) & np.isfinite(free_flow)
    areas = [a.response.area for a in scoring.arrivals]
    real = fitted.used
    first, last = _days(scoring, zone)
    fit_first, fit_last = _days(fitting, zone)
    return {
        "calls": scoring.calls,
        "unit_responses": len(scoring.responses),
        "days_scored": [first, last],
        **_scored(predicted, trips, both, areas, model),
        "first_unit_agreement": _share(same.same, same.calls),
        "first_unit_among_sent": _share(same.among_sent, same.calls),
        "first_unit_calls": same.calls,
        "sent_although_busy": same.really_sent_was_busy,
        "baseline": {
            "what": "free-flow speeds of the road classes, from the unit's post",
            **_scored(free_flow, at_home, both, areas, None),
            "first_unit_agreement": _share(before.same, before.calls),
            "first_unit_among_sent": _share(before.among_sent, before.calls),
        },
        "definition": (
            f"rolling to on scene of the first unit of kind {engine} to arrive at each"
            " call; errors are predicted minus observed seconds; bias at the median"
        ),
        "left_out_of_scoring": {
            **scoring.left_out,
            "no way by road": int(np.count_nonzero(~both)),
        },
        "fit": {
            "calls": fitting.calls,
            "days": [fit_first, fit_last],
            "arrivals": len(fitting.arrivals),
            "arrivals_shaping_speeds": int(np.count_nonzero(real)),
            "trimming": "under 10 s or over 1800 s does not shape speeds; it counts in"
            " the interval",
            "left_out": dict(fitting.left_out),
            "origin_habit": asdict(habit),
            "rounds": fitted.rounds,
            "held_out_by_day": _scored(
                fitted.held_out_s,
                trips_of(fitting, habit, zone),
                real & np.isfinite(fitted.held_out_s),
                [],
                None,
            ),
        },
        "rows": {
            week.record.name: {
                "read": week.record.rows,
                "used": len(week.record.responses),
                "left_out": week.record.trouble_report(),
            }
            for week in (fitting, scoring)
        },
    }


def _scored(
    predicted: "np.typing.NDArray[np.float64]",
    trips: Trips,
    keep: "np.typing.NDArray[np.bool_]",
    areas: Sequence[str],
    model: TravelModel | None,
) -> dict[str, object]:
    found = score(predicted[keep], trips.observed_s[keep])
    gap = np.where(keep, predicted - trips.observed_s, np.nan)
    numbers: dict[str, object] = {
        "arrivals_scored": found.scored,
        "median_absolute_error_s": _round(found.median_absolute_error_s),
        "mean_absolute_error_s": _round(found.mean_absolute_error_s),
        "bias_s": _round(found.bias_s),
        "spearman": round(found.spearman, 4),
        "interval_level": None if model is None else LEVEL,
        "interval_coverage": None,
    }
    if model is not None:
        inside, width = _intervals(predicted, trips, model)
        numbers["interval_coverage"] = round(float(inside[keep].mean()), 4)
        numbers["interval_median_width_s"] = _round(float(np.median(width[keep])))
        numbers["interval_coverage_by_day"] = {
            date.fromordinal(day).isoformat(): round(
                float(inside[keep & (trips.day == day)].mean()), 4
            )
            for day in np.unique(trips.day[keep]).tolist()
        }
    if areas:
        hours = [f"{h:02d}" for h in trips.hour.tolist()]
        numbers["bias_by_hour_s"] = _bias_by(hours, gap)
        numbers["bias_by_area_s"] = _bias_by(list(areas), gap)
    return numbers


def _intervals(
    predicted: "np.typing.NDArray[np.float64]", trips: Trips, model: TravelModel
) -> tuple["np.typing.NDArray[np.bool_]", "np.typing.NDArray[np.float64]"]:
    stated: list[Arrival] = []
    for seconds, hour in zip(
        list[float](predicted), list[int](trips.hour), strict=True
    ):
        start_s = max(model.start_s + model.hour_start_s[int(hour)], 0.0)
        stated.append(model.arrival(float(seconds) - start_s, LEVEL, int(hour)))
    low = np.array([a.low_s for a in stated])
    high = np.array([a.high_s for a in stated])
    return covered(low, high, trips.observed_s), high - low


def _bias_by(
    keys: Sequence[str], gap: "np.typing.NDArray[np.float64]"
) -> dict[str, dict[str, object]]:
    """Median error of each group; small groups are counted, not judged."""
    groups: dict[str, dict[str, object]] = {}
    named = np.array(keys)
    for key in sorted(set(keys)):
        part = gap[(named == key) & np.isfinite(gap)]
        enough = len(part) >= _FEWEST_IN_A_ROW
        groups[key or "unknown"] = {
            "arrivals": len(part),
            "bias_s": _round(float(np.median(part))) if enough else None,
        }
    return groups


def _days(week: Week, zone: ZoneInfo) -> tuple[str, str]:
    dates = [r.received.astimezone(zone).date() for r in week.responses]
    return min(dates).isoformat(), max(dates).isoformat()


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _round(value: float) -> float:
    return round(value, 2)
