"""Vector layers of roads: noding, TIGER, columns, and every fault with its line."""

import json
import sqlite3

import numpy as np
import pyogrio.raw
import pytest
import shapely
from tests.adapters.city.small_city import (
    at,
    line,
    write_geojson,
    write_layer,
)

from gengfu.adapters.city import build_network
from gengfu.adapters.city.building import read_roads
from gengfu.adapters.city.vector_roads import read_vector_roads
from gengfu.kernel import BadInput

EAST = line((0, 0), (1, 0), (2, 0))
LOCAL = {"highway": ["residential", "residential"]}


def network_of(path, lines, columns, **options):
    write_layer(path, lines, columns, **options)
    return build_network(read_vector_roads(path))


def tiger(tmp_path, *rows):
    """Network of (MTFCC, line) rows in a TIGER-like shapefile."""
    codes, lines = zip(*rows, strict=True)
    columns = {"MTFCC": codes, "FULLNAME": [f"Road {i}" for i in range(len(codes))]}
    network, _ = network_of(tmp_path / "tl.shp", lines, columns, crs="EPSG:4269")
    return network


def joined(network, a, b) -> bool:
    """Whether one can drive from grid point a to grid point b."""
    nodes = {}
    for number, (lon, lat) in enumerate(zip(network.lon, network.lat, strict=True)):
        nodes.setdefault((round(lon, 6), round(lat, 6)), []).append(number)
    seen = set(nodes[tuple(round(v, 6) for v in at(*a))])
    goal = set(nodes[tuple(round(v, 6) for v in at(*b))])
    while True:
        step = set(network.heads[np.isin(network.tails, list(seen))].tolist())
        if step <= seen:
            return bool(goal & seen)
        seen |= step


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson"])
def test_lines_meet_at_a_vertex_of_both(tmp_path, suffix):
    across = line((1, -1), (1, 0), (1, 1))
    network, _ = network_of(tmp_path / f"a.{suffix}", [EAST, across], LOCAL)
    assert (network.node_count, network.edge_count) == (5, 8)


def test_lines_meet_where_one_ends_on_a_vertex_of_the_other(tmp_path):
    network, _ = network_of(tmp_path / "a.gpkg", [EAST, line((1, 1), (1, 0))], LOCAL)
    assert network.node_count == 4
    assert joined(network, (1, 1), (2, 0))


def test_lines_that_cross_without_a_common_vertex_do_not_meet(tmp_path):
    across = line((1, -1), (1, 1))
    network, mended = network_of(tmp_path / "a.gpkg", [EAST, across], LOCAL)
    assert network.node_count == 4
    assert mended.components == 2


@pytest.mark.parametrize(
    "level", [{"bridge": ["", "yes"]}, {"layer": [0, 1]}, {"tunnel": ["F", "T"]}]
)
def test_another_level_does_not_meet_at_a_common_vertex(tmp_path, level):
    across = line((1, -1), (1, 0), (1, 1))
    network, mended = network_of(tmp_path / "a.gpkg", [EAST, across], LOCAL | level)
    assert mended.components == 2
    assert not joined(network, (0, 0), (1, 1))


def test_a_bridge_is_met_where_it_ends(tmp_path):
    bridge = line((1, 0), (1, 1))
    levels = LOCAL | {"bridge": ["", "yes"], "layer": [0, 1]}
    network, _ = network_of(tmp_path / "a.gpkg", [EAST, bridge], levels)
    assert joined(network, (0, 0), (1, 1))


ACROSS = line((1, -1), (1, 0), (1, 1))


def test_a_street_does_not_meet_the_freeway_that_it_crosses(tmp_path):
    network = tiger(tmp_path, ("S1100", EAST), ("S1400", ACROSS))
    assert not joined(network, (0, 0), (1, 1))
    assert joined(network, (1, -1), (1, 1))
    assert joined(network, (0, 0), (2, 0))


def test_a_street_cut_by_a_change_of_name_goes_on_below_the_freeway(tmp_path):
    south, north = line((1, -1), (1, 0)), line((1, 0), (1, 1))
    network = tiger(tmp_path, ("S1100", EAST), ("S1400", south), ("S1400", north))
    assert joined(network, (1, -1), (1, 1))
    assert not joined(network, (0, 0), (1, 1))


