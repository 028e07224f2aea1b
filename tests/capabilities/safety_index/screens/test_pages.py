"""Pages as residents get them: light, without script, escaped, in both languages."""

import html
import re
from dataclasses import replace
from functools import cache

import pytest
from tests.capabilities.safety_index.screens.portal_site import show
from tests.capabilities.safety_index.screens.sample import (
    AT,
    HOSTILE,
    LONG,
    SampleShelf,
    edited,
    issued,
    shelf,
)

from gengfu.capabilities.safety_index.rules.document import Comparison, RankInterval
from gengfu.kernel import NotFound, Said
from gengfu.web.templates import STATIC

AREA = "/portal/areas/{area}"
MOST_BYTES = 100_000
PLACES = {"a": "odd-red", "b": "odd-new", "c": "odd-long", "d": "odd-nobody"}
PAGES = [
    ("/portal", {}, {}),
    ("/portal", {"q": "zone"}, {}),
    ("/portal/map", {}, {}),
    ("/portal/compare", PLACES, {}),
    ("/portal/method", {}, {}),
    ("/portal/data", {}, {}),
    *((AREA, {}, {"area": one}) for one in ("odd-red", "odd-nobody", "odd-hidden")),
    (AREA, {"domain": "fire"}, {"area": "odd-hostile"}),
    (AREA, {"period": "2026-09"}, {"area": "odd-new"}),
]


@cache
def city() -> SampleShelf:
    return shelf()


def words_of(page: str) -> str:
    """Return what is read, spaces made one."""
    shown = re.sub(r"<(style|title)[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown)))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("path", "query", "given"), PAGES, ids=str)
def test_a_page_is_light_and_needs_no_script(
    path: str, query: dict[str, str], given: dict[str, str], language: str
) -> None:
    page = show(city(), path, language, query, **given)
    sheets = re.findall(r'href="/static/(css/\w+\.css)\?v=[0-9a-f]{12}"', page)
    bytes_of_sheets = sum((STATIC / one).stat().st_size for one in sheets)
    assert len(sheets) == 4
    assert len(page.encode()) + bytes_of_sheets < MOST_BYTES
    assert "<script" not in page
    assert " style=" not in page
    assert "portal." not in words_of(page), "a string is missing"
    assert not re.search(r"https?://", page)
    assert len(re.findall("<h1", page)) == 1


def test_names_are_escaped_everywhere() -> None:
    for path, query, given in PAGES:
        page = show(city(), path, "en", query, **given)
        assert HOSTILE not in page
    area = show(city(), AREA, area="odd-hostile")
    assert html.escape(HOSTILE, quote=False) in area.replace("&#34;", '"')


def test_a_search_is_escaped_and_kept() -> None:
    page = show(city(), "/portal", query={"q": '"><b>x'})
    assert "<b>x" not in page
    assert "No area is called" in page


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({}, "?lang=zh"),
        ({"q": "a&b", "lang": "en"}, "?q=a%26b&amp;lang=zh"),
        (
            PLACES,
            "?a=odd-red&amp;b=odd-new&amp;c=odd-long&amp;d=odd-nobody&amp;lang=zh",
        ),
    ],
)
def test_the_other_language_shows_the_same_page(
    query: dict[str, str], kept: str
) -> None:
    page = show(city(), "/portal/compare", query=query)
    assert f'href="{kept}" lang="zh-Hans"' in page


def test_the_first_screen_says_how_the_city_stands() -> None:
    page = words_of(show(city(), "/portal"))
    counted = dict(re.findall(r"(As expected|No score) (\d+)", page))
    assert counted["No score"] == "1"
    assert f"{counted['As expected']} of 148 areas were as safe as is expected" in page
    assert "12 events could not be placed." in page
    assert "11 of 14 early signals" in page


def test_a_place_says_its_score_with_its_interval_and_what_is_expected() -> None:
    place = next(p for p in city().latest().publication.places if p.id == "odd-red")
    page = words_of(show(city(), AREA, area="odd-red"))
    score = place.score
    assert f"scored {score.value} out of 100 in October 2026" in page
    assert f"lies between {score.low} and {score.high}" in page
    assert "80 is what is expected here" in page
    assert "Far more than expected" in page
    assert "More happened than is expected here." in page
    assert "Jardines del Valle" in page


