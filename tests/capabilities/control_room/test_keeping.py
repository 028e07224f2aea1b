"""What people see of words that are kept, held and erased; and what they never see."""

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from rooms import CHIEF, NOON, SENDER, actor
from rooms import holds as holds_ledger
from screened import Through, shown

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import (
    Call,
    Channel,
    DevicePosition,
    call,
)
from gengfu.capabilities.control_room.cases.calls import forget as forget_call
from gengfu.capabilities.control_room.cases.closures import (
    Closure,
    close,
    closure,
    lift,
    prolong,
)
from gengfu.capabilities.control_room.cases.closures import forget as forget_closure
from gengfu.capabilities.control_room.cases.forgetting import (
    dismisses,
    keep_closure,
    keep_incident,
    keep_order,
)
from gengfu.capabilities.control_room.cases.forgetting import forget as forget_incident
from gengfu.capabilities.control_room.cases.incidents import (
    Incident,
    incident,
    note,
)
from gengfu.capabilities.control_room.cases.keepings import erases, holds
from gengfu.capabilities.control_room.cases.orders import Order, order, send
from gengfu.capabilities.control_room.cases.orders import forget as forget_order
from gengfu.capabilities.control_room.cases.sendings import Assignment
from gengfu.capabilities.control_room.cases.stamps import Correction
from gengfu.capabilities.control_room.cases.units import unit
from gengfu.capabilities.control_room.live.board import board
from gengfu.capabilities.control_room.live.history import history, list_incidents
from gengfu.capabilities.control_room.live.keepings import retention_view
from gengfu.capabilities.control_room.live.reports import clock_report
from gengfu.capabilities.control_room.screens import incident as incident_page
from gengfu.capabilities.control_room.screens import keeping as page
from gengfu.capabilities.control_room.screens.paper import Paper
from gengfu.kernel import (
    AUDITOR,
    CLOCKWORK,
    NotFound,
    Place,
    Ref,
    RuleBroken,
    SealedWords,
    Stamp,
    clockwork,
)
from gengfu.kernel.erasing import make_due_move
from gengfu.surface import Change
from gengfu.web.i18n import words

SAID = ("smoke-on-third", "she-is-deaf-note", "Rosa", "5551234", "corner-house")
WATCHER = actor("aud", AUDITOR)


def closed(room, **more):
    case = room.call(
        at=(0, 1),
        text="smoke-on-third",
        caller_name="Rosa",
        callback="5551234",
        answers={"trapped": "corner-house"},
        **more,
    )
    room.do(CHIEF, lambda d: d.apply(case.id, note, "she-is-deaf-note"))
    room.wait(minutes=9)

    def job(desk):
        after = actions.close_out(desk, case.id, "out", reason="by phone")
        rule = room.room.rulebook.retention.rule_for(after.type)
        keep_incident(desk, after, rule)
        return after

    return room.do(CHIEF, job)


def clocks(room):
    """Make the moves that are due, as the worker does."""
    found = room.office.look(lambda r: list(r.due(room.clock(), 100)))
    for due in found:
        room.office.serve(
            clockwork("emergency-response"),
            "emergency-response",
            lambda desk, d=due: make_due_move(desk, d),
        )
    room.follow()
    return len(found)


def ask(room, case, callers=1, who=CHIEF):
    rules = room.room.rulebook.retention

    def job(desk):
        about = Ref("incident", case)
        return erases(desk, about, rules, "asked at the desk", callers)

    return room.do(who, job)


def incident_html(room, case, language="en"):
    door = Through(room, language)
    context = asyncio.run(incident_page.fill(door, case, query={}))
    return shown("incident.html", room, language, context)


def paper_of(room, case, language="en"):
    detail = room.office.look(lambda r: history(room.room, r, case))
    speech = words(language, room.room.town.timezone)
    return Paper(room.room, detail, speech, room.room.now(), "chen")


def said_in(text):
    return {one for one in SAID if one in text}


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        (
            "en",
            "Its words are erased on 21 Nov 2027, under rule “default” (2026-1).",
            "Erased on 21 Nov 2027 under rule “default” (2026-1).",
        ),
        (
            "zh",
            "其内容将于2027年11月21日依规则“default”（2026-1）删除。",
            "已于2027年11月21日依规则“default”（2026-1）删除。",
        ),
    ],
)
def test_page_and_paper_say_when_and_why_and_never_the_words(
    room, language, before, after
):
    case = closed(room)
    page_before = incident_html(room, case.id, language)
    assert before in page_before
    assert said_in(page_before) >= {"smoke-on-third", "she-is-deaf-note"}
    room.wait(days=364)
    assert clocks(room) == 0
    room.wait(days=1)
    assert clocks(room) == 1
    page_after = incident_html(room, case.id, language)
    assert page_after.count(after) == 2, "above, and in the card that has the clock"
    assert said_in(page_after) == set()
    sheet = paper_of(room, case.id, language).sheet()
    printed = repr(sheet.parts)
    assert after in printed
    assert said_in(printed) == set()
    assert paper_of(room, case.id, language).pdf().startswith(b"%PDF")


