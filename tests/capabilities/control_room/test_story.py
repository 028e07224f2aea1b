"""A call becomes help: the whole story, told at the desk."""

from datetime import timedelta

import pytest
from rooms import CHIEF, NOON, SENDER, TAKER, actor, crew, holds, officer

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.incidents import (
    IncidentStage,
    control,
    correct_clock,
    incident,
    note,
    relocate,
    reopen,
    reprioritise,
)
from gengfu.capabilities.control_room.cases.orders import (
    OrderStage,
    acknowledge,
    order,
)
from gengfu.capabilities.control_room.cases.orders import read as order_read
from gengfu.capabilities.control_room.cases.orders import send as order_send
from gengfu.capabilities.control_room.cases.recommendations import (
    RecommendationStage,
    recommendation,
)
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.cases.units import (
    UnitStage,
    check_in,
    miss_check_in,
    unit,
)
from gengfu.capabilities.control_room.live.history import history
from gengfu.capabilities.control_room.live.views import task_view
from gengfu.kernel import (
    CaseId,
    Forbidden,
    RuleBroken,
    Seen,
    Stale,
    TaskStage,
    WrongStage,
    clockwork,
)
from gengfu.kernel.both import half
from gengfu.kernel.tasks import escalate, refuse, sign, task


def test_a_call_becomes_help_and_every_clock_is_stamped(room):
    case = room.call(at=(0, 1))
    room.wait(seconds=20)
    ranking = room.recommend(case)
    assert next(r.unit for r in ranking.rows if r.chosen) == "e1"
    room.wait(seconds=5)
    room.send(
        case,
        *[r.unit for r in ranking.rows if r.chosen],
        agencies=("gas",),
        ranking=ranking,
    )
    room.wait(seconds=60)
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.wait(seconds=50)
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    room.wait(minutes=20)
    room.do(SENDER, lambda desk: actions.brings_under_control(desk, case.id))
    closed = room.do(
        SENDER,
        lambda desk: actions.close_out(desk, case.id, "fire out", free_units=True),
    )

    clocks = closed.clocks
    seconds = [
        (getattr(clocks, c) - NOON).total_seconds()
        for c in (
            "received",
            "dispatched",
            "en_route",
            "on_scene",
            "controlled",
            "closed",
        )
    ]
    assert seconds == [0, 25, 85, 135, 1335, 1335]
    assert closed.stage is IncidentStage.CLOSED
    assert room.get(unit, "e1").stage is UnitStage.AVAILABLE
    assert room.get(recommendation, ranking.id).stage is RecommendationStage.TAKEN
    (gas,) = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))
    assert gas.stage is TaskStage.WITHDRAWN
    holds(room)


def test_what_no_agency_of_the_city_can_be_asked_is_said_and_units_go_all_the_same(
    room,
):
    case = room.call()  # the card asks for gas, power and water; nobody here has water
    ranking = room.recommend(case)
    asked = tuple(task.agency for task in ranking.tasks)
    assert {"gas", "power"} <= set(asked)
    assert "water" not in asked
    warned = [w for w in ranking.plan.warnings if "'water'" in w.text]
    assert len(warned) == 1
    assert "本市没有机构'water'" in warned[0].text_zh
    sent = room.send(case, "e1", agencies=asked, ranking=ranking, reason="near")
    assert set(sent.agencies) == set(asked)


def test_sending_others_than_recommended_needs_a_reason_and_keeps_it(room):
    case = room.call(at=(0, 1))
    ranking = room.recommend(case)
    with pytest.raises(RuleBroken):
        room.send(case, "e2", ranking=ranking)
    assert room.get(unit, "e2").stage is UnitStage.AVAILABLE, "nothing is half done"
    room.send(case, "e2", ranking=ranking, reason="knows the building")
    stored = room.get(recommendation, ranking.id)
    assert (stored.stage, stored.override_reason) == (
        RecommendationStage.OVERRIDDEN,
        "knows the building",
    )


