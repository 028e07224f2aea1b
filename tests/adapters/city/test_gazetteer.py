"""What a call taker types, and the place that comes first."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.city.gazetteer import Bounds, Gazetteer, Place
from gengfu.adapters.city.gazetteer_reasons import Reason, in_words
from gengfu.adapters.city.gazetteer_streets import StreetNetwork, Streets
from gengfu.kernel.errors import BadInput

WEST, SOUTH, STEP = -71.30, -29.95, 0.001

# Columns are 97 m and rows 111 m apart; (column, row) corners of each street.
STREETS: list[tuple[str, str, list[tuple[int, int]]]] = [
    ("Larkin St", "", [(0, 0), (0, 1), (0, 2), (0, 3)]),
    ("Fulton St", "", [(0, 2), (1, 2), (2, 2)]),
    ("Van Ness Ave", "", [(2, 0), (2, 1), (2, 2), (2, 3)]),
    ("16th St", "", [(0, 0), (1, 0), (2, 0)]),
    ("Avenida José Manuel Balmaceda", "", [(5, 0), (5, 1), (5, 2)]),
    ("Calle Amunátegui", "", [(4, 1), (5, 1), (6, 1)]),
    ("Maipú", "", [(8, 0), (8, 1)]),
    ("Maipú", "", [(30, 0), (30, 1)]),
    ("Ruta 5", "", [(12, y) for y in range(31)]),
    ("Ruta 43", "", [(14, y) for y in range(4)]),
    ("Zhongshan Road", "中山路", [(20, 0), (20, 1), (20, 2)]),
    ("Renmin Road", "人民路", [(19, 1), (20, 1), (21, 1)]),
    ("重庆路", "", [(19, 2), (20, 2), (21, 2)]),
    ("Overpass Way", "", [(23, 0), (25, 2)]),
    ("Tunnel Way", "", [(23, 2), (25, 0)]),
]
PLACES = [
    Place("Café Ibérica", "cafe", -71.298, -29.949),
    Place("Plaza de Armas", "square", -71.290, -29.945, "武器广场", area="La Serena"),
    Place("Plaza de Armas", "square", -71.270, -29.925, "武器广场", area="Coquimbo"),
    Place("San Pablo", "fire-station", -71.280, -29.940),
]


def network(
    streets: list[tuple[str, str, list[tuple[int, int]]]],
) -> StreetNetwork:
    nodes: dict[tuple[int, int], int] = {}
    names = list(dict.fromkeys(name for name, _, _ in streets))
    zh = {name: name_zh for name, name_zh, _ in streets}
    rows = []
    for name, _, corners in streets:
        at = [nodes.setdefault(corner, len(nodes)) for corner in corners]
        rows += [(names.index(name), a, b) for a, b in pairwise(at)]
    edge_name, tail, head = (np.array(column) for column in zip(*rows, strict=True))
    grid = np.array(list(nodes), float)
    lon, lat = WEST + STEP * grid[:, 0], SOUTH + STEP * grid[:, 1]
    ends = np.stack([tail, head], axis=1).ravel()
    offsets = np.arange(0, len(ends) + 1, 2)
    return StreetNetwork(
        names, [zh[n] for n in names], edge_name, tail, head, lon, lat, offsets,
        lon[ends], lat[ends],
    )  # fmt: skip


@pytest.fixture(scope="module")
def city() -> Gazetteer:
    return Gazetteer(PLACES, network(STREETS), Bounds(-71.4, -30.1, -71.1, -29.8))


def at(column: float, row: float) -> tuple[float, float]:
    return pytest.approx((WEST + STEP * column, SOUTH + STEP * row), abs=1e-6)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("larkin", "Larkin St"),
        ("LARKIN ST", "Larkin St"),
        ("larkin street", "Larkin St"),
        ("lar", "Larkin St"),
        ("larkn", "Larkin St"),  # a letter missing
        ("lrakin", "Larkin St"),  # two letters swapped
        ("larkinn st", "Larkin St"),  # one too many
        ("vanness", "Van Ness Ave"),  # run together
        ("ave van ness", "Van Ness Ave"),  # words in another order
        ("van ness avenue", "Van Ness Ave"),
        ("16 st", "16th St"),
        ("av balmaceda", "Avenida José Manuel Balmaceda"),
        ("jose balmaceda", "Avenida José Manuel Balmaceda"),
        ("balma", "Avenida José Manuel Balmaceda"),
        ("amunategui", "Calle Amunátegui"),
        ("c/ amunategui", "Calle Amunátegui"),
        ("cafe iberica", "Café Ibérica"),
        ("CAFÉ", "Café Ibérica"),
        ("fire station", "San Pablo"),
        ("中山路", "Zhongshan Road"),
        ("中山", "Zhongshan Road"),
        ("钟山路", "Zhongshan Road"),  # another character of the same sound
        ("zhongshanlu", "Zhongshan Road"),
        ("zhong shan lu", "Zhongshan Road"),
        ("zhongshanl", "Zhongshan Road"),
        ("zsl", "Zhongshan Road"),
        ("chongqinglu", "重庆路"),  # not "zhong": the phrase decides
        ("cql", "重庆路"),
        ("wuqiguangchang", "Plaza de Armas"),
    ],
)
def test_first_answer(city: Gazetteer, typed: str, name: str) -> None:
    assert city.search(typed)[0].name == name


def test_every_keystroke_of_a_name_keeps_it_in_view(city: Gazetteer) -> None:
    name = "Avenida José Manuel Balmaceda"
    for length in range(2, len(name) + 1):
        found = [answer.name for answer in city.search(name[:length])]
        assert name in found, name[:length]


def test_numbered_streets_are_not_mixed_up(city: Gazetteer) -> None:
    assert [found.name for found in city.search("ruta 43")] == ["Ruta 43"]
    assert city.search("17th st") == () or city.search("17th st")[0].name != "16th St"


@pytest.mark.parametrize(
    "typed",
    [
        "LARKIN ST/FULTON ST",
        "Larkin & Fulton",
        "larkin and fulton",
        "Larkin con Fulton",
        "Larkin y Fulton",
        "larkin esquina fulton",
        "corner of Larkin and Fulton",
        "larkin / fult",
        "fulton @ larkin",
        "lrakin/fullton",
    ],
)
def test_crossing_is_the_node_of_both_streets(city: Gazetteer, typed: str) -> None:
    found = city.search(typed)[0]
    assert found.kind == "crossing"
    assert (found.lon, found.lat) == at(0, 2)
    assert found.precision_m < 30
    assert found.code is Reason.CROSSING


@pytest.mark.parametrize(
    "typed", ["中山路与人民路交叉口", "中山路和人民路", "人民路/中山路路口"]
)
def test_crossing_in_chinese(city: Gazetteer, typed: str) -> None:
    found = city.search(typed)[0]
    assert found.kind == "crossing"
    assert (found.lon, found.lat) == at(20, 1)
    assert {"中山路", "人民路"} == set(found.name_zh.split("与"))


def test_streets_that_cross_without_a_junction_say_so(city: Gazetteer) -> None:
    found = city.search("overpass way / tunnel way")[0]
    assert found.code is Reason.OVER_OR_UNDER
    assert (found.lon, found.lat) == at(24, 1)


def test_a_street_whose_name_says_and_is_still_found() -> None:
    corners = [(0, 0), (0, 1), (0, 2)]
    streets = [("Ramón y Cajal", "", corners), ("Ramón", "", [(3, 0), (4, 0)])]
    streets.append(("Cajal", "", [(4, 0), (4, 1)]))
    city = Gazetteer([], network(streets), Bounds(-71.4, -30.1, -71.1, -29.8))
    names = [found.name for found in city.search("ramon y cajal")]
    assert {"Ramón y Cajal", "Ramón / Cajal"} <= set(names)


def test_streets_that_never_meet_have_no_crossing(city: Gazetteer) -> None:
    assert all(f.kind != "crossing" for f in city.search("Larkin / Balmaceda"))


def test_a_block_gives_the_street_and_admits_it(city: Gazetteer) -> None:
    found = city.search("4000 Block of LARKIN ST")[0]
    assert found.name == "Larkin St"
    assert found.code is Reason.BLOCK
    assert "4000" in found.reason
    assert "4000" in found.reason_zh
    assert found.precision_m > 150


@pytest.mark.parametrize("typed", ["1234 Larkin St", "Larkin St 1234", "larkin nº 12"])
def test_a_house_number_gives_the_street(city: Gazetteer, typed: str) -> None:
    found = city.search(typed)[0]
    assert (found.name, found.code) == ("Larkin St", Reason.HOUSE_NUMBER)


def test_namesakes_are_two_answers_and_nearness_decides(city: Gazetteer) -> None:
    both = [found for found in city.search("maipu") if found.name == "Maipú"]
    assert len(both) == 2
    for wanted in both:
        near = city.search("maipu", near=(wanted.lon, wanted.lat))[0]
        assert (near.lon, near.lat) == (wanted.lon, wanted.lat)


def test_what_follows_a_comma_is_where(city: Gazetteer) -> None:
    for area in ("La Serena", "Coquimbo"):
        found = city.search(f"plaza de armas, {area}")[0]
        assert (found.name, found.area) == ("Plaza de Armas", area)
        biased = city.search("plaza de armas", area=area)[0]
        assert biased.area == area


def test_kilometre_without_posts_is_measured_from_either_end(city: Gazetteer) -> None:
    found = [f for f in city.search("Ruta 5 km 1") if f.kind == "kilometre"]
    assert [f.code for f in found] == [Reason.KILOMETRE_FROM_END] * 2
    km_rows = 1000 / (STEP * 111_320)
    assert {round((f.lat - SOUTH) / STEP, 2) for f in found} == {
        round(km_rows, 2),
        round(30 - km_rows, 2),
    }
    assert "north" in found[0].reason
    assert "北" in found[0].reason_zh


def test_kilometre_beyond_the_road_is_the_road_and_says_so(city: Gazetteer) -> None:
    found = city.search("ruta 5 km 468")[0]
    assert found.code is Reason.KILOMETRE_BEYOND
    assert found.precision_m > 1000
    assert "3.3 km" in found.reason


def test_kilometre_posts_fix_the_scale() -> None:
    posts = [
        Place("Ruta 5 km 468", "kilometre post", WEST + 0.012, SOUTH + 0.005),
        Place("Ruta 5 km 470", "kilometre post", WEST + 0.012, SOUTH + 0.025),
    ]
    city = Gazetteer(posts, network(STREETS), Bounds(-71.4, -30.1, -71.1, -29.8))
    (found,) = [f for f in city.search("km 469 ruta 5") if f.kind == "kilometre"]
    assert found.code is Reason.KILOMETRE_POST
    assert found.lat == pytest.approx(SOUTH + 0.015, abs=1e-5)
    assert found.precision_m < 100


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("-29.9533, -71.2436", Reason.COORDINATES),
        ("-71.2436 -29.9533", Reason.LONGITUDE_FIRST),
        ("29°57'11.88\"S 71°14'36.96\"W", Reason.COORDINATES),
        ("S 29.9533 O 71.2436", Reason.COORDINATES),
        ("南纬29.9533 西经71.2436", Reason.COORDINATES),
        ("西经71.2436 南纬29.9533", Reason.LONGITUDE_FIRST),
        ("geo:-29.9533,-71.2436", Reason.COORDINATES),
        ("-29,9533; -71,2436", Reason.COORDINATES),
    ],
)
def test_coordinates(city: Gazetteer, typed: str, code: Reason) -> None:
    (found,) = city.search(typed)
    assert (found.lon, found.lat) == pytest.approx((-71.2436, -29.9533), abs=1e-6)
    assert found.code is code


def test_coordinates_elsewhere_are_doubted(city: Gazetteer) -> None:
    (found,) = city.search("48.8583, 2.2945")
    assert found.code is Reason.OUTSIDE
    assert found.score < 0.5


def test_coarse_coordinates_are_imprecise(city: Gazetteer) -> None:
    (coarse,) = city.search("-29.95, -71.24")
    (fine,) = city.search("-29.95000, -71.24000")
    assert coarse.precision_m > 500
    assert fine.precision_m < 10


@pytest.mark.parametrize("typed", ["", "   ", "\x00\x07", "///", "&", "¿?", "qqqqqqq"])
def test_nothing_is_found_in_nothing(city: Gazetteer, typed: str) -> None:
    assert city.search(typed) == ()


def test_impossible_questions_are_refused(city: Gazetteer) -> None:
    with pytest.raises(BadInput, match="1000000 characters"):
        city.search("a" * 1_000_000)
    with pytest.raises(BadInput, match="finite"):
        city.search("larkin", near=(float("nan"), 0.0))
    for limit in (0, 51, -1):
        with pytest.raises(BadInput, match="limit"):
            city.search("larkin", limit=limit)


@given(st.text(max_size=300))
def test_any_text_gets_an_honest_answer(text: str) -> None:
    city = Gazetteer(PLACES, network(STREETS), Bounds(-71.4, -30.1, -71.1, -29.8))
    found = city.search(text)
    scores = [answer.score for answer in found]
    assert scores == sorted(scores, reverse=True)
    assert len(found) <= 8
    for answer in found:
        assert 0 <= answer.score <= 1
        assert abs(answer.lon) <= 180
        assert abs(answer.lat) <= 90
        assert answer.precision_m > 0
        assert answer.reason
        assert answer.reason_zh
    assert city.search(text) == found


@given(st.sampled_from([name for name, _, _ in STREETS]), st.data())
def test_one_slip_of_the_finger_does_not_lose_a_street(
    name: str, data: st.DataObject
) -> None:
    letters = [i for i, c in enumerate(name) if c.isalpha() and i > 0]
    if len(letters) < 6 or not name.isascii():
        return
    place = data.draw(st.sampled_from(letters))
    slip = data.draw(st.sampled_from(["drop", "double", "swap"]))
    typed = {
        "drop": name[:place] + name[place + 1 :],
        "double": name[:place] + name[place] + name[place:],
        "swap": name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :],
    }[slip]
    city = Gazetteer([], network(STREETS), Bounds(-71.4, -30.1, -71.1, -29.8))
    assert name in [found.name for found in city.search(typed)[:5]]


def test_every_reason_has_words_in_both_languages() -> None:
    values = {"gap": "1", "number": "2", "km": "3", "end": "north", "end_zh": "北"}
    for code in Reason:
        english, chinese = in_words(code, length="4", **values)
        assert english.isascii()
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
        assert "{" not in english + chinese


def test_a_city_without_streets_still_finds_its_places() -> None:
    city = Gazetteer(PLACES, None, Bounds(-71.4, -30.1, -71.1, -29.8))
    assert city.search("cafe / plaza")[0].kind in {"cafe", "square"}
    assert city.search("km 3 ruta 5") == ()


def test_an_empty_city_finds_nothing() -> None:
    city = Gazetteer([], None, Bounds(0, 0, 1, 1))
    assert city.search("larkin") == ()
    assert len(city) == 0


def test_gaps_in_a_street_do_not_split_it() -> None:
    pieces = [("Long Rd", "", [(0, 0), (0, 5)]), ("Long Rd", "", [(0, 6), (0, 9)])]
    streets = Streets(network([*pieces, ("Other", "", [(3, 0), (4, 0)])])).streets
    assert len(streets) == 2
    assert streets[0].length_m == pytest.approx(8 * STEP * 111_320, rel=1e-3)
