"""A report is followed by its code, and contested once after each end of it."""

import asyncio
from datetime import timedelta

import pytest
from rooms import CHIEF, NOON, SENDER, actor, holds, officer
from screened import Through
from towns import corner

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel, call
from gengfu.capabilities.control_room.cases.incidents import Located, incident, reopen
from gengfu.capabilities.control_room.cases.receipts import (
    CODE_LETTERS,
    LETTERS,
    contests,
    give_once,
    not_fixed,
    read_code,
    read_matter,
    receipt,
    report_in,
    said_code,
)
from gengfu.capabilities.control_room.cases.roles import CALLER
from gengfu.capabilities.control_room.rules.policy import Contesting
from gengfu.capabilities.control_room.screens import track
from gengfu.kernel import CLOCKWORK, Forbidden, NotFound, Place, RuleBroken
from gengfu.kernel.both import half
from gengfu.kernel.tasks import finish, sign, task

RESIDENT = actor("anonymous", CALLER)
RULE = Contesting(within=timedelta(days=14), most=3)


def web(**more):
    lon, lat = corner(0, 1)
    facts = {
        "channel": Channel.WEB,
        "type": "gas-leak",
        "priority": 2,
        "text": "it smells behind number 9",
        "place": Place(lon, lat, "Secret Street 9"),
        "located": Located.UNVERIFIED,
        "caller_name": "Rosa Perez",
        "callback": "5551234567",
    }
    return Heard(**(facts | more))


@pytest.fixture
def given(room):
    return room.do(RESIDENT, lambda desk: report_in(desk, web()))


def accepted(room, given):
    return room.do(SENDER, lambda d: actions.accept(d, given.call, web()))[1]


def sent(room, given, agency="gas"):
    case = accepted(room, given)
    room.send(case, agencies=(agency,))
    return case


def task_of(room, case, number=-1):
    return room.do(CHIEF, lambda d: d.list(task, about=case.id))[number]


def done(room, case, agency="gas"):
    asked = task_of(room, case)
    room.do(officer(agency), lambda d: d.apply(asked.id, sign))
    room.do(officer(agency), lambda d: d.apply(asked.id, finish, "valve closed"))


def closed(room, case):
    room.do(CHIEF, lambda d: actions.close_out(d, case.id, "done", reason="by phone"))


def contested(room, given, rule=RULE, who=RESIDENT):
    return room.do(who, lambda desk: contests(desk, given.id, rule))


def matter(room, given):
    return room.office.look(lambda r: read_matter(r, room.office.codec, given.id))


def test_a_code_is_read_as_people_write_it(given):
    shown = said_code(given.id)
    assert len(shown) == CODE_LETTERS + 2
    for words in (shown, shown.lower(), shown.replace("-", " "), f" {shown}  "):
        assert read_code(words) == given.id
    for words in ("", shown[:-1], shown[:-1] + "0", "I" * 12, "x" * 4000):
        assert read_code(words) is None
    assert len(set(LETTERS)) == 32
    assert not set("01IO") & set(LETTERS)


def test_codes_differ_and_tell_nothing_of_the_call(room, given):
    others = [room.do(RESIDENT, lambda d: report_in(d, web())) for _ in range(50)]
    assert len({one.id for one in others} | {given.id}) == 51
    row = room.office.look(lambda r: r.find(receipt.kind, given.id))
    for word in (b"Rosa", b"555", b"smells", b"Secret"):
        assert word not in row.body


def test_the_same_agency_is_asked_anew_with_a_clock_of_its_own(room, given):
    case = sent(room, given)
    done(room, case)
    closed(room, case)
    assert case.id not in room.room.picture.incidents
    room.wait(days=2)
    again = contested(room, given)
    assert (again.stage, again.agencies, again.reopened) == ("dispatched", ("gas",), 1)
    first, asked = room.do(CHIEF, lambda d: d.list(task, about=case.id))
    assert (first.stage, asked.stage, asked.agency) == ("done", "open", "gas")
    assert asked.sign_by == room.clock() + first.spec.sign_within
    assert asked.spec.role == first.spec.role
    assert "not fixed" in half(asked.spec.words, "en")
    assert "未解决" in half(asked.spec.words, "zh")
    assert [t.id for t in room.room.picture.tasks_of(case.id)] == [asked.id]
    assert room.room.picture.incidents[case.id].stage == "dispatched"
    told = [event for event in room.events if "gas" in event.audience]
    assert told[-1].data.case == asked.id
    moves = room.office.look(
        lambda r: [
            (e.entry.move, e.entry.actor, e.entry.role)
            for kind, one in ((receipt.kind, given.id), (incident.kind, case.id))
            for e in r.entries_of(kind, one)
        ]
    )
    assert ("contest", "anonymous", CALLER) in moves
    assert moves[-1] == (not_fixed.name, "clockwork", CLOCKWORK)
    room.do(officer("gas"), lambda d: actions.signs(d, asked.id))
    holds(room)


