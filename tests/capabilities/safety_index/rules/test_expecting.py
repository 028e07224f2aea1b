"""What is expected of a month, against sums worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.sample import areas, config, years

from gengfu.capabilities.safety_index.rules.expecting import base_for, expect
from gengfu.capabilities.safety_index.rules.geography import Geography, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.published_counts import SaidCounts
from gengfu.capabilities.safety_index.rules.tally import (
    LeftOut,
    MonthCounts,
    MonthTally,
    count,
)
from gengfu.kernel import BadInput

NOTHING = LeftOut(repeats=0, police=0, no_domain=0, no_place=0, unknown_area=0)


def flat(months: list[Month], places: Geography, each: int) -> dict[Month, MonthCounts]:
    """Return the same number of events and one death in every place and month."""
    size = len(places.places)
    return {
        month: MonthCounts(
            month=month,
            events=np.full((size, 3), each),
            deaths=np.tile([1, 0, 0], (size, 1)),
            compounds=np.zeros((0, 3), np.int64),
            ended=np.zeros((2, len(places.strata[0]), 3), np.int64),
            left_out=NOTHING,
        )
        for month in months
    }


def whole_month(month: Month, names: tuple[str, ...]) -> MonthTally:
    """Return fifty thefts by residents, two by police and one death in each area."""
    size = len(names)
    return MonthTally(
        month=month, version=1, sha256="", area=names * 2, kind=["theft"] * 2 * size,
        initiated_by=["resident"] * size + ["police"] * size,
        events=np.array([50] * size + [2] * size),
        repeats=np.zeros(2 * size, np.int64),
        deaths=np.array([1] * size + [0] * size),
    )  # fmt: skip


PLACES = lay_out(areas(6), config(), "areas")
PORT = lay_out(
    (*areas(6), replace(areas(6)[-1], id="port", kind="port")), config(), "areas"
)
PEOPLE = np.array([place.present for place in PLACES.places])


def test_the_rate_is_that_of_the_same_calendar_month() -> None:
    counts = flat(years(2023, Month(2026, 10)), PLACES, 40)
    counts[Month(2024, 10)] = replace(
        counts[Month(2024, 10)], events=np.full((6, 3), 100)
    )
    base = base_for(Month(2026, 10), counts, PLACES, config(), {})
    assert base.years == (2023, 2024, 2025)
    rate = (40 + 100 + 40) * 6 / (PEOPLE.sum() * 31 * 3)
    october = expect(Month(2026, 10), base, PLACES).events
    assert october == pytest.approx(np.tile((PEOPLE * 31 * rate)[:, None], 3))
    other = 40 * 6 * 3 / (PEOPLE.sum() * 30 * 3)
    september = expect(Month(2026, 9), base, PLACES).events
    assert september == pytest.approx(np.tile((PEOPLE * 30 * other)[:, None], 3))


def test_deaths_are_those_of_twelve_months() -> None:
    counts = flat(years(2023, Month(2026, 10)), PLACES, 40)
    base = base_for(Month(2026, 10), counts, PLACES, config(), {})
    days = sum(Month(year, 1).later(n).days for year in (2023, 2024, 2025)
               for n in range(12))  # fmt: skip
    rate = 215 / (PEOPLE.sum() * days)  # 6 * 36, rounded as all sums of deaths
    expected = expect(Month(2026, 10), base, PLACES).deaths
    assert expected == pytest.approx(PEOPLE * 365 * rate)


def test_a_new_area_is_expected_to_have_had_deaths_since_it_began() -> None:
    """And of no more months than there are deaths of."""
    new = tuple(
        replace(area, since="2026-08-15") if area.id == "t000" else area
        for area in areas(6)
    )
    places = lay_out(new, config(), "areas", Month(2026, 10))
    counts = flat(years(2023, Month(2026, 10)), places, 40)
    base = base_for(Month(2026, 10), counts, places, config(), {})
    deaths = expect(Month(2026, 10), base, places).deaths / PEOPLE / base.death_rate
    assert deaths == pytest.approx([31 + 30 + 31] + [365] * 5)
    held = [Month(2026, 9), Month(2026, 10)]
    few = expect(Month(2026, 10), base, places, of_deaths=held).deaths
    assert few / PEOPLE / base.death_rate == pytest.approx([61] * 6)


def test_a_thin_month_takes_the_rate_of_the_years_and_the_citys_season() -> None:
    counts = flat(years(2023, Month(2026, 10)), PLACES, 1)
    base = base_for(Month(2026, 10), counts, PLACES, config(), {})
    assert len(base.thin) == 3 * 12  # 18 events in a calendar month are below 20
    expected = expect(Month(2026, 10), base, PLACES).events.sum(axis=0)
    assert expected == pytest.approx([6.0, 6.0, 6.0], rel=0.1)


def test_what_base_years_lack_is_said_and_nothing_at_all_is_refused() -> None:
    counts = flat(years(2024, Month(2026, 10)), PLACES, 40)
    base = base_for(Month(2026, 10), counts, PLACES, config(), {})
    assert (base.years, base.wanted) == ((2024, 2025), (2023, 2024, 2025))
    with pytest.raises(BadInput, match="no events of the base years 2023-2025"):
        base_for(
            Month(2026, 10), flat([Month(2026, 10)], PLACES, 4), PLACES, config(), {}
        )


def test_a_new_base_goes_on_from_the_old_one() -> None:
    """Twice as many events from 2026 on stay twice as many after the base moves."""
    counts = flat(years(2023, Month(2025, 12)), PLACES, 40)
    counts |= flat(years(2026, Month(2029, 3)), PLACES, 7)
    nobody = np.zeros((len(PLACES.strata[0]), 3))
    said = {
        month: SaidCounts(events=np.full((6, 3), 80.0), ended=nobody)
        for month in years(2026, Month(2029, 2))
    }
    december = base_for(Month(2028, 12), counts, PLACES, config(), said)
    january = base_for(Month(2029, 1), counts, PLACES, config(), said)
    assert january.wanted == (2026, 2027, 2028)
    assert january.link == pytest.approx([0.5, 0.5, 0.5])
    before = expect(Month(2028, 12), december, PLACES).events
    after = expect(Month(2029, 1), january, PLACES).events
    assert after == pytest.approx(before)
    with pytest.raises(BadInput, match="2026-2028 no publication is at hand"):
        base_for(Month(2029, 1), counts, PLACES, config(), {})


def test_a_small_sum_of_base_years_is_not_told() -> None:
    """One to four fires of a kind of area in a calendar month give one rate."""

    def rates(port: int) -> np.ndarray:
        counts = flat(years(2023, Month(2025, 12)), PORT, 40)
        at = PORT.place_of["port"]
        for month, found in counts.items():
            found.events[at] = 0
            if month == Month(2024, 5):
                found.events[at, 1] = port
        return base_for(Month(2026, 5), counts, PORT, config(), {}).rates

    assert all(np.array_equal(rates(1), rates(other)) for other in (2, 3, 4))
    assert not np.array_equal(rates(0), rates(1))
    assert not np.array_equal(rates(4), rates(5))


@pytest.mark.parametrize("strata", ["true", "false"])
def test_what_happened_in_a_divided_area_stays_in_the_base_of_its_kind(
    strata: str,
) -> None:
    """People of new areas lived in the old one: its events are theirs to expect."""
    same = config(**{"strata = true": f"strata = {strata}"})
    *others, town = areas(6)
    halves = [
        replace(town, id=name, since="2026-01-01", present=town.present / 2)
        for name in ("x1", "x2")
    ]
    divided = (*others, replace(town, id="y", until="2025-12-31"), *halves)
    seen: list[list[float]] = []
    for known, name in ((divided, "y"), ((*others, town), town.id)):
        places = lay_out(known, same, "areas", Month(2026, 10))
        names = tuple(one.id for one in others if one.kind == town.kind)
        counts = {
            month: count(whole_month(month, (name, *names)), places, same)
            for month in years(2023, Month(2025, 12))
        }
        base = base_for(Month(2026, 10), counts, places, same, {})
        expected = expect(Month(2026, 10), base, places, of_deaths=[Month(2026, 10)])
        seen.append([*expected.events.sum(axis=0), expected.deaths.sum()])
    assert seen[0] == pytest.approx(seen[1])
    assert seen[0][0] == pytest.approx(6 * 50)


def test_people_nobody_counted_expect_nothing_known() -> None:
    unknown = lay_out(
        (*areas(6), replace(areas(6)[-1], id="zz", present=float("nan"))),
        config(),
        "areas",
    )
    counts = flat(years(2023, Month(2026, 10)), unknown, 40)
    base = base_for(Month(2026, 10), counts, unknown, config(), {})
    expected = expect(Month(2026, 10), base, unknown).events
    assert np.isnan(expected[-1]).all()
    assert np.isfinite(expected[:-1]).all()
