"""Checks of a pack find what went missing, was changed or cannot be."""

from pathlib import Path

import pytest
import shapely
from tests.adapters.city.small_city import at, box
from tests.adapters.city.small_pack import spoil

from gengfu.adapters.city import check, load
from gengfu.kernel import BadInput


def codes(folder: Path) -> set[tuple[str, str]]:
    report = check(folder)
    assert all(f.zh and f.en and f.where for f in report.findings)
    assert report.ok == all(f.severity == "warning" for f in report.findings)
    return {(f.code, f.where) for f in report.findings if f.severity == "error"}


def test_a_good_pack_has_no_errors(pack):
    report = check(pack)
    assert report.ok
    assert {f.code for f in report.findings} == {"licence"}
    assert report.counts["population"] == 800


def test_a_missing_file_is_found(pack):
    (pack / "units.parquet").unlink()
    assert codes(pack) == {
        ("missing-file", "units.parquet"),
        ("unreadable", "units.parquet"),
    }


def test_a_changed_file_is_found(pack):
    data = bytearray((pack / "NOTICE").read_bytes())
    data[0] ^= 1
    (pack / "NOTICE").write_bytes(bytes(data))
    assert codes(pack) == {("changed-file", "NOTICE")}


@pytest.mark.parametrize(
    "name", ["areas.parquet", "roads/edges.parquet", "roads/shapes.parquet"]
)
def test_a_truncated_file_is_found_and_not_loaded(pack, name):
    data = (pack / name).read_bytes()
    (pack / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=f"^{name}: truncated or no Parquet"):
        load(pack)
    assert ("changed-file", name) in codes(pack)


def test_an_extra_file_is_told(pack):
    (pack / "notes.txt").write_text("mine", encoding="utf-8")
    assert check(pack).ok
    assert "extra-file" in {f.code for f in check(pack).findings}


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("version = 1", "version = 99", "city.toml: version 99; this Gengfu reads 1"),
        ('format = "gengfu-city"', 'format = "x"', "city.toml: format is not"),
        ("[counts]", "[counts", "city.toml: cannot be read"),
        ("Asia/Shanghai", "Mars/Base", "city.toml, field timezone: 'Mars/Base'"),
        ("srid = 4326", "srid = 3857", "city.toml, field srid: is not 4326"),
        ("covers = ", "hides = ", "city.toml, field source: is not as it was built"),
        ("nodes = 16", 'nodes = "x"', "city.toml, field counts: is not as it was"),
        ("srid = 4326", "", "city.toml, field srid: is missing"),
    ],
)
def test_a_manifest_that_went_bad_is_refused(pack, old, new, what):
    path = pack / "city.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load(pack)
    assert str(caught.value).startswith(what)
    assert not check(pack).ok


def test_a_folder_that_is_no_pack_cannot_be_loaded(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInput, match="is no city pack"):
            load(folder)
        assert not check(folder).ok


@pytest.mark.parametrize(
    ("name", "field", "value", "what"),
    [
        ("roads/edges.parquet", "head", 999, r"row 3, field head: 999 is not in 0-15"),
        ("roads/edges.parquet", "tail", -1, r"row 3, field tail: -1 is not in 0-15"),
        (
            "roads/edges.parquet",
            "length_m",
            float("nan"),
            r"row 3, field length_m: nan",
        ),
        ("roads/edges.parquet", "speed_kmh", -5.0, r"row 3, field speed_kmh: -5"),
        ("roads/edges.parquet", "shape", 24, r"row 3, field shape: 24 is not in 0-23"),
        ("roads/edges.parquet", "road_class", 200, r"row 3, field road_class: 200"),
    ],
)
def test_edges_that_cannot_be_are_refused(pack, name, field, value, what):
    spoil(pack, name, field, 3, value)
    with pytest.raises(BadInput, match=what):
        load(pack)


def test_loose_ends_are_refused(pack):
    spoil(pack, "units.parquet", "post", 0, "p7")
    with pytest.raises(BadInput, match="unit e1, field post: no post 'p7'"):
        load(pack)


def test_a_road_shorter_than_the_straight_line_is_found(pack):
    spoil(pack, "roads/edges.parquet", "length_m", 3, 5.0)
    where = "roads/edges.parquet, row 3, field length_m"
    assert ("short-edge", where) in codes(pack)


def test_components_that_are_not_so_are_found(pack):
    spoil(pack, "roads/nodes.parquet", "component", 3, 1)
    assert ("components", "roads/nodes.parquet, components") in codes(pack)


def test_areas_that_overlap_or_cross_themselves_are_found(pack, inputs):
    bow = shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])
    whole = (pack / "areas.parquet").read_bytes()
    spoil(pack, "areas.parquet", "geometry", 1, shapely.to_wkb(bow))
    assert ("crossing", "areas.parquet, east") in codes(pack)
    (pack / "areas.parquet").write_bytes(whole)
    spoil(pack, "areas.parquet", "geometry", 1, shapely.to_wkb(box(0, 0, 3, 3)))
    assert ("overlap", "areas.parquet, east") in codes(pack)
