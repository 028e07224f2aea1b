"""Calls: taken in, accepted as incidents or joined to one, split off, read."""

from dataclasses import dataclass, field
from datetime import timedelta

from gengfu.capabilities.control_room.cases.calls import (
    Call,
    CallStage,
    Channel,
    DevicePosition,
    attach,
    call,
    detach,
    receive,
)
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    Located,
    LocationSource,
    add_call,
    drop_call,
    incident,
    report,
    short_code,
)
from gengfu.kernel import (
    AreaId,
    CaseId,
    Desk,
    NotFound,
    Place,
    Ref,
    RuleBroken,
    SealedWords,
)
from gengfu.kernel.erasing import pass_hold, share_hold

from .merges import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a caller said, and what the room made of it."""

    channel: Channel
    type: str
    priority: int
    text: str = ""
    place: Place | None = None
    located: Located = Located.UNVERIFIED
    location_source: LocationSource = LocationSource.CALLER
    area: str | None = None
    answers: dict[str, str] = field(default_factory=dict[str, str])
    priority_reason: str = ""
    by_hand: bool = False
    caller_name: str = ""
    callback: str = ""
    caller_mark: str | None = None
    device: DevicePosition | None = None
    dispatch_within: timedelta | None = None
    simulated: bool = False


def seal_caller(desk: Desk, subject: str, name: str, number: str) -> SealedWords | None:
    """Seal who called; None where nothing is known."""
    if not name and not number:
        return None
    return desk.seal(subject, f"{name}\n{number}")


def take_in(desk: Desk, heard: Heard, *, type_known: bool = True) -> Call:
    """Take in a call from a form, a page or a feed; nobody has answered it yet."""
    subject = desk.fresh_id("caller")
    return desk.open(
        receive,
        channel=heard.channel,
        text=heard.text,
        place=heard.place,
        type=heard.type if type_known else None,
        answers=heard.answers,
        caller=seal_caller(desk, subject, heard.caller_name, heard.callback),
        caller_mark=heard.caller_mark,
        device=heard.device,
        area=heard.area,
        simulated=heard.simulated,
    )


def accept(
    desk: Desk, known: CaseId, heard: Heard, same_as: CaseId | None = None
) -> tuple[Call, Incident]:
    """Make a call an incident, or join it to one that is open already."""
    taken = desk.get(call, known)
    if taken.stage not in (CallStage.RINGING, CallStage.ANSWERED):
        raise RuleBroken(f"this call is {taken.stage} already")
    if same_as is not None:
        main = resolve(desk, same_as)
        desk.apply(main.id, add_call, taken.id)
        return _attach(desk, taken, main.id), desk.get(incident, main.id)
    fresh = desk.fresh_id(incident.kind)
    made = desk.open_as(
        fresh,
        report,
        code=short_code(fresh, desk.now),
        type=heard.type,
        priority=heard.priority,
        received=taken.opened_at,
        place=heard.place,
        located=heard.located,
        location_source=heard.location_source,
        summary=heard.text,
        priority_reason=heard.priority_reason,
        by_hand=heard.by_hand,
        answers=heard.answers,
        answered=taken.answered_at or desk.now,
        calls=(taken.id,),
        area=None if heard.area is None else AreaId(heard.area),
        dispatch_within=heard.dispatch_within,
        simulated=heard.simulated or taken.simulated,
    )
    return _attach(desk, taken, made.id), made


def _attach(desk: Desk, taken: Call, to: CaseId) -> Call:
    """Join a call to an incident; a hold on its words goes along."""
    pass_hold(desk, Ref(call.kind, taken.id), Ref(incident.kind, to))
    return desk.apply(taken.id, attach, to)


def take_call(
    desk: Desk, heard: Heard, same_as: CaseId | None = None
) -> tuple[Call, Incident]:
    """Take a call that the call taker has on the line: call and incident at once."""
    return accept(desk, take_in(desk, heard).id, heard, same_as)


def split_call(desk: Desk, known: CaseId, reason: str) -> Call:
    """Take a call off an incident it was not about."""
    about = desk.get(call, known).incident
    if about is not None:
        desk.apply(about, drop_call, known)
        share_hold(desk, Ref(incident.kind, about), Ref(call.kind, known))
    return desk.apply(known, detach, reason)


def reveal_caller(
    desk: Desk, known: CaseId, unit: str | None = None
) -> tuple[str, str]:
    """Read who called and from where; the reading is recorded.

    Where a unit asks it is refused unless it is on that call's incident now.
    """
    taken = desk.get(call, known)
    if unit is not None:
        about = taken.incident
        running = () if about is None else desk.get(incident, about).running()
        if unit not in {a.unit for a in running}:
            raise NotFound(f"no call {known}")
    if taken.caller is None:
        return "", ""
    words = desk.reveal(Ref(call.kind, known), taken.caller)
    if words is None:
        return "", ""
    name, _, number = words.partition("\n")
    return name, number
