"""Both Farrington algorithms: published output, an independent fit, bad records."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import nbinom, poisson

from gengfu.science.detection import (
    FarringtonOptions,
    FlexibleOptions,
    Outcome,
    farrington,
    farrington_flexible,
)

BOUNDS = {"delta": "delta", "nbPlugin": "nb_plugin", "muan": "muan"}
RUNS = [
    "agona_control1",
    "agona_control2",
    "agona_control2_nbPlugin",
    "agona_control2_muan",
]


@pytest.fixture(scope="module")
def reference(shared: Path) -> Path:
    return shared / "reference" / "detection"


@pytest.fixture(scope="module")
def agona(reference):
    with (reference / "salmonella_agona.csv").open() as rows:
        return np.array([float(row["observed"]) for row in csv.DictReader(rows)])


@pytest.fixture(scope="module")
def newport(reference):
    with (reference / "salmNewport_germany.csv").open() as rows:
        table = list(csv.DictReader(rows))
    counts = np.array([float(row["observed"]) for row in table])
    return counts, np.array([row["date"] for row in table], "datetime64[D]")


def options_of(control, compat):
    return FlexibleOptions(
        years=control["b"],
        half_window=control["w"],
        periods=control["noPeriods"],
        weights_above=control["weightsThreshold"],
        weeks_out=control["pastWeeksNotIncluded"],
        trend_p=control["pThresholdTrend"],
        alpha=control["alpha"],
        bound=BOUNDS[control.get("thresholdMethod", "delta")],
        compat=compat,
    )


def numbers(values):
    return np.array([np.nan if v is None else v for v in values], float)


@pytest.mark.parametrize("run", RUNS)
def test_compat_gives_every_digit_that_r_printed(reference, agona, run):
    answer = json.loads((reference / "farringtonFlexible_agona.json").read_text())[run]
    control = answer["control"]
    found = farrington_flexible(
        agona, np.array(control["range"]) - 1, options=options_of(control, "R")
    )
    for ours, theirs in (
        (found.upper, "upperbound"),
        (found.expected, "expected"),
        (found.dispersion, "phi"),
        (found.trend_per_week, "trendCoef"),
        (found.p_value, "pvalue"),
        (found.score, "score"),
    ):
        np.testing.assert_allclose(ours, numbers(answer[theirs]), rtol=2e-12)
    assert found.trend.tolist() == [bool(t) for t in answer["trend"]]
    assert found.alarm.tolist() == [bool(a) for a in answer["alarm"]]
    np.testing.assert_array_equal(found.observed, answer["observed"])
    assert (found.outcome == Outcome.TESTED).all()


@pytest.mark.parametrize("run", RUNS)
def test_the_papers_formula(reference, agona, run):
    name = "farringtonFlexible_agona_TEXTBOOK_prototype.json"
    answer = json.loads((reference / name).read_text())[run]
    r = json.loads((reference / "farringtonFlexible_agona.json").read_text())[run]
    found = farrington_flexible(
        agona,
        np.array(r["control"]["range"]) - 1,
        options=options_of(r["control"], "paper"),
    )
    np.testing.assert_allclose(found.upper, answer["upperbound"], rtol=1e-10)
    np.testing.assert_allclose(found.expected, answer["expected"], rtol=1e-10)
    np.testing.assert_allclose(found.dispersion, answer["phi"], rtol=1e-10)
    assert found.trend.tolist() == answer["trend"]


def fitted_by_a_minimiser(counts, design, above):
    """Fit one series twice by minimising its deviance; mean, sd of it, dispersion."""
    weight = np.ones(len(counts))
    for last in (False, True):

        def cost(beta, weight=weight):
            eta = design @ beta
            return np.sum(weight * (np.exp(eta) - counts * eta))

        def slope(beta, weight=weight):
            return design.T @ (weight * (np.exp(design @ beta) - counts))

        start = np.linalg.lstsq(design, np.log(counts + 0.5), rcond=None)[0]
        beta = minimize(cost, start, jac=slope, method="BFGS", options={"gtol": 1e-7}).x
        for _ in range(3):
            mu = np.exp(design @ beta)
            bend = design.T @ ((weight * mu)[:, None] * design)
            beta = beta - np.linalg.solve(bend, slope(beta))
        mu = np.exp(design @ beta)
        inverse = np.linalg.inv(design.T @ ((weight * mu)[:, None] * design))
        freedom = len(counts) - design.shape[1]
        phi = np.sum(weight * (counts - mu) ** 2 / mu) / freedom
        if last:
            break
        hat = weight * mu * np.einsum("ij,jk,ik->i", design, inverse, design)
        s = 1.5 * (counts ** (2 / 3) * mu ** (-1 / 6) - mu**0.5)
        s /= np.sqrt(max(phi, 1) * (1 - hat))
        weight = np.where(s > above, 1 / np.where(s > above, s, 1) ** 2, 1.0)
        weight *= len(counts) / weight.sum()
    phi = max(phi, 1)
    return np.exp(beta[0]), np.sqrt(phi * inverse[0, 0]), phi


def seasonal(rng, weeks, level):
    time = np.arange(weeks)
    mean = level * np.exp(0.5 * np.sin(2 * np.pi * time / 52) + 0.0005 * time)
    return rng.negative_binomial(6, 6 / (6 + mean)).astype(float)


@pytest.mark.parametrize(
    ("years", "half", "periods", "out", "bound"),
    [
        (5, 3, 10, 26, "nb_plugin"),
        (3, 2, 7, 10, "delta"),
        (4, 4, 5, 30, "muan"),
        (6, 0, 4, 0, "delta"),
        (2, 3, 10, 26, "delta"),
        (4, 3, 2, 5, "muan"),
    ],
)
def test_any_choice_agrees_with_another_minimiser(years, half, periods, out, bound):
    rng = np.random.default_rng(years * 100 + periods)
    counts = seasonal(rng, 340, 12.0)
    counts[[150, 151]] += 60
    counts[[40, 90, 200]] = np.nan
    alpha, k = 0.02, 335
    found = farrington_flexible(
        counts,
        [k],
        options=FlexibleOptions(
            years=years,
            half_window=half,
            periods=periods,
            weeks_out=out,
            alpha=alpha,
            bound=bound,
        ),
    )
    weeks = np.arange(max(0, k - 52 * years - half), k - out)
    level = np.zeros(len(weeks), int)
    for place, week in enumerate(weeks):
        since = (week - k) % 52
        if half < since < 52 - half:
            level[place] = 1 + (since - half - 1) * (periods - 1) // (51 - 2 * half)
    kept = ~np.isnan(counts[weeks])
    season = (level[:, None] == np.arange(1, periods)).astype(float)
    trend = [(weeks - k)[:, None] / 52] if found.trend[0] else []
    design = np.hstack([np.ones((len(weeks), 1)), *trend, season])[kept]
    mean, doubt, phi = fitted_by_a_minimiser(counts[weeks][kept], design, 2.58)
    if years < 3:
        assert not found.trend[0]
    np.testing.assert_allclose(found.expected, mean, rtol=1e-6)
    np.testing.assert_allclose(found.dispersion, phi, rtol=1e-6)
    z = ndtri(1 - alpha)
    spread = np.sqrt(phi * mean + (mean * doubt) ** 2) / mean
    if bound == "delta":
        upper = mean * (1 + 2 / 3 * z * spread) ** 1.5
    else:
        at = mean * np.exp(z * doubt) if bound == "muan" else mean
        law = nbinom(at / (phi - 1), 1 / phi) if phi > 1 else poisson(at)
        upper = law.ppf(1 - alpha)
    np.testing.assert_allclose(found.upper, upper, rtol=1e-6)


@pytest.mark.parametrize("power", [2 / 3, 1 / 2, 1.0])
def test_the_algorithm_of_1996(newport, power):
    counts, _ = newport
    rng = np.random.default_rng(9)
    for series in (counts, seasonal(rng, 528, 20.0)):
        found = farrington(series, [400], options=FarringtonOptions(power=power))
        weeks = np.concatenate(
            [np.arange(400 - 52 * j - 3, 400 - 52 * j + 4) for j in range(5, 0, -1)]
        )
        ones = np.ones((len(weeks), 1))
        trend = [(weeks - 400)[:, None] / 52] if found.trend[0] else []
        mean, doubt, phi = fitted_by_a_minimiser(
            series[weeks], np.hstack([ones, *trend]), 1.0
        )
        spread = np.sqrt(phi * mean + (mean * doubt) ** 2) / mean
        upper = mean * (1 + power * ndtri(0.995) * spread) ** (1 / power)
        np.testing.assert_allclose(found.expected, mean, rtol=1e-6)
        np.testing.assert_allclose(found.upper, upper, rtol=1e-6)


def test_a_trend_stays_where_it_is_sure_and_not_beyond_what_was_seen():
    rng = np.random.default_rng(4)
    time = np.arange(330)
    falling = rng.poisson(40 * np.exp(-0.006 * time)).astype(float)
    soaring = rng.poisson(1.5 * np.exp(0.011 * time)).astype(float)
    level = rng.poisson(np.full(330, 20.0)).astype(float)
    found = farrington(np.stack([falling, soaring, level]))
    assert found.trend[:, 0].tolist() == [True, False, False]
    assert found.trend_per_week[0, 0] == pytest.approx(-0.006, abs=0.001)
    assert np.isnan(found.trend_per_week[1:, 0]).all()
    without = farrington(falling, options=FarringtonOptions(trend=False))
    assert not without.trend[0]
    assert without.expected[0] > 2 * found.expected[0, 0]


def test_many_series_are_as_each_alone(newport):
    counts, days = newport
    rng = np.random.default_rng(3)
    rows = np.stack([counts, seasonal(rng, 528, 3.0), rng.poisson(0.1, 528) * 1.0])
    rows[1, 300:340] = np.nan
    rows[2, :290] = 0
    at = [380, 410, 450, 527]
    for compat in ("paper", "R"):
        options = FlexibleOptions(alpha=0.01, compat=compat)
        many = farrington_flexible(rows, at, weeks=days, options=options)
        for k, row in enumerate(rows):
            one = farrington_flexible(row, at, weeks=days, options=options)
            for name in ("outcome", "alarm", "upper", "expected", "score", "trend"):
                np.testing.assert_allclose(
                    getattr(many, name)[k], getattr(one, name), rtol=1e-7
                )


def test_an_outbreak_alarms_and_a_past_one_is_weighed_down():
    rng = np.random.default_rng(6)
    counts = seasonal(rng, 330, 10.0)
    quiet = farrington_flexible(counts)
    assert not quiet.alarm[0]
    with_past = counts.copy()
    with_past[320 - 104 : 326 - 104] += 90
    weighed = farrington_flexible(with_past)
    plain = farrington_flexible(
        with_past, options=FlexibleOptions(weights_above=float("inf"))
    )
    assert quiet.upper[0] <= weighed.upper[0] < plain.upper[0] - 10
    now = counts.copy()
    now[-1] = quiet.upper[0] + 1
    loud = farrington_flexible(now)
    assert loud.alarm[0]
    assert loud.score[0] > 1
    assert loud.p_value[0] < 0.005
    at_bound = counts.copy()
    at_bound[-1] = quiet.upper[0]
    assert not farrington_flexible(at_bound).alarm[0]


def test_dates_keep_the_season_through_a_year_of_53_weeks():
    first = date(2014, 12, 29)
    days = np.array([first + timedelta(weeks=k) for k in range(330)], "datetime64[D]")
    # Of every year the week that begins first is busy; 2020 has 53 weeks.
    busy = np.array([d.astype(object).timetuple().tm_yday <= 7 for d in days])
    counts = np.where(busy, 40.0, 4.0) + np.arange(330) % 3
    new_year = int(np.flatnonzero(days == np.datetime64("2021-01-04"))[0])
    options = FlexibleOptions(half_window=0, periods=12, bound="delta", trend=False)
    by_date = farrington_flexible(counts, [new_year], weeks=days, options=options)
    by_number = farrington_flexible(counts, [new_year], options=options)
    assert by_date.expected[0] > 35
    assert by_number.expected[0] < 25
    leap = np.array([date(2020, 2, 29) + timedelta(weeks=k - 280) for k in range(300)])
    found = farrington_flexible(
        np.full(300, 6.0), [280], weeks=leap.astype("datetime64[D]")
    )
    assert found.outcome[0] == Outcome.TESTED
    assert found.expected[0] == pytest.approx(6)


def test_weeks_left_out_are_weeks_not_recorded():
    rng = np.random.default_rng(8)
    counts = seasonal(rng, 330, 8.0)
    gone = np.array([20, 55, 180, 181])
    full = counts.copy()
    full[gone] = np.nan
    weeks = np.delete(np.arange(330) + 1000, gone)
    found = farrington_flexible(np.delete(counts, gone), weeks=weeks)
    expected = farrington_flexible(full)
    np.testing.assert_allclose(found.upper, expected.upper, rtol=1e-12)
    np.testing.assert_allclose(found.expected, expected.expected, rtol=1e-12)


def test_population_is_an_offset():
    rng = np.random.default_rng(12)
    people = np.linspace(1000, 3000, 330)
    counts = rng.poisson(people * 0.01).astype(float)
    options = FlexibleOptions(trend=False, periods=1, weights_above=float("inf"))
    found = farrington_flexible(counts, population=people, options=options)
    weeks = np.concatenate(
        [np.arange(329 - 52 * j - 3, 329 - 52 * j + 4) for j in range(5, 0, -1)]
    )
    rate = counts[weeks].sum() / people[weeks].sum()
    assert found.expected[0] == pytest.approx(rate * people[329], rel=1e-9)
    nobody = people.copy()
    nobody[weeks[0]] = 0
    without = farrington_flexible(counts, population=nobody, options=options)
    rate = counts[weeks[1:]].sum() / people[weeks[1:]].sum()
    assert without.expected[0] == pytest.approx(rate * people[329], rel=1e-9)


def test_records_too_short_missing_or_empty_have_an_outcome():
    short = farrington_flexible(np.full(100, 4.0), [0, 50, 99])
    assert short.outcome.tolist() == [Outcome.SHORT] * 3
    assert np.isnan(short.upper).all()
    assert not short.alarm.any()

    rng = np.random.default_rng(5)
    counts = seasonal(rng, 330, 9.0)
    counts[-1] = np.nan
    missing = farrington_flexible(counts)
    assert missing.outcome[0] == Outcome.MISSING
    assert missing.upper[0] > 0
    assert not missing.alarm[0]

    season_gone = seasonal(rng, 330, 9.0)
    for j in range(1, 6):
        season_gone[329 - 52 * j - 3 : 329 - 52 * j + 4] = np.nan
    assert farrington_flexible(season_gone).outcome[0] == Outcome.SHORT
    assert farrington_flexible(np.full(330, np.nan)).outcome[0] == Outcome.SHORT

    few = np.zeros(330)
    few[-1] = 4
    low = farrington_flexible(few)
    assert low.outcome[0] == Outcome.FEW
    assert low.score[0] == 0
    few[-1] = 5
    for bound in ("nb_plugin", "muan", "delta"):
        first = farrington_flexible(few, options=FlexibleOptions(bound=bound))
        assert first.outcome[0] == Outcome.TESTED
        assert first.alarm[0]
        assert first.upper[0] == 0
        assert first.p_value[0] == 0


def test_misuse_is_refused():
    counts = np.full(330, 4.0)
    with pytest.raises(ValueError, match="0 or more"):
        farrington_flexible(np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="within 0 and 329"):
        farrington_flexible(counts, [330])
    with pytest.raises(ValueError, match="rise"):
        farrington_flexible(counts, weeks=np.zeros(330, int))
    with pytest.raises(ValueError, match="same day"):
        farrington_flexible(
            counts[:2], weeks=np.array(["2020-01-06", "2020-01-14"], "datetime64[D]")
        )
    with pytest.raises(ValueError, match="shape"):
        farrington_flexible(counts, weeks=np.arange(3))
    with pytest.raises(ValueError, match="population"):
        farrington_flexible(counts, population=np.ones(4))
    for wrong in (
        {"alpha": 0.0},
        {"years": 0},
        {"periods": 0},
        {"periods": 46},
        {"bound": "other"},
        {"compat": "python"},
        {"trend_p": 2.0},
        {"half_window": 30},
    ):
        with pytest.raises(ValueError, match=r"must|called"):
            FlexibleOptions(**wrong)


@given(
    seed=st.integers(0, 10_000),
    level=st.sampled_from([0.02, 0.3, 2.0, 30.0, 2000.0]),
    gone=st.floats(0, 0.9),
    bound=st.sampled_from(["nb_plugin", "muan", "delta"]),
    periods=st.sampled_from([1, 2, 5, 10]),
)
def test_no_record_ends_in_an_exception(seed, level, gone, bound, periods):
    rng = np.random.default_rng(seed)
    counts = np.stack([seasonal(rng, 300, level), seasonal(rng, 300, level)])
    counts[rng.random(counts.shape) < gone] = np.nan
    options = FlexibleOptions(bound=bound, periods=periods, alpha=0.01)
    found = farrington_flexible(counts, [262, 280, 299], options=options)
    bounded = np.isin(found.outcome, [Outcome.TESTED, Outcome.FEW, Outcome.MISSING])
    assert (found.upper[bounded] >= 0).all()
    assert np.isnan(found.upper[~bounded]).all()
    assert (found.outcome != Outcome.UNFITTED).all()
    tested = found.outcome == Outcome.TESTED
    assert (found.alarm == (tested & (found.observed > found.upper))).all()
