"""The pack on paper: everything of the city, once, in both languages, without script."""

import re

import pytest
from rooms import open_room
from screened import filled, shown
from towns import RosterUnit, town

from gengfu.capabilities.control_room.screens import pack
from gengfu.capabilities.control_room.screens.pack import LOG_LINES

HAN = re.compile(r"[\u4e00-\u9fff]")


def said(thing, language):
    return thing.zh if language == "zh" else thing.en


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_unit_stands_once_under_its_post(room, language):
    blocks = filled(pack, room, language)["posts"]
    posts = room.room.town.posts
    names = [post.name_zh if language == "zh" else post.name for post in posts]
    assert [block.name for block in blocks] == names
    listed = [unit.callsign for block in blocks for unit in block.units]
    assert sorted(listed) == sorted(u.call_sign for u in room.room.town.units)
    assert blocks[0].units[0].callsign == "E1"
    assert bool(HAN.search(blocks[0].units[0].kind)) is (language == "zh")
    assert blocks[0].at == "0.00000, 10.00000"


def test_call_signs_are_in_the_order_people_count():
    grid = town(("P2", "patrol-car", (0, 0)))
    grid.units += tuple(
        RosterUnit(name.lower(), name, "patrol-car", "police", "post-P2")
        for name in ("P10", "P1")
    )
    blocks = filled(pack, open_room(grid))["posts"]
    assert [unit.callsign for unit in blocks[0].units] == ["P1", "P2", "P10"]


def test_a_unit_without_a_post_is_not_lost():
    grid = town(("P1", "patrol-car", (0, 0)))
    grid.units += (RosterUnit("v1", "V1", "volunteer", "police", "nowhere"),)
    room = open_room(grid)
    last = filled(pack, room)["posts"][-1]
    assert (last.name, [unit.callsign for unit in last.units]) == ("", ["V1"])
    page = plain(shown("pack.html", room, "en", filled(pack, room)))
    assert "Without a post" in page


def test_units_stand_as_they_are_when_printed(room):
    case = room.call(at=(0, 1))
    room.send(case, "e1")
    stages = {
        unit.callsign: unit.stage
        for block in filled(pack, room)["posts"]
        for unit in block.units
    }
    assert stages["E1"] == "assigned"
    assert stages["E2"] == "available"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_holds_all_rules(room, language):
    book = room.room.rulebook
    page = plain(shown("pack.html", room, language, filled(pack, room, language)))
    page = page.replace("&#39;", "'").replace("&amp;", "&")
    for kind in book.catalogue.kinds:
        assert re.search(rf"\b{kind.short}\b", page), kind.code
        assert said(kind.name, language) in page
        for question in kind.questions:
            assert said(question.said, language) in page
    for card in book.cards.cards:
        assert card.plan.code in page
        for warning in card.plan.warnings:
            assert said(warning, language) in page
        for task in card.plan.tasks:
            assert said(task.said, language) in page
    for one in book.standards.standards:
        assert said(one.name, language) in page
        assert one.edition in page
    for agency in room.room.town.agencies:
        assert (agency.name_zh if language == "zh" else agency.name) in page
    for version in (book.catalogue.version, book.cards.version):
        assert version in page


def test_cards_say_whom_to_send_how_soon_and_who_signs_by_when(room):
    cards = {card.code: card for card in filled(pack, room)["cards"]}
    fire = cards["structure-fire"]
    plan = next(
        c.plan for c in room.room.rulebook.cards.cards if c.plan.code == fire.code
    )
    assert fire.stands_for == ("Building fire",)
    assert [n.count for n in fire.needs] == [n.count for n in plan.needs]
    assert fire.needs[0].kinds == ("Fire engine",)
    assert fire.needs[0].within_s == plan.needs[0].within_s
    assert [(t.sign_within_s, t.due_within_s) for t in fire.tasks] == [
        (t.sign_within_s, t.due_within_s) for t in plan.tasks
    ]
    gas = next(task for task in fire.tasks if task.agency == "Gas")
    assert gas.text == "Shut the gas to the building"


def test_questions_say_what_an_answer_does(room):
    kinds = [k for _, found in filled(pack, room)["domains"] for k in found]
    theft = next(kind for kind in kinds if kind.short == "TH")
    force = next(q for q in theft.questions if q.text.startswith("Was force"))
    (effect,) = force.effects
    assert (effect.when, effect.to, effect.retype) == ("yes", 1, "Robbery")
    weapon = next(
        q for kind in kinds for q in kind.questions if "weapon" in q.text.lower()
    )
    assert "Gun" in weapon.options
    assert {e.when for e in weapon.effects} <= {*weapon.options, "other"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_reads_without_script_and_has_lines_to_write_on(room, language):
    page = shown("pack.html", room, language, filled(pack, room, language))
    assert "<script" not in page
    assert "style=" not in page
    assert page.count('<tr class="blank">') == LOG_LINES
    assert page.count("<thead>") == page.count("<table")
    for name in re.findall(r'href="#([\w-]+)"', page):
        assert f'id="{name}"' in page


def test_names_of_a_city_are_shown_as_words():
    grid = town(("P1", "patrol-car", (0, 0)))
    grid.name = "<script>alert(1)</script>"
    room = open_room(grid)
    page = shown("pack.html", room, "en", filled(pack, room))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
