"""The live room: who gets there first on the roads of now, and what screens hear."""

from dataclasses import replace
from datetime import timedelta

import pytest
from rooms import CHIEF, SENDER, TAKER, crew, officer, open_room
from screened import filled
from towns import corner, town

from gengfu.capabilities.control_room.api.calls import CallForm
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Channel, call
from gengfu.capabilities.control_room.cases.closures import close, lapse, lift
from gengfu.capabilities.control_room.cases.incidents import (
    IncidentStage,
    reprioritise,
)
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import go_out_of_service
from gengfu.capabilities.control_room.live import sameness
from gengfu.capabilities.control_room.live.reports import clock_report
from gengfu.capabilities.control_room.live.views import call_view
from gengfu.capabilities.control_room.screens import supervision as supervision_page
from gengfu.kernel import NotFound, RuleBroken, clockwork
from gengfu.kernel.tasks import hand_over, sign
from gengfu.science.roads import FirstDue, TravelModel


def arrivals(ranking):
    return {row.unit: row.seconds for row in ranking.rows}


def at(room, unit, column, row):
    lon, lat = corner(column, row)
    now = room.room.now()
    assert room.room.positions.take(unit, lon, lat, now, now)


def cars(*places):
    return open_room(
        town(*[(f"P{n}", "patrol-car", place) for n, place in enumerate(places)])
    )


def test_travel_time_is_by_road_from_the_post():
    room = cars((0, 0), (3, 0))
    case = room.call(at=(2, 0), type="theft", priority=3)
    assert arrivals(room.recommend(case)) == {"p0": 80, "p1": 40}


def test_a_fresh_position_counts_more_than_the_post():
    room = cars((0, 0), (3, 0))
    at(room, "p0", 2, 0)
    case = room.call(at=(2, 0), type="theft", priority=3)
    ranking = room.recommend(case)
    assert arrivals(ranking)["p0"] == pytest.approx(0, abs=0.01)
    assert next(r for r in ranking.rows if r.unit == "p0").origin.source == "position"


def test_a_unit_on_its_way_is_offered_while_that_is_less_urgent():
    room = cars((0, 0), (5, 5))
    minor = room.call(at=(0, 5), type="theft", priority=3)
    room.send(minor, "p0")
    major = room.call(at=(1, 0), type="robbery", priority=1)

    def offered():
        return room.recommend(major).rows[0].unit == "p0"

    assert offered()
    room.do(TAKER, lambda desk: desk.apply(minor.id, reprioritise, 1, "armed"))
    assert not offered(), "as urgent by now"
    room.do(TAKER, lambda desk: desk.apply(minor.id, reprioritise, 2, "unarmed"))
    assert offered()
    room.do(SENDER, lambda desk: actions.call_off(desk, minor.id, "p0", "over"))
    assert offered(), "free"


def test_many_units_on_their_way_do_not_hide_those_that_will_soon_be_free(monkeypatch):
    room = cars(*[(0, 0)] * 20, (5, 4), (5, 5))
    minor = room.call(at=(0, 1), type="theft", priority=3)
    room.send(minor, *[f"p{n}" for n in range(20)])
    other = room.call(at=(5, 4), type="theft", priority=3)
    for unit in ("p20", "p21"):
        room.send(other, unit)
        for act in (actions.rolls, actions.arrives, actions.clears):
            room.do(crew(unit), lambda desk, act=act, unit=unit: act(desk, unit))
    major = room.call(at=(1, 0), type="robbery", priority=1)
    streets, nearest = room.room.streets, room.room.streets.nearest
    asked = []

    def counted(goal, most, *more):
        asked.append(most)
        return nearest(goal, most, *more)

    monkeypatch.setattr(streets, "nearest", counted)
    found = room.room.recommend(room.room.open_incident(major.id)).found
    some = room.room.rulebook.policy.nearest
    assert found.considered == some + 2
    assert max(asked) == 2 * some, "not all that are on their way are looked at"


def test_a_closure_counts_at_once_and_is_lifted_on_time():
    room = cars((0, 0))
    case = room.call(at=(1, 0), type="theft", priority=3)
    edges = room.room.edges_within(
        *[sum(p) / 2 for p in zip(corner(0, 0), corner(1, 0), strict=True)], 20
    )
    assert len(edges) == 2, "both directions of the street"
    until = room.room.now() + timedelta(minutes=30)
    closed = room.do(
        SENDER, lambda desk: desk.open(close, edges, "burst main", until, None, False)
    )
    assert arrivals(room.recommend(case))["p0"] == 120, "round the block"
    with pytest.raises(RuleBroken):
        room.do(clockwork(RESPONSE), lambda desk: desk.apply(closed.id, lapse))
    room.wait(minutes=30)
    room.do(clockwork(RESPONSE), lambda desk: desk.apply(closed.id, lapse))
    assert arrivals(room.recommend(case))["p0"] == 40


