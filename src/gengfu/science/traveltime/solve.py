"""Fit a travel model to recorded drives, and say how well it does on others."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gengfu.science.roads import (
    LiveRoads,
    LocalFactors,
    RoadGraph,
    TravelModel,
    edge_middles,
)

from .drives import Drives, Ground, network_seconds, take_apart
from .intervals import residuals
from .kinds import fit_kinds, kind_seconds
from .problem import Flags, Floats, Settings, Trips
from .regress import Paces, cell_seconds, fit_cells, fit_hours, fit_paces

_HOURS = 24
_SWEEPS = 3
_FEWEST_TRIPS = 30
_FEWEST_DAYS = 2
_SETTLED_S = 0.5
_WILD_S = 300.0
DEFAULTS = Settings()


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model, and what each drive was predicted to take by other days.

    `held_out_s` has one value per trip given: the prediction of a model fitted to all
    other days (infinity where there is no way). `used` says which drives were fitted.
    """

    model: TravelModel
    held_out_s: Floats
    used: Flags
    rounds: int


def fit(
    graph: RoadGraph,
    trips: Trips,
    settings: Settings = DEFAULTS,
    told: Callable[[float], None] | None = None,
) -> Fit:
    """Fit speeds, crossings, start, hours, kinds, cells and the interval to drives.

    The quickest way depends on the speeds and the speeds on the way: both are found in
    turn until predictions settle. Drives under `trim_below_s` or over `trim_above_s`
    do not shape the speeds, but they count in the interval. `told` gets the share of
    the work done. Raises ValueError with fewer than 30 drives or a single day.
    """
    tell = told or _silent
    settled = _settle(graph, trips, settings, tell)
    held_out = _held_out(settled.ground, settled.drives, trips, settled.used, settings)
    tell(1.0)
    real = np.isfinite(held_out) & (trips.observed_s > 0)
    spread = residuals(held_out[real], trips.observed_s[real], settings.levels)
    model = replace(settled.model, residuals=spread)
    return Fit(model, held_out, settled.used, settled.rounds)


def fit_speeds(
    graph: RoadGraph, trips: Trips, settings: Settings = DEFAULTS
) -> TravelModel:
    """Fit as `fit` does, without an interval: to compare settings."""
    return _settle(graph, trips, settings, _silent).model


@dataclass(frozen=True, slots=True, eq=False)
class FreeWays:
    """Drives on free-flow ways, taken apart on cells of one size."""

    ground: Ground
    drives: Drives

    @classmethod
    def of(cls, graph: RoadGraph, trips: Trips, cell_m: float) -> "FreeWays":
        ground = Ground.of(graph, cell_m)
        return cls(ground, take_apart(ground, LiveRoads(graph), trips))


@dataclass(frozen=True, slots=True, eq=False)
class _Settled:
    ground: Ground
    drives: Drives
    used: Flags
    model: TravelModel
    rounds: int


def _settle(
    graph: RoadGraph, trips: Trips, settings: Settings, tell: Callable[[float], None]
) -> _Settled:
    ground = Ground.of(graph, settings.cell_m)
    roads = LiveRoads(graph)
    paces = _free_flow(ground)
    drives = take_apart(ground, roads, trips)
    used = _usable(trips, drives, settings)
    days = len(np.unique(trips.day[used]))
    if int(used.sum()) < _FEWEST_TRIPS or days < _FEWEST_DAYS:
        raise ValueError(
            f"{int(used.sum())} usable drives on {days} days: at least"
            f" {_FEWEST_TRIPS} on {_FEWEST_DAYS} days are needed"
        )
    tell(0.2)
    before = np.full(len(trips), np.inf)
    rounds = 0
    for rounds in range(1, settings.rounds + 1):
        paces = _refit(ground, drives, trips, used, settings)
        model = _model(ground, paces)
        roads.set_seconds(model.edge_seconds(graph, 0))
        drives = take_apart(ground, roads, trips, _local_factors(ground, model))
        now = paces.total_s(drives, trips)
        tell(0.2 + 0.6 * rounds / settings.rounds)
        moved = np.abs(now - before)[used]
        before = now
        if float(np.median(moved)) < _SETTLED_S:
            break
    return _Settled(ground, drives, used, _model(ground, paces), rounds)


def predict(graph: RoadGraph, model: TravelModel, trips: Trips) -> Floats:
    """Seconds that a model gives each trip, hour by hour; N values."""
    roads = LiveRoads(graph)
    seconds = np.full(len(trips), np.inf)
    same = len(set(model.hour_factor)) == 1
    for hour in range(_HOURS):
        rows = np.flatnonzero(trips.hour == hour)
        if len(rows) == 0:
            continue
        if not same or roads.version == 1:  # the first hour, or another one
            roads.set_seconds(model.edge_seconds(graph, hour))
        network = network_seconds(roads, trips.take(rows))
        calls = zip(
            trips.kind[rows].tolist(), trips.priority[rows].tolist(), strict=True
        )
        lost = [model.lost_s(hour, kind, priority) for kind, priority in calls]
        seconds[rows] = network + np.array(lost)
    return seconds