def test_earlier_ends_are_told_with_what_was_said_and_when(room, given):
    case = sent(room, given)
    room.wait(minutes=10)
    done(room, case)
    first_done = room.clock()
    room.wait(minutes=5)
    closed(room, case)
    first_closed = room.clock()
    assert matter(room, given).earlier == ()
    room.wait(hours=3)
    contested(room, given)
    (end,) = matter(room, given).earlier
    assert end.closed_at == first_closed
    assert end.done == (("gas", first_done),)
    assert end.contested_at == room.clock()
    assert matter(room, given).closed_at is None
    room.wait(minutes=7)
    done(room, case)
    second_done = room.clock()
    room.wait(minutes=1)
    contested(room, given)  # the agency said so, nobody closed it
    first, second = matter(room, given).earlier
    assert first == end
    assert (second.closed_at, second.done) == (None, (("gas", second_done),))
    room.wait(minutes=1)
    done(room, case)
    closed(room, case)
    last = matter(room, given)
    assert (last.closed_at, last.earlier) == (room.clock(), (first, second))
    assert room.get(incident, case.id).contested == 2


def test_a_closing_that_was_undone_at_the_desk_is_no_earlier_end(room, given):
    case = sent(room, given)
    closed(room, case)
    room.do(CHIEF, lambda d: d.apply(case.id, reopen, "pressed too early"))
    found = matter(room, given)
    assert (found.closed_at, found.earlier) == (None, ())
    room.wait(minutes=1)
    closed(room, case)
    found = matter(room, given)
    assert (found.closed_at, found.earlier) == (room.clock(), ())


def test_who_telephones_gets_a_code_once_and_a_machine_none(room):
    def heard(channel):
        return web(channel=channel)

    def job(channel):
        def taken(desk):
            made, _ = actions.take_call(desk, heard(channel))
            return made, give_once(desk, made), give_once(desk, made)

        return taken

    for channel in (Channel.PHONE, Channel.TEXT, Channel.WEB):
        made, code, again = room.do(SENDER, job(channel))
        assert again is None
        found = room.office.look(
            lambda r, code=code: read_matter(r, room.office.codec, code.id)
        )
        assert found.call.id == made.id
    for channel in (Channel.ALARM, Channel.AGENCY):
        assert room.do(SENDER, job(channel))[1:] == (None, None)


def test_what_units_ended_waits_for_the_desk_again(room, given):
    case = accepted(room, given)
    closed(room, case)
    again = contested(room, given)
    assert again.stage == "waiting"
    within = again.dispatch_within
    assert again.dispatch_by == (within and room.clock() + within)
    assert case.id in room.room.picture.incidents


def test_once_after_each_end(room, given):
    case = sent(room, given)
    with pytest.raises(RuleBroken, match="somebody is still on it"):
        contested(room, given)
    done(room, case)
    contested(room, given)  # all that the agency had to do is done
    assert room.get(incident, case.id).reopened == 0
    with pytest.raises(RuleBroken, match="somebody is still on it"):
        contested(room, given)
    room.wait(minutes=1)
    done(room, case)
    closed(room, case)
    contested(room, given)
    room.wait(minutes=1)
    done(room, case)
    contested(room, given)
    room.wait(minutes=1)
    done(room, case)
    with pytest.raises(RuleBroken, match="said 3 times"):
        contested(room, given)
    assert len(matter(room, given).receipt.contested) == 3


