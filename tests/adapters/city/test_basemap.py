"""The base map, read back by independent readers of PMTiles and vector tiles."""

import gzip
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from math import asinh, pi, radians, tan
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from gengfu.adapters.city import Areas, Network, Place, Post, load
from gengfu.adapters.city.areas import make_areas
from gengfu.adapters.city.basemap import draw_basemap
from gengfu.adapters.city.basemap_layers import Content, Drawing, to_tiles
from gengfu.adapters.city.classes import road_classes

ROOT = Path(__file__).resolve().parents[3]
LON, LAT = -71.25, -29.90

SEA = shapely.Polygon(
    [
        (LON - 0.2, LAT - 0.01),
        (LON - 0.01, LAT - 0.01),
        (LON - 0.02, LAT + 0.02),
        (LON - 0.01, LAT + 0.04),
        (LON - 0.2, LAT + 0.04),
    ]
)

# Class, name, Chinese name, one way, and the line in thousandths of a degree.
ROADS: list[tuple[str, str, str, bool, list[tuple[float, float]]]] = [
    ("motorway", "Ruta 5", "", True, [(0, 0), (30, 30)]),
    ("motorway_link", "", "", True, [(30, 30), (31, 32)]),
    ("primary", "Avenida del Mar", "滨海大道", False, [(0, 10), (10, 10)]),
    ("primary", "Avenida del Mar", "滨海大道", False, [(10, 10), (20, 10)]),
    ("residential", "Maipú", "", False, [(10, 10), (10, 12), (11, 14)]),
    ("service", "", "", False, [(10, 12), (12, 12)]),
]


def network() -> Network:
    names = sorted({(name, zh) for _, name, zh, _, _ in ROADS if name})
    nodes: dict[tuple[float, float], int] = {}
    edges: list[tuple[int, int, int, int, int, bool]] = []
    for shape, (road_class, name, zh, oneway, line) in enumerate(ROADS):
        ends = [nodes.setdefault(p, len(nodes)) for p in (line[0], line[-1])]
        code = road_classes().code(road_class)
        title = names.index((name, zh)) if name else -1
        edges.append((ends[0], ends[1], code, title, shape, False))
        if not oneway:
            edges.append((ends[1], ends[0], code, title, shape, True))
    tails, heads, codes, titles, shapes, backward = map(
        np.array, zip(*edges, strict=True)
    )
    vertices = np.array([p for road in ROADS for p in road[4]])
    at = np.array(list(nodes))
    count = len(edges)
    return Network(
        lon=LON + at[:, 0] / 1000,
        lat=LAT + at[:, 1] / 1000,
        component=np.zeros(len(at), np.int32),
        tails=tails.astype(np.int32),
        heads=heads.astype(np.int32),
        length_m=np.full(count, 100.0),
        speed_kmh=np.full(count, 50, np.float32),
        speed_origin=np.zeros(count, np.uint8),
        road_class=codes.astype(np.uint8),
        oneway_origin=np.zeros(count, np.uint8),
        emergency_only=np.zeros(count, np.bool_),
        name=titles.astype(np.int32),
        alias=np.full(count, -1, np.int32),
        shape=shapes.astype(np.int32),
        backward=backward,
        shape_offsets=np.cumsum([0, *(len(road[4]) for road in ROADS)]),
        shape_lon=LON + vertices[:, 0] / 1000,
        shape_lat=LAT + vertices[:, 1] / 1000,
        names=tuple(name for name, _ in names),
        names_zh=tuple(zh for _, zh in names),
    )


def areas() -> Areas:
    """Two zones side by side under one district."""
    west = shapely.box(LON - 0.01, LAT - 0.01, LON + 0.015, LAT + 0.04)
    east = shapely.box(LON + 0.015, LAT - 0.01, LON + 0.05, LAT + 0.04)
    both = shapely.union_all([west, east])
    people = ("population", "households", "floating_population", "vehicles")
    return make_areas(
        ("d", "w", "e"),
        ("Centre", "West", "East"),
        ("中心", "", ""),
        ("district", "zone", "zone"),
        np.array([-1, 0, 0], np.int32),
        dict.fromkeys(people, np.zeros(3)),
        np.array([both, west, east], object),
    )


