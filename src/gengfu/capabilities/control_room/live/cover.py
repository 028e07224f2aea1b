"""Remaining cover: kept up as units come free, leave and move."""

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.rules.coverage import Coverage
from gengfu.capabilities.control_room.rules.distances import METRES_PER_DEGREE
from gengfu.kernel import CaseId
from gengfu.science.roads import Place, kernels_standing

from .lines import Line
from .picture import Picture
from .positions import Positions
from .streets import Streets

WITHIN_S = 300.0
MOVED_M = 400.0
REFRESHED_PER_TICK = 250

type Points = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A free unit, where it is on the roads, and where it is on the map."""

    crew: Unit
    place: Place
    at: tuple[float, float]


class LiveCover:
    """Which people have a free unit of each kind within reach, right now.

    A unit's reach is worked out when it comes free and again when it has moved
    `MOVED_M`. Few are worked out where they are asked for; the others on another
    thread, some hundreds a second, and until then what was last known counts.
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
        self._spots: NDArray[np.float64] = np.full((64, 2), np.nan)
        """Where each row of the positions stood, as `_stood` has it."""
        self._new: dict[str, Unit] = {}
        """Units that came free and whose reach is not known yet."""
        self._moved: dict[str, Unit] = {}
        """Units that are no longer where their reach was worked out."""
        self._pool: ThreadPoolExecutor | None = None
        self._asked: Future[list[Points]] | None = None
        self._asked_for: Sequence[_Standing] = ()

    def note(self, crew: Unit) -> None:
        """Take in a change of a unit's status; its reach is worked out later."""
        if crew.stage is UnitStage.AVAILABLE:
            if crew.id not in self._stood:
                self._new[crew.id] = crew
            return
        self._new.pop(crew.id, None)
        self._moved.pop(crew.id, None)
        self._stood.pop(crew.id, None)
        if self._coverage is not None:
            self._coverage.leave(crew.id)

    def refresh(self, most: int | None = None) -> None:
        """Work out here and now the reach of units that came free (or moved).

        With `most`, of so many only, and of none that has only moved: until the other
        thread has found their new reach, what was last known counts.
        """
        wanted = islice(self._new, most) if most else chain(self._new, self._moved)
        self._work_out(wanted)

    def keep(self) -> None:
        """Take in what the other thread has found, and give it more to do."""
        if self._coverage is None:
            return
        if self._asked is not None:
            if not self._asked.done():
                return
            done, self._asked = self._asked, None
            self._take(self._coverage, self._asked_for, done.result())
        if self._new or self._moved:
            wanted = chain(self._new, self._moved)
            self._asked_for = self._take_out(islice(wanted, REFRESHED_PER_TICK))
            places = [one.place for one in self._asked_for]
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "gengfu-cover")
            self._asked = self._pool.submit(
                self._streets.nodes_from_each, places, self._within_s
            )

    def wait(self) -> None:
        """Wait until the other thread has done what it was given."""
        if self._asked is not None:
            self._asked.exception()

    def close(self) -> None:
        """End the other thread."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def moved(
        self,
        rows: Sequence[int],
        lon: Sequence[float],
        lat: Sequence[float],
        units: Mapping[CaseId, Unit],
    ) -> None:
        """Mark free units that are no longer where their reach was worked out.

        `rows` are those of the positions, `units` all that are known.
        """
        if not rows:
            return
        self._make_room(max(rows) + 1)
        found: NDArray[np.int64] = np.empty(len(rows), np.int64)
        count = kernels_standing.strayed(
            np.asarray(lon, np.float64), np.asarray(lat, np.float64),
            np.asarray(rows, np.int64), self._spots, MOVED_M / METRES_PER_DEGREE, found,
        )  # fmt: skip
        for at in map(int, found[:count]):
            crew = units.get(CaseId(self._positions.unit_at(rows[at])))
            if crew is not None and crew.id in self._stood:
                self._moved[crew.id] = crew

    def lost_each(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of people whose only free unit of the kind each of these is."""
        asked = list(units)
        if self._coverage is None:
            return dict.fromkeys(asked, 0.0)
        self._work_out(u for u in asked if u in self._new)
        return self._coverage.lost_each(asked)

    def lost_together(self, units: Iterable[str]) -> Mapping[str, float]:
        """Share of people lost per kind if all these units leave."""
        if self._coverage is None:
            return {}
        return self._coverage.lost_together(units)

    def shown(
        self, picture: Picture, within_s: float, kind: str
    ) -> tuple[tuple[Line, ...], float]:
        """Return streets that free units of a kind (or any) reach, and the share."""
        if self._coverage is not None and within_s == self._within_s:
            self.refresh(self._streets.searches_in_a_request)
            reached = self._coverage.reached(kind)
        else:
            starts = [
                self._place(crew)
                for crew in picture.units.values()
                if crew.stage is UnitStage.AVAILABLE and kind in {"", crew.kind}
            ]
            reached = self._streets.reached_from(starts, within_s)
        total = float(self._demand.sum())
        share = float(self._demand[reached].sum()) / total if total else 0.0
        return self._streets.lines_between(reached), share

    def _take_out(self, wanted: Iterable[str]) -> Sequence[_Standing]:
        """Take out units whose reach is worked out next."""
        crews = [self._new.pop(u, None) or self._moved.pop(u) for u in list(wanted)]
        return [self._standing(crew) for crew in crews]

    def _work_out(self, wanted: Iterable[str]) -> None:
        """Work out the reach of these units here and now."""
        if self._coverage is not None:
            now = self._take_out(wanted)
            places = [one.place for one in now]
            found = self._streets.nodes_from_each(places, self._within_s)
            self._take(self._coverage, now, found)

    def _standing(self, crew: Unit) -> _Standing:
        at = self._positions.last(crew.id) or (
            (math.nan, math.nan)
            if crew.place is None
            else (crew.place.lon, crew.place.lat)
        )
        self._stood[crew.id] = at
        row = self._positions.row(crew.id)
        if row is not None:
            self._make_room(row + 1)
            self._spots[row] = at
        return _Standing(crew, self._place(crew), at)

    def _make_room(self, rows: int) -> None:
        if rows > len(self._spots):
            more = np.full((2 * rows, 2), np.nan)
            more[: len(self._spots)] = self._spots
            self._spots = more

    def _take(
        self, coverage: Coverage, asked: Sequence[_Standing], found: list[Points]
    ) -> None:
        for one, points in zip(asked, found, strict=True):
            crew = one.crew
            if self._stood.get(crew.id) != one.at:
                continue  # it has left, or stands elsewhere by now
            if one.place.known:
                coverage.stand(crew.id, crew.kind, points)
            else:
                coverage.leave(crew.id)

    def _place(self, crew: Unit) -> Place:
        row = self._positions.row(crew.id)
        return self._streets.row_place(-1 if row is None else row)
