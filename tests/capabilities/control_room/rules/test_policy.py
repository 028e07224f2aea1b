"""The policy of recommendations: what it asks of a person, and how it is read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gengfu.capabilities.control_room.cases.outcomes import Finding
from gengfu.capabilities.control_room.rules.policy import FINDINGS, load_policy
from gengfu.kernel import BadInput, RuleBroken
from gengfu.kernel.both import half


def test_sending_others_needs_a_reason_and_some_reasons_need_words(policy):
    policy.check_override(["a", "b"], ["b", "a"])
    with pytest.raises(RuleBroken, match="needs a reason"):
        policy.check_override(["a"], ["b"])
    with pytest.raises(BadInput, match="whim"):
        policy.check_override(["a"], ["b"], "whim")
    with pytest.raises(RuleBroken, match="in words"):
        policy.check_override(["a"], ["b"], "unit-unfit", "  ")
    policy.check_override(["a"], ["b"], "unit-unfit", "brakes")
    policy.check_override(["a"], ["b"], "local-knowledge")


def test_an_outcome_of_the_list_is_kept_in_both_languages(policy):
    words = policy.outcome("false-alarm", "")
    assert (half(words, "en"), half(words, "zh")) == ("False alarm", "误报")
    assert policy.outcome("", "cat fetched") == "cat fetched"
    with pytest.raises(BadInput, match="whim"):
        policy.outcome("whim", "")
    assert tuple(Finding) == FINDINGS


def test_a_policy_from_before_areas_of_first_response_still_reads(data, policy):
    text = (data / "policy.toml").read_text(encoding="utf-8")
    older = load_policy(text.replace("first_due = 1.0\n", ""))
    assert older == policy


def test_a_policy_from_before_crews_stopped_reading_still_reads(data, policy):
    text = (data / "policy.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[crew]")
    older = load_policy(before + after.partition("\n\n")[2])
    assert older == policy
    longer = text.replace("off_minutes = 15", "off_minutes = 90")
    assert load_policy(longer).crew_reads.after_called_off == timedelta(minutes=90)


def test_a_policy_from_before_there_were_outcomes_still_reads(data, policy):
    text = (data / "policy.toml").read_text(encoding="utf-8")
    older = load_policy(text.partition("[outcome.")[0])
    assert older == replace(policy, outcomes={})
    assert older.outcome("", "cat fetched") == "cat fetched"


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("nearest = 8", "nearest = 0", "search: nearest must be a whole number"),
        ("[1, 5, 15, 30]", "[1, 5]", "cover: seconds_per_percent must hold 4 numbers"),
        ("doubt = 0.25", "", "arrival: doubt is missing"),
        ("first_due = 1", "first_due = -1", "arrival: first_due must be a number"),
        ("doubt =", "dout =", "arrival: dout is not a field here"),
        ("scene_hours = 24", "scene_hours = -1", "crew: after_scene_hours must be"),
        (
            "[out_of_service.fuel]",
            "[out_of_service.fuel]\nwords = 1",
            "out_of_service: fuel: words is not a field here",
        ),
        ('"confirmed"', '"true"', "outcome: handled: finding must be one of confirmed"),
        (
            'name = "Handled"',
            f'name = "{"x" * 197}"',
            "outcome: handled: name and name_zh have over 199 letters",
        ),
        ("[crew]", "[crews]", "crews is not a field here"),
        ("priority.1", "priority.9", "preempt: priority 9 is not a priority"),
        ("words = false", 'words = "no"', "override: local-knowledge: words must be"),
    ],
)
def test_a_bad_policy_is_refused_in_one_line(data, right, wrong, line):
    text = (data / "policy.toml").read_text(encoding="utf-8")
    assert right in text
    with pytest.raises(BadInput) as refused:
        load_policy(text.replace(right, wrong, 1))
    assert line in str(refused.value)