def test_hidden_and_withheld_counts_are_explained() -> None:
    made = city().latest().publication
    part = made.places[0].parts[0]
    small = replace(part, events="<5", expected=3.2, per_10_000=None, ratio=None)
    gone = replace(small, domain="fire", events="withheld")
    new = edited(
        made, {"odd-red": lambda p: replace(p, parts=(small, gone), deaths_12m="<5")}
    )
    one = SampleShelf([issued(new, city().latest().published_at)])
    page = words_of(show(one, AREA, area="odd-red"))
    assert "Fewer than 5 events, but at least one; 3.2 were expected" in page
    assert "The number is withheld" in page
    assert page.count("it would give the small number away") == 2
    assert "took lives here, fewer than 5" in page


def test_nobody_counted_is_said_and_nothing_is_made_up() -> None:
    page = words_of(show(city(), AREA, area="odd-nobody"))
    assert "Parque Industrial has no score for October 2026." in page
    assert "Nobody counted the people there, so there is no score." in page
    assert "0 were expected" not in page


def test_a_first_month_has_no_trend() -> None:
    page = words_of(show(city(), AREA, area="odd-new"))
    assert "A trend begins with the second month" in page


def test_a_rank_is_always_an_interval() -> None:
    made = city().latest().publication
    rank = RankInterval(low=37, high=91, of=147)
    new = edited(made, {"odd-red": lambda p: replace(p, rank=rank)})
    one = SampleShelf([issued(new, city().latest().published_at)])
    for path, query, given in PAGES:
        if query.get("period"):
            continue
        page = words_of(show(one, path, "en", query, **given))
        for number in re.findall(r"rank\w*[^.]{0,20}\b(37|91)\b", page):
            assert "37" in page
            assert "91" in page, number
    assert "between 37 and 91 of 147 areas" in words_of(show(one, AREA, area="odd-red"))


def test_every_chart_has_its_table() -> None:
    page = show(city(), AREA, area="odd-red")
    for chart, table in (("trend", "trend"), ("funnel", "funnel")):
        section = page[page.index(f'<h2 id="{chart}">') :]
        section = section[: section.index("</section>")]
        assert '<svg class="chart" ' in section
        assert '<details class="behind">' in section
        assert "<tbody>" in section, table
        rows = re.findall("<tr", section)
    assert len(rows) == 148, "the head, and all but the place without people"


def test_the_map_links_every_place_and_says_its_band() -> None:
    page = show(city(), "/portal/map")
    made = city().latest().publication
    linked = re.findall(
        r'<a href="/portal/areas/([\w-]+)" aria-label="([^"]*)"><path fill="url\(#p-(\w+)\)"',
        page,
    )
    assert {one for one, _, _ in linked} == {place.id for place in made.places}
    said = {one: (label, pattern) for one, label, pattern in linked}
    assert said["odd-red"][0].startswith("Tierras Blancas 16: Far more than expected, ")
    assert said["odd-red"][1] == "more3"
    assert said["odd-nobody"] == ("Parque Industrial: No score", "none")
    for _, _, pattern in linked:
        assert f'<pattern id="p-{pattern}"' in page


def test_comparing_tells_what_may_be_chance() -> None:
    page = words_of(show(city(), "/portal/compare", query=PLACES))
    assert LONG in page
    assert "very likely fewer events" in page
    alone = words_of(show(city(), "/portal/compare", query={"a": "odd-red", "b": "no"}))
    assert "One of the areas asked for is not known here." in alone


def test_at_most_four_stand_side_by_side() -> None:
    query = {"a": "zone-001", "b": "zone-001", "c": "zone-002", "e": "zone-003"}
    page = show(city(), "/portal/compare", query=query)
    assert len(re.findall('<th scope="col">Zone', page)) == 2


def test_an_older_month_says_so_and_keeps_its_links() -> None:
    page = show(city(), "/portal", query={"period": "2026-09"})
    said = words_of(page)
    assert "You are reading an older month." in said
    assert "Corrected (issue 2): Nine events came in late." in said
    assert '/portal/areas/zone-001?period=2026-09"' in page


