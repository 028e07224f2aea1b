"""Fit travel times to recorded responses, and score them on days not seen.

What is fitted: seconds from rolling to on scene of the first engine to arrive at each
call. Where the engine was is not recorded: it is taken to be at its post, or where its
last call was, or on its way back, whichever habit predicts held-out days best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.kernel import BadInput, Told
from gengfu.science.roads import LiveRoads, Place, RoadGraph, RoadIndex, TravelModel
from gengfu.science.traveltime import (
    Settings,
    Trips,
    best_of,
    cell_candidates,
    fit,
    fit_speeds,
    held_out_errors_s,
    hour_candidates,
    kind_candidates,
    try_settings,
)
from gengfu.surface import Town

from .arrivals import Week, first_engines, guess_homes, homes_of, trips_of
from .calibration_report import Choice, Choices, held_out_error_s, report_of
from .first_units import FirstUnits, first_due_of
from .recorded import Meanings
from .records import Record, Response
from .whereabouts import HABITS, Habit, Whereabouts

FIT_DAYS = 7
FEWEST_DAYS, FEWEST_ARRIVALS = 4, 2

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
    meanings: Meanings,
    told: Told,
) -> Calibration:
    """Fit to a record and score on another, or on its own last days.

    Raises BadInput where too few engines arrive to fit or to score.
    """
    zone = ZoneInfo(town.timezone)
    ground = CityGround.of(town, meanings)
    told("place", 0.0)
    fitting, scoring = weeks_of(ground, record, to_score, engine, zone)
    for week, name in ((fitting, record.name), (scoring, scoring.record.name)):
        if len(week.arrivals) < FEWEST_ARRIVALS:
            raise BadInput(f"{name}: under two arrivals of {engine} can be used")
    told("origin", 0.1)
    errors = [_error_of_habit_s(ground, fitting, habit, zone) for habit in HABITS]
    habit = HABITS[int(np.argmin(errors))]
    trips = trips_of(fitting, habit, zone)
    told("settings", 0.2)
    try:
        settings, tried = _settings(ground.graph, fitting, trips, habit, engine, zone)
        told("fit", 0.6)
        fitted = fit(
            ground.graph, trips, settings, lambda s: told("fit", 0.6 + 0.2 * s)
        )
    except ValueError as fault:
        raise BadInput(f"{record.name}: {fault}") from None
    asked = FirstUnits(fitting, habit, engine, zone)
    areas = first_due_of(fitting, asked.first_due(), held_out_error_s(fitted, trips))
    fitted = replace(fitted, model=replace(fitted.model, first_due=areas))
    told("score", 0.8)
    choices = Choices(habit, tuple(zip(HABITS, errors, strict=True)), settings, tried)
    report = report_of(ground.graph, fitting, scoring, choices, fitted, zone, engine)
    told("done", 1.0)
    return Calibration(fitted.model, habit, report)


def _settings(
    graph: RoadGraph,
    week: Week,
    trips: Trips,
    habit: Habit,
    engine: str,
    zone: ZoneInfo,
) -> tuple[Settings, tuple[Choice, ...]]:
    """Choose cells, then hours, then kinds, by held-out days of the fit.

    Hours and kinds shift all units alike. Cells change their order: a slow crew may be
    taken for a slow street. So only cells are looked at that send the unit really sent
    as often as no cells do, within one standard error of the paired difference.
    """
    asked = FirstUnits(week, habit, engine, zone)
    cells: list[Choice] = []
    for tried in try_settings(graph, trips, cell_candidates(Settings())):
        model = fit_speeds(graph, trips, tried.settings)
        same = asked.agreement(graph, model).same
        cells.append(Choice(tried, same))
    allowed = [one.tried for one in cells if one.as_often_as(cells[0])]
    hours = try_settings(graph, trips, hour_candidates(best_of(allowed)))
    kinds = try_settings(graph, trips, kind_candidates(best_of(hours)))
    others = tuple(Choice(tried, None) for tried in (*hours, *kinds))
    return best_of(kinds), (*cells, *others)


def _error_of_habit_s(
    ground: "CityGround", week: Week, habit: Habit, zone: ZoneInfo
) -> float:
    errors = held_out_errors_s(ground.graph, trips_of(week, habit, zone))
    return float(errors.mean()) if len(errors) else np.inf


def weeks_of(
    ground: "CityGround",
    record: Record,
    to_score: Record | None,
    engine: str,
    zone: ZoneInfo,
) -> tuple[Week, Week]:
    """Return what is fitted and what is scored.

    Nothing of the scored days is in the first. Units that are not on the roster have
    their home from the fitted days; only those never seen there, from the scored ones.
    """
    if to_score is None:
        first, last = split_by_day(record, zone)
        known = record.responses
    else:
        first, last, known = record.responses, to_score.responses, to_score.responses
    fitting = ground.week(record, first, first, engine)
    homes = fitting.whereabouts.homes
    return fitting, ground.week(to_score or record, last, known, engine, homes)


@dataclass(frozen=True, slots=True, eq=False)
class CityGround:
    """The town's roads, made ready once."""

    town: Town
    graph: RoadGraph
    free_flow: LiveRoads
    index: RoadIndex
    meanings: Meanings

    @classmethod
    def of(cls, town: Town, meanings: Meanings) -> "CityGround":
        graph = town.graph
        return cls(town, graph, LiveRoads(graph), RoadIndex.build(graph), meanings)

    def week(
        self,
        record: Record,
        responses: tuple[Response, ...],
        known: Sequence[Response],
        engine: str,
        homes: Mapping[str, Place] | None = None,
    ) -> Week:
        """Place calls on the roads; `known` is what is known of where units were.

        `homes` are homes found before; without them, those of the roster. All others
        are guessed from `known`.
        """
        lon, lat = [r.lon for r in known], [r.lat for r in known]
        snapped = self.index.snap(lon, lat)
        places = {r.line: snapped[i] for i, r in enumerate(known)}
        homes = homes or homes_of(self.town.posts, self.town.units, self.index)
        homes = {**homes, **guess_homes(self.town.posts, homes, known, self.index)}
        whereabouts = Whereabouts(self.free_flow, homes, known, places)
        arrivals, left_out = first_engines(responses, engine)
        placed = [a for a in arrivals if a.response.unit in homes]
        left_out["its post is not known"] = len(arrivals) - len(placed)
        return Week(
            record,
            responses,
            places,
            whereabouts,
            tuple(placed),
            left_out,
            self.meanings,
            {u.id: u.post for u in self.town.units},
        )
