"""How long words are kept: one rule for every type, with its reason and its source."""

from datetime import timedelta

import pytest

from gengfu.capabilities.control_room.rules.retention import load_retention
from gengfu.kernel import BadInput

SOURCE = '[source.law]\ncitation = "Law, Article 1"\nedition = "2026"\n'


def rule(code="default", days=365, place="published", more=""):
    return (
        f"[rule.{code}]\ndays = {days}\nplace = '{place}'\nreason = 'Because'\n"
        f"reason_zh = '因为'\nsources = ['law']\n{more}\n"
    )


DISMISSED = rule("dismissed", 100, "area", "dismissed = true")


def load(catalogue, text, head='version = "t1"\n', source=SOURCE):
    return load_retention(head + source + text, catalogue, "keep.toml")


@pytest.fixture
def ours(data, catalogue):
    return load_retention((data / "retention.toml").read_bytes(), catalogue)


def test_every_type_has_one_rule_with_a_reason_and_a_source(ours, catalogue):
    assert set(ours.by_type) == {kind.code for kind in catalogue.kinds}
    for code, found in ours.by_type.items():
        period = ours.periods[found.code]
        assert found.keep == timedelta(days=period.days), code
        assert found.version == ours.version
    for period in ours.periods.values():
        assert period.reason.en
        assert period.reason.zh
        assert all(source.citation and source.edition for source in period.sources)
        assert period.sources


def test_the_injured_have_longer_and_misdialled_calls_are_gone_first(ours):
    assert ours.rule_for("stroke").keep == timedelta(days=1095)
    assert ours.rule_for("collision-injury").code == "injury"
    assert ours.rule_for("theft").keep == timedelta(days=365)
    assert ours.rule_for("no-longer-a-type") == ours.other
    assert ours.dismissed.keep == timedelta(days=100)
    assert ours.dismissed.decimals is None


def test_what_belongs_to_no_incident_has_a_rule_or_that_of_dismissed_calls(
    ours, catalogue
):
    assert (ours.routine.code, ours.routine.keep) == ("routine", timedelta(days=100))
    own = rule("desk", 7, "area", "routine = true")
    assert load(catalogue, rule() + DISMISSED + own).routine.keep == timedelta(days=7)
    found = load(catalogue, rule() + DISMISSED)
    assert found.routine == found.dismissed


def test_no_more_of_the_place_stays_than_is_ever_published(ours, catalogue):
    for kind in catalogue.kinds:
        kept = ours.rule_for(kind.code).decimals
        if kind.board is None or kind.board.precision == "area":
            assert kept is None, kind.code
        else:
            assert kept == {"street": 3, "exact": 5}[kind.board.precision]


def test_the_most_specific_rule_wins(catalogue):
    by_domain = rule("fires", 10, more="domains = ['fire']")
    by_type = rule("smokes", 20, "area", "types = ['smoke']")
    found = load(catalogue, rule() + by_domain + by_type + DISMISSED)
    assert found.rule_for("smoke").code == "smokes"
    assert found.rule_for("smoke").decimals is None
    assert found.rule_for("structure-fire").code == "fires"
    assert found.rule_for("theft").code == "default"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DISMISSED, "keep.toml: rule default is missing"),
        (rule(), "keep.toml: one rule says dismissed = true, not 0"),
        (rule() + DISMISSED + rule("d2", more="dismissed = true"), "not 2"),
        (rule(days=0) + DISMISSED, "rule: default: days must be a whole number 1-"),
        (rule(days=-5) + DISMISSED, "days must be a whole number"),
        (rule(days=1e9) + DISMISSED, "days must be a whole number"),
        (rule(days="true") + DISMISSED, "days must be a whole number"),
        (rule(place="house") + DISMISSED, "place must be one of published, area"),
        (rule(more="domians = []") + DISMISSED, "domians is not a field here"),
        (
            rule() + rule("x", more="types = ['ghost']") + DISMISSED,
            "rule: x: types names 'ghost', which is not known",
        ),
        (rule() + rule("x") + DISMISSED, "rule x: names no types and no domains"),
        (
            rule(more="types = ['smoke']") + DISMISSED,
            "rule default: takes neither types nor domains",
        ),
        (
            rule()
            + rule("a", more="types = ['smoke']")
            + rule("b", more="types = ['smoke']")
            + DISMISSED,
            "rule b: type smoke has rule a",
        ),
        (
            rule().replace("['law']", "['rumour']") + DISMISSED,
            "sources names 'rumour', which is not known",
        ),
        (rule().replace("['law']", "[]") + DISMISSED, "must name at least one source"),
        (rule().replace("'因为'", "''") + DISMISSED, "reason_zh must be words"),
        (rule(more="dismissed = 'no'") + DISMISSED, "dismissed must be true or false"),
        (
            rule()
            + DISMISSED
            + rule("a", more="routine = true")
            + rule("b", more="routine = true"),
            "one rule at most says routine = true",
        ),
        (
            rule() + rule("dismissed", more="dismissed = true\nroutine = true"),
            "one rule at most says routine = true",
        ),
        ("\x00", "keep.toml:"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(catalogue, text, problem):
    with pytest.raises(BadInput) as told:
        load(catalogue, text)
    assert problem in str(told.value)
    assert "\n" not in str(told.value)


def test_a_source_must_be_cited(catalogue):
    with pytest.raises(BadInput, match="law: edition is missing"):
        load(catalogue, rule() + DISMISSED, source='[source.law]\ncitation = "L"\n')
