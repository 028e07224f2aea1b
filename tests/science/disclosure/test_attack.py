"""Nothing hidden can be worked out from a year of tables; from careless ones it can."""

from itertools import product

import numpy as np
import pytest
from tests.science.disclosure.city_year import DOMAINS, KINDS, City

from gengfu.science.disclosure import (
    Cell,
    Derived,
    Figure,
    Layout,
    Mark,
    Month,
    Tree,
    attack,
    coarsen_together,
    is_small,
    publish,
    suppress,
    unchanged,
)
from gengfu.science.disclosure.coarse import rounded

ALL_SMALL = (1, 2, 3, 4)


def leaf_figure(city, month, area, hidden):
    """Return a score of one area from its three counts, hidden ones open."""
    row = city.counts[month][area]
    expected = city.expected[area]

    def figure(some):
        counts = row.astype(float)
        counts[hidden] = some
        risk = (counts + 4.0) / (expected + 4.0)
        relative = float(np.dot((0.6, 0.2, 0.2), np.log2(risk)))
        return (80 - 20 * relative, 70 - 20 * relative, 88 - 20 * relative)

    return figure


def scores(city, month, table):
    """Return the figures of all areas that have hidden counts."""
    result = []
    areas, kinds = city.layout.areas.leaves, city.layout.kinds.leaves
    for at, area in enumerate(areas):
        hidden = [k for k, kind in enumerate(kinds) if table.marks[area, kind] == 1]
        if hidden:
            cells = tuple(Cell((month,), area, kinds[k]) for k in hidden)
            truth = tuple(int(n) for n in city.counts[month][at][hidden])
            result.append(Derived(cells, truth, leaf_figure(city, month, at, hidden)))
    return result


def publish_year(city, months=12):
    """Return all tables of a year: months, quarters, half-years and two corrections."""
    published, names = [], []
    for at in range(months):
        month = city.draw(f"2026-{at + 1:02d}")
        names.append(month)
        tables = [(month,)]
        if at % 3 == 2:
            tables.append(tuple(names[at - 2 :]))
        if at >= 5:
            tables.append(tuple(names[at - 5 :]))
        found = suppress(city.layout, city.counts, tables, memory=published)
        assert not found.exposed
        published += found.published
        if at in {4, 8}:
            again = city.correct(names[at - 1])
            found = suppress(city.layout, city.counts, [(again,)], memory=published)
            assert not found.exposed
            published += found.published
            names[at - 1] = again
    return published


def assert_nothing_recovered(bounds):
    assert [b for b in bounds if b.recovered] == []
    for bound in bounds:
        if bound.mark == Mark.SMALL:
            assert bound.possible == ALL_SMALL


@pytest.mark.lasting
def test_a_year_of_publications_gives_no_hidden_count_away():
    city = City(1)
    published = publish_year(city)
    bounds = attack(city.layout, published, same=unchanged(city.counts))
    assert len(bounds) > 5_000
    assert_nothing_recovered(bounds)


@pytest.mark.slow
def test_a_year_of_kinds_gives_no_hidden_count_away():
    city = City(2, kinds=KINDS)
    published = publish_year(city)
    bounds = attack(city.layout, published, same=unchanged(city.counts))
    assert_nothing_recovered(bounds)


def test_a_small_city_with_kinds_gives_no_hidden_count_away():
    city = City(3, areas=12, parents=3, kinds=KINDS)
    published = publish_year(city, months=6)
    bounds = attack(city.layout, published, same=unchanged(city.counts))
    assert_nothing_recovered(bounds)


def test_every_history_kept_as_proof_gives_the_very_same_tables():
    city = City(4, areas=60, parents=6)
    month = city.draw("2026-01")
    found = suppress(city.layout, city.counts, [(month,)])
    table = found.published[0]
    hidden = np.argwhere(table.marks == Mark.SMALL)
    values = {tuple(cell): set() for cell in hidden}
    for history in found.other_histories:
        other = publish(city.layout, history[month], (month,), table.hidden)
        assert np.array_equal(other.marks, table.marks)
        assert np.array_equal(other.low, table.low)
        sums = city.layout.table(history[month])
        for cell, some in values.items():
            some.add(int(sums[cell]))
    assert all(some == set(ALL_SMALL) for some in values.values())