def test_a_street_closed_twice_opens_when_both_are_lifted():
    room = cars((0, 0))
    case = room.call(at=(1, 0), type="theft", priority=3)
    middle = [sum(p) / 2 for p in zip(corner(0, 0), corner(1, 0), strict=True)]
    edges = room.room.edges_within(*middle, 20)
    until = room.room.now() + timedelta(hours=1)
    one = room.do(
        SENDER, lambda desk: desk.open(close, edges, "water", until, None, False)
    )
    two = room.do(
        SENDER, lambda desk: desk.open(close, edges, "crane", until, None, False)
    )
    room.do(SENDER, lambda desk: desk.apply(one.id, lift))
    assert arrivals(room.recommend(case))["p0"] == 120
    room.do(SENDER, lambda desk: desk.apply(two.id, lift))
    assert arrivals(room.recommend(case))["p0"] == 40


def test_crews_drive_through_a_cordon_at_walking_pace_and_nobody_through_a_flood():
    room = cars((0, 0), (3, 0))
    case = room.call(at=(1, 0), type="theft", priority=3)
    around = room.room.edges_within(*corner(1, 0), 20)
    assert len(around) >= 4, "more than the street of the incident itself"
    until = room.room.now() + timedelta(hours=1)
    free = arrivals(room.recommend(case))
    cordon = room.do(
        SENDER, lambda desk: desk.open(close, around, "fire", until, None, True)
    )
    held = arrivals(room.recommend(case))
    assert free["p0"] < held["p0"]
    assert set(held) == {"p0", "p1"}
    flood = room.do(
        SENDER, lambda desk: desk.open(close, around, "flood", until, None, False)
    )
    assert not arrivals(room.recommend(case))
    room.do(SENDER, lambda desk: desk.apply(flood.id, lift))
    assert arrivals(room.recommend(case)) == held
    room.do(SENDER, lambda desk: desk.apply(cordon.id, lift))
    assert arrivals(room.recommend(case)) == free


def test_arrivals_know_the_kind_of_call_and_whose_area_it_is():
    grid = town(("P0", "patrol-car", (0, 0)), ("P1", "patrol-car", (3, 0)))
    west, south = corner(-1, -1)
    everywhere = FirstDue(west, south, (9.0, 9.0), 1, ("post-P0",), (0,), 45.0)
    grid.travel_model = TravelModel(
        start_s=10.0, kind_start_s={"theft": 5.0, "theft/3": 25.0}, first_due=everywhere
    )
    room = open_room(grid)
    ranking = room.recommend(room.call(at=(2, 0), type="theft", priority=3))
    assert arrivals(ranking) == {"p0": 115, "p1": 75}
    first, second = ranking.rows
    assert (first.unit, second.unit) == ("p0", "p1"), "first due, within the margin"
    assert "first-due" in {reason.code for reason in first.reasons}
    assert "first-due" not in {reason.code for reason in second.reasons}
    burglary = room.recommend(room.call(at=(2, 0), type="theft", priority=2))
    assert arrivals(burglary) == {"p0": 95, "p1": 55}
    assert [row.unit for row in burglary.rows if row.chosen] == ["p0"]
    case = room.call(at=(0, 0), type="theft", priority=3)
    drive = room.room.drive("p1", corner(0, 0), case.type, case.priority)
    assert drive is not None
    assert drive.arrival.seconds == 155
    assert room.room.drive("p1", corner(0, 0)).arrival.seconds == 130


def test_the_citys_own_areas_of_first_response_come_before_learned_ones():
    grid = town(("P0", "patrol-car", (0, 0)), ("P1", "patrol-car", (3, 0)))
    west, south = corner(-1, -1)
    learned = FirstDue(west, south, (9.0, 9.0), 1, ("post-P1",), (0,), 45.0)
    grid.travel_model = TravelModel(first_due=learned)

    def rows(due):
        grid.due = due
        room = open_room(grid)
        case = room.call(at=(2, 0), type="theft", priority=3)
        return {
            row.unit: any(reason.code == "first-due" for reason in row.reasons)
            for row in room.recommend(case).rows
        }

    assert rows(None) == {"p0": False, "p1": True}
    assert rows({}) == {"p0": False, "p1": False}
    stated = rows({"post-P0": 60.0})
    assert stated == {"p0": True, "p1": False}
    assert next(iter(stated)) == "p0", "40 s later, of the 60 s that it may be"