def test_nothing_else_shows_the_words_either(room):
    case = closed(room)
    room.wait(days=365)
    clocks(room)
    known = room.office.look(lambda r: history(room.room, r, case.id))
    assert said_in(repr(known)) == set()
    assert {one.kind for one in known.timeline} == {"call", "incident", "keeping"}
    listed = room.office.look(lambda r: list_incidents(room.room, r, None, None, 100))
    assert [one.stage for one in listed] == ["erased"]
    assert said_in(repr(listed)) == set()
    assert said_in(repr(room.room.snapshot())) == set()
    assert said_in(repr(room.room.sameness.__dict__)) == set()
    assert room.room.sameness._heard == {}
    erasing = [e for e in room.events if e.forgets]
    assert {e.data.kind for e in erasing} == {"call", "incident"}
    assert said_in(repr([e.data for e in erasing])) == set()
    everything = room.office.look(lambda r: list(r.entries(-1, 1000)))
    rows = room.office.look(
        lambda r: {(w.kind, w.id): w for k in ("call", "incident") for w in r.rows(k)}
    )
    again = room.room.observe(
        [Change(e, rows.get((e.entry.kind, e.entry.case))) for e in everything]
    )
    assert said_in(repr([e.data for e in again])) == set()


def test_a_merged_incident_lets_go_of_its_callers_mark(room):
    main, other = room.call(at=(0, 1)), room.call(at=(0, 1), caller_mark="m1")
    room.do(CHIEF, lambda d: actions.merge_into(d, other.id, main.id, "same"))
    assert other.id not in room.room.sameness._heard


def test_figures_stay_the_same(room):
    case = closed(room)

    def figures():
        report = room.office.look(
            lambda r: clock_report(room.room, r, "type", None, None)
        )
        return report.incidents, report.rows

    before = figures()
    ask(room, case.id)
    assert figures() == before
    now = room.get(incident, case.id)
    types, areas = room.room.rulebook.catalogue.by_code, room.room.town.area_names()
    (line,) = board([now], types, areas, now.opened_at + timedelta(hours=1))
    assert (line.type, line.lon) == ("structure-fire", round(case.place.lon, 3))


def test_several_callers_go_together_only_when_somebody_says_so(room):
    case = room.call(at=(0, 1), text="smoke-on-third")
    room.call(at=(0, 1), text="she-is-deaf-note", same_as=case.id)
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "out", reason="by phone"))
    with pytest.raises(RuleBroken, match=r"2 calls are on .* go together"):
        ask(room, case.id)
    ask(room, case.id, callers=2)
    rows = room.office.look(lambda r: [w.body for w in r.rows("call")])
    assert said_in(repr(rows)) == set()


def test_callers_of_merged_incidents_count_among_those_who_go_together(room):
    other = room.call(at=(0, 1), text="smoke-on-third")
    case = room.call(at=(0, 1), text="she-is-deaf-note")
    room.do(SENDER, lambda d: actions.merge_into(d, other.id, case.id, "same"))
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "out", reason="by phone"))
    for one in (case, other):
        context = asyncio.run(incident_page.fill(Through(room), one.id, query={}))
        html = shown(
            "incident.html", room, "en", context | {"me": {"roles": ["commander"]}}
        )
        assert 'name="callers" value="2"' in html
    with pytest.raises(RuleBroken, match=r"2 calls are on .* go together"):
        ask(room, case.id)
    ask(room, case.id, callers=2)
    rows = room.office.look(lambda r: [w.body for w in r.rows("call")])
    assert said_in(repr(rows)) == set()


def test_why_a_unit_was_called_off_goes_with_the_incident(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", "e2")
    room.do(SENDER, lambda d: actions.call_off(d, case.id, "e1", "she-is-deaf-note"))
    room.do(
        SENDER,
        lambda d: actions.takes_back(d, case.id, ("e2",), (), "smoke-on-third"),
    )
    assert room.room.unit_view(room.get(unit, "e1")).reason == f"off {case.code}"
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "out", reason="by phone"))
    ask(room, case.id)
    entries = room.office.look(lambda r: r.entries(-1, 1000))
    facts = [one.sealed.facts for one in entries if one.sealed]
    rows = room.office.look(lambda r: [w.body for w in r.rows("unit")])
    assert said_in(repr([*facts, *rows])) == set()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_somebody_was_taken_goes_with_the_incident(room, language):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    for job in (actions.rolls, actions.arrives):
        room.do(SENDER, lambda d, job=job: job(d, "e1"))
    room.do(SENDER, lambda d: actions.transports(d, "e1", "corner-house"))
    assert "corner-house" in incident_html(room, case.id, language)
    assert "corner-house" in repr(paper_of(room, case.id, language).sheet().parts)
    room.do(SENDER, lambda d: actions.reaches_destination(d, "e1"))
    room.do(SENDER, lambda d: actions.frees(d, "e1"))
    (sent,) = room.get(incident, case.id).assignments
    assert sent.destination == "corner-house"
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "out"))
    ask(room, case.id)
    entries = room.office.look(lambda r: r.entries(-1, 1000))
    facts = [one.sealed.facts for one in entries if one.sealed]
    rows = room.office.look(
        lambda r: [w.body for kind in ("unit", "incident") for w in r.rows(kind)]
    )
    assert "corner-house" not in repr([*facts, *rows])
    assert "corner-house" not in incident_html(room, case.id, language)


