"""What an incident turned out to be: said at its closing, put right afterwards."""

import pytest
from rooms import CHIEF, SENDER, TAKER, crew

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.forgetting import keep_incident
from gengfu.capabilities.control_room.cases.incidents import incident, reopen
from gengfu.capabilities.control_room.cases.outcomes import Finding
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.live.history import history
from gengfu.kernel import BadInput, Forbidden, Ref, RuleBroken, WrongStage
from gengfu.kernel.erasing import erase_words


def closed(room, case, **said):
    return room.do(
        SENDER,
        lambda d: actions.close_out(d, case.id, "out", reason="seen", **said),
    )


def put_right(room, case, deaths, reason="died in hospital", who=SENDER):
    return room.do(who, lambda d: d.apply(case.id, correct_deaths, deaths, reason))


def test_who_closes_says_how_many_died(room):
    case = room.call(at=(0, 1))
    assert (case.deaths, case.finding) == (None, None)
    after = closed(room, case, deaths=2, finding=Finding.CONFIRMED)
    assert (after.deaths, after.finding, after.recounts) == (2, "confirmed", ())
    shown = room.office.look(lambda r: history(room.room, r, case.id))
    assert (shown.incident.deaths, shown.incident.finding) == (2, "confirmed")
    (entry,) = (one for one in shown.timeline if one.move == "close")
    assert (entry.facts["deaths"], entry.facts["finding"]) == (2, "confirmed")


def test_what_is_left_out_stays_as_it_was_said(room):
    case = room.call(at=(0, 1))
    assert closed(room, case).deaths is None
    room.do(SENDER, lambda d: d.apply(case.id, reopen, "smoke again"))
    closed(room, case, deaths=1, finding=Finding.CONFIRMED)
    room.do(SENDER, lambda d: d.apply(case.id, reopen, "smoke again"))
    after = closed(room, case)
    assert (after.deaths, after.finding) == (1, "confirmed")
    room.do(SENDER, lambda d: d.apply(case.id, reopen, "smoke again"))
    after = closed(room, case, deaths=0, finding=Finding.FALSE_ALARM)
    assert (after.deaths, after.finding) == (0, "false_alarm")


@pytest.mark.parametrize("deaths", [-1, 10_000])
def test_no_such_number_of_people(room, deaths):
    case = room.call(at=(0, 1))
    with pytest.raises(BadInput, match="deaths"):
        closed(room, case, deaths=deaths)
    closed(room, case)
    with pytest.raises(BadInput, match="deaths"):
        put_right(room, case, deaths)


def test_a_death_in_hospital_comes_later_and_the_old_number_stays(room):
    case = room.call(at=(0, 1))
    with pytest.raises(WrongStage):
        put_right(room, case, 1)
    clocks = closed(room, case).clocks
    with pytest.raises(Forbidden):
        put_right(room, case, 1, who=crew("e1"))
    with pytest.raises(Forbidden):
        put_right(room, case, 1, who=TAKER)
    room.wait(days=9)
    put_right(room, case, 1)
    room.wait(days=2)
    after = put_right(room, case, 2, "a second one", who=CHIEF)
    assert after.deaths == 2
    assert [(r.was, r.now, r.by) for r in after.recounts] == [
        (None, 1, "bo"),
        (1, 2, "chen"),
    ]
    with pytest.raises(RuleBroken, match="already"):
        put_right(room, case, 2)
    shown = room.office.look(lambda r: history(room.room, r, case.id))
    assert shown.recounts == after.recounts
    assert after.clocks == clocks


def test_nobody_dies_of_what_did_not_happen(room):
    case = room.call(at=(0, 1))
    with pytest.raises(RuleBroken, match="something had happened"):
        closed(room, case, deaths=1, finding=Finding.FALSE_ALARM)
    closed(room, case, deaths=0, finding=Finding.NOTHING_FOUND)
    with pytest.raises(RuleBroken, match="something had happened"):
        put_right(room, case, 1)


def test_the_count_outlives_the_words(room):
    case = room.call(at=(0, 1))
    rule = room.room.rulebook.retention.rule_for(case.type)

    def job(desk):
        done = actions.close_out(desk, case.id, "out", reason="seen", deaths=1)
        keep_incident(desk, done, rule)
        desk.apply(case.id, correct_deaths, 3, "told-by-the-family")
        erase_words(desk, Ref(incident.kind, case.id), rule, "asked for")
        return desk.get(incident, case.id)

    after = room.office.serve(CHIEF, RESPONSE, job)
    assert (after.stage, after.deaths) == ("erased", 3)
    assert [(r.now, r.reason) for r in after.recounts] == [(3, "")]
    row = room.office.look(lambda r: r.find(incident.kind, case.id))
    assert b"told-by-the-family" not in row.body
