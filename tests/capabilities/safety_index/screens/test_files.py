"""Open data, feeds and the bulletin: exact, the same twice, nothing hidden in them."""

import csv
import io
import json
import re
from dataclasses import replace
from importlib import import_module
from typing import Any
from xml.dom.minidom import parseString

import pytest
from tests.capabilities.safety_index.screens.portal_site import SITE, fetch
from tests.capabilities.safety_index.screens.sample import (
    HOSTILE,
    SampleShelf,
    issued,
    publication,
    shelf,
)

from gengfu.capabilities.safety_index.screens import Atlas
from gengfu.capabilities.safety_index.screens.dictionary import DICTIONARY
from gengfu.kernel import NotFound

FOLDER = "/portal/data/{period}"
OCTOBER = {"period": "2026-10"}
CITY = shelf()
KNOWN = replace(CITY, url=SITE)


def rows() -> list[dict[str, str]]:
    file = fetch(CITY, f"{FOLDER}/places.csv", **OCTOBER)
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_the_publication_is_given_as_it_was_published() -> None:
    file = fetch(CITY, f"{FOLDER}/publication.json", **OCTOBER)
    assert file.content == CITY.publication("2026-10").content
    old = fetch(
        CITY, f"{FOLDER}/{{issue}}/publication.json", period="2026-09", issue="1"
    )
    assert old.content == CITY.publication("2026-09", 1).content
    assert (
        old.content
        != fetch(CITY, f"{FOLDER}/publication.json", period="2026-09").content
    )


def test_the_table_has_every_place_and_part() -> None:
    made = CITY.latest().publication
    found = rows()
    assert [(r["area"], r["domain"]) for r in found] == [
        (place.id, part.domain) for place in made.places for part in place.parts
    ]
    assert list(found[0]) == [name for name, _, _ in DICTIONARY]
    hidden = [r for r in found if not r["events"].isdecimal()]
    assert {r["events"] for r in hidden} == {"<5", "withheld"}
    assert {r["per_10k"] for r in hidden} == {""}
    nobody = next(r for r in found if r["area"] == "odd-nobody")
    assert (nobody["people"], nobody["score"], nobody["band"]) == ("", "", "")
    assert next(r for r in found if r["area"] == "odd-hostile")["name"] == HOSTILE


def test_parquet_holds_the_same_and_explains_itself() -> None:
    parquet: Any = import_module("pyarrow.parquet")
    file = fetch(CITY, f"{FOLDER}/places.parquet", **OCTOBER)
    table = parquet.read_table(io.BytesIO(file.content))
    assert table.column_names == [name for name, _, _ in DICTIONARY]
    for one, other in zip(table.to_pylist(), rows(), strict=True):
        for name, kind, _ in DICTIONARY:
            value = one[name]
            written = other[name]
            if value is None:
                assert written == ""
            else:
                assert value == {"int": int, "float": float, "text": str}[kind](written)
    field = table.schema.field("ratio")
    assert "预期".encode() in field.metadata[b"zh"]


