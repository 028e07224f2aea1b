"""The public board: what residents may see, and what they never will."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gengfu.capabilities.control_room.live.board import SHOWN_FOR, BoardItem
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.types import IncidentType
from gengfu.surface import Door

AGAIN_S = 60
"""How often the page looks again by itself."""
_HOUR_S, _MINUTE_S = 3600, 60


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of the board in one language."""

    name: str
    area: str
    at: datetime
    ended: bool
    lon: float | None
    lat: float | None
    precision: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A type of incident that opts in: how much later, how precisely."""

    name: str
    delay_minutes: int
    precision: str


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show the board; `still` keeps the page from looking again by itself."""
    room = door.runtime(Room)
    zh = door.language == "zh"
    found = await door.look(room.shown_board)
    catalogue = room.rulebook.catalogue
    kinds = catalogue.by_code
    opened = {kind.domain for kind in kinds.values() if kind.board is not None}
    return {
        "at": room.now(),
        "items": [_line(item, kinds[item.type], zh=zh) for item in found],
        "shown": [
            Shown(
                kind.name.zh if zh else kind.name.en,
                kind.board.delay_s // _MINUTE_S,
                kind.board.precision,
            )
            for kind in kinds.values()
            if kind.board is not None
        ],
        "closed": [
            said.zh if zh else said.en
            for code, said in catalogue.domains.items()
            if code not in opened
        ],
        "hours": int(SHOWN_FOR.total_seconds()) // _HOUR_S,
        "again_s": AGAIN_S,
        "still": "still" in query,
    }


def _line(item: BoardItem, kind: IncidentType, *, zh: bool) -> BoardLine:
    return BoardLine(
        name=item.name_zh if zh else item.name,
        area=(zh and item.area_zh) or item.area,
        at=item.at,
        ended=item.ended,
        lon=item.lon,
        lat=item.lat,
        precision="area" if kind.board is None else kind.board.precision,
    )