def test_a_ramp_joins_freeway_and_street(tmp_path):
    ramp, street = line((1, 0), (2, 1)), line((1, 1), (2, 1), (3, 1))
    network = tiger(tmp_path, ("S1100", EAST), ("S1630", ramp), ("S1400", street))
    assert joined(network, (0, 0), (3, 1))


def test_a_street_below_the_place_where_a_ramp_leaves_stays_apart(tmp_path):
    ramp = line((1, 0), (2, 1))
    network = tiger(tmp_path, ("S1100", EAST), ("S1630", ramp), ("S1400", ACROSS))
    assert joined(network, (0, 0), (2, 1))
    assert not joined(network, (1, -1), (0, 0))


def test_a_ramp_passes_over_a_street(tmp_path):
    network = tiger(tmp_path, ("S1630", EAST), ("S1400", ACROSS))
    assert not joined(network, (0, 0), (1, 1))


def test_a_street_may_end_on_a_ramp(tmp_path):
    network = tiger(tmp_path, ("S1630", EAST), ("S1400", line((1, 0), (1, 1))))
    assert joined(network, (0, 0), (1, 1))


def test_a_freeway_goes_on_as_a_secondary_road(tmp_path):
    network = tiger(
        tmp_path, ("S1100", line((0, 0), (1, 0))), ("S1200", line((1, 0), (2, 0)))
    )
    assert joined(network, (0, 0), (2, 0))


def test_streets_cross_streets_and_secondary_roads_in_tiger(tmp_path):
    network = tiger(tmp_path, ("S1200", EAST), ("S1400", ACROSS))
    assert joined(network, (0, 0), (1, 1))


def test_footways_stairs_and_private_roads_of_tiger_are_left_out(tmp_path):
    rows = [("S1400", EAST), ("S1710", ACROSS), ("S1720", ACROSS), ("S1740", ACROSS)]
    codes, lines = zip(*rows, strict=True)
    write_layer(tmp_path / "tl.shp", lines, {"MTFCC": codes, "FULLNAME": ["a"] * 4})
    read = read_vector_roads(tmp_path / "tl.shp")
    assert read.rows.size == 1
    assert read.left_out == {"MTFCC=S1710": 1, "MTFCC=S1720": 1, "MTFCC=S1740": 1}


@pytest.mark.parametrize(
    ("column", "word", "edges"),
    [
        ("oneway", "yes", {"east"}),
        ("oneway", "-1", {"west"}),
        ("oneway", "FT", {"east"}),
        ("oneway", "TF", {"west"}),
        ("oneway", "B", {"east", "west"}),
        ("oneway", "", {"east", "west"}),
        ("direction", 1, {"east"}),
        ("direction", -1, {"west"}),
        ("direction", 0, {"east", "west"}),
    ],
)
def test_direction_of_a_street(tmp_path, column, word, edges):
    columns = {"highway": ["residential"], column: [word]}
    network, _ = network_of(tmp_path / "a.gpkg", [line((0, 0), (1, 0))], columns)
    east = network.lon[network.heads] > network.lon[network.tails]
    assert {"east" if e else "west" for e in east} == edges


def test_a_layer_in_another_system_is_reprojected(tmp_path):
    flat = shapely.LineString([(500_000, 5_538_630.7027), (501_000, 5_538_630.7027)])
    columns = {"highway": ["residential"]}
    network, _ = network_of(tmp_path / "a.gpkg", [flat], columns, crs="EPSG:32632")
    assert np.sort(network.lon) == pytest.approx([9.0, 9.013956], abs=1e-5)
    assert network.lat == pytest.approx([50.0, 50.0], abs=1e-5)
    assert network.length_m == pytest.approx(1000 / 0.9996, rel=1e-3)


def test_speeds_of_both_directions(tmp_path):
    columns = {"link_type": ["primary"], "speed_ab": [70.0], "speed_ba": [30.0]}
    network, _ = network_of(tmp_path / "a.gpkg", [line((0, 0), (1, 0))], columns)
    east = network.lon[network.heads] > network.lon[network.tails]
    assert network.speed_kmh[east].tolist() == [70.0]
    assert network.speed_kmh[~east].tolist() == [30.0]


def test_stated_nodes_win_over_places(tmp_path):
    columns = LOCAL | {"a_node": [1, 3], "b_node": [2, 4]}
    lines = [line((0, 0), (1, 0)), line((1, 0), (2, 0))]
    network, mended = network_of(tmp_path / "a.gpkg", lines, columns)
    assert (network.node_count, mended.components) == (4, 2)


