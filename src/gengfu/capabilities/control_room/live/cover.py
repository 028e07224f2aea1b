"""Remaining cover: kept up as units come free, leave and move."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.rules.coverage import Coverage
from gengfu.science.roads import Place

from .picture import Picture
from .positions import Positions, apart_m
from .streets import Line, Streets

WITHIN_S = 300.0
MOVED_M = 400.0
REFRESHED_PER_TICK = 40


class LiveCover:
    """Which people have a free unit of each kind within reach, right now.

    A unit's reach is worked out when it comes free and again when it has moved
    `MOVED_M`; a few of those that moved are brought up to date each second.
    """

    def __init__(
        self,
        demand: NDArray[np.float64],
        streets: Streets,
        positions: Positions,
        within_s: float = WITHIN_S,
    ) -> None:
        self._streets = streets
        self._positions = positions
        self._within_s = within_s
        self._coverage = Coverage(demand) if demand.sum() > 0 else None
        self._demand = demand
        self._stood: dict[str, tuple[float, float]] = {}
        self._stale: dict[str, Unit] = {}

    def note(self, crew: Unit) -> None:
        """Take in a change of a unit's status; its reach is worked out later."""
        if crew.stage is UnitStage.AVAILABLE:
            if crew.id not in self._stood:
                self._stale[crew.id] = crew
            return
        self._stale.pop(crew.id, None)
        self._stood.pop(crew.id, None)
        if self._coverage is not None:
            self._coverage.leave(crew.id)

    def refresh(self, most: int | None = None) -> None:
        """Work out the reach of units that came free or moved."""
        if self._coverage is None:
            return
        for crew_id in list(self._stale)[:most]:
            self._stand(self._coverage, self._stale.pop(crew_id))

    def moved(
        self, units: Iterable[Unit], rows: Mapping[str, tuple[float, float]]
    ) -> None:
        """Mark free units that are no longer where their reach was worked out."""
        for crew in units:
            at, stood = rows.get(crew.id), self._stood.get(crew.id)
            if at is not None and stood is not None and apart_m(at, stood) > MOVED_M:
                self._stale[crew.id] = crew

    def lost(self, unit: str) -> float:
        """Share of people whose only free unit of the kind this is."""
        return 0.0 if self._coverage is None else self._coverage.lost(unit)

    def lost_together(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of people lost per kind if all these units leave."""
        if self._coverage is None:
            return {}
        return self._coverage.lost_together(units)

    def shown(
        self, picture: Picture, within_s: float, kind: str
    ) -> tuple[tuple[Line, ...], float]:
        """Return streets that free units of a kind (or any) reach, and the share."""
        starts = [
            self._place(crew)
            for crew in picture.units.values()
            if crew.stage is UnitStage.AVAILABLE and kind in ("", crew.kind)
        ]
        known = [s for s in starts if s.known]
        reached = np.zeros(len(self._demand), np.bool_)
        for start in known:
            reached[self._streets.nodes_from(start, within_s)] = True
        total = float(self._demand.sum())
        share = float(self._demand[reached].sum()) / total if total else 0.0
        return self._streets.reach_lines(known, within_s), share

    def _stand(self, coverage: Coverage, crew: Unit) -> None:
        start = self._place(crew)
        if start.known:
            points = self._streets.nodes_from(start, self._within_s)
            coverage.stand(crew.id, crew.kind, points)
        else:
            coverage.leave(crew.id)
        self._stood[crew.id] = self._positions.last(crew.id) or (
            (math.nan, math.nan)
            if crew.place is None
            else (crew.place.lon, crew.place.lat)
        )

    def _place(self, crew: Unit) -> Place:
        row = self._positions.row(crew.id)
        return self._streets.row_place(-1 if row is None else row)
