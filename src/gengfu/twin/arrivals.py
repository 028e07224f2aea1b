"""From a record: first arriving engines as drives."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.science.roads import Place, Places, RoadIndex
from gengfu.science.traveltime import Trips
from gengfu.surface import TownPost, TownUnit

from .recorded import Meanings
from .records import Record, Response
from .whereabouts import Habit, Whereabouts

IMPOSSIBLE_ABOVE_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class FirstArrival:
    """The first arriving engine of a call that can be scored."""

    response: Response
    observed_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """A record, or some days of it, placed on the roads."""

    record: Record
    responses: tuple[Response, ...]
    places: Mapping[int, Place]
    whereabouts: Whereabouts
    arrivals: tuple[FirstArrival, ...]
    left_out: Mapping[str, int]
    meanings: Meanings
    posts: Mapping[str, str]
    """Post of every unit on the roster."""

    @property
    def calls(self) -> int:
        """Number of calls."""
        return len({r.call for r in self.responses})


def homes_of(
    posts: Sequence[TownPost], units: Sequence[TownUnit], index: RoadIndex
) -> dict[str, Place]:
    """Where each unit of the roster stands, on the roads."""
    at = {p.id: index.snap_one(p.lon, p.lat) for p in posts}
    return {u.id: at[u.post] for u in units if u.post in at}


def guess_homes(
    posts: Sequence[TownPost],
    homes: Mapping[str, Place],
    responses: Iterable[Response],
    index: RoadIndex,
) -> dict[str, Place]:
    """Give units not on the roster the post nearest to the middle of their calls."""
    work: dict[str, list[Response]] = defaultdict(list)
    for r in responses:
        if r.unit not in homes:
            work[r.unit].append(r)
    guessed: dict[str, Place] = {}
    for unit, rows in sorted(work.items()):
        lon = median(r.lon for r in rows)
        lat = median(r.lat for r in rows)
        post = min(
            posts, key=lambda p: (p.lon - lon) ** 2 + (p.lat - lat) ** 2, default=None
        )
        if post is not None:
            guessed[unit] = index.snap_one(post.lon, post.lat)
    return guessed


def first_engines(
    responses: Iterable[Response], engine: str
) -> tuple[list[FirstArrival], dict[str, int]]:
    """First engine to arrive at each call: rolling to on scene, in seconds.

    Left out, and counted, is only what is impossible: no time between rolling and
    arriving (both buttons pressed at once, or in the wrong order) and over an hour.
    """
    first: dict[str, Response] = {}
    for r in responses:
        if r.unit_kind != engine or r.rolling is None or r.on_scene is None:
            continue
        best = first.get(r.call)
        if best is None or (best.on_scene and r.on_scene < best.on_scene):
            first[r.call] = r
    arrivals: list[FirstArrival] = []
    left_out = {"no time between rolling and arriving": 0, "over an hour": 0}
    for r in first.values():
        if r.rolling is None or r.on_scene is None:
            continue
        seconds = (r.on_scene - r.rolling).total_seconds()
        if seconds <= 0:
            left_out["no time between rolling and arriving"] += 1
        elif seconds > IMPOSSIBLE_ABOVE_S:
            left_out["over an hour"] += 1
        else:
            arrivals.append(FirstArrival(r, seconds))
    return arrivals, left_out


def trips_of(week: Week, habit: Habit, zone: ZoneInfo) -> Trips:
    """Drives of the arrivals from where their engine is taken to have been."""
    rows = [a.response for a in week.arrivals]
    local = [r.dispatched.astimezone(zone) for r in rows]
    origins = [
        week.whereabouts.place(r.unit, r.dispatched, r.call, habit) for r in rows
    ]
    return Trips(
        Places.of(origins),
        Places.of([week.places[r.line] for r in rows]),
        np.array([a.observed_s for a in week.arrivals], np.float64),
        np.array([t.hour for t in local], np.int64),
        np.array([_day(r, zone) for r in rows], np.int64),
        np.array([week.meanings.type_of(r) for r in rows], np.str_),
        np.array([week.meanings.priority_of(r) for r in rows], np.int64),
    )


def _day(r: Response, zone: ZoneInfo) -> int:
    return r.received.astimezone(zone).toordinal()