def test_nothing_is_ordered_about_words_that_are_gone(room):
    case = closed(room)
    room.do(CHIEF, lambda d: actions.orders(d, "e1", "look again", case.id))
    ask(room, case.id)
    with pytest.raises(RuleBroken, match="erased already"):
        room.do(CHIEF, lambda d: actions.orders(d, "e1", "look again", case.id))
    with pytest.raises(NotFound):
        room.do(CHIEF, lambda d: actions.orders(d, "e1", "look again", "incident-0"))
    (sent,) = room.do(CHIEF, lambda d: d.list(order))
    assert sent.text == ""


def shut(room, hours=1):
    """Close a road for a reason with a name in it."""
    until = room.clock() + timedelta(hours=hours)
    rule = room.room.rulebook.retention.routine

    def job(desk):
        made = desk.open(close, (1, 2), "Rosa", until, Place(0.0, 0.0, "here"))
        keep_closure(desk, made, rule)
        return made

    return room.do(CHIEF, job)


def everything_stored(room):
    entries = room.office.look(lambda r: r.entries(-1, 1000))
    facts = [one.sealed.facts for one in entries if one.sealed]
    kinds = ("order", "closure", "unit", "call", "incident")
    rows = room.office.look(lambda r: [w.body for k in kinds for w in r.rows(k)])
    return repr([*facts, *rows, room.room.snapshot()])


def test_words_of_an_order_about_nothing_go_by_a_clock_of_their_own(room):
    rule = room.room.rulebook.retention.routine
    assert rule.keep == timedelta(days=100)

    def job(desk):
        sent = actions.orders(desk, "e1", "corner-house")
        keep_order(desk, sent, rule)
        return sent

    sent = room.do(CHIEF, job)
    case = room.call(at=(0, 1))
    told = room.do(CHIEF, lambda d: actions.orders(d, "e1", "Rosa", case.id))
    room.do(CHIEF, lambda d: keep_order(d, told, rule))
    room.wait(days=99)
    clocks(room)
    assert "corner-house" in everything_stored(room)
    room.wait(days=1)
    clocks(room)
    assert said_in(everything_stored(room)) == {"Rosa"}, "that goes with its incident"
    assert room.get(order, sent.id).stage == "sent"
    with pytest.raises(RuleBroken, match="needed until it is closed"):
        room.do(CHIEF, lambda d: erases(
            d, Ref("order", told.id), room.room.rulebook.retention, "asked"
        ))  # fmt: skip
    holds_ledger(room)


def test_why_roads_were_closed_goes_when_nobody_asks_any_more(room):
    rules = room.room.rulebook.retention
    one = shut(room)
    about = Ref("closure", one.id)
    with pytest.raises(RuleBroken, match="still closed"):
        room.do(CHIEF, lambda d: erases(d, about, rules, "asked at the desk"))
    later = room.clock() + timedelta(days=9)

    def longer(desk):
        keep_closure(desk, desk.apply(one.id, prolong, later), rules.routine)

    room.do(CHIEF, longer)
    room.wait(days=108)
    clocks(room)
    assert room.get(closure, one.id).stage == "lifted"
    assert "Rosa" in everything_stored(room)
    room.wait(days=1)
    clocks(room)
    assert said_in(everything_stored(room)) == set()
    other = shut(room)
    room.do(CHIEF, lambda d: d.apply(other.id, lift))
    room.do(CHIEF, lambda d: erases(d, Ref("closure", other.id), rules, "asked"))
    assert said_in(everything_stored(room)) == set()
    holds_ledger(room)


def test_asking_for_a_call_erases_its_event(room):
    case = closed(room)
    (taken,) = case.calls
    rules = room.room.rulebook.retention
    done = room.do(
        CHIEF, lambda d: erases(d, Ref("call", taken), rules, "asked at the desk")
    )
    assert done.about == Ref("incident", case.id)
    assert room.get(call, taken).stage == "erased"


