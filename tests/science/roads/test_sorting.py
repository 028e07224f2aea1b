"""The kernels' own sort, at lengths that small towns do not have."""

import numpy as np
import pytest

from gengfu.science.roads.kernels import sort_rising

SIZES = [*range(16), 40, 41, 121, 364, 2000]  # gaps grow after 4, 13, 40, 121, ...


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_a_stretch_is_sorted_and_what_lies_beside_it_stays(kind):
    rng = np.random.default_rng(3)
    most = np.iinfo(kind).max
    for size in SIZES:
        steps = np.arange(size, dtype=kind)
        for values in (
            rng.integers(-most, most, size, kind),
            rng.integers(0, 3, size, kind),  # many are equal
            steps,
            steps[::-1],
            np.concatenate((steps[::2], steps[1::2][::-1])),
        ):
            beside = np.array([most, 0, -most], kind)
            row = np.concatenate((beside, values, beside))
            sort_rising(row, 3, 3 + size)
            assert row[3:-3].tolist() == sorted(values.tolist())
            assert row[:3].tolist() == row[-3:].tolist() == beside.tolist()