def test_the_usual_layer_of_several_is_found(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", [EAST], {"highway": ["service"]}, layer="x")
    columns = {"highway": ["primary"]}
    write_layer(path, [EAST], columns, layer="roads", append=True)
    assert read_roads(path).where.layer == "roads"
    with pytest.raises(BadInput, match=r"name one of its layers: x, roads"):
        read_vector_roads(path)
    with pytest.raises(BadInput, match=r"no layer 'y' \(has: x, roads\)"):
        read_roads(path, "y")


def refusal(path, lines, columns, **options) -> str:
    write_layer(path, lines, columns, **options)
    with pytest.raises(BadInput) as caught:
        read_vector_roads(path)
    text = str(caught.value)
    assert text.isprintable(), "one line, nothing that a terminal would obey"
    return text


def test_a_missing_crs_is_refused(tmp_path):
    path = tmp_path / "a.shp"
    write_layer(path, [EAST], {"highway": ["residential"]})
    path.with_suffix(".prj").unlink()
    with pytest.raises(BadInput, match=r"^a\.shp, layer a: missing CRS"):
        read_vector_roads(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_an_undefined_crs_is_refused(tmp_path):
    columns = {"highway": ["residential"]}
    text = refusal(tmp_path / "a.gpkg", [EAST], columns, crs=None)
    assert text.startswith("a.gpkg, layer a: missing CRS")


def test_an_empty_geometry_is_refused(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [EAST, shapely.LineString()], LOCAL)
    assert text == "a.gpkg, layer a, row 2, field geometry: empty geometry"
    text = refusal(tmp_path / "b.gpkg", [EAST, None], LOCAL)
    assert text == "b.gpkg, layer b, row 2, field geometry: empty geometry"


def test_what_is_no_line_is_refused(tmp_path):
    shape = shapely.Point(*at(0, 0))
    text = refusal(tmp_path / "a.gpkg", [EAST, shape], LOCAL, kind="Unknown")
    assert text == "a.gpkg, layer a, row 2, field geometry: not a line"


def test_a_missing_column_is_refused(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [EAST], {"title": ["x"]})
    assert text.startswith("a.gpkg, layer a: missing column MTFCC or highway")
    assert text.endswith("(has: title)")


def test_an_unknown_class_is_refused(tmp_path):
    columns = {"highway": ["residential", "skyway"]}
    text = refusal(tmp_path / "a.gpkg", [EAST, EAST], columns)
    assert text == "a.gpkg, layer a, row 2, field highway: unknown road class 'skyway'"


def test_an_unknown_direction_is_refused(tmp_path):
    columns = {"highway": ["residential"], "oneway": ["sometimes"]}
    text = refusal(tmp_path / "a.gpkg", [EAST], columns)
    assert text == "a.gpkg, layer a, row 1, field oneway: unknown direction 'sometimes'"


@pytest.mark.parametrize(
    ("speed", "what"),
    [
        (-30.0, "speed -30 km/h is not in 0-200"),
        (0.0, "speed 0 km/h is not in 0-200"),
        (1e6, "speed 1e+06 km/h is not in 0-200"),
        (np.inf, "not a finite number: inf"),
    ],
)
def test_a_speed_no_road_has_is_refused(tmp_path, speed, what):
    columns = LOCAL | {"speed_kmh": [50.0, speed]}
    text = refusal(tmp_path / "a.gpkg", [EAST, EAST], columns)
    assert text == f"a.gpkg, layer a, row 2, field speed_kmh: {what}"


@pytest.mark.parametrize("place", [(500000.0, 4e6), (181.0, 0.0), (0.0, 90.5)])
def test_a_place_off_the_globe_is_refused(tmp_path, place):
    shape = shapely.LineString([(0, 0), place])
    text = refusal(tmp_path / "a.gpkg", [EAST, shape], LOCAL)
    assert text.startswith("a.gpkg, layer a, row 2, field geometry: not on the globe")


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_coordinate_that_is_no_number_is_refused(tmp_path):
    shape = shapely.LineString([(0, 0), (np.nan, 1)])
    text = refusal(tmp_path / "a.gpkg", [EAST, shape], LOCAL)
    assert text.startswith("a.gpkg, layer a, row 2, field geometry: not on the globe")


def test_a_hostile_name_is_refused(tmp_path):
    columns = LOCAL | {"name": ["Fine", "\u202egnorw"]}
    text = refusal(tmp_path / "a.gpkg", [EAST, EAST], columns)
    assert text.startswith(
        "a.gpkg, layer a, row 2, field name: control character U+202E"
    )


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "a.shp"
    columns = {"highway": ["residential"], "name": ["Peñuelas"]}
    write_layer(path, [EAST], columns, encoding="ISO-8859-1")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(BadInput, match=r"^a\.shp, layer a.*wrong encoding"):
        read_vector_roads(path)


def test_text_in_the_stated_encoding_is_read(tmp_path):
    path = tmp_path / "a.shp"
    columns = {"highway": ["residential"], "name": ["Peñuelas"]}
    write_layer(path, [EAST], columns, encoding="ISO-8859-1")
    assert read_vector_roads(path).names == ("Peñuelas",)


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_truncated_shapefile_is_refused(tmp_path, part):
    path = tmp_path / "a.shp"
    lines = [line((0, i), (1, i)) for i in range(200)]
    write_layer(path, lines, {"highway": ["residential"] * 200})
    data = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=r"^a\.shp, layer a"):
        read_vector_roads(path)


def test_a_truncated_geopackage_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    lines = [line((0, i), (1, i)) for i in range(3000)]
    write_layer(path, lines, {"highway": ["residential"] * 3000})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=r"^a\.gpkg"):
        read_vector_roads(path)


