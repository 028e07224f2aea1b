"""The cheapest assignment, against trying every way."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.matching import cheapest


@given(st.data())
def test_costs_no_more_than_the_best_of_all_ways(data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 4))
    columns = data.draw(st.integers(rows, 6))
    most = data.draw(st.sampled_from([3, 10_000]))
    cell = st.integers(0, most)
    costs = np.array(
        data.draw(st.lists(cell, min_size=rows * columns, max_size=rows * columns)),
        np.float64,
    ).reshape(rows, columns)
    taken = cheapest(costs)
    assert len(set(taken)) == len(taken) == rows
    best = min(
        sum(costs[row, column] for row, column in enumerate(way))
        for way in permutations(range(columns), rows)
    )
    assert sum(costs[row, column] for row, column in enumerate(taken)) == best


def test_more_rows_than_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows for 2 columns"):
        cheapest(np.zeros((3, 2)))
