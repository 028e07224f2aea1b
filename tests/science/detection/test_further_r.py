"""Choices that no published run makes: printed by R surveillance 1.20.3 (R 4.2.2).

Each expectation was printed to 12 digits by `farringtonFlexible`, `algo.farrington` or
`earsC` on the two series kept beside the project, with the options named here.
"""

import csv

import numpy as np
import pytest

from gengfu.science.detection import (
    EarsOptions,
    FarringtonOptions,
    FlexibleOptions,
    Outcome,
    average_run_length,
    ears_c1,
    ears_c2,
    ears_c3,
    farrington,
    farrington_flexible,
)

NA = np.nan
EXACT = 3e-11


def read(path, column):
    with path.open() as rows:
        return [row[column] for row in csv.DictReader(rows)]


@pytest.fixture(scope="module")
def agona(shared):
    path = shared / "reference" / "detection" / "salmonella_agona.csv"
    return np.array(read(path, "observed"), float)


@pytest.fixture(scope="module")
def newport(shared):
    path = shared / "reference" / "detection" / "salmNewport_germany.csv"
    counts = np.array(read(path, "observed"), float)
    return counts, np.array(read(path, "date"), "datetime64[D]")


FLEXIBLE = {
    # 47 weeks for 6 periods: the first five are longer by one.
    "uneven periods": (
        {
            "years": 4,
            "half_window": 2,
            "periods": 7,
            "trend_p": 0.05,
            "alpha": 0.01,
            "bound": "delta",
        },
        [9.57268714423, 9.79897640158, 11.49550770510, 11.63893505101],
        [3.05134787585, 3.26705874381, 4.09210214974, 4.37818353026],
        [1.60640316238, 1.53062096620, 1.61051769716, 1.50560999242],
        [-0.00197671475704, -0.00142565947566, -0.00160215357942, NA],
    ),
    "not reweighted": (
        {
            "years": 4,
            "periods": 5,
            "weeks_out": 10,
            "reweight": False,
            "alpha": 0.05,
            "bound": "muan",
            "trend_p": 0.05,
        },
        [10, 11, 11, 11],
        [3.39657917861, 3.66997171993, 3.69007542602, 4.00352097850],
        [1.91237312310, 1.89655042477, 1.86752508960, 1.83305789699],
        [-0.00271227236391, -0.0025634933255, -0.0022178130944, -0.00198149616007],
    ),
    "one period and the weeks just before": (
        {
            "years": 3,
            "half_window": 4,
            "periods": 1,
            "weeks_out": 1,
            "trend_p": 0.05,
            "weights_above": 1.0,
            "alpha": 0.01,
            "bound": "delta",
            "power": 0.5,
        },
        [7.81577389887, 10.31230142982, 10.30743328630, 10.98228365706],
        [2.64633321425, 4.11881074062, 4.11154848434, 4.52131359741],
        [1, 1, 1, 1],
        [NA, 0.00307680457410, 0.00296351981878, 0.00377392208097],
    ),
}


@pytest.mark.parametrize("name", FLEXIBLE)
def test_flexible(agona, name):
    options, upper, expected, phi, trend = FLEXIBLE[name]
    found = farrington_flexible(
        agona,
        [289, 290, 291, 292],
        options=FlexibleOptions(compat="R", fewest_cases=0, **options),
    )
    np.testing.assert_allclose(found.upper, upper, rtol=EXACT)
    np.testing.assert_allclose(found.expected, expected, rtol=EXACT)
    np.testing.assert_allclose(found.dispersion, phi, rtol=EXACT)
    np.testing.assert_allclose(found.trend_per_week, trend, rtol=3e-10)


def test_flexible_with_a_population(agona):
    people = np.round(1e6 * (1 + np.arange(1, len(agona) + 1) / 400))
    options = FlexibleOptions(years=4, bound="delta", compat="R", fewest_cases=0)
    found = farrington_flexible(
        agona, [289, 290, 291, 292], population=people, options=options
    )
    upper = [10.5505445273, 11.5879061455, 11.0851534269, 11.8820896744]
    expected = [3.10142404304, 3.47904903368, 3.43017286999, 3.92340431496]
    np.testing.assert_allclose(found.upper, upper, rtol=EXACT)
    np.testing.assert_allclose(found.expected, expected, rtol=EXACT)


