"""What is said of residential compounds: honest intervals, no small sums."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.offices import built
from tests.capabilities.safety_index.sample import config

from gengfu.capabilities.safety_index.rules import compounds
from gengfu.capabilities.safety_index.rules.compounds import (
    compound_notes,
    compound_reports,
)
from gengfu.capabilities.safety_index.rules.document import (
    CompoundReport,
    Publication,
)
from gengfu.capabilities.safety_index.rules.geography import AreaFacts, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally, count
from gengfu.kernel import Said

CONFIG = config()
MONTH = Month(2026, 10)
COMPOUNDS, HOUSEHOLDS, CV = 40, 500, 0.4


def area(name: str, kind: str, parent: str = "", households: int = 30_000) -> AreaFacts:
    return AreaFacts(
        id=name, name=name, name_zh="", kind=kind, parent=parent,
        present=3.0 * households, households=float(households), vehicles=0.0,
    )  # fmt: skip


def reports(
    burglaries: list[int], households: list[int], issued: Sequence[Publication] = ()
) -> tuple[CompoundReport, ...]:
    """Return what is said of compounds c0, c1, ... of one town."""
    names = [f"c{number}" for number in range(len(burglaries))]
    homes = (
        area(name, "compound", "town", size)
        for name, size in zip(names, households, strict=True)
    )
    places = lay_out((area("town", "town"), *homes), CONFIG, "areas")
    nothing = np.zeros(len(names), np.int64)
    made = MonthTally(
        month=MONTH, version=1, sha256="", area=names,
        kind=["burglary"] * len(names), initiated_by=["resident"] * len(names),
        events=np.array(burglaries), repeats=nothing, deaths=nothing,
    )  # fmt: skip
    counts = {MONTH: count(made, places, CONFIG)}
    return compound_reports(MONTH, counts, places, CONFIG, issued)


def test_what_is_of_less_than_a_year_says_so() -> None:
    """Of a city with five months of events, and of a compound that began lately."""
    names = ("c0", "c1", "c2")
    homes = [area(name, "compound", "town", 500) for name in names]
    homes[1] = replace(homes[1], name="New court", name_zh="新苑", since="2026-07-01")
    places = lay_out((area("town", "town"), *homes), CONFIG, "areas")
    nothing = np.zeros(3, np.int64)

    def of(months: int) -> tuple[tuple[CompoundReport, ...], dict[str, Said]]:
        counts = {
            month: count(
                MonthTally(
                    month=month, version=1, sha256="", area=names,
                    kind=["burglary"] * 3, initiated_by=["resident"] * 3,
                    events=np.full(3, 10) if month >= Month(2026, 7)
                    else np.array([10, 0, 10]),
                    repeats=nothing, deaths=nothing,
                ),
                places,
                CONFIG,
            )
            for month in MONTH.back(months)
        }  # fmt: skip
        found = compound_reports(MONTH, counts, places, CONFIG)
        notes = compound_notes(MONTH, counts, found, places, CONFIG)
        return found, {one.code: one.said for one in notes}

    found, notes = of(12)
    assert [one.figures[0].events for one in found] == ["120", "40", "120"]
    assert set(notes) == {"compounds-new"}
    assert "since they began: New court." in notes["compounds-new"].en
    assert "新苑" in notes["compounds-new"].zh
    year, new = (found[at].figures[0].per_1_000 or 0.0 for at in (0, 1))
    assert new / year == pytest.approx(4 / 12, rel=0.1)
    assert set(of(3)[1]) == {"compounds-short"}
    assert "are of 3 months, not 12" in of(3)[1]["compounds-short"].en


def test_sums_that_tell_nothing_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compounds, "fit_said", lambda *_, **__: None)
    found = reports([9, 12], [500, 500])
    figures = [one.figures[0] for one in found]
    assert [(one.events, one.per_1_000) for one in figures] == [
        ("10", None),
        ("10", None),
    ]
    places = lay_out(
        (area("town", "town"), *(area(f"c{n}", "compound", "town") for n in (0, 1))),
        CONFIG,
        "areas",
    )
    known = dict.fromkeys(MONTH.back(12))
    notes = compound_notes(MONTH, known, found, places, CONFIG)
    (note,) = [one for one in notes if one.code == "compounds-not-told"]
    assert "c0, c1" in note.said.en
    assert note.areas == ("town",)


def test_a_sum_that_an_issue_hid_stays_hidden_in_its_corrections() -> None:
    homes = [500, 500, 500]
    first = replace(built(), compounds=reports([3, 9, 0], homes))
    for late, said in ((8, "withheld"), (0, "withheld"), (2, "<5")):
        again = reports([late, 9, 0], homes, [first])
        figures = [one.figures[0] for one in again]
        assert [one.events for one in figures] == [said, "10", "0"]
        assert (figures[0].per_1_000, figures[0].low) == (None, None)
        assert figures[1].per_1_000 is not None
    assert reports([8, 9, 0], homes)[0].figures[0].events == "10"


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(1.0, marks=pytest.mark.lasting),
        2.5,
        pytest.param(6.0, marks=pytest.mark.lasting),
    ],
)
def test_intervals_of_compounds_cover_where_most_sums_are_hidden(each: float) -> None:
    rng = np.random.default_rng(3)
    held: list[bool] = []
    for _ in range(12):
        true = rng.gamma(CV**-2, CV**2 * each, COMPOUNDS)
        drawn = rng.poisson(true).tolist()
        for one in reports(drawn, [HOUSEHOLDS] * COMPOUNDS):
            (burglary, *_) = one.figures
            if burglary.low is not None and burglary.high is not None:
                rate = true[int(one.id[1:])] * 1000 / HOUSEHOLDS
                held.append(burglary.low <= rate <= burglary.high)
    assert len(held) > 80
    assert 0.8 < np.mean(held) < 0.97


def test_small_sums_have_no_rate_and_small_compounds_are_not_there() -> None:
    found = reports([0, 3, 12, 9], [400, 400, 400, 49])
    said = {one.id: one.figures[0] for one in found}
    assert set(said) == {"c0", "c1", "c2"}
    assert [said[name].events for name in ("c0", "c1", "c2")] == ["0", "<5", "10"]
    assert (said["c1"].per_1_000, said["c1"].low) == (None, None)
    none, many = said["c0"].per_1_000, said["c2"].per_1_000
    assert none is not None
    assert many is not None
    assert 0 < none < many < 30.0


def test_where_all_sums_are_small_there_are_no_rates() -> None:
    found = reports([1, 4, 2], [400, 400, 400])
    assert [one.figures[0].events for one in found] == ["<5"] * 3
    assert all(one.figures[0].per_1_000 is None for one in found)
