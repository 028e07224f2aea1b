"""Of every field it is decided whether it goes with the words or stays."""

from dataclasses import fields, replace

from rooms import CHIEF, NOON
from wordy import closed, shut

from gengfu.capabilities.control_room.cases.calls import Call, DevicePosition, call
from gengfu.capabilities.control_room.cases.calls import forget as forget_call
from gengfu.capabilities.control_room.cases.closures import Closure
from gengfu.capabilities.control_room.cases.closures import forget as forget_closure
from gengfu.capabilities.control_room.cases.forgetting import forget as forget_incident
from gengfu.capabilities.control_room.cases.incidents import Incident
from gengfu.capabilities.control_room.cases.orders import Order, order, send
from gengfu.capabilities.control_room.cases.orders import forget as forget_order
from gengfu.capabilities.control_room.cases.outcomes import Recount
from gengfu.capabilities.control_room.cases.sendings import Assignment
from gengfu.capabilities.control_room.cases.stamps import Correction
from gengfu.kernel import CLOCKWORK, Place, SealedWords, Stamp

STAY = {
    Call: {
        "id", "stage", "opened_at", "version", "area", "place", "priority", "channel",
        "type", "simulated", "answered_at", "answered_by", "incident",
        "earlier_incidents", "ended_at",
    },
    Incident: {
        "id", "stage", "opened_at", "version", "area", "place", "priority", "code",
        "type", "located", "location_source", "clocks", "simulated", "by_hand", "calls",
        "assignments", "notes", "corrections", "plan", "agencies", "recommendations",
        "merged_into", "absorbed", "dispatch_by", "dispatch_within", "alarms",
        "reopened", "under_control", "origin", "finding", "deaths", "recounts",
        "contested", "taken_back",
    },
    Closure: {
        "id", "stage", "opened_at", "version", "area", "place", "priority", "edges",
        "until", "crews_pass", "lifted_at",
    },
    Order: {
        "id", "stage", "opened_at", "version", "area", "place", "priority", "unit",
        "sent_by", "incident", "read_at", "acknowledged_at",
    },
}  # fmt: skip
"""What is left of each kind once words are gone: figures, codes, times and staff."""


def full(kind, case):
    """Fill every field that is empty, so that what is wiped can be seen."""
    made = {
        "text": "w", "summary": "w", "outcome": "w", "priority_reason": "w",
        "answers": {"q": "w"}, "caller_mark": "w", "caller": SealedWords("s", "t"),
        "device": DevicePosition(1.0, 1.0, 1.0, "w", NOON),
        "earlier_places": (Place(1.0, 1.0, "w"),), "photos": ("a photo",),
    }  # fmt: skip
    names = {f.name for f in fields(kind)}
    return replace(case, **{n: v for n, v in made.items() if n in names})


def test_every_field_is_decided(room):
    """A field that is added must be wiped, or named here as one that stays."""
    case = closed(room)
    room.do(CHIEF, lambda d: d.open(send, "e1", "w", case.id))
    stamp = Stamp(case.id, NOON, CHIEF.id, CLOCKWORK)
    (sent,) = room.do(CHIEF, lambda d: d.list(order))
    for kind, found, forgotten in (
        (Call, room.get(call, case.calls[0]), forget_call),
        (Incident, case, forget_incident),
        (Order, sent, forget_order),
        (Closure, shut(room), forget_closure),
    ):
        before = full(kind, found)
        after = forgotten(before, replace(stamp, case=before.id))
        wiped = {
            f.name
            for f in fields(kind)
            if getattr(before, f.name) and not getattr(after, f.name)
        }
        assert wiped - {"place"} == {f.name for f in fields(kind)} - STAY[kind], kind
        assert kind is Closure or after.place is None


def test_nothing_that_stays_of_an_incident_holds_words(room):
    case = full(Incident, closed(room))
    sent = replace(
        case,
        assignments=(ASSIGNED,),
        corrections=(CORRECTED,),
        recounts=(RECOUNTED,),
    )
    stamp = Stamp(case.id, NOON, CHIEF.id, CLOCKWORK)
    after = forget_incident(sent, stamp)
    assert [one.text for one in after.notes] == [""] * len(case.notes)
    assert [one.at for one in after.notes] == [one.at for one in case.notes]
    assert after.corrections == (replace(CORRECTED, reason=""),)
    assert after.recounts == (replace(RECOUNTED, reason=""),)
    assert after.assignments == (replace(ASSIGNED, stood_down="", destination=""),)


ASSIGNED = Assignment(
    unit="e1",
    callsign="E1",
    kind="engine",
    status="available",
    assigned_at=NOON,
    stood_down="she-is-deaf-note",
    destination="corner-house",
)
CORRECTED = Correction(
    clock="located", was=None, now=NOON, reason="corner-house", by="chen", at=NOON
)
RECOUNTED = Recount(was=0, now=1, reason="corner-house", by="chen", at=NOON)