def content(**changes: Any) -> Content:
    plain = Content(
        roads=network(),
        areas=areas(),
        posts=[Post("p1", "Post 1", "", "police", "a", "w", LON, LAT, 1.0, True)],
        places=[Place("x", "Plaza", "广场", "square", LON, LAT, "w")],
        sea=SEA,
    )
    return replace(plain, **changes)


Tiles = dict[tuple[int, int, int], dict[str, Any]]


def read(path: Path) -> tuple[Reader, Tiles]:
    with path.open("rb") as file:
        source = MmapSource(file)
        tiles = {
            zxy: mapbox_vector_tile.decode(
                gzip.decompress(data), default_options={"y_coord_down": True}
            )
            for zxy, data in all_tiles(source)
        }
        return Reader(source), tiles


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Tiles:
    target = tmp_path_factory.mktemp("map") / "basemap.pmtiles"
    draw_basemap(target, content(), notice="© somebody")
    return read(target)[1]


def shown(tiles: Tiles, zoom: int, layer: str) -> list[dict[str, Any]]:
    return [
        feature
        for (z, _, _), tile in sorted(tiles.items())
        if z == zoom and layer in tile
        for feature in tile[layer]["features"]
    ]


def test_main_roads_alone_when_far_and_all_when_near(tiles: Tiles) -> None:
    classes = {
        zoom: {road["properties"]["class"] for road in shown(tiles, zoom, "roads")}
        for zoom in range(8, 16)
    }
    assert classes[8] == {"motorway", "primary"}
    assert classes[12] == {"motorway", "primary", "minor"}
    assert classes[15] == {"motorway", "primary", "minor", "service"}


def test_names_come_with_the_class_that_deserves_them(tiles: Tiles) -> None:
    def names(zoom: int) -> set[str]:
        return {r["properties"].get("name", "") for r in shown(tiles, zoom, "roads")}

    assert names(8) == {""}
    assert "Avenida del Mar" in names(12)
    assert "Maipú" not in names(13)
    assert {"Avenida del Mar", "Maipú", "Ruta 5"} <= names(15)
    (chinese,) = {
        road["properties"]["name_zh"]
        for road in shown(tiles, 14, "roads")
        if road["properties"].get("name") == "Avenida del Mar"
    }
    assert chinese == "滨海大道"


def test_one_way_roads_keep_their_direction(tiles: Tiles) -> None:
    oneway = [r for r in shown(tiles, 15, "roads") if r["properties"].get("oneway")]
    assert {road["properties"]["class"] for road in oneway} == {"motorway"}
    for road in oneway:
        shape = shapely.from_geojson(str(road["geometry"]).replace("'", '"').replace(
            "(", "[").replace(")", "]").replace(",]", "]"))  # fmt: skip
        for part in shapely.get_parts(shape):
            (x0, y0), (x1, y1) = part.coords[0], part.coords[-1]
            assert x1 > x0
            assert y1 < y0  # north is up, y runs down


def test_streets_are_joined_so_that_their_names_run_along_them(tiles: Tiles) -> None:
    named = [
        road
        for (zoom, _, _), tile in tiles.items()
        if zoom == 12
        for road in tile.get("roads", {"features": []})["features"]
        if road["properties"].get("name") == "Avenida del Mar"
    ]
    assert named
    assert all(road["geometry"]["type"] == "LineString" for road in named)


def test_land_water_districts_and_areas_lie_where_they_are(tiles: Tiles) -> None:
    def covered(layer: str, zoom: int, lon: float, lat: float) -> bool:
        n = 2**zoom
        x = (lon + 180) / 360 * n
        y = (1 - asinh(tan(radians(lat))) / pi) / 2 * n
        tile = tiles.get((zoom, int(x), int(y)), {})
        spot = shapely.Point(x % 1 * 4096, y % 1 * 4096)
        features = tile.get(layer, {"features": []})["features"]
        return any(shapely.geometry.shape(f["geometry"]).covers(spot) for f in features)

    for zoom in (9, 12, 15):
        assert covered("land", zoom, LON, LAT)
        assert covered("water", zoom, LON - 0.1, LAT)
        assert not covered("water", zoom, LON, LAT)
        assert covered("districts", zoom, LON, LAT)
    assert covered("areas", 12, LON, LAT)
    labels = {f["properties"]["name"] for f in shown(tiles, 12, "area_labels")}
    assert labels == {"Centre"}


