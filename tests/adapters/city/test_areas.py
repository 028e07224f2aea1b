"""Areas: lookup, hierarchy, hexagons from centres, and every fault with its line."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.city.small_city import box, write_csv, write_geojson, write_layer

from gengfu.adapters.city.areas import ground_m2, overlaps
from gengfu.adapters.city.areas_cells import cells_around
from gengfu.adapters.city.areas_reading import read_areas
from gengfu.kernel import BadInput

BOW_TIE = shapely.Polygon([(10, 50), (10.1, 50.1), (10.1, 50), (10, 50.1)])


def areas_of(path, shapes, **columns):
    columns = columns or {"id": [f"a{i}" for i in range(len(shapes))]}
    return read_areas(write_layer(path, shapes, columns, kind="Unknown"))


def refusal(path, shapes, **columns) -> str:
    with pytest.raises(BadInput) as caught:
        areas_of(path, shapes, **columns)
    text = str(caught.value)
    assert text.isprintable()
    return text


def test_a_point_is_in_the_area_that_holds_it(tmp_path):
    areas = areas_of(tmp_path / "a.gpkg", [box(0, 0, 2, 2), box(2, 0, 2, 2)])
    assert areas.at(10.001, 50.001) == 0
    assert areas.at(10.003, 50.001) == 1
    assert areas.at(10.009, 50.001) == -1


def test_a_point_on_a_border_is_in_the_earlier_area(tmp_path):
    areas = areas_of(tmp_path / "a.gpkg", [box(0, 0, 2, 2), box(2, 0, 2, 2)])
    border = shapely.get_coordinates(areas.polygons[1])[:, 0].min()
    assert areas.at(float(border), 50.001) == 0


def test_points_looked_up_one_by_one_are_where_all_together_are(tmp_path):
    rng = np.random.default_rng(4)
    seeds = rng.uniform([10, 50], [10.05, 50.03], (40, 2))
    areas = areas_of(tmp_path / "a.gpkg", list(cells_around(*seeds.T)))
    corners = shapely.get_coordinates(areas.polygons)
    strewn = rng.uniform([9.99, 49.99], [10.06, 50.04], (2000, 2))
    points = np.concatenate([corners, strewn, [[10.0, np.nan], [1e9, 0.0]]])
    one_by_one = [areas.at(*point) for point in points.tolist()]
    assert one_by_one == areas.locate(*points.T).tolist()
    assert {-1, *range(40)} == set(one_by_one)


def test_a_point_is_in_the_lowest_area_of_a_hierarchy(tmp_path):
    shapes = [box(0, 0, 4, 2), box(0, 0, 2, 2), box(2, 0, 2, 2)]
    columns = {"id": ["c", "w", "e"], "parent": ["", "c", "c"], "population": [9, 4, 5]}
    areas = areas_of(tmp_path / "a.gpkg", shapes, **columns)
    assert areas.depth.tolist() == [0, 1, 1]
    assert areas.ids[areas.at(10.003, 50.001)] == "e"
    assert areas.total_population() == 9.0, "parents are not counted once more"
    lon, lat = np.meshgrid(np.linspace(9.999, 10.006, 29), np.linspace(49.999, 50.004))
    points = zip(lon.ravel().tolist(), lat.ravel().tolist(), strict=True)
    one_by_one = [areas.at(*point) for point in points]
    assert one_by_one == areas.locate(lon.ravel(), lat.ravel()).tolist()
    assert overlaps(areas) == [], "a parent lies over its children"


def test_the_nearest_area_within_reach(tmp_path):
    areas = areas_of(tmp_path / "a.gpkg", [box(0, 0, 2, 2), box(5, 0, 2, 2)])
    assert areas.nearest(10.0025, 50.001, within_m=50.0) == 0
    assert areas.nearest(10.0045, 50.001, within_m=50.0) == 1
    assert areas.nearest(10.0035, 50.001, within_m=50.0) == -1


def test_people_are_read_and_missing_ones_are_unknown(tmp_path):
    columns = {"id": ["a", "b"], "POP": [10.0, np.nan], "vehicles": [3, 4]}
    shapes = [box(0, 0, 2, 2), box(2, 0, 2, 2)]
    areas = areas_of(tmp_path / "a.gpkg", shapes, **columns)
    assert areas.population[0] == 10.0
    assert np.isnan(areas.population[1])
    assert np.isnan(areas.households).all()
    assert areas.vehicles.tolist() == [3.0, 4.0]


def test_ids_come_from_names_where_there_are_none(tmp_path):
    names = ["Peñuelas / Sur", "La Antena"]
    shapes = [box(0, 0, 2, 2), box(2, 0, 2, 2)]
    areas = areas_of(tmp_path / "a.gpkg", shapes, nhood=names)
    assert areas.ids == ("penuelas-sur", "la-antena")
    assert areas.names == ("Peñuelas / Sur", "La Antena")


def test_ground_is_measured_in_square_metres():
    degree = shapely.box(0.0, 0.0, 1.0, 1.0)
    assert ground_m2(np.array([degree]))[0] == pytest.approx(12_308.8e6, rel=5e-3)


def test_areas_that_overlap_are_refused(tmp_path):
    shapes = [box(0, 0, 2, 2), box(5, 0, 2, 2), box(1, 0, 2, 2)]
    text = refusal(tmp_path / "a.gpkg", shapes, name=["One", "Two", "Three"])
    assert text.startswith("a.gpkg, layer a, row 3, field geometry: 'Three' overlaps")
    assert "'One' (row 1)" in text


def test_borders_that_differ_by_a_hair_are_no_overlap(tmp_path):
    areas = areas_of(tmp_path / "a.gpkg", [box(0, 0, 2, 2), box(1.9999, 0, 2, 2)])
    assert len(areas) == 2


def test_a_polygon_that_crosses_itself_is_refused(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [box(0, 0, 1, 1), BOW_TIE])
    start = "a.gpkg, layer a, row 2, field geometry: self-crossing geometry"
    assert text.startswith(start)


def test_an_empty_polygon_is_refused(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [shapely.Polygon()])
    assert text == "a.gpkg, layer a, row 1, field geometry: empty geometry"


def test_a_line_is_no_area(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [shapely.LineString([(10, 50), (11, 50)])])
    assert text == "a.gpkg, layer a, row 1, field geometry: not a polygon"


def test_a_parent_that_is_not_there_is_refused(tmp_path):
    shapes = [box(0, 0, 1, 1), box(1, 0, 1, 1)]
    text = refusal(tmp_path / "a.gpkg", shapes, id=["a", "b"], parent=["", "z"])
    assert text == "a.gpkg, layer a, row 2, field parent: no area has the id 'z'"


def test_an_area_above_itself_is_refused(tmp_path):
    shapes = [box(0, 0, 1, 1), box(1, 0, 1, 1)]
    text = refusal(tmp_path / "a.gpkg", shapes, id=["a", "b"], parent=["b", "a"])
    assert text == "a.gpkg, layer a, row 1, field parent: is its own ancestor"


def test_an_id_twice_is_refused(tmp_path):
    shapes = [box(0, 0, 1, 1), box(1, 0, 1, 1)]
    text = refusal(tmp_path / "a.gpkg", shapes, id=["a", "a"])
    assert text == "a.gpkg, layer a, row 2, field id: 'a' is also row 1"


def test_an_area_without_id_or_name_is_refused(tmp_path):
    text = refusal(tmp_path / "a.gpkg", [box(0, 0, 1, 1)], colour=["red"])
    assert text.startswith("a.gpkg, layer a: missing column id or area_id")


@pytest.mark.parametrize(
    ("people", "what"), [(-5.0, "-5 is below 0"), (np.inf, "not a finite number: inf")]
)
def test_people_that_cannot_be_are_refused(tmp_path, people, what):
    shapes = [box(0, 0, 1, 1)]
    text = refusal(tmp_path / "a.gpkg", shapes, id=["a"], population=[people])
    assert text == f"a.gpkg, layer a, row 1, field population: {what}"


def test_polygons_with_swapped_coordinates_far_from_the_globe_are_refused(tmp_path):
    ring = [[10, 150], [11, 150], [11, 151], [10, 150]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    path = write_geojson(tmp_path / "a.geojson", [({"id": "a"}, geometry)])
    with pytest.raises(BadInput, match=r"row 0, field geometry: not on the globe: 10"):
        read_areas(path)


# ---- CSV of centres --------------------------------------------------------------


def test_centres_get_the_ground_nearest_to_them(tmp_path):
    rows = [("a", 10.0, 50.0, 5), ("b", 10.01, 50.0, 6), ("c", 10.02, 50.0, 7)]
    path = write_csv(tmp_path / "a.csv", "id lon lat population", *rows)
    areas = read_areas(path)
    assert areas.ids[areas.at(10.0049, 50.0)] == "a"
    assert areas.ids[areas.at(10.0051, 50.0)] == "b"
    assert areas.population.tolist() == [5.0, 6.0, 7.0]
    assert areas.at(10.0, 51.0) == -1, "cells do not reach to the end of the world"


@given(st.floats(0, np.pi), st.floats(0.002, 0.02), st.floats(-60, 60))
def test_a_grid_of_hexagons_comes_back_from_its_centres(turn, size, north):
    steps = np.array([(i, j) for i in range(6) for j in range(5)], float)
    flat = steps @ np.array([[1.0, 0.0], [0.5, np.sqrt(3) / 2]])
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    xy = flat @ spin * size
    mean = north + xy[:, 1].mean()
    lon, lat = xy[:, 0] / np.cos(np.radians(mean)), north + xy[:, 1]
    cells = cells_around(lon, lat)
    assert shapely.is_valid(cells).all()
    whole = size**2 * np.sqrt(3) / 2 / np.cos(np.radians(mean))
    assert shapely.area(cells) == pytest.approx([whole] * len(cells), rel=0.02)
    assert (shapely.get_num_coordinates(cells) == 7).mean() > 0.9
    inside = shapely.contains(cells, shapely.points(lon, lat))
    assert inside.all()


def test_a_single_centre_has_ground_too(tmp_path):
    path = write_csv(tmp_path / "a.csv", "id lon lat", ("a", 10.0, 50.0))
    assert read_areas(path).at(10.001, 50.001) == 0


def csv_refusal(path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput) as caught:
        read_areas(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


HEAD = "id,lon,lat,population\na,10,50,1\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "a.csv: has no rows"),
        ("id,lon,lat\n", "a.csv: has no rows"),
        ("id,name\na,b\n", "a.csv: missing column lon or long"),
        (HEAD + "b,200,50,1\n", "a.csv, row 3, field lon: not on the globe: 200, 50"),
        (HEAD + "b,10,95,1\n", "a.csv, row 3, field lat: not on the globe: 10, 95"),
        (HEAD + "b,nan,50,1\n", "a.csv, row 3, field lon: not a number: 'nan'"),
        (HEAD + "b,,50,1\n", "a.csv, row 3, field lon: not on the globe: nan, 50"),
        (HEAD + "b,ten,50,1\n", "a.csv, row 3, field lon: not a number: 'ten'"),
        (HEAD + "b,inf,50,1\n", "a.csv, row 3, field lon: not a finite number: inf"),
        (HEAD + "b,11,50,-4\n", "a.csv, row 3, field population: -4 is below 0"),
        (HEAD + "b,11,50\n", "a.csv, row 3: 3 fields where the header has 4"),
        (HEAD + "a,11,50,1\n", "a.csv, row 3, field id: 'a' is also row 2"),
        (HEAD + ",11,50,1\n", "a.csv, row 3, field id: is empty"),
        (HEAD + "b,10,50,1\n", "a.csv, row 3, field lon: is at the place of row 2"),
        (HEAD + 'b,"11,50,1\n', "a.csv, row 3: not CSV: unexpected end of data"),
        (HEAD + "b\x00,11,50,1\n", "a.csv, row 3: control character U+0000"),
        (HEAD + "b\x07,11,50,1\n", "a.csv, row 3, field id: control character U+0007"),
        ("id,id,lon,lat\na,b,1,2\n", "a.csv: column 'id' is there twice"),
        (HEAD.encode() + b"\xe9,11,50,1\n", "a.csv, row 3: wrong encoding: not UTF-8"),
        (HEAD.encode("utf-16"), "a.csv, row 1: wrong encoding: not UTF-8"),
    ],
)
def test_faults_of_a_csv_name_the_line(tmp_path, text, what):
    assert csv_refusal(tmp_path / "a.csv", text).startswith(what)


def test_a_csv_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert read_areas(path).ids == ("a",)
