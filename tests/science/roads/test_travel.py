"""The travel model: speeds, crossings, hours and the arrival interval."""

import numpy as np
import pytest
from street_plan import streets

from gengfu.science.roads import Residuals, RoadGraph, TravelModel, streets_at_nodes


def test_edges_take_length_over_speed_plus_the_crossing_they_end_at():
    plan = streets("""
A----B----C
     |
     D
""")
    model = TravelModel(
        class_speed_mps=(20.0,), crossing_s=(7.0,), hour_factor=(1.0,) * 23 + (2.0,)
    )
    seconds = model.edge_seconds(plan.graph, 0)
    assert seconds[plan.edge("AB")] == pytest.approx(400 / 20 + 7)  # B is a crossing
    assert seconds[plan.edge("BA")] == pytest.approx(400 / 20)
    assert np.allclose(model.edge_seconds(plan.graph, 23), 2 * seconds)
    counts = streets_at_nodes(plan.graph)
    assert counts[plan.node("B")] == 3


def test_classes_without_a_speed_keep_the_seconds_of_the_graph():
    graph = RoadGraph.build(
        [0, 1], [1, 0], [11.0, 12.0], [100.0, 100.0], [0, 1], [0, 1], road_class=[0, 5]
    )
    model = TravelModel(class_speed_mps=(10.0,))
    assert model.edge_seconds(graph, 8).tolist() == [10.0, 12.0]
    assert TravelModel().edge_seconds(graph, 8).tolist() == [11.0, 12.0]


def test_an_arrival_lies_between_the_quantiles_for_its_length():
    model = TravelModel(
        start_s=20.0,
        residuals=Residuals(
            predicted_s=(100.0, 300.0),
            levels=(0.05, 0.5, 0.95),
            quantile_s=((-40.0, -80.0), (0.0, 10.0), (60.0, 200.0)),
        ),
    )
    arrival = model.arrival(180.0)
    assert arrival.seconds == 200.0
    assert (arrival.low_s, arrival.high_s) == pytest.approx((140.0, 330.0))
    short = model.arrival(5.0)
    assert short.low_s == 0.0
    assert short.high_s == 85.0
    wide = model.arrival(180.0, 0.5)
    assert arrival.low_s < wide.low_s < wide.high_s < arrival.high_s


def test_a_kind_of_call_moves_the_start_and_never_below_zero():
    model = TravelModel(
        start_s=20.0, kind_start_s={"sick": 5.0, "sick/3": 30.0, "fire": -50.0}
    )
    assert model.arrival(100.0, kind="sick", priority=3).seconds == 150.0
    assert model.arrival(100.0, kind="sick", priority=1).seconds == 125.0
    assert model.arrival(100.0, kind="flood", priority=1).seconds == 120.0
    assert model.arrival(100.0, kind="fire", priority=1).seconds == 100.0
    with pytest.raises(ValueError, match="kind_start_s"):
        TravelModel(kind_start_s={"sick": float("nan")})


def test_without_residuals_no_interval_is_claimed():
    arrival = TravelModel().arrival(60.0)
    assert (arrival.low_s, arrival.high_s) == (0.0, float("inf"))


def test_nonsense_models_are_refused():
    with pytest.raises(ValueError, match="class_speed_mps"):
        TravelModel(class_speed_mps=(0.0,))
    with pytest.raises(ValueError, match="24 values"):
        TravelModel(hour_factor=(1.0,))
    with pytest.raises(ValueError, match="one value per class"):
        TravelModel(class_speed_mps=(1.0,), crossing_s=(1.0, 2.0))
    with pytest.raises(ValueError, match="levels must rise"):
        Residuals((1.0,), (0.9, 0.1), ((0.0,), (0.0,)))
    with pytest.raises(ValueError, match="one row per level"):
        Residuals((1.0, 2.0), (0.1, 0.9), ((0.0,), (0.0,)))
    with pytest.raises(ValueError, match="level"):
        TravelModel().arrival(1.0, 1.0)
