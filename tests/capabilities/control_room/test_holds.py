"""A hold binds words wherever they go: merged, joined to an incident, taken apart."""

from datetime import timedelta

import pytest
from rooms import CHIEF, SENDER
from wordy import WATCHER, ask, clocks

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel, call
from gengfu.capabilities.control_room.cases.forgetting import dismisses
from gengfu.capabilities.control_room.cases.incidents import reopen
from gengfu.capabilities.control_room.cases.keepings import holds, releases
from gengfu.capabilities.control_room.live.keepings import held_keepings
from gengfu.kernel import AUDITOR, Ref, RuleBroken


def stop(room, about, who=WATCHER):
    until = room.clock() + timedelta(days=90)
    room.do(who, lambda d: holds(d, about, "complaint", until))


def shut(room, case):
    room.do(CHIEF, lambda d: actions.close_out(d, case, "out", reason="by phone"))


def test_a_hold_goes_with_an_incident_that_is_merged_and_comes_back(room):
    other, case = room.call(at=(0, 1)), room.call(at=(0, 1))
    about, main = Ref("incident", other.id), Ref("incident", case.id)
    stop(room, about)
    room.do(SENDER, lambda d: actions.merge_into(d, other.id, case.id, "same"))
    shut(room, case.id)
    with pytest.raises(RuleBroken, match="held by auditor"):
        ask(room, case.id, callers=2)
    with pytest.raises(RuleBroken, match="only an auditor"):
        room.do(CHIEF, lambda d: releases(d, about, "enough"))
    room.do(SENDER, lambda d: d.apply(case.id, reopen, "it is two"))
    room.do(SENDER, lambda d: actions.undo_merge(d, other.id, "it is two"))
    for one in (other, case):
        shut(room, one.id)
        with pytest.raises(RuleBroken, match="held by auditor"):
            ask(room, one.id)
    for one in (about, main):
        room.do(WATCHER, lambda d, o=one: releases(d, o, "answered"))
        ask(room, one.id)


def test_what_was_held_before_it_was_merged_is_released_with_the_main_incident(room):
    other, case = room.call(at=(0, 1)), room.call(at=(0, 1))
    stop(room, Ref("incident", other.id))
    stop(room, Ref("incident", case.id), CHIEF)
    room.do(SENDER, lambda d: actions.merge_into(d, other.id, case.id, "same"))
    held = room.office.look(lambda r: held_keepings(room.room.codec, r))
    assert [(one.about.id, one.hold.role) for one in held] == [(case.id, AUDITOR)]
    shut(room, case.id)
    room.do(WATCHER, lambda d: releases(d, Ref("incident", other.id), "answered"))
    ask(room, case.id, callers=2)


def test_a_hold_goes_with_a_call_that_becomes_an_incident_and_comes_back(room):
    heard = Heard(channel=Channel.PHONE, type="structure-fire", priority=1, text="w")
    taken = room.do(SENDER, lambda d: actions.take_in(d, heard))
    about = Ref("call", taken.id)
    stop(room, about)
    _, case = room.do(SENDER, lambda d: actions.accept(d, taken.id, heard))
    shut(room, case.id)
    with pytest.raises(RuleBroken, match="held by auditor"):
        ask(room, case.id)
    room.do(SENDER, lambda d: d.apply(case.id, reopen, "another one"))
    room.do(SENDER, lambda d: actions.split_call(d, taken.id, "another one"))
    rule = room.room.rulebook.retention.dismissed
    room.do(SENDER, lambda d: dismisses(d, taken.id, "nothing", rule))
    room.wait(days=101)
    clocks(room)
    assert room.get(call, taken.id).text == "w"
