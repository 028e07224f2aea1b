"""Signals: a planted rise is found by the method for its record, and little else is."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from gengfu.capabilities.safety_index.rules.scan_watch import STUDY_DAYS, by_scan
from gengfu.capabilities.safety_index.rules.series_watch import (
    EARS,
    EARS_CHANCE,
    HISTORY_DAYS,
    by_cusum,
    by_ears,
    by_farrington,
)
from gengfu.capabilities.safety_index.rules.signal_values import (
    FARRINGTON_TELLS_DAYS,
    DailyCounts,
    Points,
)
from gengfu.capabilities.safety_index.rules.signals import watch
from gengfu.science.detection import ears_c1, ears_c2, ears_c3

LAST = date(2026, 10, 31)


def series(
    days: int, mean: float, *, number: int = 40, seed: int = 3, season: float = 0.0
) -> DailyCounts:
    rng = np.random.default_rng(seed)
    wave = 1 + season * np.sin(2 * np.pi * np.arange(days) / 364.0)
    return DailyCounts(
        first=LAST - timedelta(days=days - 1),
        areas=tuple(f"t{n:03}" for n in range(number)),
        kinds=("theft",) * number,
        counts=rng.poisson(mean * wave, (number, days)).astype(np.float64),
    )


def test_five_years_are_watched_by_farrington_and_a_jump_is_found() -> None:
    daily = series(HISTORY_DAYS, 0.8)
    daily.counts[7, -7:] += 3
    tested, found = by_farrington(daily)
    assert tested.series == 40
    assert tested.false_alarms == pytest.approx(0.2)
    mine = next(one for one in found if one.area == "t007")
    assert mine.method == "farrington"
    assert mine.observed == int(daily.counts[7, -7:].sum())
    assert mine.expected == pytest.approx(0.8 * 7, abs=2.5)
    assert mine.upper is not None
    assert mine.upper < mine.observed
    assert mine.excess == pytest.approx(mine.observed - mine.expected)
    assert (mine.first_day, mine.last_day) == ("2026-10-25", "2026-10-31")
    assert mine.recurrence_days > 365
    assert mine.recurrence_days == FARRINGTON_TELLS_DAYS
    assert mine.at_most
    assert not replace(mine, recurrence_days=5_000.0).at_most
    assert len(found) <= 3
    assert by_ears(daily)[0].series == 0


def test_quiet_series_have_about_as_many_false_alarms_as_are_named() -> None:
    named, alarms = 0.0, 0
    for seed in range(4):
        tested, found = by_farrington(series(HISTORY_DAYS, 1.2, number=250, seed=seed))
        named += tested.false_alarms
        alarms += len(found)
    assert named == pytest.approx(5.0)
    assert alarms <= 14  # 5 by chance: more than 14 would be one time in three thousand


def test_two_years_are_charted_and_a_lasting_rise_is_found_in_its_season() -> None:
    daily = series(2 * 364, 0.9, season=0.5)
    assert len(by_cusum(daily)[1]) <= 2
    rise = np.random.default_rng(9).poisson(1.1, 60)
    found = []
    for day in range(3, 60, 7):  # by whole weeks: a chart alarms once and starts anew
        counts = daily.counts.copy()
        counts[5, -60:][: day + 1] += rise[: day + 1]
        moved = DailyCounts(
            first=daily.first, areas=daily.areas, kinds=daily.kinds,
            counts=counts[:, : counts.shape[1] - 59 + day],
        )  # fmt: skip
        found += [one for one in by_cusum(moved)[1] if one.area == "t005"]
    assert found
    assert found[0].method == "cusum"
    assert found[0].observed > found[0].expected
    assert found[0].recurrence_days >= 260 * 7
    assert found[0].at_most  # so often chance reaches the limit, not what was seen


def test_young_series_are_watched_by_day() -> None:
    daily = series(90, 1.0)
    daily.counts[3, -1] = 12
    tested, found = by_ears(daily)
    assert tested.series == 40
    assert tested.false_alarms == pytest.approx(40 * EARS_CHANCE["ears"])
    mine = next(one for one in found if one.area == "t003")
    assert mine.method == "ears-c2"
    assert (mine.observed, mine.first_day) == (12, str(LAST))
    assert by_farrington(daily)[0].series == by_cusum(daily)[0].series == 0


@pytest.mark.parametrize("mean", [3.0, pytest.param(10.0, marks=pytest.mark.lasting)])
def test_the_named_chances_of_ears_are_those_of_simulation(mean: float) -> None:
    counts = np.random.default_rng(2).poisson(mean, (100_000, 16)).astype(float)
    alarms = {
        f"ears-c{n}": method(counts, EARS).alarm[:, -1]
        for n, method in ((1, ears_c1), (2, ears_c2), (3, ears_c3))
    }
    alarms["ears"] = np.logical_or.reduce(list(alarms.values()))
    for name, chance in EARS_CHANCE.items():
        assert alarms[name].mean() == pytest.approx(chance, rel=0.12)


def test_few_cases_and_days_that_were_not_recorded_raise_nothing() -> None:
    daily = series(90, 0.01)
    daily.counts[0, -1] = 4
    tested, found = watch(daily, (), "x")
    assert (tested, found) == ([], [])
    unknown = series(HISTORY_DAYS, 1.0)
    unknown.counts[:, -20] = np.nan
    assert len(by_farrington(unknown)[1]) <= 2
    young = series(HISTORY_DAYS, 1.0)
    young.counts[4, :-100] = np.nan
    assert by_ears(young)[0].series == 1
    assert by_farrington(young)[0].series == 39


def points(*, extra: int, seed: int = 5) -> Points:
    rng = np.random.default_rng(seed)
    number = 900
    lon, lat = 114.4 + rng.random(number) * 0.3, 23.0 + rng.random(number) * 0.3
    day = LAST.toordinal() - rng.integers(0, STUDY_DAYS, number)
    lon = np.append(lon, 114.55 + rng.normal(0, 0.003, extra))
    lat = np.append(lat, 23.15 + rng.normal(0, 0.003, extra))
    day = np.append(day, LAST.toordinal() - rng.integers(0, 6, extra))
    area = ["elsewhere"] * number + ["here"] * extra
    return Points(domain="crime", lon=lon, lat=lat, day=day, area=tuple(area))


def test_the_scan_finds_where_and_since_when() -> None:
    tested, found = by_scan((points(extra=14),), LAST, "seed")
    assert (tested.series, tested.false_alarms) == (1, 0.003)
    (one,) = found
    assert (one.method, one.area, one.kind) == ("scan", "here", "crime")
    assert one.observed >= 12
    assert one.expected < 3
    assert one.recurrence_days == 1000.0
    assert one.at_most  # 999 replicates tell no less
    assert not replace(one, recurrence_days=500.0).at_most
    assert not replace(one, recurrence_days=999.0).at_most
    assert one.radius_km is not None
    assert one.radius_km <= 3.0
    assert one.lon == pytest.approx(114.55, abs=0.02)
    assert one.first_day >= "2026-10-24"
    again = by_scan((points(extra=14),), LAST, "seed")
    assert again == (tested, found)


def test_the_scan_is_silent_where_nothing_stands_out() -> None:
    assert by_scan((points(extra=0),), LAST, "seed")[1] == []
