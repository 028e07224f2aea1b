"""Forecasts of calls: calibrated where truth is known, blind to what comes after."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from bench.demand.__main__ import san_francisco
from bench.demand.years import City, draw_year
from scipy import stats

from gengfu.science.demand import (
    LEVELS,
    CallCounts,
    ForecastOptions,
    Predicted,
    baseline,
    count_calls,
    forecast,
    roll,
    score,
)
from gengfu.science.demand.forecast import forecast_at
from gengfu.science.demand.predicted import learn_dispersion

SMALL = City(areas=12, calls_a_day=150.0)
FIRST = 112


@pytest.fixture(scope="module")
def years():
    """Rolled forecasts of drawn years, and the true expectation behind each."""
    made = []
    for seed in range(4):
        record, mean = draw_year(SMALL, 308, np.random.default_rng(seed))
        made.append((record, mean, roll(record, FIRST)))
    return made


@pytest.mark.lasting
@pytest.mark.parametrize("level", LEVELS)
def test_intervals_of_80_percent_cover_77_to_83_percent(years, level):
    found = np.mean([rolled.forecast[level].covered_exactly for *_, rolled in years])
    assert 0.77 <= found <= 0.83


@pytest.mark.lasting
def test_the_baselines_intervals_do_not_cover_what_they_say(years):
    """The bar above is one that can be missed: a Poisson about a plain mean misses."""
    found = [rolled.baseline["city_days"].covered_exactly for *_, rolled in years]
    assert np.mean(found) < 0.72


@pytest.mark.lasting
def test_the_forecast_is_nearer_the_truth_than_the_baseline_every_year(years):
    for record, mean, rolled in years:
        ours, plain = rolled.forecast, rolled.baseline
        for level in LEVELS:
            assert ours[level].deviance < plain[level].deviance
            assert sum(ours[level].pinball) < sum(plain[level].pinball)
        days = slice(FIRST, FIRST + 7 * rolled.origins)
        best = score(
            record.calls[days].astype(float),
            Predicted(mean[days], np.zeros(mean[days].shape)),
        ).deviance
        lost = ours["area_hours"].deviance - best
        assert 0 < lost < 0.35 * (plain["area_hours"].deviance - best)
        assert rolled.forecast_mase < 0.95


def test_where_days_only_differ_by_chance_next_to_no_dispersion_is_found():
    plain = replace(SMALL, day_cv=0.0, cell_cv=0.0, drift=0.0, season=0.0)
    record, mean = draw_year(plain, 200, np.random.default_rng(8))
    made = forecast(record)
    assert made.checked == 8
    assert np.median(made.area_hours.dispersion) < 0.06
    assert made.city_days.dispersion.max() < 0.004
    ahead = mean[np.arange(196, 203) % 7].sum(axis=(1, 2))  # 200 is day 4 of a week
    truth = np.roll(ahead, -4)
    assert made.city_days.mean == pytest.approx(truth, rel=0.08)
    busy = replace(SMALL, day_cv=0.2, cell_cv=0.0, drift=0.0, season=0.0)
    record, _ = draw_year(busy, 200, np.random.default_rng(8))
    found = forecast(record).city_days.dispersion.mean()
    assert 0.02 < found < 0.09  # 0.2 squared, widened


def test_means_add_up_over_areas_and_hours():
    record, _ = draw_year(SMALL, 140, np.random.default_rng(3))
    for made in (forecast(record, 10), baseline(record, 10)):
        assert made.area_hours.mean.shape == (10, 24, 12)
        assert made.area_hours.mean[8] == pytest.approx(made.area_hours.mean[1])
    made = forecast(record, 10)
    cells = made.area_hours.mean
    assert made.city_hours.mean == pytest.approx(cells.sum(axis=2))
    assert made.area_days.mean == pytest.approx(cells.sum(axis=1))
    assert made.city_days.mean == pytest.approx(cells.sum(axis=(1, 2)))


def test_nothing_after_the_origin_is_looked_at():
    record, _ = draw_year(SMALL, 140, np.random.default_rng(4))
    changed = record.calls.copy()
    changed[133:] = 900
    later = CallCounts(record.areas, changed, record.usual)
    one, two = roll(record, 126), roll(later, 126)
    assert one.origins == 2
    cut = CallCounts(record.areas, changed[:133], record.usual[:133])
    whole = CallCounts(record.areas, record.calls[:133], record.usual[:133])
    assert np.array_equal(
        forecast(cut).area_hours.mean, forecast(whole).area_hours.mean
    )
    assert roll(cut, 126).forecast == roll(whole, 126).forecast
    # nor when it learns from fortnights, of which the last is not over yet
    options = ForecastOptions()
    from_whole = forecast(whole, 14, options)
    from_within = forecast_at(later, 133, 14, options, {})
    for level in LEVELS:
        one_level, other = from_whole.at(level), from_within.at(level)
        assert np.array_equal(one_level.mean, other.mean)
        assert np.array_equal(one_level.dispersion, other.dispersion)
    assert two.forecast["city_days"].deviance > 100 * one.forecast["city_days"].deviance


def test_unusual_days_teach_nothing_and_are_not_scored():
    record, _ = draw_year(SMALL, 140, np.random.default_rng(5))
    usual = record.usual.copy()
    usual[[100, 125, 136]] = False
    one = CallCounts(record.areas, record.calls, usual)
    storm = record.calls.copy()
    storm[[100, 125, 136]] = 400
    two = CallCounts(record.areas, storm, usual)
    first, second = forecast(one), forecast(two)
    for level in LEVELS:
        assert np.array_equal(first.at(level).mean, second.at(level).mean)
        assert np.array_equal(first.at(level).dispersion, second.at(level).dispersion)
    assert roll(two, FIRST).left_out_days == 2
    assert roll(two, FIRST).forecast == roll(one, FIRST).forecast
    naive = forecast(CallCounts(record.areas, storm, record.usual))
    assert naive.city_days.mean.mean() > 1.2 * first.city_days.mean.mean()


def test_a_level_that_has_risen_is_followed():
    record, _ = draw_year(
        replace(SMALL, drift=0.0, season=0.0), 168, np.random.default_rng(6)
    )
    calls = record.calls.copy()
    calls[119:] *= 2  # seven weeks ago
    risen = CallCounts(record.areas, calls, record.usual)
    made, plain = forecast(risen), baseline(risen)
    now = 2 * record.calls[119:].sum() / 49
    assert made.city_days.mean.mean() == pytest.approx(now, rel=0.05)
    assert plain.city_days.mean.mean() < 0.95 * now


def test_an_area_with_few_calls_is_drawn_to_the_hours_of_the_city():
    rng = np.random.default_rng(7)
    hours = np.where(np.arange(24) < 12, 0.5, 1.5)
    mean = np.stack([20 * hours, 0.05 * hours], axis=1)
    calls = rng.poisson(np.broadcast_to(mean, (56, 24, 2))).astype(np.int64)
    record = CallCounts(("large", "small"), calls, np.ones(56, np.bool_))
    small = forecast(record).area_hours.mean[:, :, 1]
    plain = baseline(record).area_hours.mean[:, :, 1]
    truth = np.broadcast_to(mean[:, 1], small.shape)
    assert np.abs(small - truth).mean() < 0.25 * np.abs(plain - truth).mean()
    assert small[:, 12:].mean() > 2.0 * small[:, :12].mean()


def test_predictions_are_poissons_mixed_over_a_gamma():
    mean, dispersion = np.array([0.3, 4.0, 60.0]), np.array([0.5, 0.2, 0.05])
    predicted = Predicted(mean, dispersion)
    rates = np.linspace(0.0, 12.0, 240_001)
    for at in range(3):
        size = 1 / dispersion[at]
        weight = stats.gamma.pdf(rates, size, scale=dispersion[at])
        weight[0] = 0.0 if size > 1 else weight[0]
        for count in (0, 2, 70):
            chance = stats.poisson.cdf(count, mean[at] * rates) @ weight
            chance /= weight.sum()
            found = predicted.at_most(np.full(3, float(count)))[at]
            assert found == pytest.approx(chance, abs=1e-4)
    low, high = predicted.interval(0.8)
    assert np.all(predicted.at_most(high) >= 0.9)
    assert np.all(predicted.at_most(high - 1) < 0.9)
    assert np.all(predicted.at_most(low - 1) < 0.1)
    sure = Predicted(mean, np.zeros(3))
    assert sure.at_most(np.array([0.0, 3.0, 70.0])) == pytest.approx(
        stats.poisson.cdf([0, 3, 70], mean), abs=1e-6
    )
    assert np.array_equal(sure.quantile(0.9), stats.poisson.ppf(0.9, mean))
    assert np.array_equal(sure.at_most(np.full(3, -1.0)), np.zeros(3))


def test_dispersion_is_learnt_beyond_what_is_known():
    rng = np.random.default_rng(9)
    mean = rng.uniform(0.5, 40.0, 20_000)
    counts = rng.poisson(mean * rng.gamma(1 / 0.3, 0.3, 20_000)).astype(float)
    assert learn_dispersion(counts, mean, 0.0) == pytest.approx(0.3, rel=0.05)
    assert learn_dispersion(counts, mean, 0.1) == pytest.approx(0.2, rel=0.08)
    plain = rng.poisson(mean).astype(float)
    assert learn_dispersion(plain, mean, 0.0) < 0.002
    assert learn_dispersion(plain, mean, 0.2) == 0.0
    assert learn_dispersion(np.zeros(2), np.zeros(2), 0.0) == 0.0


def test_scores_are_those_of_the_definitions():
    calls, mean = np.array([0.0, 3.0, 12.0]), np.array([0.5, 3.0, 8.0])
    found = score(calls, Predicted(mean, np.zeros(3)))
    assert found.deviance == pytest.approx(2 * (0.5 + 0.0 + 12 * np.log(1.5) - 4.0) / 3)
    # medians 0, 3, 8; tenths 0, 1, 5; ninetieths 1, 5, 12
    assert found.pinball == pytest.approx(
        (0.1 * (0 + 2 + 7) / 3, 0.5 * 4 / 3, (0.1 * 1 + 0.1 * 2 + 0) / 3)
    )
    assert found.covered == 1.0
    assert found.width == pytest.approx((1 + 4 + 7) / 3)
    inside = [
        (stats.poisson.cdf(0, 0.5) - 0.1) / stats.poisson.pmf(0, 0.5),
        1.0,
        (0.9 - stats.poisson.cdf(11, 8)) / stats.poisson.pmf(12, 8),
    ]
    assert found.covered_exactly == pytest.approx(np.mean(inside), abs=1e-6)


def test_mase_is_against_the_same_weekday_of_the_week_before():
    calls = np.full((21, 24, 1), 4, np.int64)
    calls[7:14] += 1  # a day's change of 24 from week to week
    record = CallCounts(("x",), calls, np.ones(21, np.bool_))
    # with no forecast checked no dispersion is learnt: the median stays at the mean
    options = ForecastOptions(check_weeks=0)
    made = roll(record, 14, options=options)
    past = CallCounts(("x",), calls[:14], record.usual[:14])
    middle = forecast(past, options=options).city_days
    assert made.baseline_mase == pytest.approx(0.5, abs=0.05)  # 108 said, 96 came
    assert made.forecast_mase == pytest.approx(0.5, abs=0.05)
    assert middle.quantile(0.5) == pytest.approx(np.full(7, 108.0), abs=2)


def test_only_calls_that_residents_made_are_counted():
    made = count_calls(
        ("a", "b"),
        2,
        day=np.array([0, 0, 1, 1]),
        hour=np.array([3, 3, 23, 0]),
        area=np.array([1, 1, 0, 0]),
        by_resident=np.array([True, True, True, False]),
    )
    assert made.calls.sum() == 3
    assert made.calls[0, 3, 1] == 2
    assert made.calls[1, 23, 0] == 1


def test_a_fortnight_is_enough_to_forecast_but_not_to_learn_how_days_differ(shared):
    path = shared / "data" / "sf" / "calls_2020-04.csv"
    record = san_francisco(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = {
            row["Call Number"]: row["Received DtTm"][11:13] + row["Received DtTm"][-2:]
            for row in csv.DictReader(file)
        }
    assert record.days == 14
    assert record.calls.sum() == len(rows)
    assert record.calls[:, 17].sum() == sum(at == "05PM" for at in rows.values())
    rolled = roll(record, 7)
    assert rolled.origins == 1
    assert np.isnan(rolled.forecast_mase)  # the week before has no week before it
    for level in LEVELS:
        assert rolled.forecast[level].deviance < rolled.baseline[level].deviance
    assert rolled.forecast["area_hours"].covered_exactly == pytest.approx(0.8, abs=0.03)
    assert forecast(record).checked == 1


def test_nonsense_is_refused():
    record, _ = draw_year(SMALL, 20, np.random.default_rng(1))
    with pytest.raises(ValueError, match="1 to 28 days"):
        forecast(record, 29)
    short = CallCounts(record.areas, record.calls[:6], record.usual[:6])
    with pytest.raises(ValueError, match="7 days or more"):
        forecast(short)
    quiet = CallCounts(record.areas, record.calls * 0, record.usual)
    with pytest.raises(ValueError, match="no calls"):
        forecast(quiet)
    strange = CallCounts(record.areas, record.calls, ~record.usual)
    with pytest.raises(ValueError, match="no calls on usual days"):
        forecast(strange)
    with pytest.raises(ValueError, match="24, areas"):
        CallCounts(("one",), record.calls, record.usual)
    with pytest.raises(ValueError, match="ends before"):
        roll(record, 14)
    one = np.array([0])
    with pytest.raises(ValueError, match="hour must lie"):
        count_calls(("a",), 1, day=one, hour=one + 24, area=one, by_resident=one == 0)
    with pytest.raises(ValueError, match="above 0"):
        Predicted(np.zeros(1), np.zeros(1))
