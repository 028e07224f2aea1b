"""Calibration: from a record to a model in the pack and a report on days not seen."""

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.twin.conftest import silent

from gengfu.adapters.city import load
from gengfu.adapters.travel_model import load_travel_model
from gengfu.app.town import CityTown
from gengfu.app.twin_room import calibrate, record_of
from gengfu.kernel import BadInput
from gengfu.science.roads import FREE, Fleet, LiveRoads, RoadIndex, TravelModel, nearest
from gengfu.twin.calibration import (
    CityGround,
    calibrate_town,
    split_by_day,
    weeks_of,
)
from gengfu.twin.columns import CallColumns
from gengfu.twin.recorded import read_meanings

DAYS, PER_DAY = 6, 75
SLOWER, START_S = 1.6, 50.0
RECORDED = ("Medical Incident", "Alarms", "Structure Fire")
KINDS = ("sick-person", "fire-alarm", "structure-fire")
MORE_S = (40.0, 0.0, -40.0)
AREA_OF = "area of "


def write_record(city: Path, path: Path, seed: int) -> None:
    """Write days of engines that take 1.6 times free flow, a start, and chance."""
    town = CityTown(load(city))
    rng = np.random.default_rng(seed)
    graph = town.graph
    roads, index = LiveRoads(graph), RoadIndex.build(graph)
    posts = {p.id: p for p in town.posts}
    engines = [u for u in town.units if u.kind == "engine"]
    homes = index.snap(
        [posts[u.post].lon for u in engines], [posts[u.post].lat for u in engines]
    )
    fleet = Fleet(graph, len(engines))
    fleet.move_many(np.arange(len(engines)), homes)
    fleet.set_flags(np.arange(len(engines)), np.full(len(engines), FREE))
    share = np.where(town.city.roads.component == 0, town.node_demand(), 0.0)
    share /= share.sum()
    nodes = rng.choice(graph.node_count, DAYS * PER_DAY, p=share)
    head = [
        "Call Number",
        "Unit ID",
        "Unit Type",
        "Call Type",
        "Original Priority",
        "Received DtTm",
        "Dispatch DtTm",
        "Response DtTm",
        "On Scene DtTm",
        "Available DtTm",
        "Neighborhooods - Analysis Boundaries",
        "Station Area",
        "Location",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(head)
        for i, node in enumerate(nodes.tolist()):
            lon, lat = float(graph.lon[node]), float(graph.lat[node])
            found = nearest(roads, fleet, index.snap_one(lon, lat), 1)
            took = START_S + SLOWER * float(found.seconds[0])
            took *= float(np.exp(0.25 * rng.standard_normal()))
            took = max(took + MORE_S[i % 3], 5.0)
            at = datetime(2026, 3, 2, 12, tzinfo=UTC)
            at += timedelta(days=i // PER_DAY, minutes=12 * (i % PER_DAY))
            rolling = at + timedelta(seconds=120)
            there = rolling + timedelta(seconds=round(took))
            free = there + timedelta(minutes=5)
            times = (at, at + timedelta(seconds=60), rolling, there, free)
            unit = engines[int(found.units[0])].id
            rows.writerow(
                [i, unit, "ENGINE", RECORDED[i % 3], 3, *(t.isoformat() for t in times),
                 "north" if lat > graph.lat.mean() else "south", AREA_OF + unit,
                 f"({lat}, {lon})"]
            )  # fmt: skip


@pytest.fixture(scope="module")
def record(coquimbo, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("record") / "calls.csv"
    write_record(coquimbo, path, 1)
    return path


@pytest.fixture(scope="module")
def fitted(coquimbo, record, tmp_path_factory) -> Path:
    """Return a folder with a calibrated pack and the report on it."""
    folder = tmp_path_factory.mktemp("fitted")
    shutil.copytree(coquimbo, folder / "pack")
    calibrate(folder / "pack", record, None, folder / "report.json", silent)
    return folder


def test_the_report_holds_what_is_promised_and_beats_the_untuned(fitted):
    report = json.loads((fitted / "report.json").read_text("utf-8"))
    untuned = report["baseline"]
    assert report["arrivals_scored"] == untuned["arrivals_scored"] > 200
    assert report["days_scored"][0] > report["fit"]["days"][1]
    error = report["median_absolute_error_s"]
    assert error < 0.6 * untuned["median_absolute_error_s"]
    assert abs(report["bias_s"]) < 12
    assert untuned["bias_s"] < -50
    assert report["spearman"] > 0.8
    assert 0.85 <= report["interval_coverage"] <= 0.95
    assert report["first_unit_agreement"] > 0.9
    assert set(report["bias_by_area_s"]) == {"north", "south"}
    assert len(report["bias_by_hour_s"]) >= 12


def test_the_report_names_every_term_and_how_it_was_chosen(fitted):
    report = json.loads((fitted / "report.json").read_text("utf-8"))
    terms = report["terms"]
    assert set(terms["kind_start_s"]) == {*KINDS, *(f"{k}/2" for k in KINDS)}
    more = {name: term["seconds"] for name, term in terms["kind_start_s"].items()}
    assert more["structure-fire/2"] < -15 < 15 < more["sick-person/2"]
    drives = sum(terms["kind_start_s"][name]["arrivals"] for name in KINDS)
    assert drives == report["fit"]["arrivals_shaping_speeds"]
    tried = report["fit"]["settings_tried"]
    assert report["fit"]["settings"] in [
        {name: one[name] for name in report["fit"]["settings"]} for one in tried
    ]
    by_kind = {one["kind_trips"]: one["held_out_error_s"] for one in tried[-4:]}
    assert min(by_kind.values()) < by_kind[None]
    of_parts = report["baseline"]["by_days_and_kind"]["scored days"]
    assert of_parts["all"]["bias_s"] == report["baseline"]["bias_s"]


def test_areas_of_first_response_are_learned_from_the_record(fitted):
    report = json.loads((fitted / "report.json").read_text("utf-8"))
    city = load(fitted / "pack")
    model = load_travel_model(fitted / "pack", class_table=city.class_table)
    assert model is not None
    areas = model.first_due
    assert areas is not None
    engines = {u.post for u in city.units if u.kind == "engine"}
    assert set(areas.posts) <= engines
    near = report["fit"]["held_out_by_day"]["median_absolute_error_s"]
    assert areas.margin_s == report["terms"]["first_due"]["margin_s"] == near
    sent = report["really_sent"]
    assert sent["first_due_was_sent"] > 0.95
    by_time = sent["first_unit_agreement_by_time_alone"]
    assert report["first_unit_agreement"] >= by_time - 0.05


@pytest.mark.lasting
def test_scored_days_leave_no_trace_in_the_model(coquimbo, record, fitted, tmp_path):
    """Other arrivals on the scored days: the same model, other figures."""
    town = CityTown(load(coquimbo))
    columns = CallColumns()
    told = record_of(town, record, columns)
    last = split_by_day(told, ZoneInfo(town.timezone))[1]
    late = {r.line for r in last}
    changed = replace(
        told,
        responses=tuple(
            replace(
                r, on_scene=r.on_scene + timedelta(seconds=90), type="Structure Fire"
            )
            if r.line in late and r.on_scene
            else r
            for r in told.responses
        ),
    )
    found = calibrate_town(
        town, changed, None, columns.engine, read_meanings(None), silent
    )
    before = load_travel_model(fitted / "pack", class_table=town.city.class_table)
    assert found.model == before
    report = json.loads((fitted / "report.json").read_text("utf-8"))
    assert found.report["bias_s"] < report["bias_s"] - 60


def test_units_off_the_roster_have_their_home_from_the_fitted_days(coquimbo, record):
    town = CityTown(load(coquimbo))
    zone, engine = ZoneInfo(town.timezone), CallColumns().engine
    told = record_of(town, record, CallColumns())
    told = replace(
        told, responses=tuple(replace(r, unit="lent") for r in told.responses)
    )
    far = town.posts[0]
    last = {r.line for r in split_by_day(told, zone)[1]}
    changed = replace(
        told,
        responses=tuple(
            replace(r, lon=far.lon, lat=far.lat) if r.line in last else r
            for r in told.responses
        ),
    )
    ground = CityGround.of(town, read_meanings(None))
    weeks = [weeks_of(ground, r, None, engine, zone) for r in (told, changed)]
    homes = {week.whereabouts.homes["lent"] for pair in weeks for week in pair}
    assert len(homes) == 1
    assert homes != {ground.index.snap_one(far.lon, far.lat)}


def test_the_model_goes_into_the_pack_and_the_town_uses_it(fitted):
    pack = fitted / "pack"
    city = load(pack)
    model = load_travel_model(pack, class_table=city.class_table)
    assert isinstance(model, TravelModel)
    assert model.residuals is not None
    town = CityTown(city)
    assert town.travel_model == model
    stated = model.arrival(120.0)
    assert stated.low_s < stated.seconds < stated.high_s < 2000
    fire = model.arrival(120.0, kind="structure-fire", priority=2)
    assert fire.seconds < stated.seconds - 15
    with pytest.raises(BadInput, match="class_table"):
        load_travel_model(pack, class_table="another")


def test_a_model_file_of_the_first_version_is_still_read(fitted, tmp_path):
    stored = json.loads((fitted / "pack" / "travel.json").read_text("utf-8"))
    table = stored["class_table"]
    now = load_travel_model(fitted / "pack", class_table=table)
    del stored["kind_start_s"]
    (tmp_path / "travel.json").write_text(json.dumps({**stored, "version": 1}))
    before = load_travel_model(tmp_path, class_table=table)
    assert now is not None
    assert before == replace(now, kind_start_s={})
    (tmp_path / "travel.json").write_text(json.dumps({**stored, "version": 3}))
    with pytest.raises(BadInput, match="reads gengfu-travel 1 and 2"):
        load_travel_model(tmp_path, class_table=table)


@pytest.mark.lasting
def test_the_same_record_gives_the_same_bytes(pack, record, fitted, tmp_path):
    calibrate(pack, record, None, tmp_path / "report.json", silent)
    for one, two in (
        (tmp_path / "report.json", fitted / "report.json"),
        (pack / "travel.json", fitted / "pack" / "travel.json"),
    ):
        assert one.read_bytes() == two.read_bytes()


def test_a_record_that_is_too_short_leaves_nothing_behind(pack, record, tmp_path):
    short = tmp_path / "short.csv"
    lines = record.read_text("utf-8").splitlines(keepends=True)
    short.write_text("".join(lines[:20]), "utf-8")
    out = tmp_path / "report.json"
    with pytest.raises(BadInput, match="1 days of calls cannot be split"):
        calibrate(pack, short, None, out, silent)
    with pytest.raises(BadInput, match="19 usable drives"):
        calibrate(pack, short, record, out, silent)
    assert not out.exists()
    assert not (pack / "travel.json").exists()


@pytest.mark.slow
def test_san_francisco_beats_free_flow_on_the_second_week(shared, tmp_path):
    from tools.build_sanfrancisco import build_sanfrancisco

    build_sanfrancisco(shared / "data" / "sf", tmp_path / "sf")
    calls = shared / "data" / "sf" / "calls_2020-04.csv"
    report = calibrate(tmp_path / "sf", calls, None, tmp_path / "r.json", silent)
    untuned = report["baseline"]
    assert report["arrivals_scored"] > 1000
    assert 0.87 <= report["interval_coverage"] <= 0.93
    assert abs(report["bias_s"]) < 8
    assert untuned["bias_s"] < -25
    error = report["median_absolute_error_s"]
    assert error < 0.75 * untuned["median_absolute_error_s"]
    assert report["spearman"] > untuned["spearman"] + 0.06
    assert report["first_unit_agreement"] > untuned["first_unit_agreement"] + 0.02
