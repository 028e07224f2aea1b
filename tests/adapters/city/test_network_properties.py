"""Properties of every road graph, over random maps."""

from itertools import pairwise

import numpy as np
import pyproj
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.city import Network, OnewayOrigin, build_network
from gengfu.adapters.city.findings import Where
from gengfu.adapters.city.lines import RoadLines
from gengfu.adapters.city.network import z_order

PLACES = st.lists(
    st.tuples(st.integers(-30_000, 30_000), st.integers(-30_000, 30_000)),
    min_size=4,
    max_size=25,
    unique=True,
)


@st.composite
def maps(draw) -> RoadLines:
    """Random streets through random places, in any direction, at any latitude."""
    places = np.array(draw(PLACES), float) * 1e-6
    west, south = draw(st.floats(-170, 170)), draw(st.floats(-70, 70))
    number = st.integers(0, len(places) - 1)
    streets = draw(
        st.lists(st.lists(number, min_size=2, max_size=6), min_size=1, max_size=12)
    )
    keys = np.array([k for s in streets for k in s], np.int64)
    count = len(streets)
    pick = st.lists(st.sampled_from([-1, 0, 1]), min_size=count, max_size=count)
    direction = np.array(draw(pick), np.int8)
    return RoadLines(
        where=Where("random"),
        rows=np.arange(count),
        offsets=np.cumsum([0] + [len(s) for s in streets]),
        lon=west + places[keys, 0],
        lat=south + places[keys, 1],
        keys=keys,
        road_class=np.arange(count, dtype=np.uint8) % 10,
        speed_forward_kmh=np.full(count, np.nan, np.float32),
        speed_backward_kmh=np.full(count, np.nan, np.float32),
        direction=direction,
        oneway_origin=(direction != 0).astype(np.uint8),
        emergency_only=np.zeros(count, np.bool_),
        name=np.arange(count, dtype=np.int32),
        alias=np.full(count, -1, np.int32),
        names=tuple(f"Street {i}" for i in range(count)),
        names_zh=("",) * count,
        left_out={},
    )


def network_of(lines: RoadLines) -> Network | None:
    moving = np.diff(lines.keys) != 0
    inside = np.ones(moving.size, bool)
    inside[lines.offsets[1:-1] - 1] = False
    return build_network(lines)[0] if (moving & inside).any() else None


def steps(lines: RoadLines):
    """Every (from key, to key) that may be driven, one vertex to the next."""
    found = set()
    for i, way in enumerate(lines.direction):
        keys = lines.keys[lines.offsets[i] : lines.offsets[i + 1]].tolist()
        pairs = [(a, b) for a, b in pairwise(keys) if a != b]
        if way >= 0:
            found |= set(pairs)
        if way <= 0:
            found |= {(b, a) for a, b in pairs}
    return found


@given(maps())
def test_what_may_be_driven_is_what_was_drawn(lines):
    network = network_of(lines)
    if network is None:
        return
    place = {
        (x, y): k
        for x, y, k in zip(lines.lon, lines.lat, lines.keys.tolist(), strict=True)
    }
    offsets, lon, lat = network.edge_shapes()
    driven = set()
    for e in range(network.edge_count):
        keys = [place[lon[i], lat[i]] for i in range(offsets[e], offsets[e + 1])]
        driven |= {(a, b) for a, b in pairwise(keys) if a != b}
    assert driven == steps(lines)


@given(maps())
def test_edges_hang_together(lines):
    network = network_of(lines)
    if network is None:
        return
    offsets, lon, lat = network.edge_shapes()
    first, last = offsets[:-1], offsets[1:] - 1
    assert np.array_equal(lon[first], network.lon[network.tails])
    assert np.array_equal(lat[last], network.lat[network.heads])
    assert not (network.tails == network.heads).any()
    assert (network.length_m > 0).all()
    along = {int(s) for s in network.shape[~network.backward]}
    assert along == set(range(network.shape_offsets.size - 1))


@given(maps())
def test_lengths_are_geodesic(lines):
    network = network_of(lines)
    if network is None:
        return
    geod = pyproj.Geod(a=6378137.0, rf=298.257223563)
    offsets, lon, lat = network.edge_shapes()
    for e in range(network.edge_count):
        at = slice(offsets[e], offsets[e + 1])
        exact = max(geod.line_length(lon[at], lat[at]), 0.1)
        assert abs(network.length_m[e] - exact) <= 1e-3 * exact


@given(maps())
def test_twins_are_the_two_directions_of_one_street(lines):
    network = network_of(lines)
    if network is None:
        return
    twins = network.twins()
    paired = np.flatnonzero(twins >= 0)
    other = twins[paired]
    assert np.array_equal(twins[other], paired)
    assert np.array_equal(network.tails[paired], network.heads[other])
    assert np.array_equal(network.shape[paired], network.shape[other])
    oneway = network.oneway_origin != OnewayOrigin.BOTH
    assert np.array_equal(oneway, twins < 0)


@given(maps())
def test_one_can_drive_to_and_fro_within_a_component_and_in_no_larger_set(lines):
    network = network_of(lines)
    if network is None:
        return
    size = network.node_count
    reach = np.eye(size, dtype=bool)
    reach[network.tails, network.heads] = True
    for k in range(size):
        reach |= reach[:, [k]] & reach[[k], :]
    together = reach & reach.T
    same = network.component[:, None] == network.component[None, :]
    assert np.array_equal(together, same)
    counts = np.bincount(network.component)
    assert (np.diff(counts) <= 0).all(), "0 is the largest"


@given(maps())
def test_the_order_of_rows_makes_no_other_graph(lines):
    network = network_of(lines)
    if network is None:
        return
    again = network_of(lines)
    assert again is not None
    for field in ("lon", "tails", "heads", "length_m", "shape", "name", "alias"):
        assert np.array_equal(getattr(network, field), getattr(again, field))


def test_a_degree_of_the_meridian_has_its_known_length():
    lines = RoadLines(
        where=Where("meridian"),
        rows=np.array([1]),
        offsets=np.array([0, 2]),
        lon=np.array([0.0, 0.0]),
        lat=np.array([0.0, 1.0]),
        keys=np.array([1, 2]),
        road_class=np.array([0], np.uint8),
        speed_forward_kmh=np.array([36.0], np.float32),
        speed_backward_kmh=np.array([np.nan], np.float32),
        direction=np.array([0], np.int8),
        oneway_origin=np.array([0], np.uint8),
        emergency_only=np.array([False]),
        name=np.array([-1], np.int32),
        alias=np.array([-1], np.int32),
        names=(),
        names_zh=(),
        left_out={},
    )
    network, _ = build_network(lines)
    assert np.allclose(network.length_m, 110_574.39, atol=0.01)
    north = network.lat[network.heads] > network.lat[network.tails]
    assert np.allclose(network.seconds[north], 11_057.439)
    assert network.speed_kmh[~north].tolist() == [90.0]


def test_neighbours_on_the_map_are_near_in_memory():
    x, y = np.meshgrid(np.arange(64.0), np.arange(64.0))
    order = z_order(x.ravel(), y.ravel())
    rank = np.empty(order.size, int)
    rank[order] = np.arange(order.size)
    grid = rank.reshape(64, 64)
    apart = np.abs(np.diff(grid, axis=1)).ravel()
    assert np.median(apart) <= 4
