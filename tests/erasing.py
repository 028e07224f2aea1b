"""One event that is full of words, for tests that they are gone for good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gengfu.adapters.clock import SeededEntropy, VirtualClock
from gengfu.adapters.vault import MasterKey
from gengfu.app.evidence import ledger_key, opener
from gengfu.app.installed import INSTALLED
from gengfu.app.platform import office_of
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import (
    Call,
    Channel,
    DevicePosition,
    call,
)
from gengfu.capabilities.control_room.cases.forgetting import dismisses, keep_incident
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    correct_clock,
    incident,
    note,
    reprioritise,
)
from gengfu.capabilities.control_room.cases.incidents import Located as Where
from gengfu.capabilities.control_room.cases.orders import send
from gengfu.capabilities.control_room.cases.roles import (
    AGENCY_OFFICER,
    CALL_TAKER,
    COMMANDER,
    DISPATCHER,
    RESPONSE,
)
from gengfu.kernel import (
    AUDITOR,
    Actor,
    ActorId,
    CaseId,
    Desk,
    KeepingRule,
    Office,
    Place,
    Reader,
    Store,
    TaskSpec,
)
from gengfu.kernel.audit import Audit, audit
from gengfu.kernel.tasks import finish, sign, task

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEAR = KeepingRule(code="default", version="t1", keep=timedelta(days=365), decimals=3)
SHORT = KeepingRule(code="dismissed", version="t1", keep=timedelta(days=100))
SECRETS = (
    "grandmother-words", "knife-answer", "Rosa Perez", "5551234567", "Calle Secreta 9",
    "neighbour-saw-it", "door-code-4711", "taken-to-clinic", "she-is-deaf",
    "outcome-private", "clock-reason-private", "second-caller-words", "prank-by-tom",
    "reason-private",
)  # fmt: skip
"""Every word that must be found nowhere once it is erased."""


def actor(name: str, *roles: Any, represents: str | None = None) -> Actor:
    return Actor(ActorId(name), frozenset((r, RESPONSE) for r in roles), represents)


CHIEF = actor("chen", COMMANDER, DISPATCHER, CALL_TAKER)
SENDER = actor("bo", DISPATCHER, CALL_TAKER)
AUDIT = actor("aud", AUDITOR)
AGENCY = actor("gas-officer", AGENCY_OFFICER, represents="gas")


def office(store: Store, now: datetime = NOON, seed: int = 5) -> Office:
    return office_of(
        store,
        MasterKey(bytes(32)),
        INSTALLED,
        clock=VirtualClock(now),
        entropy=SeededEntropy(seed),
    )


def wait(one: Office, **how: float) -> None:
    assert isinstance(one.clock, VirtualClock)
    one.clock.advance(timedelta(**how))


@dataclass(frozen=True)
class Event:
    """What was said about one event, and where."""

    incident: CaseId
    calls: tuple[CaseId, CaseId]


def heard(**more: Any) -> Heard:
    facts: dict[str, Any] = {
        "channel": Channel.PHONE,
        "type": "structure-fire",
        "priority": 1,
        "text": "grandmother-words",
        "answers": {"trapped": "knife-answer"},
        "caller_name": "Rosa Perez",
        "callback": "5551234567",
        "caller_mark": "m" * 24,
        "place": Place(-71.34567, -29.95432, "Calle Secreta 9"),
        "located": Where.VERIFIED,
        "device": DevicePosition(-71.34561, -29.95431, 9.0, "phone", NOON),
        "area": "z7",
        "priority_reason": "she-is-deaf",
    }
    return Heard(**(facts | more))


def happen(one: Office) -> Event:
    """Let two people call about one fire; much is written; the incident stays open."""

    def job(desk: Desk) -> Event:
        first, case = actions.take_call(desk, heard())
        second, _ = actions.take_call(
            desk, heard(text="second-caller-words"), same_as=case.id
        )
        desk.apply(case.id, note, "neighbour-saw-it")
        desk.apply(case.id, reprioritise, 2, "she-is-deaf")
        desk.open(send, CaseId("e1"), "door-code-4711", case.id)
        spec = TaskSpec(
            name="assist",
            role=AGENCY_OFFICER,
            agency="gas",
            sign_within=timedelta(minutes=3),
            due_within=timedelta(hours=2),
        )
        actions.send(desk, case.id, (), tasks=(spec,))
        return Event(case.id, (first.id, second.id))

    made = one.serve(CHIEF, RESPONSE, job)

    def sign_and_finish(desk: Desk) -> None:
        (asked,) = desk.list(task, about=made.incident)
        desk.apply(asked.id, sign)
        desk.apply(asked.id, finish, "taken-to-clinic")

    one.serve(AGENCY, RESPONSE, sign_and_finish)
    return made


def close(one: Office, event: Event, rule: KeepingRule = YEAR) -> Incident:
    """Close the incident; the clock on its words starts."""

    def job(desk: Desk) -> Incident:
        at = desk.now
        desk.apply(event.incident, correct_clock, "located", at, "clock-reason-private")
        after = actions.close_out(
            desk, event.incident, "outcome-private", reason="reason-private"
        )
        keep_incident(desk, after, rule)
        return after

    return one.serve(CHIEF, RESPONSE, job)


def prank(one: Office) -> Call:
    """Take a call that ends without an incident."""

    def job(desk: Desk) -> Call:
        taken = actions.take_in(desk, heard(text="prank-by-tom"))
        return dismisses(desk, taken.id, "prank-by-tom", SHORT)

    return one.serve(SENDER, RESPONSE, job)


def incident_of(one: Office, event: Event) -> Incident:
    return one.serve(CHIEF, RESPONSE, lambda d: d.get(incident, event.incident))


def calls_of(one: Office, event: Event) -> tuple[Call, ...]:
    def job(desk: Desk) -> tuple[Call, ...]:
        return tuple(desk.get(call, known) for known in event.calls)

    return one.serve(CHIEF, RESPONSE, job)


def everything(reader: Reader, one: Office) -> bytes:
    """Return all that the store gives anybody: rows, and facts beside the ledger."""
    parts = [row.body for kind in one.registry.machines for row in reader.rows(kind)]
    for logged in reader.entries(-1, 100_000):
        parts.append(logged.entry.leaf_bytes())
        if logged.sealed is not None:
            parts.append(logged.sealed.facts)
    return b"\n".join(parts)


def found_in(blob: bytes) -> set[str]:
    """Return which of the secret words a blob holds."""
    return {secret for secret in SECRETS if secret.encode() in blob}


def audited(one: Office) -> Audit:
    """Audit the ledger; it must be intact and complete."""
    key = ledger_key(MasterKey(bytes(32)))
    found = one.look(lambda r: audit(r, one.registry, one.codec, opener(key)))
    assert found.intact.findings == ()
    assert found.complete.findings == ()
    return found
