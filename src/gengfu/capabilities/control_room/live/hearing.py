"""From what a form says to what the room takes in: priority, area, marks."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel, DevicePosition
from gengfu.capabilities.control_room.cases.incidents import Located, LocationSource
from gengfu.capabilities.control_room.rules.standards import Subject
from gengfu.capabilities.control_room.rules.types import Assessment, priority_for
from gengfu.kernel import BadInput, FrozenDict, Place
from gengfu.kernel.both import both
from gengfu.kernel.values import quickly
from gengfu.surface import Town

from .rulebook import Rulebook, as_area_kind

UNKNOWN_TYPE = "unknown"
MARK_BYTES = 12
FUTURE = timedelta(minutes=5)
_heard = quickly(Heard)
_WITH_PLACE = re.compile(r"((?P<text>.*)\n)?\[(?P<place>[^\n]*)\]", re.DOTALL)


class Form(Protocol):
    """What a call form says."""

    @property
    def channel(self) -> Channel: ...
    @property
    def text(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def located(self) -> Located: ...
    @property
    def location_source(self) -> LocationSource: ...
    @property
    def type(self) -> str | None: ...
    @property
    def answers(self) -> dict[str, str]: ...
    @property
    def priority(self) -> int | None: ...
    @property
    def priority_reason(self) -> str: ...
    @property
    def caller_name(self) -> str: ...
    @property
    def callback(self) -> str: ...
    @property
    def device(self) -> DevicePosition | None: ...
    @property
    def simulated(self) -> bool: ...


def hear(
    form: Form, town: Town, rulebook: Rulebook, now: datetime, key: bytes
) -> Heard:
    """Read a form; raises BadInput naming the field, NotFound for an unknown type."""
    if (form.lon is None) != (form.lat is None):
        raise BadInput("lon and lat: give both or neither")
    if form.device is not None and form.device.at > now + FUTURE:
        raise BadInput("device.at: lies in the future")
    place = None
    area = None
    if form.lon is not None and form.lat is not None:
        place = Place(form.lon, form.lat, form.place)
        area = town.area_of(form.lon, form.lat)
    kind = rulebook.catalogue.get(form.type or UNKNOWN_TYPE)
    computed = priority_for(kind, form.answers)
    priority, why = computed.priority, words_of(computed)
    by_hand = form.priority is not None and form.priority != computed.priority
    if form.priority is not None and by_hand:
        if not form.priority_reason.strip():
            raise BadInput("priority_reason: another priority needs a reason")
        priority, why = form.priority, form.priority_reason.strip()
    text = form.text if place is not None else with_place(form.text, form.place)
    return _heard(
        channel=form.channel,
        type=kind.code,
        priority=priority,
        text=text,
        place=place,
        located=form.located if place is not None else Located.NONE,
        location_source=form.location_source,
        area=area,
        answers=FrozenDict(form.answers),
        priority_reason=why,
        by_hand=by_hand,
        caller_name=form.caller_name,
        callback=form.callback,
        caller_mark=mark(form.callback, key),
        device=form.device,
        dispatch_within=dispatch_within(rulebook, town, kind.domain, priority, area),
        simulated=form.simulated,
    )


def with_place(text: str, place: str) -> str:
    """Return the words of a call with those of a place nobody has found on the map."""
    return f"{text}\n[{place}]".strip() if place else text


def place_said(text: str) -> tuple[str, str]:
    """Take apart what `with_place` has put together: (words of the call, the place).

    A last line that somebody put in brackets looks the same, and is taken for a place.
    """
    found = _WITH_PLACE.fullmatch(text)
    return (text, "") if found is None else (found["text"] or "", found["place"])


def assess(
    rulebook: Rulebook, type_code: str | None, answers: Mapping[str, str]
) -> Assessment | None:
    """Return the priority of a type with the answers so far; None for no type."""
    if type_code is None:
        return None
    return priority_for(rulebook.catalogue.get(type_code), answers)


def words_of(assessed: Assessment) -> str:
    """Return why a priority is what it is, as an incident keeps it."""
    return both(
        "; ".join(reason.said.en for reason in assessed.reasons),
        "；".join(reason.said.zh for reason in assessed.reasons),
    )


def mark(number: str, key: bytes) -> str | None:
    """Return a keyed digest of a callback number: equal numbers, equal marks."""
    digits = "".join(c for c in number if c.isdigit())
    if not digits:
        return None
    return hmac.new(key, digits.encode(), hashlib.sha256).hexdigest()[: 2 * MARK_BYTES]


def dispatch_within(
    rulebook: Rulebook, town: Town, domain: str, priority: int, area: str | None
) -> timedelta | None:
    """Return the tightest limit that a standard sets for sending somebody."""
    kind = None if area is None else as_area_kind(town.area_kind(area))
    subject = Subject(domain, priority, kind)
    limits = [
        s.limit_s
        for s in rulebook.standards.standards
        if s.to_clock == "dispatched" and s.applies(subject)
    ]
    return timedelta(seconds=min(limits)) if limits else None
