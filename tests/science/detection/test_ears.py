"""EARS C1 to C3: published output, the definition worked by hand, gaps."""

import csv
import json

import numpy as np
import pytest

from gengfu.science.detection import EarsOptions, Outcome, ears_c1, ears_c2, ears_c3

METHODS = {"C1": ears_c1, "C2": ears_c2, "C3": ears_c3}
RUNS = [f"{m}_alpha{a}" for m in METHODS for a in ("0.001", "0.025", "0.05")]


@pytest.fixture(scope="module")
def reference(shared):
    return shared / "reference" / "detection"


@pytest.fixture(scope="module")
def newport(reference):
    with (reference / "salmNewport_germany.csv").open() as rows:
        return np.array([float(row["observed"]) for row in csv.DictReader(rows)])


@pytest.mark.parametrize("run", RUNS)
def test_compat_gives_every_digit_that_r_printed(reference, newport, run):
    answer = json.loads((reference / "earsC_newport2011.json").read_text())[run]
    method, alpha = run.split("_alpha")
    found = METHODS[method](newport, EarsOptions(alpha=float(alpha), compat="R"))
    weeks = np.array(answer["range"]) - 1
    np.testing.assert_allclose(
        found.upper[weeks], answer["upperbound"], rtol=1e-11, atol=1e-11
    )
    assert found.alarm[weeks].tolist() == [bool(a) for a in answer["alarm"]]


def test_the_statistics_of_the_definition(reference, newport):
    name = "ears_statistics_newport2011_definition.json"
    answer = json.loads((reference / name).read_text())
    weeks = np.array(answer["range"]) - 1
    for method, above in (("C1", 3), ("C2", 3), ("C3", 2)):
        found = METHODS[method](newport)
        statistic = np.array(answer[method])
        np.testing.assert_allclose(found.statistic[weeks], statistic, atol=1e-9)
        np.testing.assert_array_equal(found.alarm[weeks], statistic > above)


@pytest.mark.parametrize("baseline", [5, 7, 14])
@pytest.mark.parametrize("above", [1.5, 2.0, 3.0])
def test_the_bound_is_the_count_at_which_the_alarm_begins(baseline, above):
    rng = np.random.default_rng(baseline)
    counts = rng.poisson(6, 80).astype(float)
    options = EarsOptions(baseline=baseline, above=above)
    for test in METHODS.values():
        found = test(counts, options)
        for day in range(30, 80):
            raised = counts[: day + 1].copy()
            raised[day] = found.upper[day] + 1e-6
            if test is not ears_c3:
                assert test(raised, options).alarm[day]
            raised[day] = max(found.upper[day] - 1e-6, 0.0)
            if found.upper[day] > 0:
                assert not test(raised, options).alarm[day]
    third = ears_c3(counts, options)
    day = int(np.flatnonzero(third.upper > 0)[-1])
    raised = counts.copy()
    raised[day] = third.upper[day] + third.sigma[day] * 1e-6
    # A term of C3 starts where C2 passes 1.
    assert ears_c3(raised, options).alarm[day] == (ears_c2(raised).statistic[day] > 1)


def test_baselines_are_the_days_they_should_be():
    counts = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30.0])
    first, second = ears_c1(counts), ears_c2(counts)
    assert first.expected[10] == pytest.approx(7)
    assert second.expected[10] == pytest.approx(5)
    assert second.sigma[10] == pytest.approx(np.std([2, 3, 4, 5, 6, 7, 8], ddof=1))
    assert first.outcome[:7].tolist() == [Outcome.SHORT] * 7
    assert first.outcome[7] == Outcome.TESTED
    assert second.outcome[8] == Outcome.SHORT
    assert second.outcome[9] == Outcome.TESTED
    assert ears_c1(np.array([])).alarm.shape == (0,)


def test_rows_are_as_each_alone():
    rng = np.random.default_rng(1)
    rows = rng.poisson(3, (4, 60)).astype(float)
    rows[1, 10:14] = np.nan
    rows[2] = 0
    for test in METHODS.values():
        for compat in ("paper", "R"):
            together = test(rows, EarsOptions(compat=compat))
            for k, row in enumerate(rows):
                alone = test(row, EarsOptions(compat=compat))
                np.testing.assert_array_equal(together.statistic[k], alone.statistic)
                np.testing.assert_array_equal(together.upper[k], alone.upper)
                np.testing.assert_array_equal(together.alarm[k], alone.alarm)


def test_days_not_recorded_and_days_that_never_vary():
    counts = np.array([4, 5, np.nan, 6, 5, np.nan, 4, 5.0, 20, np.nan])
    found = ears_c1(counts)
    assert found.expected[7] == pytest.approx(np.mean([4, 5, 6, 5, 4]))
    assert found.alarm[8]
    assert found.outcome[9] == Outcome.MISSING
    assert not found.alarm[9]
    hollow = counts.copy()
    hollow[4] = np.nan
    assert ears_c1(hollow).outcome[7] == Outcome.SHORT

    still = np.array([2.0] * 12 + [3.0, 2.0, 2.0])
    found = ears_c1(still)
    assert found.statistic[11] == 0
    assert np.isposinf(found.statistic[12])
    assert found.alarm.tolist() == [False] * 12 + [True, False, False]
    third = ears_c3(still)
    assert third.alarm.tolist() == [False] * 12 + [True, True, True]
    assert not ears_c1(still, EarsOptions(fewest_sigma=0.5)).alarm.any()


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        ears_c1(np.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="not both"):
        EarsOptions(above=3.0, alpha=0.01)
    with pytest.raises(ValueError, match="2 counts"):
        EarsOptions(baseline=1)
    with pytest.raises(ValueError, match="alpha"):
        EarsOptions(alpha=1.0)