def test_units_out_of_service_are_not_offered():
    room = cars((0, 0), (3, 0))
    room.do(crew("p1"), lambda desk: desk.apply("p1", go_out_of_service, "fuel"))
    case = room.call(at=(2, 0), type="theft", priority=3)
    assert list(arrivals(room.recommend(case))) == ["p0"]


def test_a_unit_that_left_meanwhile_is_refused_at_the_desk():
    room = cars((0, 0))
    one, two = (
        room.call(at=(1, 0), type="theft", priority=3),
        room.call(at=(2, 0), type="theft", priority=3),
    )
    ranking = room.recommend(two)
    room.send(one, "p0")
    with pytest.raises(RuleBroken):
        room.send(two, "p0", ranking=ranking)


def test_the_arrival_promised_is_kept_with_the_assignment():
    room = cars((0, 0))
    case = room.call(at=(2, 1), type="theft", priority=3)
    room.recommend(case)
    sent = room.send(case, "p0")
    assert sent.assignments[0].eta_s == 120


def test_cover_lost_is_what_only_this_unit_reaches():
    room = cars((0, 0), (0, 0))
    case = room.call(at=(0, 0), type="theft", priority=3)
    assert {r.cover_lost for r in room.recommend(case).rows} == {0.0}, (
        "the other one stays"
    )
    room.send(case, "p0")
    alone = room.recommend(room.call(at=(0, 0), type="theft", priority=3)).rows[0]
    assert alone.unit == "p1"
    assert alone.cover_lost > 0.5


def test_every_change_reaches_the_screens_in_order(room):
    room.events.clear()
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    seqs = [event.seq for event in room.events]
    assert seqs == sorted(seqs)
    assert [(e.data.kind, e.data.move) for e in room.events] == [
        ("call", "receive"),
        ("incident", "report"),
        ("call", "attach"),
        ("unit", "assign"),
        ("incident", "dispatch"),
    ]
    assert "e1" in room.events[-1].audience


def test_the_picture_is_the_same_when_built_anew(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas",))
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    from gengfu.capabilities.control_room import CAPABILITY

    again = CAPABILITY.start(room.room.site)
    assert again.snapshot() == room.room.snapshot()


def test_duplicates_are_offered_with_reasons(room):
    first = room.call(
        at=(0, 1), text="smoke from the roof of the market", callback="123"
    )
    from gengfu.capabilities.control_room.api.calls import Draft

    lon, lat = corner(0, 1)
    draft = Draft(
        place="market",
        lon=lon,
        lat=lat,
        type="structure-fire",
        text="the market roof is burning, smoke",
        callback="999",
    )
    (found, *_) = room.room.duplicates(draft)
    assert found.incident == first.id
    assert found.probability > 0.5
    assert found.reasons
    far = Draft(
        place="x",
        lon=corner(5, 5)[0],
        lat=corner(5, 5)[1],
        type="noise",
        text="loud music next door",
    )
    assert not room.room.duplicates(far)


def test_an_incident_without_a_place_cannot_be_ranked_and_says_so(room):
    from gengfu.capabilities.control_room.cases.actions import Heard
    from gengfu.capabilities.control_room.cases.calls import Channel
    from gengfu.capabilities.control_room.cases.incidents import Located

    heard = Heard(
        channel=Channel.PHONE, type="unknown", priority=2, located=Located.NONE
    )
    _, case = room.do(TAKER, lambda desk: actions.take_call(desk, heard))
    with pytest.raises(RuleBroken, match="no place"):
        room.recommend(case)
    room.send(case, "p1")


def test_words_of_a_place_that_is_not_on_the_map_are_shown_as_the_place(room):
    def shown(text, place, **where):
        form = CallForm(channel=Channel.PHONE, text=text, place=place, **where)
        heard = room.room.hear(form)
        taken, case = room.do(TAKER, lambda desk: actions.take_call(desk, heard))
        views = room.room.incident_view(case), call_view(taken)
        said = {(views[0].summary, views[0].place), (views[1].text, views[1].place)}
        assert len(said) == 1
        return said.pop()

    assert shown("Smoke [black]\nand fire", "behind the kiosk [blue]") == (
        "Smoke [black]\nand fire",
        "behind the kiosk [blue]",
    )
    assert shown("", "behind the kiosk") == ("", "behind the kiosk")
    assert shown("Help", "") == ("Help", "")
    lon, lat = corner(0, 1)
    assert shown("[Help]", "here", lon=lon, lat=lat) == ("[Help]", "here")


def test_an_unknown_agency_is_named(room):
    case = room.call(at=(0, 1))
    with pytest.raises(NotFound, match="wizards"):
        room.room.prepare_dispatch(case, (), ("wizards",))


def test_clocks_are_judged_against_standards(room):
    case = room.call(at=(0, 1))
    room.wait(seconds=30)
    room.send(case, "e1")
    room.wait(seconds=30)
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.wait(seconds=100)
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    report = room.office.look(
        lambda reader: clock_report(room.room, reader, "all", None, None)
    )
    first_engine = next(
        r for r in report.rows if r.standard == "nfpa-1710-first-engine"
    )
    assert (first_engine.n, first_engine.met, first_engine.share) == (1, 1, 1.0)
    assert 0 < first_engine.low < 1


def test_the_incident_follows_its_units(room):
    case = room.call(at=(0, 1))
    stages = [room.room.picture.incidents[case.id].stage]
    room.send(case, "e1", "a1")
    stages.append(room.room.picture.incidents[case.id].stage)
    for who in ("e1", "a1"):
        room.do(crew(who), lambda desk, who=who: actions.rolls(desk, who))
    stages.append(room.room.picture.incidents[case.id].stage)
    room.do(crew("a1"), lambda desk: actions.arrives(desk, "a1"))
    stages.append(room.room.picture.incidents[case.id].stage)
    assert stages == [
        IncidentStage.WAITING,
        IncidentStage.DISPATCHED,
        IncidentStage.EN_ROUTE,
        IncidentStage.ON_SCENE,
    ]
    room.do(CHIEF, lambda desk: actions.call_off(desk, case.id, "e1", "not needed"))
    room.do(crew("a1"), lambda desk: actions.transports(desk, "a1", "hospital"))
    room.do(crew("a1"), lambda desk: actions.reaches_destination(desk, "a1"))
    room.do(crew("a1"), lambda desk: actions.clears(desk, "a1"))
    assert room.room.picture.incidents[case.id].running() == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Shut the gas to the building"), ("zh", "关闭建筑燃气")],
)
def test_supervision_names_tasks_in_words(room, language, words):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (gas,) = room.room.picture.tasks.values()
    room.clock.set(gas.opened_at + 0.8 * (gas.sign_by - gas.opened_at))
    board = filled(supervision_page, room, language)["board"]
    assert [one["name"] for one in board["unsigned"]] == [words]


