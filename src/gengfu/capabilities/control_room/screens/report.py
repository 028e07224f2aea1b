"""The public report page: four short questions, read without script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gengfu.capabilities.control_room.cases.calls import Channel, DevicePosition
from gengfu.capabilities.control_room.cases.incidents import Located, LocationSource
from gengfu.capabilities.control_room.cases.receipts import report_in, said_code
from gengfu.capabilities.control_room.live.room import Room
from gengfu.kernel import BadInput
from gengfu.surface import Door

LONGEST = {"place": 200, "text": 2000, "caller_name": 120, "callback": 40, "type": 64}
POSITION = ("lon", "lat", "accuracy_m")
LONGEST_FIGURE = 40
LON, LAT, FARTHEST_M = 180.0, 90.0, 1e6
WRONG = {
    "type": ("Choose what happened", "请选择发生了什么"),
    "place": ("Say where it is", "请说明地点"),
    "long": ("This is too long", "内容过长"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebForm:
    """A resident's report as the room hears it."""

    text: str
    place: str
    type: str
    caller_name: str
    callback: str
    lon: float | None
    lat: float | None
    located: Located
    location_source: LocationSource
    device: DevicePosition | None
    channel: Channel = Channel.WEB
    answers: dict[str, str] = field(default_factory=dict[str, str])
    priority: int | None = None
    priority_reason: str = ""
    simulated: bool = False


async def fill(door: Door, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Show an empty form."""
    del query
    return _page(door, {}, {})


async def take(door: Door, form: Mapping[str, str]) -> Mapping[str, Any]:
    """Take the report, or show the form again with what is wrong and what was typed."""
    values = {name: form.get(name, "").strip() for name in LONGEST}
    problems = _problems(door, values)
    if problems:
        position = {
            name: form.get(name, "").strip()[:LONGEST_FIGURE] for name in POSITION
        }
        return _page(door, values | position, problems)
    room = door.runtime(Room)
    heard = room.hear(_read(room, values, form))
    given = await door.do(lambda desk: report_in(desk, heard))
    return _page(door, {}, {}) | {"done": {"code": said_code(given.id)}}


def _page(
    door: Door, values: Mapping[str, str], problems: Mapping[str, str]
) -> dict[str, Any]:
    types = door.runtime(Room).city.types
    return {"types": types, "values": values, "problems": problems, "done": None}


def _problems(door: Door, values: Mapping[str, str]) -> dict[str, str]:
    zh = door.language == "zh"
    found: dict[str, str] = {}
    if values["type"] not in door.runtime(Room).rulebook.catalogue.by_code:
        found["type"] = WRONG["type"][zh]
    if not values["place"]:
        found["place"] = WRONG["place"][zh]
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            found[name] = WRONG["long"][zh]
    return found


def _read(room: Room, values: Mapping[str, str], form: Mapping[str, str]) -> WebForm:
    """Find the place among what the city knows; the device's position is kept apart."""
    device = _device(room, form)
    places = room.town.search(values["place"], None, 1)
    lon = lat = None
    source = LocationSource.CALLER
    if places:
        lon, lat, source = places[0].lon, places[0].lat, LocationSource.GAZETTEER
    elif device is not None:
        lon, lat, source = device.lon, device.lat, LocationSource.DEVICE
    return WebForm(
        text=values["text"],
        place=values["place"],
        type=values["type"],
        caller_name=values["caller_name"],
        callback=values["callback"],
        lon=lon,
        lat=lat,
        located=Located.NONE if lon is None else Located.UNVERIFIED,
        location_source=source,
        device=device,
    )


def _device(room: Room, form: Mapping[str, str]) -> DevicePosition | None:
    given = [form.get(name, "").strip() for name in POSITION]
    if not all(given):
        return None
    try:
        lon, lat, accuracy_m = (float(words) for words in given)
    except ValueError:
        raise BadInput("position: cannot be read") from None
    if not (abs(lon) <= LON and abs(lat) <= LAT and 0 <= accuracy_m <= FARTHEST_M):
        raise BadInput("position: is not a place on earth")
    return DevicePosition(lon, lat, accuracy_m, "browser", room.now())