def test_hiding_loses_little():
    city = City(5)
    month = city.draw("2026-01")
    table = suppress(city.layout, city.counts, [(month,)]).published[0]
    small = is_small(city.layout.table(city.counts[month]))
    assert np.all(table.hidden[small])
    assert (table.hidden & ~small).sum() < small.sum()
    # Without a total over domains hardly anything else need be hidden.
    apart = City(5, kinds={name: None for name in DOMAINS if name != "all"})
    month = apart.draw("2026-01")
    table = suppress(apart.layout, apart.counts, [(month,)]).published[0]
    small = is_small(apart.layout.table(apart.counts[month]))
    assert (table.hidden & ~small).sum() < 0.1 * small.sum()


def test_the_same_counts_are_hidden_the_same():
    first, second = City(6, areas=40), City(6, areas=40)
    one = suppress(first.layout, first.counts, [(first.draw("2026-01"),)])
    two = suppress(second.layout, second.counts, [(second.draw("2026-01"),)])
    assert np.array_equal(one.published[0].marks, two.published[0].marks)


# What an intruder does get from careless publications.


def test_hiding_small_counts_alone_is_broken_by_the_sums():
    city = City(7)
    month = city.draw("2026-01")
    table = city.layout.table(city.counts[month])
    careless = publish(city.layout, city.counts[month], (month,), is_small(table))
    bounds = attack(city.layout, [careless])
    got = [b for b in bounds if b.recovered]
    assert len(got) > 50
    for bound in got:
        assert bound.low == table[bound.cell.area, bound.cell.kind]


def test_two_issues_that_hide_different_cells_are_broken_by_their_difference():
    city = City(8, areas=36, parents=4)
    month = city.draw("2026-01")
    first = suppress(city.layout, city.counts, [(month,)])
    again = city.correct(month)
    forgetful = suppress(city.layout, {again: city.counts[again]}, [(again,)])
    tables = (*first.published, *forgetful.published)
    same = unchanged(city.counts)
    bounds = attack(city.layout, tables, same=same)
    lost = [b for b in bounds if b.mark == Mark.SMALL and b.possible != ALL_SMALL]
    assert lost
    assert [b for b in bounds if b.recovered]
    mindful = suppress(city.layout, city.counts, [(again,)], memory=first.published)
    assert np.all(mindful.published[0].hidden[first.published[0].hidden])
    tables = (*first.published, *mindful.published)
    assert_nothing_recovered(attack(city.layout, tables, same=same))


def test_rolling_sums_of_all_cells_are_broken_against_the_months():
    city = City(9, areas=24, parents=3)
    months = [city.draw(f"2026-{at:02d}") for at in range(1, 5)]
    published = []
    for month in months:
        published += suppress(
            city.layout, city.counts, [(month,)], memory=published
        ).published
    nothing = np.zeros(city.layout.shape, bool)
    for start in (0, 1):
        window = tuple(months[start : start + 3])
        total = sum(city.counts[m] for m in window)
        published.append(publish(city.layout, total, window, nothing))
    bounds = attack(city.layout, published)
    assert sum(b.recovered for b in bounds) > 5
    lost = [b for b in bounds if b.mark == Mark.SMALL and b.possible != ALL_SMALL]
    for bound in bounds:
        truth = city.counts[bound.cell.months[0]]
        value = city.layout.table(truth)[bound.cell.area, bound.cell.kind]
        if len(bound.cell.months) == 1:
            assert bound.low <= value <= bound.high
    assert len(lost) > 20


@pytest.mark.lasting
def test_scores_to_two_digits_give_counts_away_and_coarse_ones_do_not():
    city = City(10, areas=24, parents=3)
    month = city.draw("2026-01")
    table = suppress(city.layout, city.counts, [(month,)]).published[0]
    derived = scores(city, month, table)
    fine = []
    for each in derived:
        shown = rounded(each.figure(each.counts), 0.01)
        ways = product(*([ALL_SMALL] * len(each.cells)))
        allowed = tuple(n for n in ways if rounded(each.figure(n), 0.01) == shown)
        fine.append(Figure(each.cells, allowed))
    bounds = attack(city.layout, [table], figures=fine)
    small = [b for b in bounds if b.mark == Mark.SMALL]
    assert np.mean([b.recovered for b in small]) > 0.9
    coarse = coarsen_together(city.layout, [table], derived)
    told = [
        found.figure(each.cells)
        for each, found in zip(derived, coarse, strict=True)
        if found is not None
    ]
    bounds = attack(city.layout, [table], figures=told)
    assert [b for b in bounds if b.recovered] == []
    assert len(told) > 0.5 * len(derived)