def test_an_agency_hears_once_that_its_task_is_gone(room):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks.values()
    room.events.clear()

    def moved(who, move, *facts):
        room.do(who, lambda desk: desk.apply(asked.id, move, *facts))
        event = room.events[-1]
        assert event.data.move == move.name
        return event.audience

    assert moved(officer("gas"), hand_over, "power", "ours") == {"gas", "power"}
    assert moved(officer("power"), hand_over, "water", "ours") == {"power", "water"}
    assert moved(officer("water"), sign) == {"water"}


def test_a_task_handed_on_twice_at_once_is_heard_by_all(room):
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (asked,) = room.room.picture.tasks.values()
    room.events.clear()

    def both(desk):
        desk.apply(asked.id, hand_over, "power", "ours")
        desk.apply(asked.id, hand_over, "water", "ours")

    room.do(CHIEF, both)
    first, second = room.events
    assert first.audience == {"gas", "power", "water"}
    assert second.audience == {"power", "water"}


def test_callers_are_forgotten_when_their_incident_has_ended(room):
    heard = room.room.sameness._heard
    first = room.call(at=(0, 1), caller_mark="123")
    second = room.call(at=(0, 1), caller_mark="456")
    assert set(heard) == {first.id, second.id}
    room.do(SENDER, lambda desk: actions.merge_into(desk, second.id, first.id, "same"))
    assert set(heard) == {first.id}
    room.do(
        SENDER,
        lambda desk: actions.close_out(desk, first.id, "handled", reason="caller"),
    )
    assert not heard


def test_callers_of_incidents_that_are_gone_do_not_pile_up(room, monkeypatch):
    monkeypatch.setattr(sameness, "MOST_SPARE", 10)
    known = room.room.sameness
    kept = room.call(at=(0, 1), caller_mark="123")
    (joined,) = room.office.serve(CHIEF, RESPONSE, lambda desk: desk.list(call))
    for n in range(100):  # calls whose incidents this server never sees open
        known.note(replace(joined, incident=f"gone-{n}"), room.room.picture)
    assert len(known._heard) <= 11
    assert kept.id in known._heard
