"""What a call is about, and how urgent the answers make it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.type_data import load_types
from gengfu.capabilities.control_room.rules.types import (
    DOMAINS,
    compose_note,
    priority_for,
)
from gengfu.kernel import BadInput, NotFound

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_the_catalogue_speaks_of_every_domain_in_both_languages(catalogue):
    assert len(catalogue.kinds) >= 45
    assert {kind.domain for kind in catalogue.kinds} == set(DOMAINS)
    for kind in catalogue.kinds:
        said = [kind.name, *(q.said for q in kind.questions)]
        said += [o.said for q in kind.questions for o in q.options]
        said += [e.said for q in kind.questions for e in q.effects]
        said += [kind.advice] if kind.advice else []
        for words in said:
            assert CHINESE.search(words.zh), words
            assert not CHINESE.search(words.en), words
        assert kind.agency in catalogue.agencies


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("rb", "robbery"),
        ("SF", "structure-fire"),
        ("cardiac-arrest", "cardiac-arrest"),
        ("cardiac arest", "cardiac-arrest"),
        ("stabing", "weapon-attack"),
        ("noice", "noise"),
        ("rob", "robbery"),
        ("车祸", "collision-injury"),
        ("电梯", "lift-entrapment"),
        ("有人持刀砍人", "weapon-attack"),
        ("chehuo", "collision-injury"),
        ("dianti", "lift-entrapment"),
        ("man with a knife outside the bank", "weapon-attack"),
        ("burst pipe on main street", "water-main"),
    ],
)
def test_a_type_is_found_by_letters_words_pinyin_and_with_errors(
    catalogue, typed, found
):
    assert catalogue.search(typed)[0].kind.code == found


def test_every_type_is_found_first_by_its_own_name_and_key(catalogue):
    for kind in catalogue.kinds:
        for typed in (kind.short, kind.code, kind.name.en, kind.name.zh):
            assert catalogue.search(typed)[0].kind.code == kind.code, typed


@pytest.mark.parametrize("typed", ["", "   ", "qqqqzzzz", "???"])
def test_nothing_is_offered_rather_than_something_far_fetched(catalogue, typed):
    assert catalogue.search(typed) == ()


@given(typed=st.text(max_size=60))
def test_no_typing_breaks_the_search(catalogue, typed):
    hits = catalogue.search(typed)
    assert [h.points for h in hits] == sorted((h.points for h in hits), reverse=True)


def test_an_unknown_type_is_not_found(catalogue):
    with pytest.raises(NotFound, match="dragon"):
        catalogue.get("dragon")


def test_without_answers_a_call_has_the_priority_of_its_type(catalogue):
    for kind in catalogue.kinds:
        assessed = priority_for(kind, {})
        assert assessed.priority == kind.priority
        assert assessed.retype is None
        assert [r.code for r in assessed.reasons] == ["type-default"]


def test_an_alarming_answer_raises_and_says_why(catalogue):
    fight = catalogue.get("fight")
    assessed = priority_for(fight, {"weapon": "blade"})
    assert assessed.priority == 1
    assert assessed.reasons[1].code == "answer-weapon"
    assert assessed.reasons[1].said.zh == "发现刀具"


def test_a_calm_answer_never_outweighs_an_alarming_one(catalogue):
    theft = catalogue.get("theft")
    assert priority_for(theft, {"present": "no"}).priority == 4
    both = priority_for(theft, {"present": "no", "force": "yes"})
    assert both.priority == 1
    assert both.retype == "robbery"
    assert "answer-present" not in [r.code for r in both.reasons]


def test_unknown_answers_and_answers_to_other_questions_change_nothing(catalogue):
    theft = catalogue.get("theft")
    assert priority_for(theft, {"present": "unknown", "onset-hours": "2"}).priority == 3


@pytest.mark.parametrize(
    "answers",
    [{"hurt": "many"}, {"hurt": "-1"}, {"hurt": "nan"}, {"weapon": "spoon"}],
)
def test_an_answer_its_question_does_not_allow_is_refused(catalogue, answers):
    with pytest.raises(BadInput, match=next(iter(answers))):
        priority_for(catalogue.get("fight"), answers)


@given(data=st.data())
def test_more_alarming_answers_never_make_a_call_less_urgent(catalogue, data):
    kind = data.draw(st.sampled_from(catalogue.kinds))
    picked = {
        q.id: data.draw(st.sampled_from(q.answers))
        for q in kind.questions
        if q.kind in ("yesno", "choice")
    }
    whole = priority_for(kind, picked)
    assert 1 <= whole.priority <= 4
    alarming = [
        q.id
        for q in kind.questions
        for e in q.effects
        if e.answer == picked.get(q.id) and (e.to or e.raise_by)
    ]
    for question in alarming:
        without = {k: v for k, v in picked.items() if k != question}
        assert whole.priority <= priority_for(kind, without).priority


def test_the_first_log_line_is_written_in_both_languages(catalogue):
    said = compose_note(catalogue.get("robbery"), "1 Main St", {"weapon": "blade"})
    assert said.en.startswith("Robbery at 1 Main St. Weapon: Knife or blade. Fled: ?")
    assert "凶器：刀具" in said.zh


def test_place_words_with_braces_are_only_words(catalogue):
    said = compose_note(catalogue.get("robbery"), "{weapon} {0}", {"direction": "{x}"})
    assert "{weapon} {0}" in said.en
    assert "{x}" in said.en


TYPE = """
version = "1"
[agencies]
police = { name = "Police", name_zh = "公安" }
[domains]
crime = { name = "a", name_zh = "甲" }
fire = { name = "a", name_zh = "甲" }
medical = { name = "a", name_zh = "甲" }
traffic = { name = "a", name_zh = "甲" }
rescue = { name = "a", name_zh = "甲" }
sea = { name = "a", name_zh = "甲" }
community = { name = "a", name_zh = "甲" }
utility = { name = "a", name_zh = "甲" }
[[type]]
code = "theft"
short = "TH"
name = "Theft"
name_zh = "盗窃"
domain = "crime"
agency = "police"
priority = 3
keywords = ["theft"]
keywords_zh = ["盗窃"]
[[type.question]]
id = "now"
text = "Now?"
text_zh = "现在?"
kind = "yesno"
effects = [{ is = "yes", to = 1, reason = "Now", reason_zh = "现在" }]
"""


def test_the_smallest_catalogue_reads():
    assert load_types(TYPE).get("theft").questions[0].id == "now"


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("priority = 3", "priority = 9", "type theft: priority must be a whole number"),
        ("priority = 3", "priority = true", "type theft: priority"),
        ("priority = 3", "", "type theft: priority is missing"),
        ('name_zh = "盗窃"', "", "type theft: name_zh is missing"),
        ('"TH"', '"theft"', "type theft: short must be two capital letters"),
        ('agency = "police"', 'agency = "fbi"', "type theft: agency must be one of"),
        ('domain = "crime"', 'domain = "x"', "type theft: domain must be one of"),
        ("keywords =", "keyword =", "type theft: keyword is not a field here"),
        ('is = "yes"', 'is = "maybe"', "question now: effects 1: is must be one of"),
        ("to = 1", 'retype = "gone"', "type theft: question now: retype names 'gone'"),
        ('kind = "yesno"', 'kind = "poem"', "type theft: question now: kind"),
        ('kind = "yesno"', 'kind = "text"', "question now: effects 1: effects cannot"),
        ('kind = "yesno"', 'kind = "choice"', "question now: options are missing"),
        ("[[type.question]]", 'note = "{x}"\nnote_zh = "{x}"\n[[type.question]]',
         "type theft: note names {x}, which this type does not ask"),
        ('version = "1"', "version = ", "types.toml: "),
        ("sea = {", "see = {", "types.toml: domains does not name sea"),
    ],
)  # fmt: skip
def test_bad_data_is_refused_in_one_line_that_names_type_and_field(right, wrong, line):
    assert right in TYPE
    with pytest.raises(BadInput) as refused:
        load_types(TYPE.replace(right, wrong, 1))
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_code_or_key_used_twice_is_refused():
    again = TYPE[TYPE.index("[[type]]") :]
    with pytest.raises(BadInput, match="type theft: code is used twice"):
        load_types(TYPE + again)
    with pytest.raises(BadInput, match="short TH is already theft"):
        load_types(TYPE + again.replace('code = "theft"', 'code = "other"'))


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(BadInput, match=r"types\.toml: not UTF-8"):
        load_types(b'version = "\xff"')
