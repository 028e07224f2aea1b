"""A call: somebody asks for help, and somebody answers what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import (
    CLOCKWORK,
    AreaId,
    Between,
    Case,
    CaseId,
    Code,
    FrozenDict,
    Latitude,
    Length,
    Line,
    Longitude,
    Machine,
    Place,
    SealedWords,
    Stamp,
    Words,
    onward,
)
from gengfu.kernel.values import quickly

from .roles import CALL_TAKER, CALLER, COMMANDER, DISPATCHER, RESPONSE

Answers = Annotated[dict[str, Annotated[str, Length(0, 400)]], Length(0, 40)]


class Channel(StrEnum):
    PHONE = "phone"
    WEB = "web"
    TEXT = "text"
    ALARM = "alarm"
    AGENCY = "agency"


class CallStage(StrEnum):
    RINGING = "ringing"
    ANSWERED = "answered"
    ATTACHED = "attached"
    DISMISSED = "dismissed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class DevicePosition:
    """Where a device says it is: shown beside the caller's words, never instead."""

    lon: Longitude
    lat: Latitude
    accuracy_m: Annotated[float, Between(0, 1_000_000)]
    source: Annotated[str, Length(1, 40)]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Case):
    """A request for help as it came in; the caller's identity is sealed."""

    channel: Channel
    text: str
    type: str | None
    answers: dict[str, str]
    caller: SealedWords | None
    caller_mark: str | None
    device: DevicePosition | None
    simulated: bool
    stage: CallStage = CallStage.RINGING
    answered_at: datetime | None = None
    answered_by: str | None = None
    incident: CaseId | None = None
    earlier_incidents: tuple[CaseId, ...] = ()
    ended_at: datetime | None = None
    outcome: str = ""


_call = quickly(Call)
call = Machine(
    Call,
    stages=CallStage,
    ends=(CallStage.ATTACHED, CallStage.DISMISSED, CallStage.ERASED),
    purpose=RESPONSE,
)


@call.opening(to=(CallStage.RINGING,), by=(CALL_TAKER, DISPATCHER, CALLER))
def receive(
    stamp: Stamp,
    channel: Channel,
    text: Words = "",
    place: Place | None = None,
    type: Code | None = None,
    answers: Answers | None = None,
    caller: SealedWords | None = None,
    caller_mark: str | None = None,
    device: DevicePosition | None = None,
    area: str | None = None,
    simulated: bool = False,
) -> Call:
    """Take in a request for help, whatever is known of it so far.

    `caller_mark` is a keyed digest of the callback number: it tells two calls from
    one number apart from two calls from two numbers, and reveals neither.
    """
    return _call(
        id=stamp.case,
        opened_at=stamp.at,
        place=place,
        area=None if area is None else AreaId(area),
        channel=channel,
        text=text,
        type=type,
        answers=FrozenDict(answers or {}),
        caller=caller,
        caller_mark=caller_mark,
        device=device,
        simulated=simulated,
    )


@call.move(
    CallStage.RINGING, to=(CallStage.ANSWERED,), by=(CALL_TAKER, DISPATCHER, COMMANDER)
)
def answer(case: Call, stamp: Stamp) -> Call:
    """Answer the call: one person has it from here on."""
    return onward(
        case,
        stage=CallStage.ANSWERED,
        answered_at=stamp.at,
        answered_by=stamp.actor,
    )


@call.move(
    CallStage.RINGING,
    CallStage.ANSWERED,
    to=(CallStage.ATTACHED,),
    by=(CALL_TAKER, DISPATCHER, COMMANDER, CLOCKWORK),
)
def attach(case: Call, stamp: Stamp, incident: CaseId) -> Call:
    """Join the call to the incident it is about."""
    return onward(
        case,
        stage=CallStage.ATTACHED,
        answered_at=case.answered_at or stamp.at,
        answered_by=case.answered_by or stamp.actor,
        incident=incident,
        ended_at=stamp.at,
    )


@call.move(
    CallStage.ATTACHED, to=(CallStage.ANSWERED,), by=(CALL_TAKER, DISPATCHER, COMMANDER)
)
def detach(case: Call, stamp: Stamp, reason: Line) -> Call:
    """Take the call off an incident it was not about after all."""
    earlier = case.earlier_incidents
    if case.incident is not None:
        earlier = (*earlier, case.incident)
    return onward(
        case,
        stage=CallStage.ANSWERED,
        incident=None,
        earlier_incidents=earlier,
        ended_at=None,
        outcome=reason,
    )


@call.move(
    CallStage.RINGING,
    CallStage.ANSWERED,
    to=(CallStage.DISMISSED,),
    by=(CALL_TAKER, DISPATCHER, COMMANDER),
)
def dismiss(case: Call, stamp: Stamp, outcome: Line) -> Call:
    """End the call without an incident, saying why."""
    return onward(
        case,
        stage=CallStage.DISMISSED,
        answered_at=case.answered_at or stamp.at,
        answered_by=case.answered_by or stamp.actor,
        ended_at=stamp.at,
        outcome=outcome,
    )


@call.move(
    CallStage.ATTACHED,
    CallStage.DISMISSED,
    to=(CallStage.ERASED,),
    by=(CLOCKWORK,),
)
def forget(case: Call, stamp: Stamp, decimals: int | None = None) -> Call:
    """Drop everything the caller said and was; what is counted later stays."""
    return onward(
        case,
        stage=CallStage.ERASED,
        text="",
        answers={},
        caller=None,
        caller_mark=None,
        device=None,
        outcome="",
        place=coarse(case.place, decimals),
    )


def coarse(place: Place | None, decimals: int | None) -> Place | None:
    """Return a place without words, rounded; None where only the area may stay."""
    if place is None or decimals is None:
        return None
    return Place(round(place.lon, decimals), round(place.lat, decimals))
