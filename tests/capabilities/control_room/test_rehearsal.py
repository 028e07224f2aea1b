"""A new version of the run cards, tried on what really happened."""

from datetime import timedelta

import pytest
from rooms import NOON

from gengfu.capabilities.control_room.live import rehearsal
from gengfu.capabilities.control_room.live.rehearsal import rehearse_cards
from gengfu.capabilities.control_room.live.rulebook import OWN
from gengfu.kernel import BadInput

CARDS = (OWN / "run_cards.toml").read_text(encoding="utf-8")
RUBBISH = 'code = "rubbish-fire"\ntypes = ["rubbish-fire"]\n'


def tried(room, toml, since=None, before=None):
    return room.office.look(
        lambda reader: rehearse_cards(room.room, reader, toml, since, before)
    )


def changed(old, new, count=1):
    assert CARDS.count(old) == count, "the cards of the release hold this text"
    text = CARDS.replace(old, new)
    return text.replace('version = "2026-1"', 'version = "2027-test"')


def more_engines():
    start = CARDS.index(RUBBISH)
    rest = CARDS[start:]
    was = rest[: rest.index("\n\n")]
    assert "count = 1" in was
    return changed(was, was.replace("count = 1", "count = 3", 1))


def test_the_present_cards_change_nothing(room):
    room.call(type="rubbish-fire", priority=3)
    room.call(type="theft", priority=3)
    found = tried(room, CARDS)
    assert (found.incidents, found.changed, found.changes) == (2, 0, ())
    assert found.units_now == found.units_then >= 2
    assert found.demand_now == found.demand_then
    assert found.tasks_now == found.tasks_then


def test_what_would_have_been_sent_instead(room):
    fire = room.call(type="rubbish-fire", priority=3)
    room.call(type="theft", priority=3)
    found = tried(room, more_engines())
    assert found.version == "2027-test"
    assert (found.incidents, found.changed) == (2, 1)
    (change,) = found.changes
    assert (change.incident, change.type) == (fire.id, "rubbish-fire")
    assert (change.was, change.becomes) == ("rubbish-fire", "rubbish-fire")
    assert found.units_then == found.units_now + 2
    assert found.demand_then["engine"] == found.demand_now["engine"] + 2
    others = set(found.demand_now) - {"engine"}
    assert others
    assert {k: found.demand_now[k] for k in others} == {
        k: found.demand_then[k] for k in others
    }


def test_tasks_of_agencies_are_counted(room):
    for _ in range(3):
        room.call(type="rubbish-fire", priority=3)
    start = CARDS.index(RUBBISH)
    rest = CARDS[start:]
    was = rest[: rest.index("\n\n")]
    task = (
        '\n[[card.task]]\nagency = "water"\nname = "wash"\ntext = "Wash the street"\n'
        'text_zh = "冲洗路面"\nsign_within_s = 60\ndue_within_s = 600'
    )
    found = tried(room, changed(was, was + task))
    assert found.changed == 3
    assert found.tasks_then.get("water", 0) == found.tasks_now.get("water", 0) + 3
    assert found.units_then == found.units_now


def test_a_card_for_an_area_counts_there_only(room):
    west = room.call(at=(0, 0), type="rubbish-fire", priority=3)
    room.call(at=(5, 5), type="rubbish-fire", priority=3)
    card = (
        '\n[[card]]\ncode = "rubbish-west"\ntypes = ["rubbish-fire"]\n'
        'areas = ["west"]\nneed = [{ kinds = ["engine", "ladder"], count = 4 }]\n'
    )
    found = tried(room, CARDS + card)
    assert [c.incident for c in found.changes] == [west.id]
    assert found.changes[0].becomes == "rubbish-west"
    assert found.demand_then["engine|ladder"] == 4


def test_only_the_period_asked_for(room):
    room.call(type="rubbish-fire", priority=3)
    room.wait(hours=2)
    late = room.call(type="rubbish-fire", priority=3)
    hour = NOON + timedelta(hours=1)
    assert tried(room, more_engines(), since=hour).changes[0].incident == late.id
    assert tried(room, more_engines(), since=hour).incidents == 1
    assert tried(room, more_engines(), before=hour).incidents == 1
    assert tried(room, more_engines(), hour, hour).incidents == 0


def test_all_changes_are_counted_though_not_all_are_listed(room, monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST_SHOWN", 2)
    for _ in range(3):
        room.call(type="rubbish-fire", priority=3)
    found = tried(room, more_engines())
    assert (found.changed, len(found.changes)) == (3, 2)


def test_nothing_is_changed_by_trying(room):
    case = room.call(type="rubbish-fire", priority=3)
    before = room.office.look(lambda reader: reader.size())
    plan = room.room.ranker.plan_of(case)
    tried(room, more_engines())
    assert room.office.look(lambda reader: reader.size()) == before
    assert room.room.ranker.plan_of(case) == plan
    assert room.room.rulebook.cards.version == "2026-1"


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("", "version"),
        ("version = ", "run_cards.toml"),
        (CARDS + '\n[[card]]\ncode = "new"\n', "new"),
        (CARDS.replace('kinds = ["engine"]', 'kinds = ["dragon"]'), "dragon"),
        (CARDS + '\n[[card]]\ncode = "any"\nneed = []\n', "any"),
    ],
)
def test_cards_that_are_none_are_refused_by_name(room, toml, named):
    room.call(type="rubbish-fire", priority=3)
    with pytest.raises(BadInput, match=named):
        tried(room, toml)