# Cases small enough to be worked out by hand.

ROW = Layout(
    Tree.of({"city": None, "a": "city", "b": "city", "c": "city"}),
    Tree.of({"fire": None}),
)
JAN = Month("2026-01")


def row(*counts):
    return np.array(counts, np.int64)[:, None]


def small_row(*counts):
    return publish(ROW, row(*counts), (JAN,), is_small(ROW.table(row(*counts))))


def test_bounds_worked_out_by_hand():
    by_area = {b.cell.area: b for b in attack(ROW, [small_row(2, 3, 9)])}
    # 14 - 9 = 5 = a + b, both 1 to 4.
    assert by_area[1].possible == ALL_SMALL
    assert by_area[2].possible == ALL_SMALL
    by_area = {b.cell.area: b for b in attack(ROW, [small_row(1, 2, 9)])}
    assert by_area[1].possible == (1, 2)
    assert (by_area[1].low, by_area[1].high) == (1, 2)
    by_area = {b.cell.area: b for b in attack(ROW, [small_row(4, 4, 9)])}
    assert by_area[1].recovered
    assert by_area[2].recovered
    (only,) = attack(ROW, [small_row(0, 3, 9)])
    assert only.recovered
    assert only.possible == (3,)


def test_one_small_count_takes_a_large_enough_neighbour_or_the_total_with_it():
    found = suppress(ROW, {JAN: row(0, 3, 9)}, [(JAN,)])
    table = found.published[0]
    assert table.marks[2, 0] == Mark.SMALL
    assert table.marks[1, 0] == Mark.SHOWN
    assert (table.marks[3, 0] == Mark.WITHHELD) != (table.marks[0, 0] == Mark.WITHHELD)


def test_a_figure_narrows_what_sums_left_open():
    table = small_row(2, 3, 9)
    cell = Cell((JAN,), 1, 0)
    bounds = attack(ROW, [table], figures=[Figure((cell,), ((1,), (4,)))])
    by_area = {b.cell.area: b.possible for b in bounds}
    assert by_area == {1: (1, 4), 2: (1, 4)}


def test_figures_of_two_cells_are_looked_at_together():
    table = small_row(2, 3, 9)
    both = (Cell((JAN,), 1, 0), Cell((JAN,), 2, 0))
    bounds = attack(ROW, [table], figures=[Figure(both, ((2, 3), (3, 3), (2, 2)))])
    assert all(bound.recovered for bound in bounds)


def test_tables_that_contradict_each_other_are_refused():
    nothing = np.zeros(ROW.shape, bool)
    one = publish(ROW, row(7, 8, 9), (JAN,), nothing)
    two = publish(ROW, row(7, 8, 6), (JAN,), nothing)
    with pytest.raises(ValueError, match="contradict"):
        attack(ROW, [one, two, small_row(1, 2, 9)])


def test_wrong_shapes_and_missing_months_are_refused():
    with pytest.raises(ValueError, match="shape"):
        suppress(ROW, {JAN: np.zeros((2, 1), np.int64)}, [(JAN,)])
    with pytest.raises(ValueError, match="no counts of 2026-02 v1"):
        suppress(ROW, {JAN: row(1, 2, 3)}, [(Month("2026-02"),)])
    with pytest.raises(ValueError, match="no table"):
        suppress(ROW, {JAN: row(1, 2, 3)}, [])
    with pytest.raises(ValueError, match="unknown parent"):
        Tree.of({"a": "nowhere"})


def test_sums_can_be_searched_for_over_months():
    city = City(11, areas=12, parents=2)
    months = [city.draw(f"2026-{at:02d}") for at in range(1, 4)]
    published = []
    for month in months:
        published += suppress(
            city.layout, city.counts, [(month,)], memory=published
        ).published
    quarter = tuple(months)
    plain = suppress(city.layout, city.counts, [quarter], memory=published)
    more = suppress(
        city.layout, city.counts, [quarter], memory=published, through_sums=True
    )
    assert more.published[0].hidden.sum() < plain.published[0].hidden.sum()
    bounds = attack(city.layout, [*published, *more.published])
    assert_nothing_recovered(bounds)
