"""The supervisor's board means by its words what the console means by them."""

from datetime import timedelta

import pytest
from rooms import actor, officer
from screened import filled, shown

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.receipts import report_in
from gengfu.capabilities.control_room.cases.roles import CALLER
from gengfu.capabilities.control_room.live.reports import ANSWER_WITHIN, supervision
from gengfu.capabilities.control_room.screens import supervision as page
from gengfu.kernel.tasks import finish

SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(room):
    """The one task of an incident that an agency is asked about."""
    case = room.call(at=(0, 1))
    room.send(case, agencies=("gas",))
    (found,) = room.room.picture.tasks_of(case.id)
    return found


def ids(found):
    return [one.id for one in found]


def test_a_task_that_nobody_signed_for_is_unsigned_from_the_first_second(room, asked):
    board = supervision(room.room)
    assert (ids(board.unsigned), board.overdue) == ([asked.id], ())


def test_an_unsigned_task_is_late_once_its_time_to_sign_is_over(room, asked):
    room.clock.set(asked.sign_by)
    assert supervision(room.room).overdue == ()
    room.clock.set(asked.sign_by + SECOND)
    board = supervision(room.room)
    assert (ids(board.unsigned), ids(board.overdue)) == ([asked.id], [asked.id])


def test_a_signed_task_is_late_once_its_time_to_do_it_is_over(room, asked):
    room.do(officer("gas"), lambda desk: actions.signs(desk, asked.id))
    room.clock.set(asked.sign_by + SECOND)
    board = supervision(room.room)
    assert (board.unsigned, board.overdue) == ((), ())
    room.clock.set(asked.due_by + SECOND)
    assert ids(supervision(room.room).overdue) == [asked.id]
    room.do(officer("gas"), lambda desk: desk.apply(asked.id, finish, None))
    assert supervision(room.room).overdue == ()


def test_a_refused_task_is_late_where_nobody_else_signed_in_time(room, asked):
    room.do(officer("gas"), lambda desk: actions.refuses(desk, asked.id, "no crew"))
    board = supervision(room.room)
    assert (ids(board.refused), board.overdue) == ([asked.id], ())
    room.clock.set(asked.sign_by + SECOND)
    assert ids(supervision(room.room).overdue) == [asked.id]


@pytest.mark.parametrize(
    ("language", "line", "means"),
    [
        ("en", "Call not answered", "Calls ringing over 20 s: 1."),
        ("zh", "来电未接听", "1 个"),
    ],
)
def test_a_call_that_rings_too_long_is_late(room, language, line, means):
    heard = Heard(channel=Channel.WEB, type=None, priority=2, text="Smoke")
    given = room.do(actor("anybody", CALLER), lambda desk: report_in(desk, heard))
    room.wait(seconds=ANSWER_WITHIN.total_seconds())
    assert supervision(room.room).late_calls == ()
    room.wait(seconds=5)
    (late,) = supervision(room.room).late_calls
    assert (late.channel, late.opened_at) == (Channel.WEB, given.opened_at)
    context = filled(page, room, language)
    assert len(context["board"]["late"]) == 1
    text = shown("supervision.html", room, language, context)
    assert line in text
    assert means in text
    assert "Smoke" not in text
