"""Hazard notes: read strictly, offered where they count, nearest first."""

import re
import tomllib
from pathlib import Path

import pytest
from towns import GridTown, corner

from gengfu.capabilities.control_room.live.hazards import (
    FILE,
    KINDS,
    Hazard,
    near,
    read_hazards,
)
from gengfu.kernel import BadInput, Said

COQUIMBO = Path(__file__).parents[3] / "cities" / "coquimbo"
GOOD = {
    "id": '"tank"',
    "kind": '"chemical"',
    "lon": "10.0",
    "lat": "0.0",
    "radius_m": "200",
    "text": '"Tank of chlorine"',
    "text_zh": '"氯气罐"',
}


class Pack(GridTown):
    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def data_file(self, name):
        path = self.folder / name
        return path if path.is_file() else None


def written(tmp_path, text):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    return Pack(tmp_path)


def note(**changes):
    fields = GOOD | changes
    lines = [f"{name} = {value}" for name, value in fields.items() if value]
    return "[[hazard]]\n" + "\n".join(lines) + "\n"


def test_a_city_without_the_file_has_no_notes(tmp_path):
    assert read_hazards(Pack(tmp_path)) == ()


def test_a_note_is_read_as_it_is(tmp_path):
    found = read_hazards(written(tmp_path, 'version = "1"\n' + note()))
    said = Said("Tank of chlorine", "氯气罐")
    assert found == (Hazard("tank", "chemical", 10.0, 0.0, 200.0, said),)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({name: ""}, name) for name in GOOD if name != "id"),
        ({"kind": '"dragon"'}, "kind"),
        ({"lon": "180.5"}, "lon"),
        ({"lat": "-91"}, "lat"),
        ({"lon": "nan"}, "lon"),
        ({"lat": '"north"'}, "lat"),
        ({"radius_m": "0"}, "radius_m"),
        ({"radius_m": "5001"}, "radius_m"),
        ({"text": '" "'}, "text"),
        ({"text_zh": "7"}, "text_zh"),
        ({"owner": '"Mr Smith"'}, "owner"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changes, field):
    town = written(tmp_path, 'version = "1"\n' + note(**changes))
    with pytest.raises(BadInput, match=rf"{FILE}: hazard tank: {field}\b"):
        read_hazards(town)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (note(), "version is missing"),
        ('version = "1"\n' + note(id=""), "hazard 1: id is missing"),
        ('version = "1"\nhazards = []\n', "hazards is not a field"),
        ('version = "1"\nhazard = 3\n', "hazard must be a list"),
        ('version = "1"\n' + note() + note(), "hazard tank: id is used twice"),
        ("version = ", FILE),
    ],
)
def test_a_file_that_is_none(tmp_path, text, wrong):
    with pytest.raises(BadInput, match=wrong):
        read_hazards(written(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / FILE).write_bytes(b'version = "\xff"')
    with pytest.raises(BadInput, match="not UTF-8"):
        read_hazards(Pack(tmp_path))


def hazard(name, at, radius_m):
    return Hazard(name, "gas", *corner(*at), radius_m, Said(name, name))


def test_only_notes_whose_ground_this_is_nearest_first():
    notes = (
        hazard("far", (2, 0), 500.0),
        hazard("wide", (2, 0), 1000.0),
        hazard("here", (0, 0), 1.0),
        hazard("next", (1, 0), 450.0),
    )
    found = near(notes, *corner(0, 0))
    assert [view.id for view in found] == ["here", "next", "wide"]
    assert [view.distance_m for view in found] == [
        0.0,
        pytest.approx(400, abs=2),
        pytest.approx(801, abs=2),
    ]


def test_the_radius_is_the_last_metre():
    one = hazard("edge", (1, 0), 400.0)
    (view,) = near((hazard("edge", (1, 0), 402.0),), *corner(0, 0))
    assert view.distance_m > 400.0
    assert near((one,), *corner(0, 0)) == ()


def test_an_incident_without_a_place_has_no_notes():
    notes = (hazard("here", (0, 0), 5000.0),)
    assert near(notes, None, None) == ()
    assert near(notes, 10.0, None) == ()


def test_equally_near_notes_keep_one_order():
    notes = tuple(hazard(name, (0, 0), 10.0) for name in ("c", "a", "b"))
    assert [view.id for view in near(notes, *corner(0, 0))] == ["a", "b", "c"]


def test_the_notes_of_coquimbo():
    notes = read_hazards(Pack(COQUIMBO))
    city = tomllib.loads((COQUIMBO / "city.toml").read_text(encoding="utf-8"))
    west, south, east, north = city["bbox"]
    assert 10 <= len(notes) <= 20
    assert len({one.id for one in notes}) == len(notes)
    assert {one.kind for one in notes} <= set(KINDS)
    assert len({one.kind for one in notes}) >= 5
    for one in notes:
        assert west <= one.lon <= east
        assert south <= one.lat <= north
        assert one.said.en.endswith("[composed]")
        assert one.said.zh.endswith("【演示】")
        assert re.search(r"[\u4e00-\u9fff]", one.said.zh)
    source = next(s for s in city["source"] if s["covers"] == "hazards")
    assert source["composed"]
