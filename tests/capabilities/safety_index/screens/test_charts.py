"""Charts put numbers where they belong."""

from dataclasses import replace

import pytest
from tests.capabilities.safety_index.screens.sample import publication

from gengfu.capabilities.safety_index.rules.document import (
    Part,
    PlaceReport,
    Ratio,
    TrendPoint,
)
from gengfu.capabilities.safety_index.screens.bands import BandView
from gengfu.capabilities.safety_index.screens.charts import WIDE, ratio_bar, trend
from gengfu.capabilities.safety_index.screens.funnel import HIGH, funnel

BAND = BandView("green", "As expected", "", "even")


def point(period: str, value: int = 80) -> tuple[TrendPoint, BandView]:
    made = TrendPoint(
        period=period, value=value, low=value - 5, high=value + 5, band="green"
    )
    return made, BAND


def test_ratios_stand_on_doublings() -> None:
    bar = ratio_bar(Ratio(value=2.0, low=0.5, high=4.0))
    assert (bar.low, bar.middle, bar.high, bar.cut) == (25.0, 75.0, 100.0, False)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.9, 9.0)])
def test_ratios_beyond_the_axis_end_at_it(low: float, high: float) -> None:
    bar = ratio_bar(Ratio(value=1.0, low=low, high=high))
    assert bar.cut
    assert 0 <= bar.low <= bar.middle == 50 <= bar.high <= 100


def test_a_missing_month_leaves_a_gap() -> None:
    months = ["2025-11", "2025-12", "2026-01", "2026-03", "2026-04"]
    chart = trend([point(one) for one in months], 80)
    assert chart is not None
    assert len(chart.lines) == len(chart.intervals) == 2
    steps = [b.x - a.x for a, b in zip(chart.marks, chart.marks[1:], strict=False)]
    assert steps[2] == pytest.approx(2 * steps[0], abs=0.2)
    assert all(0 <= mark.x <= WIDE for mark in chart.marks)


def test_a_higher_score_stands_higher() -> None:
    chart = trend([point("2026-01", 40), point("2026-02", 90)], 80)
    assert chart is not None
    low, high = chart.marks
    assert high.y < chart.expected_y < low.y


def test_one_month_is_no_trend() -> None:
    assert trend([point("2026-01")], 80) is None
    assert trend([], 80) is None


def placed(one: str, events: str, expected: float) -> tuple[PlaceReport, str]:
    like = publication(8).places[0]
    part = Part(
        domain="crime", events=events, expected=expected, per_10_000=None, ratio=None
    )
    return replace(like, id=one, parts=(part,)), one


def test_the_funnel_has_the_exact_limits_of_a_count() -> None:
    chart = funnel([placed("a", "15", 15.0), placed("b", "9", 8.0)], "crime", "a", 4)
    assert chart is not None
    x, y = map(float, chart.inner[0].split()[-1].split(","))
    assert x == pytest.approx(WIDE - 8, abs=1)
    # At 15.6 expected the 95 % limits are close to those published for 15: .5597.
    top = 2.0
    ratio = (HIGH - 24 - y) / (HIGH - 24 - 8) * top
    assert ratio == pytest.approx(0.5597, abs=0.02)


def test_hidden_counts_are_not_drawn_and_the_own_one_as_its_range() -> None:
    places = [placed("a", "<5", 6.0), placed("b", "<5", 7.0), placed("c", "9", 8.0)]
    chart = funnel(places, "crime", "a", 4)
    assert chart is not None
    assert chart.hidden == 2
    assert chart.mine is None
    assert [dot.name for dot in chart.dots] == ["c"]
    assert chart.mine_range is not None
    _, low, high = chart.mine_range
    assert high < low
    assert [row.ratio for row in chart.rows if row.id != "c"] == [None, None]


def test_a_withheld_count_says_nothing() -> None:
    chart = funnel(
        [placed("a", "withheld", 6.0), placed("b", "3", 5.0)], "crime", "a", 4
    )
    assert chart is not None
    assert chart.mine is None
    assert chart.mine_range is None


def test_nothing_expected_nothing_drawn() -> None:
    assert funnel([placed("a", "0", 0.0)], "crime", "a", 4) is None
    assert funnel([placed("a", "9", 9.0)], "fire", "a", 4) is None


def test_a_far_place_is_drawn_at_the_top() -> None:
    chart = funnel([placed("a", "90", 9.0), placed("b", "9", 9.0)], "crime", "b", 4)
    assert chart is not None
    (far,) = chart.dots
    assert far.beyond
    assert far.y == pytest.approx(8.0)
