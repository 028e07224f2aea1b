"""What people in a control room do: each a few moves that happen together or not.

Every function takes the desk of one request. The live room, the HTTP routes and the
twin call these and nothing else, so a simulated day runs the code of a real one.

Where several cases change together they are held in one order (`holding`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gengfu.kernel import (
    AreaId,
    CaseId,
    Desk,
    NotFound,
    Place,
    Ref,
    RuleBroken,
    SealedWords,
    Seen,
    Stale,
    Task,
    TaskSpec,
)
from gengfu.kernel.both import both
from gengfu.kernel.erasing import pass_hold, share_hold
from gengfu.kernel.tasks import TaskStage, hand_over, refuse, sign, task, withdraw

from .calls import (
    Call,
    CallStage,
    Channel,
    DevicePosition,
    attach,
    call,
    detach,
    receive,
)
from .holding import hold, hold_incidents
from .incidents import (
    ACTIVE,
    Incident,
    IncidentStage,
    Located,
    LocationSource,
    add_call,
    close,
    control,
    drop_call,
    incident,
    report,
    short_code,
)
from .merging import absorb, let_go, merge, unmerge
from .orders import Order
from .orders import send as send_order
from .outcomes import Finding
from .recommendations import choose, recommendation
from .responses import dispatch, note_agencies, note_signed, note_status, take_over
from .sendings import Movement, Sending
from .units import (
    Unit,
    UnitStage,
    arrive,
    assign,
    become_available,
    clear,
    go_over,
    reach_destination,
    roll,
    stand_down,
    transport,
    unit,
)

LONGEST_CHAIN = 32
MERGED = both("merged", "警情已合并")
"""Why a unit is off an incident that turned out to be another."""
COMING = (TaskStage.OPEN, TaskStage.SIGNED, TaskStage.DONE)
"""Stages of a task whose agency counts among those who came or will."""


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


def _id(case: CaseId | Seen) -> CaseId:
    return case.id if isinstance(case, Seen) else case


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


def resolve(desk: Desk, wanted: CaseId) -> Incident:
    """Follow merges to the one incident they end at."""
    found = desk.get(incident, wanted)
    for _ in range(LONGEST_CHAIN):
        if found.merged_into is None:
            return found
        found = desk.get(incident, found.merged_into)
    raise RuleBroken(f"the merges of {wanted} run in a circle")


def merge_into(
    desk: Desk, duplicate: CaseId | Seen, into: CaseId, reason: str
) -> Incident:
    """Say that one incident is another; chains end at one incident.

    Units that are on it already go over with their status and clocks.
    """
    main = resolve(desk, into)
    other = _id(duplicate)
    if main.id == other:
        raise RuleBroken("an incident cannot be merged into itself")
    hold(desk, unit, (one.unit for one in desk.get(incident, other).running()))
    hold_incidents(desk, (other, main.id))
    if running := desk.get(incident, other).running():
        for one in running:
            desk.apply(other, note_status, one.unit, UnitStage.AVAILABLE, MERGED)
            desk.apply(one.unit, go_over, main.id)
        desk.apply(main.id, take_over, running)
        duplicate = other
    merged = desk.apply(duplicate, merge, main.id, reason)
    desk.apply(main.id, absorb, other)
    pass_hold(desk, Ref(incident.kind, other), Ref(incident.kind, main.id))
    return merged


def undo_merge(desk: Desk, duplicate: CaseId, reason: str) -> Incident:
    """Take a merge back: the incident waits for help again."""
    main = desk.get(incident, duplicate).merged_into
    if main is not None:
        hold_incidents(desk, (main, duplicate))
        desk.apply(main, let_go, duplicate)
        share_hold(desk, Ref(incident.kind, main), Ref(incident.kind, duplicate))
    return desk.apply(duplicate, unmerge, reason)


def send(
    desk: Desk,
    wanted: CaseId | Seen,
    units: Sequence[Sending],
    *,
    tasks: Sequence[TaskSpec] = (),
    chosen: CaseId | None = None,
    override_reason: str = "",
    plan: str = "",
) -> Incident:
    """Send units and ask agencies, all or none.

    A unit on its way to something less urgent is called off that first. An agency
    that holds an open task about this incident is not asked twice; one that is done
    with its task may be.
    """
    hold(desk, unit, (sending.unit for sending in units))
    hold(desk, incident, (_id(wanted),))
    case = desk.get(incident, _id(wanted))
    for sending in units:
        crew = desk.get(unit, sending.unit)
        if crew.stage in (UnitStage.ASSIGNED, UnitStage.EN_ROUTE):
            _preempt(desk, crew, case)
        elif crew.stage is UnitStage.AT_DESTINATION and crew.incident is not None:
            desk.apply(crew.incident, note_status, crew.id, UnitStage.CLEARING)
        desk.apply(sending.unit, assign, case.id)
    if chosen is not None:
        offered = desk.get(recommendation, chosen)
        if offered.incident != case.id:
            raise RuleBroken("this recommendation is for another incident")
        desk.apply(chosen, choose, tuple(s.unit for s in units), override_reason)
    asked = _not_asked_yet(desk, case, tasks)
    agencies = tuple(t.agency for t in asked if t.agency is not None)
    if tasks and not agencies and not units:
        raise RuleBroken("they have been asked already and have not finished")
    after = desk.apply(
        wanted,
        dispatch,
        units=tuple(units),
        agencies=agencies,
        recommendation=chosen,
        plan=plan,
    )
    for spec in asked:
        desk.ask(incident, after, spec)
    return after


def _not_asked_yet(
    desk: Desk, case: Incident, tasks: Sequence[TaskSpec]
) -> tuple[TaskSpec, ...]:
    """Leave out agencies that hold an open task about this incident."""
    if not tasks:
        return ()
    known = desk.list(task, about=case.id)
    busy = {t.agency for t in known if t.stage not in task.ends}
    return tuple(spec for spec in tasks if spec.agency not in busy)


def _preempt(desk: Desk, crew: Unit, case: Incident) -> None:
    if crew.incident is None:
        raise NotFound(f"{crew.callsign} is on no incident")
    other = desk.get(incident, crew.incident)
    if other.priority <= case.priority:
        raise RuleBroken(
            f"{crew.callsign} is on its way to {other.code}, which is as urgent"
        )
    reason = both(f"sent on to {case.code}", f"改派至{case.code}")
    call_off(desk, other.id, crew.id, reason)


def call_off(desk: Desk, wanted: CaseId, crew: CaseId, reason: str) -> Incident:
    """Call a unit off an incident: why stands there, and goes with its words."""
    hold(desk, unit, (crew,))
    case = desk.apply(wanted, note_status, crew, UnitStage.AVAILABLE, reason)
    desk.apply(crew, stand_down, both(f"off {case.code}", f"撤出{case.code}"))
    return case


def _told(
    desk: Desk, crew: Unit, movement: Movement | None = None, destination: str = ""
) -> Unit:
    if crew.incident is not None:
        desk.apply(
            crew.incident,
            note_status,
            crew.id,
            crew.stage,
            movement=movement,
            destination=destination,
        )
    return crew


def rolls(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit on its way."""
    return _told(desk, desk.apply(crew, roll))