def take(room, form, who=CHIEF, case=None):
    door = Through(room, actor=who)
    if case is None:
        return asyncio.run(page.take(door, form=form))
    return asyncio.run(incident_page.take(door, case, form=form))


@pytest.fixture
def desk_door(room, monkeypatch):
    async def do(self, job):
        return self.running.do(self.actor, job)

    monkeypatch.setattr(Through, "do", do, raising=False)
    return room


def test_the_incident_page_holds_releases_and_erases(desk_door):
    room = desk_door
    case = closed(room)
    day = (NOON + timedelta(days=90)).date().isoformat()
    hold = {"move": "hold", "reason": "court case", "review": day}
    assert take(room, hold, case=case.id)["problem"] == ""
    html = incident_html(room, case.id)
    assert "Held from erasure by Commander chen since 21 Nov 2026: court case." in html
    refused = take(room, {"move": "erase", "reason": "asked"}, case=case.id)
    assert "held by commander" in refused["problem"]
    release = {"move": "release", "reason": "case is over"}
    assert take(room, release, case=case.id)["problem"] == ""
    done = take(room, {"move": "erase", "reason": "asked"}, case=case.id)
    assert done["problem"] == ""
    assert "Erased on 21 Nov 2026 on request: asked." in incident_html(room, case.id)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"move": "hold", "reason": "court case", "review": "soon"}, "not a date"),
        ({"move": "hold", "reason": "court case", "review": "9999-12-31"}, "two years"),
        ({"move": "hold", "reason": "x", "review": "2027-01-01"}, "reason: 3 to 500"),
        ({"move": "erase", "reason": "asked", "callers": "many"}, "not a number"),
        ({"move": "burn", "reason": "asked"}, "not a move"),
        ({"move": "release", "reason": "asked"}, "nobody holds"),
    ],
)
def test_bad_forms_are_said_on_the_page(desk_door, form, said):
    case = desk_door.call(at=(0, 1))
    assert said in take(desk_door, form, case=case.id)["problem"]


def test_who_may_not_is_told_so(desk_door):
    case = closed(desk_door)
    form = {"move": "erase", "reason": "asked"}
    for who in (SENDER, WATCHER):
        assert "needs commander" in take(desk_door, form, who, case.id)["problem"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_all_keepings(desk_door, language):
    room = desk_door
    held, soon, gone = closed(room), closed(room), closed(room)
    review = room.clock() + timedelta(days=400)
    room.do(
        WATCHER,
        lambda d: holds(d, Ref("incident", held.id), "court case", review),
    )
    ask(room, gone.id)
    heard = Heard(
        channel=Channel.WEB, type="noise", priority=4, text="she-is-deaf-note"
    )

    def prank(desk):
        taken = actions.take_in(desk, heard)
        rule = room.room.rulebook.retention.dismissed
        return dismisses(desk, taken.id, "not ours", rule)

    other = room.do(CHIEF, prank)
    room.wait(days=101)
    clocks(room)
    room.wait(days=239)
    clocks(room)
    context = asyncio.run(page.fill(Through(room, language), query={}))
    view = context["view"]
    assert [one.case for one in view.held] == [held.id]
    assert [one.case for one in view.due] == [soon.id]
    assert view.erased == ()
    html = shown("retention.html", room, language, context)
    assert held.id in html
    assert soon.id in html
    assert said_in(html) == set()
    for period in view.periods:
        assert period.citations[0] in html.replace("&#39;", "'")
    room.wait(days=61)
    clocks(room)
    context = asyncio.run(page.fill(Through(room, language), query={}))
    assert context["view"].held[0].hold.overdue
    assert words(language, "UTC").t("keeping.look") in shown(
        "retention.html", room, language, context
    )
    recent = room.office.look(
        lambda r: retention_view(
            room.room.codec,
            r,
            room.room.rulebook.retention,
            datetime(2026, 12, 1, tzinfo=UTC),
        )
    )
    assert {c for one in recent.erased for c in one.cases} >= {gone.id, other.id}


def test_the_page_takes_ids_of_calls_and_incidents_only(desk_door):
    for wanted in ("", "unit-e1", "<script>", "incident-nothing"):
        form = {"move": "release", "reason": "asked", "case": wanted}
        assert take(desk_door, form)["problem"] != ""


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
        "reopened", "under_control", "origin",
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
    sent = replace(case, assignments=(ASSIGNED,), corrections=(CORRECTED,))
    stamp = Stamp(case.id, NOON, CHIEF.id, CLOCKWORK)
    after = forget_incident(sent, stamp)
    assert [one.text for one in after.notes] == [""] * len(case.notes)
    assert [one.at for one in after.notes] == [one.at for one in case.notes]
    assert after.corrections == (replace(CORRECTED, reason=""),)
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
