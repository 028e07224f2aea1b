"""New run cards serve only once they were tried on the recorded past."""

import logging

import pytest
from rooms import CHIEF, open_room
from test_rehearsal import CARDS, RUBBISH
from towns import town

from gengfu.adapters.memory import MemoryStore
from gengfu.capabilities.control_room.cases.cards import (
    Cards,
    CardsStage,
    cards,
    cards_id,
)
from gengfu.capabilities.control_room.live.rehearsal import (
    record_rehearsal,
    rehearse_cards,
)

FIRST = 'version = "2026-1"'
MORE = CARDS.replace(FIRST, 'version = "2027-1"') + (
    '\n[[card]]\ncode = "rubbish-west"\ntypes = ["rubbish-fire"]\n'
    'areas = ["west"]\nneed = [{ kinds = ["engine"], count = 4 }]\n'
)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def start(store, tmp_path):
    """Start the city's server with these cards in its pack."""
    starts = []

    def open_with(text):
        file = tmp_path / "run_cards.toml"
        file.write_text(text, encoding="utf-8")
        skill = "breathing-apparatus"
        here = town(("E1", "engine", (0, 0), skill), ("E2", "engine", (5, 5), skill))
        here.files = {"run_cards.toml": file}
        starts.append(here)
        return open_room(here, store=store, seed=len(starts))

    return open_with


def serving(room):
    return room.room.rulebook.cards.version


def rehearse(room, text):
    found = room.office.look(
        lambda reader: rehearse_cards(room.room, reader, text, None, None)
    )
    return room.do(CHIEF, lambda desk: record_rehearsal(desk, text, found))


def test_the_first_cards_serve_as_they_are(start):
    room = start(CARDS)
    assert serving(room) == "2026-1"
    kept = room.get(cards, cards_id(CARDS))
    assert (kept.stage, kept.toml) == (CardsStage.IN_SERVICE, CARDS)
    assert kept.rehearsal is None


def test_cards_may_change_while_nothing_is_recorded(start):
    start(CARDS)
    room = start(MORE)
    assert (serving(room), room.room.issued.waiting) == ("2027-1", None)
    assert room.get(cards, cards_id(CARDS)).stage is CardsStage.RETIRED


def test_cards_nobody_rehearsed_wait_and_the_last_ones_serve(start, caplog):
    fire = start(CARDS).call(type="rubbish-fire", priority=3)
    with caplog.at_level(logging.WARNING, "gengfu.room"):
        room = start(MORE)
    assert (serving(room), room.room.issued.waiting) == ("2026-1", "2027-1")
    assert "2027-1 were not rehearsed" in caplog.text
    assert "2026-1 go on serving" in caplog.text
    assert room.room.ranker.plan_of(fire).code == "rubbish-fire"


def test_rehearsed_cards_serve_from_the_next_start_on(start):
    first = start(CARDS)
    fire = first.call(type="rubbish-fire", priority=3)
    tried = rehearse(first, MORE)
    assert tried.stage is CardsStage.REHEARSED
    assert (tried.rehearsal.incidents, tried.rehearsal.changed) == (1, 1)
    assert serving(first) == "2026-1", "trying changes nothing"
    room = start(MORE)
    assert (serving(room), room.room.issued.waiting) == ("2027-1", None)
    assert room.room.ranker.plan_of(fire).code == "rubbish-west"
    stages = {c.edition: c.stage for c in everything(room)}
    assert stages == {"2026-1": CardsStage.RETIRED, "2027-1": CardsStage.IN_SERVICE}
    assert rehearse(room, MORE).edition == "2027-1", "trying again is no error"


def test_going_back_to_cards_that_served_needs_no_rehearsal(start):
    first = start(CARDS)
    first.call(type="rubbish-fire", priority=3)
    rehearse(first, MORE)
    assert serving(start(MORE)) == "2027-1"
    assert serving(start(CARDS)) == "2026-1"
    assert serving(start(MORE)) == "2027-1"


def test_the_same_version_with_other_words_is_another(start):
    start(CARDS).call(type="rubbish-fire", priority=3)
    quiet = CARDS.replace(RUBBISH, RUBBISH + "priorities = [1, 2, 3, 4]\n")
    assert quiet != CARDS
    assert start(quiet).room.issued.waiting == "2026-1"


def everything(room):
    rows = room.office.look(lambda reader: reader.rows(cards.kind))
    return [room.room.codec.decode(Cards, row.body) for row in rows]
