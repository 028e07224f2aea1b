"""The public board: nothing that a type has not opened, never early, never exact."""

import re
from datetime import timedelta

import pytest
from rooms import CHIEF, SENDER, open_room
from screened import filled, shown
from towns import corner, town

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.live.board import SHOWN_FOR
from gengfu.capabilities.control_room.screens import board

SECRETS = {
    "text": "zebra words of the call",
    "caller_name": "Nerea Quispe",
    "callback": "+56 9 5550 1234",
}


def opened(room):
    kinds = room.room.rulebook.catalogue.kinds
    return [kind for kind in kinds if kind.board is not None]


def items(room):
    return room.office.look(room.room.public_board)


def one_of(room, precision):
    return next(k for k in opened(room) if k.board.precision == precision)


def test_only_types_that_opt_in_are_ever_shown(room):
    wanted = {kind.code for kind in opened(room)}
    everything = room.room.rulebook.catalogue.kinds
    assert 0 < len(wanted) < len(everything)
    for kind in everything:
        room.call(at=(1, 1), type=kind.code, priority=kind.priority)
    seen = set()
    for _ in range(25):
        seen |= {item.type for item in items(room)}
        room.wait(hours=1)
    assert seen == wanted


@pytest.mark.parametrize("precision", ["exact", "street", "area"])
def test_shown_when_its_delay_is_over_and_until_a_day_later(room, precision):
    kind = one_of(room, precision)
    room.call(at=(1, 1), type=kind.code, priority=3)
    assert kind.board.delay_s >= 60
    room.wait(seconds=kind.board.delay_s - 1)
    assert items(room) == ()
    room.wait(seconds=1)
    assert [item.type for item in items(room)] == [kind.code]
    room.wait(seconds=SHOWN_FOR.total_seconds() - kind.board.delay_s)
    assert len(items(room)) == 1
    room.wait(seconds=1)
    assert items(room) == ()


def test_the_place_is_as_precise_as_the_type_says(room):
    at = (1.2345, 2.3456)
    lon, lat = corner(*at)
    for precision in ("exact", "street", "area"):
        room.call(at=at, type=one_of(room, precision).code, priority=3)
    room.wait(hours=5)
    found = {item.type: item for item in items(room)}
    exact, street, area = (
        found[one_of(room, p).code] for p in ("exact", "street", "area")
    )
    assert (exact.lon, exact.lat) == (lon, lat)
    assert (street.lon, street.lat) == (round(lon, 3), round(lat, 3))
    assert (street.lon, street.lat) != (lon, lat)
    assert (area.lon, area.lat) == (None, None)
    assert {item.area for item in found.values()} == {"West"}


def test_the_time_tells_no_second(room):
    room.wait(seconds=37)
    room.call(type=one_of(room, "exact").code, priority=3)
    room.wait(hours=1)
    (item,) = items(room)
    assert (item.at.second, item.at.microsecond) == (0, 0)


def test_newest_first_and_ended_is_said(room):
    kind = one_of(room, "exact")
    first = room.call(at=(0, 0), type=kind.code, priority=3)
    room.wait(minutes=7)
    room.call(at=(4, 4), type=kind.code, priority=3)
    room.do(
        CHIEF,
        lambda desk: actions.close_out(desk, first.id, "handled", reason="caller"),
    )
    room.wait(hours=1)
    found = items(room)
    assert [item.ended for item in found] == [False, True]
    assert found[0].at - found[1].at == timedelta(minutes=7)


def test_an_incident_that_was_another_one_is_shown_once(room):
    kind = one_of(room, "exact")
    main = room.call(at=(0, 0), type=kind.code, priority=3)
    again = room.call(at=(0, 0), type=kind.code, priority=3)
    room.do(SENDER, lambda d: actions.merge_into(d, again.id, main.id, "same event"))
    room.wait(hours=1)
    assert len(items(room)) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_of_a_call_is_on_the_page(room, language):
    for kind in opened(room):
        case = room.call(at=(1, 1), type=kind.code, priority=3, **SECRETS)
    room.send(case, "e1")
    room.wait(hours=5)
    context = filled(board, room, language)
    assert len(context["items"]) == len(opened(room))
    page = shown("board.html", room, language, context)
    encoded = room.room.codec.encode(items(room)).decode()
    for secret in (*SECRETS.values(), "corner", "E1", case.id, case.code):
        assert secret not in page
        assert secret not in encoded
    assert case.id in room.room.codec.encode(room.room.snapshot()).decode()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_is_never_shown(room, language):
    page = shown("board.html", room, language, filled(board, room, language))
    open_domains = {kind.domain for kind in opened(room)}
    closed = [
        said.zh if language == "zh" else said.en
        for code, said in room.room.rulebook.catalogue.domains.items()
        if code not in open_domains
    ]
    assert "medical" not in open_domains
    assert closed
    for name in closed:
        assert name in page
    for kind in opened(room):
        assert (kind.name.zh if language == "zh" else kind.name.en) in page


def test_it_looks_again_by_itself_until_told_not_to():
    room = open_room(town())
    page = shown("board.html", room, "en", filled(board, room))
    noscript = re.search(r"<noscript>(.*?)</noscript>", page)
    assert 'http-equiv="refresh" content="60"' in noscript[1]
    assert page.count("http-equiv") == 1, "with script the list alone is fetched"
    assert 'hx-trigger="every 60s"' in page
    still = shown("board.html", room, "en", filled(board, room, still=""))
    assert "http-equiv" not in still
    assert "hx-trigger" not in still