def arrives(
    desk: Desk,
    crew: CaseId | Seen,
    check_in_every: timedelta | None = None,
    movement: Movement | None = None,
) -> Unit:
    """Report a unit on scene, with how far its positions moved on the way."""
    return _told(desk, desk.apply(crew, arrive, check_in_every), movement)


def transports(desk: Desk, crew: CaseId | Seen, destination: str) -> Unit:
    """Report a unit taking somebody somewhere; where to goes with the incident."""
    return _told(desk, desk.apply(crew, transport), destination=destination)


def reaches_destination(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit at its destination."""
    return _told(desk, desk.apply(crew, reach_destination))


def clears(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit done at its incident and nearly free."""
    return _told(desk, desk.apply(crew, clear))


def frees(desk: Desk, crew: CaseId | Seen) -> Unit:
    """Report a unit free for the next call."""
    hold(desk, unit, (_id(crew),))
    before = desk.get(unit, _id(crew))
    if before.incident is not None and before.stage is not UnitStage.CLEARING:
        desk.apply(before.incident, note_status, before.id, UnitStage.AVAILABLE)
    return desk.apply(crew, become_available)


def brings_under_control(
    desk: Desk, wanted: CaseId | Seen, reason: str = ""
) -> Incident:
    """Report that the danger is over."""
    return desk.apply(wanted, control, reason)


def close_out(
    desk: Desk,
    wanted: CaseId | Seen,
    outcome: str,
    *,
    reason: str = "",
    free_units: bool = False,
    finding: Finding | None = None,
    deaths: int | None = None,
) -> Incident:
    """Close an incident; its open tasks are withdrawn.

    With `free_units` whoever is still on it is freed first.
    """
    if free_units:
        case = desk.get(incident, _id(wanted))
        hold(desk, unit, (running.unit for running in case.running()))
        hold(desk, incident, (case.id,))
        case = desk.get(incident, case.id)
        if isinstance(wanted, Seen) and wanted.version != case.version:
            raise Stale(f"incident {case.id} is at version {case.version}")
        for running in case.running():
            frees(desk, running.unit)
        wanted = case.id
    return desk.apply(wanted, close, outcome, reason, finding, deaths)


def orders(desk: Desk, crew: CaseId, text: str, about: CaseId | None = None) -> Order:
    """Send an order to a unit; its words are kept as long as its incident's are."""
    desk.get(unit, crew)
    if about is not None:
        hold(desk, incident, (about,))
        if desk.get(incident, about).stage is IncidentStage.ERASED:
            raise RuleBroken("these words are erased already")
    return desk.open(send_order, crew, text, about)


def signs(desk: Desk, wanted: CaseId | Seen) -> Task:
    """Sign for a task; the first signature stamps the incident's clock."""
    asked = desk.get(task, _id(wanted))
    if asked.about.kind == incident.kind:
        hold(desk, incident, (asked.about.id,))
    signed = desk.apply(wanted, sign)
    if signed.about.kind == incident.kind and signed.agency is not None:
        platform = desk.as_clockwork(incident.purpose)
        platform.apply(signed.about.id, note_signed, signed.agency)
    return signed


def refuses(desk: Desk, wanted: CaseId | Seen, cause: str) -> Task:
    """Refuse a task; an incident that nobody else comes to waits again."""
    return _agencies_change(desk, wanted, lambda: desk.apply(wanted, refuse, cause))


def hands_over(desk: Desk, wanted: CaseId | Seen, to: str, cause: str) -> Task:
    """Hand a task to another agency."""
    return _agencies_change(
        desk, wanted, lambda: desk.apply(wanted, hand_over, to, cause)
    )


def withdraws(desk: Desk, wanted: CaseId | Seen, cause: str) -> Task:
    """Withdraw a task that nobody needs any more."""
    return _agencies_change(desk, wanted, lambda: desk.apply(wanted, withdraw, cause))


def _agencies_change(
    desk: Desk, wanted: CaseId | Seen, change: Callable[[], Task]
) -> Task:
    """Change who has a task, and note on its incident who is on it now."""
    about = desk.get(task, _id(wanted)).about
    if about.kind != incident.kind:
        return change()
    hold(desk, incident, (about.id,))
    after = change()
    case = desk.get(incident, about.id)
    # what was asked once more counts as it stands now, not as it was done before
    asked = {(t.agency, t.spec.name): t for t in desk.list(task, about=about.id)}
    coming = (t.agency for t in asked.values() if t.stage in COMING)
    agencies = tuple(dict.fromkeys(one for one in coming if one is not None))
    if case.stage in ACTIVE and set(agencies) != set(case.agencies):
        platform = desk.as_clockwork(incident.purpose)
        platform.apply(case.id, note_agencies, agencies)
    return after


def takes_back(
    desk: Desk,
    wanted: CaseId,
    units: Sequence[CaseId],
    agencies: Sequence[str],
    reason: str,
) -> Incident:
    """Undo a sending: call these units off and withdraw what these agencies hold."""
    for crew in sorted(set(units)):
        call_off(desk, wanted, crew, reason)
    for held in desk.list(task, about=wanted):
        if held.agency in agencies and held.stage not in task.ends:
            withdraws(desk, held.id, reason)
    return desk.get(incident, wanted)


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
