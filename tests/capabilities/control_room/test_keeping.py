"""What people see of words that are kept, held and erased; and what they never see."""

import asyncio
from datetime import timedelta

import pytest
from rooms import CHIEF, SENDER
from rooms import holds as holds_ledger
from screened import Through, shown
from wordy import ask, clocks, closed, incident_html, said_in, shut

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import call
from gengfu.capabilities.control_room.cases.closures import closure, lift, prolong
from gengfu.capabilities.control_room.cases.forgetting import keep_closure, keep_order
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.keepings import erases
from gengfu.capabilities.control_room.cases.orders import order
from gengfu.capabilities.control_room.cases.units import unit
from gengfu.capabilities.control_room.live.board import board
from gengfu.capabilities.control_room.live.history import history, list_incidents
from gengfu.capabilities.control_room.live.reports import clock_report
from gengfu.capabilities.control_room.screens import incident as incident_page
from gengfu.capabilities.control_room.screens.paper import Paper
from gengfu.kernel import NotFound, Ref, RuleBroken
from gengfu.surface import Change
from gengfu.web.i18n import words


def paper_of(room, case, language="en"):
    detail = room.office.look(lambda r: history(room.room, r, case))
    speech = words(language, room.room.town.timezone)
    return Paper(room.room, detail, speech, room.room.now(), "chen")


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
