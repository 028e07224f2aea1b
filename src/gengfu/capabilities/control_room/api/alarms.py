"""Alarms from machines: a panel, a shopfront button, an alarm company's server."""

from dataclasses import dataclass
from typing import Annotated

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Call, CallStage, Channel
from gengfu.capabilities.control_room.cases.incidents import Located, LocationSource
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.live.hearing import with_place
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.views import CallView, call_view
from gengfu.kernel import Code, Latitude, Length, Longitude, Role, SignInNeeded, Words
from gengfu.surface import Door, Routes

from .calls import CallForm

ALARM = Role("alarm")
"""A machine that reports for itself, by a token of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What a machine knows.

    A machine that the city pack lists as a device need not say where it stands.
    """

    type: Code | None = None
    text: Words = ""
    place: Annotated[str, Length(0, 400)] = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    callback: Annotated[str, Length(0, 40)] = ""


routes = Routes("/alarms", tag="alarm", purpose=RESPONSE)


@routes.writes("", roles=(ALARM,), body=Alarm, answers=CallView, status=201)
async def report(door: Door, data: Alarm) -> CallView:
    """Take an alarm as a call that waits to be answered.

    Machines repeat themselves: while a call of the same words from the same machine
    and place waits, it is answered with that call.
    """
    machine = door.actor.represents if door.actor is not None else None
    if machine is None:
        raise SignInNeeded("an alarm comes with its machine's token")
    room = door.runtime(Room)
    form = _form(room, machine, data)
    for known in room.picture.calls.values():
        if _same(known, form):
            return call_view(known)
    heard = room.hear(form)
    known_type = data.type is not None
    made = await door.do(
        lambda desk: actions.take_in(desk, heard, type_known=known_type)
    )
    return call_view(made)


def _form(room: Room, machine: str, data: Alarm) -> CallForm:
    """Say as a call what the machine reports, from where it is known to stand."""
    lon, lat, place = data.lon, data.lat, data.place
    device = room.town.device(machine)
    if device is not None and lon is None and lat is None:
        lon, lat, place = device.lon, device.lat, place or device.name
    return CallForm(
        channel=Channel.ALARM,
        text=with_place(data.text, machine),
        place=place,
        lon=lon,
        lat=lat,
        located=Located.UNVERIFIED,
        location_source=LocationSource.DEVICE,
        type=data.type,
        callback=data.callback,
        simulated=room.site.simulated,
    )


def _same(known: Call, form: CallForm) -> bool:
    """Tell whether a waiting call says what this alarm says."""
    where = None if known.place is None else (known.place.lon, known.place.lat)
    return (
        known.stage is CallStage.RINGING
        and known.channel is Channel.ALARM
        and known.type == form.type
        and known.text.startswith(form.text)
        and where == (None if form.lon is None else (form.lon, form.lat))
    )