def test_a_truncated_geojson_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    geometry = {"type": "LineString", "coordinates": [at(0, 0), at(1, 0)]}
    write_geojson(path, [({"highway": "residential"}, geometry)] * 5)
    path.write_text(path.read_text(encoding="utf-8")[:-200], encoding="utf-8")
    with pytest.raises(BadInput, match=r"^a\.geojson"):
        read_vector_roads(path)


@pytest.mark.parametrize("content", [b"", b"not json", b"\xff\xfe\x00", b"{}"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"^a\.geojson"):
        read_vector_roads(path)


def test_geojson_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    geometry = {"type": "LineString", "coordinates": [at(0, 0), at(1, 0)]}
    properties = {"highway": "residential", "name": "Peñuelas"}
    write_geojson(path, [(properties, geometry)])
    text = path.read_text(encoding="utf-8").replace("\\u00f1", "ñ")
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match=r"^a\.geojson"):
        read_vector_roads(path)


def test_a_row_of_geojson_without_geometry_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    geometry = {"type": "LineString", "coordinates": [at(0, 0), at(1, 0)]}
    rows = [({"highway": "residential"}, geometry), ({"highway": "service"}, None)]
    write_geojson(path, rows)
    with pytest.raises(BadInput, match=r"row 1, field geometry: empty geometry$"):
        read_vector_roads(path)


def test_a_file_that_is_not_there_and_a_kind_we_do_not_read(tmp_path):
    with pytest.raises(BadInput, match=r"^none\.gpkg: no such file$"):
        read_roads(tmp_path / "none.gpkg")
    with pytest.raises(BadInput, match=r"^roads\.docx: roads must be"):
        read_roads(tmp_path / "roads.docx")


def test_aequilibrae_leaves_centroid_connectors_out(tmp_path):
    columns = {
        "link_type": ["residential", "centroid_connector"],
        "a_node": [1, 9],
        "b_node": [2, 2],
        "direction": [1, 0],
        "name": ["Talca", ""],
        "speed_ab": [40.0, np.nan],
    }
    path = write_layer(tmp_path / "a.sqlite", [EAST, ACROSS], columns, layer="links")
    lines = read_roads(path)
    assert lines.left_out == {"link_type=centroid_connector": 1}
    network, _ = build_network(lines)
    assert (network.node_count, network.edge_count) == (2, 1)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("select count(*) from links").fetchone()
    connection.close()
    assert tables == (2,)


def test_one_line_of_geojson_as_anyone_would_write_it(tmp_path):
    path = tmp_path / "roads.geojson"
    feature = {
        "type": "Feature",
        "properties": {"highway": "primary", "name": "长安街", "maxspeed": 50},
        "geometry": {"type": "LineString", "coordinates": [at(0, 0), at(1, 0)]},
    }
    whole = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    lines = read_roads(path)
    assert lines.names == ("长安街",)
    assert lines.speed_forward_kmh.tolist() == [50.0]
    assert pyogrio.raw.read(path)[0]["crs"] == "EPSG:4326"