def test_flexible_by_dates(newport):
    counts, days = newport
    found = farrington_flexible(
        counts,
        np.arange(359, 364),
        weeks=days,
        options=FlexibleOptions(alpha=0.01, bound="delta", compat="R", fewest_cases=0),
    )
    upper = [6.87812530966, 6.58872263287, 6.37404779425, 6.22691230947, 5.73926359255]
    phi = [1.24522290584, 1.26502708518, 1.27118375720, 1.25957919930, 1.25450387899]
    np.testing.assert_allclose(found.upper, upper, rtol=EXACT)
    np.testing.assert_allclose(found.dispersion, phi, rtol=EXACT)
    found = farrington_flexible(
        counts,
        np.arange(514, 519),
        weeks=days,
        options=FlexibleOptions(
            years=3,
            half_window=2,
            periods=5,
            weeks_out=10,
            trend=False,
            alpha=0.05,
            bound="delta",
            power=1.0,
            compat="R",
            fewest_cases=0,
        ),
    )
    upper = [9.50197990548, 9.02687161743, 8.79720709228, 8.74795289437, 7.11401393417]
    expected = [4.45384175576, 4.0755732338, 3.93220405803, 4.00000000003, 3]
    np.testing.assert_allclose(found.upper, upper, rtol=EXACT)
    np.testing.assert_allclose(found.expected, expected, rtol=EXACT)


