"""Run cards: exactly one plan for every incident, rehearsed before it counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.plan_data import load_run_cards
from gengfu.capabilities.control_room.rules.plans import (
    AREA_KINDS,
    Recorded,
    Setting,
    rehearse,
)
from gengfu.kernel import BadInput

HEAD = """
version = "7"
[kinds]
car = { name = "Car", name_zh = "车" }
[skills]
swim = { name = "Swim", name_zh = "游泳" }
[defaults]
role = "agency-officer"
ladder = [{ after_s = 0, tell = "dispatcher" }]
[[card]]
code = "any"
need = [{ kinds = ["car"] }]
"""
NAMED = 'need = [{ kinds = ["car"], count = 2 }]\n'


def card(code: str, where: str) -> str:
    return f'[[card]]\ncode = "{code}"\n{where}\n{NAMED}'


def chosen(catalogue, text: str, kind: str, setting: Setting) -> str:
    return load_run_cards(text, catalogue).plan_for(catalogue.get(kind), setting).code


@given(data=st.data())
def test_every_incident_has_a_plan_that_asks_for_something(catalogue, cards, data):
    kind = data.draw(st.sampled_from(catalogue.kinds))
    setting = Setting(
        data.draw(st.integers(1, 4)),
        data.draw(st.none() | st.text()),
        data.draw(st.none() | st.sampled_from(AREA_KINDS)),
    )
    plan = cards.plan_for(kind, setting)
    assert plan.needs or plan.tasks
    assert plan.version == cards.version


def test_a_plan_among_all_its_agencies_is_itself_and_asks_no_others(catalogue, cards):
    plan = cards.plan_for(catalogue.get("structure-fire"), Setting(1))
    everybody = {task.agency for task in plan.tasks}
    assert len(everybody) > 1
    assert plan.among(everybody) is plan
    nobody = plan.among(())
    assert (nobody.needs, nobody.tasks) == (plan.needs, ())
    assert len(nobody.warnings) == len(plan.warnings) + len(plan.tasks)
    assert nobody.warnings[: len(plan.warnings)] == plan.warnings


def test_a_more_urgent_incident_is_never_sent_fewer_units(catalogue, cards):
    for kind in catalogue.kinds:
        units = [cards.plan_for(kind, Setting(p)).units for p in (1, 2, 3, 4)]
        assert units == sorted(units, reverse=True), kind.code


def test_the_type_decides_before_the_area_and_the_area_before_the_priority(catalogue):
    text = HEAD + card("domain-area", 'domains = ["crime"]\nareas = ["a"]')
    text += card("type", 'types = ["theft"]')
    text += card("type-kind", 'types = ["theft"]\narea_kinds = ["urban"]')
    text += card("type-area", 'types = ["theft"]\nareas = ["a"]')
    text += card("type-p1", 'types = ["theft"]\npriorities = [1]')
    here = Setting(1, "a", "urban")
    assert chosen(catalogue, text, "theft", here) == "type-area"
    assert chosen(catalogue, text, "theft", Setting(1, "b", "urban")) == "type-kind"
    assert chosen(catalogue, text, "theft", Setting(1, "b", "rural")) == "type-p1"
    assert chosen(catalogue, text, "theft", Setting(2, "b", "rural")) == "type"
    assert chosen(catalogue, text, "assault", here) == "domain-area"
    assert chosen(catalogue, text, "smoke", here) == "any"


def test_an_agency_task_becomes_what_the_kernel_asks(catalogue, cards):
    plan = cards.plan_for(catalogue.get("fraud"), Setting(1))
    spec = plan.tasks[0].spec()
    assert (spec.name, spec.agency, spec.role) == (
        "stop-payment", "anti-fraud", "agency-officer",
    )  # fmt: skip
    assert spec.sign_within == timedelta(minutes=1)
    assert spec.due_within == timedelta(minutes=30)
    assert [(r.after, r.tell) for r in spec.ladder] == [
        (timedelta(0), "dispatcher"),
        (timedelta(minutes=5), "commander"),
    ]
    assert spec.supervisors == ("dispatcher", "commander")


def test_a_need_is_met_by_kind_and_all_skills(catalogue, cards):
    need = cards.plan_for(catalogue.get("structure-fire"), Setting(1)).needs[0]
    assert need.met_by("engine", frozenset({"breathing-apparatus", "cutting"}))
    assert not need.met_by("engine", frozenset({"cutting"}))
    assert not need.met_by("ambulance", frozenset({"breathing-apparatus"}))


def test_a_rehearsal_names_what_would_change_and_the_demand(catalogue, cards, data):
    text = (data / "run_cards.toml").read_text(encoding="utf-8")
    old = 'code = "rubbish-fire"\ntypes = ["rubbish-fire"]\n'
    old += 'need = [{ kinds = ["engine"], count = 1 }]'
    assert old in text
    new = load_run_cards(
        text.replace(old, old.replace("count = 1", "count = 2")), catalogue
    )
    past = [
        Recorded(f"i{n}", catalogue.get(code), Setting(3))
        for n, code in enumerate(["rubbish-fire", "theft", "rubbish-fire", "noise"])
    ]
    tried = rehearse(cards, new, past)
    assert tried.incidents == 4
    assert [c.incident for c in tried.changes] == ["i0", "i2"]
    assert (tried.units_now, tried.units_then) == (3, 5)
    assert tried.demand_now["engine"] == 2
    assert tried.demand_then["engine"] == 4
    assert tried.tasks_now == tried.tasks_then == {"community": 1}


def test_the_same_cards_change_nothing(catalogue, cards):
    past = [Recorded(k.code, k, Setting(k.priority)) for k in catalogue.kinds]
    renamed = replace(cards, version="next")
    assert rehearse(cards, renamed, past).changes == ()


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        (card("x", 'types = ["dragon"]'), "card x: types names 'dragon'"),
        (card("x", 'types = ["theft"]\ndomains = ["crime"]'), "domains and types"),
        (card("x", "priorities = [5]"), "card x: priorities must hold numbers 1-4"),
        (card("any", "priorities = [1]"), "card any: code is used twice"),
        (card("x", ""), "card x: stands for the same incidents as card any"),
        ('[[card]]\ncode = "x"\ntypes = ["theft"]', "card x: need or task is missing"),
        (
            card("x", "").replace('["car"]', '["tank"]'),
            "card x: need 1: kinds names 'tank'",
        ),
        (
            card("x", "priorities = [1]").replace("count = 2", 'skills = ["fly"]'),
            "card x: need 1: skills names 'fly'",
        ),
    ],
)
def test_bad_cards_are_refused_in_one_line(catalogue, extra, line):
    with pytest.raises(BadInput) as refused:
        load_run_cards(HEAD + extra, catalogue)
    assert line in str(refused.value)


def test_cards_that_could_leave_an_incident_without_a_plan_are_refused(catalogue):
    limited = HEAD.replace('code = "any"', 'code = "any"\npriorities = [1]')
    with pytest.raises(BadInput, match="no card fits anything"):
        load_run_cards(limited, catalogue)