def test_a_unit_is_never_on_two_incidents(room):
    one, two = room.call(at=(0, 1)), room.call(at=(4, 4))
    room.send(one, "e1")
    with pytest.raises(RuleBroken):
        room.send(two, "e1")


def test_a_unit_on_its_way_goes_on_to_something_more_urgent(room):
    minor = room.call(at=(0, 5), type="theft", priority=3)
    room.send(minor, "p1")
    room.do(crew("p1"), lambda desk: actions.rolls(desk, "p1"))
    major = room.call(at=(2, 3), type="robbery", priority=1)
    room.send(major, "p1")
    assert room.get(unit, "p1").incident == major.id
    left = room.get(incident, minor.id)
    assert left.running() == ()
    assert left.stage is IncidentStage.WAITING
    why = left.assignments[0].stood_down
    assert half(why, "en") == f"sent on to {major.code}"
    assert half(why, "zh") == f"改派至{major.code}"
    assert left.clocks.dispatched is not None, "no clock is reset"


def test_a_second_caller_joins_the_incident(room):
    first = room.call(at=(0, 1))
    joined = room.call(at=(0, 1), same_as=first.id)
    assert joined.id == first.id
    assert len(joined.calls) == 2
    room.do(
        TAKER, lambda desk: actions.split_call(desk, joined.calls[1], "other street")
    )
    assert len(room.get(incident, first.id).calls) == 1


def test_a_call_can_be_dispatched_before_its_place_is_verified(room):
    case = room.call(at=(0, 1))
    assert room.get(incident, case.id).clocks.located is not None
    room.send(case, "e1")
    assert room.get(incident, case.id).stage is IncidentStage.DISPATCHED


