"""Finding one's place, and the order in which places stand."""

from dataclasses import replace

import pytest
from tests.capabilities.safety_index.screens.sample import edited, publication

from gengfu.capabilities.safety_index.rules.document import (
    Quality,
    RankInterval,
    Score,
)
from gengfu.capabilities.safety_index.screens.area import area_view, rank_range, read
from gengfu.capabilities.safety_index.screens.overview import (
    deviations,
    natural,
    overview,
    search,
)
from gengfu.kernel import Said

CITY = publication()
READING = read(CITY, {"sector-1": Said("Port", "港口")}, zh=False)
LINES = [READING.line(place) for place in CITY.places]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("penuelas", "odd-hidden"),
        ("PEÑUELAS", "odd-hidden"),
        ("佩纽埃拉斯", "odd-hidden"),
        ("ｚｏｎｅ 42", "zone-042"),
        ("zone-007", "zone-007"),
        ("  barrio ", "odd-new"),
    ],
)
def test_people_find_their_place_as_they_write_it(words: str, first: str) -> None:
    assert search(LINES, words)[0].id == first


def test_a_place_is_found_by_the_area_above_it() -> None:
    found = search(LINES, "port")
    assert found
    assert {line.parent for line in found} == {"Port"}


@pytest.mark.parametrize("words", ["", "   ", "nowhere at all"])
def test_nothing_is_found_for_nothing(words: str) -> None:
    assert search(LINES, words) == []


def test_names_with_numbers_stand_as_people_count() -> None:
    names = ["Zone 10", "Zone 2", "Ávila", "Zone 1b", "avenida", "Zone 1"]
    assert sorted(names, key=natural) == [
        "avenida",
        "Ávila",
        "Zone 1",
        "Zone 1b",
        "Zone 2",
        "Zone 10",
    ]


def test_every_place_stands_in_the_list_once() -> None:
    view = overview(READING, "zone")
    listed = [line.id for group in view.groups for line in group.places]
    assert sorted(listed) == sorted(place.id for place in CITY.places)
    assert sum(count.places for count in view.counts) == view.places == 148
    assert view.more_found == 142 - len(view.found)


def scored(value: int, low: int, high: int) -> Score:
    return Score(value=value, low=low, high=high)


def test_what_may_be_chance_is_no_large_deviation() -> None:
    wide, sure = scored(40, 5, 90), scored(60, 58, 62)
    made = edited(
        publication(8),
        {
            "odd-new": lambda p: replace(p, score=wide, band="green"),
            "odd-long": lambda p: replace(p, score=sure, band="red"),
        },
    )
    order = [one.line.id for one in deviations(read(made, {}, zh=False), 10)]
    assert order.index("odd-long") < order.index("odd-new")
    assert "odd-nobody" not in order


@pytest.mark.parametrize(
    ("score", "band", "side", "sure", "one_sided"),
    [
        (scored(80, 75, 85), "green", "across", "close", False),
        (scored(60, 50, 70), "red", "below", "rough", False),
        (scored(70, 60, 79), "green", "below", "rough", True),
        (scored(95, 81, 100), "green", "above", "rough", True),
        (scored(70, 40, 95), "green", "across", "very_rough", False),
    ],
)
def test_a_page_says_on_which_side_and_how_surely(
    score: Score, band: str, side: str, sure: str, one_sided: bool
) -> None:
    made = edited(
        publication(8), {"odd-new": lambda p: replace(p, score=score, band=band)}
    )
    view = area_view(read(made, {}, zh=True), "odd-new")
    assert (view.side, view.sure, view.verdict_from_one_side) == (side, sure, one_sided)
    assert view.line.name == "新区"
    assert view.line.also == "Barrio Nuevo"


def test_each_place_has_its_own_words_of_what_changed() -> None:
    """Several places may have a note of one sort: each page has its own."""
    notes = tuple(
        Quality(code="area-begun", said=Said(f"{one} is new", ""), areas=(one,))
        for one in ("odd-new", "odd-red")
    )
    made = replace(publication(8), quality=notes)
    for area in ("odd-new", "odd-red"):
        view = area_view(read(made, {}, zh=False), area)
        assert view.quality == (f"{area} is new",)


def test_a_band_of_a_citys_own_keeps_its_word() -> None:
    made = edited(publication(8), {"odd-new": lambda p: replace(p, band="violet")})
    band = read(made, {}, zh=False).line(
        next(p for p in made.places if p.id == "odd-new")
    )
    assert (band.band.word, band.band.shape) == ("violet", "other")


@pytest.mark.parametrize(
    ("low", "high", "of", "said"),
    [
        (69, 69, 69, (67, 69)),
        (1, 1, 69, (1, 3)),
        (40, 40, 69, (39, 41)),
        (50, 51, 200, (46, 55)),
        (12, 40, 69, (12, 40)),
        (1, 1, 2, (1, 2)),
        (1, 1, 1, (1, 1)),
    ],
)
def test_a_rank_is_never_said_alone(
    low: int, high: int, of: int, said: tuple[int, int]
) -> None:
    shown = rank_range(RankInterval(low=low, high=high, of=of))
    assert shown is not None
    assert (shown.low, shown.high) == said
    assert shown.low <= low
    assert high <= shown.high
