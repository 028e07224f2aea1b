"""Fitting: known speeds are found again, and the interval covers days not seen."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from gengfu.science.roads import LiveRoads, Places, RoadGraph, TravelModel, times
from gengfu.science.traveltime import (
    Settings,
    Trips,
    best_of,
    covered,
    fit,
    held_out_errors_s,
    kind_candidates,
    predict,
    residuals,
    score,
    try_settings,
)

SIDE = 24
STREET, AVENUE = 1, 0
TRUTH = TravelModel(class_speed_mps=(16.0, 9.0), crossing_s=(1.0, 4.0), start_s=45.0)
NO_CELLS = Settings(cell_belief=1e9)


def town() -> RoadGraph:
    """A grid of blocks of 120 m; each sixth street is an avenue."""
    at = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    lon, lat = np.meshgrid(np.arange(SIDE) * 0.0011, np.arange(SIDE) * 0.0011)
    tails: list[int] = []
    heads: list[int] = []
    classes: list[int] = []
    for i in range(SIDE):
        for j in range(SIDE - 1):
            kind = AVENUE if i % 6 == 0 else STREET
            for a, b in ((at[i, j], at[i, j + 1]), (at[j, i], at[j + 1, i])):
                tails += [int(a), int(b)]
                heads += [int(b), int(a)]
                classes += [kind, kind]
    length = np.full(len(tails), 120.0)
    free = np.where(np.array(classes) == AVENUE, 14.0, 11.0)
    return RoadGraph.build(
        tails, heads, length / free, length, lon.ravel(), lat.ravel(),
        road_class=classes,
    )  # fmt: skip


def between(graph: RoadGraph, edge_seconds: np.ndarray) -> np.ndarray:
    """Seconds of the quickest drive from every node to every node."""
    roads = LiveRoads(graph)
    roads.set_seconds(edge_seconds)
    every = Places.at_nodes(np.arange(graph.node_count))
    return times(roads, every, every)


def trips(
    graph: RoadGraph,
    count: int,
    seed: int,
    days: int = 7,
    wild: float = 0.0,
    kinds: Mapping[tuple[str, int], tuple[float, float]] | None = None,
) -> Trips:
    """Drives that take what the truth says, times a lognormal, some of them wild.

    `kinds` gives each (type, priority) its share of the drives and seconds more.
    """
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, graph.node_count, (count, 2))
    origins, goals = Places.at_nodes(ends[:, 0]), Places.at_nodes(ends[:, 1])
    drive = between(graph, TRUTH.edge_seconds(graph, 0))[ends[:, 0], ends[:, 1]]
    hour = rng.integers(0, 24, count)
    late = np.where(hour < 6, 20.0, 0.0)
    took = (drive + TRUTH.start_s + late) * np.exp(0.2 * rng.standard_normal(count))
    took[rng.random(count) < wild] = 1700.0
    day = rng.integers(0, days, count)
    kinds = kinds or {("", 0): (1.0, 0.0)}
    drawn = rng.choice(len(kinds), count, p=[share for share, _ in kinds.values()])
    more = np.array([seconds for _, seconds in kinds.values()])[drawn]
    kind = np.array([name for name, _ in kinds])[drawn]
    priority = np.array([level for _, level in kinds], np.int64)[drawn]
    return Trips(origins, goals, took + more, hour, day, kind, priority)


@pytest.fixture(scope="module")
def graph() -> RoadGraph:
    return town()


def test_known_speeds_are_found_again(graph):
    found = fit(graph, trips(graph, 1500, 1), NO_CELLS).model
    assert found.start_s + np.mean(found.hour_start_s) == pytest.approx(50, abs=12)
    for kind in (AVENUE, STREET):
        block = 120 / found.class_speed_mps[kind] + found.crossing_s[kind]
        truth = 120 / TRUTH.class_speed_mps[kind] + TRUTH.crossing_s[kind]
        assert block == pytest.approx(truth, rel=0.12)
    night, day = found.hour_start_s[2], found.hour_start_s[14]
    assert 8 < night - day < 32


def test_a_few_wild_records_hardly_move_it(graph):
    calm = fit(graph, trips(graph, 900, 2), NO_CELLS).model
    wild = fit(graph, trips(graph, 900, 2, wild=0.04), NO_CELLS).model
    new = trips(graph, 300, 9)
    gap = predict(graph, wild, new) - predict(graph, calm, new)
    assert np.median(np.abs(gap)) < 12


def test_the_interval_covers_days_not_seen(graph):
    found = fit(graph, trips(graph, 1200, 3), NO_CELLS)
    new = trips(graph, 1500, 4)
    seconds = predict(graph, found.model, new)
    stated = [
        found.model.arrival(s - found.model.start_s, 0.90) for s in seconds.tolist()
    ]
    low = np.array([a.low_s for a in stated])
    high = np.array([a.high_s for a in stated])
    assert 0.87 <= covered(low, high, new.observed_s).mean() <= 0.93
    assert np.median(high - low) < 0.9 * np.median(seconds)


def test_it_beats_free_flow_on_new_days(graph):
    found = fit(graph, trips(graph, 800, 5))
    new = trips(graph, 600, 6)
    fitted = score(predict(graph, found.model, new), new.observed_s)
    free = score(predict(graph, TravelModel(), new), new.observed_s)
    assert fitted.median_absolute_error_s < 0.6 * free.median_absolute_error_s
    assert abs(fitted.bias_s) < 8 < abs(free.bias_s)
    assert fitted.spearman > free.spearman


def test_slow_quarters_are_found_by_cell(graph):
    base = trips(graph, 1500, 7)
    slow = replace(TRUTH)
    seconds = slow.edge_seconds(graph, 0)
    east = graph.lon[graph.tails] > np.median(graph.lon)
    table = between(graph, np.where(east, seconds * 1.5, seconds))
    took = table[-1 - base.origins.edges, -1 - base.goals.edges] + 45.0
    told = replace(base, observed_s=took)
    found = fit(graph, told, Settings(cell_m=1000.0, cell_belief=300.0)).model
    assert found.local is not None
    west_f, east_f = found.local.at(np.array([0.004, 0.021]), np.array([0.012, 0.012]))
    assert east_f / west_f > 1.25


def test_the_right_guess_of_origins_has_the_least_error(graph):
    right = trips(graph, 500, 8)
    rng = np.random.default_rng(1)
    elsewhere = Places.at_nodes(rng.integers(0, graph.node_count, len(right)))
    wrong = replace(right, origins=elsewhere)
    near, far = held_out_errors_s(graph, right), held_out_errors_s(graph, wrong)
    assert near.mean() < 0.7 * far.mean()


KINDS = {
    ("sick", 2): (0.5, 0.0),
    ("sick", 3): (0.18, 45.0),
    ("alarm", 2): (0.2, 0.0),
    ("fire", 1): (0.1, -35.0),
    ("flood", 2): (0.02, 60.0),
}


def test_planted_offsets_of_kinds_are_found_again(graph):
    told = trips(graph, 1100, 10, kinds=KINDS)
    found = fit(graph, told, replace(NO_CELLS, kind_trips=10.0)).model
    typical = found.kind_s("sick", 2)
    assert typical == pytest.approx(0, abs=4)
    assert found.kind_s("sick", 3) - typical == pytest.approx(45, abs=9)
    assert found.kind_s("alarm", 2) - typical == pytest.approx(0, abs=6)
    assert found.kind_s("fire", 1) - typical == pytest.approx(-35, abs=9)
    firm = fit(graph, told, replace(NO_CELLS, kind_trips=100.0)).model
    assert 0 < firm.kind_s("flood", 2) < 0.7 * found.kind_s("flood", 2)  # few of them
    new = trips(graph, 400, 11, kinds=KINDS)
    plain = fit(graph, told, replace(NO_CELLS, kind_trips=inf)).model
    assert set(plain.kind_start_s.values()) == {0.0}
    with_kinds = score(predict(graph, found, new), new.observed_s)
    without = score(predict(graph, plain, new), new.observed_s)
    assert with_kinds.spearman > without.spearman + 0.02
    assert with_kinds.median_absolute_error_s < without.median_absolute_error_s


def test_an_unknown_kind_takes_what_a_typical_call_does(graph):
    found = fit(graph, trips(graph, 900, 12, kinds=KINDS), NO_CELLS).model
    assert found.kind_s("landslide", 1) == 0.0
    assert found.arrival(60.0, kind="landslide", priority=1) == found.arrival(60.0)
    assert found.kind_s("sick", 4) == found.kind_start_s["sick"]
    assert found.kind_s("sick") == found.kind_start_s["sick"]


def test_a_day_is_predicted_without_what_happened_on_it(graph):
    told = trips(graph, 700, 13, kinds=KINDS)
    today = told.day == 3
    settings = replace(NO_CELLS, rounds=1)
    before = fit(graph, told, settings).held_out_s[today]
    later = np.where(
        today & (told.kind == "sick"), told.observed_s + 200, told.observed_s
    )
    after = fit(graph, replace(told, observed_s=later), settings).held_out_s[today]
    # ways are those of a fit to all days: a little of the day comes in by them
    assert np.median(np.abs(after - before)) < 3.0
    assert np.median(np.abs(later - told.observed_s)[today]) == 200.0


def test_settings_are_chosen_by_held_out_days(graph):
    told = trips(graph, 900, 14, kinds=KINDS)
    tried = try_settings(graph, told, kind_candidates(NO_CELLS))
    assert tried[0].settings.kind_trips == inf
    assert best_of(tried).kind_trips < inf
    assert tried[0].error_s > min(one.error_s for one in tried[1:]) + 1.0
    few = told.take(np.flatnonzero(told.day == 0)[:5])
    nothing = try_settings(graph, few, kind_candidates(NO_CELLS))
    assert best_of(nothing) == nothing[0].settings  # no drives to judge by


def test_too_little_is_refused_and_named(graph):
    few = trips(graph, 20, 1)
    with pytest.raises(ValueError, match="20 usable drives"):
        fit(graph, few)
    one_day = trips(graph, 100, 1, days=1)
    with pytest.raises(ValueError, match="on 1 days"):
        fit(graph, one_day)


def test_quantiles_use_finite_sample_ranks():
    gap = np.arange(1.0, 100.0)  # 99 values: the 95 % rank is the 95th
    found = residuals(np.full(99, 50.0), 50.0 + gap, (0.05, 0.95))
    assert found.at(50.0, 0.95) == 95.0
    assert found.at(50.0, 0.05) == 5.0


def test_scores_are_what_they_say():
    found = score(np.array([10.0, 30.0, 20.0]), np.array([12.0, 24.0, 20.0]))
    assert found.median_absolute_error_s == 2.0
    assert found.bias_s == 0.0
    assert found.spearman == pytest.approx(1.0)
    with pytest.raises(ValueError, match="cannot be scored"):
        score(np.ones(1), np.ones(1))