@pytest.mark.parametrize(
    "path",
    [f"{FOLDER}/places.csv", f"{FOLDER}/places.parquet", f"{FOLDER}/bulletin.pdf"],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_files_are_the_same_twice(path: str, language: str) -> None:
    first, again = (fetch(CITY, path, language, **OCTOBER).content for _ in range(2))
    assert first == again


def test_the_dictionary_explains_every_column_in_both_languages() -> None:
    told = json.loads(fetch(CITY, "/portal/data/dictionary.json").content)["columns"]
    assert [one["name"] for one in told] == list(rows()[0])
    assert all(one["en"] and re.search(r"[\u4e00-\u9fff]", one["zh"]) for one in told)


@pytest.mark.parametrize("issue", ["0", "9", "x", "²", "1" * 9])
def test_unknown_issues_are_not_found(issue: str) -> None:
    with pytest.raises(NotFound):
        fetch(CITY, f"{FOLDER}/{{issue}}/places.csv", period="2026-10", issue=issue)


def test_rss_names_new_months_and_corrections() -> None:
    text = fetch(KNOWN, "/portal/feed.xml", "en").content.decode()
    # Our own text, of which the test wants to know that it is well formed.
    channel = parseString(text).getElementsByTagName("channel")[0]

    def said(name: str) -> list[str]:
        return [one.firstChild.data for one in channel.getElementsByTagName(name)]

    assert said("title")[1:] == [
        "Safety of areas in October 2026",
        "Correction: safety of areas in September 2026",
        "Safety of areas in September 2026",
    ]
    assert said("link") == [
        f"{SITE}/portal?lang=en",
        f"{SITE}/portal?period=2026-10&lang=en",
        f"{SITE}/portal?period=2026-09&lang=en",
        f"{SITE}/portal?period=2026-09&lang=en",
    ]
    (own,) = channel.getElementsByTagName("atom:link")
    assert own.getAttribute("href") == f"{SITE}/portal/feed.xml?lang=en"
    assert own.getAttribute("rel") == "self"
    assert said("pubDate")[0] == "Fri, 06 Nov 2026 09:00:00 +0000"
    assert len(set(said("guid"))) == 3
    assert "Nine events came in late." in said("description")[2]
    assert "148 areas: " in said("description")[1]


def test_json_feed_says_the_same_in_chinese() -> None:
    told = json.loads(fetch(KNOWN, "/portal/feed.json", "zh").content)
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["language"] == "zh-Hans"
    assert [one["title"] for one in told["items"]][:2] == [
        "2026年10月各区域安全情况",
        "更正：2026年9月各区域安全情况",
    ]
    assert told["home_page_url"] == f"{SITE}/portal?lang=zh"
    assert told["feed_url"] == f"{SITE}/portal/feed.json?lang=zh"
    assert told["items"][0]["url"] == f"{SITE}/portal?period=2026-10&lang=zh"
    assert told["items"][0]["date_published"] == "2026-11-06T09:00:00+00:00"


@pytest.mark.parametrize("path", ["/portal/feed.xml", "/portal/feed.json"])
def test_a_feed_that_knows_no_public_address_makes_none_up(path: str) -> None:
    for one in (CITY, SampleShelf()):
        text = fetch(one, path).content.decode()
        assert "/portal" not in text
        assert "url" not in text
        assert "<link>" not in text
    assert len(json.loads(fetch(CITY, "/portal/feed.json").content)["items"]) == 3


def test_names_in_feeds_are_escaped() -> None:
    made = replace(publication(8), city="A <&> B")
    one = SampleShelf([issued(made, CITY.latest().published_at)])
    text = fetch(one, "/portal/feed.xml").content.decode()
    assert "A &lt;&amp;&gt; B" in text
    parseString(text)


def test_an_empty_shelf_has_empty_feeds() -> None:
    empty = SampleShelf()
    assert json.loads(fetch(empty, "/portal/feed.json").content)["items"] == []
    parseString(fetch(empty, "/portal/feed.xml").content)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("with_map", [True, False])
def test_the_bulletin_has_two_pages(language: str, with_map: bool) -> None:
    one = CITY if with_map else SampleShelf(CITY.found, Atlas({}, {}))
    file = fetch(one, f"{FOLDER}/bulletin.pdf", language, **OCTOBER)
    assert file.name == f"safety-2026-10-1-{language}.pdf"
    assert file.content.startswith(b"%PDF-")
    assert re.search(rb"/Count 2\b", file.content)


def test_a_bulletin_of_a_corrected_small_city_is_two_pages_too() -> None:
    old = fetch(CITY, f"{FOLDER}/{{issue}}/bulletin.pdf", period="2026-09", issue="2")
    assert re.search(rb"/Count 2\b", old.content)
    none = replace(
        publication(2),
        places=tuple(
            replace(p, score=None, band="", rank=None) for p in publication(2).places
        ),
        quality=(),
        signals=None,
    )
    one = SampleShelf([issued(none, CITY.latest().published_at)])
    file = fetch(one, f"{FOLDER}/bulletin.pdf", "zh", **OCTOBER)
    assert re.search(rb"/Count 2\b", file.content)


def test_compounds_are_a_table_of_their_own() -> None:
    file = fetch(CITY, f"{FOLDER}/compounds.csv", **OCTOBER)
    found = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    made = CITY.latest().publication
    assert [(r["compound"], r["kind"]) for r in found] == [
        (one.id, figure.kind) for one in made.compounds for figure in one.figures
    ]
    assert {r["events"] for r in found if r["per_1k"] == ""} <= {"<5", "withheld"}
    told = json.loads(fetch(CITY, "/portal/data/dictionary.json").content)["compounds"]
    assert [one["name"] for one in told] == list(found[0])


def test_shapes_are_given_with_names_of_every_published_place() -> None:
    file = fetch(CITY, "/portal/data/areas.geojson")
    assert file.media_type == "application/geo+json"
    told = json.loads(file.content)
    by_id = {one["id"]: one for one in told["features"]}
    for area, polygons in CITY.map.shapes.items():
        shape = by_id[area]["geometry"]
        assert shape["type"] == "MultiPolygon"
        assert shape["coordinates"] == json.loads(json.dumps(polygons))
        assert by_id[area]["properties"]["name"]
    assert json.loads(fetch(SampleShelf(), "/portal/data/areas.geojson").content) == {
        "type": "FeatureCollection", "features": [],
    }  # fmt: skip
