"""The real cities: the committed pack, and those built from data beside the project."""

import re
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
import shapely
from bench.city.newyork import build_newyork
from tools.build_coquimbo import read_rows
from tools.build_sanfrancisco import build_sanfrancisco

from gengfu.adapters.city import build, check, load
from gengfu.science.roads import RoadIndex

ROOT = Path(__file__).resolve().parents[3]
COQUIMBO = ROOT / "cities" / "coquimbo"
RUN_CARDS = ROOT / "src/gengfu/capabilities/control_room/data/run_cards.toml"


def test_coquimbo_is_whole_and_fit_for_service():
    report = check(COQUIMBO)
    assert report.ok, [f.line() for f in report.findings]
    assert {f.code for f in report.findings} == {"components"}


def test_coquimbo_is_the_city_we_describe():
    town = load(COQUIMBO)
    assert town.counts["areas"] == 133 + 15
    assert town.counts["population"] == 451_899
    assert town.counts["nodes"] > 15_500
    assert town.counts["nodes_outside_largest_component"] < 0.01 * town.counts["nodes"]
    assert town.timezone == "America/Santiago"
    kinds = [post.kind for post in town.posts]
    assert kinds.count("police-station") == 12
    assert kinds.count("fire-station") == 9
    assert kinds.count("ambulance-base") == 6
    assert 85 <= len(town.units) <= 95
    assert all(post.reachable and post.name_zh for post in town.posts)
    assert all(agency.name_zh for agency in town.agencies)


def test_what_is_composed_in_coquimbo_says_so():
    town = load(COQUIMBO)
    rows = [*town.posts, *town.units, *town.agencies, *town.places]
    assert all(row.composed for row in rows)
    by_cover = {source.covers: source for source in town.sources}
    assert by_cover["roads"].licence == "ODbL-1.0"
    assert "OpenStreetMap contributors" in by_cover["roads"].notice
    assert by_cover["areas"].licence == "MIT"
    assert by_cover["posts, units, agencies"].composed
    notice = (COQUIMBO / "NOTICE").read_text(encoding="utf-8")
    for word in ("OpenStreetMap", "ODbL", "AequilibraE", "MIT", "演示用虚构数据"):
        assert word in notice


def test_coquimbo_is_small_and_its_sea_is_water():
    size = sum(p.stat().st_size for p in COQUIMBO.rglob("*") if p.is_file())
    assert size < 4_000_000
    town = load(COQUIMBO)
    assert town.sea is not None
    dry = town.sea.buffer(-1e-4)
    assert not any(dry.contains_properly(_point(post)) for post in town.posts)


def _point(post):
    return shapely.Point(post.lon, post.lat)


def test_the_fleet_of_coquimbo_has_the_skills_of_its_tables():
    town = load(COQUIMBO)
    skills = {skill for unit in town.units for skill in unit.skills}
    said = {s for row in read_rows("fleet.csv") for s in row["skills"].split(";") if s}
    assert skills == said


def test_the_fleet_of_coquimbo_can_answer_every_run_card():
    town = load(COQUIMBO)
    cards = tomllib.loads(RUN_CARDS.read_text(encoding="utf-8"))
    assert {unit.kind for unit in town.units} <= set(cards["kinds"])
    assert {s for unit in town.units for s in unit.skills} <= set(cards["skills"])
    for card in cards["card"]:
        for need in card.get("need", []):
            fit = [
                unit
                for unit in town.units
                if unit.kind in need["kinds"]
                and set(need.get("skills", ())) <= set(unit.skills)
            ]
            assert len(fit) >= need.get("count", 1), card["code"]


@pytest.fixture(scope="module")
def san_francisco(shared, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sf") / "pack"
    report = build_sanfrancisco(shared / "data/sf", out, basemap=False)
    assert report.counts["nodes_outside_largest_component"] < 50
    return out


def test_san_francisco_builds(san_francisco):
    town = load(san_francisco)
    assert town.counts["areas"] == 41
    assert town.counts["posts"] == 44
    assert town.counts["posts_unreachable"] == 0
    assert town.counts["units"] == 199
    assert check(san_francisco).ok
    home = {unit.id: unit.post for unit in town.units}
    assert (home["E32"], home["T03"]) == ("S32", "S3")
    assert {u.kind for u in town.units} >= {
        "engine",
        "ladder",
        "ambulance",
        "rescue-truck",
    }
    freeway = town.roads.road_class == 0
    assert 10_000 < town.roads.length_m[freeway].sum() < 400_000


def test_calls_of_san_francisco_lie_on_its_roads(san_francisco, shared):
    town = load(san_francisco)
    roads = town.roads
    main = roads.component[roads.tails] == 0
    lon, lat = _call_places(shared / "data/sf/calls_2020-04.csv")
    snapped = RoadIndex.build(town.graph(), main).snap(lon, lat)
    assert np.percentile(snapped.off_road_m, 99) < 30.0
    assert (town.areas.locate(lon, lat) >= 0).mean() > 0.99


def _call_places(path):
    text = path.read_text(encoding="utf-8-sig")
    pairs = re.findall(r'"\((3\d\.\d+), (-12\d\.\d+)\)"', text)
    at = np.array(pairs, float)
    return at[:, 1], at[:, 0]


@pytest.mark.lasting
def test_porto_alegre_builds(tmp_path, shared):
    data = shared / "data/porto-alegre"
    build(
        tmp_path / "poa",
        roads=data / "porto_alegre.osm.pbf",
        areas=data / "hexgrid_population.csv",
        name="Porto Alegre",
        timezone="America/Sao_Paulo",
        basemap=False,
    )
    town = load(tmp_path / "poa")
    assert town.counts["areas"] == 1_227
    assert town.counts["population"] == 812_935
    assert town.counts["nodes_outside_largest_component"] < 0.03 * town.counts["nodes"]
    assert check(tmp_path / "poa").ok
    oneway = town.roads.twins() < 0
    assert 0.2 < oneway.mean() < 0.5
    assert {"Avenida Ipiranga", "Avenida Bento Gonçalves"} <= set(town.roads.names)
    assert len(town.places) > 250


@pytest.mark.slow
def test_a_city_of_264_000_nodes_loads_in_a_second(tmp_path, shared):
    build_newyork(shared / "data/dimacs-ny", tmp_path / "ny")
    load(tmp_path / "ny")
    begin = time.perf_counter()
    town = load(tmp_path / "ny")
    spent = time.perf_counter() - begin
    assert town.counts["nodes"] == 264_346
    assert town.counts["edges"] == 730_100
    assert spent < 2.0, "a second on an idle machine; this one may be busy"
    assert check(tmp_path / "ny").ok
