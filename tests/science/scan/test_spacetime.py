"""The space-time permutation scan against every cylinder worked out one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.science.scan import Sites, spacetime_permutation_scan

from . import oracle


@given(
    st.integers(0, 10**6),
    st.integers(1, 8),
    st.integers(2, 25),
    st.integers(1, 9),
    st.integers(1, 12),
    st.sampled_from(["prospective", "retrospective"]),
    st.sampled_from([None, 1.0, 2.0]),
)
def test_every_cylinder_is_weighed(seed, size, cases, days, longest, mode, radius_km):
    source = np.random.default_rng(seed)
    x, y = source.integers(0, 4, (2, size)).astype(float)
    place, day = source.integers(0, size, cases), source.integers(40, 40 + days, cases)
    sites = Sites.on_plane(x, y)
    found = spacetime_permutation_scan(
        sites,
        place,
        day,
        mode=mode,
        period=(40, 39 + days),
        radius_km=radius_km,
        longest_days=longest,
        replicates=3,
        rng=np.random.default_rng(seed),
    )
    far = np.stack([sites.distances_km(i) for i in range(size)])
    weight = np.bincount(place, minlength=size).astype(float)
    windows = oracle.circles(
        far, weight, 0.5, np.inf if radius_km is None else radius_km
    )

    def weighed(days_of):
        watched = mode == "prospective"
        period = (40, 39 + days)
        return oracle.cylinders(windows, place, days_of, *period, longest, watched, 2)

    every = weighed(day)
    assert [c.llr for c in found.clusters[:1]] == pytest.approx(
        oracle.apart(every, 1), abs=1e-9
    )
    known = {(held, a, b): ratio for ratio, held, a, b in every}
    seen = set()
    for cluster in found.clusters:
        key = (frozenset(cluster.places), cluster.first_day, cluster.last_day)
        assert cluster.llr == pytest.approx(known[key], abs=1e-9)
        held = np.isin(place, cluster.places)
        then = (day >= cluster.first_day) & (day <= cluster.last_day)
        assert cluster.observed == (held & then).sum()
        assert cluster.expected == pytest.approx(held.sum() * then.sum() / cases)
        assert not seen & set(cluster.places)
        seen |= set(cluster.places)
    order = np.argsort(place, kind="stable")
    dealt = np.tile(day[order], (3, 1))
    dealt = np.random.default_rng(seed).permuted(dealt, axis=1)
    for one, most in zip(dealt, found.replicate_maxima, strict=True):
        again = np.empty_like(day)
        again[order] = one
        assert most == pytest.approx(oracle.greatest(weighed(again)), abs=1e-9)


def watched_city(extra):
    """A year of calls at 60 addresses, and some more at the first's corner of late."""
    source = np.random.default_rng(21)
    east, north = source.uniform(0, 0.1, (2, 60))
    sites = Sites.on_globe(114.4 + east, 23.1 + north)
    place, day = source.integers(0, 60, 900), source.integers(0, 365, 900)
    near = np.argsort(sites.distances_km(0))[:4]
    place = np.concatenate((place, source.choice(near, extra)))
    day = np.concatenate((day, source.integers(358, 365, extra)))
    return sites, place, day, set(near.tolist())


def test_an_outbreak_is_a_signal():
    sites, place, day, near = watched_city(12)
    rng = np.random.default_rng(1)
    found = spacetime_permutation_scan(sites, place, day, period=(0, 364), rng=rng)
    best = found.clusters[0]
    assert best.signal
    assert best.recurrence_days == 1000.0
    assert best.gumbel_p < 0.001
    assert set(best.places) & near
    assert best.first_day >= 350
    assert best.last_day == 364
    assert best.radius_km <= 3
    assert not any(other.signal for other in found.clusters[1:])


def test_a_scan_each_week_recurs_seven_times_as_slowly():
    sites, place, day, _ = watched_city(4)
    runs = [
        spacetime_permutation_scan(
            sites, place, day, rng=np.random.default_rng(1), replicates=99, every_days=n
        ).clusters[0]
        for n in (1, 7)
    ]
    assert runs[1].recurrence_days == pytest.approx(7 * runs[0].recurrence_days)


def test_a_quiet_year_has_no_signal():
    sites, place, day, _ = watched_city(0)
    rng = np.random.default_rng(2)
    found = spacetime_permutation_scan(sites, place, day, period=(0, 364), rng=rng)
    assert not any(cluster.signal for cluster in found.clusters)


def test_a_busy_corner_or_a_busy_week_is_no_cluster():
    """Margins are given: only place and time together stand out."""
    source = np.random.default_rng(5)
    x, y = source.uniform(0, 9, (2, 20))
    place = source.choice(20, 600, p=np.append(np.full(19, 0.5 / 19), 0.5))
    day = source.choice(60, 600, p=np.append(np.full(59, 0.5 / 59), 0.5))
    found = spacetime_permutation_scan(
        Sites.on_plane(x, y), place, day, rng=np.random.default_rng(3), replicates=199
    )
    assert not found.significant(0.05)


@pytest.mark.parametrize("mode", ["prospective", "retrospective"])
def test_the_same_seed_gives_the_same_on_any_number_of_threads(mode):
    sites, place, day, _ = watched_city(5)
    runs = [
        spacetime_permutation_scan(
            sites,
            place,
            day,
            mode=mode,
            replicates=39,
            rng=np.random.default_rng(9),
            threads=threads,
        )
        for threads in (1, 2, 7)
    ]
    for run in runs[1:]:
        assert run.clusters == runs[0].clusters
        assert (run.replicate_maxima == runs[0].replicate_maxima).all()


def test_wrong_cases_are_refused():
    sites = Sites.on_plane([0.0, 1.0], [0.0, 0.0])

    def scan(place, day, **more):
        return spacetime_permutation_scan(sites, place, day, replicates=0, **more)

    with pytest.raises(ValueError, match="case 1 is at place 2 of 2 places"):
        scan([0, 2], [1, 1])
    with pytest.raises(ValueError, match="case 0 is on day 1, not 2 to 9"):
        scan([0, 1], [1, 5], period=(2, 9))
    with pytest.raises(ValueError, match="one length, not empty"):
        scan([], [])
    with pytest.raises(ValueError, match="day must be whole numbers"):
        scan([0, 1], [1.5, 2.0])
    with pytest.raises(ValueError, match="mode must be"):
        scan([0, 1], [1, 2], mode="nightly")
    with pytest.raises(ValueError, match="longest_days"):
        scan([0, 1], [1, 2], longest_days=0)
    with pytest.raises(ValueError, match="need an rng"):
        spacetime_permutation_scan(sites, [0, 1], [1, 2])