FIRST = {
    "two thirds": (
        {"years": 4, "half_window": 3},
        [5.29467660475, 6.09482613861, 7.68034239452, 13.24623857833, 13.25865633287],
        [True, True, True, False, False],
    ),
    "square root, not reweighted": (
        {
            "years": 3,
            "half_window": 2,
            "reweight": False,
            "alpha": 0.05,
            "power": 0.5,
        },
        [6.77959294459, 7.42462988774, 15.30782900494, 14.58556764409, 8.68197006735],
        [False, False, True, True, False],
    ),
    "plain": (
        {"years": 2, "half_window": 4, "alpha": 0.001, "power": 1.0},
        [8.6832075298, 9.20897602534, 9.70059220980, 10.82374592397, 11.6494727403],
        [False] * 5,
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_the_algorithm_of_1996(agona, name):
    options, upper, trend = FIRST[name]
    options = FarringtonOptions(compat="R", fewest_cases=0, **options)
    found = farrington(agona, np.arange(289, 294), options=options)
    np.testing.assert_allclose(found.upper, upper, rtol=EXACT)
    assert found.trend.tolist() == trend
    exact = farrington(
        agona,
        np.arange(289, 294),
        options=FarringtonOptions(
            **{**{n: getattr(options, n) for n in options.__slots__}, "compat": "paper"}
        ),
    )
    # R tests the trend with a dispersion below 1, the paper with 1 at least.
    same = exact.trend == trend
    np.testing.assert_allclose(exact.upper[same], np.array(upper)[same], rtol=1e-4)
    assert same.sum() >= 3


def test_ears(newport):
    counts, _ = newport
    weeks = np.arange(380, 386)
    options = EarsOptions(baseline=14, alpha=0.01, compat="R")
    upper = {
        ears_c1: [4.62778514816, 4.79899295807, 4.62778514816, 4.62778514816,
                  4.41532637435, 4.41532637435],
        ears_c2: [4.32892650591, 4.32892650591, 4.62778514816, 4.79899295807,
                  4.62778514816, 4.62778514816],
        ears_c3: [5.52032906947, 2.15491786749, 5.74319196588, 4.93135331389,
                  3.97228963223, 5.12778514816],
    }  # fmt: skip
    for test, printed in upper.items():
        np.testing.assert_allclose(
            test(counts, options).upper[weeks], printed, rtol=EXACT
        )
    raised = ears_c1(counts, EarsOptions(alpha=0.01, fewest_sigma=2.0, compat="R"))
    printed = [
        6.22412431951, 6.65269574808, 6.50983860522,
        6.50983860522, 6.79555289094, 6.65269574808,
    ]  # fmt: skip
    np.testing.assert_allclose(raised.upper[weeks], printed, rtol=EXACT)
    third = ears_c3(counts, EarsOptions(baseline=3, alpha=0.05, compat="R"))
    printed = [
        0, 0, 1, 2.899313368596, 1.899313368596, 2.899313368596, 4.899313368596,
        0.860340286821, 1.860340286821, 3.512555417543, 3.512555417543,
        5.512555417543, 1.897066165139, 0, 4.899313368596,
    ]  # fmt: skip
    np.testing.assert_allclose(third.upper[19:34], printed, atol=1e-11)
    assert third.alarm[19:34].tolist() == [True, True, *[False] * 13]


def test_ears_c3_where_nothing_varies_is_unknown_in_r():
    # earsC(sts(c(rep(2, 12), 3, 2, 2)), baseline = 7): NA where 0 is divided by 0.
    still = np.array([2.0] * 12 + [3.0, 2.0, 2.0])
    found = ears_c3(still, EarsOptions(compat="R"))
    assert np.isnan(found.upper[11])
    assert not found.alarm[11]


@pytest.mark.parametrize(
    ("mean", "reference", "limit", "run_length", "with_head_start"),
    [
        # spc 0.6.7, pois.cusum.arl with m = 10; a chart there signals above its limit,
        # so whole limits were lowered by a tenth.
        (5, 6, 6.5, 66.5879765783177, 61.1097729388653),
        (3, 4, 5, 71.3108921275677, 66.9312888427986),
        (1, 1.5, 4, 121.952316140003, 112.186182995325),
        (0.5, 1, 3, 174.245548364732, 169.317141579474),
        (10, 12, 20, 5881.28172353100, 5795.08493741367),
        (0.1, 0.5, 2, 888.162380455533, 871.937601605652),
    ],
)
def test_average_run_lengths(mean, reference, limit, run_length, with_head_start):
    assert average_run_length(mean, reference, limit) == pytest.approx(
        run_length, rel=1e-9
    )
    assert average_run_length(mean, reference, limit, head_start=0.5) == pytest.approx(
        with_head_start, rel=1e-9
    )


@pytest.mark.parametrize("compat", ["paper", "R"])
def test_a_bound_beyond_all_counts_is_found_at_once(compat):
    # One case in five years of a season: the upper quantile of its mean has no end.
    counts = np.zeros(330)
    counts[329 - 104 - 26] = 1
    counts[-1] = 9
    for bound in ("muan", "nb_plugin", "delta"):
        options = FlexibleOptions(bound=bound, compat=compat, alpha=1e-4)
        found = farrington_flexible(counts, options=options)
        assert found.outcome[0] == Outcome.TESTED
    rng = np.random.default_rng(2)
    many = 1e9 * rng.gamma(400, 1 / 400, 330)
    found = farrington_flexible(many.round(), options=FlexibleOptions(compat=compat))
    assert 1e9 < found.upper[0] < 1.3e9


def test_the_figures_that_were_announced(agona, newport):
    def found(weeks, **options):
        given = {"years": 4, "alpha": 0.1, "compat": "R", **options}
        return farrington_flexible(
            agona, np.arange(281, 281 + weeks), options=FlexibleOptions(**given)
        )

    first = {
        "periods": 1,
        "weights_above": 1.0,
        "weeks_out": 3,
        "trend_p": 0.05,
        "bound": "delta",
    }
    upper = found(3, **first).upper
    np.testing.assert_allclose(upper, [3.022556, 2.931784, 3.260799], atol=5e-7)
    paper = found(1, **{**first, "compat": "paper"})
    assert round(paper.upper[0], 4) == 4.3197
    second = found(31, bound="delta")
    np.testing.assert_allclose(
        second.upper[:3], [3.652629, 3.692198, 4.121130], atol=5e-7
    )
    alarms = 282 + np.flatnonzero(second.alarm)
    assert alarms.tolist() == [283, 284, 285, 288, 294, 295]
    assert found(5, bound="nb_plugin").upper.tolist() == [3, 3, 4, 4, 5]
    assert found(5, bound="muan").upper.tolist() == [4, 4, 4, 5, 5]
    weeks = ears_c1(newport[0], EarsOptions(alpha=0.05)).upper[365:369]
    printed = [3.278854, 3.278854, 3.436517, 3.855617]
    np.testing.assert_allclose(weeks, printed, atol=5e-7)
