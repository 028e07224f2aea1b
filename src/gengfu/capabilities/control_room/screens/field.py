"""The field page: what a crew's phone needs to report where it is."""

from collections.abc import Mapping
from typing import Any

from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.photos import PHOTOS
from gengfu.surface import Door


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Give the page the unit's token for positions, and how large photos may be."""
    del query
    unit = None if door.actor is None else door.actor.represents
    if unit is None:
        return {}
    token = door.runtime(Room).site.device_token(unit)
    return {"position_token": token, "photo_bytes": PHOTOS.most_bytes}
