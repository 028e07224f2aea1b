"""The front door: which design it picks, what it warns of, whether it is fooled."""

import json
import math

import numpy as np
import pytest

from gengfu.science.evaluation import NEVER, Panel, assess


def city(seed=5, ratio=0.7, places=60, treated=15, periods=36, start=20):
    rng = np.random.default_rng(seed)
    level = rng.normal(1.2, 0.5, places)
    season = 0.2 * np.sin(np.arange(periods) * 2 * np.pi / 12)
    adoption = np.where(np.arange(places) < treated, start, NEVER)
    with_it = np.arange(periods)[None] >= adoption[:, None]
    mean = np.exp(level[:, None] + season[None] + math.log(ratio) * with_it)
    return rng.poisson(mean), adoption


def codes(finding):
    return {caution.code for caution in finding.cautions}


def test_a_plain_case_is_plainly_told():
    counts, adoption = city()
    found = assess(
        Panel.of(counts), adoption, points_m=np.arange(120).reshape(60, 2) * 999
    )
    assert found.design == "did"
    assert found.verdict == "fewer"
    assert found.effect.low < 0.7 < found.effect.high
    assert found.sound
    assert codes(found) == set()
    facts = found.facts
    assert facts["treated_places"] == 15
    assert facts["comparison_places"] == 45
    assert facts["ratio_percent"] == pytest.approx(100 * (found.effect.ratio - 1))
    assert facts["avoided"] == pytest.approx(facts["expected"] - facts["observed"])
    assert (facts["months_before"], facts["months_after"]) == (20, 16)
    assert json.loads(json.dumps(dict(facts), allow_nan=False)) == facts
    assert [p.first for p in found.study] == sorted(p.first for p in found.study)
    assert found.pretrend is not None


def test_different_months_of_adoption_take_group_times():
    counts, adoption = city(places=80)
    adoption[:7] = 24
    found = assess(Panel.of(counts), adoption)
    assert found.design == "group_time"
    assert "staggered" in codes(found)
    assert any(p.first < 0 for p in found.study)
    assert any(p.first >= 0 for p in found.study)


def test_without_others_only_the_series_is_left_and_it_says_so():
    counts, adoption = city()
    found = assess(Panel.of(counts[:15]), adoption[:15])
    assert found.design == "interrupted_series"
    assert not found.sound
    assert found.cautions[0].code == "no_comparison"
    assert found.effect.known


def test_places_yet_to_adopt_are_a_comparison():
    counts, adoption = city(treated=60)
    adoption[30:] = 28
    found = assess(Panel.of(counts), adoption)
    assert found.design == "group_time"
    assert found.effect.known


def test_one_treated_place_has_an_interval_and_a_grave_caution():
    counts, adoption = city()
    chosen = np.r_[0, 15:60]
    found = assess(Panel.of(counts[chosen]), adoption[chosen])
    assert found.effect.known
    assert found.cautions[0].code == "few_treated"
    assert not found.sound


def test_short_records_are_named():
    counts, adoption = city(periods=10, start=8)
    found = {c.code: c for c in assess(Panel.of(counts), adoption).cautions}
    assert found["too_short_before"].facts == {"months": 8}
    assert not found["too_short_before"].grave
    assert found["too_short_after"].grave


def test_another_path_before_is_named():
    counts, adoption = city()
    counts[:15, :6] *= 2
    found = assess(Panel.of(counts), adoption)
    assert "pretrend" in codes(found)
    assert not found.sound


def test_what_went_next_door_is_found():
    counts, adoption = city(ratio=0.6, places=90)
    points = np.column_stack([np.arange(90) * 1000.0, np.zeros(90)])
    ring = np.arange(15, 30)
    points[ring] = points[:15] + 50
    rng = np.random.default_rng(8)
    counts[ring, 20:] += rng.poisson(0.6 * counts[ring, 20:].mean(), (15, 16))
    found = assess(Panel.of(counts), adoption, points_m=points, ring_m=100)
    assert found.displacement is not None
    assert found.displacement.low > 1
    assert "displacement" in codes(found)
    assert found.facts["ring_places"] == 15
    assert found.facts["comparison_places"] == 60
    assert found.facts["displaced"] > 0
    assert found.facts["avoided_net"] < found.facts["avoided"]
    unknown = assess(Panel.of(counts), adoption)
    assert "displacement_unknown" in codes(unknown)


def test_the_worst_places_of_last_year_do_not_fool_it():
    # nothing works here, and places differ little: whoever was worst falls back
    rng = np.random.default_rng(6)
    said, naive = [], []
    for _ in range(20):
        risk = np.exp(rng.normal(-1, 0.3, 120))
        counts = rng.poisson(np.repeat(risk[:, None], 24, 1))
        worst = np.argsort(-counts[:, :12].sum(1), kind="stable")[:15]
        adoption = np.full(120, NEVER)
        adoption[worst] = 12
        found = assess(Panel.of(counts), adoption)
        said.append(found.verdict)
        naive.append(found.effect.verdict)
        assert "regression_to_mean" in codes(found)
        assert found.adjusted is not None
    assert naive.count("fewer") >= 16
    assert said.count("fewer") <= 2


def test_others_as_bad_are_taken_where_there_are_some():
    # every second of the worst places is treated: the rest of them fall back alike
    rng = np.random.default_rng(7)
    logs = []
    for _ in range(30):
        risk = np.exp(rng.normal(-1, 0.3, 200))
        counts = rng.poisson(np.repeat(risk[:, None], 24, 1))
        worst = np.argsort(-counts[:, :12].sum(1), kind="stable")[:40:2]
        adoption = np.full(200, NEVER)
        adoption[worst] = 12
        found = assess(Panel.of(counts), adoption)
        assert found.facts["matched"]
        assert abs(found.facts["level_gap_after"]) < found.facts["level_gap_before"]
        assert found.adjusted is None
        logs.append(math.log(found.effect.ratio))
    assert abs(np.mean(logs)) < 0.06


def test_nothing_after_is_a_ratio_of_zero_with_a_limit():
    counts, adoption = city()
    counts[:15, 20:] = 0
    found = assess(Panel.of(counts), adoption)
    assert found.facts["ratio"] == 0
    assert found.verdict == "fewer"
    assert "separated" in codes(found)


def test_treated_from_the_first_month_is_left_out_or_refused():
    counts, adoption = city()
    adoption[0] = 0
    found = assess(Panel.of(counts), adoption)
    assert found.facts["left_out_places"] == 1
    assert (found.facts["treated_places"], found.facts["months_before"]) == (14, 20)
    adoption[:15] = 0
    with pytest.raises(ValueError, match="before adoption"):
        assess(Panel.of(counts), adoption)


def test_nobody_with_the_measure_is_refused():
    counts, _ = city()
    with pytest.raises(ValueError, match="no place got"):
        assess(Panel.of(counts), np.full(60, NEVER))