def held_out_errors_s(
    graph: RoadGraph,
    trips: Trips,
    settings: Settings = DEFAULTS,
    ways: FreeWays | None = None,
) -> Floats:
    """Errors on held-out days, on free-flow ways: to compare guesses and settings.

    One for each drive that shapes speeds. Errors count up to 300 s each, so that no
    single wild record decides. `ways` are found here unless they are known.
    """
    known = ways or FreeWays.of(graph, trips, settings.cell_m)
    ground, drives = known.ground, known.drives
    used = _usable(trips, drives, settings)
    held = _held_out(ground, drives, trips, used, settings)
    return np.minimum(np.abs(held - trips.observed_s)[used], _WILD_S)


def _silent(_share: float) -> None:
    return


def _free_flow(ground: Ground) -> Paces:
    return Paces(
        0.0,
        ground.free_pace_s_per_m,
        np.zeros(ground.classes),
        np.zeros(_HOURS),
        {},
        np.ones(len(ground.cells.factor)),
    )


def _usable(trips: Trips, drives: Drives, settings: Settings) -> Flags:
    long = trips.observed_s >= settings.trim_below_s
    return drives.reached & long & (trips.observed_s <= settings.trim_above_s)


def _refit(
    ground: Ground,
    drives: Drives,
    trips: Trips,
    used: Flags,
    settings: Settings,
) -> Paces:
    """Fit all parts to the drives as they are: paces, then hours, kinds and cells."""
    part, known = _rows(drives, used), trips.take(used)
    observed, hour = known.observed_s, known.hour
    by_hour, by_kind = np.zeros(_HOURS), np.zeros(len(known))
    kinds: dict[str, float] = {}
    factor = np.ones(len(ground.cells.factor))
    start, pace, crossing = 0.0, ground.free_pace_s_per_m, np.zeros(ground.classes)
    for _ in range(_SWEEPS):
        driven_s = observed - by_hour[hour] - by_kind
        start, pace, crossing = fit_paces(ground, part, driven_s, settings)
        plain = Paces(start, pace, crossing, by_hour, kinds, factor)
        seconds = cell_seconds(plain, part)
        left = observed - start - seconds @ factor
        by_hour = np.maximum(fit_hours(left - by_kind, hour, settings), -start)
        left = left - by_hour[hour]
        kinds = fit_kinds(left, known.kind, known.priority, settings.kind_trips)
        by_kind = kind_seconds(kinds, known.kind, known.priority)
        left = observed - start - by_hour[hour] - by_kind
        factor = fit_cells(seconds, left, settings.cell_belief)
    return _centred(Paces(start, pace, crossing, by_hour, kinds, factor), part, known)


def _centred(paces: Paces, drives: Drives, trips: Trips) -> Paces:
    """Make the start that of a typical call, and half of all drives quicker than told.

    A kind of call that nobody has seen then takes what a typical one does.
    """
    by_kind = kind_seconds(paces.kind_start_s, trips.kind, trips.priority)
    typical = float(np.median(by_kind))
    left = trips.observed_s - paces.total_s(drives, trips)
    kinds = {name: value - typical for name, value in paces.kind_start_s.items()}
    start = max(paces.start_s + typical + float(np.median(left)), 0.0)
    return replace(paces, start_s=start, kind_start_s=kinds)


def _rows(drives: Drives, keep: Flags) -> Drives:
    return Drives(
        drives.metres[keep],
        drives.crossings[keep],
        drives.cells[np.flatnonzero(keep)],
        drives.network_s[keep],
        drives.reached[keep],
    )


def _held_out(
    ground: Ground,
    drives: Drives,
    trips: Trips,
    used: Flags,
    settings: Settings,
) -> Floats:
    """Predict every day by what all other days say."""
    predicted = np.full(len(trips), np.inf)
    for day in np.unique(trips.day):
        today = trips.day == day
        others = used & ~today
        if int(others.sum()) < _FEWEST_TRIPS // 2:
            continue
        paces = _refit(ground, drives, trips, others, settings)
        predicted[today] = paces.total_s(drives, trips)[today]
    predicted[~drives.reached] = np.inf
    return predicted


def _model(ground: Ground, paces: Paces) -> TravelModel:
    grid = ground.cells
    factor = tuple(round(float(v), 6) for v in paces.factor)
    return TravelModel(
        class_speed_mps=tuple(round(float(1.0 / p), 6) for p in paces.pace),
        crossing_s=tuple(round(float(c), 6) for c in paces.crossing),
        start_s=round(paces.start_s, 6),
        hour_start_s=tuple(round(float(v), 6) for v in paces.hour_start_s),
        local=LocalFactors(grid.west, grid.south, grid.cell_deg, grid.columns, factor),
        kind_start_s={k: round(v, 6) for k, v in sorted(paces.kind_start_s.items())},
    )


def _local_factors(ground: Ground, model: TravelModel) -> Floats:
    """Return the local factor of every edge."""
    if model.local is None:
        return np.ones(ground.graph.edge_count)
    return model.local.at(*edge_middles(ground.graph))
