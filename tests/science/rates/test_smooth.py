"""Marshall's estimates and Moran's I, against the figures of R's spdep."""

import csv
import json

import numpy as np
import pytest

from gengfu.science.rates import (
    marshall_eb,
    marshall_eb_local,
    morans_i,
    morans_test,
)


@pytest.fixture(scope="module")
def counties(shared):
    with (shared / "reference" / "rates" / "nc_sids_expected.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def neighbours(shared, counties):
    near = [[] for _ in counties]
    with (shared / "reference" / "rates" / "nc_CR85_edges.csv").open() as file:
        for first, second in list(csv.reader(file))[1:]:
            near[int(first) - 1].append(int(second) - 1)
    return near


def column(counties, name):
    return np.array([float(row[name]) for row in counties])


def test_sudden_infant_deaths_drawn_to_the_state(counties):
    deaths, births = column(counties, "SID74"), column(counties, "BIR74")
    drawn = marshall_eb(deaths, births)
    printed = [0.001697297, 0.001705378, 0.001773087, 0.002012868, 0.003534913]
    np.testing.assert_allclose(drawn[:5], printed, atol=5e-10)
    np.testing.assert_allclose(drawn, column(counties, "EB_global"), rtol=1e-12)


def test_sudden_infant_deaths_drawn_to_neighbours(counties, neighbours):
    deaths, births = column(counties, "SID74"), column(counties, "BIR74")
    drawn = marshall_eb_local(deaths, births, neighbours)
    np.testing.assert_allclose(drawn, column(counties, "EB_local"), rtol=1e-12)


def test_morans_i_of_transformed_rates(shared, counties, neighbours):
    file = shared / "reference" / "rates" / "spdep_expected.json"
    expected = json.loads(file.read_text())["nc"]
    values = column(counties, "ft74")
    assert morans_i(values, neighbours) == pytest.approx(0.247192614, abs=5e-10)
    found = morans_test(values, neighbours)
    moments = (found.value, found.expected, found.variance)
    assert moments == pytest.approx(expected["moran_FT74_CR85_W"], rel=1e-9)
    assert found.z == pytest.approx(expected["moran_z"], rel=1e-9)


def test_the_next_years_deaths_as_well(counties, neighbours):
    # spdep 1.2-7 on its nc.sids: EBest, EBlocal and moran.test of SID79 over BIR79.
    deaths, births = column(counties, "SID79"), column(counties, "BIR79")
    drawn = marshall_eb(deaths, births)
    printed = [
        0.00162492458315, 0.00226270694999, 0.00186202483392,
        0.00202962146986, 0.0019564872451,
    ]  # fmt: skip
    np.testing.assert_allclose(drawn[:5], printed, rtol=1e-11)
    near = marshall_eb_local(deaths, births, neighbours)
    printed = [
        0.000797461677227, 0.00226654784338, 0.00152002464332,
        0.00338983050847, 0.00285996893733,
    ]  # fmt: skip
    np.testing.assert_allclose(near[:5], printed, rtol=1e-11)
    found = morans_test(deaths / births, neighbours)
    assert found.value == pytest.approx(0.154874188155716, rel=1e-12)
    assert found.variance == pytest.approx(0.00425531071186075, rel=1e-12)
    assert found.z == pytest.approx(2.52902440690554, rel=1e-12)


def test_a_gradient_is_alike_and_a_chequer_is_not():
    line = [[i for i in (p - 1, p + 1) if 0 <= i < 10] for p in range(10)]
    assert morans_i(np.arange(10.0), line) > 0.6
    assert morans_i(np.arange(10) % 2, line) == pytest.approx(-1.0)


def test_rates_that_differ_by_chance_alone_become_one():
    population = np.array([100.0, 200.0, 400.0, 300.0])
    np.testing.assert_allclose(marshall_eb([1, 2, 4, 3], population), 0.01)
    assert not marshall_eb([0, 0, 0, 0], population).any()
    assert not marshall_eb_local([0, 0, 0, 0], population, [[], [2], [1], []]).any()


def test_misuse_is_named():
    with pytest.raises(ValueError, match="population above 0"):
        marshall_eb([1, 2], [10, 0])
    with pytest.raises(ValueError, match="all values are equal"):
        morans_i([1.0, 1.0, 1.0, 1.0], [[1], [0], [3], [2]])
    with pytest.raises(ValueError, match="no other place"):
        morans_i([1.0, 2.0, 3.0, 4.0], [[0], [0], [3], [2]])
    with pytest.raises(ValueError, match="lists of neighbours"):
        morans_i([1.0, 2.0, 3.0, 4.0], [[1], [0]])
    with pytest.raises(ValueError, match="places with neighbours"):
        morans_i([1.0, 2.0, 3.0, 4.0], [[], [], [], []])
