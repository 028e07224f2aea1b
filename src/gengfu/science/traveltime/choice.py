"""Which settings predict held-out days best. Only the days that are fitted are used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from gengfu.science.roads import RoadGraph

from .problem import Settings, Trips
from .solve import FreeWays, held_out_errors_s

CELL_BELIEFS = (inf, 10_000.0, 3_000.0, 1_000.0)
CELLS_M = (2_000.0, 1_000.0)
TRIP_BELIEFS = (inf, 30.0, 10.0, 3.0)


@dataclass(frozen=True, slots=True)
class Tried:
    """Settings, and their mean error on held-out days (not a number without any)."""

    settings: Settings
    error_s: float


def try_settings(
    graph: RoadGraph, trips: Trips, candidates: Sequence[Settings]
) -> tuple[Tried, ...]:
    """Return the error of each candidate on days that its fit has not seen."""
    found: list[Tried] = []
    ways = {
        cell_m: FreeWays.of(graph, trips, cell_m)
        for cell_m in {settings.cell_m for settings in candidates}
    }
    for settings in candidates:
        errors = held_out_errors_s(graph, trips, settings, ways[settings.cell_m])
        found.append(Tried(settings, float(errors.mean()) if len(errors) else np.nan))
    return tuple(found)


def best_of(tried: Sequence[Tried]) -> Settings:
    """Return the settings with the least error, the first of equals."""
    return min(tried, key=lambda one: (np.isnan(one.error_s), one.error_s)).settings


def cell_candidates(settings: Settings) -> tuple[Settings, ...]:
    """Return beliefs in cells and their sizes to be tried; first of all, no cells."""
    return tuple(
        replace(settings, cell_belief=belief, cell_m=size_m)
        for belief in CELL_BELIEFS
        for size_m in (CELLS_M if isfinite(belief) else CELLS_M[:1])
    )


def hour_candidates(settings: Settings) -> tuple[Settings, ...]:
    """Return beliefs in hours to be tried; first of all, no hours."""
    return tuple(replace(settings, hour_trips=belief) for belief in TRIP_BELIEFS)


def kind_candidates(settings: Settings) -> tuple[Settings, ...]:
    """Return beliefs in kinds of call to be tried; first of all, no kinds."""
    return tuple(replace(settings, kind_trips=belief) for belief in TRIP_BELIEFS)