def test_what_the_agency_refuses_then_waits_for_the_desk(room, given):
    case = sent(room, given)
    done(room, case)
    closed(room, case)
    room.wait(days=1)
    contested(room, given)
    asked = task_of(room, case)
    room.do(officer("gas"), lambda d: actions.refuses(d, asked.id, "not ours"))
    assert room.get(incident, case.id).stage == "waiting"
    with pytest.raises(RuleBroken, match="somebody is still on it"):
        contested(room, given)


def test_said_at_the_very_end_is_said(room, given):
    case = sent(room, given)
    done(room, case)
    contested(room, given)
    done(room, case)  # within the same instant: it is not another end yet
    with pytest.raises(RuleBroken, match="said so already"):
        contested(room, given)


def test_not_for_ever(room, given):
    case = sent(room, given)
    done(room, case)
    closed(room, case)
    room.wait(days=15)
    with pytest.raises(RuleBroken, match="more than 14 days ago"):
        contested(room, given)
    assert room.get(incident, case.id).stage == "closed"


def test_a_merged_report_is_that_of_the_main_incident(room, given):
    mine = accepted(room, given)
    main = room.call(at=(0, 1))
    room.do(CHIEF, lambda d: actions.merge_into(d, mine.id, main.id, "same"))
    closed(room, main)
    assert contested(room, given).id == main.id


def test_nothing_was_done_about_it_yet(room, given):
    with pytest.raises(RuleBroken, match="not ended"):
        contested(room, given)
    with pytest.raises(NotFound):
        room.do(RESIDENT, lambda d: contests(d, "receipt-" + "2" * 12, RULE))


def test_only_who_may_report_may_contest(room, given):
    closed(room, accepted(room, given))
    with pytest.raises(Forbidden):
        contested(room, given, who=officer("gas"))


def test_a_resident_moves_no_incident_by_hand(room, given):
    case = accepted(room, given)
    closed(room, case)
    with pytest.raises(Forbidden):
        room.do(RESIDENT, lambda d: d.apply(case.id, not_fixed, ()))


@pytest.mark.parametrize("zh", [False, True])
def test_the_page_says_how_far_it_is_and_nothing_else(room, given, zh, monkeypatch):
    async def do(self, job):
        return self.running.do(self.actor, job)

    async def look(self, job):
        return self.running.office.look(job)

    for name, way in (("do", do), ("look", look)):
        monkeypatch.setattr(Through, name, way, raising=False)
    monkeypatch.setattr(Through, "codec", room.office.codec, raising=False)
    door = Through(room, actor=RESIDENT, language="zh" if zh else "en")
    code = said_code(given.id)

    def shown():
        return asyncio.run(track.fill(door, {"code": code}))["matter"]

    assert shown()["state"] == "received"
    case = sent(room, given)
    assert shown()["state"] == "sent"
    (asked,) = shown()["agencies"]
    assert asked.stage == "open"
    done(room, case)
    assert (shown()["state"], shown()["may_contest"]) == ("done", True)
    closed(room, case)
    ended = shown()
    assert (ended["state"], ended["may_contest"]) == ("ended", True)
    assert all(step.at == NOON for step in ended["steps"] if step.name != "there")
    for secret in ("Rosa", "555", "smells", "Secret", case.id, given.call):
        assert secret not in repr(ended)
    form = {"code": code, "move": "not_fixed"}
    after = asyncio.run(track.take(door, form))
    assert after["passed_on"]
    assert after["matter"]["state"] == "again"
    (before,) = after["matter"]["earlier"]
    assert (before.ended_at, before.by_holder) == (NOON, True)
    for secret in ("Rosa", "555", "smells", "Secret", case.id, given.call):
        assert secret not in repr(after["matter"])
    twice = asyncio.run(track.take(door, form))
    assert "passed_on" in twice
    assert not twice["passed_on"]
    assert twice["problem"]
    unknown = asyncio.run(track.fill(door, {"code": "AAAA-AAAA-AAAA"}))
    assert unknown["matter"] is None
    assert unknown["problem"] == track.UNKNOWN[zh]


def test_a_report_that_came_to_nothing_says_so(room, given):
    room.do(SENDER, lambda d: d.apply(given.call, call.moves["dismiss"], "a prank"))
    found = matter(room, given)
    assert track.state(found) == "dismissed"
    with pytest.raises(RuleBroken):
        found.check_contest(RULE, room.clock())
