"""Rounding, cell keys, map points and figures no finer than hides a count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.science.disclosure import (
    Layout,
    Tree,
    cell_keys,
    coarsen,
    perturbation,
    round_base,
    snap,
    snap_points,
)

LAYOUT = Layout(
    Tree.of(
        {
            "city": None,
            "north": "city",
            "south": "city",
            "n1": "north",
            "n2": "north",
            "s1": "south",
            "s2": "south",
            "s3": "south",
        }
    ),
    Tree.of({"all": None, "crime": "all", "fire": "all"}),
)


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@given(st.lists(st.integers(0, 40), min_size=10, max_size=10))
def test_controlled_rounding_adds_up_and_moves_leaves_by_less_than_five(numbers):
    counts = np.array(numbers).reshape(LAYOUT.leaf_shape)
    table = round_base(LAYOUT, counts)
    leaves = table[np.ix_(LAYOUT.areas.leaves, LAYOUT.kinds.leaves)]
    assert np.all(table % 5 == 0)
    assert np.array_equal(LAYOUT.table(leaves), table)
    assert np.all(np.abs(leaves - counts) < 5)
    assert np.all((counts % 5 != 0) | (leaves == counts))
    assert abs(table[0, 0] - counts.sum()) < 5


def test_random_rounding_is_without_bias_and_the_same_for_the_same_seed():
    counts = np.arange(10).reshape(LAYOUT.leaf_shape)
    truth = LAYOUT.table(counts)
    rng = generator(3)
    many = np.array([round_base(LAYOUT, counts, rng=rng) for _ in range(2_000)])
    assert np.all(many % 5 == 0)
    assert np.all(np.abs(many - truth) < 5)
    # The deviation of a mean of 2,000 is at most sqrt(6.25 / 2000) = 0.056.
    assert np.abs(many.mean(axis=0) - truth).max() < 0.28
    again = round_base(LAYOUT, counts, rng=generator(5))
    assert np.array_equal(again, round_base(LAYOUT, counts, rng=generator(5)))


def test_rounding_refuses_negative_counts():
    with pytest.raises(ValueError, match="0 or more"):
        round_base(LAYOUT, np.full(LAYOUT.leaf_shape, -1))


def test_noise_has_mean_zero_and_makes_no_small_counts():
    noise = perturbation(5, 3.0)
    changes = np.arange(-5, 6)
    for count, chance in enumerate(noise.chance):
        assert chance.sum() == pytest.approx(1.0)
        assert chance @ changes == pytest.approx(0.0, abs=1e-9)
        after = count + changes[chance > 0]
        assert np.all((after == 0) | (after >= 5))
    assert noise.chance[0, 5] == 1.0
    assert noise.chance[-1] @ changes**2 == pytest.approx(3.0, abs=1e-6)


def test_the_same_records_get_the_same_noise_in_any_table():
    noise = perturbation()
    rng = generator(8)
    size = 20_000
    keys = rng.integers(0, 2**64, size, dtype=np.uint64)
    area = rng.integers(0, 1_000, size)
    fine = cell_keys(area, keys, 1_000, noise)
    order = rng.permutation(size)
    assert np.array_equal(cell_keys(area[order], keys[order], 1_000, noise), fine)
    # Table of one area alone, under another number.
    only = area == 17
    alone = cell_keys(np.zeros(only.sum(), np.int64), keys[only], 1, noise)
    assert alone[0] == fine[17]
    change = fine - np.bincount(area, minlength=1_000)
    assert change.std() == pytest.approx(np.sqrt(3.0), rel=0.1)
    assert abs(change.mean()) < 4 * np.sqrt(3.0 / 1_000)
    other = cell_keys(area, keys[::-1].copy(), 1_000, noise)
    assert np.mean(other != fine) > 0.5


def test_cells_of_few_records_get_the_chances_they_are_to_have():
    noise = perturbation()
    rng = generator(9)
    cells = 20_000
    cell = np.repeat(np.arange(cells), 2)
    keys = rng.integers(0, 2**64, len(cell), dtype=np.uint64)
    got = np.bincount(cell_keys(cell, keys, cells, noise), minlength=8)
    expected = np.array(
        [noise.chance[2, d + 5] if -5 <= d <= 5 else 0 for d in range(-2, 6)]
    )
    assert np.abs(got / cells - expected).max() < 0.02
    assert got[1:5].sum() == 0


def test_map_points_stand_for_eight_addresses_or_for_none():
    rng = generator(4)
    addresses = np.vstack(
        (
            rng.uniform(0, 2_000, (3_000, 2)),
            rng.uniform(5_000, 7_000, (40, 2)),
        )
    )
    candidates = np.vstack(
        (
            rng.uniform(0, 2_000, (600, 2)),
            rng.uniform(5_000, 7_000, (60, 2)),
            [[50_000.0, 50_000.0]],
        )
    )
    kept = snap_points(candidates, addresses)
    stands = np.bincount(snap(addresses, candidates[kept]), minlength=len(kept))
    assert np.all((stands == 0) | (stands >= 8))
    assert 660 in kept
    everywhere = np.bincount(snap(addresses, candidates), minlength=len(candidates))
    assert np.any((everywhere > 0) & (everywhere < 8))
    assert len(kept) > 150
    assert np.array_equal(kept, snap_points(candidates, addresses))


def test_too_few_addresses_for_any_point_are_refused():
    with pytest.raises(ValueError, match="fewer than 8"):
        snap_points(np.zeros((1, 2)), np.ones((3, 2)))


def score(counts: tuple[int, ...]) -> tuple[float]:
    return (80.0 - 7.0 * sum(counts),)


def test_a_score_goes_out_at_the_finest_step_that_hides_the_count():
    gentle = coarsen(lambda n: (61.2 + 0.1 * n[0],), (2,), [(1, 2, 3, 4)])
    assert gentle is not None
    assert (gentle.step, gentle.values) == (1, (61.0,))
    assert gentle.allowed == ((1,), (2,))
    steep = coarsen(score, (2,), [(1, 2, 3, 4)])
    assert steep is not None
    # 73, 66, 59, 52: at step 5 all four differ (75, 65, 60, 50); at 10: 70, 70, 60, 50.
    assert (steep.step, steep.values) == (10, (70.0,))


def test_a_figure_that_tells_the_count_at_any_step_is_withheld():
    assert coarsen(lambda n: (100.0 * n[0],), (2,), [(1, 2, 3, 4)]) is None
    assert coarsen(score, (2,), [(2,)]) is None


def test_each_of_several_hidden_counts_stays_open():
    found = coarsen(lambda n: (n[0] + 0.1 * n[1],), (2, 3), [(1, 2, 3), (2, 3)])
    assert found is not None
    for at, count in enumerate((2, 3)):
        assert {each[at] for each in found.allowed} > {count}
    assert found.step == 2


def test_nothing_hidden_is_published_as_finely_as_may_be():
    found = coarsen(lambda n: (61.7 + sum(n),), (), [])
    assert found is not None
    assert (found.step, found.values) == (1, (62.0,))
