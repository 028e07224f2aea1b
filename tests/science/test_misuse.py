"""Input that cannot be: one ValueError that names the argument, never a number."""

import math

import numpy as np
import pytest

from gengfu.science import detection, evaluation, rates, scan

Y = np.random.default_rng(1).poisson(5, (12, 24))
AD = [12] * 4 + [evaluation.NEVER] * 8
PANEL = evaluation.Panel.of(Y)
LINE = scan.Sites.on_plane([0, 1, 2], [0, 0, 0])
NO = {"replicates": 0}
MONTHS = np.arange(1, 41)
INF, NAN = math.inf, math.nan

WRONG = {
    "population": lambda: detection.farrington_flexible(
        np.full(330, 4), population=np.full(330, INF)
    ),
    "counts": lambda: detection.farrington([]),
    "a count at least": lambda: detection.cusum_poisson([], 1.0),
    "reference": lambda: detection.average_run_length(1.0, INF, 3.0),
    "limit": lambda: detection.average_run_length(1.0, 1.0, INF),
    "size": lambda: detection.reference_value(1.0, 1.5, -1.0),
    "ratio": lambda: detection.reference_value(1.0, NAN),
    "a million": lambda: detection.cusum_poisson([1, 2], 1e9),
    "method": lambda: rates.poisson_interval(3, 0.95, "mid-p"),
    "overdispersion": lambda: rates.funnel_limits([3], 0.95, INF),
    "chances": lambda: rates.bands(np.full((4, 3), NAN)),
    "level lies": lambda: rates.rank_intervals(np.ones((5, 3)), 2.0),
    "values": lambda: rates.rank_intervals(np.full((5, 3), NAN)),
    "replicates": lambda: scan.poisson_scan(LINE, [1, 2, 3], [1] * 3, replicates=-1),
    "fewest_cases": lambda: scan.binomial_scan(
        LINE, [1, 2, 3], [9] * 3, fewest_cases=0, **NO
    ),
    "most_clusters": lambda: scan.poisson_scan(
        LINE, [1, 2, 3], [1] * 3, most_clusters=-1, **NO
    ),
    "every_days": lambda: scan.spacetime_permutation_scan(
        LINE, [0], [1], every_days=-1.0, **NO
    ),
    "family": lambda: evaluation.did(PANEL, AD, family="gamma"),
    "errors": lambda: evaluation.did(PANEL, AD, errors="robust"),
    "comparison": lambda: evaluation.group_time(PANEL, AD, comparison="all"),
    "clusters": lambda: evaluation.did(PANEL, AD, clusters=[1, 2]),
    "harmonics": lambda: evaluation.interrupted_series(MONTHS, 20, harmonics=-1),
    "cycle": lambda: evaluation.interrupted_series(MONTHS, 20, cycle=0),
    "lag": lambda: evaluation.interrupted_series(MONTHS, 20, lag=99),
    "weights": lambda: evaluation.wdd((1, 2), (3, 4), time_weights=(1, INF)),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_message_names_it(name):
    with pytest.raises(ValueError, match=name):
        WRONG[name]()


def test_clusters_may_be_a_list():
    pairs = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    for ask in (evaluation.did, evaluation.group_time, evaluation.assess):
        found, same = (ask(PANEL, AD, clusters=c) for c in (pairs, np.array(pairs)))
        assert repr(found) == repr(same)


def test_huge_counts_that_hardly_vary_are_fitted():
    many = np.full(330, 10**9)
    for test in (detection.farrington, detection.farrington_flexible):
        found = test(many)
        assert found.outcome[0] == detection.Outcome.TESTED
        assert found.expected[0] == pytest.approx(1e9)
        assert found.upper[0] == pytest.approx(1e9, rel=1e-3)


def test_a_chart_that_never_signals_runs_for_ever():
    assert detection.average_run_length(1e-4, 1.0, 5.0) == math.inf
