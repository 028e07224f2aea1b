"""From areas and rows to counts by place and domain, with nothing dropped unsaid."""

from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.sample import config

from gengfu.capabilities.safety_index.rules.geography import AreaFacts, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally, count
from gengfu.kernel import BadInput

OCTOBER = Month(2026, 10)


def area(name: str, parent: str = "", **other: object) -> AreaFacts:
    plain = AreaFacts(
        id=name, name=name, name_zh="", kind="town", parent=parent, present=1000.0,
        households=300.0, vehicles=200.0,
    )  # fmt: skip
    return replace(plain, **other)


CITY = (
    area("d", kind="district"),
    area("a", "d"),
    area("b", "d"),
    area("old", "d", successor="b"),
    area("home", "a", kind="compound"),
)


def rows(*given: tuple[str, str, str, int, int, int]) -> MonthTally:
    places, kinds, who, events, repeats, deaths = zip(*given, strict=True)
    return MonthTally(
        month=OCTOBER, version=1, sha256="", area=places, kind=kinds,
        initiated_by=who, events=np.array(events), repeats=np.array(repeats),
        deaths=np.array(deaths),
    )  # fmt: skip


def test_places_are_the_lowest_areas_and_compounds_lie_in_them() -> None:
    places = lay_out(CITY, config(), "areas.csv")
    assert [place.id for place in places.places] == ["a", "b"]
    assert places.place_of == {"a": 0, "b": 1, "old": 1, "home": 0}
    assert [one.id for one in places.compounds] == ["home"]


def test_a_level_may_be_named() -> None:
    wanted = config(**{'published = ""': 'published = "district"'})
    places = lay_out(CITY, wanted, "areas.csv")
    assert [place.id for place in places.places] == ["d"]
    assert places.place_of["home"] == 0
    with pytest.raises(BadInput, match="no area is of the kind to be published"):
        lay_out(CITY, config(**{'published = ""': 'published = "province"'}), "x")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((area("a"), area("a")), "row 2: id 'a' stands twice"),
        ((area("a", "nowhere"),), "its parent 'nowhere' is not in the file"),
        ((area("a", "b"), area("b", "a")), "lies in itself"),
        ((area("a", successor="z"),), "its successor 'z' is not in the file"),
        ((area("a", present=-1.0),), "present of a is below 0"),
    ],
)
def test_areas_that_make_no_city_are_refused(
    wrong: tuple[AreaFacts, ...], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        lay_out(wrong, config(), "areas.csv")


def test_events_count_once_where_they_happened_and_the_rest_is_told() -> None:
    places = lay_out(CITY, config(), "areas.csv")
    found = count(
        rows(
            ("a", "burglary", "resident", 7, 2, 0),
            ("home", "burglary", "resident", 3, 0, 0),
            ("old", "structure-fire", "agency", 4, 0, 1),
            ("b", "theft", "police", 5, 0, 0),
            ("b", "collision-injury", "police", 1, 0, 2),
            ("a", "noise", "resident", 9, 0, 3),
            ("", "theft", "resident", 6, 0, 0),
            ("mars", "theft", "resident", 8, 0, 0),
            ("d", "theft", "resident", 2, 0, 0),
        ),
        places,
        config(),
    )
    assert found.events.tolist() == [[10, 0, 0], [0, 4, 0]]
    assert found.deaths.tolist() == [[0, 0, 0], [0, 1, 2]]
    assert found.compounds.tolist() == [[3, 0, 0]]
    out = found.left_out
    assert (out.repeats, out.police, out.no_domain) == (2, 6, 9)
    assert (out.no_place, out.unknown_area) == (6, 10)
    told = int(found.events.sum()) + out.total
    assert told == 7 + 2 + 3 + 4 + 5 + 1 + 9 + 6 + 8 + 2


def test_an_area_that_others_were_merged_into_stands_for_them_before_it_began() -> None:
    merged = (
        area("a", until="2026-06-30", successor="c"),
        area("b", until="2026-06-30", successor="c"),
        area("c", since="2026-07-01"),
        area("alone", since="2026-07-01"),
    )
    places = lay_out(merged, config(), "areas.csv", Month(2026, 5))
    assert [place.id for place in places.places] == ["c"]
    found = count(
        rows(*((name, "theft", "resident", 3, 0, 0) for name in "ab")), places, config()
    )
    assert (found.events.tolist(), found.left_out.total) == ([[6, 0, 0]], 0)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-10", "2026-10-01", "", "x"])
def test_a_month_is_written_one_way(text: str) -> None:
    with pytest.raises(BadInput, match="written like 2026-10"):
        Month.read(text)


def test_months_come_one_after_another() -> None:
    assert str(Month.read("2026-01").later(-1)) == "2025-12"
    assert [str(m) for m in Month(2026, 1).back(3)] == ["2025-11", "2025-12", "2026-01"]
    assert Month(2028, 2).days == 29
