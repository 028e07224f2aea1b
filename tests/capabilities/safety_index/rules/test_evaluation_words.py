"""Sentences: exact, honest about chance, and in both languages."""

import math
import re
from typing import get_args

import pytest

from gengfu.capabilities.safety_index.rules.evaluation_words import (
    Doubt,
    Subject,
    change,
    sentence,
    words_of,
)
from gengfu.kernel import Said
from gengfu.science.evaluation import Estimate, Finding
from gengfu.science.evaluation.problem import CautionCode

LIGHTS = Subject(
    Said("better lights", "改善照明"), Said("Burglary", "入室盗窃"), "compounds", 12, 40
)
OURS = ("recording", "later_places", "uncounted_people", "recorded_only")
HAN = re.compile(r"[\u4e00-\u9fff]")


def told(ratio, low, high, *, doubts=(), adjusted=None, design="did", **facts) -> Said:
    effect = Estimate(ratio, low, high, 0.1, 20.0, 0.04, 0.95)
    found = Finding(design, effect, adjusted, (), None, None, (), facts)
    return sentence(found, doubts, LIGHTS)


def test_a_fall_is_told_as_specified() -> None:
    said = told(0.82, 0.70, 0.96, matched=True)
    assert said.en == (
        "After better lights, recorded cases of burglary in the 12 compounds were 18 %"
        " lower than expected from 40 similar ones (from 4 % to 30 % lower)."
    )
    assert said.zh == (
        "改善照明后，12 个小区的入室盗窃记录比 40 个相似小区的预期低 18%"
        "（低 4% 至 30%）。"
    )


def test_chance_is_called_chance() -> None:
    said = told(0.97, 0.80, 1.15)
    assert "no effect on recorded cases of burglary" in said.en
    assert "can be told from chance" in said.en
    assert said.en.endswith("anything from 20 % lower to 15 % higher.")
    assert said.zh.endswith("（可能低 20%，也可能高 15%）。")


def test_a_rise_is_told_as_one() -> None:
    said = told(1.3, 1.1, 1.55)
    assert "30 % higher" in said.en
    assert "(from 10 % to 55 % higher)" in said.en
    assert "高 30%（高 10% 至 55%）" in said.zh


def test_limits_at_the_edge_stay_true() -> None:
    assert "(from less than 1 % to 30 % lower)" in told(0.82, 0.7, 0.997).en
    assert change(0.004).en == "99 % lower"
    assert change(0.0).en == "100 % lower"
    assert change(math.inf).en == "more than 1000 % higher"
    assert change(1.0).zh == "持平"
    nothing = told(math.nan, math.nan, math.nan)
    assert "nothing can be said" in nothing.en
    assert "不能得出任何结论" in nothing.zh


def test_what_chance_brings_is_taken_off_before_it_is_told() -> None:
    less = Estimate(0.95, 0.8, 1.13, 0.1, 20.0, 0.5, 0.95)
    said = told(0.8, 0.7, 0.9, adjusted=less)
    assert "can be told from chance" in said.en


def test_grave_doubts_stand_first() -> None:
    doubts = [
        Doubt("few_treated", grave=True, facts={"clusters": 1}),
        Doubt("pretrend", grave=True, facts={"per_year": 0.9, "p": 0.01}),
        Doubt("dropped", grave=False, facts={"places": 3}),
    ]
    said = told(0.82, 0.7, 0.96, doubts=doubts)
    assert said.en.startswith(
        "Caution first: only 1 place got it; the places were on another path before it"
        " began (each year 10 % lower). After better lights, "
    )
    assert said.zh.startswith("请先注意：只有 1 个地方实施；实施之前")
    assert "dropped" not in said.en
    assert "could not be compared" not in said.en


@pytest.mark.parametrize("code", [*get_args(CautionCode.__value__), *OURS])
def test_every_caution_has_words_in_both_languages(code: str) -> None:
    facts = {
        "clusters": 3, "expected": 7.2, "months": 4, "per_year": 0.9, "ratio": 0.8,
        "low": 0.7, "places": 5, "matched": True, "before": 0.1, "after": 0.4,
    }  # fmt: skip
    words = words_of(Doubt(code, grave=False, facts=facts))
    for said in (words.so, words.then):
        assert "{" not in said.en + said.zh
        assert "nan" not in said.en + said.zh
        assert HAN.search(said.zh)
        assert not HAN.search(said.en)
