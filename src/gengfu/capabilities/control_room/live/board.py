"""The public board: what a type opts in to show, later and less precisely.

Nothing is shown unless the type of incident says so. A type says how long after the
call, and whether the place is shown exactly, by street or by area. No words of a call,
no unit, no person is ever on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.rules.retention import STREET_DECIMALS
from gengfu.capabilities.control_room.rules.types import IncidentType

SHOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardItem:
    """One line of the public board."""

    type: str
    name: str
    name_zh: str
    at: datetime
    ended: bool
    area: str
    area_zh: str
    lon: float | None
    lat: float | None


def board(
    cases: Iterable[Incident],
    types: Mapping[str, IncidentType],
    areas: Mapping[str, tuple[str, str]],
    now: datetime,
) -> tuple[BoardItem, ...]:
    """Return what may be shown now, newest first."""
    shown = [
        _item(case, kind, areas)
        for case in cases
        if (kind := types.get(case.type)) is not None and _may_show(case, kind, now)
    ]
    return tuple(sorted(shown, key=lambda item: (item.at, item.type), reverse=True))


def _may_show(case: Incident, kind: IncidentType, now: datetime) -> bool:
    if kind.board is None or case.merged_into is not None:
        return False
    age = now - case.opened_at
    return timedelta(seconds=kind.board.delay_s) <= age <= SHOWN_FOR


def _item(
    case: Incident, kind: IncidentType, areas: Mapping[str, tuple[str, str]]
) -> BoardItem:
    precision = "area" if kind.board is None else kind.board.precision
    place = case.place if precision != "area" else None
    digits = None if precision == "exact" else STREET_DECIMALS
    lon = None if place is None else place.lon
    lat = None if place is None else place.lat
    if digits is not None:
        lon = None if lon is None else round(lon, digits)
        lat = None if lat is None else round(lat, digits)
    name, name_zh = areas.get(case.area or "", ("", ""))
    return BoardItem(
        type=kind.code,
        name=kind.name.en,
        name_zh=kind.name.zh,
        at=case.opened_at.replace(second=0, microsecond=0),
        ended=case.clocks.closed is not None,
        area=name,
        area_zh=name_zh,
        lon=lon,
        lat=lat,
    )
