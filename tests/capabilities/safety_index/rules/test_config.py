"""Configuration of the index: what it may say, and what is refused by name."""

import numpy as np
import pytest
from tests.capabilities.safety_index.sample import CONFIG_FILE, config

from gengfu.capabilities.safety_index.rules.compiling import band_rules
from gengfu.capabilities.safety_index.rules.config import read_config
from gengfu.kernel import BadInput
from gengfu.science.rates import bands


def test_the_limit_of_false_alarms_cannot_decide_a_shipped_band() -> None:
    """As docs/explanation/safety-index.md says; a softer index.toml may change that."""
    shipped = config()
    bounds = [b for b in shipped.bands if b.above or b.below]
    assert len(bounds) == 4
    assert all(1.0 - band.probability < shipped.false_discovery for band in bounds)
    chances = np.array([[0.95] * 40 + [0.94]])
    for rule in band_rules(shipped):
        at = chances if rule.probability == 0.95 else chances + 0.025
        found = bands(at, (rule,), fdr=shipped.false_discovery)
        assert found == (rule.band,) * 40 + ("green",)


def test_the_shipped_configuration_is_that_of_the_method_page() -> None:
    shipped = config()
    assert {d.code: d.weight for d in shipped.domains} == {
        "crime": 0.6,
        "fire": 0.2,
        "traffic": 0.2,
    }
    assert [(b.code, b.above, b.below, b.probability) for b in shipped.bands] == [
        ("red", 1.5, None, 0.95),
        ("orange", 1.2, None, 0.95),
        ("yellow", 1.0, None, 0.95),
        ("blue", None, 1.0, 0.975),
        ("green", None, None, 0.0),
    ]
    assert (shipped.expected_score, shipped.points_per_doubling) == (80, 20)
    assert (shipped.red, shipped.red_of) == (2, 3)


def test_a_kind_belongs_to_the_first_domain_that_names_it() -> None:
    shipped = config()
    assert shipped.domain_of("burglary") == 0
    assert shipped.domain_of("crime/pickpocketing") == 0
    assert shipped.domain_of("structure-fire") == 1
    assert shipped.domain_of("noise") == -1
    assert shipped.compound_kind_of("car-theft") == 2


def test_base_years_are_the_last_full_block_before_a_year() -> None:
    shipped = config()
    assert shipped.base_of(2026) == range(2023, 2026)
    assert shipped.base_of(2028) == range(2023, 2026)
    assert shipped.base_of(2029) == range(2026, 2029)
    with pytest.raises(BadInput, match="2025 has none"):
        shipped.base_of(2025)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight = 0.6", "weight = 0.7", "weights must sum to 1"),
        ("above = 1.5", "above = 1.5\nbelow = 2.0", "exclude each other"),
        ('code = "orange"', 'code = "purple"', "must be one of blue"),
        ('code = "orange"', 'code = "red"', "code of its own"),
        ("years = 3", "yaers = 3", "yaers is not a field here"),
        ("strata = true", 'strata = "yes"', "must be true or false"),
        ("first_year = 2023", "first_year = -1", "must be a whole number"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    text = CONFIG_FILE.read_text("utf-8")
    assert old in text
    with pytest.raises(BadInput, match=said):
        read_config(text.replace(old, new, 1).encode(), "index.toml")
