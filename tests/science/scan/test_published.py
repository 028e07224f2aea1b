"""Published scans: SpatialEpi on Pennsylvania lung cancer, SaTScan on New York fever."""

import csv
import json
import re
from datetime import date

import numpy as np
import pytest

from gengfu.science.scan import (
    Sites,
    binomial_scan,
    poisson_scan,
    spacetime_permutation_scan,
)


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(table, name):
    return np.array([float(row[name]) for row in table])


@pytest.fixture(scope="module")
def counties(shared):
    return rows(shared / "reference" / "scan" / "pennLC_county.csv")


@pytest.fixture(scope="module")
def answers(shared):
    path = shared / "reference" / "scan" / "pennLC_expected.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(params=["globe", "plane"])
def sites(request, counties):
    if request.param == "globe":
        return Sites.on_globe(column(counties, "lon"), column(counties, "lat"))
    return Sites.on_plane(column(counties, "x"), column(counties, "y"))


def test_lung_cancer_as_poisson_counts(sites, counties, answers):
    found = poisson_scan(
        sites,
        column(counties, "cases"),
        column(counties, "expected"),
        population=column(counties, "population"),
        rng=np.random.default_rng(1),
    )
    answer = answers["poisson"]
    first, second = found.clusters[:2]
    published = [answer["mlc"], *answer["secondary"]]
    for cluster, said in zip((first, second), published, strict=True):
        names = {counties[place]["county"] for place in cluster.places}
        assert names == set(said["names"])
        assert cluster.observed == said["cases"]
        assert cluster.expected == pytest.approx(said["expected"], rel=1e-12)
        assert cluster.llr == pytest.approx(said["llr"], abs=1e-9)
        assert cluster.p == pytest.approx(said["p_mc"], abs=0.02)
    assert (first.observed, round(first.expected, 6)) == (1900, 1673.648667)
    assert f"{first.llr:.8f}" == "17.66288313"
    assert first.p == 0.001
    assert first.high
    assert found.cases == int(column(counties, "cases").sum())


def test_lung_cancer_as_bernoulli_trials(sites, counties, answers):
    found = binomial_scan(
        sites,
        column(counties, "cases"),
        column(counties, "population"),
        rng=np.random.default_rng(1),
    )
    answer = answers["binomial"]
    published = [answer["mlc"], *answer["secondary"]]
    for cluster, said in zip(found.clusters[:2], published, strict=True):
        names = {counties[place]["county"] for place in cluster.places}
        assert names == set(said["names"])
        assert cluster.observed == said["cases"]
        assert cluster.expected == pytest.approx(said["expected"], rel=1e-11)
        # The published ratio is the difference of two sums of hundred thousands, which
        # costs it its ninth digit; 36.57051062640 is that of 40-digit arithmetic.
        assert cluster.llr == pytest.approx(said["llr"], rel=2e-9)
        assert cluster.p == pytest.approx(said["p_mc"], abs=0.01)
    assert found.clusters[0].llr == pytest.approx(36.57051062639599, rel=1e-13)
    assert found.clusters[1].llr == pytest.approx(9.65777863477000, rel=1e-12)


@pytest.fixture(scope="module")
def fever(shared):
    folder = shared / "reference" / "scan"
    where, cases = rows(folder / "NYCfevergeo.csv"), rows(folder / "NYCfevercas.csv")
    zips = [row["zip"] for row in where]
    of = {name: at for at, name in enumerate(zips)}
    place = np.array([of[row["zip"]] for row in cases])
    day = np.array([date(*map(int, r["date"].split("/"))).toordinal() for r in cases])
    times = np.array([int(row["cases"]) for row in cases])
    sites = Sites.on_globe(column(where, "long"), column(where, "lat"))
    return sites, zips, np.repeat(place, times), np.repeat(day, times)


NOVEMBER = (date(2001, 11, 1).toordinal(), date(2001, 11, 24).toordinal())


def test_new_york_fever_looking_back(fever, shared):
    sites, zips, place, day = fever
    found = spacetime_permutation_scan(
        sites,
        place,
        day,
        mode="retrospective",
        period=NOVEMBER,
        radius_km=None,
        longest_days=12,
        replicates=199,
        rng=np.random.default_rng(2),
        threads=2,
    )
    report = (shared / "reference" / "scan" / "res1.txt").read_text(encoding="utf-8")
    said = re.findall(
        r"included\.: ([\d,\s]+?)\n.*?/ ([\d.]+) km\n.*?: (\S+) to (\S+)\n.*?: (\d+)\n"
        r".*?: ([\d.]+)\n.*?\n.*?: ([\d.]+)\n.*?: ([\d.]+)\n",
        report,
    )
    assert len(said) == 8
    for cluster, (names, radius, begin, end, count, mean, ratio, p) in zip(
        found.clusters[:8], said, strict=True
    ):
        assert [zips[at] for at in cluster.places] == re.findall(r"\d+", names)
        assert cluster.radius_km == pytest.approx(float(radius), rel=1e-3, abs=0.006)
        days = (cluster.first_day, cluster.last_day)
        said_days = [
            date(*map(int, one.split("/"))).toordinal() for one in (begin, end)
        ]
        assert list(days) == said_days
        assert cluster.observed == int(count)
        assert cluster.expected == pytest.approx(float(mean), rel=0.015)
        assert f"{cluster.llr:.6f}" == ratio
        assert cluster.p == pytest.approx(float(p), abs=0.07)
        assert cluster.recurrence_days is None
        assert not cluster.signal
    assert f"{found.clusters[0].llr:.6f}" == "8.119521"
    assert f"{found.clusters[1].llr:.6f}" == "5.113791"


def test_new_york_fever_watched(fever):
    """SaTScan's own manual: prospective, 3 km, 7 days: 3 clusters below p = 1, none real."""
    sites, _, place, day = fever
    found = spacetime_permutation_scan(
        sites,
        place,
        day,
        period=NOVEMBER,
        longest_days=7,
        rng=np.random.default_rng(3),
    )
    assert sum(cluster.p < 0.995 for cluster in found.clusters) == 3
    assert not found.significant(0.05)
    for cluster in found.clusters:
        assert cluster.last_day == NOVEMBER[1]
        assert cluster.recurrence_days == pytest.approx(1 / cluster.p)