def test_the_method_names_figures_and_configuration() -> None:
    page = words_of(show(city(), "/portal/method"))
    assert "Crime and public order: 60 %" in page
    assert "2023, 2024, 2025" in page
    assert "gengfu-index, version 2026-1" in page
    assert "ab" * 32 in page
    assert "at most 10 % may be so by chance" in page


def test_the_data_page_lists_every_issue_with_its_reason() -> None:
    page = show(city(), "/portal/data")
    for path in ("2026-10/1", "2026-09/2", "2026-09/1"):
        assert f'"/portal/data/{path}/publication.json"' in page
    assert "Nine events came in late." in page


@pytest.mark.parametrize("path", ["/portal", "/portal/map", "/portal/data"])
def test_before_the_first_month_pages_say_so(path: str) -> None:
    for language, said in (("en", "Nothing is published yet."), ("zh", "尚未发布")):
        assert said in show(SampleShelf(), path, language)


def test_unknown_places_and_months_are_not_found() -> None:
    with pytest.raises(NotFound, match="zone-999"):
        show(city(), AREA, area="zone-999")
    with pytest.raises(NotFound, match="1999-01"):
        show(city(), "/portal", query={"period": "1999-01"})


def test_a_page_names_its_public_address_in_both_languages_or_none() -> None:
    known = replace(city(), url="https://safety.example")
    page = show(known, AREA, "zh", {"period": "2026-09"}, area="zone-001")
    here = "https://safety.example/portal/areas/zone-001?period=2026-09&amp;lang="
    assert f'<link rel="canonical" href="{here}zh">' in page
    assert f'<link rel="alternate" hreflang="en" href="{here}en">' in page
    assert f'<link rel="alternate" hreflang="zh-Hans" href="{here}zh">' in page
    newest = show(known, "/portal/map", "en")
    assert 'href="https://safety.example/portal/map?lang=en"' in newest
    assert "canonical" not in show(city(), "/portal")


def test_a_compound_is_found_by_its_name() -> None:
    made = city().latest().publication
    one = made.compounds[0]
    page = show(city(), "/portal", query={"q": one.name.upper()})
    assert f'href="/portal/areas/{one.area}#compounds">{one.name}</a>' in page
    assert "Found: 1" in page
    area = show(city(), AREA, area=one.area)
    assert '<h2 id="compounds">' in area
    assert one.name in area
    assert "compounds found" not in show(city(), "/portal", query={"q": "zone-001"})


def test_what_the_audit_of_recording_found_is_said_with_its_ratio() -> None:
    newest = replace(city().latest(), calls=200, recorded=160)
    one = SampleShelf([newest])
    for path in ("/portal", "/portal/data"):
        page = words_of(show(one, path))
        assert "looked at 200 calls: 160 had become records. That is 1.25 calls" in page
        assert "How calls became records" not in words_of(show(city(), path))


def test_the_method_says_what_the_configuration_names() -> None:
    made = city().latest().publication
    method = replace(
        made.method,
        red=2, red_of=3, death_points_per_doubling=5.0, death_points_most=10.0,
    )  # fmt: skip
    one = SampleShelf([issued(replace(made, method=method), AT)])
    page = words_of(show(one, "/portal/method"))
    assert "only if the area is in the worst band in 2 of the last 3 months" in page
    assert "take points away: 5 for each doubling, 10 at most" in page
    before = words_of(show(city(), "/portal/method"))
    assert "over the months that the configuration names" in before
    assert "for each doubling, 0" not in before


def test_comparisons_are_labelled_and_a_withheld_one_says_so() -> None:
    made = city().latest().publication
    here, where = (
        Comparison(code="deaths", said=Said("Deaths per 10,000", "每万"), value=None),
        Comparison(
            code="rates", said=Said("As Huizhou", "惠州"), value=None,
            of_area=(("odd-red", 140.5),),
        ),
    )  # fmt: skip
    one = SampleShelf([issued(replace(made, comparisons=(here, where)), AT)])
    page = words_of(show(one, "/portal/method"))
    assert "withheld – Deaths per 10,000" in page
    assert "As Huizhou (see the pages of the areas)" in page
    assert "140 – As Huizhou" in words_of(show(one, AREA, area="odd-red"))
