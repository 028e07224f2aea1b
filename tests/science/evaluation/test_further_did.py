"""Poisson two-way effects against pyfixest 0.60.0, `fepois` with an offset.

Clustered errors there with `ssc(k_adj=False, G_adj=True)`: G / (G - 1) alone.
"""

import math

import numpy as np
import pytest

from gengfu.science.evaluation import NEVER, Panel, did, event_study

COUNTS = [
    [5, 7, 3, 2], [8, 6, 4, 5], [2, 3, 1, 0], [9, 12, 7, 6], [4, 5, 6, 4],
    [7, 6, 8, 9], [3, 2, 2, 4], [6, 8, 7, 7], [1, 0, 2, 1], [10, 9, 11, 8],
]  # fmt: skip
EXPOSURE = np.array([2, 3, 1, 4, 2, 3, 1, 3, 0.5, 4])
ADOPTION = [2] * 4 + [NEVER] * 6
PAIRS = np.arange(10) // 2


@pytest.mark.parametrize(
    ("holes", "clusters", "log_ratio", "log_se"),
    [
        ([], None, -0.7422718488301715, 0.13596979157217298),
        ([(5, 1), (0, 3)], None, -0.6714227271723365, 0.11296578352401408),
        ([(5, 1), (0, 3)], PAIRS, -0.6714227271723365, 0.04147693624700787),
    ],
)
def test_ratio_and_clustered_error(holes, clusters, log_ratio, log_se):
    over = np.repeat(EXPOSURE[:, None], 4, axis=1)
    for cell in holes:
        over[cell] = 0
    found = did(Panel.of(COUNTS, over), ADOPTION, errors="clustered", clusters=clusters)
    assert math.log(found.effect.ratio) == pytest.approx(log_ratio, rel=1e-9)
    assert found.effect.log_se == pytest.approx(log_se, rel=1e-8)


def test_path():
    study = event_study(Panel.of(COUNTS, EXPOSURE), ADOPTION, errors="clustered")
    points = [p.estimate for p in study.points if not p.reference]
    logs = [math.log(p.ratio) for p in points]
    assert logs == pytest.approx([-0.186941, -0.806476, -0.862565], abs=5e-7)
    errors = [p.log_se for p in points]
    assert errors == pytest.approx([0.180218, 0.138580, 0.275607], abs=5e-7)
