"""Two calls about one event: offered with reasons, merged by a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from bench.duplicates.calls import simulate
from bench.duplicates.fit import area_under_curve, measure
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.distances import apart_m
from gengfu.capabilities.control_room.rules.duplicates import (
    load_matching,
    suggest,
)
from gengfu.capabilities.control_room.rules.likeness import (
    Report,
    Spot,
    word_similarity,
)
from gengfu.kernel import BadInput

T0 = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
METRE = 1 / 111_195.0
FIRE = Report(
    "i1", T0, "structure-fire", "fire", Spot(0.0, 0.0, 30.0),
    "flames on the third floor, Mill Road", "mark-1", "Mill Road",
)  # fmt: skip


@pytest.fixture(scope="session")
def matching(data, catalogue):
    return load_matching((data / "duplicates.toml").read_bytes(), catalogue)


def call(*, metres=0.0, minutes=0.0, precision=30.0, **more) -> Report:
    spot = Spot(0.0, metres * METRE, precision)
    fields = {"spot": spot, "callback_mark": None, "street": None} | more
    return replace(FIRE, id="draft", at=T0 + timedelta(minutes=minutes), **fields)


def chance(draft: Report, matching, other: Report = FIRE) -> float:
    everything = replace(matching, offer_from=0.0)
    (found,) = suggest(draft, [other], everything)
    return found.probability


def test_the_same_fire_called_in_again_is_offered_with_every_reason(matching):
    again = call(metres=20, minutes=3, street="MILL ROAD", callback_mark="mark-1")
    (found,) = suggest(again, [FIRE], matching)
    assert found.incident == "i1"
    assert found.probability > 0.95
    assert [r.code for r in found.reasons] == [
        "same-callback", "distance", "time", "same-type", "same-street", "words",
    ]  # fmt: skip
    assert found.metres == pytest.approx(20, abs=0.1)
    assert all(r.said.zh for r in found.reasons)


def test_smoke_in_chinese_beside_a_fire_is_offered(matching):
    other = call(metres=60, minutes=4, type="smoke", words="三楼冒烟了")
    (found,) = suggest(other, [FIRE], matching)
    assert "like-type" in [r.code for r in found.reasons]


def test_another_kind_of_event_on_the_same_corner_is_not(matching):
    theft = call(minutes=20, type="theft", domain="crime", words="bicycle stolen")
    assert suggest(theft, [FIRE], matching) == ()


def test_the_same_kind_of_event_far_off_is_not(matching):
    far = call(metres=1500, minutes=2, words="kitchen fire beside the school")
    assert suggest(far, [FIRE], matching) == ()


def test_evidence_counts_the_way_people_expect(matching):
    base = call(metres=100, minutes=5)
    assert chance(base, matching) > chance(call(metres=400, minutes=5), matching)
    assert chance(base, matching) > chance(call(metres=100, minutes=50), matching)
    other_words = call(metres=100, minutes=5, words="cat on the roof")
    assert chance(base, matching) > chance(other_words, matching)
    same_street = call(metres=100, minutes=5, street="Mill Road")
    other_street = call(metres=100, minutes=5, street="Quay Street")
    assert chance(same_street, matching) > chance(base, matching)
    assert chance(base, matching) > chance(other_street, matching)
    known = call(metres=100, minutes=5, callback_mark="mark-1")
    assert chance(known, matching) > chance(base, matching)


def test_a_vague_location_forgives_distance(matching):
    sharp = chance(call(metres=600, minutes=2), matching)
    vague = chance(call(metres=600, minutes=2, precision=1000.0), matching)
    assert vague > sharp


def test_a_call_without_a_place_is_still_compared(matching):
    nowhere = call(minutes=2, spot=None, callback_mark="mark-1")
    (found,) = suggest(nowhere, [FIRE], matching)
    assert found.metres is None


def test_the_same_number_is_looked_at_however_far_and_late(matching):
    late = call(metres=9000, minutes=300, callback_mark="mark-1")
    everything = replace(matching, offer_from=0.0)
    assert len(suggest(late, [FIRE], everything)) == 1
    assert suggest(replace(late, callback_mark="x"), [FIRE], everything) == ()


def test_no_incident_is_offered_for_itself(matching):
    assert suggest(replace(FIRE), [FIRE], matching) == ()


def test_the_best_come_first_and_only_a_few(matching):
    known = [
        replace(FIRE, id=f"i{n}", spot=Spot(0.0, n * 10 * METRE, 30.0))
        for n in range(20)
    ]
    found = suggest(call(minutes=1), reversed(known), matching)
    assert [f.incident for f in found] == ["i0", "i1", "i2", "i3", "i4"]


@pytest.mark.parametrize(
    ("a", "b", "least", "most"),
    [
        ("house on fire", "house on fyre", 0.6, 0.9),
        ("三楼着火了", "三楼起火", 0.4, 0.8),
        ("house on fire", "三楼着火了", 0.0, 0.0),
        ("", "fire", 0.0, 0.0),
        ("a b", "A  B!", 1.0, 1.0),
    ],
)
def test_words_are_compared_letter_by_letter(a, b, least, most):
    assert least <= word_similarity(a, b) <= most


def test_distance_is_that_of_the_globe():
    # One degree of latitude on a sphere of 6,371 km.
    assert apart_m((10, 0), (10, 1)) == pytest.approx(111_195)
    east = apart_m((0, 60), (0.01, 60))
    assert east == pytest.approx(555.97, abs=0.5)


def test_offers_on_unseen_simulated_calls_are_right(catalogue, matching):
    """Far below what bench/duplicates measures, far above an untuned score."""
    calls = simulate(catalogue, np.random.default_rng(99), 0.25, 900)
    score = measure(calls, matching)
    assert score.repeats > 200
    assert score.recall > 0.75
    assert score.precision > 0.65
    assert score.disturbed < 0.2
    assert score.auc > 0.985


@given(st.data())
def test_the_area_under_the_curve_counts_pairs(data):
    labels = data.draw(st.lists(st.booleans(), min_size=2, max_size=12))
    if len(set(labels)) < 2:
        return
    scores = [data.draw(st.integers(0, 4)) for _ in labels]
    ones = [s for s, y in zip(scores, labels, strict=True) if y]
    others = [s for s, y in zip(scores, labels, strict=True) if not y]
    wins = sum((a > b) + (a == b) / 2 for a in ones for b in others)
    area = area_under_curve(np.array(scores, float), np.array(labels, float))
    assert area == pytest.approx(wins / (len(ones) * len(others)))


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("distance = ", "distanse = ", "weights: distanse is not a field"),
        ("from = 0.25", "from = 25", "offer: from must be a number 0 to 1"),
        ('"smoke", "fire-alarm"', '"smok"', "related 1: types names 'smok'"),
        ("traffic-medical", "traffic-dragon", "traffic-dragon is not a pair"),
        ("[offer]", "[offers]", "offers is not a field here"),
    ],
)
def test_bad_weights_are_refused_in_one_line(data, catalogue, right, wrong, line):
    text = (data / "duplicates.toml").read_text(encoding="utf-8")
    assert right in text
    with pytest.raises(BadInput) as refused:
        load_matching(text.replace(right, wrong, 1), catalogue)
    assert line in str(refused.value)