def test_closing_waits_for_the_units(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    with pytest.raises(RuleBroken, match="E1"):
        room.do(SENDER, lambda desk: actions.close_out(desk, case.id, "done"))


def test_what_nobody_saw_needs_a_reason_to_be_over(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    assert room.room.incident_view(room.get(incident, case.id)).unseen

    def over(desk, reason=""):
        return actions.brings_under_control(desk, case.id, reason)

    def close(desk, reason=""):
        return actions.close_out(desk, case.id, "done", reason=reason, free_units=True)

    for move in (over, close):
        for reason in ("", "  "):
            with pytest.raises(RuleBroken, match="give a reason"):
                room.do(SENDER, lambda desk, m=move, r=reason: m(desk, r))
    controlled = room.do(SENDER, lambda desk: over(desk, "seen by camera"))
    assert controlled.notes[-1].text == "seen by camera"
    assert not controlled.unseen
    assert room.do(SENDER, close).stage is IncidentStage.CLOSED


def test_what_somebody_saw_needs_none(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    room.do(crew("e1"), lambda desk: actions.frees(desk, "e1"))
    closed = room.do(SENDER, lambda desk: actions.close_out(desk, case.id, "done"))
    assert (closed.stage, closed.notes) == (IncidentStage.CLOSED, ())


def test_a_call_that_was_nothing_says_so(room):
    case = room.call(at=(0, 1))
    with pytest.raises(RuleBroken, match="give a reason"):
        room.do(SENDER, lambda desk: actions.close_out(desk, case.id, "false alarm"))
    why = "called back: burnt toast"
    closed = room.do(
        SENDER, lambda desk: actions.close_out(desk, case.id, "false", reason=why)
    )
    assert closed.notes[-1].text == why


def test_reopening_keeps_every_clock(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    closed = room.do(
        SENDER,
        lambda desk: actions.close_out(
            desk, case.id, "done", reason="the caller says so", free_units=True
        ),
    )
    room.wait(minutes=3)
    again = room.do(SENDER, lambda desk: desk.apply(case.id, reopen, "it burns again"))
    assert again.clocks == closed.clocks
    assert again.stage in incident.stages
    assert again.reopened == 1


def test_a_clock_is_corrected_in_the_open(room):
    case = room.call(at=(0, 1))
    room.wait(minutes=5)
    right = room.do(
        CHIEF,
        lambda desk: desk.apply(case.id, correct_clock, "answered", NOON, "phone log"),
    )
    (correction,) = right.corrections
    assert correction.now == NOON
    assert correction.by == "chen"
    with pytest.raises(Forbidden):
        room.do(
            SENDER,
            lambda desk: desk.apply(case.id, correct_clock, "answered", NOON, "no"),
        )
    with pytest.raises(RuleBroken, match="future"):
        room.do(
            CHIEF,
            lambda desk: desk.apply(
                case.id, correct_clock, "answered", NOON.replace(year=2030), "no"
            ),
        )


def test_a_crew_speaks_only_for_itself(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    with pytest.raises(RuleBroken):
        room.do(crew("e2"), lambda desk: actions.rolls(desk, "e1"))


def test_an_agency_signs_for_its_own_tasks_only(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas", "power"))
    gas, power = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))
    assert (gas.agency, power.agency) == ("gas", "power")
    signed = room.do(officer("gas"), lambda desk: desk.apply(gas.id, sign))
    assert (signed.stage, signed.signed_by) == (TaskStage.SIGNED, "gas")
    with pytest.raises(RuleBroken):
        room.do(officer("gas"), lambda desk: desk.apply(power.id, sign))
    refused = room.do(
        officer("power"), lambda desk: desk.apply(power.id, refuse, "no crew")
    )
    assert refused.cause == "no crew"
    holds(room)


def test_a_crew_called_off_decides_no_more_and_may_still_write(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", "e2")
    room.do(SENDER, lambda desk: actions.call_off(desk, case.id, "e1", "not needed"))
    with pytest.raises(RuleBroken, match="not on"):
        room.do(crew("e1"), lambda desk: desk.apply(case.id, control, "all out"))
    with pytest.raises(RuleBroken, match="not on"):
        room.do(crew("e1"), lambda desk: desk.apply(case.id, relocate, case.place))
    room.do(crew("e1"), lambda desk: desk.apply(case.id, note, "hydrant blocked"))
    over = room.do(crew("e2"), lambda desk: desk.apply(case.id, control, "all out"))
    assert over.under_control


def test_a_silent_crew_is_noticed_and_heard_again(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1", timedelta(minutes=10)))
    room.wait(minutes=10)
    platform = clockwork(RESPONSE)
    silent = room.do(platform, lambda desk: desk.apply("e1", miss_check_in))
    assert silent.missed_check_ins == 1
    fine = room.do(crew("e1"), lambda desk: desk.apply("e1", check_in))
    assert fine.missed_check_ins == 0
    with pytest.raises(RuleBroken):
        room.do(platform, lambda desk: desk.apply("e1", miss_check_in))


def test_a_stale_screen_is_told_so(room):
    case = room.call(at=(0, 1))
    room.do(SENDER, lambda desk: desk.apply(case.id, reprioritise, 2, "smoke only"))
    with pytest.raises(Stale):
        room.do(
            SENDER,
            lambda desk: desk.apply(
                Seen(case.id, case.version), reprioritise, 3, "late"
            ),
        )


def test_roles_and_stages_are_kept(room):
    case = room.call(at=(0, 1))
    with pytest.raises(Forbidden):
        room.send(case, "e1", who=TAKER)
    with pytest.raises(Forbidden):
        room.do(actor("nobody"), lambda desk: desk.apply(case.id, reprioritise, 2, "x"))
    with pytest.raises(WrongStage):
        room.do(crew("e1"), lambda desk: actions.rolls(desk, "e1"))


def test_who_called_is_sealed_and_every_reading_is_recorded(room):
    case = room.call(at=(0, 1), caller_name="Ana Rojas", callback="+56 51 123456")
    stored = room.office.look(
        lambda reader: (
            [r.body for r in reader.rows("call")]
            + [e.sealed.facts for e in reader.entries(-1, 100)]
        )
    )
    assert not any(b"Rojas" in body or b"123456" in body for body in stored)
    assert room.do(TAKER, lambda desk: actions.reveal_caller(desk, case.calls[0])) == (
        "Ana Rojas",
        "+56 51 123456",
    )
    (reading,) = room.office.look(lambda reader: reader.rows("reading"))
    assert case.calls[0].encode() in reading.body


def test_what_burns_again_is_not_under_control(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas",))
    seen = "seen by camera"
    room.do(SENDER, lambda desk: actions.brings_under_control(desk, case.id, seen))
    closed = room.do(
        SENDER, lambda desk: actions.close_out(desk, case.id, "out", free_units=True)
    )
    again = room.do(SENDER, lambda desk: desk.apply(case.id, reopen, "it burns again"))
    assert again.stage is IncidentStage.WAITING
    assert again.clocks == closed.clocks
    room.send(case, "e1", agencies=("gas",))
    assert len(room.room.picture.tasks_of(case.id)) == 1
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    over = room.do(crew("e1"), lambda desk: actions.brings_under_control(desk, case.id))
    assert over.stage is IncidentStage.CONTROLLED
    assert over.clocks.controlled == closed.clocks.controlled


def test_a_crew_speaks_only_of_the_incident_it_was_sent_to(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    place = case.place
    for move in (
        lambda desk: actions.brings_under_control(desk, case.id, "quiet"),
        lambda desk: desk.apply(case.id, note, "all quiet"),
        lambda desk: desk.apply(case.id, relocate, place),
    ):
        with pytest.raises(RuleBroken, match="was not sent"):
            room.do(crew("e2"), move)
        room.do(crew("e1"), move)


def test_an_order_is_read_and_acknowledged_by_its_own_crew(room):
    case = room.call(at=(0, 1))
    sent = room.do(
        SENDER,
        lambda desk: desk.open(order_send, CaseId("e1"), "Use the back", case.id),
    )
    with pytest.raises(RuleBroken):
        room.do(crew("e2"), lambda desk: desk.apply(sent.id, order_read))
    read = room.do(crew("e1"), lambda desk: desk.apply(sent.id, order_read))
    assert read.read_at == NOON
    room.wait(minutes=1)
    done = room.do(crew("e1"), lambda desk: desk.apply(sent.id, acknowledge))
    assert (done.stage, done.read_at) == (OrderStage.ACKNOWLEDGED, NOON)
    told = room.office.look(lambda reader: history(room.room, reader, case.id))
    assert [o.text for o in told.orders] == ["Use the back"]
    moves = [item.move for item in told.timeline if item.kind == order.kind]
    assert moves == ["send", "read", "acknowledge"]
    holds(room)


def test_whoever_is_told_of_a_late_signature_is_named_with_the_task(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1", agencies=("gas",))
    asked = room.do(CHIEF, lambda desk: desk.list(task, about=case.id))[0]
    assert task_view(asked).told == ()
    room.wait(seconds=(asked.sign_by - asked.opened_at).total_seconds())
    late = room.do(clockwork(RESPONSE), lambda desk: desk.apply(asked.id, escalate))
    first = asked.spec.ladder[0]
    assert task_view(late).told == (first.tell,)


def test_a_crew_sees_what_callers_answered_the_latest_word_counting(room):
    case = room.call(at=(0, 1), type="structure-fire", answers={"inside": "no"})
    room.call(at=(0, 1), answers={"inside": "yes"}, same_as=case.id)
    told = room.office.look(lambda reader: history(room.room, reader, case.id))
    kind = room.room.rulebook.catalogue.get("structure-fire")
    asked = next(q for q in kind.questions if q.id == "inside")
    assert [(one.question, one.answer, one.answer_zh) for one in told.answers] == [
        (asked.said.en, "yes", "是")
    ]