def test_the_shore_is_drawn_and_the_edge_of_the_sheet_is_not(tiles: Tiles) -> None:
    shore = shown(tiles, 12, "shore")
    assert shore
    box_only = content(sea=shapely.box(*SEA.bounds))
    assert not any(layer.name == "shore" for layer in Drawing(box_only).layers(12))


def test_posts_and_places_are_there_with_their_names(tiles: Tiles) -> None:
    (post,) = {f["properties"]["name"] for f in shown(tiles, 14, "posts")}
    (place,) = {f["properties"]["name_zh"] for f in shown(tiles, 14, "places")}
    assert (post, place) == ("Post 1", "广场")


def test_nothing_reaches_far_beyond_its_tile(tiles: Tiles) -> None:
    for tile in tiles.values():
        for layer in tile.values():
            for feature in layer["features"]:
                west, south, east, north = shapely.geometry.shape(
                    feature["geometry"]
                ).bounds
                assert min(west, south) >= -64
                assert max(east, north) <= 4096 + 64


def test_header_and_metadata_tell_a_viewer_what_it_needs(tmp_path: Path) -> None:
    target = tmp_path / "basemap.pmtiles"
    count = draw_basemap(target, content(), notice="© somebody")
    reader, tiles = read(target)
    header, metadata = reader.header(), reader.metadata()
    assert count == len(tiles) == header["addressed_tiles_count"]
    assert (header["min_zoom"], header["max_zoom"]) == (8, 15)
    assert header["clustered"] is True
    assert header["min_lon_e7"] <= LON * 1e7 <= header["max_lon_e7"]
    assert metadata["attribution"] == "© somebody"
    listed = {layer["id"] for layer in metadata["vector_layers"]}
    assert listed == {name for tile in tiles.values() for name in tile}
    assert {"land", "water", "areas", "roads"} <= listed


def test_the_same_city_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        draw_basemap(tmp_path / name, content())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    draw_basemap(tmp_path / "map", content(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_failure_leaves_the_old_map(tmp_path: Path) -> None:
    target = tmp_path / "basemap.pmtiles"
    target.write_bytes(b"the old map")

    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_basemap(target, content(), progress=stop)
    assert target.read_bytes() == b"the old map"
    assert [path.name for path in tmp_path.iterdir()] == ["basemap.pmtiles"]


def test_a_city_of_roads_and_areas_alone_is_drawn(tmp_path: Path) -> None:
    bare = content(posts=(), places=(), sea=None)
    draw_basemap(tmp_path / "map", bare)
    _, tiles = read(tmp_path / "map")
    assert not shown(tiles, 12, "water")
    assert not shown(tiles, 14, "posts")


def test_projection_against_the_definition() -> None:
    places = np.array([[-180.0, 80.0], [180.0, 0.0], [0.0, 89.9]])
    (x, y), (right, middle), (_, top) = to_tiles(places, 0)
    wanted = (1 - asinh(tan(radians(80))) / pi) / 2 * 4096
    assert (x, y) == pytest.approx((0, wanted))
    assert (right, middle) == pytest.approx((4096, 2048))
    assert 0 <= top < y  # the poles are cut off, not infinite


def test_the_demo_city_has_a_small_map() -> None:
    pack = ROOT / "cities" / "coquimbo"
    if not pack.is_dir():
        pytest.skip("the demo city is not in this checkout")
    basemap = load(pack).basemap
    assert basemap is not None
    assert basemap.stat().st_size < 4_000_000
    reader, _ = read(basemap)
    assert "OpenStreetMap" in reader.metadata()["attribution"]


@pytest.fixture
def node() -> Callable[[str], str]:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")

    def run(script: str) -> str:
        command = [found, "--input-type=module", "-e", script]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout

    return run


def test_style_draws_only_layers_and_fields_that_the_map_has(
    node: Callable[[str], str], tiles: Tiles
) -> None:
    module = (ROOT / "src/gengfu/web/static/map/style.js").as_uri()
    script = f"""
      const {{ style }} = await import("{module}");
      for (const theme of ["dark", "light"]) for (const lang of ["en", "zh"]) {{
        const made = await style({{ theme, lang, pmtilesUrl: "http://x/b.pmtiles" }});
        if ("glyphs" in made || "sprite" in made) throw new Error("more files");
        for (const layer of made.layers) console.log(layer["source-layer"] ?? "");
      }}"""
    used = set(node(script).split())
    held = {layer for tile in tiles.values() for layer in tile}
    assert used <= held
    assert {"roads", "water", "land", "area_labels"} <= used
